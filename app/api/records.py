"""The data routes: plain ASGI in front of FastAPI, resolved by a dictionary made when the catalogue was loaded."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, NamedTuple

from app.api.body import read_body
from app.api.problems import language, problem
from app.clock import monotonic
from app.contract.contract import Contract
from app.errors import Answerable, MethodNotAllowed
from app.exchange.call import Exchange, Outcome
from app.exchange.record import Ended

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Observe = Callable[[str, int, float], None]

READ = ("GET", "HEAD")
TRACE = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Published(NamedTuple):
    """One contract as it is asked: its call, and the templates of its four routes."""

    contract: Contract
    call: Ended
    path: str

    @property
    def one(self) -> str:
        return self.path + "/{key}"

    def route(self, path: str, key: str | None) -> str:
        """The template of the route that an address takes."""
        return path if key is None else self.one


def routes(contracts: Iterable[tuple[Contract, Ended]]) -> dict[str, Published]:
    """Address -> contract; `:search` and `:verify` have entries of their own, one record is found by the address before its last segment."""
    found: dict[str, Published] = {}
    for contract, call in contracts:
        path = f"/v{contract.major}/{contract.name}"
        found[path] = found[path + ":search"] = found[path + ":verify"] = Published(contract, call, path)
    return found


class Records:
    """Answers a data route, or hands the request on."""

    def __init__(
        self, app: App, table: Callable[[], Mapping[str, Published]], *, new_id: Callable[[], str], observe: Observe, public_url: str
    ) -> None:
        self.app = app
        self.table = table
        self.new_id = new_id
        self.observe = observe
        self.public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/v"):
            await self.app(scope, receive, send)
            return
        path = scope["raw_path"].decode("latin-1")
        table = self.table()
        published, key = table.get(path), None
        if published is None:
            head, _, key = path.rpartition("/")
            published = table.get(head)
            if published is None or not key or head != published.path:
                await self.app(scope, receive, send)
                return
        await _send(send, scope["method"], await self._answer(scope, receive, published, path, key))

    async def _answer(self, scope: Scope, receive: Receive, published: Published, path: str, key: str | None) -> Outcome:
        written = key is None and path != published.path
        allowed = ("POST",) if written else READ
        route = published.route(path, key)
        started = monotonic()
        if scope["method"] == "OPTIONS":
            return Outcome(204, [(b"allow", ", ".join((*allowed, "OPTIONS")).encode())], b"")
        headers = _headers(scope)
        exchange = self._exchange(scope, headers, published.contract, route)
        exchange.key = key
        if path.endswith(":verify") and written:
            exchange.action = "verify"
        try:
            if scope["method"] not in allowed:
                raise MethodNotAllowed(headers=(("allow", ", ".join((*allowed, "OPTIONS"))),))
            if written:
                exchange.body = await read_body(receive)
                # While the body arrived the city may have been read again; nothing waits between here and what was agreed.
                published = self.table().get(published.path, published)
                exchange.contract = published.contract
            outcome = await published.call(exchange)
        except Answerable as error:
            outcome = Outcome(*problem(error, language=exchange.language, exchange=exchange.id, public_url=self.public_url))
        if (asked := headers.get(b"x-request-id")) is not None:
            outcome.headers.append((b"x-request-id", asked[:128]))
        self.observe(route, outcome.status, monotonic() - started)
        return outcome

    def _exchange(self, scope: Scope, headers: dict[bytes, bytes], contract: Contract, route: str) -> Exchange:
        named = headers.get(b"titian-purpose")
        return Exchange(
            id=self.new_id(),
            contract=contract,
            route=route,
            path=scope["raw_path"].decode("latin-1"),
            search=scope["query_string"],
            media=headers.get(b"content-type", b"").decode("latin-1"),
            token=_token(headers.get(b"authorization")),
            named_purpose=named.decode("latin-1")[:200] if named is not None else None,
            language=language(headers[b"accept-language"].decode("latin-1")) if b"accept-language" in headers else "id",
            complete_only=b"prefer" in headers and _complete(headers[b"prefer"]),
            held=headers.get(b"if-none-match"),
            traceparent=_trace(headers.get(b"traceparent", b"")),
        )


def _complete(prefer: bytes) -> bool:
    """Whether a preference (RFC 7240) is `complete`."""
    return any(one.partition(b";")[0].strip().lower() == b"complete" for one in prefer.split(b","))


def _trace(written: bytes) -> str | None:
    """A trace (W3C Trace Context, version 00) as a source may see it; whatever else a caller writes there goes no further."""
    return written.decode() if TRACE.fullmatch(written) else None


def _headers(scope: Scope) -> dict[bytes, bytes]:
    return dict(scope["headers"])


def _token(authorization: bytes | None) -> str | None:
    """The bearer token (RFC 6750). Another scheme is a token that nobody knows, not a missing one."""
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(b" ")
    return token.strip().decode("latin-1") if scheme.lower() == b"bearer" else ""


async def _send(send: Send, method: str, outcome: Outcome) -> None:
    length = (b"content-length", str(len(outcome.body)).encode())
    headers = outcome.headers if outcome.status in (204, 304) else [*outcome.headers, length]
    await send({"type": "http.response.start", "status": outcome.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else outcome.body})
