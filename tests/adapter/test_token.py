"""Tokens by client_credentials, and several logins at once. (What holds for every fetched token stands in test_auth.py.)"""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import TypeAdapter, ValidationError

from adapters.rest import Connection, Read, Rest, build, opened
from app.adapter.egress import Network
from app.adapter.manifest import Auth, OAuth2, Resource
from app.adapter.protocol import Question
from app.adapter.token import GrantIssuer, Token
from app.errors import BadAnswer, Refused, Throttled, Unreachable
from tests.fixtures.far_side import Asked, FarSide, Said, far_side
from tests.fixtures.raw_side import HERE, fails, way_to

pytestmark = pytest.mark.anyio
SECRET = "rahasia:7&é"
ONE = Question(key={"id": "1"})
GRANT = {"type": "oauth2", "token_url": "/oauth/token", "client_id": "titian kota", "client_secret": SECRET}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Issuer:
    """Gives t1, t2 …; `words` are what its answers hold besides."""

    def __init__(self, **words: Any) -> None:
        self.words, self.asked = {"token_type": "Bearer", "expires_in": 3600, **words}, []

    def __call__(self, asked: Asked) -> Said:
        self.asked.append(asked)
        return Said({"access_token": f"t{len(self.asked)}", **self.words})


class Office:
    """A source that takes only the tokens in `good`, and has its own issuer under /oauth."""

    def __init__(self, issuer: Issuer | None = None) -> None:
        self.issuer, self.good, self.seen = issuer or Issuer(), {"Bearer t1", "Bearer t2"}, []

    def __call__(self, asked: Asked) -> Said:
        if asked.path.endswith("/oauth/token"):
            return self.issuer(asked)
        self.seen.append(asked)
        return Said({"id": 1}) if asked.headers.get("authorization") in self.good else Said({}, 401)


@asynccontextmanager
async def asking(side: FarSide, *auths: dict[str, Any], ceiling: tuple[Network, ...] = (), **words: Any) -> AsyncIterator[Rest]:
    connection = Connection.model_validate({"base": side.address + "/api", "networks": HERE, "auth": list(auths), **words})
    way = opened("kemenkes.sehat", connection, ceiling=ceiling, folder=Path())
    resource = Resource.model_validate({"contract": "warga", "map": {}})
    rest = build(way, Read.model_validate({"get": "/warga/{id}"}), resource=resource, responses=())
    try:
        yield rest
    finally:
        await rest.close()


@asynccontextmanager
async def token(side: FarSide, clock: Clock, **words: Any) -> AsyncIterator[Token]:
    async with way_to(side.address) as egress:
        yield Token(GrantIssuer(OAuth2.model_validate({**GRANT, **words}), egress), clock)


async def attached(one: Token) -> str:
    headers: dict[str, str] = {}
    await one.attach(headers, [])
    return headers["Authorization"]


def form(asked: Asked) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(asked.body.decode(), strict_parsing=True).items()}


async def test_id_and_secret_are_form_encoded_inside_a_basic_login() -> None:
    office = Office()
    with far_side(office) as side:
        async with asking(side, {**GRANT, "scope": "baca tulis"}) as rest:
            assert (await rest.one(ONE)).rows == [{"id": 1}]
            await rest.one(ONE)
    (asked,) = office.issuer.asked
    assert (asked.method, asked.path, asked.query) == ("POST", "/api/oauth/token", "")
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"titian+kota:rahasia%3A7%26%C3%A9").decode()
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert form(asked) == {"grant_type": "client_credentials", "scope": "baca tulis"}


async def test_id_and_secret_may_go_in_the_form_and_the_grant_in_the_address() -> None:
    office = Office(Issuer(token_type="BearerToken", expires_in="3599"))
    with far_side(office) as side:
        async with asking(side, {**GRANT, "in": "body", "query": {"grant_type": "client_credentials"}}) as rest:
            assert (await rest.one(ONE)).rows == [{"id": 1}]
    (asked,) = office.issuer.asked
    assert (asked.query, "authorization" in asked.headers) == ("grant_type=client_credentials", False)
    assert form(asked) == {"client_id": "titian kota", "client_secret": SECRET}


