"""The documentation page asks no other host for anything."""

import re
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.fixtures.aid import Aid, row
from tests.fixtures.town import Asking

pytestmark = pytest.mark.anyio
ASSETS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css", "favicon.png": "image/png", "start.js": "text/javascript"}


@asynccontextmanager
async def opened(tmp_path: Path, name: str = "Kota Uji") -> AsyncIterator[Asking]:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack)
        city = aid.town.folder / "city.toml"
        city.write_text(city.read_text().replace('name = "Kota Uji"', f"name = '{name}'"))
        aid.source("dinsos.orang", [row(1)])
        async with aid.town.open() as asking:
            yield asking


async def test_the_page_and_its_start_name_no_other_host(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        page, start = await asking.get("/docs"), await asking.get("/docs/start.js")
        assert (page.status_code, start.status_code) == (200, 200)
        assert page.headers["content-type"].startswith("text/html")
        for text in (page.text, start.text):
            assert not re.search(r"https?:|[\"'(=]//|@import", text)
        links = re.findall(r'(?:src|href)="([^"]*)"', page.text)
        assert len(links) == 5
        assert all(link.startswith("/docs/") or link == "/" for link in links)
        for link in links:
            assert (await asking.get(link)).status_code == 200
        url = re.search(r'url: "([^"]+)"', start.text)
        assert url is not None
        assert (await asking.get(url.group(1))).json()["openapi"].startswith("3.1")


async def test_no_script_stands_within_the_page(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        text = (await asking.get("/docs")).text
        assert re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL) == ["", ""]
        assert not re.search(r"\son\w+=|javascript:|<style|style=", text)


async def test_the_policy_of_the_page_is_strict(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        for path in ("/docs", "/docs/start.js", "/docs/swagger-ui.css"):
            reply = await asking.get(path)
            policy = dict(part.strip().partition(" ")[::2] for part in reply.headers["content-security-policy"].split(";"))
            assert policy["default-src"] == "'none'"
            assert policy["script-src"] == policy["connect-src"] == "'self'"
            assert policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
            assert not re.search(r"https?:|\*|unsafe-eval", str(policy))
            assert reply.headers["x-content-type-options"] == "nosniff"
            assert reply.headers["referrer-policy"] == "no-referrer"


async def test_the_assets_come_out_of_what_is_installed(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        for name, media in ASSETS.items():
            reply = await asking.get(f"/docs/{name}")
            assert (reply.status_code, reply.headers["content-type"].partition(";")[0]) == (200, media)
            assert reply.headers["x-content-type-options"] == "nosniff"
            assert reply.content


@pytest.mark.parametrize("name", ["nothing.js", "redoc.standalone.js", "Swagger-UI.css", "swagger-ui.css/", "swagger-ui.css/x", "~", "__init__.py"])
async def test_there_are_no_other_assets(tmp_path: Path, name: str) -> None:
    async with opened(tmp_path) as asking:
        assert (await asking.get(f"/docs/{name}")).status_code == 404


@pytest.mark.parametrize("name", ["%2e%2e/__init__.py", "..%2f__init__.py", "%2fetc%2fpasswd", "..%5c__init__.py", "swagger-ui.css%00", "%252e%252e"])
async def test_a_path_leads_out_of_the_folder_nowhere(tmp_path: Path, name: str) -> None:
    async with opened(tmp_path) as asking:
        reply = await asking.get(f"/docs/{name}")
        assert reply.status_code == 400
        assert reply.headers["content-type"] == "application/problem+json"


async def test_the_name_of_a_city_is_text_and_not_markup(tmp_path: Path) -> None:
    async with opened(tmp_path, '<script src="//evil.test">{x}&') as asking:
        text = (await asking.get("/docs")).text
        assert '<script src="//' not in text
        assert "&lt;script" in text
