"""How we show ourselves to a source."""

import asyncio
import base64
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from adapters.rest import Connection, Read, Rest, build, opened
from app.adapter.auth import attachments
from app.adapter.egress import Egress, Place
from app.adapter.manifest import Auth, Login, Resource
from app.adapter.protocol import Question
from app.adapter.token import LoginIssuer, Token
from app.errors import BadAnswer, Refused, SourceError, Throttled, Unreachable
from tests.fixtures.far_side import Asked, FarSide, Said, far_side
from tests.fixtures.raw_side import HERE, fails, told, way_to

SECRET = "rahasia-7"
ONE = Question(key={"id": "1"})
LOGIN = {"type": "login", "request": {"path": "/login", "json": {"user": "titian", "password": SECRET}}, "token": "$.data.token", "ttl": "50m"}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def rest(side: FarSide, *auths: dict[str, Any], **values: Any) -> Rest:
    connection = Connection.model_validate({"base": side.address, "networks": HERE, "auth": list(auths), **values})
    resource = Resource.model_validate({"contract": "warga", "map": {}})
    return build(
        opened("kominfo.layanan", connection, ceiling=(), folder=Path()), Read.model_validate({"get": "/warga/{id}"}), resource=resource, responses=()
    )


def token(egress: Egress, clock: Callable[[], float], **values: Any) -> Token:
    return Token(LoginIssuer(Login.model_validate({**LOGIN, **values}), egress), clock)


async def attached(one: Token) -> str:
    headers: dict[str, str] = {}
    await one.attach(headers, [])
    return headers["Authorization"]


class Office:
    """A source with a login: it takes only the newest `good` tokens, and counts."""

    def __init__(self) -> None:
        self.logins, self.questions, self.good = 0, 0, set()

    def __call__(self, asked: Asked) -> Said:
        if asked.path == "/login":
            self.logins += 1
            self.good.add(f"Bearer t{self.logins}")
            return Said({"data": {"token": f"t{self.logins}"}})
        self.questions += 1
        return Said({"id": 1}) if asked.headers.get("authorization") in self.good else Said({}, 401)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ({"type": "basic", "username": "titian", "password": SECRET}, "authorization", "Basic " + base64.b64encode(b"titian:rahasia-7").decode()),
        ({"type": "basic", "username": "é", "password": "ü"}, "authorization", "Basic " + base64.b64encode("é:ü".encode()).decode()),
        ({"type": "bearer", "token": SECRET}, "authorization", "Bearer " + SECRET),
        ({"type": "header", "name": "X-Api-Key", "value": SECRET}, "x-api-key", SECRET),
    ],
)
async def test_a_login_that_never_changes_goes_with_every_request(auth: dict[str, str], header: str, value: str) -> None:
    with far_side(lambda _asked: Said({"id": 1})) as side:
        asker = rest(side, auth)
        await asker.one(ONE)
        await asker.one(ONE)
        await asker.close()
        assert [asked.headers[header] for asked in side.asked] == [value, value]


@pytest.mark.anyio
async def test_several_logins_are_all_applied() -> None:
    auths = [{"type": "header", "name": name, "value": name.lower()} for name in ("X-One", "X-Two")]
    with far_side(lambda _asked: Said({"id": 1})) as side:
        asker = rest(side, *auths, {"type": "query", "name": "apikey", "value": "a&b=é"}, {"type": "none"})
        await asker.one(ONE)
        await asker.close()
        (asked,) = side.asked
        assert (asked.headers["x-one"], asked.headers["x-two"], asked.params) == ("x-one", "x-two", {"apikey": "a&b=é"})


@pytest.mark.anyio
async def test_a_single_login_needs_no_list() -> None:
    connection = Connection.model_validate({"base": "http://h", "auth": {"type": "bearer", "token": SECRET}})
    assert len(connection.auth) == 1


@pytest.mark.anyio
@pytest.mark.parametrize("how", ["json", "form"])
async def test_a_token_is_fetched_with_json_or_a_form(how: str) -> None:
    with far_side(Office()) as side:
        request = {"path": "/login", how: {"user": "titian", "password": "a&b"}, "headers": {"X-App": "satu"}}
        asker = rest(side, {**LOGIN, "request": request})
        assert (await asker.one(ONE)).rows == [{"id": 1}]
        await asker.close()
        login = side.asked[0]
    assert (login.method, login.headers["x-app"]) == ("POST", "satu")
    if how == "json":
        assert json.loads(login.body) == {"user": "titian", "password": "a&b"}
        assert login.headers["content-type"] == "application/json"
    else:
        assert login.body == b"user=titian&password=a%26b"
        assert login.headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.anyio
