"""A database as a file names it, ready to be connected to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from app.adapter.database.dsn import Dsn
from app.adapter.database.pool import Open, Pool
from app.adapter.database.sqlite import GRAMMAR as SQLITE
from app.adapter.database.sqlite import SqliteLink
from app.adapter.database.table import Database
from app.adapter.egress import Network
from app.adapter.manifest import Connection

CODECS = {"utf-8": "utf-8", "utf8mb4": "utf-8", "latin1": "latin-1", "cp1252": "cp1252"}


class Terms(NamedTuple):
    """How a database is read: what its text is written in, seconds for one statement, the file of the CA that vouches for a server."""

    charset: str
    seconds: float
    ca: str | None = None


def database(dsn: Dsn, connection: Connection, terms: Terms, *, ceiling: tuple[Network, ...], folder: Path) -> Database:
    """Nothing is opened before the first question. The path of a SQLite file begins in `folder` where it does not begin with /."""
    codec = CODECS[terms.charset]

    async def opener() -> Open:
        return lambda: SqliteLink(folder.absolute() / dsn.name, codec, terms.seconds)

    return Database(replace(SQLITE, codec=None if codec == "utf-8" else codec), Pool(connection, opener))
