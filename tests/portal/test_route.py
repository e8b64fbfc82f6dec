"""The addresses of the page: headers, languages, tags, files."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

from tests.fixtures.aid import Aid, row
from tests.fixtures.town import ROOT, Asking

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def opened(tmp_path: Path) -> AsyncIterator[Asking]:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack)
        aid.source("dinsos.orang", [row(1)])
        async with aid.town.open() as asking:
            yield asking


async def test_the_page_is_public_strict_and_asked_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        reply = await asking.get("/")
        assert (reply.status_code, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
        policy = dict(part.strip().partition(" ")[::2] for part in reply.headers["content-security-policy"].split(";"))
        assert policy == {
            "default-src": "'none'",
            "style-src": "'self'",
            "img-src": "'self' data:",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'",
        }
        assert (reply.headers["cache-control"], reply.headers["vary"]) == ("no-cache", "Accept-Language")
        assert (reply.headers["x-content-type-options"], reply.headers["referrer-policy"]) == ("nosniff", "no-referrer")
        assert "set-cookie" not in reply.headers


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("", "", "id"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "fr", "id"),
        ("?bahasa=en", "id", "en"),
        ("?bahasa=id", "en", "id"),
        ("?bahasa=<x>", "en", "en"),
    ],
)
async def test_the_language_is_the_one_asked_for(tmp_path: Path, query: str, accepted: str, language: str) -> None:
    async with opened(tmp_path) as asking:
        reply = await asking.get(f"/{query}", **({"accept-language": accepted} if accepted else {}))
        assert reply.headers["content-language"] == language
        assert f'<html lang="{language}">' in reply.text
        assert "<x>" not in reply.text


async def test_a_page_that_is_still_the_same_is_not_sent_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        for _ in range(3):
            tag = (await asking.get("/")).headers["etag"]
            again = await asking.get("/", **{"if-none-match": f'"x", {tag}'})
            if again.status_code == 304:
                break
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        other = await asking.get("/", **{"if-none-match": tag, "accept-language": "en"})
        assert other.status_code == 200


async def test_the_files_of_the_page_are_there_and_no_others(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        for name, media in (("portal.css", "text/css; charset=utf-8"), ("icon.svg", "image/svg+xml")):
            reply = await asking.get(f"/portal/{name}")
            assert (reply.status_code, reply.headers["content-type"]) == (200, media)
            assert reply.headers["content-security-policy"].startswith("default-src 'none'")
            assert reply.headers["cache-control"] == "public, max-age=86400"
        for name in ("page.html", "route.py", "__init__.py", "portal.css/", "~"):
            assert (await asking.get(f"/portal/{name}")).status_code == 404


async def test_other_methods_are_refused_and_head_has_no_body(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        assert (await asking.http.post("/")).status_code == 405
        reply = await asking.http.head("/")
        assert (reply.status_code, reply.content) == (200, b"")


async def test_the_page_is_no_part_of_the_interface(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        paths = (await asking.get("/openapi.json")).json()["paths"]
        assert not [path for path in paths if path == "/" or path.startswith("/portal")]


def test_templates_and_style_are_in_the_wheel(tmp_path: Path) -> None:
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with ZipFile(built) as wheel:
        names = set(wheel.namelist())
    for name in ("templates/page.html", "templates/parts.html", "static/portal.css", "static/icon.svg"):
        assert f"app/portal/{name}" in names
