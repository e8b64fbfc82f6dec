"""What the same bytes became before: a page that did not change is neither read nor shaped twice."""

from __future__ import annotations

from typing import Any

MOST = 32
SMALLEST = 8 * 1024
LARGEST = 1024 * 1024


class Same:
    """The last few large bodies and what was made of them; in memory only, bounded, the oldest goes first."""

    def __init__(self) -> None:
        self._made: dict[bytes, Any] = {}

    def get(self, body: bytes) -> Any:
        """What was made of these bytes, None where they are new or too small to be worth remembering."""
        return self._made.get(body) if len(body) >= SMALLEST else None

    def kept(self, body: bytes, made: Any) -> Any:
        """Remembers and returns `made`."""
        if SMALLEST <= len(body) <= LARGEST:
            if len(self._made) >= MOST:
                del self._made[next(iter(self._made))]
            self._made[body] = made
        return made
