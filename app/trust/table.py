"""The tables of trust. Whoever changes one of them calls `changed` first, in the same transaction."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, text
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, Session, SQLModel


class Instant(TypeDecorator[datetime]):
    """An instant in UTC; SQLite hands back what has a zone without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class ClientRow(SQLModel, table=True):
    """An application that may ask: known by a secret, of which the hexadecimal SHA-256 is kept, or by its public keys (a JWK Set as
    JSON), never by both. An id is never used twice."""

    __tablename__ = "client"

    id: str = Field(primary_key=True)
    organisation: str
    secret_sha256: str | None = None
    jwks: str | None = None
    created: datetime = Field(sa_type=Instant)
    ended: datetime | None = Field(default=None, sa_type=Instant)


class AgreementRow(SQLModel, table=True):
    """An agreement as it was applied: `text` is the whole TOML, the other columns are what a list shows."""

    __tablename__ = "agreement"

    id: str = Field(primary_key=True)
    text: str
    consumer: str
    provider: str
    valid_from: date
    valid_to: date
    applied: datetime = Field(sa_type=Instant)
    ended: datetime | None = Field(default=None, sa_type=Instant)


class AssertionRow(SQLModel, table=True):
    """A client assertion that was used: `jti` is its hexadecimal SHA-256. After `expires` the assertion itself is no longer taken."""

    __tablename__ = "assertion"

    client: str = Field(primary_key=True)
    jti: str = Field(primary_key=True)
    expires: datetime = Field(sa_type=Instant, index=True)


class RevokedTokenRow(SQLModel, table=True):
    """An access token that was revoked before it expired."""

    __tablename__ = "revoked_token"

    jti: str = Field(primary_key=True)
    expires: datetime = Field(sa_type=Instant, index=True)


class TrustRevision(SQLModel, table=True):
    """One row whose number rises with every change, so that a running gateway need not read the rest to know that nothing did."""

    __tablename__ = "trust_revision"

    id: int = Field(default=1, primary_key=True)
    revision: int


RAISE = text(
    "INSERT INTO trust_revision (id, revision) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET revision = trust_revision.revision + 1",
)


def changed(session: Session) -> None:
    """Raises the revision; as the first statement of a change it also makes two changes wait for each other."""
    session.execute(RAISE)
