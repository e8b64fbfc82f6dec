"""The evidence id of an exchange: a ULID (48 bits of milliseconds, 80 random bits, Crockford base 32), so that ids sort by time."""

from __future__ import annotations

import os

ALPHABET = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LETTERS = ALPHABET * 8
"""A letter for each byte: five of its bits count, each letter as often as any other."""
PAIRS = [chr(high) + chr(low) for high in ALPHABET for low in ALPHABET]
RANDOM = 16
BATCH = 256


class _Tails:
    """Random halves, drawn for many ids at once: a call of the system for each would let another thread in between."""

    def __init__(self) -> None:
        self._drawn = ""
        self._at = 0
        self._process = 0

    def next(self) -> str:
        if self._at >= len(self._drawn) or self._process != os.getpid():
            # A process that was forked must not give the ids of its parent.
            self._drawn, self._at, self._process = os.urandom(RANDOM * BATCH).translate(LETTERS).decode(), 0, os.getpid()
        self._at += RANDOM
        return self._drawn[self._at - RANDOM : self._at]


_TAILS = _Tails()


def ulid(seconds: float) -> str:
    milliseconds = int(seconds * 1000)
    return "".join([PAIRS[(milliseconds >> shift) & 1023] for shift in (40, 30, 20, 10, 0)]) + _TAILS.next()
