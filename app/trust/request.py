"""What comes to the token endpoints, and who sends it, in the shapes that Authlib asks for."""

# Authlib ships no types, so every class of it is Any to mypy.
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeAlias

from authlib.oauth2.rfc6749 import ClientMixin, OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidRequestError

from app.trust.client import Client

Items: TypeAlias = Sequence[tuple[str, str]]

GRANT = "client_credentials"
SECRET = "client_secret_basic"  # noqa: S105 - a name of RFC 7591
KEYS = "private_key_jwt"
METHODS = (SECRET, KEYS)
PROOFS = ("client_assertion", "client_assertion_type")
ONCE = ("client_id", *PROOFS)


class Applicant(ClientMixin):
    """One client while it asks, and the purpose it names. It may prove itself in one way only: by its keys where it has some."""

    def __init__(self, client: Client, purpose: str | None) -> None:
        self.client = client
        self.purpose = purpose
        self.method = SECRET if client.jwks is None else KEYS

    def get_client_id(self) -> str:
        return self.client.id

    def get_allowed_scope(self, scope: str | None) -> str:
        return ""

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == self.method

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

    def check(self, applicant: Applicant, once: Collection[str]) -> None:
        """Looked at once it is known who asks. Raises InvalidRequestError: a name of `once` is repeated, or two clients, or two proofs."""
        if any(len(self._lists.get(name, ())) > 1 for name in (*ONCE, *once)):
            raise InvalidRequestError("A parameter is repeated.")
        others = ("client_secret", *(PROOFS if applicant.method == SECRET else ()))
        if any(name in self._lists for name in others) or self.client_id not in (None, applicant.client.id):
            raise InvalidRequestError("The client proves itself in more than one way.")


class TokenRequest(OAuth2Request):
    """What came. The address is a constant: how the gateway is reached is the proxy's business, and Authlib would answer plain http
    with an error that nothing catches."""

    def __init__(self, authorization: str | None, items: Items) -> None:
        super().__init__("POST", "https://gateway/oauth/token")
        self.authorization = authorization
        self.payload = Form(items)

    @property
    def form(self) -> dict[str, str]:
        return self.payload.data

    def applicant(self, client: Client) -> Applicant:
        return Applicant(client, self.form.get("purpose"))
