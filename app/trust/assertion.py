"""private_key_jwt (RFC 7523): a client proves itself by an assertion that it signed with a key whose public half is registered.

Authlib does the work. What it leaves open is closed here: the name of the method, the algorithms, the headers, the length, how far
ahead `exp` may lie, audiences beside ours, and errors that would say which of all these it was."""

# mypy: disallow-subclassing-any=False

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from authlib.oauth2.rfc6749 import InvalidClientError
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from app.clock import epoch
from app.trust.client import Client
from app.trust.key_set import ALGORITHMS, key_set
from app.trust.request import KEYS, Applicant, TokenRequest

LONGEST = 8192
HEADERS = {"alg", "kid", "typ"}
AHEAD = 300
LEEWAY = 60
"""Seconds: how far ahead an assertion may expire, and by how much the client's clock may be wrong."""


class Assertion(JWTBearerClientAssertion):
    """`find` gives the active client of an id; `spend` tells whether (client, jti, expires) is seen for the first time."""

    CLIENT_AUTH_METHOD = KEYS

    def __init__(self, find: Callable[[str], Client | None], spend: Callable[[str, str, float], bool], *, audiences: tuple[str, ...]) -> None:
        super().__init__(leeway=LEEWAY)
        self._find = find
        self._spend = spend
        self._audiences = audiences
        self._jws = JWSRegistry(algorithms=ALGORITHMS)

    def __call__(self, query_client: Any, request: TokenRequest) -> Applicant | None:
        if request.authorization is not None:
            return None

        def found(identifier: str) -> Applicant | None:
            client = self._find(identifier)
            return None if client is None or client.jwks is None else request.applicant(client)

        applicant: Applicant | None = super().__call__(found, request)
        return applicant

    def extract_assertion(self, assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims, not yet verified. No header is taken but those that name a registered key: nothing is fetched (jku,
        x5u), nothing brought along is used (jwk, x5c), nothing changes how the rest is read (crit, b64)."""
        if len(assertion) > LONGEST or not assertion.isascii():
            raise InvalidClientError
        try:
            header, claims = (json.loads(urlsafe_b64decode(part.encode())) for part in assertion.split(".")[:2])
        except (ValueError, RecursionError) as error:
            raise InvalidClientError from error
        if not isinstance(header, dict) or not set(header) <= HEADERS or not isinstance(claims, dict):
            raise InvalidClientError
        return header, claims

    def resolve_client_public_key(self, applicant: Applicant) -> KeySet:
        return key_set(str(applicant.client.jwks))

    def process_assertion_claims(self, assertion: str, key: KeySet) -> Mapping[str, Any]:
        try:
            claims = jwt.decode(assertion, key, registry=self._jws).claims
        except (JoseError, ValueError) as error:
            raise InvalidClientError from error
        self.verify_claims(claims)
        return claims

    def get_audiences(self) -> list[str]:
        return list(self._audiences)

    def validate_jti(self, claims: Mapping[str, Any], jti: str) -> bool:
        """Authlib asks this last. An assertion that also speaks to somebody else could be used by them here, so it is not taken."""
        named = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if not jti or not set(named) <= set(self._audiences) or claims["exp"] > epoch() + AHEAD + LEEWAY:
            return False
        return self._spend(claims["sub"], jti, claims["exp"])
