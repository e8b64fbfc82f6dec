"""Questions that are being asked: what they need is closed only when the last of them is answered."""

from __future__ import annotations

import asyncio

from app.exchange.call import Exchange, Outcome
from app.exchange.record import Ended


class Flight:
    def __init__(self) -> None:
        self._number = 0
        self._landed = asyncio.Event()
        self._landed.set()

    def counted(self, call: Ended) -> Ended:
        """The same call, counted while it runs."""

        async def ended(exchange: Exchange) -> Outcome:
            self._number += 1
            self._landed.clear()
            try:
                return await call(exchange)
            finally:
                self._number -= 1
                if not self._number:
                    self._landed.set()

        return ended

    async def landed(self) -> None:
        """Waits until nothing is in the air."""
        await self._landed.wait()