async def test_a_token_is_attached_as_the_file_says() -> None:
    with far_side(lambda asked: Said({"data": {"token": 77}} if asked.path == "/login" else {"id": 1})) as side:
        asker = rest(side, {**LOGIN, "attach": {"header": "X-Token", "format": "Token {token}"}})
        await asker.one(ONE)
        await asker.close()
        assert side.asked[1].headers["x-token"] == "Token 77"


@pytest.mark.anyio
async def test_fifty_questions_at_once_log_in_once() -> None:
    office = Office()
    with far_side(office) as side:
        asker = rest(side, LOGIN, concurrency=16)
        pages = await asyncio.gather(*(asker.one(ONE) for _ in range(50)))
        await asker.close()
    assert (office.logins, office.questions, len(pages)) == (1, 50, 50)


@pytest.mark.anyio
async def test_a_token_that_ran_out_at_the_source_is_renewed_once() -> None:
    office = Office()
    with far_side(office) as side:
        asker = rest(side, LOGIN)
        await asker.one(ONE)
        office.good.clear()
        assert (await asker.one(ONE)).rows == [{"id": 1}]
        await asker.close()
    assert (office.logins, office.questions) == (2, 3)


@pytest.mark.anyio
async def test_a_source_that_never_takes_its_token_is_logged_in_to_once_more_and_no_oftener() -> None:
    office = Office()
    with far_side(lambda asked: office(asked) if asked.path == "/login" else Said({}, 401)) as side:
        asker = rest(side, LOGIN)
        with fails(Refused, "status_401"):
            await asker.one(ONE)
        await asker.close()
        assert [asked.path for asked in side.asked] == ["/login", "/warga/1", "/login", "/warga/1"]


@pytest.mark.anyio
async def test_a_login_that_never_changes_is_not_tried_again() -> None:
    with far_side(lambda _asked: Said({}, 401)) as side:
        asker = rest(side, {"type": "bearer", "token": SECRET})
        with fails(Refused, "status_401"):
            await asker.one(ONE)
        await asker.close()
        assert len(side.asked) == 1


@pytest.mark.anyio
async def test_a_token_is_kept_for_its_life_and_no_longer() -> None:
    clock, office = Clock(), Office()
    with far_side(office) as side:
        async with way_to(side.address) as egress:
            one = token(egress, clock, ttl="2m")
            assert await attached(one) == "Bearer t1"
            clock.now += 119
            assert await attached(one) == "Bearer t1"
            clock.now += 1
            assert await attached(one) == "Bearer t2"
            assert one.renew({"Authorization": "Bearer t1"}), "the source refused an old token: the new one is kept"
            assert await attached(one) == "Bearer t2"
            assert one.renew({"Authorization": "Bearer t2"})
            assert await attached(one) == "Bearer t3"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "said",
    [
        Said({}, 401),
        Said({}, 403),
        Said({"data": {"token": None}}),
        Said({"data": {"token": ""}}),
        Said({"data": {"token": True}}),
        Said({"data": {"token": ["x"]}}),
        Said({"status": "gagal"}),
        Said([]),
        Said(b"<html>Masuk</html>"),
        Said(b""),
        Said({"data": {"token": "t"}}, 400),
    ],
)
async def test_a_wrong_password_is_not_tried_again_while_it_rests(said: Said) -> None:
    clock = Clock()
    with far_side(lambda _asked: said) as side:
        async with way_to(side.address) as egress:
            one = token(egress, clock)
            for _ in range(3):
                with fails(Refused, "login_failed"):
                    await attached(one)
                one.renew({})
            results = await asyncio.gather(*(attached(one) for _ in range(10)), return_exceptions=True)
            assert {type(result) for result in results} == {Refused}
            clock.now += 29
            with fails(Refused, "login_failed"):
                await attached(one)
            assert len(side.asked) == 1
            clock.now += 2
            with fails(Refused, "login_failed"):
                await attached(one)
            assert len(side.asked) == 2


