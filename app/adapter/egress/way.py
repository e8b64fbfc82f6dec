"""The way out to one system: one pooled, pinned aiohttp session, and httpx2 over it for logins."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

import aiohttp
import httpx2
from httpx_aiohttp.httpx2 import AiohttpTransport
from yarl import URL

from app.adapter.egress import body as replies
from app.adapter.egress import tls
from app.adapter.egress.address import Forbidden, Lookup, Network, Pinned, allowed
from app.adapter.egress.pace import Pace
from app.adapter.egress.path import composed, origin
from app.adapter.manifest import Connection
from app.adapter.protocol import Reply
from app.errors import BadAnswer, Refused, SourceError, Unreachable

CONNECT = 3.0
KEPT_ALIVE = 3.0
"""Seconds an idle connection is kept: less than what old servers keep theirs."""
HEADERS = 16 * 1024
AGENT = "Titian/1"


class Place(NamedTuple):
    """Where a system is: its base address, the CA that vouches for it, the certificate with which we show ourselves (files)."""

    base: str
    ca: str | None = None
    client_cert: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Wanted:
    """One request as it leaves; never shown, since its address and headers hold what is secret."""

    method: str
    url: URL
    headers: Mapping[str, str]
    body: bytes | None


class Egress:
    """Everything that leaves for one system. Nothing is opened before the first question; `close` may be called twice.

    `ask` and `login` raise Refused, Throttled, Unreachable or BadAnswer, and nothing else."""

    def __init__(self, system: str, place: Place, connection: Connection, *, ceiling: tuple[Network, ...] = (), lookup: Lookup | None = None) -> None:
        base = place.base
        self.system = system
        self._base = base.rstrip("/")
        self._scheme, self._host, _ = origin(base)
        self._timeout = connection.timeout
        self._networks = tuple(ip_network(text) for text in connection.networks)
        self._ceiling = ceiling
        self._resolver = Pinned(self._networks, ceiling, lookup)
        self._files = (place.ca, place.client_cert)
        self._connection = connection
        self._session: aiohttp.ClientSession | None = None
        self._context: ssl.SSLContext | bool | None = None
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
        url = URL(composed(self._base, path), encoded=True)
        if query:
            url = url.extend_query(query)
        session, pace = self._opened()
        _checked(headers or {})
        try:
            async with asyncio.timeout(self._timeout):
                await pace.turn(self._timeout)
                async with pace.slots:
                    return await self._twice(session, pace, Wanted(method, url, headers or {}, body))
        except TimeoutError as error:
            raise Unreachable("timeout") from error

    async def _twice(self, session: aiohttp.ClientSession, pace: Pace, wanted: Wanted) -> Reply:
        """A kept connection that the source had closed meanwhile is no answer: a GET is asked once more, and counted once more.

        On a connection of its own: the others that were kept may have been closed with the first."""
        try:
            return await self._once(session, wanted)
        except Unreachable as error:
            if error.reason != "dropped" or wanted.method not in ("GET", "HEAD"):
                raise
        await pace.turn(self._timeout)
        async with self._made(kept=False) as fresh:
            return await self._once(fresh, wanted)

    async def _once(self, session: aiohttp.ClientSession, wanted: Wanted) -> Reply:
        try:
            async with session.request(wanted.method, wanted.url, headers=wanted.headers, data=wanted.body, allow_redirects=False) as reply:
                if 300 <= reply.status < 400:
                    raise BadAnswer("redirect")
                encoding = reply.headers.get("Content-Encoding", "").strip().lower()
                content = await replies.whole(reply.content.iter_any(), encoding)
                return Reply(reply.status, {name.lower(): value for name, value in reply.headers.items()}, content)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise word(error) from error

    async def login(self, method: str, path: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None, json: Any) -> Reply:
        """A request for a token, over the same pinned session."""
        session, pace = self._opened()
        transport = AiohttpTransport(client=session)
        patience = httpx2.Timeout(None, pool=min(CONNECT, self._timeout))
        own = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
        client = httpx2.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, timeout=patience, headers=own)
        url = composed(self._base, path)
        _checked(headers)
        try:
            async with (
                asyncio.timeout(self._timeout),
                pace.slots,
                client.stream(method, url, headers=dict(headers), data=form, json=json) as reply,
            ):
                if 300 <= reply.status_code < 400:
                    raise BadAnswer("redirect")
                encoding = reply.headers.get("Content-Encoding", "").strip().lower()
                content = await replies.whole(reply.aiter_raw(), encoding)
                return Reply(reply.status_code, {name.lower(): value for name, value in reply.headers.items()}, content)
        except TimeoutError as error:
            raise Unreachable("timeout") from error
        except (httpx2.HTTPError, httpx2.InvalidURL, aiohttp.ClientError, OSError, ValueError) as error:
            raise word(error.__cause__ or error) from error

    def _opened(self) -> tuple[aiohttp.ClientSession, Pace]:
        if self._session is None or self._session.closed:
            self._literal()
            if self._context is None:
                self._context = self._tls()
            self._session = self._made(kept=True)
            self._pace = Pace(self._connection)
        assert self._pace is not None  # noqa: S101
        return self._session, self._pace

    def _made(self, *, kept: bool) -> aiohttp.ClientSession:
        """A session with every pin; one whose connections are not `kept` opens a new one for each request."""
        connector = aiohttp.TCPConnector(
            resolver=self._resolver,
            use_dns_cache=False,
            ssl=self._context or True,
            keepalive_timeout=KEPT_ALIVE if kept else None,
            force_close=not kept,
            limit=self._connection.concurrency,
        )
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, connect=min(CONNECT, self._timeout)),
            headers={"User-Agent": AGENT, "Accept-Encoding": "identity"},
            max_line_size=HEADERS,
            max_field_size=HEADERS,
        )
        # aiohttp would silently send an idempotent request again; a source would count two where we recorded one.
        session._retry_connection = False
        return session

    def _literal(self) -> None:
        """An address in place of a name never meets the resolver, so it is judged here.

        A name that is not ASCII is refused: httpx2 would turn 127。0。0。1 into an address after this look (an IDN is written xn--…)."""
        if not self._host.isascii():
            raise Refused("address_not_allowed")
        try:
            address = ip_address(self._host)
        except ValueError:
            return
        if not allowed(address, self._networks, self._ceiling):
            raise Refused("address_not_allowed")

    def _tls(self) -> ssl.SSLContext | bool:
        if self._scheme != "https":
            return True
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
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def _checked(headers: Mapping[str, str]) -> None:
    """aiohttp sends other than ASCII as UTF-8, which no old server reads as it was meant; line breaks it refuses itself."""
    if not all(name.isascii() and value.isascii() for name, value in headers.items()):
        raise BadAnswer("bad_header")


def word(error: BaseException) -> SourceError:
    """Every foreign exception in one of our words. What a client library says never leaves this function."""
    if isinstance(error, SourceError):
        return error
    inner = getattr(error, "os_error", None)
    # An odd spelling of an address is refused by aiohttp itself as an invalid URL.
    if isinstance(error, Forbidden | aiohttp.InvalidURL | httpx2.InvalidURL) or isinstance(inner, Forbidden):
        return Refused("address_not_allowed")
    if isinstance(error, aiohttp.ClientSSLError):
        return Unreachable(tls.reason(error), sent=False)
    for kind, (reason, sent) in TABLE:
        if isinstance(error, kind):
            return BadAnswer(reason) if sent is None else Unreachable(reason, sent=sent)
    return BadAnswer("broken_reply")


TABLE: tuple[tuple[type[BaseException], tuple[str, bool | None]], ...] = (
    (aiohttp.ClientConnectorDNSError, ("dns", False)),
    (aiohttp.ClientConnectorError, ("refused_connection", False)),
    (aiohttp.ServerTimeoutError, ("timeout", False)),
    (aiohttp.ServerDisconnectedError, ("dropped", True)),
    (aiohttp.ClientOSError, ("dropped", True)),
    (aiohttp.ClientPayloadError, ("broken_reply", None)),
    (aiohttp.ClientResponseError, ("broken_reply", None)),
    (ValueError, ("bad_header", None)),
    (OSError, ("dropped", True)),
)
"""Foreign exception -> (reason, whether a byte of the question may have left); None in the second place: the answer was bad."""
