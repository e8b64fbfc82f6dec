"""What there is, for everybody and for one caller; and how every address takes a method."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import jsonschema_rs
import pytest

from tests.fixtures.aid import Aid, row
from tests.fixtures.town import Asking

pytestmark = pytest.mark.anyio
FRAME = (
    "/contracts",
    "/contracts/orang/v1/schema",
    "/healthz",
    "/readyz",
    "/status",
    "/metrics",
    "/problems/internal",
    "/.well-known/jwks.json",
    "/.well-known/oauth-authorization-server",
    "/openapi.json",
    "/docs",
    "/docs/start.js",
    "/docs/swagger-ui.css",
)
DATA = ("/v1", "/v1/orang", "/v1/orang/0001")
READ = {"GET", "HEAD", "OPTIONS"}


@asynccontextmanager
async def opened(tmp_path: Path, fields: str = '["umur", "id"]') -> AsyncIterator[Asking]:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack)
        aid.source("dinsos.orang", [row(1)])
        aid.town.client("bappeda-app", "bappeda")
        aid.town.client("kominfo-app", "diskominfo")
        aid.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields=fields)
        async with aid.town.open() as asking:
            yield asking


async def test_the_contracts_are_open_to_everybody(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        one, own = (await asking.get("/contracts")).json()["data"]
        assert (own["name"], own["classification"]) == ("aplikasi", "terbuka")
        assert (one["name"], one["version"], one["classification"]) == ("orang", "1.0.0", "terbatas")
        about = "http://titian.test/contracts/orang/v1"
        assert one["links"] == {"records": "http://titian.test/v1/orang", "schema": f"{about}/schema", "access": f"{about}/access"}
        assert "fields" not in one
        assert (await asking.get("/contracts", authorization="Bearer wrong")).status_code == 200


async def test_what_a_caller_may_read_needs_a_token(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        for header in ({}, {"authorization": "Basic YTpi"}, {"authorization": "Bearer wrong"}, {"authorization": "Bearer"}):
            reply = await asking.get("/v1", **header)
            assert (reply.status_code, reply.json()["code"]) == (401, "unknown_caller")
            assert reply.headers["www-authenticate"].startswith("Bearer")
        own = await asking.get("/v1", "bappeda-app")
        assert {one["name"]: one["fields"] for one in own.json()["data"] if one["name"] != "aplikasi"} == {"orang": ["id", "umur"]}
        assert (own.headers["cache-control"], own.headers["vary"]) == ("no-store", "Authorization")
        assert [one["name"] for one in (await asking.get("/v1", "kominfo-app")).json()["data"]] == ["aplikasi"]


@pytest.mark.parametrize("path", ["/v2", "/v01", "/vx", "/v", "/v1.0"])
async def test_a_major_that_nobody_publishes_is_404(tmp_path: Path, path: str) -> None:
    async with opened(tmp_path) as asking:
        assert (await asking.get(path, "bappeda-app")).status_code == 404


async def test_the_schema_of_a_contract_is_json_schema(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        reply = await asking.get("/contracts/orang/v1/schema")
        assert reply.headers["content-type"] == "application/schema+json"
        jsonschema_rs.meta.validate(reply.json())
        compiled = jsonschema_rs.Draft202012Validator(reply.json())
        good = {"id": "0001", "nama": "A"}
        assert compiled.is_valid(good)
        assert not compiled.is_valid({**good, "lain": 1})
        assert not compiled.is_valid({"id": "0001"})
        assert not compiled.is_valid({**good, "umur": 151})


@pytest.mark.parametrize("path", ["orang/v2/schema", "orang/v01/schema", "orang/v/schema", "orang/v1", "orang", "lain/v1/schema", "Orang/v1/schema"])
async def test_there_is_no_schema_elsewhere(tmp_path: Path, path: str) -> None:
    async with opened(tmp_path) as asking:
        reply = await asking.get(f"/contracts/{path}")
        assert (reply.status_code, reply.json()["code"]) == (404, "no_such_resource")


async def test_every_address_that_is_read_takes_head_and_options(tmp_path: Path) -> None:
    async with opened(tmp_path, '"*"') as asking:
        header = {"authorization": f"Bearer {await asking.token('bappeda-app')}"}
        for path in (*FRAME, *DATA):
            headers = header if path in DATA else {}
            whole = await asking.http.get(path, headers=headers)
            head = await asking.http.head(path, headers=headers)
            assert (whole.status_code, head.status_code, head.content) == (200, 200, b""), path
            assert head.headers["content-type"] == whole.headers["content-type"]
            asked = await asking.http.options(path)
            assert (asked.status_code, asked.content) == (204, b""), path
            assert set(asked.headers["allow"].split(", ")) == READ, path
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                refused = await asking.http.request(method, path, headers=headers)
                assert (refused.status_code, set(refused.headers["allow"].split(", "))) == (405, READ), (method, path)


async def test_what_is_posted_to_takes_nothing_else(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        for path in ("/oauth/token", "/v1/orang:search", "/v1/orang:verify"):
            asked = await asking.http.options(path)
            assert (asked.status_code, set(asked.headers["allow"].split(", "))) == (204, {"POST", "OPTIONS"})
            for method in ("GET", "HEAD", "PUT"):
                refused = await asking.http.request(method, path)
                assert (refused.status_code, set(refused.headers["allow"].split(", "))) == (405, {"POST", "OPTIONS"}), (method, path)


async def test_a_slash_at_the_end_is_another_address_and_not_a_redirect(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        for path in (*FRAME, *DATA, "/oauth/token", "/v1/orang:search"):
            reply = await asking.get(path + "/", "bappeda-app")
            assert (reply.status_code, reply.json()["code"]) == (404, "no_such_resource"), path
            assert "location" not in reply.headers


async def test_there_is_nothing_elsewhere_and_no_options_of_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        for path in ("/nothing", "/v1/lain", "/v1/lain/1", "/v1/orang/1/2", "/redoc"):
            for method in ("GET", "OPTIONS", "POST"):
                assert (await asking.http.request(method, path)).status_code == 404, (method, path)
