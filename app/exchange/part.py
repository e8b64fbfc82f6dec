"""One source's part of an answer: read as far as the question needs, cut to the agreement's rows, and honest about where it ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import NamedTuple

from app.adapter.protocol import Condition, Question
from app.clock import monotonic
from app.errors import BadAnswer, SourceError
from app.exchange.call import Exchange, Part, Place, Query, Rejected, Row, ShapedPage, SourceCall, Stand, Test, View
from app.exchange.order import Order, digest, gone
from app.exchange.plan import Plan, planned

Accept = Callable[[Row, Part], bool]
"""Whether a row that the caller may see is a record of its own; one that is not is told in the part."""
AcceptAll = Callable[[Sequence[Row]], bool]
"""Whether each of these rows is a record of its own; where one is not, nothing was taken and nothing told."""


async def timed(part: Part, read: Awaitable[None]) -> Part:
    """The failure of a source is kept in its part; before anything was read it is the part's status, after that it is the reason."""
    started = monotonic()
    try:
        await read
    except SourceError as error:
        failed(part, error)
    part.ms = round((monotonic() - started) * 1000)
    return part


def failed(part: Part, error: SourceError) -> None:
    error.system = part.system
    part.status, part.reason, part.error = error.word, error.reason, error


async def read_one(call: SourceCall, exchange: Exchange, plan: Plan, part: Part) -> None:
    """One record by its key: through the source's own `get` where it has one, else through its list."""
    source, key = plan.permit.source, exchange.query.key or ()
    names = exchange.contract.key
    words = {name: source.lens.write(name, value) for name, value in zip(names, key, strict=True)}
    if source.adapter.has_get and all(word is not None for word in words.values()):
        question = Question(key={name: word or "" for name, word in words.items()}, fields=plan.fields, traceparent=exchange.traceparent)
        _found(await call.one(question), part, key, names)
        return
    conditions = [Condition(name, "eq", (value,)) for name, value in zip(names, key, strict=True)]
    await read_whole(call, exchange, planned(plan.permit, conditions, lambda values: _keyed(values, names) == key)._replace(fields=plan.fields), part)


def _keyed(values: Mapping[str, object], names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(values.get(name)) for name in names)


def _found(page: ShapedPage, part: Part, key: tuple[str, ...], names: tuple[str, ...]) -> None:
    dated(page, part)
    for row in page.rows:
        if isinstance(row, Rejected):
            if visible(part.permit.views, row.values).issuperset(names):
                raise BadAnswer("record_rejected")
        elif row.key != key:
            raise BadAnswer("other_record")
        else:
            take(row, part, lambda values: _keyed(values, names) == key)


async def read_whole(call: SourceCall, exchange: Exchange, plan: Plan, part: Part) -> None:
    """Everything that may matter, within `scan`; raises Unprocessable past it."""
    scanned = 0
    earlier: frozenset[tuple[str, ...]] = frozenset()
    for ask in plan.asks:
        async with aclosing(call.pages(plan.question(exchange, ask))) as pages:
            async for page in pages:
                dated(page, part)
                scanned += len(page.rows)
                plan.scanned(scanned)
                for row in page.rows:
                    # A source that does not heed its filter answers every question with the same rows.
                    if not (earlier and isinstance(row, Row) and row.key in earlier):
                        take(row, part, plan.test)
                ended(page, part)
        if len(plan.asks) > 1:
            earlier = frozenset([row.key for row in part.rows])


GONE = "place_gone"
"""What a source says of a token that leads nowhere any more."""


class Wish(NamedTuple):
    """What a list of one source is to be: of the rows that are `accept`ed, from `place` on, in `order` where the plan sorts."""

    accept: Accept
    accept_all: AcceptAll
    place: Place | None
    order: Order


async def read_list(call: SourceCall, exchange: Exchange, plan: Plan, part: Part, wish: Wish) -> tuple[Place | None, int | None]:
    """Rows as the source brings them until the list is full; answers where it goes on, and how many rows there were.

    With `count` it reads to the end where the source cannot count, so that the number is exact; where it fails on the way nobody knows it."""
    place = wish.place
    query = exchange.query
    reader = _ListReader(query, plan, part, wish)
    anew = place is None or (query.count and not plan.counts)
    # A page that is begun again holds what was given of it before, too.
    given = place.row if place is not None and not anew else 0
    question = plan.question(exchange, plan.asks[0], stand=None if anew or place is None else place.stand, limit=given + query.limit)
    try:
        await _paged(call, question, reader)
    except SourceError as error:
        if place is not None and error.reason == GONE:
            raise gone() from error
        failed(part, error)
        return reader.full, None
    if reader.resume is not None:
        raise gone()
    return reader.next, reader.total if reader.counted is None else reader.counted


async def _paged(call: SourceCall, question: Question, reader: _ListReader) -> None:
    async with aclosing(call.pages(question)) as pages:
        async for page in pages:
            dated(page, reader.part)
            if question.count and page.counted is not None:
                reader.counted = page.counted
            reader.scanned += len(page.rows)
            if (reader.plan.residual or reader.counting) and reader.far():
                return
            full = reader.page(page)
            if not full or reader.next is None:
                ended(page, reader.part)
            if full:
                return


