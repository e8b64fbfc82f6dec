"""How often: each agreement's quota on the contract is charged once per question that is permitted.

The counters live in this process and are raised in the database in the transaction of the evidence; calls in flight may overshoot."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from app.errors import QuotaSpent, Text
from app.exchange.call import Answer, Call, Exchange, Limit, Stage

Quotas = Callable[[str, str], tuple[int, int] | None]
"""(agreement, contract) -> (calls, seconds of the window), None where the agreement sets none."""


class Counters:
    """Calls used in the current window of each quota."""

    def __init__(self, used: Iterable[tuple[str, str, str, int]] = ()) -> None:
        self._used = {_key(agreement, contract, window): (window, calls) for agreement, contract, window, calls in used}

    def used(self, agreement: str, contract: str, window: str) -> int:
        kept, calls = self._used.get(_key(agreement, contract, window), ("", 0))
        return calls if kept == window else 0

    def charge(self, agreement: str, contract: str, window: str) -> None:
        self._used[_key(agreement, contract, window)] = (window, self.used(agreement, contract, window) + 1)


def _key(agreement: str, contract: str, window: str) -> tuple[str, str, str]:
    """What is counted on its own: where a quota is changed from a day to an hour, neither count is lost."""
    return agreement, contract, window.partition(":")[0]


def window(moment: datetime, seconds: int) -> tuple[str, int]:
    """The name of the window that holds `moment`, and the seconds until the next one. A day begins at midnight in the moment's zone."""
    offset = moment.utcoffset()
    epoch = int(moment.timestamp()) + (int(offset.total_seconds()) if offset else 0)
    return f"{seconds}:{epoch // seconds}", seconds - epoch % seconds


def metered(counters: Counters, quotas: Quotas, now: Callable[[], datetime]) -> Stage:
    """`now` in the city's zone."""

    def stage(call: Call) -> Call:
        async def asked(exchange: Exchange) -> Answer:
            name = exchange.contract.name
            limited = [(agreement, quota) for agreement in exchange.agreements if (quota := quotas(agreement, name)) is not None]
            if limited:
                moment = now()
                windows = [(agreement, quota, *window(moment, quota[1])) for agreement, quota in limited]
                exchange.limits = tuple([_limit(counters, agreement, name, quota, window, reset) for agreement, quota, window, reset in windows])
                _spent(exchange.limits)
                exchange.charges = tuple([(agreement, name, window) for agreement, _, window, _ in windows])
                for charge in exchange.charges:
                    counters.charge(*charge)
            return await call(exchange)

        return asked

    return stage


def _limit(counters: Counters, agreement: str, contract: str, quota: tuple[int, int], window: str, reset: int) -> Limit:
    """`left` is what is left after this question; below nothing, it is one too many."""
    calls, seconds = quota
    return Limit(agreement, calls, seconds, calls - counters.used(agreement, contract, window) - 1, reset)


def _spent(limits: tuple[Limit, ...]) -> None:
    for limit in limits:
        if limit.left < 0:
            detail = Text(f"Kuota {limit.name} habis.", f"The quota of {limit.name} is spent.")
            raise QuotaSpent(detail, headers=(("retry-after", str(limit.reset)),))
