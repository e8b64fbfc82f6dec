"""The gateway's own database. One request, one transaction, committed at the edge; used from threads, never from the event loop."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session, SQLModel, create_engine

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

ATTEMPTS = 100
SYNCHRONOUS = {"sqlite+aiosqlite": "sqlite"}


class Database:
    """An engine made from `TITIAN_DATABASE_URL`; the asynchronous driver of the address is exchanged for the one that threads use."""

    def __init__(self, address: str) -> None:
        url = make_url(address)
        url = url.set(drivername=SYNCHRONOUS.get(url.drivername, url.drivername))
        if url.database and url.database != ":memory:":
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        self.url = url
        self.engine: Engine = create_engine(url, hide_parameters=True)
        event.listen(self.engine, "connect", _prepared)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction: committed when the block ends well, rolled back when it raises."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        self.engine.dispose()


def _prepared(connection: Any, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("busy_timeout=5000", "foreign_keys=ON", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    _write_ahead(cursor)
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """WAL is a property of the file. Two that open a new one at once collide here, whatever the busy timeout says."""
    for attempt in range(ATTEMPTS):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(0.05)
        else:
            return
