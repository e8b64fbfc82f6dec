"""The verdict on one value: valid (the value itself), suspicious (kept, lowers the score) or invalid (becomes null)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias


class Flaw(NamedTuple):
    """A value that is not plainly valid. `rule` is a short snake_case word of ours, never the value; `value` is None where invalid."""

    rule: str
    value: Any = None

    @property
    def suspicious(self) -> bool:
        return self.value is not None


Convert: TypeAlias = Callable[[Any], Any]
"""A source value becomes the canonical value, None (there is nothing), or a Flaw. Never raises."""
