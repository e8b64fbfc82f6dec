"""A SQLite file, opened to be read and for nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from stat import S_ISREG
from typing import Any
from urllib.parse import quote

from app.adapter.database.column import Column, Type, decoded
from app.adapter.database.statement import Grammar
from app.clock import monotonic
from app.errors import BadAnswer, Refused, SourceError, Throttled, Unreachable

GRAMMAR = Grammar('"', "?", nulls_first=True, code_points="{} COLLATE BINARY", text="CAST({} AS TEXT)", native_text=False, raw="CAST(? AS TEXT)")
STEPS = 10_000
"""So many steps of SQLite's machine between two looks at the clock."""
LARGEST = 1_000_000
"""Bytes of one value."""


class SqliteLink:
    """`codec`: what the bytes of text are, where an old application wrote other than UTF-8."""

    def __init__(self, path: Path, codec: str, seconds: float) -> None:
        self._codec, self._seconds = codec, seconds
        self._path, self._file = path, _file(path)
        if self._file is None:
            raise Unreachable("no_file", sent=False)
        try:
            uri = f"file:{quote(str(path))}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True, timeout=min(seconds, 2.0), isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise _word(error) from error
        self._connection.text_factory = lambda raw: decoded(raw, codec)
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST)
        self._stopped = False
        try:
            for pragma in ("query_only = ON", "trusted_schema = OFF"):
                self._connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error as error:
            self.close()
            raise _word(error) from error

    def rows(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        if _file(self._path) != self._file:
            # Put in place of the one that was opened, which is still there for who has it open.
            raise Unreachable("dropped")
        until = monotonic() + self._seconds
        self._connection.set_progress_handler(lambda: self._stopped or monotonic() > until, STEPS)
        try:
            return self._connection.execute(statement, [self._sent(value) for value in values]).fetchall()
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            raise _word(error) from error

    def _sent(self, value: Any) -> Any:
        """SQLite has no exact decimals: what it keeps is the nearest double."""
        plain = value is None or isinstance(value, str | float | bytes) or (isinstance(value, int) and abs(value) < 2**63)
        return value if plain else float(value)

    def columns(self, source: str, table: tuple[str, ...] | None, names: Sequence[str]) -> list[Column]:
        found = self._declared(table) if table else {}
        return [Column(name, *found.get(name.lower(), ("any", True))) for name in names]

    def _declared(self, table: tuple[str, ...]) -> dict[str, tuple[Type, bool, bool]]:
        schema = f"{GRAMMAR.name(table[0])}." if len(table) > 1 else ""
        rows = self.rows(f"PRAGMA {schema}table_info({GRAMMAR.name(table[-1])})", ())
        keys = sum(bool(row[5]) for row in rows)
        return {str(row[1]).lower(): (_type(str(row[2])), not row[3], bool(row[5]) and keys == 1) for row in rows}

    def stop(self) -> None:
        self._stopped = True

    def close(self) -> None:
        self._connection.close()


def _file(path: Path) -> tuple[int, int] | None:
    """Which file this is; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if S_ISREG(found.st_mode) else None


def _type(declared: str) -> Type:
    """By the rules of affinity (https://sqlite.org/datatype3.html, 3.1); dates are text under any name."""
    name = declared.upper()
    if "INT" in name:
        return "affine"
    if any(word in name for word in ("CHAR", "CLOB", "TEXT", "DATE", "TIME")):
        return "text"
    return "any" if "BLOB" in name or not name else "affine"


def _word(error: Exception) -> SourceError:
    """What SQLite says never leaves this function; its code tells enough."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Throttled("database_busy")
    if code == sqlite3.SQLITE_INTERRUPT:
        return Unreachable("timeout")
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return Refused("file_permission")
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT):
        return BadAnswer("not_a_database")
    return BadAnswer("too_large" if code == sqlite3.SQLITE_TOOBIG else "bad_query")
