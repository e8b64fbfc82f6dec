"""A PostgreSQL server, asked in transactions that only read."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.postgres import types

from app.adapter.database.column import Column, Type, decoded, number_of
from app.adapter.database.link import Spot
from app.adapter.database.statement import Grammar
from app.errors import BadAnswer, Refused, SourceError, Throttled, Unreachable

GRAMMAR = Grammar(
    '"', "%s", nulls_first=False, code_points='({} COLLATE "C")', text="CAST({} AS text)", native_text=True, raw="convert_from(%s, 'SQL_ASCII')"
)
ENCODINGS = {"utf-8": "UTF8", "utf8mb4": "UTF8", "latin1": "LATIN1", "cp1252": "WIN1252"}
CODECS = {"latin1": "latin-1", "cp1252": "cp1252"}
KNOWN: dict[str, Type] = {
    "int2": "number", "int4": "number", "int8": "number", "numeric": "number", "float8": "number", "float4": "inexact",
    "text": "text", "varchar": "text", "bpchar": "text", "name": "text",
    "date": "date", "timestamp": "moment", "timestamptz": "instant", "bool": "boolean",
}  # fmt: skip
LOADED = frozenset({"int2", "int4", "int8", "oid", "float4", "float8", "bool", "json", "jsonb", "bytea", "record"})
"""Types that psycopg turns into what a lens reads; all others are taken as the text that the server sends: a date may be `infinity`."""
STATES = {
    "57014": Unreachable("timeout"), "55P03": Throttled("database_busy"), "53300": Throttled("too_many_connections"),
    "57P03": Unreachable("refused_connection"),
"42501": Refused("no_permission"), "40001": Throttled("database_busy"), "40P01": Throttled("database_busy"),
}  # fmt: skip
NO_FILE = "/dev/null/none"
"""A path at which nothing can be: libpq would look for files of the account that the gateway runs as."""
FATAL = re.compile(r"FATAL|password|authentication", re.IGNORECASE)
FULL = re.compile(r"too many (?:clients|connections)|connection slots|starting up|shutting down", re.IGNORECASE)
TLS = re.compile(r"SSL|certificate|TLS")


class PostgresLink:
    """One connection to the pinned address of a server; its name is kept for TLS, which `ca` demands."""

    def __init__(self, spot: Spot) -> None:
        self._codec = CODECS.get(spot.charset, "utf-8")
        self._begin = (
            f"BEGIN TRANSACTION READ ONLY; SET LOCAL statement_timeout = {max(1, int(spot.seconds * 1000))}; "
            "SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL bytea_output = 'hex'"
        )
        try:
            self._connection = psycopg.connect(autocommit=True, prepare_threshold=None, **_terms(spot))
        except psycopg.Error as error:
            raise _refusal(error) from error
        _loaders(self._connection, self._codec)
        try:
            if spot.charset not in CODECS and self._connection.info.parameter_status("server_encoding") == "SQL_ASCII":
                # Such a server keeps whatever bytes it was given, and would refuse a whole page for one that is not UTF-8.
                self._connection.execute("SET client_encoding = 'SQL_ASCII'")
            self._connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        except psycopg.Error as error:
            self.close()
            raise _word(error) from error

    def rows(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        return self._asked(statement, values).fetchall()

    def _asked(self, statement: str, values: Sequence[Any]) -> psycopg.Cursor[Any]:
        try:
            self._connection.execute(self._begin)
            cursor = self._connection.execute(statement.encode(), list(values))
            self._connection.execute("ROLLBACK")
        except (psycopg.Error, UnicodeError) as error:
            raise _word(error) from error
        return cursor

    def columns(self, source: str, table: tuple[str, ...] | None, names: Sequence[str]) -> list[Column]:
        wanted = ", ".join(GRAMMAR.column(name) for name in names)
        shown = self._asked(f"SELECT {wanted} FROM {source} AS titian LIMIT 0", ()).description or []  # noqa: S608 - names are quoted
        filled = set()
        if table:
            asked = "SELECT attname::text FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass(%s) AND attnotnull"
            filled = {row[0] for row in self.rows(asked, [GRAMMAR.name(*table).replace("%%", "%")])}
        return [Column(name, _type(one.type_code), name not in filled) for name, one in zip(names, shown, strict=True)]

    def stop(self) -> None:
        with suppress(psycopg.Error):
            self._connection.cancel_safe(timeout=2.0)
        with suppress(psycopg.Error, OSError), socket.socket(fileno=os.dup(self._connection.pgconn.socket)) as same:
            same.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._connection.close()


def _terms(spot: Spot) -> dict[str, Any]:
    """Nothing is taken from files or from the environment of the gateway."""
    dsn = spot.dsn
    tls = {"sslmode": "verify-full", "sslrootcert": spot.ca} if spot.ca else {"sslmode": "prefer", "sslrootcert": NO_FILE}
    alive = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2, "tcp_user_timeout": int(spot.seconds + 5) * 1000}
    return {
        "host": dsn.host, "hostaddr": spot.address, "port": dsn.port, "user": dsn.user, "password": dsn.password, "dbname": dsn.name,
        "client_encoding": ENCODINGS[spot.charset], "connect_timeout": 3, "application_name": "titian", "passfile": NO_FILE,
        "gssencmode": "disable", "options": "", "target_session_attrs": "any", **tls, **alive,
    }  # fmt: skip


def _loaders(connection: psycopg.Connection[Any], codec: str) -> None:
    class Text(Loader):
        def load(self, data: Buffer) -> Any:
            return decoded(bytes(data), codec)

    class Instant(Loader):
        """PostgreSQL leaves the minutes of an offset out where they are none; ISO 8601 as we read it does not."""

        def load(self, data: Buffer) -> Any:
            text = bytes(data).decode()
            return f"{text}:00" if text[-3:-2] in ("+", "-") and text[-2:].isdigit() and ":" in text else text

    class Number(Loader):
        def load(self, data: Buffer) -> Any:
            return number_of(bytes(data).decode())

    for one in types:
        if one.name not in LOADED:
            own: dict[str, type[Loader]] = {"numeric": Number, "timestamptz": Instant}
            connection.adapters.register_loader(one.oid, own.get(one.name, Text))
    connection.adapters.register_loader(0, Text)


def _type(oid: int) -> Type:
    known = types.get(oid)
    return KNOWN.get(known.name, "other") if known is not None else "other"


def _refusal(error: psycopg.Error) -> SourceError:
    """Why no connection was made: libpq has no code for it, only its own words, which stay here."""
    said = str(error)
    if isinstance(error, psycopg.errors.ConnectionTimeout):
        return Unreachable("timeout", sent=False)
    if FULL.search(said):
        return Throttled("too_many_connections")
    if FATAL.search(said):
        return Refused("login_failed")
    return Unreachable("tls" if TLS.search(said) else "refused_connection", sent=False)


def _word(error: Exception) -> SourceError:
    state = getattr(error, "sqlstate", None)
    known = STATES.get(state or "")
    if known is not None:
        return type(known)(known.reason)
    if state is None or state[:2] in ("08", "57"):
        return Unreachable("dropped") if isinstance(error, psycopg.OperationalError) else BadAnswer("bad_query")
    return BadAnswer("bad_query")
