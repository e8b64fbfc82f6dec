"""How we show ourselves to a source: what is attached to every request, and tokens that are fetched, kept and renewed."""

from __future__ import annotations

import asyncio
import base64
import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from pydantic import SecretStr

from app.adapter.egress import Egress
from app.adapter.manifest import Auth, Basic, Bearer, Header, Login, QueryKey
from app.adapter.protocol import Reply
from app.adapter.reply import by_status, failure, json_of
from app.adapter.rows import value
from app.clock import monotonic
from app.errors import BadAnswer, Refused, SourceError

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
REST = 30.0
"""Seconds in which a refused login is not tried again: an account must not be locked by us."""


class Attachment(Protocol):
    """What one login adds to a request. `renew` forgets a token that the source no longer takes; False where there is none to renew."""

    async def attach(self, headers: dict[str, str], query: list[tuple[str, str]]) -> None:
        """Raises Refused where no token can be had."""

    def renew(self, sent: Mapping[str, str]) -> bool:
        """The source took what was `sent` no longer; called at most once per request. False where there is nothing to renew."""


class Fixed:
    """Headers or a parameter that never change."""

    def __init__(self, *, headers: Mapping[str, str] | None = None, query: tuple[str, str] | None = None) -> None:
        self._headers, self._query = dict(headers or {}), query

    async def attach(self, headers: dict[str, str], query: list[tuple[str, str]]) -> None:
        headers.update(self._headers)
        if self._query is not None:
            query.append(self._query)

    def renew(self, sent: Mapping[str, str]) -> bool:
        return False


class Token:
    """A token out of the answer to a login. One renewal is in flight at a time; the others wait for it and share what it brings."""

    def __init__(self, login: Login, egress: Egress, clock: Callable[[], float] = monotonic) -> None:
        self._login, self._egress, self._clock = login, egress, clock
        self._find = value(login.token)
        self._life = int(login.ttl[:-1]) * SECONDS[login.ttl[-1]]
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
        headers[self._login.attach.header] = self._shown(token)

    def renew(self, sent: Mapping[str, str]) -> bool:
        # Another question may have renewed it meanwhile; then the new one is tried, not thrown away.
        if self._token is not None and sent.get(self._login.attach.header) == self._shown(self._token):
            self._token = None
        return True

    def _shown(self, token: str) -> str:
        return self._login.attach.format.replace("{token}", token)

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
                self._token = await self._fetched()
            except SourceError as error:
                self._failures, self._failure = self._failures + 1, copy.copy(error)
                raise
            self._until = self._clock() + self._life
            return self._token

    async def _fetched(self) -> str:
        wanted = self._login.request
        reply = await self._egress.login(
            wanted.method, wanted.path, headers=_open(wanted.headers) or {}, form=_open(wanted.form), json=_open(wanted.body)
        )
        outcome = by_status(reply)
        if reply.status >= 500 or outcome == "throttled":
            raise failure(outcome, reply, f"login_status_{reply.status}")
        token = self._told(reply) if outcome == "ok" else None
        if not isinstance(token, str | int) or isinstance(token, bool) or not str(token):
            self._rests_until = self._clock() + REST
            raise Refused("login_failed")
        return str(token)

    def _told(self, reply: Reply) -> object:
        try:
            return self._find(json_of(reply))
        except BadAnswer:
            return None


def _open(values: Mapping[str, object] | None) -> dict[str, str] | None:
    if values is None:
        return None
    return {name: one.get_secret_value() if isinstance(one, SecretStr) else one for name, one in values.items()}  # type: ignore[misc]


def attachments(auths: Sequence[Auth], egress: Egress) -> tuple[Attachment, ...]:
    """One for each login of a system's file, in its order; all are applied to every request."""
    return tuple(made for auth in auths if (made := _attachment(auth, egress)) is not None)


def _attachment(auth: Auth, egress: Egress) -> Attachment | None:
    if isinstance(auth, Basic):
        pair = f"{auth.username.get_secret_value()}:{auth.password.get_secret_value()}"
        return Fixed(headers={"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()})
    if isinstance(auth, Bearer):
        return Fixed(headers={"Authorization": "Bearer " + auth.token.get_secret_value()})
    if isinstance(auth, Header):
        return Fixed(headers={auth.name: auth.value.get_secret_value()})
    if isinstance(auth, QueryKey):
        return Fixed(query=(auth.name, auth.value.get_secret_value()))
    return Token(auth, egress) if isinstance(auth, Login) else None
