"""Connections to one origin: opened to checked addresses only, kept for a short while, the last used first."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from ipaddress import ip_address
from typing import NamedTuple

from app.adapter.egress import tls
from app.adapter.egress.address import Forbidden, Pinned
from app.adapter.egress.wire import Said, Wire
from app.errors import Refused, Unreachable

KEPT_ALIVE = 3.0
"""Seconds an idle connection is kept: less than what old servers keep theirs."""


class Origin(NamedTuple):
    """Where connections lead: `context` None is plain HTTP; `host` is what a certificate must name."""

    host: str
    port: int
    context: ssl.SSLContext | None


class Pool:
    """`patience` is the seconds in which a connection must stand, looking up its name included; `largest` the most bytes of one body.

    How many are open at once is the caller's to bound. Belongs to one event loop; `close` ends every connection, in use or not."""

    def __init__(self, origin: Origin, resolver: Pinned, *, patience: float, largest: int) -> None:
        self._origin, self._resolver = origin, resolver
        self._patience, self._largest = patience, largest
        self._open: set[Wire] = set()
        self._idle: list[Wire] = []
        self._sweeping: asyncio.TimerHandle | None = None
        self._closed = False

    async def ask(self, question: bytes, *, head: bool = False, fresh: bool = False) -> Said:
        """`fresh`: on a connection of its own, never on one that was kept. Raises Refused, Unreachable, BadAnswer."""
        wire = None if fresh else self._kept()
        if wire is None:
            wire = await self._opened()
        said = await wire.ask(question, head=head)
        if wire.usable and not self._closed:
            self._keep(wire)
        else:
            wire.close()
        return said

    def _kept(self) -> Wire | None:
        while self._idle:
            wire = self._idle.pop()
            if wire.usable and _now() - wire.idle_since < KEPT_ALIVE:
                return wire
            wire.close()
        return None

    def _keep(self, wire: Wire) -> None:
        wire.idle_since = _now()
        self._idle.append(wire)
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().call_later(KEPT_ALIVE, self._sweep)

    def _sweep(self) -> None:
        """Closes what was idle too long: the first in the list is the longest idle."""
        until = _now() - KEPT_ALIVE
        old = [wire for wire in self._idle if wire.idle_since <= until]
        del self._idle[: len(old)]
        for wire in old:
            wire.close()
        left = self._idle[0].idle_since - until if self._idle else None
        self._sweeping = None if left is None else asyncio.get_running_loop().call_later(left, self._sweep)

    def _lost(self, wire: Wire) -> None:
        self._open.discard(wire)
        if wire in self._idle:
            self._idle.remove(wire)

    async def _opened(self) -> Wire:
        try:
            async with asyncio.timeout(self._patience):
                return await self._connected(await self._addresses())
        except TimeoutError as error:
            raise Unreachable("timeout", sent=False) from error

    async def _addresses(self) -> list[str]:
        host = self._origin.host
        try:
            return await self._resolver.addresses(host, self._origin.port)
        except Forbidden as error:
            raise Refused("address_not_allowed") from error
        except (OSError, UnicodeError) as error:
            raise Unreachable("dns", sent=False) from error

    async def _connected(self, addresses: list[str]) -> Wire:
        """To the first address that takes us; each has its part of the time."""
        last: OSError | None = None
        for address in addresses:
            try:
                async with asyncio.timeout(self._patience / len(addresses)):
                    return await self._dialled(address)
            except OSError as error:
                last = error
        if isinstance(last, TimeoutError):
            raise last
        secured = isinstance(last, ssl.SSLError | ssl.CertificateError)
        raise Unreachable(tls.reason(last) if last is not None and secured else "refused_connection", sent=False) from last

    async def _dialled(self, address: str) -> Wire:
        made: Callable[[], Wire] = lambda: Wire(self._largest, self._lost)  # noqa: E731 - a name for what is handed in
        host, port, context = self._origin
        name = host if context is not None else None
        # An address, never a name: nothing may be looked up again between the check and the call.
        numeric = str(ip_address(address))
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_connection(made, numeric, port, ssl=context, server_hostname=name, flags=socket.AI_NUMERICHOST)
        self._open.add(wire)
        if self._closed or not wire.usable:
            wire.close()
        return wire

    async def close(self) -> None:
        self._closed = True
        if self._sweeping is not None:
            self._sweeping.cancel()
        ended = [wire.gone for wire in self._open]
        for wire in [*self._open]:
            wire.close()
        await asyncio.gather(*ended)


def _now() -> float:
    return asyncio.get_running_loop().time()
