"""Authlib as the authorisation server: the client_credentials grant and client_secret_basic, everything else refused.

Where Authlib's defaults are unsafe or unclear they are overridden here: lifetime, scope, key id, plain http, the status of
invalid_client, what is logged."""

# Authlib ships no types, so every class of it is Any to mypy.
# mypy: disallow-subclassing-any=False

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidRequestError, InvalidScopeError, UnsupportedGrantTypeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from joserfc.jwk import KeySet

from app.trust.client import Client
from app.trust.keys import ALGORITHM, Keys

Reply: TypeAlias = tuple[int, dict[str, Any], list[tuple[str, str]]]
"""Status, JSON body, headers."""
Items: TypeAlias = Sequence[tuple[str, str]]
Authenticate: TypeAlias = Callable[[str | None], Client | None]

GRANT = "client_credentials"
METHOD = "client_secret_basic"
LIFETIME = 600
PURPOSE = re.compile(r"[a-z0-9][a-z0-9-]{0,99}", re.ASCII)
NO_STORE = [("cache-control", "no-store"), ("pragma", "no-cache")]
ONCE = ("grant_type", "scope", "purpose", "client_id")
OTHER_CREDENTIALS = ("client_secret", "client_assertion", "client_assertion_type")


def invalid_client() -> Reply:
    """RFC 6749 5.2: always 401, whichever way the client tried."""
    body = {"error": "invalid_client", "error_description": "Send the id and secret of an active client by HTTP Basic."}
    return 401, body, [*NO_STORE, ("www-authenticate", 'Basic realm="titian"')]


class Applicant(ClientMixin):
    """One client while it asks for a token, and the purpose it names."""

    def __init__(self, client: Client, purpose: str | None) -> None:
        self.client = client
        self.purpose = purpose

    def get_client_id(self) -> str:
        return self.client.id

    def get_allowed_scope(self, scope: str | None) -> str:
        return ""

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == METHOD

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == GRANT


class Form(OAuth2Payload):
    """The body's parameters. One sent without a value counts as left out (RFC 6749 3.2); repeated ones are kept to be refused."""

    def __init__(self, items: Items) -> None:
        self._lists: dict[str, list[str]] = {}
        for name, value in items:
            if value:
                self._lists.setdefault(name, []).append(value)

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._lists.items()}

    @property
    def datalist(self) -> dict[str, list[str]]:
        return self._lists


class TokenRequest(OAuth2Request):
    """What came to the token endpoint. The address is a constant: how the gateway is reached is the proxy's business, and Authlib
    would answer plain http with an error that nothing catches."""

    def __init__(self, authorization: str | None, items: Items) -> None:
        super().__init__("POST", "https://gateway/oauth/token")
        self.authorization = authorization
        self.payload = Form(items)


class ClientCredentials(ClientCredentialsGrant):
    """Who asks is settled first; only then is the rest of the request looked at."""

    TOKEN_ENDPOINT_AUTH_METHODS = (METHOD,)

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
    if any(len(form.datalist.get(name, ())) > 1 for name in ONCE):
        raise InvalidRequestError("A parameter is repeated.")
    if form.grant_type is None:
        raise InvalidRequestError("grant_type is missing.")
    if form.grant_type != GRANT:
        raise UnsupportedGrantTypeError(GRANT)
    if any(name in form.data for name in OTHER_CREDENTIALS) or form.client_id not in (None, applicant.client.id):
        raise InvalidRequestError("The client proves itself in more than one way.")
    if applicant.purpose is not None and not PURPOSE.fullmatch(applicant.purpose):
        raise InvalidRequestError("purpose is one word of small letters, digits and hyphens.")


class Tokens(JWTBearerTokenGenerator):
    """RFC 9068 access tokens, signed by the one active key so that the header names it."""

    def __init__(self, keys: Keys, *, issuer: str, audience: str) -> None:
        super().__init__(issuer=issuer, alg=ALGORITHM, expires_generator=LIFETIME)
        self._audience = audience
        self._signing = KeySet([keys.signing])

    def get_jwks(self) -> KeySet:
        return self._signing

    def get_audiences(self, client: Applicant, user: None, scope: str) -> str:
        return self._audience

    def get_extra_claims(self, client: Applicant, grant_type: str, user: None, scope: str) -> dict[str, str]:
        return {} if client.purpose is None else {"purpose": client.purpose}


class Server(AuthorizationServer):
    """Keeps no token: one that was issued lives until it expires or its client is ended."""

    def __init__(self, authenticate: Authenticate, tokens: Tokens) -> None:
        super().__init__()
        self._authenticate = authenticate
        self.register_client_auth_method(METHOD, self._applicant)
        self.register_grant(ClientCredentials)
        self.register_token_generator("default", tokens)

    def query_client(self, client_id: str) -> None:
        """Authlib asks for clients here only for its own ways to authenticate, none of which is in use."""

    def _applicant(self, query_client: Any, request: TokenRequest) -> Applicant | None:
        client = self._authenticate(request.authorization)
        return None if client is None else Applicant(client, request.payload.data.get("purpose"))

    def create_oauth2_request(self, request: TokenRequest) -> TokenRequest:
        return request

    def validate_requested_scope(self, scope: str | None) -> None:
        if scope and scope.strip():
            raise InvalidScopeError("There are no scopes here: agreements decide.")

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def handle_response(self, status: int, body: dict[str, Any], headers: list[tuple[str, str]]) -> Reply:
        return invalid_client() if body.get("error") == "invalid_client" else (status, body, list(NO_STORE))
