"""Applications that may ask: added and ended by the operator, known by a secret of 256 random bits that is shown once, or by public
keys that the application made itself."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from app.clock import now
from app.trust.refusal import refusal
from app.trust.table import ClientRow, changed

NEVER = "-" * 64
"""No secret has this hash."""
IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Client:
    """One active application. `jwks` is what app.trust.key_set.read gave; a client that has it has no secret."""

    id: str
    organisation: str
    secret_sha256: str | None = field(repr=False)
    jwks: str | None = field(default=None, repr=False)

    def knows(self, secret: str) -> bool:
        """Whether this is the client's secret, in constant time."""
        return hmac.compare_digest(digest(secret), self.secret_sha256 or NEVER)


def digest(secret: str) -> str:
    # A random secret of 256 bits cannot be guessed from a fast hash; a slow one would only help who floods the token endpoint.
    return hashlib.sha256(secret.encode()).hexdigest()


def add(session: Session, identifier: str, organisation: str, *, organisations: Collection[str]) -> str:
    """Adds a client and returns its secret (base64url). Raises CityError: bad id, id used before, unknown organisation."""
    secret = secrets.token_urlsafe(32)
    _add(session, ClientRow(id=identifier, organisation=organisation, secret_sha256=digest(secret), created=now()), organisations)
    return secret


def add_keys(session: Session, identifier: str, organisation: str, *, organisations: Collection[str], jwks: str) -> None:
    """Adds a client that proves itself by private_key_jwt. `jwks` is what app.trust.key_set.read gave. Raises CityError as `add`."""
    _add(session, ClientRow(id=identifier, organisation=organisation, jwks=jwks, created=now()), organisations)


def _add(session: Session, row: ClientRow, organisations: Collection[str]) -> None:
    if not IDENTIFIER.fullmatch(row.id):
        raise refusal("client", "bad_id", "An id is small letters, digits and . _ - and begins with a letter or digit", "Choose another.")
    if row.organisation not in organisations:
        known = ", ".join(sorted(organisations))
        raise refusal(row.id, "unknown_organisation", "city.toml has no such organisation", f"Known: {known}.")
    changed(session)
    if session.get(ClientRow, row.id) is not None:
        raise refusal(row.id, "id_taken", "This id is or was a client", "Choose another id; one is never used twice.")
    session.add(row)
    session.flush()


def listed(session: Session) -> Sequence[ClientRow]:
    """Every client, ended ones too, by id."""
    return session.exec(select(ClientRow).order_by(col(ClientRow.id))).all()


def revoke(session: Session, identifier: str) -> None:
    """Ends a client; its tokens stop working as soon as the gateways look again. Raises CityError where there is no such active client."""
    changed(session)
    row = session.get(ClientRow, identifier)
    if row is None or row.ended is not None:
        raise refusal(identifier, "unknown_client", "There is no active client of this id", "titian client list shows them.")
    row.ended = now()
    session.add(row)
    session.flush()
