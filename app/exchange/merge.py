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
from app.exchange.order import Order, Rank
from app.exchange.part import Wish, read_list, read_one, read_whole, timed, visible
from app.exchange.permit import shown
from app.exchange.plan import Plan, Words, planned
from app.exchange.shape import Note
from app.exchange.stream import Stream, Wanted, merged

Met = Callable[[Part], None]
"""Told how each source was met."""


MOST_LAYOUTS = 1000
BY_KEY = Rank(lambda key: key)


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
        # The permit itself is kept beside its number, so that the number cannot come to mean another one.
        self._plain: dict[int, tuple[Permit, Plan]] = {}
        strict = (prop.name for prop in contract.properties.values() if prop.strict)
        self.deciding = frozenset((*contract.key, *contract.required, *strict))
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
            parts = await self._ask(exchange, [self._one(exchange, permit, collected) for permit in known])
            self._found(exchange, collected, parts)
        else:
            parts = await self._listed(exchange, collected, place)
        return self._answer(exchange, query, parts, collected, place)

    async def _listed(self, exchange: Exchange, collected: Collected, place: Place | None) -> list[Part]:
        """The cheapest way that is whole: one source in its own order or in the one asked for, several that come in one order, or everything."""
        query, permits = exchange.query, exchange.permits
        order = Order(self.contract, query.sort, self._rank(exchange))
        # The order of a key that is masked or withheld would tell of it, and so would that of a field which some rows withhold. A live source
        # that cannot give another keeps its own: docs/decisions/0017.
        ranked = bool(query.sort) or len(permits) > 1 or (order.rank.word is not None and permits[0].source.counts)
        words = [permit.source.lens.sort(order.spec) if _told(permit, query) else None for permit in permits] if ranked else [None]
        plans = [self._plan(exchange, permit, query, collected, sort) for permit, sort in zip(permits, words, strict=True)]
        one = all(len(plan.asks) == 1 for plan in plans)
        ordered = one and None not in words
        if len(plans) == 1 and one and (ordered or not ranked):
            return await self._alone(exchange, collected, place, plans[0], order)
        if len(plans) > 1 and ordered and not query.sort and not query.count:
            return await self._streamed(exchange, collected, place, plans, order)
        parts = await self._ask(exchange, [self._all(exchange, plan) for plan in plans])
        self._merged(exchange, collected, parts, place)
        return parts

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
        parts = [await readings[0]] if len(readings) == 1 else await _together(readings)
        self._asked(exchange, parts)
        return parts

    def _asked(self, exchange: Exchange, parts: list[Part]) -> None:
        exchange.asked = tuple((part.system, part.status) for part in parts)
        for part in parts:
            self.met(part)
        self._sound(exchange, parts)

    async def _one(self, exchange: Exchange, permit: Permit, collected: Collected) -> Part:
        part = Part(permit)
        return await timed(
            part, read_one(self.calls[permit.source.system], exchange, self._plan(exchange, permit, exchange.query, collected, None), part)
        )

    def _plan(self, exchange: Exchange, permit: Permit, query: Query, collected: Collected, sort: Words | None) -> Plan:
        if not (query.conditions or sort or permit.source.lens.narrow):
            return self._plainly(permit)
        # Only the key is the same in every source; another field's value is known once the sources are merged.
        if len(exchange.permits) == 1:
            return planned(permit, query.conditions, self._test(query.conditions), sort=sort, needed=self._needed(query, permit, collected))
        pushed = [condition for condition in query.conditions if condition.field in self.contract.key]
        plan = planned(permit, pushed, None, sort=sort, needed=self._needed(query, permit, collected))
        return plan if len(pushed) == len(query.conditions) else plan._replace(residual=True)

    def _plainly(self, permit: Permit) -> Plan:
        """Of a question without conditions nothing but the permit decides: worked out once for each."""
        kept = self._plain.get(id(permit))
        if kept is None:
            if len(self._plain) > MOST_LAYOUTS:
                self._plain.clear()
            kept = self._plain[id(permit)] = (permit, planned(permit, (), None))
        return kept[1]

    def _needed(self, query: Query, permit: Permit, collected: Collected) -> frozenset[str] | None:
        """What anything looks at, where not everything is asked for: what is shown, and what decides."""
        if not permit.source.lens.narrow:
            return None
        rows = (condition.field for view in permit.views for condition in view.conditions)
        asked = (*(condition.field for condition in query.conditions), *(name for name, _ in query.sort))
        return collected.layout.shown.union(self.deciding, asked, rows)

    async def _all(self, exchange: Exchange, plan: Plan) -> Part:
        part = Part(plan.permit)
        # What one source is asked for is tested on the merged record.
        return await timed(part, read_whole(self.calls[part.system], exchange, plan._replace(test=None), part))

    async def _alone(self, exchange: Exchange, collected: Collected, place: Place | None, plan: Plan, order: Order) -> list[Part]:
        """One source: in its own order, no more of it than the list needs."""
        part = Part(plan.permit)

        async def read() -> None:
            call = self.calls[part.system]
            collected.next, collected.total = await read_list(call, exchange, plan, part, Wish(collected.judge, collected.judge_all, place, order))

        parts = await self._ask(exchange, [timed(part, read())])
        collected.fill(part)
        return parts

    async def _streamed(self, exchange: Exchange, collected: Collected, place: Place | None, plans: Sequence[Plan], order: Order) -> list[Part]:
        """Several sources that come in the order of the list: no more of each than the list needs."""
        parts = [Part(plan.permit) for plan in plans]
        streams = [Stream(self.calls[part.system], plan, part, order, place) for plan, part in zip(plans, parts, strict=True)]
        test = self._test(exchange.query.conditions)
        wanted = Wanted(lambda shares: collected.add(shares, test), lambda shares: collected.would(shares, test))
        collected.next = await merged(streams, exchange, wanted)
        self._asked(exchange, parts)
        for stream in streams:
            collected.again(stream.again, stream.part)
        self._rejected(parts, test)
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
        self._rejected(parts, test)
        collected.merge(parts, test=test, query=query, order=Order(self.contract, query.sort, self._rank(exchange)), place=place)

    def _rejected(self, parts: Sequence[Part], test: Test | None) -> None:
        for part in parts:
            part.rejected = [row for row in part.rejected if test is None or test(_shown_of(part, row))]

    def _rank(self, exchange: Exchange) -> Rank:
        """By key; but where the key is masked or withheld, its order would tell of it too."""
        views = [view.fields for permit in exchange.permits for view in permit.views]
        known = views[0].intersection(*views[1:]) - frozenset(exchange.masks)
        return BY_KEY if known.issuperset(self.contract.key) else self.cursors.rank(exchange.caller.organisation)

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
            # Where the reading was cut short nobody knows it.
            total=collected.total if query.count and all(part.complete for part in parts) else None,
            next=following,
            subjects=tuple(collected.subjects),
        )


def _told(permit: Permit, query: Query) -> bool:
    """Whether every row that the caller may see shows what the list is sorted by."""
    return all(name in view.fields for view in permit.views for name, _ in query.sort)


def _shown_of(part: Part, row: Rejected) -> dict[str, Any]:
    return {name: row.values.get(name) for name in visible(part.permit.views, row.values)}


async def _together(readings: Sequence[Any]) -> list[Part]:
    """All of them side by side; where one fails the whole question, the others are not read on for nobody."""
    tasks = [asyncio.ensure_future(reading) for reading in readings]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


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
