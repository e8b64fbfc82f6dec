"""How often: each agreement's quota on the contract is charged once per question that is permitted.

The counters live in this process and are raised in the database in the transaction of the evidence, which tells in turn what all
gateways together have used; calls in flight may overshoot. With Valkey (`shared_quota.py`) nothing does."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from app.errors import QuotaSpent, Text
from app.exchange.call import Answer, Call, Exchange, Limit, Stage

Quotas = Callable[[str, str], tuple[int, int] | None]
"""(agreement, contract) -> (calls, seconds of the window), None where the agreement sets none."""


Charge = tuple[str, str, str]
"""Agreement, contract, window."""


class Wanted(NamedTuple):
    """One more call on one quota: the most that its window holds, and the seconds until the next window."""

    charge: Charge
    calls: int
    reset: int


Take = Callable[[Sequence[Wanted]], Awaitable[Sequence[int]]]
"""The calls that each quota has used before this one; where none of them is spent, all are charged."""


class Counters:
    """Calls used in the latest window of each quota, as far as this process knows: its own, and what it learns of others."""

    def __init__(self) -> None:
        self._used: dict[Charge, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def used(self, charge: Charge) -> int:
        key, index = _key(charge)
        kept, calls = self._used.get(key, (index, 0))
        return calls if kept == index else 0

    def learn(self, totals: Iterable[tuple[str, str, str, int]]) -> None:
        """Agreement, contract, window, calls of all gateways together; never less than is known already. Also called by threads."""
        with self._lock:
            for agreement, contract, window, calls in totals:
                self._raise((agreement, contract, window), calls)

    def _raise(self, charge: Charge, calls: int) -> None:
        key, index = _key(charge)
        self._used[key] = max(self._used.get(key, (index, 0)), (index, calls))

    async def take(self, wanted: Sequence[Wanted]) -> Sequence[int]:
        with self._lock:
            found = [self.used(one.charge) for one in wanted]
            if all([used < one.calls for used, one in zip(found, wanted, strict=True)]):
                for used, one in zip(found, wanted, strict=True):
                    self._raise(one.charge, used + 1)
        return found


def _key(charge: Charge) -> tuple[Charge, int]:
    """What is counted on its own, and which of its windows this is: where a quota is changed from a day to an hour, neither count is lost."""
    length, _, index = charge[2].partition(":")
    return (charge[0], charge[1], length), int(index)


def window(moment: datetime, seconds: int) -> tuple[str, int]:
    """The name of the window that holds `moment`, and the seconds until the next one. A day begins at midnight in the moment's zone."""
    offset = moment.utcoffset()
    epoch = int(moment.timestamp()) + (int(offset.total_seconds()) if offset else 0)
    return f"{seconds}:{epoch // seconds}", seconds - epoch % seconds


def metered(take: Take, quotas: Quotas, now: Callable[[], datetime]) -> Stage:
    """`now` in the city's zone."""

    def stage(call: Call) -> Call:
        async def asked(exchange: Exchange) -> Answer:
            name = exchange.contract.name
            limited = [(agreement, quota) for agreement in exchange.agreements if (quota := quotas(agreement, name)) is not None]
            if limited:
                moment = now()
                wanted = [_wanted(agreement, name, quota, moment) for agreement, quota in limited]
                used = await take(wanted)
                exchange.limits = tuple([_limit(*one) for one in zip(wanted, limited, used, strict=True)])
                _spent(exchange.limits)
                exchange.charges = tuple([one.charge for one in wanted])
            return await call(exchange)

        return asked

    return stage


def _wanted(agreement: str, contract: str, quota: tuple[int, int], moment: datetime) -> Wanted:
    name, reset = window(moment, quota[1])
    return Wanted((agreement, contract, name), quota[0], reset)


def _limit(wanted: Wanted, limited: tuple[str, tuple[int, int]], used: int) -> Limit:
    """`left` is what is left after this question; below nothing, it is one too many."""
    agreement, (calls, seconds) = limited
    return Limit(agreement, calls, seconds, calls - used - 1, wanted.reset)


def _spent(limits: tuple[Limit, ...]) -> None:
    for limit in limits:
        if limit.left < 0:
            detail = Text(f"Kuota {limit.name} habis.", f"The quota of {limit.name} is spent.")
            raise QuotaSpent(detail, headers=(("retry-after", str(limit.reset)),))
