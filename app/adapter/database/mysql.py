"""A MySQL or MariaDB server, asked in transactions that only read."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pymysql
from pymysql.constants import FIELD_TYPE, FLAG
from pymysql.converters import encoders

from app.adapter.database.column import Column, Type, decoded, number_of
from app.adapter.database.link import Spot
from app.adapter.database.statement import Grammar
from app.errors import BadAnswer, Refused, SourceError, Throttled, Unreachable

GRAMMAR = Grammar(
    "`",
    "%s",
    nulls_first=True,
    code_points="CAST(CONVERT({} USING utf8mb4) AS BINARY)",
    text="CAST({} AS CHAR)",
    native_text=False,
    code_points_value="CAST(CONVERT(%s USING utf8mb4) AS BINARY)",
    equal="CONVERT({} USING utf8mb4) COLLATE utf8mb4_bin",
    dates="NULLIF({}, 0)",
)
CONNECT = 3.0
BINARY = 63
"""The character set of what is no text."""
ZERO = "0000-00-00"
WHOLE = frozenset({FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG, FIELD_TYPE.INT24, FIELD_TYPE.YEAR})
EXACT = frozenset({FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL})
MOMENTS = frozenset({FIELD_TYPE.DATE, FIELD_TYPE.NEWDATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP})
KNOWN: dict[int, Type] = {
    **dict.fromkeys([*WHOLE, *EXACT, FIELD_TYPE.DOUBLE, FIELD_TYPE.BIT], "number"),
    FIELD_TYPE.FLOAT: "inexact", FIELD_TYPE.DATE: "date", FIELD_TYPE.NEWDATE: "date", FIELD_TYPE.DATETIME: "moment", FIELD_TYPE.TIMESTAMP: "moment",
    FIELD_TYPE.TIME: "other", FIELD_TYPE.JSON: "other",
}  # fmt: skip
CODES: dict[int, SourceError] = {
    **dict.fromkeys((1045, 1044, 1129, 1130, 1251, 1698, 1820, 1862), Refused("login_failed")),
    **dict.fromkeys((1142, 1143, 1227, 1370), Refused("no_permission")),
    **dict.fromkeys((1040, 1203, 1226), Throttled("too_many_connections")),
    **dict.fromkeys((1205, 1213), Throttled("database_busy")),
    **dict.fromkeys((1317, 1969, 3024), Unreachable("timeout")),
    **dict.fromkeys((0, 1053, 1080, 1158, 1159, 1160, 1161, 1927, 2002, 2003, 2006, 2013, 2055, 4031), Unreachable("dropped")),
}
"""Error number of the server or of the driver -> our word. Every other is a statement that cannot be used."""


class MysqlLink:
    """One connection to the pinned address of a server; its name is kept for TLS, which `ca` demands."""

    def __init__(self, spot: Spot) -> None:
        self._spot = spot
        self._codec = "cp1252" if spot.charset in ("latin1", "cp1252") else "utf-8"
        self._connection = self._opened(spot.seconds + 2)
        try:
            self._prepare()
        except SourceError:
            self.close()
            raise

    def _opened(self, seconds: float) -> pymysql.Connection[Any]:
        """Every value comes as bytes: what they mean is decided here, value by value, so that one that is broken is one flaw."""
        dsn, spot = self._spot.dsn, self._spot
        made = pymysql.Connection(
            host=dsn.host, user=dsn.user, password=dsn.password, database=dsn.name, port=dsn.port, defer_connect=True, conv=encoders,
            charset="latin1" if self._codec == "cp1252" else "utf8mb4", use_unicode=False, autocommit=True, program_name="titian",
            ssl=_context(spot.ca), ssl_disabled=spot.ca is None, read_timeout=int(seconds) + 1, write_timeout=int(seconds) + 1,
        )  # fmt: skip
        try:
            made.connect(_socket(spot.address, dsn.port))
        except (pymysql.MySQLError, OSError, UnicodeError) as error:
            raise _word(error) from error
        if spot.ca and not isinstance(made._sock, ssl.SSLSocket):
            made.close()
            raise Unreachable("tls")
        return made

    def _prepare(self) -> None:
        try:
            self._connection.query("SET SESSION TRANSACTION READ ONLY")
        except (pymysql.MySQLError, OSError) as error:
            raise BadAnswer("no_read_only") if _code(error) == 1064 else _word(error) from error
        for variable, value in (("max_statement_time", self._spot.seconds), ("max_execution_time", max(1, int(self._spot.seconds * 1000)))):
            try:
                self._connection.query(f"SET SESSION {variable} = {value}")
            except (pymysql.MySQLError, OSError) as error:
                if _code(error) != 1193:
                    raise _word(error) from error
            else:
                return

    def rows(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        fields, rows = self._asked(statement, values)
        reads = [_reader(field, self._codec) for field in fields]
        return [tuple([None if raw is None else read(raw) for read, raw in zip(reads, row, strict=True)]) for row in rows]

    def _asked(self, statement: str, values: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute("START TRANSACTION READ ONLY")
                cursor.execute(statement, list(values))
                rows, fields = cursor.fetchall(), cursor._result.fields
                self._connection.rollback()
        except (pymysql.MySQLError, OSError, UnicodeError, ValueError) as error:
            raise _word(error) from error
        return fields, rows

    def columns(self, source: str, table: tuple[str, ...] | None, names: Sequence[str]) -> list[Column]:
        wanted = ", ".join(GRAMMAR.column(name) for name in names)
        fields, _ = self._asked(f"SELECT {wanted} FROM {source} AS titian LIMIT 0", ())  # noqa: S608 - names are quoted
        return [_column(name, field) for name, field in zip(names, fields, strict=True)]

    def stop(self) -> None:
        """A server does not notice that its client is gone before it has something to send."""
        with suppress(SourceError, pymysql.MySQLError, OSError):
            other = self._opened(2)
            other.query(f"KILL QUERY {self._connection.thread_id()}")
            other.close()
        with suppress(OSError, AttributeError):
            self._connection._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if self._connection.open:
            with suppress(pymysql.MySQLError, OSError):
                self._connection.close()


def _socket(address: str, port: int) -> socket.socket:
    try:
        made = socket.create_connection((address, port), CONNECT)
    except TimeoutError as error:
        raise Unreachable("timeout", sent=False) from error
    except OSError as error:
        raise Unreachable("refused_connection", sent=False) from error
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return made


def _context(ca: str | None) -> ssl.SSLContext | None:
    if ca is None:
        return None
    try:
        context = ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise Unreachable("tls", sent=False) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _column(name: str, field: Any) -> Column:
    """A day that a server writes as zeros is none, whatever the column says of NULL."""
    type_ = KNOWN.get(field.type_code) or ("text" if field.charsetnr != BINARY else "other")
    nullable = type_ in ("date", "moment") or not field.flags & FLAG.NOT_NULL
    return Column(name, type_, nullable, bool(field.flags & (FLAG.PRI_KEY | FLAG.UNIQUE_KEY)))


def _reader(field: Any, codec: str) -> Callable[[bytes], Any]:
    code = field.type_code
    if code in WHOLE:
        return int
    if code in EXACT:
        return lambda raw: number_of(raw.decode())
    if code in (FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE):
        return float
    if code == FIELD_TYPE.BIT:
        return lambda raw: int.from_bytes(raw, "big")
    if code in MOMENTS:
        return _moment
    if code == FIELD_TYPE.JSON:
        return _json
    if code == FIELD_TYPE.TIME:
        return lambda raw: raw.decode()
    return bytes if field.charsetnr == BINARY else lambda raw: decoded(raw, codec)


def _moment(raw: bytes) -> str | None:
    text = raw.decode()
    return None if text.startswith(ZERO) else text


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw


def _code(error: Exception) -> int:
    return error.args[0] if error.args and isinstance(error.args[0], int) else -1


def _word(error: Exception) -> SourceError:
    """What the driver says never leaves this function."""
    cause = getattr(error, "original_exception", error)
    if isinstance(cause, ssl.SSLError):
        return Unreachable("tls", sent=False)
    if isinstance(cause, TimeoutError) or (_code(error) == 2013 and isinstance(error.__cause__ or error.__context__, TimeoutError)):
        return Unreachable("timeout")
    if isinstance(cause, OSError):
        return Unreachable("dropped")
    known = CODES.get(_code(error), BadAnswer("bad_query"))
    return type(known)(known.reason)
