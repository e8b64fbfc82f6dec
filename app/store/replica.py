"""A copy as an `Adapter`: it is asked like any other source, in the place of the source that it was taken from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from app.adapter.protocol import Page, Pushed, Question
from app.clock import now
from app.db import Database
from app.errors import BadAnswer, Unreachable
from app.store.condition import Clause, clause, joined
from app.store.form import FLAWS, KEY, ORDINAL, Form
from app.store.generation import listed
from app.store.order import Term, ordered, pieces, terms
from app.store.standing import Standing, moment, standing

PAGE = 1000
"""Rows of a page; of the first no more than are wanted."""
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where one copy lies. `promised`: seconds within which it is renewed; `kept`: it is no copy, the city keeps it here."""

    database: Database
    system: str
    form: Form
    promised: float | None = None
    kept: bool = False

    @property
    def contract(self) -> str:
        return self.form.contract.name

    def select(self, connection: Connection, text: str, values: tuple[Any, ...] = ()) -> list[Any]:
        return list(map(tuple, connection.exec_driver_sql(self.database.sql(text), values)))

    def standing(self, connection: Connection) -> Standing:
        return standing(connection, self.database, self.system, self.contract)


@dataclass(frozen=True, slots=True)
class Held:
    """One generation, and of when it is: a list that was begun with it goes on with it."""

    generation: int
    table: str
    as_of: datetime | None
    stale_since: datetime | None
    unique: bool
    """Whether no key stands twice among its accepted rows, as far as is known."""


def held(shelf: Shelf, connection: Connection, generation: int | None) -> Held:
    """Raises Unreachable where there is no copy yet, BadAnswer("place_gone") where the one that is meant is gone."""
    found = shelf.standing(connection)
    if not found.generation or not asked_so(shelf, found):
        raise Unreachable("not_imported" if shelf.kept else "not_harvested", sent=False)
    if generation not in (None, found.generation, found.previous) or generation == 0:
        raise BadAnswer("place_gone")
    mine = found.generation if generation is None else generation
    as_of = found.as_of if mine == found.generation else found.previous_as_of
    stale = found.stale_since(shelf.promised, now())
    unique = mine == found.generation and found.duplicates == 0
    return Held(mine, found.table(mine, kept=shelf.kept), None if as_of is None else moment(as_of), stale, unique)


def asked_so(shelf: Shelf, found: Standing) -> bool:
    """Whether its tables have every column of the contract, of the same kind, and the same key."""
    there, wanted = found.shape(), shelf.form.shape()
    columns = there.get("columns", {})
    return bool(there.get("key") == wanted["key"]) and all(columns.get(name) == kind for name, kind in wanted["columns"].items())


