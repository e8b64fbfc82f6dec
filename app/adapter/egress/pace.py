"""How much one small server is asked at once and in a while: concurrency, rate and daily budget of a system's file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from app.adapter.manifest import Connection, Rate
from app.clock import monotonic
from app.errors import Throttled


class Pace:
    """A semaphore, and a bucket per rate. A call waits for its turn as long as its own deadline allows; past it, Throttled."""

    def __init__(self, connection: Connection, clock: Callable[[], float] = monotonic) -> None:
        self.slots = asyncio.Semaphore(connection.concurrency)
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
