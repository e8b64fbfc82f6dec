"""Issues, revokes and tells about access tokens for active clients (RFC 6749, 9068, 7009, 7662) and says how (RFC 8414)."""

from __future__ import annotations

from typing import Any

from app.trust.assertion import Assertion
from app.trust.authority import Reply, Server, Tokens, invalid_client
from app.trust.basic import credentials
from app.trust.client import NEVER, Client
from app.trust.endpoint import Introspection, Revocation
from app.trust.key_set import ALGORITHMS
from app.trust.keys import Keys
from app.trust.registry import Registry
from app.trust.request import GRANT, METHODS, Items, TokenRequest
from app.trust.verifier import Verifier

__all__ = ["Issuer", "invalid_client"]

NOBODY = Client("", "", NEVER)


class Issuer:
    """`issuer` is the public address of the gateway, `audience` what its tokens are for. What answers a request is to be run in a
    thread (it signs, verifies and writes); errors are RFC 6749 5.2, and Unavailable where the database does not answer."""

    def __init__(self, keys: Keys, registry: Registry, *, issuer: str, audience: str) -> None:
        self._registry = registry
        self._issuer = issuer
        self._root = issuer.rstrip("/")
        verifier = Verifier(keys, registry, issuer=issuer, audience=audience)
        assertion = Assertion(registry.client, registry.spend, audiences=(issuer, f"{self._root}/oauth/token"))
        self._server = Server(self.authenticate, assertion, Tokens(keys, issuer=issuer, audience=audience))
        self._server.register_endpoint(Revocation(verifier, registry.client, registry.revoke))
        self._server.register_endpoint(Introspection(verifier, registry.client))

    def authenticate(self, authorization: str | None) -> Client | None:
        """The active client that an Authorization header (Basic) proves; None for every other header, in about the same time."""
        found = credentials(authorization)
        if found is None:
            return None
        client = self._registry.client(found.identifier)
        return client if (client or NOBODY).knows(found.secret) else None

    def token(self, authorization: str | None, form: Items) -> Reply:
        """Answers POST /oauth/token."""
        reply: Reply = self._server.create_token_response(TokenRequest(authorization, form))
        return reply

    def revoke(self, authorization: str | None, form: Items) -> Reply:
        """Answers POST /oauth/revoke."""
        reply: Reply = self._server.create_endpoint_response(Revocation.ENDPOINT_NAME, TokenRequest(authorization, form))
        return reply

    def introspect(self, authorization: str | None, form: Items) -> Reply:
        """Answers POST /oauth/introspect."""
        reply: Reply = self._server.create_endpoint_response(Introspection.ENDPOINT_NAME, TokenRequest(authorization, form))
        return reply

    def metadata(self) -> dict[str, Any]:
        """RFC 8414."""
        made: dict[str, Any] = {
            "issuer": self._issuer,
            "jwks_uri": f"{self._root}/.well-known/jwks.json",
            "grant_types_supported": [GRANT],
            "response_types_supported": [],
        }
        for name, path in (("token", "token"), ("revocation", "revoke"), ("introspection", "introspect")):
            made[f"{name}_endpoint"] = f"{self._root}/oauth/{path}"
            made[f"{name}_endpoint_auth_methods_supported"] = list(METHODS)
            made[f"{name}_endpoint_auth_signing_alg_values_supported"] = list(ALGORITHMS)
        return made
