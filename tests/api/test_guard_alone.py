"""The guard before an application of a test's own: what no wire can bring, and what a fault of ours says."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.api.body import read_body
from app.api.guard import Guard

pytestmark = pytest.mark.anyio
URL = "http://titian.test"
VALUE = "1276010101909001"
Receive = Callable[[], Awaitable[Any]]


async def reading(_scope: Any, receive: Receive, send: Any) -> None:
    body = await read_body(receive)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(len(body)).encode()})


async def faulty(_scope: Any, _receive: Receive, _send: Any) -> None:
    raise KeyError(VALUE)


async def half(_scope: Any, _receive: Receive, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise KeyError(VALUE)


async def late_inside(_scope: Any, _receive: Receive, _send: Any) -> None:
    raise TimeoutError(VALUE)


def parts(*chunks: bytes, last: dict[str, Any] | None = None) -> Receive:
    """A body in chunks; what follows them is `last`, or the body's end."""
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append(last or {"type": "http.request", "body": b"", "more_body": False})
    waiting = iter(messages)

    async def receive() -> Any:
        return next(waiting)

    return receive


async def ask(app: Any, receive: Receive, *more: tuple[bytes, bytes], path: bytes = b"/x", **words: Any) -> list[Any]:
    heard: list[Any] = []

    async def send(message: Any) -> None:
        heard.append(message)

    scope = {"type": "http", "method": "POST", "raw_path": path, "query_string": b"", "headers": [(b"host", b"titian.test"), *more]}
    await Guard(app, public_url=URL, **words)(scope, receive, send)
    return heard


def told(heard: list[Any]) -> tuple[int, str]:
    assert (b"connection", b"close") in heard[0]["headers"]
    return heard[0]["status"], json.loads(heard[1]["body"])["code"]


async def test_a_body_of_exactly_the_limit_passes_and_one_byte_more_does_not() -> None:
    assert (await ask(reading, parts(b"a" * 5, b"b" * 5), body=10))[1]["body"] == b"10"
    assert told(await ask(reading, parts(b"a" * 5, b"b" * 6), body=10)) == (413, "too_large")


async def test_a_length_of_thousands_of_digits_is_too_large_and_no_fault() -> None:
    assert told(await ask(reading, parts(), (b"content-length", b"9" * 5000))) == (413, "too_large")


@pytest.mark.parametrize("length", [b"-1", b"+1", b"1_0", b"0x10", b"", b"\xb2"])
async def test_a_length_that_is_no_number_is_refused(length: bytes) -> None:
    assert told(await ask(reading, parts(), (b"content-length", length))) == (400, "bad_question")


async def test_the_whole_body_has_one_deadline_however_often_a_byte_comes() -> None:
    async def dripping() -> Any:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    heard = await ask(reading, dripping, patience=0.1)
    assert told(heard) == (400, "bad_question")
    assert json.loads(heard[1]["body"])["detail"] == "Permintaan ditolak: isi tidak tiba tepat waktu."


async def test_a_caller_that_left_within_its_body_is_not_answered_and_not_heard() -> None:
    assert await ask(reading, parts(b"{}", last={"type": "http.disconnect"})) == []


async def test_after_the_body_the_application_may_wait_for_the_caller_to_leave() -> None:
    async def waiting(_scope: Any, receive: Receive, send: Any) -> None:
        first, then = await receive(), await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": f"{first['type']} {then['type']}".encode()})

    messages = iter([{"type": "http.request", "body": b"{}", "more_body": False}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(messages)

    assert (await ask(waiting, receive))[1]["body"] == b"http.request http.disconnect"


@pytest.mark.parametrize(("app", "fault"), [(faulty, "KeyError"), (late_inside, "TimeoutError")])
async def test_a_fault_of_our_own_is_a_problem_and_its_text_is_neither_said_nor_logged(app: Any, fault: str) -> None:
    with capture_logs() as logged:
        heard = await ask(app, parts())
    assert told(heard) == (500, "internal")
    assert [(entry["event"], entry["fault"]) for entry in logged] == [("unexpected", fault)]
    assert logged[0]["place"][0].startswith("test_guard_alone.py:")
    assert VALUE not in str(heard) + str(logged)


async def test_a_fault_after_the_answer_has_begun_adds_nothing_to_it() -> None:
    with capture_logs() as logged:
        heard = await ask(half, parts())
    assert [message["type"] for message in heard] == ["http.response.start"]
    assert [entry["event"] for entry in logged] == ["unexpected"]


@pytest.mark.parametrize("path", [b"*", b"", b"healthz", b"/a/%c0%af", b"/a/%ed%a0%80", b"/a/%ff%fe"])
async def test_a_path_that_does_not_begin_at_the_root_or_is_no_utf_8_is_refused(path: bytes) -> None:
    assert told(await ask(reading, parts(), path=path)) == (400, "bad_question")


async def test_a_path_of_other_letters_passes() -> None:
    assert (await ask(reading, parts(), path=b"/v1/orang/S%C3%A9~%F0%9F%98%80"))[0]["status"] == 200


async def test_what_is_not_http_passes_untouched() -> None:
    seen: list[str] = []

    async def other(scope: Any, _receive: Receive, _send: Any) -> None:
        seen.append(scope["type"])

    await Guard(other, public_url=URL)({"type": "lifespan"}, parts(), parts())
    assert seen == ["lifespan"]
