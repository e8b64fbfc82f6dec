"""The shapes that every kind of system is made of: what is asked of it, what it answers, what it may raise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeAlias

from app.contract.flaw import Flaw
from app.errors import SourceError

Raw: TypeAlias = Any
"""One row as the source gave it: usually a dict."""


class Condition(NamedTuple):
    """One filter on a canonical field. `op` is a word of `app.contract.operator`: eq, within, contains and startswith hold for any of
    `values`, ne for none of them, gt, gte, lt and lte have one. `values` are canonical."""

    field: str
    op: str
    values: tuple[Any, ...]


class Shaped(NamedTuple):
    """One row in canonical form: `key` None where a key field has no value; `flaws` by field, in the order of the map."""

    key: tuple[str, ...] | None
    values: dict[str, Any]
    flaws: tuple[tuple[str, Flaw], ...]


class Pushed(NamedTuple):
    """A filter that the source does itself, already in the source's words: its parameter or column, and the texts, any of which will do.

    `op` is a word of `app.contract.operator`. What the city keeps itself (`app/store/`) is asked in canonical values."""

    param: str
    values: tuple[Any, ...]
    op: str = "eq"


@dataclass(frozen=True, slots=True)
class Question:
    """What a kind is asked. `key` holds the key's fields in the source's words where one record is asked.

    Beyond `pushed` and `key` a kind may be told what would spare it work; a kind is told `sort` only where its file declares it."""

    pushed: tuple[Pushed, ...] = ()
    key: Mapping[str, str] | None = None
    page: int | None = None
    """Begin at this page (0-based, counted from the resource's own start) instead of the first."""
    token: str | None = None
    """Begin where a `Page` of this kind said with `token` or `after`; `page` is then the number that this page bears."""
    sort: tuple[tuple[str, bool], ...] = ()
    """In the source's words: columns, and whether each is descending; the last of them are the key's."""
    fields: tuple[str, ...] = ()
    """The columns that are needed; none named means all."""
    limit: int | None = None
    """So many rows are enough, as far as is known."""
    count: bool = False
    """Whether `Page.counted` is wanted."""
    traceparent: str | None = None
    """Passed on (W3C Trace Context)."""


@dataclass(slots=True)
class Page:
    """Rows of a source in its own order, or in that of `Question.sort`.

    `number` counts pages from 0. `last` says that nothing follows. `total` is the source's own count, where it tells one.
    `reason` says why the reading ends here without being complete (repeated_page, short_of_total, max_pages, or a word of a failure).
    `failure` is that failure, where there was one.
    `as_of` is of when the rows are, where that is not the moment of asking; `stale_since` says since when that is older than promised.
    """

    rows: list[Raw]
    number: int = 0
    last: bool = True
    total: int | None = None
    reason: str | None = None
    as_of: datetime | None = None
    stale_since: datetime | None = None
    token: str | None = None
    """How this very page is begun again; None where its number is enough."""
    after: Callable[[int], str] | None = None
    """The token with which a page begins right after the row of this index; None where only whole pages can be begun."""
    counted: int | None = None
    """How many accepted records answer the question, exactly; only what the city keeps itself can say so."""
    failure: SourceError | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over HTTP: the status, the headers (names in lower case), the whole body, decoded from its content encoding."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Lens(Protocol):
    """The way between one resource's rows and the canonical values of its contract, and back where there is a way back."""

    @property
    def narrow(self) -> bool:
        """Whether only the columns come that are asked for."""

    @property
    def pushable(self) -> tuple[str, ...]:
        """The canonical fields by which the source itself filters."""

    def shape(self, row: Raw) -> Shaped:
        """Never raises: what cannot be read is a flaw of its field."""

    def write(self, field: str, value: Any) -> str | None:
        """A canonical value in the source's words; None where there is no way back."""

    def pushed(self, condition: Condition) -> tuple[Pushed, ...]:
        """A filter in the source's words: the questions to ask one after another, whose rows together are the answer. None: not pushed."""

    def sort(self, wanted: tuple[tuple[str, bool], ...]) -> tuple[tuple[str, bool], ...] | None:
        """An order by canonical fields (and whether each is descending) in the source's words; None where the source does not give it."""

    def columns(self, fields: frozenset[str]) -> tuple[str, ...]:
        """The columns that these canonical fields are made of, for a source that is `narrow`."""


class Adapter(Protocol):
    """One resource of one system, ready to be asked; frozen, reused, used by many at once.

    A kind with `remembers = True` hands over the same list of rows while the source says the same: it is then shaped once.

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
