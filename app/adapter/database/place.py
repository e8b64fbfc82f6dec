"""A database as a file names it, ready to be connected to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import NamedTuple

from app.adapter.database.dsn import Dsn
from app.adapter.database.link import Link, Spot
from app.adapter.database.pool import Open, Pool
from app.adapter.database.sqlite import GRAMMAR as SQLITE
from app.adapter.database.sqlite import SqliteLink
from app.adapter.database.statement import Grammar
from app.adapter.database.table import Database
from app.adapter.egress import Forbidden, Network, Pinned
from app.adapter.manifest import Connection
from app.errors import Refused, Unreachable

CODECS = {"utf-8": "utf-8", "utf8mb4": "utf-8", "latin1": "latin-1", "cp1252": "cp1252"}


class Terms(NamedTuple):
    """How a database is read: what its text is written in, seconds for one statement, the file of the CA that vouches for a server."""

    charset: str
    seconds: float
    ca: str | None = None


def database(dsn: Dsn, connection: Connection, terms: Terms, *, ceiling: tuple[Network, ...], folder: Path) -> Database:
    """Nothing is opened before the first question. The path of a SQLite file begins in `folder` where it does not begin with /."""
    if dsn.kind == "sqlite":
        return _file(folder.absolute() / dsn.name, connection, terms)
    resolver = Pinned(tuple(ip_network(text) for text in connection.networks), ceiling)
    grammar, link = _server(dsn.kind)

    async def opener() -> Open:
        spots = [Spot(dsn, address, terms.charset, terms.seconds, terms.ca) for address in await _addresses(resolver, dsn)]
        return lambda: _first(link, spots)

    return Database(grammar, Pool(connection, opener))


def _file(path: Path, connection: Connection, terms: Terms) -> Database:
    codec = CODECS[terms.charset]

    async def opener() -> Open:
        return lambda: SqliteLink(path, codec, terms.seconds)

    return Database(replace(SQLITE, codec=None if codec == "utf-8" else codec), Pool(connection, opener))


def _server(kind: str) -> tuple[Grammar, Callable[[Spot], Link]]:
    """A driver is loaded only where it is used: it may not be installed."""
    if kind == "postgresql":
        from app.adapter.database import postgres

        return postgres.GRAMMAR, postgres.PostgresLink
    from app.adapter.database import mysql

    return mysql.GRAMMAR, mysql.MysqlLink


async def _addresses(resolver: Pinned, dsn: Dsn) -> list[str]:
    try:
        return await resolver.addresses(dsn.host, dsn.port)
    except Forbidden as error:
        raise Refused("address_not_allowed") from error
    except (OSError, UnicodeError) as error:
        raise Unreachable("dns", sent=False) from error


def _first(link: Callable[[Spot], Link], spots: list[Spot]) -> Link:
    """The first address of a name at which somebody is there."""
    for spot in spots[:-1]:
        try:
            return link(spot)
        except Unreachable as error:
            if error.sent:
                raise
    return link(spots[-1])
