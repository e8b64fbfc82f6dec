"""What comes over the wire is read as h11 reads it, or not at all."""

import asyncio
import re
from dataclasses import dataclass, field
from itertools import pairwise

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapter.egress.wire import HEAD, INTERIM, Wire
from app.errors import BadAnswer, SourceError
from tests.fixtures.raw_side import fails

QUESTION = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LARGEST = 100_000
EMPTY_LINES = re.compile(rb"(?:^|(?<=\n\n)|(?<=\n\r\n))[\r\n]+(?=HTTP/)")
"""Before a reply; h11 refuses them, and some servers leave them behind the body before."""
REASON = re.compile(rb"(HTTP/1\.[01] \d{3} )[^\r\n]*")
"""Nobody reads it, so it may hold what h11 would not let through."""
WAITING = "waiting"
REFUSED = "refused"


@dataclass
class Far(asyncio.Transport):
    """The far end of a wire."""

    written: list[bytes] = field(default_factory=list)
    aborted: bool = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def abort(self) -> None:
        self.aborted = True

    def get_write_buffer_size(self) -> int:
        return 0


def wired() -> tuple[Wire, Far]:
    wire, far = Wire(LARGEST, lambda _wire: None), Far()
    wire.connection_made(far)
    return wire, far


async def fed(wire: Wire, pieces: list[bytes], *, end: bool, head: bool = False):
    """What a question on this wire comes to, where these bytes are the answer."""
    question = asyncio.create_task(wire.ask(QUESTION, head=head))
    await asyncio.sleep(0)
    for piece in pieces:
        wire.data_received(piece)
    if end:
        wire.eof_received()
        wire.connection_lost(None)
    await asyncio.sleep(0)
    if not question.done():
        question.cancel()
        return WAITING
    try:
        said = question.result()
    except SourceError:
        return REFUSED
    # h11 tells this one in lower case.
    return said.status, {name: value.lower() if name == "transfer-encoding" else value for name, value in said.headers.items()}, said.body


def tidied(whole: bytes) -> bytes:
    return REASON.sub(rb"\1", EMPTY_LINES.sub(b"", whole))


def listed(lines) -> dict[str, str]:
    """Several lines of one name are one list (RFC 9110 5.3)."""
    found: dict[str, list[str]] = {}
    for name, value in lines:
        found.setdefault(name.decode(), []).append(value.decode("utf-8", "surrogateescape"))
    return {name: ", ".join(filter(None, values)) for name, values in found.items()}


def judged(pieces: list[bytes], *, end: bool, head: bool = False):
    """What h11 makes of the same bytes."""
    reader = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD)
    reader.send(h11.Request(method="HEAD" if head else "GET", target="/", headers=[("Host", "a")]))
    reader.send(h11.EndOfMessage())
    status, headers, body = 0, {}, bytearray()
    try:
        for piece in [*pieces, *([b""] if end else [])]:
            reader.receive_data(piece)
            while True:
                event = reader.next_event()
                if event is h11.NEED_DATA:
                    break
                if isinstance(event, h11.Response):
                    status, headers = event.status_code, listed(event.headers)
                elif isinstance(event, h11.Data):
                    body += event.data
                elif isinstance(event, h11.EndOfMessage):
                    return status, headers, bytes(body)
                elif event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                    return REFUSED
    except h11.RemoteProtocolError:
        return REFUSED
    return WAITING


TOKENS = st.sampled_from(["X-A", "x-b", "Date", "Server", "Connection", "Keep-Alive", "Content-Type"])
WORDS = st.sampled_from(["", "a", "close", "keep-alive", "text/html; charset=utf-8", "a b\tc", "é", "\x80"])
CODINGS = st.sampled_from(["chunked", "Chunked", "gzip", "gzip, chunked", "chunked, chunked", "identity", ""])


