"""Tokens over HTTP: who asks is looked at first, the errors are OAuth's own."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from joserfc.jwk import ECKey

from app.trust.ring import ring_of
from tests.fixtures.aid import Aid, row
from tests.fixtures.office import proof
from tests.fixtures.town import Asking

pytestmark = pytest.mark.anyio
FORM = {"content-type": "application/x-www-form-urlencoded"}
KEY = ECKey.generate_key("P-256")
GRANT = "grant_type=client_credentials"


@asynccontextmanager
async def opened(tmp_path: Path) -> AsyncIterator[Asking]:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack)
        aid.source("dinsos.orang", [row(1)])
        aid.town.client("bappeda-app", "bappeda")
        aid.town.client_with_keys("kunci-app", "bappeda", KEY)
        async with aid.town.open() as asking:
            yield asking


def basic(asking: Asking, secret: str | None = None) -> dict[str, str]:
    pair = f"bappeda-app:{secret or asking.town.secrets['bappeda-app']}"
    return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


async def post(asking: Asking, content: Any, headers: dict[str, str]) -> httpx2.Response:
    return await asking.http.post("/oauth/token", content=content, headers=headers)


async def test_a_good_client_gets_a_token_that_is_not_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        for media in ("application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded; charset=UTF-8"):
            reply = await post(asking, GRANT, {**basic(asking), "content-type": media})
            assert reply.status_code == 200
            assert (reply.json()["token_type"], reply.json()["expires_in"]) == ("Bearer", 600)
            assert reply.headers["cache-control"] == "no-store"
            header = {"authorization": f"Bearer {reply.json()['access_token']}"}
            assert (await asking.http.get("/v1", headers=header)).status_code == 200


async def test_the_client_is_looked_at_before_anything_it_sends(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        right = basic(asking)["authorization"]
        strangers: list[dict[str, str]] = [
            {},
            basic(asking, "wrong"),
            {"authorization": "Bearer abc"},
            {"authorization": "Basic"},
            {"authorization": "Basic !!!"},
            {"authorization": right.removeprefix("Basic ")},
            {"authorization": right + "A" * 2000},
        ]
        for stranger in strangers:
            for content, media in ((GRANT, FORM), ('{"grant_type": 1}', {"content-type": "application/json"}), (b"\xff" * 17000, FORM), (b"", {})):
                reply = await post(asking, content, {**stranger, **media})
                assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")
                assert reply.headers["www-authenticate"].startswith("Basic ")
                assert reply.headers["cache-control"] == "no-store"


async def test_a_secret_in_the_form_is_no_secret(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        secret = asking.town.secrets["bappeda-app"]
        reply = await post(asking, f"{GRANT}&client_id=bappeda-app&client_secret={secret}", FORM)
        assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("content", "media", "error"),
    [
        ('{"grant_type": "client_credentials"}', "application/json", "invalid_request"),
        (GRANT, "multipart/form-data; boundary=x", "invalid_request"),
        (GRANT, "", "invalid_request"),
        ("", "application/x-www-form-urlencoded", "invalid_request"),
        ("grant_type=", "application/x-www-form-urlencoded", "invalid_request"),
        (f"{GRANT}&{GRANT}", "application/x-www-form-urlencoded", "invalid_request"),
        (f"{GRANT}&purpose=a&purpose=b", "application/x-www-form-urlencoded", "invalid_request"),
        ("grant_type=password&username=a&password=b", "application/x-www-form-urlencoded", "unsupported_grant_type"),
        ("grant_type=authorization_code&code=x", "application/x-www-form-urlencoded", "unsupported_grant_type"),
        (f"{GRANT}&scope=all", "application/x-www-form-urlencoded", "invalid_scope"),
        (GRANT + "&a=" + "a" * 17000, "application/x-www-form-urlencoded", "invalid_request"),
        (GRANT + "&a=1" * 30, "application/x-www-form-urlencoded", "invalid_request"),
        (GRANT.encode() + b"&a=\xff", "application/x-www-form-urlencoded", "invalid_request"),
        (GRANT + "&a=%ff", "application/x-www-form-urlencoded", "invalid_request"),
    ],
)
async def test_what_a_known_client_asks_wrongly_is_said_as_oauth_says_it(tmp_path: Path, content: Any, media: str, error: str) -> None:
    async with opened(tmp_path) as asking:
        reply = await post(asking, content, {**basic(asking), **({"content-type": media} if media else {})})
        assert (reply.status_code, reply.json()["error"]) == (400, error)
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["cache-control"] == "no-store"
        assert "access_token" not in reply.text


async def test_a_client_with_keys_gets_a_token_once_for_each_assertion(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        form = urlencode([("grant_type", "client_credentials"), *proof(KEY)])
        reply = await post(asking, form, FORM)
        assert reply.status_code == 200
        header = {"authorization": f"Bearer {reply.json()['access_token']}"}
        assert (await asking.http.get("/v1", headers=header)).status_code == 200
        again = await post(asking, form, FORM)
        assert (again.status_code, again.json()["error"]) == (401, "invalid_client")


async def test_an_assertion_in_a_form_that_cannot_be_read_proves_nobody(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        form = urlencode([("grant_type", "client_credentials"), *proof(KEY)])
        for content, media in (
            (form, {}),
            (form, {"content-type": "application/json"}),
            (form + "&a=" + "a" * 17000, FORM),
            (form + "&a=1" * 30, FORM),
            (form + "&a=%ff", FORM),
        ):
            reply = await post(asking, content, media)
            assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")
        assert (await post(asking, form, FORM)).status_code == 200


async def test_a_token_is_told_about_and_ended_over_http(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        token = await asking.token("bappeda-app")
        header = {**basic(asking), **FORM}
        told = await asking.http.post("/oauth/introspect", content=f"token={token}", headers=header)
        assert (told.status_code, told.json()["active"], told.json()["client_id"]) == (200, True, "bappeda-app")
        assert told.headers["cache-control"] == "no-store"
        ended = await asking.http.post("/oauth/revoke", content=f"token={token}", headers=header)
        assert (ended.status_code, ended.json()) == (200, {})
        refused = await asking.get("/v1", "bappeda-app")
        assert (refused.status_code, refused.json()["code"]) == (401, "unknown_caller")
        assert (await asking.http.post("/oauth/introspect", content=f"token={token}", headers=header)).json() == {"active": False}


@pytest.mark.parametrize("path", ["/oauth/revoke", "/oauth/introspect"])
async def test_every_token_endpoint_looks_at_the_client_first_and_then_at_the_form(tmp_path: Path, path: str) -> None:
    async with opened(tmp_path) as asking:
        for stranger in ({}, basic(asking, "wrong"), {"authorization": "Bearer abc"}):
            for content, media in (("token=x", FORM), ("{}", {"content-type": "application/json"}), (b"\xff" * 17000, FORM), (b"", {})):
                reply = await asking.http.post(path, content=content, headers={**stranger, **media})
                assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")
                assert reply.headers["www-authenticate"].startswith("Basic ")
        for content, media in (("token=x", {}), ("", FORM), ("token=x&token=y", FORM), ("token=" + "a" * 17000, FORM), ("token=%ff", FORM)):
            reply = await asking.http.post(path, content=content, headers={**basic(asking), **media})
            assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")
            assert reply.headers["cache-control"] == "no-store"
        assert (await asking.http.get(path)).status_code == 405


async def test_two_running_gateways_take_each_others_tokens_through_a_rotation(tmp_path: Path) -> None:
    async with opened(tmp_path) as one, one.town.open() as two:
        before = await one.token("bappeda-app")
        ring_of(one.town.settings.keys).rotate()
        for asking in (one, two):
            async with asyncio.timeout(30):
                while len((await asking.get("/.well-known/jwks.json")).json()["keys"]) < 2:
                    await asyncio.sleep(0.1)
        for text in (before, await two.token("bappeda-app")):
            for asking in (one, two):
                assert (await asking.get("/v1", authorization=f"Bearer {text}")).status_code == 200


async def test_the_metadata_and_the_public_keys_are_open(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        found = (await asking.get("/.well-known/oauth-authorization-server")).json()
        assert found["issuer"] == "http://titian.test"
        assert found["token_endpoint"] == "http://titian.test/oauth/token"
        assert found["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "private_key_jwt"]
        assert found["revocation_endpoint"] == "http://titian.test/oauth/revoke"
        assert found["introspection_endpoint"] == "http://titian.test/oauth/introspect"
        assert found["jwks_uri"] == "http://titian.test/.well-known/jwks.json"
        keys = (await asking.get("/.well-known/jwks.json")).json()["keys"]
        assert keys
        for key in keys:
            assert not {"d", "p", "q", "k", "dp", "dq", "qi"} & set(key)
            assert key["kid"]
