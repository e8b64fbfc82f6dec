"""What the same bytes became before: a page that did not change is neither read nor shaped twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.clock import monotonic

MOST = 32
WHOLE = 8 * 1024 * 1024
"""Bytes of all remembered bodies together."""
FORGET = 60.0
"""Seconds after which everything is forgotten: these are people's data, and memory is not a store."""
SMALLEST = 8 * 1024
LARGEST = 1024 * 1024


class Same:
    """The last few large bodies and what was made of them; in memory only, bounded, the oldest goes first."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._made: dict[bytes, Any] = {}
        self._clock = clock
        self._bytes = 0
        self._until = 0.0

    def get(self, body: bytes) -> Any:
        """What was made of these bytes, None where they are new or too small to be worth remembering."""
        return self._made.get(body) if len(body) >= SMALLEST and self._clock() < self._until else None

    def kept(self, body: bytes, made: Any) -> Any:
        """Remembers and returns `made`."""
        if SMALLEST <= len(body) <= LARGEST:
            self._room(len(body))
            self._made[body] = made
        return made

    def _room(self, size: int) -> None:
        if self._clock() >= self._until:
            self._made.clear()
            self._bytes, self._until = 0, self._clock() + FORGET
        while self._made and (len(self._made) >= MOST or self._bytes + size > WHOLE):
            oldest = next(iter(self._made))
            del self._made[oldest]
            self._bytes -= len(oldest)
        self._bytes += size
