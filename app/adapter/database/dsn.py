"""Where a database is: one line of a system's file, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import PurePosixPath

KINDS = {"sqlite": "sqlite", "postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql"}
DRIVERS = {"postgresql": ("psycopg", "postgres"), "mysql": ("pymysql", "sql-mysql")}
"""The library that speaks to a server, and the extra that brings it."""
PORTS = {"postgresql": 5432, "mysql": 3306}
HOST = re.compile(r"(?P<host>[A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?")
NAME = re.compile(r"[A-Za-z0-9_$.-]+")


@dataclass(frozen=True, slots=True)
class Dsn:
    """`kind` is sqlite, postgresql or mysql; `name` the database, or the path of a SQLite file."""

    kind: str
    name: str = field(repr=False)
    host: str = ""
    port: int = 0
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def read(cls, text: str) -> Dsn:
        """Raises ValueError, in sentences that hold nothing of the text.

        User and password stand as they are, nothing in them is percent-decoded: a secret was put in as it is, whatever its characters."""
        scheme, separator, rest = text.partition("://")
        kind = KINDS.get(scheme)
        if kind is None or not separator or any(ord(one) < 32 for one in text):
            raise ValueError("a dsn begins with sqlite:///, postgresql://, mysql:// or mariadb://")
        return cls(kind, _path(rest)) if kind == "sqlite" else _of_server(kind, rest)

    def driver(self) -> None:
        """Raises ValueError where the library for this database is not installed."""
        library, extra = DRIVERS.get(self.kind, ("sqlite3", ""))
        if find_spec(library) is None:
            raise ValueError(f"it needs {library}: pip install 'titian[{extra}]'")


def _of_server(kind: str, rest: str) -> Dsn:
    account, _, place = rest.rpartition("@")
    where, _, name = place.partition("/")
    found = HOST.fullmatch(where)
    if found is None or not NAME.fullmatch(name):
        raise ValueError(f"write {kind}://user:$SECRET@host:port/database: a host by name or address, no options, no socket path")
    user, _, password = account.partition(":")
    if not user:
        raise ValueError("the dsn names no user")
    port = int(found["port"] or PORTS[kind])
    if not 0 < port < 65536:
        raise ValueError("the port lies between 1 and 65535")
    return Dsn(kind, name, found["host"].strip("[]"), port, user, password)


def _path(rest: str) -> str:
    if not rest.startswith("/") or rest == "/" or rest.endswith("/"):
        raise ValueError("write sqlite:///file.db (in the city's folder) or sqlite:////folder/file.db")
    path = rest[1:]
    if ".." in PurePosixPath(path).parts:
        raise ValueError("the path of a SQLite file does not climb: write it from the city's folder, or from /")
    return path
