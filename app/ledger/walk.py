"""Walking a part of the chain, by itself and beside other processes that walk other parts. Imports nothing heavy: each process starts with it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib import import_module
from typing import Any, NamedTuple

from app.ledger.entry import BLOBS, COLUMNS, GENESIS, NUMBERS, SIZES, coded

SELECT = f"SELECT {', '.join(COLUMNS)}, hash FROM ledger WHERE seq >= ? AND seq <= ? ORDER BY seq"  # noqa: S608 - our own names
HASH = "SELECT hash FROM ledger WHERE seq = ?"
Known = dict[tuple[Any, ...], tuple[bytes, bytes, bytes]]
TYPES = [*(int if name in NUMBERS else bytes if name in BLOBS else str for name in COLUMNS), bytes]
FETCHED = 1000
"""Rows asked for at once: a driver that keeps a whole answer has no more of them than the processor's cache."""


class Fault(NamedTuple):
    bad: int
    why: str


class Walk(NamedTuple):
    """How many entries are whole, the hash of the last of them, and what stopped the walk."""

    entries: int
    last: bytes
    fault: Fault | None


class Way(NamedTuple):
    """How another process comes to the same database: the driver's module, what it connects with, its words for a cursor, its mark."""

    module: str
    place: tuple[Any, ...]
    options: tuple[tuple[str, Any], ...]
    cursor: tuple[tuple[str, Any], ...]
    mark: str


@cache
def _connected(way: Way) -> Any:
    return import_module(way.module).connect(*way.place, **dict(way.options))


def walked_apart(way: Way, begin: int, end: int) -> Walk:
    """In a process of its own, which keeps its connection for the next part."""
    return walked(_connected(way), way, begin, end)


def walked(driver: Any, way: Way, begin: int, end: int) -> Walk:
    """Entries `begin` to `end`, all of which should be there; `begin` is chained to the entry before it, if there is one."""
    cursor = driver.cursor(**dict(way.cursor))
    row = cursor.execute(HASH.replace("?", way.mark), (begin - 1,)).fetchone()
    last: bytes = row[0] if row else GENESIS
    known: Known = {}
    sql = SELECT.replace("?", way.mark)
    for start in range(begin, end + 1, FETCHED):
        stop = min(end + 1, start + FETCHED)
        whole, last, why = _whole(cursor.execute(sql, (start, stop - 1)), start, last, known)
        if whole < stop:
            return Walk(whole - begin, last, Fault(whole, why))
    return Walk(max(0, end + 1 - begin), last, None)


def _whole(rows: Iterable[tuple[Any, ...]], expected: int, last: bytes, known: Known) -> tuple[int, bytes, str]:
    """The first number that is missing or wrong, the hash of the entry before it, and what is wrong: all in one loop, for it runs a million times."""
    for row in rows:
        (
            version, phase, seq, time, exchange, client, org, pact, purpose, contract, system, action, route, filters,
            subjects, status, sources, asked, answered, duration, before, hash_,
        ) = row  # fmt: skip
        if seq != expected:
            break
        # The same bytes as another type hash alike, but are not found by who looks for them.
        if [*map(type, row)] != TYPES:
            return expected, last, "edited"
        if before != last:
            return expected, last, "not_chained"
        # What is alike in many entries is coded once.
        alike = (version, phase, client, org, pact, purpose, contract, system, action, route, filters, status, sources)
        try:
            first, middle, end = known[alike]
        except KeyError:
            first, middle, end = known[alike] = coded(alike[:2]), coded(alike[2:11]), coded(alike[11:])
        number, time, exchange, took = b"%d" % seq, time.encode(), exchange.encode(), b"%d" % duration
        parts = (
            first, SIZES[len(number)], number, SIZES[len(time)], time, SIZES[len(exchange)], exchange, middle, SIZES[len(subjects)], subjects,
            end, SIZES[len(asked)], asked, SIZES[len(answered)], answered, SIZES[len(took)], took, SIZES[len(before)], before,
        )  # fmt: skip
        if sha256(b"".join(parts)).digest() != hash_:
            return expected, last, "edited"
        last = hash_
        expected += 1
    return expected, last, "deleted"
