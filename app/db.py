"""The gateway's own database, SQLite or PostgreSQL. One request, one transaction, committed at the edge; used from threads, not the event loop."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import URL, Engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session, SQLModel, create_engine

from app.errors import CityError, Problem

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

ATTEMPTS = 100
CHAIN = 8417201
"""PostgreSQL's advisory lock of the chain and of the migrations: any number, as long as every gateway uses the same."""


class Dialect(NamedTuple):
    """What the two databases say differently. `lock` begins a transaction that nobody else who locks shares, and whose reads see all that was
    committed before; `snapshot` one whose reads all see the same moment. `settings` are told to every new
    connection, `query` is added to the address, `cursor` asks for rows in the form that is read fastest."""

    driver: str
    mark: str
    lock: str
    snapshot: str
    settings: tuple[str, ...]
    query: dict[str, str]
    cursor: tuple[tuple[str, Any], ...]


DIALECTS = {
    "sqlite": Dialect(
        driver="sqlite",
        mark="?",
        lock="BEGIN IMMEDIATE",
        snapshot="BEGIN",
        settings=("PRAGMA busy_timeout=5000", "PRAGMA foreign_keys=ON", "PRAGMA synchronous=FULL"),
        query={},
        cursor=(),
    ),
    # The driver has begun a transaction by itself before the first of these.
    "postgresql": Dialect(
        driver="postgresql+psycopg",
        mark="%s",
        lock=f"SELECT pg_advisory_xact_lock({CHAIN})",
        snapshot="SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
        settings=(
            "SET lock_timeout = '5s'",
            "SET default_transaction_isolation = 'read committed'",
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
        ),
        query={"connect_timeout": "5", "tcp_user_timeout": "10000", "client_encoding": "utf8"},
        cursor=(("binary", True),),
    ),
}


class Database:
    """An engine made from `TITIAN_DATABASE_URL`; the asynchronous driver of the address is exchanged for the one that threads use.

    Raises CityError for an address that is none, of a database that is neither of the two, or whose driver is not installed."""

    def __init__(self, address: str) -> None:
        self.url = _url(address)
        self.dialect = DIALECTS[self.url.get_backend_name()]
        if self.dialect.driver == "sqlite" and self.url.database and self.url.database != ":memory:":
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        try:
            self.engine: Engine = create_engine(self.url, pool_pre_ping=self.dialect.driver != "sqlite", hide_parameters=True)
        except ImportError as error:
            raise _unusable("database_driver_missing", "PostgreSQL needs a driver", "Run: pip install 'titian[postgres]'.") from error
        event.listen(self.engine, "connect", self._prepared)

    def sql(self, text: str) -> str:
        """Our SQL marks its parameters with `?`; the same as this driver wants it."""
        return text.replace("?", self.dialect.mark)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction: committed when the block ends well, rolled back when it raises."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        self.engine.dispose()

    def unusable(self, error: Exception) -> CityError:
        """What to say where this database cannot be opened; `error` gives no more than its name, for its text may hold anything."""
        place = URL.create(self.url.get_backend_name(), self.url.username, None, self.url.host, self.url.port, self.url.database)
        fault = type(getattr(error, "orig", None) or error).__name__
        remedy = "Check that it runs, and its host, port, name, user and password."
        return _unusable("database_unusable", f"{place.render_as_string()} cannot be opened ({fault})", remedy)

    def _prepared(self, connection: Any, _record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for statement in self.dialect.settings:
            cursor.execute(statement)
        if self.dialect.driver == "sqlite":
            _write_ahead(cursor)
        cursor.close()
        connection.commit()


def _url(address: str) -> URL:
    remedy = "Write sqlite+aiosqlite:///path or postgresql+asyncpg://user:password@host/name."
    try:
        url = make_url(address)
        dialect = DIALECTS[url.get_backend_name()]
    except (ArgumentError, KeyError, ValueError):
        # Not chained: what could not be read may hold a password.
        raise _unusable("bad_database_url", "this is no address of SQLite or PostgreSQL", remedy) from None
    return url.set(drivername=dialect.driver, query={**dialect.query, **url.query})


def _unusable(code: str, meaning: str, remedy: str) -> CityError:
    return CityError([Problem("TITIAN_DATABASE_URL", 1, code, meaning, remedy)])


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
