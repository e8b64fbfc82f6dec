"""Whether a question that failed is asked once more: only what is safe to repeat, and only while that is rare."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from app.adapter.protocol import Reply
from app.adapter.reply import GONE
from app.errors import SourceError, Unreachable

SHARE = 0.1
"""Repetitions among the calls of a system at most; the first call of all may be repeated."""
SAVED = 10.0
"""So many repetitions may be saved up."""
LEAST, MOST = 0.02, 0.12
"""Seconds between the two, at random: what failed together is not asked again together."""
SAFE = frozenset({"GET", "HEAD"})
Ask = Callable[[], Awaitable[Reply]]


class Again:
    """The budget of one system. A connection that the source had closed meanwhile is not counted here: `egress` opens another."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._left = 1.0 - SHARE

    async def ask(self, method: str, ask: Ask) -> Reply:
        """One answer, or the failure of the first try where a second is not allowed, fails, or would end past the first one's deadline."""
        deadline = asyncio.get_running_loop().time() + self._timeout
        self._left = min(SAVED, self._left + SHARE)
        try:
            reply = await ask()
        except Unreachable as error:
            if error.sent or error.reason.startswith("tls") or self._left < 1:
                raise
            return await self._second(ask, deadline, error)
        if reply.status in GONE and method in SAFE and "retry-after" not in reply.headers and self._left >= 1:
            return await self._second(ask, deadline, reply)
        return reply

    async def _second(self, ask: Ask, deadline: float, first: Reply | Unreachable) -> Reply:
        self._left -= 1
        try:
            async with asyncio.timeout_at(deadline):
                await asyncio.sleep(random.uniform(LEAST, MOST))  # noqa: S311 - nothing depends on who guesses it
                return await ask()
        except (SourceError, TimeoutError):
            if isinstance(first, Reply):
                return first
            raise first from None
