"""The body of a reply, bounded while it is read and while it is unpacked."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

from app.errors import BadAnswer

LARGEST = 16 * 1024 * 1024
RATIO = 100
FREE = 1024 * 1024
"""Below this many unpacked bytes the ratio is not looked at."""


async def whole(chunks: AsyncIterator[bytes], encoding: str) -> bytes:
    """Raises BadAnswer: too_large, encoding."""
    packed = bytearray()
    async for chunk in chunks:
        packed += chunk
        if len(packed) > LARGEST:
            raise BadAnswer("too_large")
    if encoding in ("", "identity"):
        return bytes(packed)
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BadAnswer("encoding")
    return _unpacked(bytes(packed), 47 if "gzip" in encoding else zlib.MAX_WBITS)


def _unpacked(packed: bytes, bits: int) -> bytes:
    most = min(LARGEST, max(FREE, len(packed) * RATIO))
    unpacker = zlib.decompressobj(bits)
    try:
        body = unpacker.decompress(packed, most + 1)
    except zlib.error as error:
        raise BadAnswer("encoding") from error
    if len(body) > most:
        raise BadAnswer("too_large")
    if not unpacker.eof or unpacker.unused_data:
        raise BadAnswer("broken_reply")
    return body