async def test_tokens_may_come_from_another_host_that_is_closed_with_the_system() -> None:
    office, issuer = Office(), Issuer()
    with far_side(office) as side, far_side(issuer, host="127.0.0.2") as other:
        async with asking(side, {**GRANT, "token_url": other.address + "/realms/kota/token"}) as rest:
            assert (await rest.one(ONE)).rows == [{"id": 1}]
        assert ([asked.path for asked in issuer.asked], office.issuer.asked) == (["/realms/kota/token"], [])
        assert [asked.headers["authorization"] for asked in office.seen] == ["Bearer t1"]


async def test_the_host_of_the_tokens_must_lie_in_the_networks_too() -> None:
    with far_side(Office()) as side, far_side(Issuer(), host="127.0.0.2") as other:
        async with asking(side, {**GRANT, "token_url": other.address + "/token"}, networks=["127.0.0.1/32"]) as rest:
            with fails(Refused, "address_not_allowed"):
                await rest.one(ONE)
        assert (side.asked, other.asked) == ([], [])


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (3600, 3540),
        ("3600", 3540),
        (100, 90),
        (None, 270),
        ("lama", 270),
        (True, 270),
        (-5, 270),
        (1.5, 270),
        (0, 1),
        (10**12, 86340),
        ("9" * 40, 270),
    ],
)
async def test_a_token_is_kept_until_shortly_before_it_ends_and_never_longer_than_a_day(told: Any, seconds: float) -> None:
    clock, issuer = Clock(), Issuer(expires_in=told)
    with far_side(issuer) as side:
        async with token(side, clock) as one:
            assert await attached(one) == "Bearer t1"
            clock.now += seconds - 0.5
            assert await attached(one) == "Bearer t1"
            clock.now += 0.5
            assert await attached(one) == "Bearer t2"


@pytest.mark.parametrize("words", [{"token_type": "mac"}, {"token_type": None}, {"access_token": None}, {"access_token": ""}, {"access_token": 7}])
async def test_an_answer_without_a_bearer_token_is_a_refused_login_that_rests(words: dict[str, Any]) -> None:
    clock, issuer = Clock(), Issuer(**words)
    with far_side(issuer) as side:
        async with token(side, clock) as one:
            for _ in range(3):
                with fails(Refused, "login_failed"):
                    await attached(one)
            assert len(issuer.asked) == 1
            clock.now += 31
            issuer.words |= {"token_type": "bearer", "access_token": "lain"}
            assert await attached(one) == "Bearer lain"


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_wrong_secret_is_tried_once_in_thirty_seconds(status: int) -> None:
    said = Said({"error": "invalid_client", "error_description": SECRET}, status)
    with far_side(lambda _asked: said) as side:
        async with asking(side, GRANT) as rest:
            results = await asyncio.gather(*(rest.one(ONE) for _ in range(10)), return_exceptions=True)
        assert {(type(result), getattr(result, "reason", "")) for result in results} == {(Refused, "login_failed")}
        assert len(side.asked) == 1
        assert SECRET not in repr(results)


@pytest.mark.parametrize(
    ("said", "kind", "reason"),
    [
        (Said({}, 429, {"retry-after": "9"}), Throttled, "login_status_429"),
        (Said({}, 503), Unreachable, "login_status_503"),
        (Said({}, 302, {"location": "http://127.0.0.9/"}), BadAnswer, "redirect"),
    ],
)
async def test_an_issuer_that_cannot_answer_is_no_wrong_secret(said: Said, kind: Any, reason: str) -> None:
    with far_side(lambda _asked: said) as side:
        async with token(side, Clock()) as one:
            with fails(kind, reason):
                await attached(one)
            side.answer = Issuer()
            assert await attached(one) == "Bearer t1"


