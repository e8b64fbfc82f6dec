"""The body of a reply, bounded while it is unpacked; while it is read `wire.py` bounds it."""

from __future__ import annotations

import zlib

from app.errors import BadAnswer

LARGEST = 16 * 1024 * 1024
RATIO = 100
FREE = 1024 * 1024
"""Below this many unpacked bytes the ratio is not looked at."""


def unpacked(body: bytes, encoding: str) -> bytes:
    """What a Content-Encoding says was packed. Raises BadAnswer: encoding, too_large, broken_reply."""
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BadAnswer("encoding")
    return _unpacked(body, 47 if "gzip" in encoding else zlib.MAX_WBITS)


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
