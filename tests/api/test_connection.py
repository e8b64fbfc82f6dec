"""An answer leaves as uvicorn would write it, whichever of the two writes its head."""

import asyncio
import logging
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from app.api.connection import Cycle

pytestmark = pytest.mark.anyio
LENGTH = (b"content-length", b"2")
HEADS = {
    "lines and a length": [(b"content-type", b"application/json"), (b"etag", b'"a"'), LENGTH],
    "a length alone": [LENGTH],
    "no length": [(b"content-type", b"text/plain")],
    "a name twice": [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), LENGTH],
    "capitals": [(b"Content-Type", b"text/plain"), LENGTH],
    "the end of the connection": [(b"connection", b"close"), LENGTH],
    "chunks": [(b"transfer-encoding", b"chunked")],
    "a second line in a value": [(b"x-a", b"b\r\nx-c: d"), LENGTH],
    "a line end in a name": [(b"x-a\r\nx-b", b"c"), LENGTH],
    "no number": [(b"content-length", b"two")],
}


class Wire(asyncio.Transport):
    """The far side: what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.written += b"<closed>"


async def said(kind: type[RequestResponseCycle], headers: list[tuple[bytes, bytes]], method: str, *, kept: bool) -> tuple[object, bytes]:
    wire, log = Wire(), logging.getLogger("uji")
    scope: Any = {"type": "http", "method": method, "http_version": "1.1"}
    cycle = kind(
        scope=scope,
        transport=wire,
        flow=FlowControl(wire),
        logger=log,
        access_logger=log,
        access_log=False,
        default_headers=[(b"date", b"Tue, 24 Nov 2026 20:00:00 GMT")],
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=kept,
        on_response=lambda: None,
    )
    fault: object = None
    try:
        await cycle.send({"type": "http.response.start", "status": 200, "headers": headers})
        await cycle.send({"type": "http.response.body", "body": b"" if method == "HEAD" else b"{}"})
    except (RuntimeError, ValueError) as error:
        fault = type(error), str(error)
    return (fault, cycle.response_complete, cycle.keep_alive), wire.written


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
async def test_an_answer_leaves_as_uvicorn_would_write_it(head: list[tuple[bytes, bytes]], method: str, kept: bool) -> None:
    assert await said(Cycle, head, method, kept=kept) == await said(RequestResponseCycle, head, method, kept=kept)
