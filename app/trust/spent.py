"""What is used up before its time: assertions, each of which counts once, and access tokens that were revoked.

Kept in the database, so that all gateways of a city know; rows are deleted once time alone does their work."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import Session, col, select

from app.clock import now
from app.db import Database
from app.errors import Unavailable
from app.trust.table import AssertionRow, RevokedTokenRow, changed

SLACK = timedelta(seconds=120)
"""How much longer a row is kept than what it speaks of is taken: leeway, and clocks that differ."""


def spend(database: Database, client: str, jti: str, *, expires: float) -> bool:
    """Whether this assertion is used for the first time; the primary key decides, also between processes. Raises Unavailable."""
    row = {"client": client, "jti": hashlib.sha256(jti.encode()).hexdigest(), "expires": _until(expires)}
    try:
        with _written(database) as session:
            session.execute(insert(AssertionRow).values(**row))
    except IntegrityError:
        return False
    return True


def revoke(database: Database, jti: str, *, expires: float) -> None:
    """Ends one access token; gateways see it when they look again. Raises Unavailable."""
    with _written(database) as session:
        changed(session)
        session.merge(RevokedTokenRow(jti=jti, expires=_until(expires)))


def revoked(session: Session) -> frozenset[str]:
    """The ids of revoked tokens."""
    return frozenset(session.exec(select(RevokedTokenRow.jti)))


def forget(database: Database) -> None:
    """Deletes the rows that have expired. Raises SQLAlchemyError."""
    with database.session() as session:
        for table in (AssertionRow, RevokedTokenRow):
            session.execute(delete(table).where(col(table.expires) < now()))


def _until(expires: float) -> datetime:
    return datetime.fromtimestamp(expires, UTC) + SLACK


@contextmanager
def _written(database: Database) -> Iterator[Session]:
    try:
        with database.session() as session:
            yield session
    except IntegrityError:
        raise
    except SQLAlchemyError as error:
        raise Unavailable from error
