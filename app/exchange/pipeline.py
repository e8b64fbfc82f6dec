"""The order of the stages, on one page: two short rings.

    source   = shaped(broken(within(fetched(system))))                                              once per system
    contract = recorded(known(permitted(masked(metered(verified(scored(merged(sources))))))))      once per contract

Read the inner ring first: a kind is asked (`fetch.py`), within its time (`within.py`), unless the system is known to be down or asked us to
wait (`breaker.py`), and what it says takes the canonical form (`shape.py`). The outer ring asks every source that may be asked (`merge.py`),
says how good the whole is (`score.py`), compares instead of telling where that was asked (`verify.py`), counts it against the agreement's quota
(`quota.py`), after tokens became values, which become tokens again on the way out (`mask.py`), after the agreement decided fields, rows and
purpose (`permit.py`), after the caller was known and the question read (`know.py`); and whatever happened is evidence (`record.py`). A contract
with one source uses the same two rings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from app.adapter.source import Source
from app.clock import instant
from app.contract.contract import Contract
from app.contract.convert import Lists
from app.exchange.breaker import broken
from app.exchange.call import Answer, Call, Part, SourceCall
from app.exchange.cursor import Cursors
from app.exchange.fetch import fetched
from app.exchange.know import known
from app.exchange.mask import Cipher, masked
from app.exchange.merge import Merge
from app.exchange.permit import Agreements, Permits, permitted
from app.exchange.question import Grammar
from app.exchange.quota import Quotas, Take, metered
from app.exchange.record import Book, Ended, Refuse, Render, recorded
from app.exchange.score import scored
from app.exchange.shape import Note, shaped
from app.exchange.state import State
from app.exchange.verify import verified
from app.exchange.within import within
from app.quality.rule import Rules
from app.trust.caller import Caller

LONGEST = 30.0
"""Seconds that one source may take for one question; one call of it ends by the `timeout` of its own file."""


@dataclass(frozen=True, slots=True)
class Means:
    """What the stages get of other rooms, handed in by main."""

    caller_of: Callable[[str], Caller]
    agreements: Agreements
    cipher_of: Callable[[str], Cipher]
    quotas: Quotas
    take: Take
    book: Book
    render: Render
    refuse: Refuse
    note: Note
    cursors: Cursors
    loads: Callable[[bytes], object]
    now: Callable[[], datetime]
    zone: tzinfo
    met: Callable[[Part], None]
    rated: Callable[[Answer], None]
    state_of: Callable[[str], State]

    def local(self) -> datetime:
        return self.now().astimezone(self.zone)

    def today(self) -> date:
        return self.local().date()


def source_ring(contract: Contract, source: Source, note: Note, state: State) -> SourceCall:
    """The inner ring; the breaker is the system's own, whichever contract asks it."""
    call = within(max(LONGEST, source.timeout))(fetched(source))
    call = broken(state.breaker, state.seen)(call)
    return shaped(contract, source, note)(call)


def contract_ring(contract: Contract, sources: tuple[Source, ...], permits: Permits, *, lists: Lists, means: Means) -> Ended:
    """The outer ring."""
    rings = {source.system: source_ring(contract, source, means.note, means.state_of(source.system)) for source in sources}
    call: Call = Merge(contract, rings, regions=lists.regions, cursors=means.cursors, note=means.note, met=means.met)
    call = scored(contract, Rules(contract, lists.regions, means.today), means.now, means.rated)(call)
    call = verified(call)
    call = metered(means.take, means.quotas, means.local)(call)
    call = masked(means.cipher_of)(call)
    call = permitted(means.agreements, permits, means.today)(call)
    call = known(means.caller_of, Grammar(contract, lists, means.loads))(call)
    # Outermost, so that refusals are on record too.
    return recorded(means.book, render=means.render, refuse=means.refuse, time=lambda: instant(means.now()))(call)
