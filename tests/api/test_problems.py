"""Every failure takes one form, in two languages, and says nothing that is not ours."""

from contextlib import ExitStack
from pathlib import Path

import httpx2
import orjson
import pytest
from fastapi import HTTPException

from app.api.frame import create_api
from app.api.guard import Guard
from app.api.problems import language, problem
from app.errors import Answerable, BadQuestion, Fault, SourceError, Text, Unreachable, answerable
from tests.fixtures.aid import Aid, row
from tests.fixtures.town import Asking, Town

URL = "http://titian.test"
CLASSES = sorted(answerable().items())


def made(kind: type[Answerable]) -> Answerable:
    return kind("timeout") if issubclass(kind, SourceError) else kind()


def town(tmp_path: Path, stack: ExitStack) -> Town:
    aid = Aid(tmp_path, stack)
    aid.source("dinsos.orang", [row(1)])
    return aid.town


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [
        ("", "id"),
        ("id", "id"),
        ("id-ID", "id"),
        ("ID-id", "id"),
        ("en-GB", "en"),
        ("en, id", "en"),
        ("id, en", "id"),
        ("en;q=0.8, id;q=0.9", "id"),
        ("id;q=0.8, en;q=0.9", "en"),
        ("id ; q=0.8,en;q=0.1", "id"),
        ("fr, de;q=0.9", "id"),
        ("fr, id;q=0.1", "id"),
        ("id;q=0", "id"),
        ("id;q=0, en;q=0", "id"),
        ("id;q=much", "id"),
        ("id;q=nan, en;q=0.1", "en"),
        ("*", "id"),
        (";;;,,,", "id"),
        ("fr," * 1000 + "id", "id"),
    ],
)
def test_the_language_is_chosen_by_weight(accepted: str, spoken: str) -> None:
    assert language(accepted) == spoken


@pytest.mark.parametrize("spoken", ["id", "en"])
@pytest.mark.parametrize(("code", "kind"), CLASSES)
def test_every_failure_is_said_in_both_languages(code: str, kind: type[Answerable], spoken: str) -> None:
    status, headers, body = problem(made(kind), language=spoken, exchange="X", public_url=URL)
    members = orjson.loads(body)
    assert (status, members["status"], members["code"], members["exchange"]) == (kind.status, kind.status, code, "X")
    assert members["type"] == f"{URL}/problems/{code}"
    assert members["title"] == getattr(kind.title, spoken)
    assert members["detail"] == getattr(kind.remedy, spoken)
    assert headers[0] == (b"content-type", b"application/problem+json")
    assert ("reason" in members) == issubclass(kind, SourceError)


def test_the_two_languages_are_never_the_same() -> None:
    for _, kind in CLASSES:
        assert kind.title.id != kind.title.en
        assert kind.remedy.id != kind.remedy.en


def test_a_connection_that_was_refused_is_502() -> None:
    status, _, body = problem(Unreachable("refused_connection"), language="en", exchange=None, public_url=URL)
    assert (status, orjson.loads(body)["status"], orjson.loads(body)["exchange"]) == (502, 502, None)


def test_a_fault_names_a_parameter_or_a_pointer() -> None:
    faults = (Fault("umur", "bad", Text("a", "b")), Fault("/filter/umur", "bad", Text("a", "b")))
    members = orjson.loads(problem(BadQuestion(faults=faults), language="en", exchange=None, public_url=URL)[2])
    assert members["errors"] == [{"parameter": "umur", "code": "bad", "detail": "b"}, {"pointer": "/filter/umur", "code": "bad", "detail": "b"}]


@pytest.mark.anyio
async def test_the_frame_answers_404_and_405_as_problems(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with town(tmp_path, stack).open() as asking:
            missing = await asking.get("/nothing", **{"accept-language": "id"})
            assert (missing.status_code, missing.json()["code"], missing.headers["content-language"]) == (404, "no_such_resource", "id")
            assert missing.headers["content-type"] == "application/problem+json"
            assert missing.headers["x-content-type-options"] == "nosniff"
            for method, path, allowed in (
                ("POST", "/contracts", {"GET", "HEAD", "OPTIONS"}),
                ("DELETE", "/contracts/orang/v1/schema", {"GET", "HEAD", "OPTIONS"}),
                ("GET", "/oauth/token", {"POST", "OPTIONS"}),
                ("POST", "/v1/orang", {"GET", "HEAD", "OPTIONS"}),
                ("GET", "/v1/orang:search", {"POST", "OPTIONS"}),
                ("PATCH", "/v1/orang/0001", {"GET", "HEAD", "OPTIONS"}),
            ):
                reply = await asking.http.request(method, path)
                assert (reply.status_code, reply.json()["code"]) == (405, "method_not_allowed"), path
                assert reply.headers["content-type"] == "application/problem+json"
                assert set(reply.headers["allow"].split(", ")) == allowed, path


async def ask_frame(asking: Asking, path: str) -> httpx2.Response:
    """The frame with routes of a test: one crashes, one raises as FastAPI does, one reads a number."""
    api = create_api(asking.gateway.parts())

    @api.get("/uji/rusak")
    async def crash() -> None:
        raise RuntimeError("rahasia di dalam")

    @api.get("/uji/status/{status}")
    async def raised(status: int) -> None:
        raise HTTPException(status, "rahasia di dalam", headers={"X-Kept": "1"})

    @api.get("/uji/bilangan/{number}")
    async def number(number: int, umur: int) -> int:
        return number + umur

    transport = httpx2.ASGITransport(app=Guard(api, public_url=URL))  # type: ignore[arg-type]
    async with httpx2.AsyncClient(transport=transport, base_url=URL) as http:
        return await http.get(path)


@pytest.mark.anyio
async def test_a_crash_in_a_route_is_500_without_its_message(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with town(tmp_path, stack).open() as asking:
            reply = await ask_frame(asking, "/uji/rusak")
            assert (reply.status_code, reply.json()["code"]) == (500, "internal")
            assert reply.headers["content-type"] == "application/problem+json"
            assert "rahasia" not in reply.text
            assert "RuntimeError" not in reply.text


@pytest.mark.anyio
async def test_what_fastapi_raises_takes_our_form(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with town(tmp_path, stack).open() as asking:
            for status, code in (
                (404, "no_such_resource"),
                (405, "method_not_allowed"),
                (413, "too_large"),
                (418, "bad_question"),
                (503, "internal"),
            ):
                reply = await ask_frame(asking, f"/uji/status/{status}")
                assert reply.json()["code"] == code
                assert reply.status_code == reply.json()["status"] == answerable()[code].status
                assert (status == 405) == ("allow" in reply.headers)
                assert "rahasia" not in reply.text


@pytest.mark.anyio
async def test_a_value_that_cannot_be_read_is_never_echoed(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with town(tmp_path, stack).open() as asking:
            reply = await ask_frame(asking, "/uji/bilangan/1276010101900001x?umur=081234567890y")
            assert (reply.status_code, reply.json()["code"]) == (400, "bad_question")
            assert [fault["parameter"] for fault in reply.json()["errors"]] == ["number", "umur"]
            assert "1276010101900001" not in reply.text
            assert "081234567890" not in reply.text


@pytest.mark.anyio
async def test_every_code_has_a_page(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with town(tmp_path, stack).open() as asking:
            for code, kind in CLASSES:
                reply = await asking.get(f"/problems/{code}")
                assert reply.status_code == 200
                for said in (code, str(kind.status), kind.title.id, kind.title.en, kind.remedy.id, kind.remedy.en):
                    assert said in reply.text
            assert (await asking.get("/problems/made_up")).status_code == 404
