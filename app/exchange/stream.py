"""Several sources that all come in one order: read side by side as far as the list needs, and no further."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from typing import Any, NamedTuple

from app.clock import monotonic
from app.errors import Answerable, BadAnswer, SourceError
from app.exchange.call import Exchange, Part, Place, Row, ShapedPage, SourceCall, Stand
from app.exchange.collect import Share
from app.exchange.order import Order, gone
from app.exchange.part import GONE, dated, ended, failed, take, visible
from app.exchange.plan import Plan

Head = tuple[Any, tuple[str, ...]]
"""Where a row stands in the order: the rank of its key, and the key under which it joins."""


class Stream:
    """One source's rows from a stand on; `head` is what it knows of the next key that the caller may see, None at the end."""

    def __init__(self, call: SourceCall, plan: Plan, part: Part, order: Order, place: Place | None) -> None:
        self.call, self.plan, self.part, self.order = call, plan, part, order
        self.stand = self.begun = dict(place.stands).get(part.system, Stand()) if place is not None else Stand()
        self.past = None if place is None else self._ranked(place.key)
        self.head: Share | None = None
        self.place: Head | None = None
        self.again: list[Row] = []
        """Rows whose key stood before in this source."""
        self.fault: Answerable | None = None
        self.done = False
        self._before: Any = None
        self._page: ShapedPage | None = None
        self._at = self._scanned = 0
        self._pages: AsyncGenerator[ShapedPage] | None = None

    async def open(self, exchange: Exchange, stack: AsyncExitStack) -> None:
        question = self.plan.question(exchange, self.plan.asks[0], stand=self.begun, limit=exchange.query.limit)
        self._pages = await stack.enter_async_context(aclosing(self.call.pages(question)))

    async def fill(self) -> None:
        """Reads on until there is a head or nothing more. The failure of a source ends its stream and is told in its part; what fails the
        whole question is kept in `fault`, since other streams are being read at the same time."""
        started = monotonic()
        try:
            while not self.ready():
                await self._turned()
        except Answerable as error:
            self._failed(error)
        self.part.ms += round((monotonic() - started) * 1000)

    def ready(self) -> bool:
        """Whether nothing needs to be read: there is a head, taken from the page that came last, or there will be none."""
        try:
            while self.head is None and not self.done and self._page is not None and self._at < len(self._page.rows):
                self._next(self._page)
        except SourceError as error:
            self._failed(error)
        return self.head is not None or self.done

    def _failed(self, error: Answerable) -> None:
        self.done = True
        if not isinstance(error, SourceError):
            self.fault = error
        elif error.reason == GONE:
            self.fault = gone()
        else:
            failed(self.part, error)

    async def _turned(self) -> None:
        before = self._page
        if before is not None:
            ended(before, self.part)
        page = None if self._pages is None or (before is not None and before.last) else await anext(self._pages, None)
        if page is None:
            self.done = True
            return
        self._page, self._at = page, 0
        dated(page, self.part)
        self._scanned += len(page.rows)
        if self.plan.residual:
            self.plan.scanned(self._scanned)
        if before is None and self._moved(page):
            raise gone()

    def _moved(self, page: ShapedPage) -> bool:
        """A page that no longer holds the row where the last answer ended may have lost others to the pages before it."""
        if self.past is None or self.begun.exact or page.number == 0:
            return False
        row = next((row for row in page.rows if isinstance(row, Row)), None)
        return row is None or self._ranked(row.key) > self.past

    def _ranked(self, key: tuple[str, ...]) -> Head:
        return self.order.rank.of(key[: len(self.order.contract.key)]), key

    def _next(self, page: ShapedPage) -> None:
        row = page.rows[self._at]
        self._at += 1
        if not isinstance(row, Row):
            take(row, self.part, self.plan.test)
            return
        seen = visible(self.part.permit.views, row.values)
        # A row whose key the caller may not see joins with nothing: the other source would tell whose it is.
        place = self._ranked(row.key if seen.issuperset(self.order.contract.key) else (*row.key, self.part.system))
        if self._before is not None and place[0] < self._before:
            raise BadAnswer("out_of_order")
        self._before = place[0]
        if self.past is not None and place <= self.past:
            self._stood(page)
        elif not seen:
            # Where only whole pages can be begun, the page to begin at is the one that holds the last row that was used.
            if page.after is not None:
                self._stood(page)
        elif place == self.place:
            self.again.append(row)
            self._stood(page)
        else:
            self.head, self.place = Share(self.part, row, seen), place

    def _stood(self, page: ShapedPage) -> None:
        """Everything up to this row has been used."""
        at = self._at - 1
        self.stand = Stand(page.number, page.after(at), exact=True) if page.after is not None else Stand(page.number, page.token)

    def taken(self) -> Share:
        """The head is used; `fill` brings the next."""
        share, self.head = self.head, None
        assert share is not None and self._page is not None  # noqa: S101, PT018
        self.part.rows.append(share.row)
        self._stood(self._page)
        return share


class Wanted(NamedTuple):
    """What is made of the rows of one key: `add` them to the answer if they are a record, or only say whether they are one."""

    add: Callable[[tuple[Share, ...]], bool]
    would: Callable[[tuple[Share, ...]], bool]


async def merged(streams: Sequence[Stream], exchange: Exchange, wanted: Wanted) -> Place | None:
    """Key after key until the list is full; answers where it goes on. It goes on only where one more record was found."""
    given, last = 0, Place(())
    async with AsyncExitStack() as stack:
        for stream in streams:
            await stream.open(exchange, stack)
        while heads := await _heads(streams):
            place = min(stream.place for stream in heads if stream.place is not None)
            shares = tuple([stream.taken() for stream in heads if stream.place == place])
            if given == exchange.query.limit:
                if wanted.would(shares):
                    return last
            elif wanted.add(shares):
                given += 1
                last = Place(place[1], stands=tuple((stream.part.system, stream.stand) for stream in streams))
    return None


async def _heads(streams: Sequence[Stream]) -> list[Stream]:
    waiting = [stream.fill() for stream in streams if not stream.ready()]
    if waiting:
        await asyncio.gather(*waiting)
    for stream in streams:
        if stream.fault is not None:
            raise stream.fault
    return [stream for stream in streams if stream.head is not None]
