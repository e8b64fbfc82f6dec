"""Walking a table page by page: each page begins at the values at which the one before it ended, so nothing is held open between them.

A page ends before rows that its order cannot tell apart (equal values, or none) are torn in two; the next one begins with all of them. So it is
harmless where the columns are not unique, and where rows come and go meanwhile."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from app.adapter.database.link import Link
from app.adapter.database.table import Row, Table
from app.adapter.protocol import Page, Question
from app.errors import BadAnswer, SourceError

SIZE = 1000
TIES = 50_000
"""So many rows with equal values are read at once; more are too many to be told apart."""
WIDER = 8


class Place(NamedTuple):
    """Where a page begins: at these values of the order (none: at its beginning), without the first `skip` rows that have exactly them."""

    values: tuple[Any, ...] = ()
    skip: int = 0

    def written(self) -> str:
        return json.dumps([self.values, self.skip], separators=(",", ":"), default=lambda raw: {"x": raw.hex()})

    @classmethod
    def read(cls, token: str) -> Place:
        """Raises BadAnswer("bad_token")."""
        try:
            values, skip = json.loads(token, object_hook=lambda found: bytes.fromhex(found["x"]))
            if not isinstance(values, list) or type(skip) is not int or not 0 <= skip <= TIES:
                raise BadAnswer("bad_token")
            return cls(tuple(values), skip)
        except (ValueError, TypeError, KeyError) as error:
            raise BadAnswer("bad_token") from error


class Found(NamedTuple):
    """Rows, the values of each in the order, the place of the next page (None: there is none), and how many there are in all, where counted."""

    rows: list[dict[str, Any]]
    keys: list[Row]
    following: Place | None
    total: int | None


@dataclass(frozen=True, slots=True)
class Keyset:
    """One table, walked in pages of `size` rows, `most` of them; `count`: it is counted first, and an end before that is no end."""

    table: Table
    size: int
    most: int
    count: bool

    async def pages(self, question: Question) -> AsyncIterator[Page]:
        """The first failure is raised; a later one ends the reading with its reason."""
        place = Place.read(question.token) if question.token is not None else Place()
        number, first, before, total = 0 if question.token is None else question.page or 0, question.page or 0, 0, None
        while number - first < self.most:
            try:
                found = await self._found(question, place, begun=before > 0, wanted=number >= first)
            except SourceError as error:
                if number <= first:
                    raise
                yield Page([], number, last=True, reason=error.reason)
                return
            before, total = before + len(found.rows), found.total if found.total is not None else total
            if number >= first:
                yield self._page(found, place, number, short=total is not None and before < total)
            if found.following is None:
                if number < first:
                    yield Page([], first)
                return
            place, number = found.following, number + 1
        yield Page([], number, last=True, reason="max_pages")

    def _page(self, found: Found, place: Place, number: int, *, short: bool) -> Page:
        last = found.following is None
        return Page(
            found.rows,
            number,
            last=last,
            total=found.total,
            reason="short_of_total" if last and short else None,
            token=place.written() if place.values else None,
            after=partial(_after, found.keys, place),
        )

    async def _found(self, question: Question, place: Place, *, begun: bool, wanted: bool) -> Found:
        size = min(self.size, question.limit) if question.limit is not None and not begun else self.size
        counted = self.count and not place.values
        return await self.table.database.pool.ask(lambda link: self._read(link, question, place, (max(size, 1), counted, wanted)))

    def _read(self, link: Link, question: Question, place: Place, how: tuple[int, bool, bool]) -> Found:
        size, counted, wanted = how
        table, order = self.table, self.table.order(link, question)
        if place.values and len(place.values) != len(order):
            raise BadAnswer("bad_token")
        total = int(table.rows(link, table.select(link, question.pushed).count())[0][0]) if counted else None
        names = table.names(question) if wanted else ()
        columns = [*names, *(by.column.name for by in order)]
        while True:
            select = table.select(link, question.pushed)
            select.begin(order, place.values)
            limit = size + place.skip + 1
            rows = table.rows(link, select.rows(columns, order, limit))
            cut = _cut(rows, [row[len(names) :] for row in rows], place, whole=len(rows) < limit)
            if cut is not None:
                kept, keys, following = cut
                if following is not None and following.values == place.values:
                    raise BadAnswer("repeated_page")
                return Found([dict(zip(names, row, strict=False)) for row in kept], keys, following, total)
            if limit > TIES:
                raise BadAnswer("key_not_unique")
            size *= WIDER


def _cut(rows: list[Row], keys: list[Row], place: Place, *, whole: bool) -> tuple[list[Row], list[Row], Place | None] | None:
    """The rows of a page; None where all of them are alike and more may follow."""
    begin = 0
    while begin < min(place.skip, len(rows)) and keys[begin] == place.values:
        begin += 1
    if whole:
        return rows[begin:], keys[begin:], None
    end = len(rows) - 1
    while end > 0 and keys[end - 1] == keys[-1]:
        end -= 1
    return (rows[begin:end], keys[begin:end], Place(keys[-1])) if end > begin else None


def _after(keys: list[Row], place: Place, index: int) -> str:
    same = index
    while same > 0 and keys[same - 1] == keys[index]:
        same -= 1
    skip = index - same + 1 + (place.skip if same == 0 and keys[index] == place.values else 0)
    return Place(keys[index], skip).written()
