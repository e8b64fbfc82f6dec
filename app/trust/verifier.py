"""From an access token to a Caller: RFC 9068 tokens of our own, verified once and remembered for half a minute."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry
from joserfc.util import urlsafe_b64decode

from app.clock import epoch
from app.errors import UnknownCaller
from app.trust.caller import Caller
from app.trust.keys import ALGORITHM, Keys
from app.trust.registry import Registry

LONGEST = 4096
HEADER = 512
LEEWAY = 5
"""Seconds by which the clocks of two gateways of one city may differ."""
REMEMBERED = 30.0
MOST = 10_000
KINDS = ("at+jwt", "application/at+jwt")


class Verifier:
    """`caller` is the hot path: a token seen before costs two dictionary look-ups and one reading of the clock."""

    def __init__(self, keys: Keys, registry: Registry, *, issuer: str, audience: str) -> None:
        self._keys = keys.tokens
        self._registry = registry
        self._jws = JWSRegistry(algorithms=[ALGORITHM])
        self._claims = JWTClaimsRegistry(
            now=lambda: int(epoch()),
            leeway=LEEWAY,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            iat={"essential": True},
            client_id={"essential": True},
            jti={"essential": True},
        )
        self._known: dict[str, tuple[float, Caller, str]] = {}

    def caller(self, token: str) -> Caller:
        """Raises UnknownCaller for a token that is not ours, not valid now, revoked, or of a client that is no longer active."""
        known = self._known.get(token)
        if known is None or known[0] <= epoch():
            known = self._remembered(token)
        if not self._registry.admits(known[1].client, known[2]):
            raise UnknownCaller
        return known[1]

    def claims(self, token: str) -> Mapping[str, Any]:
        """The claims of a token that `caller` would take; raises UnknownCaller for the others."""
        claims = self._verified(token)
        if not self._registry.admits(str(claims["client_id"]), claims["jti"]):
            raise UnknownCaller
        return claims

    def _remembered(self, token: str) -> tuple[float, Caller, str]:
        self._known.pop(token, None)
        claims = self._verified(token)
        client = self._registry.client(str(claims["client_id"]))
        if client is None:
            raise UnknownCaller
        if len(self._known) >= MOST:
            self._known.clear()
        caller = Caller(client.id, client.organisation, claims.get("purpose"))
        known = self._known[token] = (min(epoch() + REMEMBERED, claims["exp"]), caller, claims["jti"])
        return known

    def _verified(self, token: str) -> Mapping[str, Any]:
        if len(token) > LONGEST or not token.isascii():
            raise UnknownCaller
        try:
            key = self._keys.published.get(_kid(token))
            if key is None:
                raise UnknownCaller
            claims = jwt.decode(token, key, registry=self._jws).claims
            self._claims.validate(claims)
        except (JoseError, ValueError) as error:
            raise UnknownCaller from error
        return claims


def _kid(token: str) -> str:
    """The key's id in a header that holds exactly what ours hold; whatever else it says (jku, jwk, x5u, crit) is a reason to refuse.

    Raises ValueError."""
    segment = token.split(".", 1)[0]
    if len(segment) > HEADER:
        raise ValueError("the header is too long")
    header = json.loads(urlsafe_b64decode(segment.encode()))
    if not isinstance(header, dict) or set(header) != {"alg", "typ", "kid"} or not isinstance(header["kid"], str):
        raise ValueError("not a header of ours")
    if header["alg"] != ALGORITHM or str(header["typ"]).lower() not in KINDS:
        raise ValueError("not an access token of ours")
    return header["kid"]
