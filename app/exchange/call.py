"""The shapes that every stage is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from app.adapter.protocol import Condition, Question, Raw
from app.adapter.source import Source
from app.clock import now
from app.contract.contract import Contract
from app.contract.flaw import Flaw
from app.errors import SourceError
from app.trust.caller import Caller

Test: TypeAlias = Callable[[Mapping[str, Any]], bool]
"""Whether one canonical record satisfies something."""


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked, parsed: `key` where one record is asked; `fields` None means all that may be seen; `sort` holds fields and
    whether each is descending. A value may still be a Token: the mask turns it back."""

    conditions: tuple[Condition, ...] = ()
    fields: tuple[str, ...] | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    limit: int = 100
    count: bool = False
    key: tuple[str, ...] | None = None
    cursor: str | None = None


NOBODY = Caller(client="", organisation="", purpose=None)
EMPTY = Query()


class View(NamedTuple):
    """Through one agreement (None: the caller's own system, or an open contract): these fields, of rows that pass `rows`,
    some of them masked."""

    agreement: str | None
    fields: frozenset[str]
    conditions: tuple[Condition, ...] = ()
    rows: Test | None = None
    masks: tuple[tuple[str, str], ...] = ()


class Permit(NamedTuple):
    """One source that may be asked, and the views through which the caller sees its rows."""

    source: Source
    views: tuple[View, ...]
    granted: frozenset[str]
    """What any of the views shows."""


class Grants(NamedTuple):
    """What one organisation may do with one contract for one purpose: through `permits`, on `agreements`, with `masks` by field."""

    permits: tuple[Permit, ...]
    agreements: tuple[str, ...]
    masks: Mapping[str, str]


class Limit(NamedTuple):
    """One quota as the caller is told of it: calls, seconds of the window, calls left, seconds until it begins anew."""

    name: str
    calls: int
    window: int
    left: int
    reset: int


@dataclass(slots=True)
class Exchange:
    """The card that travels with a question. What stands first came from outside; each stage fills in its own lines, so that the
    outermost stage can put on record whatever was known when an inner one refused."""

    id: str
    contract: Contract
    route: str
    path: str
    search: bytes = b""
    media: str = ""
    action: str = "read"
    key: str | None = None
    body: bytes | None = None
    held: bytes | None = None
    """If-None-Match."""
    token: str | None = None
    named_purpose: str | None = None
    language: str = "id"
    complete_only: bool = False
    traceparent: str | None = None
    caller: Caller = NOBODY
    purpose: str | None = None
    params: list[tuple[str, str]] = field(default_factory=list)
    query: Query = EMPTY
    claims: Mapping[str, Any] | None = None
    """What is to be compared (`:verify`), canonical."""
    permits: tuple[Permit, ...] = ()
    agreements: tuple[str, ...] = ()
    masks: Mapping[str, str] = field(default_factory=dict)
    limits: tuple[Limit, ...] = ()
    charges: tuple[tuple[str, str, str], ...] = ()
    asked: tuple[tuple[str, str], ...] = ()


class Row(NamedTuple):
    """One accepted row in canonical form; `raw` is kept for a finding only."""

    key: tuple[str, ...]
    values: dict[str, Any]
    flaws: tuple[tuple[str, Flaw], ...]
    raw: Raw


class Rejected(NamedTuple):
    """One row that cannot be used; `values` is what could be read of it."""

    values: dict[str, Any]
    flaws: tuple[tuple[str, Flaw], ...]


@dataclass(slots=True)
class ShapedPage:
    """A page of a source in canonical form, in the source's order."""

    rows: list[Row | Rejected]
    number: int
    last: bool
    reason: str | None
    as_of: datetime | None
    stale_since: datetime | None = None
    token: str | None = None
    after: Callable[[int], str] | None = None
    counted: int | None = None


class Stand(NamedTuple):
    """Where one source is begun again: a page's number, and its token where the source has one. `exact`: the page begins right after the
    last row that was used; else it is the page that held it."""

    page: int = 0
    token: str | None = None
    exact: bool = False


class Place(NamedTuple):
    """Where a list goes on. One source in its own order: at row `row` (0-based) of the page `stand`, after the row with `key`.
    Several: after `key`, each from its own stand where all of them come in the list's order. `complete` is false once any page of the list
    was not. `mark` is a digest of what stood before, where that can move."""

    key: tuple[str, ...]
    stand: Stand = Stand()
    row: int = 0
    complete: bool = True
    mark: str = ""
    stands: tuple[tuple[str, Stand], ...] = ()


@dataclass(slots=True)
class Part:
    """What one source contributed. `status` is ok, incomplete, or the word of its failure; `reason` is a short word of ours."""

    permit: Permit
    status: str = "ok"
    reason: str | None = None
    ms: int = 0
    rows: list[Row] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    records: int = 0
    invalid: Counter[str] = field(default_factory=Counter)
    compared: int = 0
    differs: int = 0
    as_of: datetime = field(default_factory=now)
    stale_since: datetime | None = None
    error: SourceError | None = None
    probe: bool = False
    """Only looked at, for its number or its keys: nothing of it is told."""

    @property
    def system(self) -> str:
        return self.permit.source.system

    @property
    def complete(self) -> bool:
        return self.status == "ok"


@dataclass(slots=True)
class Tally:
    """What the score is made of, counted over the fields shown: see docs/reference/quality.md."""

    seen: int = 0
    accepted: float = 0.0
    keys: int = 0
    duplicates: int = 0


class Quality(NamedTuple):
    """How good an answer is, each between 0 and 1, None where there was nothing to measure."""

    score: float | None
    completeness: float | None
    validity: float | None
    uniqueness: float | None
    timeliness: float | None
    consistency: float | None


@dataclass(slots=True)
class Answer:
    """What the inner stages bring out: canonical records cut to what the caller may see."""

    records: list[dict[str, Any]]
    parts: list[Part]
    shown: frozenset[str]
    tally: Tally
    complete: bool
    total: int | None = None
    next: Place | None = None
    quality: Quality | None = None
    subjects: tuple[str, ...] = ()


class Outcome(NamedTuple):
    """What goes back to the caller; headers in lower case."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


Call: TypeAlias = Callable[[Exchange], Awaitable[Answer]]
Stage: TypeAlias = Callable[[Call], Call]


class SourceCall(NamedTuple):
    """The inner ring of one source: a list page by page, or one record by its key."""

    pages: Callable[[Question], AsyncGenerator[ShapedPage]]
    one: Callable[[Question], Awaitable[ShapedPage]]