def chunked(body: bytes, sizes: list[int], extension: bytes, trailers: bytes) -> bytes:
    edges = sorted({0, len(body), *(size % (len(body) + 1) for size in sizes)})
    chunks = [body[start:stop] for start, stop in pairwise(edges)]
    return b"".join(b"%x%s\r\n%s\r\n" % (len(one), extension, one) for one in chunks) + b"0\r\n" + trailers + b"\r\n"


@st.composite
def replies(draw) -> bytes:
    """Mostly good ones; framing that contradicts itself, 1xx before it, bytes after it."""
    body = draw(st.binary(max_size=300))
    status = draw(st.sampled_from([200, 200, 201, 204, 304, 404, 500, 100, 101, 103, 299, 999]))
    version = draw(st.sampled_from(["1.1", "1.1", "1.1", "1.0", "0.9", "2.0"]))
    lines = [f"HTTP/{version} {status}{draw(st.sampled_from([' OK', ' ', '', ' Tidak ada']))}"]
    lines += [f"{name}: {value}" for name, value in draw(st.lists(st.tuples(TOKENS, WORDS), max_size=4))]
    framing = draw(st.sampled_from(["length", "length", "chunks", "chunks", "end", "wrong", "twice", "both", "coding", "junk"]))
    sent = body
    if framing in ("length", "both"):
        lines.append(f"Content-Length: {len(body)}")
    if framing == "wrong":
        lines.append(f"Content-Length: {draw(st.integers(0, 400))}")
    if framing == "twice":
        lines += [f"Content-Length: {len(body)}", f"Content-Length: {draw(st.sampled_from([len(body), 1]))}"]
    if framing == "junk":
        lines.append("Content-Length: " + draw(st.sampled_from(["", "+5", "-1", "5, 5", "5 5", "0x5", "٥", "99999999999999999999999"])))
    if framing in ("chunks", "both"):
        lines.append("Transfer-Encoding: chunked")
    if framing == "coding":
        lines.append(f"Transfer-Encoding: {draw(CODINGS)}")
    if framing in ("chunks", "both", "coding"):
        extension = draw(st.sampled_from([b"", b"", b";a=b", b";a"]))
        sent = chunked(body, draw(st.lists(st.integers(0, 300), max_size=3)), extension, draw(st.sampled_from([b"", b"", b"X-T: 1\r\n"])))
    interim = draw(st.lists(st.sampled_from([b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early\r\nLink: a\r\n\r\n"]), max_size=2))
    after = draw(st.sampled_from([b"", b"", b"", b"\r\n", b"x", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]))
    return b"".join(interim) + "\r\n".join(lines).encode() + b"\r\n\r\n" + sent + after


@st.composite
def streams(draw) -> list[bytes]:
    """A reply, sometimes spoiled, in pieces of any size."""
    whole = bytearray(draw(replies()))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        at = draw(st.integers(0, len(whole)))
        spoil = draw(st.sampled_from(["cut", "byte", "insert", "break"]))
        if spoil == "cut":
            del whole[at:]
        elif spoil == "insert":
            whole[at:at] = draw(st.sampled_from([b"\r\n", b"\n", b"\x00", b" ", b"A", b": ", b"0\r\n\r\n", b"\xff"]))
        elif at < len(whole):
            whole[at] = draw(st.integers(0, 255)) if spoil == "byte" else 10
    edges = sorted({0, len(whole), *draw(st.lists(st.integers(0, len(whole)), max_size=6))})
    return [bytes(whole[start:stop]) for start, stop in pairwise(edges)]


@settings(max_examples=400, deadline=None)
@given(streams(), st.booleans(), st.booleans())
def test_what_is_read_is_what_h11_reads_or_nothing(pieces: list[bytes], end: bool, head: bool) -> None:
    async def asked():
        return await fed(wired()[0], pieces, end=end, head=head)

    ours, theirs = asyncio.run(asked()), judged(pieces, end=end, head=head)
    if theirs == REFUSED:
        theirs = judged([tidied(b"".join(pieces))], end=end, head=head)
    # What both wait for, or one refuses and the other waits for, ends at the deadline.
    assert ours in (REFUSED, theirs) or (ours, theirs) == (WAITING, REFUSED)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
GOOD = [
    (OK, b"{}"),
    (CONTINUE * INTERIM + OK, b"{}"),
    (b"HTTP/1.1 200\r\nTRANSFER-ENCODING:  chunked\r\n\r\n1;a=b\r\n{\r\n1  \r\n}\r\n0\r\nX-T: 1\r\n\r\n", b"{}"),
    (b"HTTP/1.0 200 OK\nServer: tua\nContent-Length: 2\n\n{}", b"{}"),
    (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    (b"HTTP/1.1 200 OK\r\nX: \xc3\xa9\xff\r\nContent-Length: 0\r\n\r\n", b""),
]
BROKEN = [
    CONTINUE * (INTERIM + 1) + OK,
    b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\n{}" + OK,
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n",
    b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nX: " + b"a" * HEAD,
    b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * HEAD + b"\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: " + b"a" * 3 * HEAD,
]


def cut(whole: bytes, size: int) -> list[bytes]:
    return [whole[start : start + size] for start in range(0, len(whole), size)]


@pytest.mark.anyio
@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize(("whole", "body"), GOOD)
async def test_a_reply_is_read_in_whatever_pieces_it_comes(whole: bytes, body: bytes, size: int) -> None:
    wire, far = wired()
    for _ in range(2):
        said = await fed(wire, cut(whole, size), end=False)
        assert said[2] == body
        assert (wire.usable, far.aborted) == (b"HTTP/1.0" not in whole, False)
        if not wire.usable:
            return


@pytest.mark.anyio
@pytest.mark.parametrize("size", [1000, 20_000])
@pytest.mark.parametrize("whole", BROKEN)
async def test_what_could_be_read_in_two_ways_or_has_no_end_is_refused_and_the_connection_ended(whole: bytes, size: int) -> None:
    wire, far = wired()
    assert await fed(wire, cut(whole, size), end=False) == REFUSED
    assert far.aborted


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("whole", "head"),
    [
        (OK + b"x", False),
        (OK + OK, False),
        (OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + b"{}", False),
        (OK[:-2], True),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n{}", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", False),
    ],
)
async def test_a_reply_that_leaves_doubt_about_what_follows_ends_its_connection(whole: bytes, head: bool) -> None:
    wire, _ = wired()
    assert (await fed(wire, [whole], end=False, head=head))[0] in (200, 204)
    assert not wire.usable


@pytest.mark.anyio
async def test_what_comes_before_it_was_asked_for_is_nobodys_answer() -> None:
    wire, far = wired()
    wire.data_received(OK)
    assert far.aborted
    assert await fed(wire, [], end=False) == REFUSED
    assert far.written == []


@pytest.mark.anyio
async def test_a_body_without_a_length_ends_with_the_connection() -> None:
    whole = b"HTTP/1.1 200 OK\r\n\r\nabc"
    assert await fed(wired()[0], [whole, b"def"], end=False) == WAITING
    assert await fed(wired()[0], [whole, b"def"], end=True) == (200, {}, b"abcdef")
    wire, _ = wired()
    question = asyncio.create_task(wire.ask(QUESTION, head=False))
    await asyncio.sleep(0)
    wire.data_received(whole)
    wire.connection_lost(ConnectionResetError())
    with fails(BadAnswer, "broken_reply"):
        await question


@pytest.mark.anyio
async def test_who_stops_waiting_ends_the_connection() -> None:
    wire, far = wired()
    assert await fed(wire, [OK[:-1]], end=False) == WAITING
    await asyncio.sleep(0)
    assert far.aborted
    wire.data_received(OK[-1:])
    assert not wire.usable


@pytest.mark.anyio
async def test_a_body_over_the_limit_is_let_go() -> None:
    wire, far = wired()
    question = asyncio.create_task(wire.ask(QUESTION, head=False))
    await asyncio.sleep(0)
    wire.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + bytes(LARGEST + 1))
    with fails(BadAnswer, "too_large"):
        await question
    assert far.aborted
