"""The body of a reply is bounded while it is read and while it is unpacked."""

import asyncio
import gzip
import socket
import struct
import zlib

import pytest

from app.adapter.egress.body import LARGEST
from app.errors import BadAnswer, SourceError, Unreachable
from tests.fixtures.far_side import Said, far_side
from tests.fixtures.raw_side import fails, ok, raw_side, saying, way_to

ROWS = b'{"rows": [1, 2, 3]}'
BOMB = gzip.compress(bytes(8 * 1024 * 1024), mtime=0)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(ROWS, mtime=0)),
        ("x-gzip", gzip.compress(ROWS, mtime=0)),
        ("GZIP", gzip.compress(ROWS, mtime=0)),
        ("deflate", zlib.compress(ROWS)),
        ("identity", ROWS),
    ],
)
async def test_a_packed_body_is_unpacked(encoding: str, body: bytes) -> None:
    with far_side(lambda _asked: Said(body, headers={"content-encoding": encoding})) as side:
        async with way_to(side.address) as egress:
            assert (await egress.ask("GET", "/")).body == ROWS


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("encoding", "body", "reason"),
    [
        ("gzip", BOMB, "too_large"),
        ("gzip", gzip.compress(bytes(LARGEST + 1), mtime=0), "too_large"),
        ("br", ROWS, "encoding"),
        ("gzip, gzip", gzip.compress(gzip.compress(ROWS, mtime=0), mtime=0), "encoding"),
        ("gzip", ROWS, "encoding"),
        ("gzip", gzip.compress(ROWS, mtime=0)[:-9], "broken_reply"),
        ("gzip", gzip.compress(ROWS, mtime=0) + gzip.compress(ROWS, mtime=0), "broken_reply"),
    ],
)
async def test_a_body_that_cannot_be_unpacked_is_no_reply(encoding: str, body: bytes, reason: str) -> None:
    with far_side(lambda _asked: Said(body, headers={"content-encoding": encoding})) as side:
        async with way_to(side.address) as egress:
            with fails(BadAnswer, reason):
                await egress.ask("GET", "/")
            with fails(BadAnswer, reason):
                await egress.login("POST", "/", headers={}, form=None, json={})


@pytest.mark.anyio
async def test_only_an_unpacked_body_is_asked_for() -> None:
    with far_side(lambda _asked: Said({})) as side:
        async with way_to(side.address) as egress:
            await egress.ask("GET", "/")
            await egress.login("POST", "/", headers={}, form=None, json={})
        assert [asked.headers["accept-encoding"] for asked in side.asked] == ["identity", "identity"]
        assert [asked.headers["user-agent"] for asked in side.asked] == ["Titian/1", "Titian/1"]


@pytest.mark.anyio
async def test_a_body_at_the_limit_is_read() -> None:
    with far_side(lambda _asked: Said(bytes(LARGEST), headers={})) as side:
        async with way_to(side.address) as egress:
            assert len((await egress.ask("GET", "/")).body) == LARGEST


async def endless(_number: int, writer: asyncio.StreamWriter) -> bool:
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
        await writer.drain()


@pytest.mark.anyio
async def test_a_body_without_an_end_is_let_go_at_the_limit() -> None:
    async with raw_side(endless) as side, way_to(side.address) as egress:
        with fails(BadAnswer, "too_large"):
            await egress.ask("GET", "/")
        with fails(BadAnswer, "too_large"):
            await egress.login("POST", "/", headers={}, form=None, json={})


@pytest.mark.anyio
@pytest.mark.parametrize(
    "payload",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nx: " + b"a" * 40_000 + b"\r\n\r\n{}",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x00\xff\xfe" * 50,
        b"",
    ],
)
async def test_a_broken_reply_is_never_a_reply(payload: bytes) -> None:
    async with raw_side(saying(payload)) as side, way_to(side.address) as egress:
        with pytest.raises(SourceError) as caught:
            await egress.ask("POST", "/", body=b"{}")
        assert isinstance(caught.value, BadAnswer | Unreachable)
        assert len(side.asked) == 1
        with pytest.raises(SourceError) as caught:
            await egress.login("POST", "/", headers={}, form=None, json={})
        assert isinstance(caught.value, BadAnswer | Unreachable)


@pytest.mark.anyio
@pytest.mark.parametrize("framing", [b"content-length: 100\r\n", b"transfer-encoding: chunked\r\n"])
async def test_a_reset_in_the_middle_of_a_body_is_never_a_reply_and_is_not_asked_again(framing: bytes) -> None:
    async def reset(_number: int, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n2\r\n{}\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    async with raw_side(reset) as side, way_to(side.address) as egress:
        with fails(BadAnswer, "broken_reply"):
            await egress.ask("GET", "/")
        assert len(side.asked) == 1


@pytest.mark.anyio
async def test_more_headers_than_anyone_needs_are_no_reply() -> None:
    async with raw_side(saying(ok(b"{}", *(f"x-{number}: 1" for number in range(5000))))) as side, way_to(side.address) as egress:
        with fails(BadAnswer, "broken_reply"):
            await egress.ask("GET", "/")


@pytest.mark.anyio
async def test_an_empty_body_is_a_reply() -> None:
    async with raw_side(saying(ok(b""))) as side, way_to(side.address) as egress:
        assert (await egress.ask("GET", "/")).body == b""
