"""One connection as uvicorn keeps it, but within bounds: the guard sees a request when its headers are whole, and those may never end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE, STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

MOST = 128 * 1024
"""Bytes of one request beside its body: request line, headers, framing of chunks, trailers."""


FRAMED = frozenset({b"connection", b"transfer-encoding"})
"""Headers of which uvicorn makes more than a line."""


class Cycle(RequestResponseCycle):
    """One request and its answer. Where the head of an answer is nothing but lines and a length, they are checked and written together:
    uvicorn looks at each header by itself, which costs more than all of our stages for some questions."""

    async def send(self, message: ASGISendEvent) -> None:
        if message["type"] != "http.response.start" or not self._headed(message["status"], [*self.default_headers, *message.get("headers", ())]):
            await super().send(message)

    def _headed(self, status: int, headers: list[tuple[bytes, bytes]]) -> bool:
        """Whether the head was written; whatever is out of the ordinary is left to uvicorn."""
        told = dict(headers)
        length = told.get(b"content-length", b"")
        busy = self.response_started or self.disconnected or self.flow.write_paused or self.access_log or not self.keep_alive
        if busy or not length.isdigit() or len(told) < len(headers) or not FRAMED.isdisjoint(told):
            return False
        names = b"".join(told)
        if HEADER_RE.search(names) or not names.islower() or HEADER_VALUE_RE.search(b"".join(told.values())):
            return False
        self.response_started, self.waiting_for_100_continue = True, False
        self.chunked_encoding, self.expected_content_length = False, int(length)
        self.transport.write(b"".join([STATUS_LINE[status], *[b"%b: %b\r\n" % header for header in headers], b"\r\n"]))
        return True


class Connection(HttpToolsProtocol):
    """Closed once the headers of a request have not arrived within `patience` seconds, or more than MOST bytes are not its body."""

    patience = 10.0
    linger = 1.0
    """Seconds in which, at the end, a caller may still send one more question over a connection that it holds."""
    _late: asyncio.TimerHandle | None = None
    _seen = 0
    _leaving = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        self._seen += len(data)
        super().data_received(data)
        if self._seen > MOST and not self.transport.is_closing():
            self.send_400_response("What is not the body of the request is too long.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._seen = 0
        if self._late is None:
            self._wait()

    def on_headers_complete(self) -> None:
        self._arrived()
        super().on_headers_complete()
        if self.cycle is not None:
            # uvicorn names the class itself; nothing of the answer has begun before the next turn of the loop.
            self.cycle.__class__ = Cycle
            if self._leaving:
                self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._seen -= len(body)
        super().on_body(body)

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """To close at once would lose the question that is just on its way. It is answered, and told that it was the last one."""
        self._leaving = True
        if self._idle:
            self.loop.call_later(self.linger, self._left)
        else:
            self.cycle.keep_alive = False

    @property
    def _idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _left(self) -> None:
        begun = self._late is not None and self._seen
        if self._idle and not begun:
            self.transport.close()

    def _wait(self) -> None:
        self._late = self.loop.call_later(self.patience, self.transport.close)

    def _arrived(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
