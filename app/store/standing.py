"""How a copy stands: the row of `replica` that says which table is asked, and the only places where it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection

from app.db import Database
from app.store.generation import stem

COLUMNS = (
    "system", "contract", "generation", "previous", "form", "fingerprint", "digest", "as_of", "previous_as_of", "rows", "rejected", "duplicates",
    "due", "last_try", "last_error",
)  # fmt: skip
READ = f"SELECT {', '.join(COLUMNS)} FROM replica"
ONE = f"{READ} WHERE system = ? AND contract = ?"
BEGIN = f"INSERT INTO replica ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) ON CONFLICT (system, contract) DO NOTHING"
HELD = " AND EXISTS (SELECT 1 FROM lease WHERE lease.system = replica.system AND lease.owner = ?)"


@dataclass(frozen=True, slots=True)
class Standing:
    """One row of `replica`; see there."""

    system: str
    contract: str
    generation: int = 0
    previous: int = 0
    form: str = "{}"
    fingerprint: str = ""
    digest: str = ""
    as_of: str | None = None
    previous_as_of: str | None = None
    rows: int = 0
    rejected: int = 0
    duplicates: int = 0
    due: int = 0
    last_try: str | None = None
    last_error: str | None = None

    @property
    def accepted(self) -> int:
        return self.rows - self.rejected

    def shape(self) -> dict[str, Any]:
        """The columns of its tables, and their key."""
        found: dict[str, Any] = orjson.loads(self.form)
        return found

    def table(self, generation: int, *, kept: bool) -> str:
        return f"{stem(self.system, self.contract, kept=kept)}{generation}"

    def stale_since(self, promised: float | None, now: datetime) -> datetime | None:
        """Since when it is older than promised (seconds); None where it is not, or nothing was promised."""
        if promised is None or self.as_of is None:
            return None
        until = moment(self.as_of) + timedelta(seconds=promised)
        return until if now > until else None


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def every(database: Database) -> dict[tuple[str, str], Standing]:
    with database.engine.connect() as connection:
        return {(row[0], row[1]): Standing(*row) for row in connection.exec_driver_sql(READ)}


def standing(connection: Connection, database: Database, system: str, contract: str) -> Standing:
    """As it is now; of a copy that nobody began, an empty one."""
    row = connection.exec_driver_sql(database.sql(ONE), (system, contract)).fetchone()
    return Standing(system, contract) if row is None else Standing(*row)


def begin(connection: Connection, database: Database, system: str, contract: str) -> None:
    """Makes the row where there is none."""
    empty = Standing(system, contract)
    connection.exec_driver_sql(database.sql(BEGIN), tuple(getattr(empty, name) for name in COLUMNS))


def change(connection: Connection, database: Database, at: Standing, words: Mapping[str, Any], owner: str | None = None) -> bool:
    """Sets columns of the row; where an owner is named, only while it holds the lease of the system. Whether it was done."""
    sets = ", ".join(f"{name} = ?" for name in words)
    text = f"UPDATE replica SET {sets} WHERE system = ? AND contract = ?{HELD if owner else ''}"
    values = (*words.values(), at.system, at.contract, *([owner] if owner else []))
    return connection.exec_driver_sql(database.sql(text), values).rowcount == 1