@pytest.mark.anyio
async def test_ten_questions_at_once_with_a_wrong_password_try_it_once() -> None:
    with far_side(lambda _asked: Said({}, 401)) as side:
        asker = rest(side, LOGIN)
        results = await asyncio.gather(*(asker.one(ONE) for _ in range(10)), return_exceptions=True)
        await asker.close()
        assert {type(result) for result in results} == {Refused}
        assert len(side.asked) == 1


@pytest.mark.anyio
async def test_a_login_that_fails_at_the_source_is_no_wrong_password() -> None:
    office = Office()
    with far_side(lambda _asked: Said({}, 500)) as side:
        async with way_to(side.address) as egress:
            one = token(egress, Clock())
            with fails(BadAnswer, "login_status_500"):
                await attached(one)
            side.answer = office
            assert await attached(one) == "Bearer t1"


@pytest.mark.anyio
@pytest.mark.parametrize(("status", "kind"), [(429, Throttled), (503, Unreachable), (504, Unreachable)])
async def test_a_login_at_a_busy_source_is_no_wrong_password(status: int, kind: type[SourceError]) -> None:
    office = Office()
    with far_side(lambda _asked: Said({}, status)) as side:
        async with way_to(side.address) as egress:
            one = token(egress, Clock())
            with fails(kind, f"login_status_{status}"):
                await attached(one)
            side.answer = office
            assert await attached(one) == "Bearer t1"


@pytest.mark.anyio
async def test_who_waits_for_a_login_shares_its_failure_and_who_comes_later_tries_anew() -> None:
    with far_side(lambda _asked: Said({}, 503)) as side:
        async with way_to(side.address) as egress:
            one = token(egress, Clock())
            results = await asyncio.gather(*(attached(one) for _ in range(50)), return_exceptions=True)
            assert [(type(result), result.reason) for result in results] == [(Unreachable, "login_status_503")] * 50
            assert len({id(result) for result in results}) == 50, "each question may write on its own failure"
            assert len(side.asked) == 1
            with fails(Unreachable, "login_status_503"):
                await attached(one)
            assert len(side.asked) == 2


@pytest.mark.anyio
async def test_a_login_that_was_given_up_is_tried_by_the_next_who_waits() -> None:
    office, arrived, go = Office(), threading.Event(), threading.Event()

    def slow(asked: Asked) -> Said:
        if not arrived.is_set():
            arrived.set()
            go.wait(10)
        return office(asked)

    with far_side(slow) as side:
        async with way_to(side.address) as egress:
            one = token(egress, Clock())
            first, second = asyncio.create_task(attached(one)), asyncio.create_task(attached(one))
            await asyncio.to_thread(arrived.wait, 10)
            first.cancel()
            assert await second == "Bearer t1"
            assert first.cancelled()
            go.set()


@pytest.mark.anyio
async def test_a_token_that_cannot_stand_in_a_header_is_a_bad_header() -> None:
    with far_side(lambda _asked: Said({"data": {"token": "a\r\nX-Evil: 1"}})) as side:
        asker = rest(side, LOGIN)
        with fails(BadAnswer, "bad_header"):
            await asker.one(ONE)
        await asker.close()
        assert [asked.path for asked in side.asked] == ["/login"]


@pytest.mark.anyio
async def test_a_login_that_nobody_answers_is_unreachable() -> None:
    with far_side(Office()) as side:
        gone = side.address
    async with way_to(gone) as egress:
        with fails(Unreachable, "refused_connection"):
            await attached(token(egress, Clock()))


def test_no_secret_is_shown() -> None:
    auths = [
        {"type": "basic", "username": "titian", "password": SECRET},
        {"type": "bearer", "token": SECRET},
        {"type": "header", "name": "X", "value": SECRET},
        {"type": "query", "name": "x", "value": SECRET},
        LOGIN,
    ]
    egress = Egress("kominfo.layanan", Place("http://h"), told())
    made = attachments([TypeAdapter(Auth).validate_python(auth) for auth in auths], egress, lambda _base: egress)
    asker = rest(FarSide(Office(), "http://h"), *auths, headers={"X-Other": SECRET})
    shown = f"{made!r} {made} {asker!r} {asker.way!r} {egress!r} {[repr(vars(egress))]}"
    assert len(made) == 5
    assert SECRET not in shown
    assert base64.b64encode(b"titian:rahasia-7").decode() not in shown
