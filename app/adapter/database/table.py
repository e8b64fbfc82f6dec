"""What one resource reads of a database: its rows, its columns, and the statements for one question."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.adapter.database.column import Column, by_name
from app.adapter.database.link import Link
from app.adapter.database.pool import Pool
from app.adapter.database.statement import By, Grammar, Select
from app.adapter.manifest import Resource
from app.adapter.mapping import steps
from app.adapter.protocol import Pushed, Question
from app.errors import BadAnswer

Row = tuple[Any, ...]
SAME = 1000
"""So many rows with one key are looked at."""
SPELT = frozenset({"text", "any", "affine", "number", "other"})
"""Types whose values are told apart by their text; dates and booleans are written in several ways."""


@dataclass(frozen=True, slots=True)
class Database:
    """One database: how it writes things, and the connections to it."""

    grammar: Grammar
    pool: Pool = field(repr=False)


def column_of(path: str) -> str:
    """The column that a path of the map begins with: `['No. KK']` is the column `No. KK`."""
    return next(iter(steps(path)), path)


@dataclass(slots=True)
class Table:
    """`name` is a table or view with its schema before it; where there is none, `query` is read. `wanted` are the columns of the map."""

    database: Database
    name: tuple[str, ...] | None
    query: str | None
    where: str | None
    wanted: tuple[str, ...]
    by: tuple[str, ...]
    others: tuple[str, ...]
    _known: Mapping[str, Column] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, database: Database, resource: Resource, *, name: tuple[str, ...] | None, query: str | None, where: str | None) -> Table:
        """The columns are those that the file names, and no others are ever read or compared."""
        paths = [rule.source for rule in resource.rules().values() if rule.source is not None]
        wanted = _each(path for source in paths for path in ((source,) if isinstance(source, str) else source))
        pushed = _each(rule.param for rules in resource.push.values() for rule in rules if rule.param is not None)
        return cls(database, name, query, where, wanted, _each(resource.page.by), pushed)

    @property
    def source(self) -> str:
        grammar = self.database.grammar
        return grammar.name(*self.name) if self.name else f"({grammar.literal(self.query or '')})"

    def columns(self, link: Link) -> Mapping[str, Column]:
        """What the columns are; asked once, and again after a statement that failed."""
        if self._known is None:
            names = tuple(dict.fromkeys((*self.wanted, *self.by, *self.others)))
            self._known = by_name(link.columns(self.source, self.name, names))
        return self._known

    def names(self, question: Question) -> tuple[str, ...]:
        """The columns that are needed, of those that there are."""
        asked = _each(question.fields)
        return tuple(name for name in self.wanted if name in asked) or self.wanted

    def order(self, link: Link, question: Question) -> list[By]:
        """The order that is asked for; else the one in which the database is walked most easily."""
        columns = self.columns(link)
        if question.sort:
            return [By(columns[column_of(name)], descending, plain=False) for name, descending in question.sort]
        return [By(columns[name]) for name in self.by]

    def select(self, link: Link, pushed: Iterable[Pushed]) -> Select:
        """What a question is narrowed to."""
        made = Select(self.database.grammar, self.source, self.columns(link), self.where)
        for one in pushed:
            made.push(one._replace(param=column_of(one.param)))
        return made

    async def read(self, question: Question, limit: int) -> list[dict[str, Any]]:
        """At most `limit` rows, in one piece."""
        return await self.database.pool.ask(lambda link: self._read(link, question, limit))

    async def one(self, key: Mapping[str, str]) -> list[dict[str, Any]]:
        """The rows in which these columns have these texts. A database may find more than what is equal (7 for `007`, `a` for `A`)."""
        rows = await self.read(Question(pushed=tuple(Pushed(name, (text,)) for name, text in key.items())), SAME)
        told = {name: _spelt(text) for name, text in key.items() if self._known is None or self._known[name].type in SPELT}
        return [row for row in rows if all(_spelt(row[name]) == text for name, text in told.items())]

    def _read(self, link: Link, question: Question, limit: int) -> list[dict[str, Any]]:
        names, order = self.names(question), self.order(link, question)
        select = self.select(link, question.pushed)
        return [dict(zip(names, row, strict=True)) for row in self.rows(link, select.rows(names, order, limit))]

    def rows(self, link: Link, statement: tuple[str, Sequence[Any]]) -> list[Row]:
        try:
            return link.rows(*statement)
        except BadAnswer:
            self._known = None
            raise


def _each(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(column_of, paths)))


def _spelt(value: Any) -> str:
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return " ".join(unicodedata.normalize("NFC", text).split())
