"""How much one small server is asked at once and in a while: concurrency, rate and daily budget of a system's file; and how many may wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from app.adapter.manifest import Connection, Rate
from app.clock import monotonic
from app.errors import Throttled

WAITING = 32
"""Calls that may wait for each slot."""
PATIENCE = 0.9
"""The part of its deadline that a call may spend waiting for a slot; with less left it is not begun."""


class Slots:
    """So many calls at once, and a bounded number waiting. Raises Throttled("busy") at once where too many wait, or after the patience."""

    def __init__(self, concurrency: int, patience: float) -> None:
        self._free = asyncio.Semaphore(concurrency)
        self._patience, self._most = patience, WAITING * concurrency
        self._waiting = 0

    async def acquire(self) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        if self._waiting >= self._most:
            raise Throttled("busy", retry_after=1)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
        except TimeoutError:
            raise Throttled("busy", retry_after=1) from None
        finally:
            self._waiting -= 1

    def release(self) -> None:
        self._free.release()

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(self, *_: object) -> None:
        self.release()


class Pace:
    """Slots, and a bucket per rate. A call waits for its turn as long as its own deadline allows; past it, Throttled."""

    def __init__(self, connection: Connection, clock: Callable[[], float] = monotonic) -> None:
        self.slots = Slots(connection.concurrency, connection.timeout * PATIENCE)
        texts = [text for text in (connection.rate, connection.budget) if text]
        self.buckets = [_Bucket(Rate.read(text), clock) for text in texts]

    async def turn(self, patience: float) -> None:
        """Waits until one more call is within every rate; raises Throttled where that takes longer than `patience` seconds."""
        if not self.buckets:
            return
        wait = max((bucket.wait() for bucket in self.buckets), default=0.0)
        if wait > patience:
            raise Throttled("own_rate", retry_after=int(wait) + 1)
        for bucket in self.buckets:
            bucket.take()
        if wait > 0:
            await asyncio.sleep(wait)


class _Bucket:
    """`calls` in `seconds`, evenly refilled."""

    def __init__(self, rate: Rate, clock: Callable[[], float]) -> None:
        self.rate, self.clock = rate, clock
        self.left = float(rate.calls)
        self.seen = clock()

    def wait(self) -> float:
        moment = self.clock()
        self.left = min(self.rate.calls, self.left + (moment - self.seen) * self.rate.calls / self.rate.seconds)
        self.seen = moment
        return max(0.0, (1 - self.left) * self.rate.seconds / self.rate.calls)

    def take(self) -> None:
        self.left -= 1
