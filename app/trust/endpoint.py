"""Revocation (RFC 7009) and introspection (RFC 7662) of the access tokens of the asking client's own organisation."""

# mypy: disallow-subclassing-any=False

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from authlib.oauth2.rfc6749 import TokenEndpoint
from authlib.oauth2.rfc6749.errors import InvalidRequestError

from app.errors import UnknownCaller
from app.trust.client import Client
from app.trust.request import METHODS, TokenRequest
from app.trust.verifier import Verifier

ONCE = ("token", "token_type_hint")
TOLD = ("client_id", "exp", "iat", "iss", "aud", "sub", "purpose")


class OwnToken(TokenEndpoint):
    """Tells a token of the client's own organisation from all else; the hint of its type is not needed, as there is one type."""

    CLIENT_AUTH_METHODS = METHODS

    def __init__(self, verifier: Verifier, find: Callable[[str], Client | None]) -> None:
        super().__init__()
        self._verifier = verifier
        self._find = find

    def create_endpoint_response(self, request: TokenRequest) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        applicant = self.authenticate_endpoint_client(request)
        request.payload.check(applicant, ONCE)
        token = request.form.get("token")
        if token is None:
            raise InvalidRequestError("token is missing.")
        return 200, self.answer(self._own(token, applicant.client.organisation)), []

    def answer(self, claims: Mapping[str, Any] | None) -> dict[str, Any]:
        """`claims` are those of a token that is valid now, None for every other text."""
        raise NotImplementedError

    def _own(self, token: str, organisation: str) -> Mapping[str, Any] | None:
        try:
            claims = self._verifier.claims(token)
        except UnknownCaller:
            return None
        owner = self._find(claims["client_id"])
        return claims if owner is not None and owner.organisation == organisation else None


class Revocation(OwnToken):
    """Whatever is not to be revoked is answered as if it had been (RFC 7009 2.2). `revoke` is given (jti, exp)."""

    ENDPOINT_NAME = "revocation"

    def __init__(self, verifier: Verifier, find: Callable[[str], Client | None], revoke: Callable[[str, float], None]) -> None:
        super().__init__(verifier, find)
        self._revoke = revoke

    def answer(self, claims: Mapping[str, Any] | None) -> dict[str, Any]:
        if claims is not None:
            self._revoke(claims["jti"], claims["exp"])
        return {}


class Introspection(OwnToken):
    ENDPOINT_NAME = "introspection"

    def answer(self, claims: Mapping[str, Any] | None) -> dict[str, Any]:
        if claims is None:
            return {"active": False}
        return {"active": True, "token_type": "Bearer", **{name: claims[name] for name in TOLD if name in claims}}
