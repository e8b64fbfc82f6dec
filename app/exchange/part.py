"""One source's part of an answer: read as far as the question needs, cut to the agreement's rows, and honest about where it ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import NamedTuple

from app.adapter.protocol import Condition, Pushed
from app.clock import monotonic
from app.errors import BadAnswer, SourceError, Text, Unprocessable
from app.exchange.call import Exchange, Part, Permit, Place, Query, Reading, Rejected, Row, ShapedPage, SourceCall, Test, View
from app.exchange.order import digest, gone

Accept = Callable[[Row, Part], bool]
"""Whether a row that the caller may see is a record of its own; one that is not is told in the part."""


class Plan(NamedTuple):
    """How one permit is read: what its source filters itself, and what is tested here. `residual`: something only we can test."""

    permit: Permit
    pushed: tuple[Pushed, ...]
    residual: bool
    test: Test | None


def planned(permit: Permit, conditions: Sequence[Condition], test: Test | None) -> Plan:
    """`conditions` may be pushed; the rows of the one agreement are pushed with them; every row is tested here all the same."""
    wanted = [*conditions, *(permit.views[0].conditions if len(permit.views) == 1 else ())]
    pushed = [permit.source.lens.pushed(condition) for condition in wanted]
    residual = any(len(one) != 1 for one in pushed) or (len(permit.views) > 1 and any(view.rows for view in permit.views))
    return Plan(permit, tuple(one[0] for one in pushed if len(one) == 1), residual, test)


async def timed(part: Part, read: Awaitable[None]) -> Part:
    """The failure of a source is kept in its part; before anything was read it is the part's status, after that it is the reason."""
    started = monotonic()
    try:
        await read
    except SourceError as error:
        _failed(part, error)
    part.ms = round((monotonic() - started) * 1000)
    return part


def _failed(part: Part, error: SourceError) -> None:
    error.system = part.system
    part.status, part.reason, part.error = error.word, error.reason, error


async def read_one(call: SourceCall, exchange: Exchange, plan: Plan, part: Part) -> None:
    """One record by its key: through the source's own `get` where it has one, else through its list."""
    source, key = plan.permit.source, exchange.query.key or ()
    names = exchange.contract.key
    words = {name: source.lens.write(name, value) for name, value in zip(names, key, strict=True)}
    if source.adapter.has_get and all(word is not None for word in words.values()):
        reading = Reading(key={name: word or "" for name, word in words.items()}, traceparent=exchange.traceparent)
        _found(await call.one(reading), part, key, names)
        return
    conditions = [Condition(name, "eq", (value,)) for name, value in zip(names, key, strict=True)]
    await read_whole(call, exchange, planned(plan.permit, conditions, lambda values: _keyed(values, names) == key), part)


def _keyed(values: Mapping[str, object], names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(values.get(name)) for name in names)


def _found(page: ShapedPage, part: Part, key: tuple[str, ...], names: tuple[str, ...]) -> None:
    _dated(page, part)
    for row in page.rows:
        if isinstance(row, Rejected):
            if visible(part.permit.views, row.values).issuperset(names):
                raise BadAnswer("record_rejected")
        elif row.key != key:
            raise BadAnswer("other_record")
        else:
            _take(row, part, lambda values: _keyed(values, names) == key)


async def read_whole(call: SourceCall, exchange: Exchange, plan: Plan, part: Part) -> None:
    """Everything that may matter, within `scan`; raises Unprocessable past it."""
    scanned = 0
    async with aclosing(call.pages(Reading(plan.pushed, traceparent=exchange.traceparent))) as pages:
        async for page in pages:
            _dated(page, part)
            scanned += len(page.rows)
            _scanned(scanned, plan)
            for row in page.rows:
                _take(row, part, plan.test)
            _ended(page, part)


async def read_list(
    call: SourceCall, exchange: Exchange, plan: Plan, part: Part, *, accept: Accept, place: Place | None
) -> tuple[Place | None, int | None]:
    """Rows in the source's own order until the list is full; answers where it goes on, and how many rows there were.
    With `count` it reads to the end, so that the number is exact; where the source fails on the way nobody knows it."""
    query = exchange.query
    reader = _ListReader(query, plan, part, accept, place)
    reading = Reading(plan.pushed, page=place.page if place and not query.count else 0, traceparent=exchange.traceparent)
    try:
        await _paged(call, reading, reader)
    except SourceError as error:
        _failed(part, error)
        return reader.full, None
    if reader.resume is not None:
        raise gone()
    return reader.next, reader.total


async def _paged(call: SourceCall, reading: Reading, reader: _ListReader) -> None:
    async with aclosing(call.pages(reading)) as pages:
        async for page in pages:
            _dated(page, reader.part)
            reader.scanned += len(page.rows)
            if (reader.plan.residual or reader.query.count) and reader.far():
                return
            if reader.page(page):
                return
            _ended(page, reader.part)


