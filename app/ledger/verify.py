"""Reading the chain from its beginning: the first entry that was edited, deleted, reordered, or cut off at the end."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection

from app.db import Database
from app.ledger.entry import COLUMNS, GENESIS, chained
from app.ledger.head import Head
from app.ledger.ledger import head

SELECT = f"SELECT {', '.join(COLUMNS)}, hash FROM ledger WHERE seq >= ? AND seq <= ? ORDER BY seq"  # noqa: S608 - our own names
SEQ = COLUMNS.index("seq")
PREVIOUS = COLUMNS.index("previous")
SEGMENT = 5000
END = 2**62


class Verdict(NamedTuple):
    """`bad` is the sequence number of the first entry that is wrong, None where all is well; `why` is a word of ours."""

    entries: int
    bad: int | None
    why: str


def verify(database: Database, public: bytes, *, begin: int = 1, end: int | None = None, kept: Head | None = None) -> Verdict:
    """Reads entries `begin` to `end`; to the very end also against the signed head, and against a head `kept` elsewhere."""
    with database.engine.connect() as connection:
        marks: dict[int, bytes] = {kept.size: kept.hash} if kept is not None else {}
        verdict, seen = _walked(connection, begin, end or END, marks)
    if verdict.bad is not None:
        return verdict
    if kept is not None:
        if not kept.genuine(public):
            return verdict._replace(bad=kept.size, why="kept_head_not_ours")
        if kept.size > verdict.entries + begin - 1 and end is None:
            return verdict._replace(bad=verdict.entries + begin, why="shorter_than_kept_head")
    return verdict if end is not None else _ended(database, public, verdict, begin, seen)


def _ended(database: Database, public: bytes, verdict: Verdict, begin: int, last: bytes) -> Verdict:
    size = verdict.entries + begin - 1
    found = head(database)
    if found is None:
        return verdict if size == 0 else verdict._replace(bad=size, why="head_missing")
    if not found.genuine(public):
        return verdict._replace(bad=found.size, why="head_not_ours")
    if found.size > size:
        return verdict._replace(bad=size + 1, why="cut_off")
    if found.size < size or (size and found.hash != last):
        return verdict._replace(bad=min(found.size + 1, size), why="not_under_head")
    return verdict


def _walked(connection: Connection, begin: int, end: int, marks: dict[int, bytes]) -> tuple[Verdict, bytes]:
    expected, previous = begin, _before(connection, begin)
    cursor: Any = connection.connection.cursor()
    cursor.execute(SELECT, (begin, end))
    while rows := cursor.fetchmany(SEGMENT):
        for row in rows:
            if row[SEQ] != expected:
                return Verdict(expected - begin, expected, "deleted"), previous
            if row[PREVIOUS] != previous:
                return Verdict(expected - begin, expected, "not_chained"), previous
            if chained(row[:-1]) != row[-1]:
                return Verdict(expected - begin, expected, "edited"), previous
            previous = row[-1]
            if expected in marks and marks[expected] != previous:
                return Verdict(expected - begin, expected, "not_the_kept_head"), previous
            expected += 1
    cursor.close()
    return Verdict(expected - begin, None, "whole"), previous


def _before(connection: Connection, begin: int) -> bytes:
    if begin <= 1:
        return GENESIS
    row = connection.exec_driver_sql("SELECT hash FROM ledger WHERE seq = ?", (begin - 1,)).first()
    return bytes(row[0]) if row else GENESIS
