"""Tokens that are fetched, kept and renewed: out of the answer to a login, or by client_credentials (RFC 6749, 4.4)."""

from __future__ import annotations

import asyncio
import base64
import copy
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote_plus, urlencode, urlsplit

from pydantic import SecretStr

from app.adapter.egress import Egress
from app.adapter.manifest import Attach, Login, OAuth2
from app.adapter.protocol import Reply
from app.adapter.reply import by_status, failure, json_of
from app.adapter.rows import value
from app.clock import monotonic
from app.errors import BadAnswer, Refused, SourceError

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
REST = 30.0
"""Seconds in which a refused login is not tried again: an account must not be locked by us."""
UNTOLD = 300.0
"""Seconds that a token is kept where its issuer does not tell its life."""
LONGEST = 86400.0
MARGIN = 60.0
"""Seconds before its end from which a token is not used any more: a question takes its time. A tenth, of a short life."""
BEARER = frozenset({"bearer", "bearertoken"})
"""RFC 6750, and what gateways of Apigee's make call it."""


class Fetched(NamedTuple):
    """A token as its issuer told it, not yet judged, and for how many seconds it is kept."""

    token: object
    seconds: float


class Issuer(Protocol):
    """Where a token comes from, and in which header it goes."""

    attach: Attach

    async def asked(self) -> Reply:
        """One question for a token; raises one of the four words."""

    def told(self, body: Any) -> Fetched:
        """What a good answer holds."""


class Token:
    """A token that is attached to every request. One renewal is in flight at a time; the others wait for it and share what it brings."""

    def __init__(self, issuer: Issuer, clock: Callable[[], float] = monotonic) -> None:
        self._issuer, self._clock = issuer, clock
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._until = 0.0
        self._rests_until = 0.0
        self._failures = 0
        self._failure: SourceError | None = None

    async def attach(self, headers: dict[str, str], query: list[tuple[str, str]]) -> None:
        token = self._token
        if token is None or self._clock() >= self._until:
            token = await self._renewed()
        headers[self._issuer.attach.header] = self._shown(token)

    def renew(self, sent: Mapping[str, str]) -> bool:
        # Another question may have renewed it meanwhile; then the new one is tried, not thrown away.
        if self._token is not None and sent.get(self._issuer.attach.header) == self._shown(self._token):
            self._token = None
        return True

    def _shown(self, token: str) -> str:
        return self._issuer.attach.format.replace("{token}", token)

    async def _renewed(self) -> str:
        known = self._failures
        async with self._lock:
            if self._token is not None and self._clock() < self._until:
                return self._token
            if self._clock() < self._rests_until:
                raise Refused("login_failed")
            if self._failure is not None and self._failures != known:
                # It failed while this question waited: fifty waiting for a dead login would else try it one after the other.
                raise copy.copy(self._failure)
            try:
                self._token, seconds = await self._fetched()
            except SourceError as error:
                self._failures, self._failure = self._failures + 1, copy.copy(error)
                raise
            self._until = self._clock() + seconds
            return self._token

    async def _fetched(self) -> tuple[str, float]:
        reply = await self._issuer.asked()
        outcome = by_status(reply)
        if reply.status >= 500 or outcome == "throttled":
            raise failure(outcome, reply, f"login_status_{reply.status}")
        token, seconds = self._told(reply) if outcome == "ok" else Fetched(None, 0)
        if not isinstance(token, str | int) or isinstance(token, bool) or not str(token):
            self._rests_until = self._clock() + REST
            raise Refused("login_failed")
        return str(token), seconds

    def _told(self, reply: Reply) -> Fetched:
        try:
            return self._issuer.told(json_of(reply))
        except BadAnswer:
            return Fetched(None, 0)


class LoginIssuer:
    """The answer to the request that a system's file describes."""

    def __init__(self, login: Login, egress: Egress) -> None:
        self._wanted, self._egress = login.request, egress
        self._find = value(login.token)
        self._life = int(login.ttl[:-1]) * SECONDS[login.ttl[-1]]
        self.attach = login.attach

    async def asked(self) -> Reply:
        wanted = self._wanted
        return await self._egress.login(
            wanted.method, wanted.path, headers=_open(wanted.headers) or {}, form=_open(wanted.form), json=_open(wanted.body)
        )

    def told(self, body: Any) -> Fetched:
        return Fetched(self._find(body), self._life)


class GrantIssuer:
    """A token endpoint; `egress` leads to its host, or is the system's own where `token_url` is a path there."""

    attach = Attach()

    def __init__(self, auth: OAuth2, egress: Egress) -> None:
        self._auth, self._egress = auth, egress
        path = auth.token_url if auth.token_url.startswith("/") else urlsplit(auth.token_url).path or "/"
        self._path = path + ("?" + urlencode(list(auth.query.items())) if auth.query else "")

    async def asked(self) -> Reply:
        auth = self._auth
        name, secret = auth.client_id.get_secret_value(), auth.client_secret.get_secret_value()
        form = {"grant_type": "client_credentials", **({"scope": auth.scope} if auth.scope else {})}
        form = {key: value for key, value in form.items() if key not in auth.query}
        headers = {"Accept": "application/json"}
        if auth.place == "body":
            form |= {"client_id": name, "client_secret": secret}
        else:
            # RFC 6749, 2.3.1: both are form-encoded before they become a Basic login.
            pair = f"{quote_plus(name)}:{quote_plus(secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        return await self._egress.login("POST", self._path, headers=headers, form=form, json=None)

    def told(self, body: Any) -> Fetched:
        if not isinstance(body, dict) or str(body.get("token_type")).lower() not in BEARER:
            return Fetched(None, 0)
        token = body.get("access_token")
        return Fetched(token if isinstance(token, str) else None, _life(body.get("expires_in")))


def _life(told: object) -> float:
    """Seconds to keep a token for; some issuers write the number as text."""
    text = str(told)
    life = min(float(text), LONGEST) if text.isdecimal() and len(text) < 19 else UNTOLD
    return max(1.0, life - min(MARGIN, life / 10))


def _open(values: Mapping[str, object] | None) -> dict[str, str] | None:
    if values is None:
        return None
    return {name: one.get_secret_value() if isinstance(one, SecretStr) else one for name, one in values.items()}  # type: ignore[misc]
