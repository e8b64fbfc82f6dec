"""A new generation of a copy while it is filled: nothing of it is seen until it is published, all of it or nothing."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson
from sqlalchemy.exc import SQLAlchemyError

from app.clock import epoch, now, stamp
from app.store import generation
from app.store.form import Judged
from app.store.replica import Shelf, asked_so
from app.store.standing import Standing, begin, change, standing

BREATH = 0.05
"""Seconds in which those who wait for SQLite's one writer get their turn."""


class LeaseLost(Exception):
    """Another has taken the lease of the system: what was filled is thrown away."""


class Counted(NamedTuple):
    """What a generation holds; `digest` is of all of it."""

    rows: int
    rejected: int
    duplicates: int
    digest: str

    @property
    def accepted(self) -> int:
        return self.rows - self.rejected


class Filling:
    """All methods block: they are called in a thread, each a short transaction, so that evidence is written between them."""

    def __init__(self, shelf: Shelf, owner: str) -> None:
        self.shelf, self.owner = shelf, owner
        self.database = shelf.database
        with self.database.engine.begin() as connection:
            begin(connection, self.database, shelf.system, shelf.contract)
            self.before = standing(connection, self.database, shelf.system, shelf.contract)
        # Never a number that was used before, not even by one who still fills without knowing that its lease has ended.
        self.number = max(int(epoch() * 1000) * 1000 + secrets.randbelow(1000), self.before.generation + 1)
        self.table = self._table(self.number)
        self.rows = self.rejected = 0
        self._digest = blake2b(digest_size=16)
        self._tidied()
        with self.database.engine.begin() as connection:
            generation.create(connection, self.table, shelf.form)

    def _table(self, number: int) -> str:
        return self.before.table(number, kept=self.shelf.kept)

    def _tidied(self) -> None:
        """What fillings left that were killed, and generations that nobody holds any more, are dropped."""
        known = {self._table(self.before.generation), self._table(self.before.previous)}
        for table in generation.tables(self.database, self._table(0)[:-1]):
            if table not in known:
                self._drop(table)

    def _drop(self, table: str) -> None:
        # One that is still read is dropped the next time.
        with suppress(SQLAlchemyError), self.database.engine.begin() as connection:
            generation.drop(connection, table)

    def add(self, rows: Iterable[Judged], *, first: int | None = None) -> None:
        """Rows in the source's order; the first of them is at `first`, or after those that were added before."""
        start = self.rows + 1 if first is None else first
        records = [self.shelf.form.record(ordinal, row) for ordinal, row in enumerate(rows, start)]
        self.rows += len(records)
        self.rejected += sum(record[2] for record in records)
        for record in records:
            self._digest.update(orjson.dumps(record[1:], default=str))
        if records:
            with self.database.engine.begin() as connection:
                generation.fill(connection, self.database, table=self.table, form=self.shelf.form, records=records)

    def index(self) -> None:
        """After the rows, which is many times less to write than beside them. Between two indexes evidence is written."""
        for number in range(len(self.shelf.form.indexed)):
            with self.database.engine.begin() as connection:
                generation.index(connection, self.table, self.shelf.form, number)
            time.sleep(BREATH)

    def counted(self) -> Counted:
        keyed = 'SELECT COUNT(*) - COUNT(DISTINCT "_key") FROM'
        with self.database.engine.connect() as connection:
            found = self.shelf.select(connection, f'{keyed} "{self.table}" WHERE "_rejected" = 0')
        return Counted(self.rows, self.rejected, int(found[0][0]), self._digest.hexdigest())

    def publish(self, made: Counted, *, as_of: datetime, fingerprint: str, due: int) -> None:
        """From one moment to the next, this is what is asked. Where it is what stood before, only its moment is new. Raises LeaseLost."""
        words: dict[str, Any] = {"as_of": stamp(as_of), "fingerprint": fingerprint, "due": due, "last_try": stamp(now()), "last_error": None}
        same = bool(self.before.generation) and self.before.digest == made.digest and asked_so(self.shelf, self.before)
        if not same:
            words |= {
                "generation": self.number,
                "previous": self.before.generation if asked_so(self.shelf, self.before) else 0,
                "previous_as_of": self.before.as_of,
                "form": orjson.dumps(self.shelf.form.shape()).decode(),
                "digest": made.digest,
                "rows": made.rows,
                "rejected": made.rejected,
                "duplicates": made.duplicates,
            }
        with self.database.engine.begin() as connection:
            if not change(connection, self.database, self.before, words, self.owner):
                raise LeaseLost
        self._drop(self.table if same else self._table(self.before.previous))
        self._known()

    def _known(self) -> None:
        """PostgreSQL is told what lies in the new table."""
        if self.shelf.form.dialect == "postgresql":
            with suppress(SQLAlchemyError), self.database.engine.begin() as connection:
                connection.exec_driver_sql(f'ANALYZE "{self.table}"')

    def give_up(self) -> None:
        self._drop(self.table)


def failed(shelf: Shelf, at: Standing, *, reason: str, due: int) -> None:
    """The copy that stands stays; why there is no newer one is kept beside it."""
    with shelf.database.engine.begin() as connection:
        begin(connection, shelf.database, shelf.system, shelf.contract)
        change(connection, shelf.database, at, {"last_error": reason, "last_try": stamp(now()), "due": due})