async def test_fifty_questions_at_once_fetch_one_token() -> None:
    office = Office()
    with far_side(office) as side:
        async with asking(side, GRANT, concurrency=8) as rest:
            pages = await asyncio.gather(*(rest.one(ONE) for _ in range(50)))
    assert {str(page.rows) for page in pages} == {"[{'id': 1}]"}
    assert len(office.issuer.asked) == 1


async def test_a_token_that_is_no_longer_taken_is_renewed_once_per_question() -> None:
    office = Office()
    with far_side(office) as side:
        async with asking(side, GRANT) as rest:
            await rest.one(ONE)
            office.good = {"Bearer t2"}
            await asyncio.gather(*(rest.one(ONE) for _ in range(10)))
            assert len(office.issuer.asked) == 2
            office.good = set()
            with fails(Refused, "status_401"):
                await rest.one(ONE)
            assert len(office.issuer.asked) == 3


class Guarded:
    """A source that wants three things at once; what it no longer takes is renewed, and only that."""

    def __init__(self) -> None:
        self.given = {"/api/oauth/token": 0, "/api/masuk": 0}
        self.wanted = {"authorization": "Bearer t1", "x-sesi": "s1", "x-key": "kunci"}

    def __call__(self, asked: Asked) -> Said:
        if asked.path in self.given:
            assert "authorization" not in asked.headers or asked.path == "/api/oauth/token"
            self.given[asked.path] += 1
            number = self.given[asked.path]
            return Said({"access_token": f"t{number}", "token_type": "bearer"} if "oauth" in asked.path else {"sesi": f"s{number}"})
        return Said({"id": 1}) if self.wanted.items() <= asked.headers.items() else Said({}, 401)


async def test_several_logins_are_all_sent_and_all_renewed_when_the_source_takes_them_no_longer() -> None:
    source = Guarded()
    session = {
        "type": "login",
        "request": {"path": "/masuk", "json": {"p": SECRET}},
        "token": "$.sesi",
        "attach": {"header": "X-Sesi", "format": "{token}"},
    }
    with far_side(source) as side:
        async with asking(side, GRANT, {"type": "header", "name": "X-Key", "value": "kunci"}, session) as rest:
            assert (await rest.one(ONE)).rows == [{"id": 1}]
            assert set(source.given.values()) == {1}
            source.wanted |= {"authorization": "Bearer t2", "x-sesi": "s2"}
            pages = await asyncio.gather(*(rest.one(ONE) for _ in range(5)))
            assert {str(page.rows) for page in pages} == {"[{'id': 1}]"}
            assert set(source.given.values()) == {2}
            source.wanted |= {"x-key": "lain"}
            with fails(Refused, "status_401"):
                await rest.one(ONE)
            assert set(source.given.values()) == {3}, "one renewal of each, since nobody says which was refused"


async def test_no_secret_is_shown() -> None:
    auth = TypeAdapter(Auth).validate_python(GRANT)
    with far_side(Office()) as side:
        async with asking(side, GRANT) as rest:
            await rest.one(ONE)
            shown = f"{auth!r} {rest!r} {rest.way!r} {rest.way.auths!r} {rest.resource!r}"
    assert not [word for word in (SECRET, "titian kota", "t1'") if word in shown]


@pytest.mark.parametrize(
    "words",
    [
        {"token_url": "auth.example.go.id/token"},
        {"token_url": "ftp://h/token"},
        {"token_url": "https://h/a b"},
        {"in": "query"},
        {"query": {"client_secret": "x"}},
        {"client_secret": None},
        {"grant": "password"},
    ],
)
def test_what_cannot_be_a_grant_is_refused_with_the_file(words: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Auth).validate_python({**GRANT, **words})
    assert SECRET not in str(caught.value)
