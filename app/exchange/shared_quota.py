"""Quotas counted in Valkey: one count for all workers and machines, so that no limit is overshot while it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog

from app.clock import monotonic
from app.errors import CityError, Problem
from app.exchange.quota import Counters, Wanted

log = structlog.get_logger("titian.quota")

PATIENCE = 0.5
"""Seconds that an answer may take."""
PAUSE = 1.0
"""Seconds for which it is left alone after it did not answer."""
CONNECTIONS = 32
SLACK = 60
"""Seconds that a count outlives its window."""
TAKE = """\
local used, spent = {}, false
for i, key in ipairs(KEYS) do
  used[i] = math.max(tonumber(redis.call('GET', key) or '0'), tonumber(ARGV[3 * i - 2]))
  spent = spent or used[i] >= tonumber(ARGV[3 * i - 1])
end
if not spent then
  for i, key in ipairs(KEYS) do redis.call('SET', key, used[i] + 1, 'EX', ARGV[3 * i]) end
end
return used
"""
"""Reads and raises all quotas of one question in one step. What this process knows counts too: a Valkey that has lost its memory, or was
away, begins at what the database has told, never at nothing."""


class Shared:
    """`take` as in Counters. Where Valkey does not answer, this process counts by itself until it does, and the log says so once."""

    def __init__(self, url: str, counters: Counters, prefix: str) -> None:
        self._client, self._faults = _client(url)
        self._counters, self._prefix = counters, prefix
        self._script: Any = self._client.register_script(TAKE)
        self._alone_until = 0.0
        self._away = False

    async def take(self, wanted: Sequence[Wanted]) -> Sequence[int]:
        if monotonic() < self._alone_until:
            return await self._counters.take(wanted)
        keys = [f"{self._prefix}{':'.join(one.charge)}" for one in wanted]
        arguments = [number for one in wanted for number in (self._counters.used(one.charge), one.calls, one.reset + SLACK)]
        try:
            async with asyncio.timeout(PATIENCE):
                found = [int(used) for used in await self._script(keys=keys, args=arguments)]
        except self._faults as fault:
            self._left(fault)
            return await self._counters.take(wanted)
        if self._away:
            self._away = False
            log.info("quotas_shared_again")
        admitted = all([used < one.calls for used, one in zip(found, wanted, strict=True)])
        self._counters.learn((*one.charge, used + admitted) for used, one in zip(found, wanted, strict=True))
        return found

    def _left(self, fault: Exception) -> None:
        self._alone_until = monotonic() + PAUSE
        if not self._away:
            self._away = True
            log.warning("quotas_not_shared", fault=type(fault).__name__)

    async def close(self) -> None:
        await self._client.aclose(close_connection_pool=True)


def _client(url: str) -> tuple[Any, tuple[type[Exception], ...]]:
    """A client, and what it raises where Valkey does not answer as it should. Raises CityError."""
    try:
        from valkey.asyncio import BlockingConnectionPool, Valkey
        from valkey.exceptions import ValkeyError
    except ImportError as error:
        raise _unusable("valkey_client_missing", "Valkey needs a client", "Run: pip install 'titian[valkey]'.") from error
    times = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, "timeout": PATIENCE}
    try:
        pool = BlockingConnectionPool.from_url(url, max_connections=CONNECTIONS, **times)
    except ValueError:
        # Not chained: what could not be read may hold a password.
        raise _unusable("bad_valkey_url", "this is no address of Valkey", "Write valkey://host:6379/0.") from None
    return Valkey(connection_pool=pool), (ValkeyError, OSError, TimeoutError, ValueError)


def _unusable(code: str, meaning: str, remedy: str) -> CityError:
    return CityError([Problem("TITIAN_VALKEY_URL", 1, code, meaning, remedy)])