class _Walk:
    """One question, page by page; every method is called in a thread."""

    def __init__(self, shelf: Shelf, question: Question) -> None:
        self._shelf, self._question = shelf, question
        self._order = terms(question.sort, shelf.form)
        self._where = joined([*(clause(one, shelf.form) for one in question.pushed), *_keyed(question.pushed, shelf.form)], "AND")
        self._held: Held | None = None
        self._last = 0
        self._number = question.page or 0
        self._begun = False
        if question.token is not None:
            generation, _, last = question.token.partition(".")
            if not (generation.isdigit() and last.isdigit()):
                raise BadAnswer("place_gone")
            self._generation, self._last = int(generation), int(last)

    def page(self) -> Page:
        """The next page. The order is total, so that a page begins after the last row of the one before."""
        first, self._begun = not self._begun, True
        with self._shelf.database.engine.connect() as connection:
            if self._held is None:
                self._held = held(self._shelf, connection, None if self._question.token is None else self._generation)
                self._where = self._told_apart(self._held)
            there = self._held
            wanted = min(self._question.limit or PAGE, PAGE) if first else PAGE
            rows = self._rows(connection, there, wanted + 1, skipped=self._number * PAGE if first and self._question.token is None else 0)
            counted = self._counted(connection, there) if first and self._question.count else None
        given = rows[:wanted]
        page = Page(given, self._number, len(rows) <= wanted, None, None, there.as_of, there.stale_since, f"{there.generation}.{self._last}")
        page.after = lambda index: f"{there.generation}.{given[index][0]}"
        page.counted = counted
        self._last = given[-1][0] if given else self._last
        self._number += 1
        return page

    def _rows(self, connection: Connection, there: Held, most: int, *, skipped: int) -> list[Any]:
        if skipped:
            return self._read(connection, there, (self._order, self._where), f"{most} OFFSET {skipped}")
        found: list[Any] = []
        for order, piece in pieces(self._order, self._place(connection, there) if self._last else None):
            if len(found) < most:
                found += self._read(connection, there, (order, joined([self._where, piece], "AND")), str(most - len(found)))
        return found

    def _read(self, connection: Connection, there: Held, piece: tuple[Sequence[Term], Clause], limit: str) -> list[Any]:
        order, where = piece
        chosen = where.sql
        if any(name.startswith("~") for name, _ in self._question.sort):
            # What no index orders is sorted by its narrow columns first: rows are read only of those that are given.
            chosen = f'"{ORDINAL}" IN (SELECT "{ORDINAL}" FROM "{there.table}" WHERE {where.sql} ORDER BY {ordered(order)} LIMIT {limit})'
            limit = limit.partition(" ")[0]
        text = f'SELECT {_columns(self._shelf.form)} FROM "{there.table}" WHERE {chosen} ORDER BY {ordered(order)} LIMIT {limit}'
        return self._shelf.select(connection, text, where.values)

    def _place(self, connection: Connection, there: Held) -> tuple[Any, ...]:
        if len(self._order) == 1:
            return (self._last,)
        names = ", ".join(term.sql for term in self._order)
        found = self._shelf.select(connection, f'SELECT {names} FROM "{there.table}" WHERE "{ORDINAL}" = ?', (self._last,))
        if not found:
            raise BadAnswer("place_gone")
        return tuple(found[0])

    def _told_apart(self, there: Held) -> Clause:
        """Of a key that stands twice the first row is the record. Where the order is another than the source's, or the list was begun before,
        who asks cannot know which is the first, and the others are left out here. Those that are rejected are only counted, and stay."""
        own = self._question.token is None and all(name == KEY for name, _ in self._question.sort)
        if there.unique or own:
            return self._where
        firsts = self._firsts(there)
        return joined([Clause(f"({firsts.sql})", firsts.values), joined([self._where, Clause('"_rejected" = 1')], "AND")], "OR")

    def _firsts(self, there: Held) -> Clause:
        mine = joined([self._where, Clause('"_rejected" = 0')], "AND")
        return Clause(f'"{ORDINAL}" IN (SELECT MIN("{ORDINAL}") FROM "{there.table}" WHERE {mine.sql} GROUP BY "{KEY}")', mine.values)

    def _counted(self, connection: Connection, there: Held) -> int:
        """Keys whose first row has every field that a record must have: as the exchange counts what one source says."""
        required = " AND ".join(f'"{name}" IS NOT NULL' for name in self._shelf.form.contract.required)
        wanted = joined([self._where, Clause('"_rejected" = 0')], "AND") if there.unique else self._firsts(there)
        found = self._shelf.select(connection, f'SELECT COUNT(*) FROM "{there.table}" WHERE {wanted.sql} AND {required}', wanted.values)
        return int(found[0][0])


def _keyed(pushed: Sequence[Pushed], form: Form) -> Iterable[Clause]:
    """Where the whole key is asked for, the index of keys is told. Not of numbers: 5 and 5.0 are equal, and two texts."""
    asked = {one.param: one.values[0] for one in pushed if one.op == "eq" and len(one.values) == 1}
    if all(name in asked and form.columns[name] != "number" for name in form.contract.key):
        yield Clause(f'"{KEY}" = ?', (form.key(asked),))


def _columns(form: Form) -> str:
    return listed((ORDINAL, KEY, FLAWS, *form.fields))


@dataclass(frozen=True, slots=True)
class Replica:
    """A place in a list is the generation and the ordinal of the last row: it holds no value, and costs the same wherever it lies.

    One record is looked for among the rows, by the index of keys: of a key that stands twice all rows are told, as when its source is read."""

    shelf: Shelf = field(repr=False)

    @property
    def has_get(self) -> bool:
        return False

    async def pages(self, question: Question) -> AsyncIterator[Page]:
        walk = _Walk(self.shelf, question)
        page = await _read(walk.page)
        yield page
        while not page.last:
            try:
                page = await _read(walk.page)
            except Unreachable as error:
                page = Page([], page.number + 1, reason=error.reason)
            yield page

    async def one(self, question: Question) -> Page:
        raise BadAnswer("no_get")

    async def close(self) -> None:
        """The database is closed by who opened it."""


async def _read(read: Callable[[], Found]) -> Found:
    try:
        return await asyncio.to_thread(read)
    except SQLAlchemyError as error:
        raise Unreachable("store_unreachable", sent=False) from error
