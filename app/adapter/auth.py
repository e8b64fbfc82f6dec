"""How we show ourselves to a source: what is attached to every request."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from app.adapter.egress import Egress
from app.adapter.manifest import Auth, Basic, Bearer, Header, Login, OAuth2, QueryKey
from app.adapter.token import GrantIssuer, LoginIssuer, Token


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


def attachments(auths: Sequence[Auth], egress: Egress, another: Callable[[str], Egress]) -> tuple[Attachment, ...]:
    """One for each login of a system's file, in its order; all are applied to every request. `another` leads to another host."""
    return tuple(made for auth in auths if (made := _attachment(auth, egress, another)) is not None)


def _attachment(auth: Auth, egress: Egress, another: Callable[[str], Egress]) -> Attachment | None:
    if isinstance(auth, Basic):
        pair = f"{auth.username.get_secret_value()}:{auth.password.get_secret_value()}"
        return Fixed(headers={"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()})
    if isinstance(auth, Bearer):
        return Fixed(headers={"Authorization": "Bearer " + auth.token.get_secret_value()})
    if isinstance(auth, Header):
        return Fixed(headers={auth.name: auth.value.get_secret_value()})
    if isinstance(auth, QueryKey):
        return Fixed(query=(auth.name, auth.value.get_secret_value()))
    if isinstance(auth, OAuth2):
        return Token(GrantIssuer(auth, egress if auth.token_url.startswith("/") else another(_host(auth.token_url))))
    return Token(LoginIssuer(auth, egress)) if isinstance(auth, Login) else None


def _host(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
