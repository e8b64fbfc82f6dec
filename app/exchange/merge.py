"""Every source that may be asked is asked, side by side; what they know of one key becomes one record, and every difference is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.adapter.protocol import Condition
from app.contract.contract import Contract
from app.contract.region import Regions
from app.errors import Answerable, BadAnswer, NoSuchResource, SourceError, Text
from app.exchange.call import Answer, Exchange, Part, Permit, Place, Query, Rejected, SourceCall, Test
from app.exchange.collect import Collected, Layout
from app.exchange.cursor import Cursors
from app.exchange.filter import compiled
from app.exchange.order import Key, Order, Rank
from app.exchange.part import planned, read_list, read_one, read_whole, timed, visible
from app.exchange.permit import shown
from app.exchange.shape import Note

Met = Callable[[Part], None]
"""Told how each source was met."""


MOST_LAYOUTS = 1000


class Merge:
    """The meeting point of the two rings, for one contract."""

    def __init__(self, contract: Contract, calls: Mapping[str, SourceCall], *, regions: Regions, cursors: Cursors, note: Note, met: Met) -> None:
        self.contract = contract
        self.calls = calls
        self.regions = regions
        self.cursors = cursors
        self.note = note
        self.met = met
        first = (contract.sources or tuple(calls))[:1]
        self._layouts: dict[frozenset[str], Layout] = {}
        self.needed = frozenset(contract.required_systems or first)

    async def __call__(self, exchange: Exchange) -> Answer:
        query = exchange.query
        place = self.cursors.open(query.cursor, exchange) if query.cursor else None
        collected = Collected(self._layout(exchange), self.note)
        if query.key is not None:
            known = [permit for permit in exchange.permits if permit.granted.issuperset(self.contract.key)]
            if not known:
                # The parts of the key are granted, but by no one source together.
                raise _not_found([])
            parts = await self._ask(exchange, [self._one(exchange, permit) for permit in known])
            self._found(exchange, collected, parts)
        elif len(exchange.permits) == 1 and not query.sort:
            parts = await self._alone(exchange, collected, place)
        else:
            parts = await self._ask(exchange, [self._all(exchange, permit, query) for permit in exchange.permits])
            self._merged(exchange, collected, parts, place)
        return self._answer(exchange, query, parts, collected, place)

    def _layout(self, exchange: Exchange) -> Layout:
        """What is shown, worked out once for each set of fields."""
        first, *rest = (shown(permit, exchange.query) for permit in exchange.permits)
        fields = first.union(*rest) if rest else first
        layout = self._layouts.get(fields)
        if layout is None:
            if len(self._layouts) > MOST_LAYOUTS:
                self._layouts.clear()
            layout = self._layouts[fields] = Layout.of(self.contract, fields)
        return layout

    async def _ask(self, exchange: Exchange, readings: Sequence[Any]) -> list[Part]:
        parts = [await readings[0]] if len(readings) == 1 else list(await asyncio.gather(*readings))
        exchange.asked = tuple((part.system, part.status) for part in parts)
        for part in parts:
            self.met(part)
        self._sound(exchange, parts)
        return parts

    async def _one(self, exchange: Exchange, permit: Permit) -> Part:
        part = Part(permit)
        return await timed(part, read_one(self.calls[permit.source.system], exchange, planned(permit, (), None), part))

    async def _all(self, exchange: Exchange, permit: Permit, query: Query) -> Part:
        # Only the key is the same in every source; another field's value is known once the sources are merged.
        alone, part = len(exchange.permits) == 1, Part(permit)
        pushed = [condition for condition in query.conditions if alone or condition.field in self.contract.key]
        return await timed(part, read_whole(self.calls[permit.source.system], exchange, planned(permit, pushed, None), part))

    async def _alone(self, exchange: Exchange, collected: Collected, place: Place | None) -> list[Part]:
        """One source: its own order, no more of it than the list needs."""
        query, permit = exchange.query, exchange.permits[0]
        part, test = Part(permit), self._test(query.conditions)
        plan = planned(permit, query.conditions, test)

        async def read() -> None:
            call = self.calls[permit.source.system]
            collected.next, collected.total = await read_list(call, exchange, plan, part, accept=collected.judge, place=place)

        parts = await self._ask(exchange, [timed(part, read())])
        collected.fill(part)
        return parts

    def _test(self, conditions: Sequence[Condition]) -> Test | None:
        return compiled(conditions, self.contract, self.regions)

    def _found(self, exchange: Exchange, collected: Collected, parts: list[Part]) -> None:
        """One record: merged where several sources know it, as it stands where one was asked."""
        if len(parts) > 1:
            self._merged(exchange, collected, parts, None)
            return
        (part,) = parts
        part.rows = [row for row in part.rows if collected.judge(row, part)]
        collected.fill(part)

    def _merged(self, exchange: Exchange, collected: Collected, parts: list[Part], place: Place | None) -> None:
        query = exchange.query
        test = self._test(query.conditions)
        for part in parts:
            part.rejected = [row for row in part.rejected if test is None or test(_shown_of(part, row))]
        collected.merge(parts, test=test, query=query, order=Order(self.contract, query.sort, self._rank(exchange)), place=place)

    def _rank(self, exchange: Exchange) -> Rank:
        """By key; but where the key is masked or withheld, its order would tell of it too."""
        views = [view.fields for permit in exchange.permits for view in permit.views]
        known = views[0].intersection(*views[1:]) - frozenset(exchange.masks)
        return _itself if known.issuperset(self.contract.key) else self.cursors.rank(exchange.caller.organisation)

    def _sound(self, exchange: Exchange, parts: list[Part]) -> None:
        """Raises the failure of a source that the contract requires, of all, or, where `Prefer: complete` was asked, of any."""
        failed = [part for part in parts if part.error is not None and not part.rows and not part.rejected]
        if exchange.complete_only:
            failed = [part for part in parts if not part.complete]
        for part in failed:
            if exchange.complete_only or part.system in self.needed or len(failed) == len(parts):
                raise _failure(part, part.reason or "incomplete")

    def _answer(self, exchange: Exchange, query: Query, parts: list[Part], collected: Collected, place: Place | None) -> Answer:
        collected.reject(parts)
        complete = all(part.complete for part in parts) and (place is None or place.complete)
        if query.key is not None and not collected.records:
            raise _not_found(parts)
        following = collected.next
        if following is not None and not complete:
            following = following._replace(complete=False)
        return Answer(
            records=collected.records,
            parts=parts,
            shown=collected.layout.shown,
            tally=collected.tally,
            complete=complete,
            total=collected.total if query.count else None,
            next=following,
            subjects=tuple(collected.subjects),
        )


def _shown_of(part: Part, row: Rejected) -> dict[str, Any]:
    return {name: row.values.get(name) for name in visible(part.permit.views, row.values)}


def _itself(key: Key) -> Key:
    return key


def _failure(part: Part, reason: str) -> SourceError:
    error = part.error or BadAnswer(reason)
    error.system = part.system
    return error


def _not_found(parts: list[Part]) -> Answerable:
    """404 only after a complete search."""
    for part in parts:
        if part.rejected or not part.complete:
            return _failure(part, part.reason or "record_rejected")
    return NoSuchResource(Text("Tidak ada catatan dengan kunci ini.", "There is no record with this key."))
