"""One connection to a source: a question goes out, and llhttp reads what comes back into one whole, bounded reply, or it is one of our words.

A framing that two readers could understand differently is refused (RFC 9112 6.3); what is odd after the end of a reply ends the connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from app.errors import BadAnswer, Unreachable

HEAD = 16 * 1024
"""Bytes of all headers of a reply, and of any stretch between two pieces of its body."""
INTERIM = 8
"""So many 1xx may come before a reply."""
MOST_NAMES = 1000


class Names(dict[bytes, str]):
    """Names of headers in lower case: sources send the same few again and again."""

    def __missing__(self, written: bytes) -> str:
        if len(self) >= MOST_NAMES:
            self.clear()
        name = self[written] = written.decode("latin-1").lower()
        return name


NAMES = Names()


class Said(NamedTuple):
    """A whole reply: names of headers in lower case, the body as it came over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire(asyncio.Protocol):
    """`usable` while another question may be asked. One question at a time; who stops waiting for the answer ends the connection."""

    _transport: asyncio.Transport
    _answer: asyncio.Future[Said] | None = None

    def __init__(self, largest: int, lost: Callable[[Wire], None]) -> None:
        self._largest, self._lost = largest, lost
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        # Old servers pad the size of a chunk; it cannot be read in two ways.
        self._parser.set_dangerous_leniencies(lenient_spaces_after_chunk_size=True)
        self.gone = asyncio.get_running_loop().create_future()
        self.usable = False
        self.idle_since = 0.0
        self._plain_lines = False
        self._begin(head=False)

    def _begin(self, *, head: bool) -> None:
        """Nothing has come yet."""
        self._only_head = head
        self._raw: list[tuple[bytes, bytes]] = []
        self._pieces: list[bytes] = []
        self._size = self._bare = self._interim = 0
        self._status = 0
        self._headers: Mapping[str, str] | None = None
        self._came = self._keep = self._whole = self._to_the_end = False
        self._fault: str | None = None
        if not self._plain_lines:
            self._lines(plain=True)

    def _lines(self, *, plain: bool) -> None:
        """Whether a line may end with LF alone: some old servers write their headers so. Among chunks it could be read in two ways."""
        self._plain_lines = plain
        if self._parser is not None:
            self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=plain)

    async def ask(self, question: bytes, *, head: bool) -> Said:
        """`head`: the answer to a HEAD, which has no body whatever it says. Raises Unreachable("dropped") where not a byte of an answer
        came, BadAnswer for one that is broken or too large."""
        if not self.usable:
            raise Unreachable("dropped")
        self._begin(head=head)
        self._answer = asyncio.get_running_loop().create_future()
        try:
            self._transport.write(question)
            return await self._answer
        except BaseException:
            self.close()
            raise
        finally:
            self._answer = None

    def close(self) -> None:
        self.usable = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport, self.usable = transport, True

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done() or self._parser is None:
            # Nobody asked: what came early could be taken for the answer to the next question.
            self.close()
            return
        self._came = True
        self._bare += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._odd("broken_reply")
        if not self._whole and self._bare > HEAD:
            self._odd("broken_reply")
        if self._fault is not None or self._whole:
            self._settle()

    def eof_received(self) -> None:
        self._ended()

    def connection_lost(self, exc: Exception | None) -> None:
        self.usable = False
        if exc is not None:
            self._to_the_end = False
        self._ended()
        self._parser = None
        if not self.gone.done():
            self.gone.set_result(None)
        self._lost(self)

    def _ended(self) -> None:
        """No more will come."""
        self._keep = self.usable = False
        if self._answer is None or self._answer.done():
            return
        if self._to_the_end:
            self._whole = True
        elif self._came:
            self._fault = "broken_reply"
        else:
            self._answer.set_exception(Unreachable("dropped"))
            return
        self._settle()

    def _settle(self) -> None:
        answer, headers = self._answer, self._headers
        if answer is None or answer.done():
            return
        if self._fault is not None or headers is None:
            self.usable = False
            answer.set_exception(BadAnswer(self._fault or "broken_reply"))
            return
        # A reply that overtook its question leaves the rest of the question on the wire.
        self.usable = self._keep and self._transport.get_write_buffer_size() == 0
        pieces = self._pieces
        answer.set_result(Said(self._status, headers, pieces[0] if len(pieces) == 1 else b"".join(pieces)))

    def _odd(self, reason: str) -> None:
        """Before the end of a reply it is broken; after it the reply stands, and the connection is not used again."""
        self._keep = False
        if not self._whole:
            self._fault = self._fault or reason

    def on_message_begin(self) -> None:
        if self._whole:
            self._odd("broken_reply")

    def on_header(self, name: bytes, value: bytes) -> None:
        # What comes after a body (trailers) says nothing that we use.
        if self._headers is None:
            self._raw.append((name, value))

    def on_headers_complete(self) -> None:
        parser = self._parser
        if self._whole or parser is None:
            return
        self._status = parser.get_status_code()
        if sum([len(name) + len(value) + 4 for name, value in self._raw]) > HEAD or parser.get_http_version() not in ("1.1", "1.0"):
            self._odd("broken_reply")
        headers: dict[str, str] = {}
        for name, value in self._raw:
            text, known = value.decode("utf-8", "surrogateescape").strip(" \t"), NAMES[name]
            # RFC 9110 5.3: several lines of one name are one list.
            headers[known] = f"{headers[known]}, {text}" if headers.get(known) and text else headers.get(known) or text
        length, coding = headers.get("content-length"), headers.get("transfer-encoding")
        if coding is not None:
            self._lines(plain=False)
            if not self._chunked(coding):
                self._odd("broken_reply")
        if self._status < 200:
            self._passed(framed=length is not None or coding is not None)
            return
        self._headers = headers
        self._keep = self._keep_on(parser, framed=coding is not None or length not in (None, "0"))
        self._to_the_end = length is None and coding is None and not self._whole

    def _keep_on(self, parser: HttpResponseParser, *, framed: bool) -> bool:
        """Whether the connection can serve again; a reply that has no body ends here, whatever its headers say of one."""
        if self._only_head or self._status in (204, 304):
            self._whole = True
            return not framed and not self._only_head and parser.should_keep_alive()
        return self._fault is None and parser.should_keep_alive()

    def _chunked(self, coding: str) -> bool:
        """The one coding that we read, named once."""
        return coding.strip().lower() == "chunked" and sum([NAMES[name] == "transfer-encoding" for name, _ in self._raw]) == 1

    def _passed(self, *, framed: bool) -> None:
        """A 1xx: the answer is still to come. It has no body, and 101 would be another protocol."""
        self._interim += 1
        if framed or self._status == 101 or self._interim > INTERIM:
            self._odd("broken_reply")

    def on_body(self, body: bytes) -> None:
        self._bare = 0
        self._size += len(body)
        if self._size > self._largest:
            self._odd("too_large")
        if self._fault is None and not self._whole:
            self._pieces.append(body)

    def on_message_complete(self) -> None:
        if self._headers is None:
            # A 1xx is over; its headers are nobody's.
            self._raw = []
        elif self._fault is None:
            self._whole = True
