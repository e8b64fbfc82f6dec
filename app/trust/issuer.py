"""Issues access tokens to active clients (RFC 6749 client_credentials, RFC 9068) and says how (RFC 8414)."""

from __future__ import annotations

from typing import Any

from app.trust.authority import GRANT, METHOD, Items, Reply, Server, TokenRequest, Tokens, invalid_client
from app.trust.basic import credentials
from app.trust.client import Client
from app.trust.keys import Keys
from app.trust.registry import Registry

__all__ = ["Issuer", "invalid_client"]

NOBODY = Client("", "", "-" * 64)


class Issuer:
    """`issuer` is the public address of the gateway, `audience` what its tokens are for."""

    def __init__(self, keys: Keys, registry: Registry, *, issuer: str, audience: str) -> None:
        self._registry = registry
        self._issuer = issuer
        self._server = Server(self.authenticate, Tokens(keys, issuer=issuer, audience=audience))

    def authenticate(self, authorization: str | None) -> Client | None:
        """The active client that an Authorization header (Basic) proves; None for every other header, in about the same time."""
        found = credentials(authorization)
        if found is None:
            return None
        client = self._registry.client(found.identifier)
        return client if (client or NOBODY).knows(found.secret) else None

    def token(self, authorization: str | None, form: Items) -> Reply:
        """Answers POST /oauth/token; errors as RFC 6749 5.2. To be run in a thread: it signs."""
        reply: Reply = self._server.create_token_response(TokenRequest(authorization, form))
        return reply

    def metadata(self) -> dict[str, Any]:
        """RFC 8414."""
        root = self._issuer.rstrip("/")
        return {
            "issuer": self._issuer,
            "token_endpoint": f"{root}/oauth/token",
            "jwks_uri": f"{root}/.well-known/jwks.json",
            "grant_types_supported": [GRANT],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": [METHOD],
        }