class _ListReader:
    """Takes pages in order: skips to the place where the last answer ended, fills the list, remembers the place after its last row.

    Where only we can tell which rows are the caller's, the list goes on only if one more of them is found: that there are others is not
    the caller's to know."""

    def __init__(self, query: Query, plan: Plan, part: Part, wish: Wish) -> None:
        self.query, self.plan, self.part, self.wish, place = query, plan, part, wish, wish.place
        self.order = wish.order if plan.sort is not None else None
        self.resume = None if place is not None and place.stand.exact and (plan.counts or not query.count) else place
        self._begun = place if place is not None and place.stand.exact and self.resume is None else None
        self.counted: int | None = None
        self.scanned = 0
        self.total = 0
        self.full: Place | None = None
        self.next: Place | None = None

    @property
    def counting(self) -> bool:
        """Whether everything is read only to count it."""
        return self.query.count and self.counted is None

    def far(self) -> bool:
        """Whether too much was read to look for one more row; raises Unprocessable where the list itself needs more."""
        if self.full is None or self.counting:
            self.plan.scanned(self.scanned)
        elif self.scanned > self.plan.permit.source.scan:
            self.next = self.full
        return self.next is not None and not self.counting

    def page(self, page: ShapedPage) -> bool:
        """Whether nothing more needs to be read."""
        start = self._skipped(page)
        self._new(page)
        for index in range(self._at_once(page.rows, start), len(page.rows)):
            row = page.rows[index]
            if self.full is not None:
                if self._counted(row):
                    self.total, self.next = self.total + 1, self.full
            elif take(row, self.part, self.plan.test, self.wish.accept):
                self.total += 1
                if self.order is not None:
                    self._ordered(self.order)
                if len(self.part.rows) >= self.query.limit:
                    self._full(page, index)
            if self.next is not None and not self.counting:
                return True
        return self.full is not None and not (self.counting or self.plan.residual)

    def _at_once(self, rows: Sequence[Row | Rejected], start: int) -> int:
        """Rows that cannot fill the list are taken together, where none of them is special; answers the first that is left."""
        room = self.query.limit - len(self.part.rows) - 1
        if self.full is not None or self.order is not None or room < 1:
            return start
        taken = take_all(rows[start : start + room], self.part, self.plan.test, self.wish.accept_all)
        if taken is None:
            return start
        self.total += taken
        return start + room

    def _ordered(self, order: Order) -> None:
        """A source that does not sort as its file says would leave records out of a walk."""
        rows = self.part.rows
        if len(rows) > 1 and not order.follows(rows[-2], rows[-1]):
            raise BadAnswer("out_of_order")

    def _counted(self, row: Row | Rejected) -> bool:
        probe = Part(self.part.permit, probe=True)
        return take(row, probe, self.plan.test, self.wish.accept)

    def _full(self, page: ShapedPage, index: int) -> None:
        key = self.part.rows[-1].key
        if page.after is not None:
            self.full = Place(key, Stand(page.number, page.after(index), exact=True))
        else:
            self.full = Place(key, Stand(page.number, page.token), index + 1, mark=_standing(page.rows[: index + 1]))
        if not self.plan.residual and (index + 1 < len(page.rows) or not page.last):
            self.next = self.full

    def _new(self, page: ShapedPage) -> None:
        """A source that does not heed where it was told to begin gives the same page again for ever."""
        place, self._begun = self._begun, None
        last = page.rows[-1] if page.rows else None
        if place is not None and isinstance(last, Row) and last.key == place.key:
            raise BadAnswer("repeated_page")

    def _skipped(self, page: ShapedPage) -> int:
        place = self.resume
        if place is None:
            return 0
        if place.stand.exact:
            # Counted from the beginning: where the last answer ended is known by its key alone.
            return self._until(place.key, page)
        if page.number < place.stand.page:
            self.total += self._given(page.rows)
            return len(page.rows)
        if page.number > place.stand.page or place.row > len(page.rows) or _standing(page.rows[: place.row]) != place.mark:
            raise gone()
        self.resume = None
        self.total += self._given(page.rows[: place.row])
        return place.row

    def _until(self, key: tuple[str, ...], page: ShapedPage) -> int:
        at = next((index for index, row in enumerate(page.rows) if isinstance(row, Row) and row.key == key), None)
        end = len(page.rows) if at is None else at + 1
        self.total += self._given(page.rows[:end])
        if at is not None:
            self.resume = None
        return end

    def _given(self, rows: Sequence[Row | Rejected]) -> int:
        """Rows of answers before this one, known again so that a key that stands twice is told once."""
        before = Part(self.part.permit, probe=True)
        return sum(take(row, before, self.plan.test, self.wish.accept) for row in rows)


def take(row: Row | Rejected, part: Part, test: Test | None, accept: Accept | None = None) -> bool:
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


def take_all(rows: Sequence[Row | Rejected], part: Part, test: Test | None, accept: AcceptAll) -> int | None:
    """How many of the rows stand in the part now, as if each had been taken; None, and none of them does, where one needs a closer look."""
    views = part.permit.views
    if len(views) > 1:
        return None
    seen = views[0].rows
    shown = rows if seen is None else [row for row in rows if seen(row.values)]
    asked = shown if test is None else [row for row in shown if test(row.values)]
    found = [row for row in asked if row.__class__ is Row]
    if len(found) < len(asked) or not accept(found):
        return None
    part.rows += found
    return len(found)


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


def dated(page: ShapedPage, part: Part) -> None:
    part.as_of = page.as_of or part.as_of
    part.stale_since = page.stale_since


def ended(page: ShapedPage, part: Part) -> None:
    if page.reason is not None:
        part.status, part.reason = "incomplete", page.reason


def _standing(rows: Sequence[Row | Rejected]) -> str:
    return digest([row.key if isinstance(row, Row) else None for row in rows])
