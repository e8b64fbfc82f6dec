"""The way out to one system: pinned connections of our own, a deadline to the last byte, and one word for whatever goes wrong."""

from __future__ import annotations

import asyncio
import json as json_text
import ssl
from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any, NamedTuple
from urllib.parse import urlencode

from app.adapter.egress.address import Lookup, Network, Pinned
from app.adapter.egress.body import LARGEST, unpacked
from app.adapter.egress.pace import Pace
from app.adapter.egress.path import origin
from app.adapter.egress.pool import Origin, Pool
from app.adapter.egress.question import Writer
from app.adapter.egress.wire import Said
from app.adapter.manifest import Connection
from app.adapter.protocol import Reply
from app.errors import BadAnswer, Refused, Unreachable

CONNECT = 3.0


class Place(NamedTuple):
    """Where a system is: its base address, the CA that vouches for it, the certificate with which we show ourselves (files)."""

    base: str
    ca: str | None = None
    client_cert: str | None = None


class Egress:
    """Everything that leaves for one system. Nothing is opened before the first question; `close` may be called twice.

    `ask` and `login` raise Refused, Throttled, Unreachable or BadAnswer, and nothing else."""

    def __init__(self, system: str, place: Place, connection: Connection, *, ceiling: tuple[Network, ...] = (), lookup: Lookup | None = None) -> None:
        self.system = system
        self._scheme, self._host, self._port = origin(place.base)
        self._writer = Writer(place.base)
        self._timeout = connection.timeout
        self._networks = tuple(ip_network(text) for text in connection.networks)
        self._resolver = Pinned(self._networks, ceiling, lookup)
        self._files = (place.ca, place.client_cert)
        self._connection = connection
        self._context: ssl.SSLContext | None = None
        self._pool: Pool | None = None
        self._pace: Pace | None = None

    def __repr__(self) -> str:
        return f"Egress({self.system})"

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        """One question. `path` is percent-encoded and begins with /; the deadline counts to the last byte."""
        pool, pace = self._opened()
        question = self._writer.written(method, self._writer.target(path, query), headers or {}, body)
        try:
            async with asyncio.timeout(self._timeout):
                await pace.turn(self._timeout)
                async with pace.slots:
                    return _reply(await self._twice(pool, pace, question, method))
        except TimeoutError as error:
            raise Unreachable("timeout") from error

    async def _twice(self, pool: Pool, pace: Pace, question: bytes, method: str) -> Said:
        """A kept connection that the source had closed meanwhile is no answer: a GET is asked once more, and counted once more.

        On a connection of its own: the others that were kept may have been closed with the first."""
        try:
            return await pool.ask(question, head=method == "HEAD")
        except Unreachable as error:
            if error.reason != "dropped" or method not in ("GET", "HEAD"):
                raise
        await pace.turn(self._timeout)
        return await pool.ask(question, head=method == "HEAD", fresh=True)

    async def login(self, method: str, path: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None, json: Any) -> Reply:
        """A request for a token, over the same pinned connections; never asked twice, and not counted in the rate."""
        media, body = _content(form, json)
        named = {"Content-Type": media, **headers} if media else headers
        pool, pace = self._opened()
        question = self._writer.written(method, self._writer.target(path), named, body)
        try:
            async with asyncio.timeout(self._timeout), pace.slots:
                return _reply(await pool.ask(question, head=method == "HEAD"))
        except TimeoutError as error:
            raise Unreachable("timeout") from error

    def _opened(self) -> tuple[Pool, Pace]:
        if self._pool is None:
            if not self._host.isascii():
                raise Refused("address_not_allowed")
            if self._context is None and self._scheme == "https":
                self._context = self._tls()
            place = Origin(self._host.rstrip("."), self._port, self._context)
            self._pool = Pool(place, self._resolver, patience=min(CONNECT, self._timeout), largest=LARGEST)
            self._pace = Pace(self._connection)
        assert self._pace is not None  # noqa: S101
        return self._pool, self._pace

    def _tls(self) -> ssl.SSLContext:
        ca, certificate = self._files
        try:
            context = ssl.create_default_context(cafile=ca)
            if certificate is not None:
                # Without a password OpenSSL would ask for one at the terminal of the server.
                context.load_cert_chain(certificate, password="")
        except OSError as error:
            raise Unreachable("tls", sent=False) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()


def _content(form: Mapping[str, str] | None, json: Any) -> tuple[str | None, bytes | None]:
    """What a login carries, and its media type."""
    try:
        if form is not None:
            return "application/x-www-form-urlencoded", urlencode(form).encode()
        if json is not None:
            return "application/json", json_text.dumps(json, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except ValueError as error:
        raise BadAnswer("bad_header") from error
    return None, None


def _reply(said: Said) -> Reply:
    """Raises BadAnswer: redirect, and what `unpacked` raises."""
    status, headers, body = said
    if 300 <= status < 400:
        raise BadAnswer("redirect")
    encoding = headers.get("content-encoding")
    return Reply(status, headers, body if encoding is None else unpacked(body, encoding.strip().lower()))
