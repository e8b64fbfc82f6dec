"""The shapes that every kind of system is made of: what is asked of it, what it answers, what it may raise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeAlias

Raw: TypeAlias = Any
"""One row as the source gave it: usually a dict."""


class Condition(NamedTuple):
    """One filter on a canonical field. `op` is a word of `app.contract.operator`: eq, within, contains and startswith hold for any of
    `values`, ne for none of them, gt, gte, lt and lte have one. `values` are canonical."""

    field: str
    op: str
    values: tuple[Any, ...]


class Pushed(NamedTuple):
    """A filter that the source does itself, already in the source's words: its parameter and the text to send."""

    param: str
    value: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a kind is asked. `key` holds the key's fields in the source's words where one record is asked.

    `traceparent` (W3C Trace Context) is passed on."""

    pushed: tuple[Pushed, ...] = ()
    key: Mapping[str, str] | None = None
    page: int | None = None
    """Begin at this page (0-based, counted from the resource's own start) instead of the first."""
    traceparent: str | None = None


@dataclass(slots=True)
class Page:
    """Rows of a source in its own order.

    `number` counts pages from 0. `last` says that nothing follows. `total` is the source's own count, where it tells one.
    `reason` says why the reading ends here without being complete (repeated_page, short_of_total, max_pages, or a word of a failure).
    `as_of` is of when the rows are, where that is not the moment of asking.
    """

    rows: list[Raw]
    number: int = 0
    last: bool = True
    total: int | None = None
    reason: str | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over HTTP: the status, the headers (names in lower case), the whole body, decoded from its content encoding."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Adapter(Protocol):
    """One resource of one system, ready to be asked; frozen, reused, used by many at once.

    Raises (all of them only these): Refused, Throttled, Unreachable, BadAnswer. Any other exception is a fault of the kind and is
    turned into BadAnswer("fault_in_kind") for this source alone.
    """

    @property
    def has_get(self) -> bool:
        """Whether one record can be asked for by its key; where it cannot, it is looked for through `pages`."""

    def pages(self, question: Question) -> AsyncIterator[Page]:
        """The rows of a list, page by page, lazily: the next page is asked for when the caller wants it.

        The first failure before any page is raised. A failure after a page ends the reading with a Page whose `reason` says why.
        """

    async def one(self, question: Question) -> Page:
        """One record by `question.key`: a page of no row or of one."""

    async def close(self) -> None:
        """Lets go of everything; may be called twice."""
