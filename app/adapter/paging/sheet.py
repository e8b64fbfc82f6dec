"""What a walk asks with, and what it is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol

from app.adapter.manifest import PageStyle
from app.adapter.protocol import Page, Raw

Params = list[tuple[str, str]]


class Sheet(NamedTuple):
    """One page as a kind brings it: its rows, and the source's own count of all rows where it tells one.

    `next` is what the source says the next page is asked with (a cursor; an address below the base), "" where it says that nothing follows,
    None where it says nothing at all. `reason` says why the reading cannot go on behind this page, though something follows."""

    rows: list[Raw]
    total: int | None = None
    next: str | None = None
    reason: str | None = None


AskPage = Callable[[Params], Awaitable[Sheet]]
"""Asks for a page of the list with these parameters."""
Follow = Callable[[str], Awaitable[Sheet]]
"""Asks for the page at an address: a path with its query, below the base."""


class Walker(Protocol):
    """Where one reading stands, and what it has seen; a new one per reading."""

    number: int
    token: str | None

    def wanted(self) -> Params | str:
        """What the next page is asked with: parameters, or an address."""

    def page(self, sheet: Sheet) -> Page:
        """The page out of what came; the walker then stands behind it."""

    def broken(self, reason: str) -> Page:
        """The end of a reading whose next page failed."""


def sized(style: PageStyle, limit: int | None = None) -> int | None:
    """The rows to ask for: never more than are wanted."""
    return style.size if style.size is None or limit is None else max(1, min(style.size, limit))


def size_params(style: PageStyle, size: int | None) -> Params:
    """The size as the source is told it, where it is told."""
    return [(style.size_param, str(size))] if style.size_param is not None and size is not None else []


def mark(rows: list[Raw]) -> int:
    """What a page is known again by."""
    return hash(repr(rows))
