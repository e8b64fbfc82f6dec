"""The evidence id of an exchange: a ULID (48 bits of milliseconds, 80 random bits, Crockford base 32), so that ids sort by time."""

from __future__ import annotations

import os

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAIRS = [high + low for high in ALPHABET for low in ALPHABET]


def ulid(seconds: float) -> str:
    number = (int(seconds * 1000) << 80) | int.from_bytes(os.urandom(10), "big")
    return "".join([PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)])