class _ListReader:
    """Takes pages in order: skips to the place where the last answer ended, fills the list, remembers the place after its last row.

    Where only we can tell which rows are the caller's, the list goes on only if one more of them is found: that there are others is not
    the caller's to know."""

    def __init__(self, query: Query, plan: Plan, part: Part, accept: Accept, place: Place | None) -> None:
        self.query, self.plan, self.part, self.accept = query, plan, part, accept
        self.resume = place
        self.scanned = 0
        self.total = 0
        self.full: Place | None = None
        self.next: Place | None = None

    def far(self) -> bool:
        """Whether too much was read to look for one more row; raises Unprocessable where the list itself needs more."""
        if self.full is None or self.query.count:
            _scanned(self.scanned, self.plan)
        elif self.scanned > self.plan.permit.source.scan:
            self.next = self.full
        return self.next is not None and not self.query.count

    def page(self, page: ShapedPage) -> bool:
        """Whether nothing more needs to be read."""
        start = self._skipped(page)
        for index in range(start, len(page.rows)):
            row = page.rows[index]
            if self.full is not None:
                if self._counted(row):
                    self.total, self.next = self.total + 1, self.full
            elif _take(row, self.part, self.plan.test, self.accept):
                self.total += 1
                if len(self.part.rows) >= self.query.limit:
                    self._full(page, index)
            if self.next is not None and not self.query.count:
                return True
        return self.full is not None and not (self.query.count or self.plan.residual)

    def _counted(self, row: Row | Rejected) -> bool:
        probe = Part(self.part.permit)
        return _take(row, probe, self.plan.test, self.accept)

    def _full(self, page: ShapedPage, index: int) -> None:
        self.full = Place(self.part.rows[-1].key, page.number, index + 1, mark=_standing(page.rows[: index + 1]))
        if not self.plan.residual and (index + 1 < len(page.rows) or not page.last):
            self.next = self.full

    def _skipped(self, page: ShapedPage) -> int:
        place = self.resume
        if place is None:
            return 0
        if page.number < place.page:
            self.total += self._given(page.rows)
            return len(page.rows)
        if page.number > place.page or place.row > len(page.rows) or _standing(page.rows[: place.row]) != place.mark:
            raise gone()
        self.resume = None
        self.total += self._given(page.rows[: place.row])
        return place.row

    def _given(self, rows: Sequence[Row | Rejected]) -> int:
        """Rows of answers before this one, known again so that a key that stands twice is told once."""
        before = Part(self.part.permit)
        return sum(_take(row, before, self.plan.test, self.accept) for row in rows)


def _take(row: Row | Rejected, part: Part, test: Test | None, accept: Accept | None = None) -> bool:
    """Whether the row is the caller's to see and stands in the part now; a rejected one is only counted."""
    views, values = part.permit.views, row.values
    if len(views) == 1:
        rows = views[0].rows
        if (rows is not None and not rows(values)) or (test is not None and not test(values)):
            return False
    elif not _seen(views, values, test):
        return False
    if isinstance(row, Rejected):
        part.rejected.append(row)
        return False
    if accept is not None and not accept(row, part):
        return False
    part.rows.append(row)
    return True


def _seen(views: tuple[View, ...], values: Mapping[str, object], test: Test | None) -> bool:
    """Through several views: a filter is tested on what this row shows, never on what it withholds."""
    seen = visible(views, values)
    return bool(seen) and (test is None or test({name: values.get(name) for name in seen}))


def visible(views: tuple[View, ...], values: Mapping[str, object]) -> frozenset[str]:
    """The fields of this row that the caller may see; none where no view lets the row through."""
    if len(views) == 1:
        view = views[0]
        return view.fields if view.rows is None or view.rows(values) else frozenset()
    return frozenset[str]().union(*(view.fields for view in views if view.rows is None or view.rows(values)))


def _dated(page: ShapedPage, part: Part) -> None:
    part.as_of = page.as_of or part.as_of


def _ended(page: ShapedPage, part: Part) -> None:
    if page.reason is not None:
        part.status, part.reason = "incomplete", page.reason


def _scanned(rows: int, plan: Plan) -> None:
    if rows > plan.permit.source.scan:
        fields = ", ".join(name for name in plan.permit.source.pushable if name in plan.permit.granted) or "-"
        raise Unprocessable(
            Text(
                f"Terlalu banyak baris untuk disaring di sini; saring dengan: {fields}.",
                f"Too many rows to filter here; filter by: {fields}.",
            )
        )


def _standing(rows: Sequence[Row | Rejected]) -> str:
    return digest([row.key if isinstance(row, Row) else None for row in rows])
