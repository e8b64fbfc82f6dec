"""Outermost: what no honest client sends is refused before anything reads it. uvicorn with httptools refuses the rest of what a parser can see."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote_to_bytes

from app.api.problems import contain, language, problem
from app.errors import Answerable, BadQuestion, Text, TooLarge

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY = 1024 * 1024
HEADERS = 32 * 1024
HEADER = 8192
MOST_HEADERS = 100
QUERY = 16 * 1024
DIGITS = 18
"""Of a Content-Length; int() refuses to read thousands of them."""
CLOSED = [(b"connection", b"close"), (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
PATIENCE = 10.0
"""Seconds in which a whole body must arrive."""
TRICKS = re.compile(
    rb"^(?!/)|[\x00-\x20\x7f-\xff\\]|//|/\.{1,2}(?:[/;]|$)|%(?:25)*(?:2e|2f|5c|0[0-9a-f]|1[0-9a-f]|7f)|%(?![0-9a-f]{2})", re.IGNORECASE
)


class Guard:
    """`body` is the largest body in bytes, `patience` the seconds it may take. Refusals close the connection."""

    def __init__(self, app: App, *, public_url: str, body: int = BODY, patience: float = PATIENCE) -> None:
        self.app, self.public_url, self.body, self.patience = app, public_url, body, patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        error = _wrong(scope, self.body)
        if error is not None:
            await self._refuse(scope, send, error)
            return
        answered = _Answered(send)
        try:
            error = await contain(self.app, scope, _Bounded(receive, self.body, self.patience), answered)
        except _Cut as cut:
            error = cut.error
        if error is not None and not answered.begun:
            await self._refuse(scope, send, error)

    async def _refuse(self, scope: Scope, send: Send, error: Answerable) -> None:
        accepted = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
        status, headers, body = problem(error, language=language(accepted), exchange=None, public_url=self.public_url)
        more = [(b"content-length", str(len(body)).encode()), *CLOSED]
        await send({"type": "http.response.start", "status": status, "headers": [*headers, *more]})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


class _Cut(BaseException):
    """The body is not read to its end: not an Exception, so that no handler in between takes it for its own. Without an error
    nobody is there to be told."""

    def __init__(self, error: Answerable | None) -> None:
        super().__init__()
        self.error = error


class _Bounded:
    """`receive`, counting the bytes of the body and the time that all of them take."""

    def __init__(self, receive: Receive, most: int, patience: float) -> None:
        self.receive, self.most, self.patience = receive, most, patience
        self.seen, self.whole = 0, False
        self.until: float | None = None

    async def __call__(self) -> Message:
        if self.whole:
            return await self.receive()
        message = await self._in_time()
        if message["type"] == "http.disconnect":
            raise _Cut(None)
        self.seen += len(message.get("body", b""))
        if self.seen > self.most:
            raise _Cut(TooLarge())
        self.whole = not message.get("more_body", False)
        return message

    async def _in_time(self) -> Message:
        if self.until is None:
            self.until = asyncio.get_running_loop().time() + self.patience
        try:
            async with asyncio.timeout_at(self.until):
                return await self.receive()
        except TimeoutError as error:
            raise _Cut(_bad("isi tidak tiba tepat waktu", "the body did not arrive in time")) from error


class _Answered:
    """`send`, remembering whether an answer has begun."""

    def __init__(self, send: Send) -> None:
        self.send, self.begun = send, False

    async def __call__(self, message: Message) -> None:
        self.begun = True
        await self.send(message)


def _wrong(scope: Scope, most: int) -> Answerable | None:
    if TRICKS.search(scope["raw_path"]) or not _utf8(scope["raw_path"]):
        return _bad("alamat memuat tipuan", "the path holds a trick")
    if len(scope["query_string"]) > QUERY:
        return TooLarge()
    return _headers(scope["headers"], most)


def _utf8(path: bytes) -> bool:
    if b"%" not in path:
        return True
    try:
        unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        return False
    return True


def _headers(headers: list[tuple[bytes, bytes]], most: int) -> Answerable | None:
    names = [name for name, _ in headers]
    joined = b"\n".join(names)
    if names.count(b"host") != 1:
        return _bad("harus tepat satu Host", "there must be exactly one Host")
    if b"_" in joined:
        return _bad("nama header memuat _", "a header name holds _")
    values = [value for _, value in headers]
    if len(names) > MOST_HEADERS or len(joined) + len(b"".join(values)) > HEADERS:
        return TooLarge()
    if any([len(value) > HEADER and name != b"authorization" for name, value in headers]):
        return _bad("satu header lebih dari 8192 byte", "one header is longer than 8192 bytes")
    if b"content-length" not in names:
        return None
    return _length(dict(headers)[b"content-length"], most, chunked=b"transfer-encoding" in names)


def _length(length: bytes, most: int, *, chunked: bool) -> Answerable | None:
    if chunked or not length.isdigit():
        return _bad("panjang isi tidak jelas", "the length of the body is unclear")
    return TooLarge() if len(length) > DIGITS or int(length) > most else None


def _bad(indonesian: str, english: str) -> BadQuestion:
    return BadQuestion(Text(f"Permintaan ditolak: {indonesian}.", f"The request is refused: {english}."))
