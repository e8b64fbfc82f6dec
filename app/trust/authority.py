"""Authlib as the authorisation server: the client_credentials grant, by client_secret_basic or private_key_jwt, everything else refused.

Where Authlib's defaults are unsafe or unclear they are overridden here: lifetime, scope, key id, plain http, the status of
invalid_client, what is logged."""

# Authlib ships no types, so every class of it is Any to mypy.
# mypy: disallow-subclassing-any=False

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from authlib.oauth2.rfc6749 import AuthorizationServer
from authlib.oauth2.rfc6749.errors import InvalidRequestError, InvalidScopeError, UnsupportedGrantTypeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from joserfc.jwk import KeySet

from app.trust.assertion import Assertion
from app.trust.client import Client
from app.trust.keys import ALGORITHM, Keys
from app.trust.request import GRANT, KEYS, METHODS, SECRET, Applicant, Form, TokenRequest
from app.trust.ring import LIFETIME

Reply: TypeAlias = tuple[int, dict[str, Any], list[tuple[str, str]]]
"""Status, JSON body, headers."""
Authenticate: TypeAlias = Callable[[str | None], Client | None]

PURPOSE = re.compile(r"[a-z0-9][a-z0-9-]{0,99}", re.ASCII)
NO_STORE = [("cache-control", "no-store"), ("pragma", "no-cache")]
ONCE = ("grant_type", "scope", "purpose")
NOT_PROVEN = "No active client is proven: send id and secret by HTTP Basic, or a fresh assertion (private_key_jwt) that was not used before."


def invalid_client() -> Reply:
    """RFC 6749 5.2: always 401, whichever way the client tried."""
    body = {"error": "invalid_client", "error_description": NOT_PROVEN}
    return 401, body, [*NO_STORE, ("www-authenticate", 'Basic realm="titian"')]


class ClientCredentials(ClientCredentialsGrant):
    """Who asks is settled first; only then is the rest of the request looked at."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    @classmethod
    def check_token_endpoint(cls, request: TokenRequest) -> bool:
        return True

    def validate_token_request(self) -> None:
        super().validate_token_request()
        _check(self.request.payload, self.request.client)

    def create_token_response(self) -> Reply:
        """Authlib's own would write the whole token into the debug log."""
        return 200, self.generate_token(include_refresh_token=False), NO_STORE


def _check(form: Form, applicant: Applicant) -> None:
    form.check(applicant, ONCE)
    if form.grant_type is None:
        raise InvalidRequestError("grant_type is missing.")
    if form.grant_type != GRANT:
        raise UnsupportedGrantTypeError(GRANT)
    if applicant.purpose is not None and not PURPOSE.fullmatch(applicant.purpose):
        raise InvalidRequestError("purpose is one word of small letters, digits and hyphens.")


class Tokens(JWTBearerTokenGenerator):
    """RFC 9068 access tokens, signed by the one key whose turn it is, so that the header names it."""

    def __init__(self, keys: Keys, *, issuer: str, audience: str) -> None:
        super().__init__(issuer=issuer, alg=ALGORITHM, expires_generator=LIFETIME)
        self._audience = audience
        self._keys = keys

    def get_jwks(self) -> KeySet:
        return KeySet([self._keys.signing])

    def get_audiences(self, client: Applicant, user: None, scope: str) -> str:
        return self._audience

    def get_extra_claims(self, client: Applicant, grant_type: str, user: None, scope: str) -> dict[str, str]:
        return {} if client.purpose is None else {"purpose": client.purpose}


class Server(AuthorizationServer):
    """Keeps no token: one that was issued lives until it expires, is revoked, or its client is ended."""

    def __init__(self, authenticate: Authenticate, assertion: Assertion, tokens: Tokens) -> None:
        super().__init__()
        self._authenticate = authenticate
        self.register_client_auth_method(SECRET, self._applicant)
        self.register_client_auth_method(KEYS, assertion)
        self.register_grant(ClientCredentials)
        self.register_token_generator("default", tokens)

    def query_client(self, client_id: str) -> None:
        """Authlib asks for clients here only for its own ways to authenticate, none of which is in use."""

    def _applicant(self, query_client: Any, request: TokenRequest) -> Applicant | None:
        client = self._authenticate(request.authorization)
        return None if client is None else request.applicant(client)

    def create_oauth2_request(self, request: TokenRequest) -> TokenRequest:
        return request

    def validate_requested_scope(self, scope: str | None) -> None:
        if scope and scope.strip():
            raise InvalidScopeError("There are no scopes here: agreements decide.")

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def handle_response(self, status: int, body: dict[str, Any], headers: list[tuple[str, str]]) -> Reply:
        return invalid_client() if body.get("error") == "invalid_client" else (status, body, list(NO_STORE))
