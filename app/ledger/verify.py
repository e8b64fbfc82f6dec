"""Reading the chain from its beginning: the first entry that was edited, deleted, reordered, or cut off at the end."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, NamedTuple

from sqlalchemy import Connection

from app.db import Database
from app.ledger.head import Head, standing
from app.ledger.walk import HASH, Fault, Walk, Way, walked, walked_apart

PART = 20_000
"""Entries that one process reads at a time; a ledger of few parts is read in this process alone."""
MOST_PARTS = 64
END = 2**62
FEW = 4


class Verdict(NamedTuple):
    """`bad` is the sequence number of the first entry that is wrong, None where all is well; `why` is a word of ours."""

    entries: int
    bad: int | None
    why: str


def verify(database: Database, public: bytes, *, begin: int = 1, end: int | None = None, kept: Head | None = None, part: int = PART) -> Verdict:
    """Reads entries `begin` to `end`; to the very end also against the signed head. A head `kept` elsewhere is always compared.

    Long ledgers are read in parts of at least `part` entries, by as many processes as there are cores."""
    with database.engine.connect() as connection:
        # One snapshot: entries that a running gateway writes meanwhile are not taken for a chain that does not fit its head.
        connection.exec_driver_sql(database.dialect.snapshot)
        reader = Reader(database, connection)
        walk = reader.walk(begin, reader.longest(end), part)
        faults = [walk.fault, reader.beside_kept(public, kept)]
        if end is None and walk.fault is None:
            faults.append(_under_head(standing(connection.exec_driver_sql), public, begin + walk.entries - 1, walk))
    bad = min((fault for fault in faults if fault is not None), default=None)
    return Verdict(walk.entries, None, "whole") if bad is None else Verdict(walk.entries, *bad)


class Reader:
    """The chain as it stands in one snapshot of the database."""

    def __init__(self, database: Database, connection: Connection) -> None:
        self._connection, self._sql = connection, database.sql
        dialect = database.engine.dialect
        place, options = dialect.create_connect_args(database.url)
        # The dialect's own adapters only serve SQLAlchemy, and cannot be sent to another process.
        options.pop("context", None)
        module: Any = dialect.dbapi
        self._way = Way(module.__name__, tuple(place), tuple(options.items()), database.dialect.cursor, database.dialect.mark)

    def longest(self, end: int | None) -> int:
        """The last number there is, up to and with `end`; 0 where there is none."""
        sql = self._sql("SELECT coalesce(max(seq), 0) FROM ledger WHERE seq <= ?")
        return int(self._connection.exec_driver_sql(sql, (END if end is None else end,)).scalar_one())

    def walk(self, begin: int, end: int, part: int) -> Walk:
        """Entries never change once they are written, so other processes need not share this snapshot: up to `end` they see the same."""
        size = max(part, -(-(end + 1 - begin) // MOST_PARTS))
        parts = [(start, min(end, start + size - 1)) for start in range(begin, end + 1, size)]
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        driver = self._connection.connection.driver_connection
        if len(parts) < FEW or cores == 1:
            return walked(driver, self._way, begin, end)
        with ProcessPoolExecutor(cores - 1, get_context("spawn")) as pool:
            apart = [pool.submit(walked_apart, self._way, *bounds) for bounds in parts]
            # From the back this process takes what none of the others has begun.
            last_first = reversed([*zip(parts, apart, strict=True)])
            walks = [walked(driver, self._way, *bounds) if one.cancel() else one.result() for bounds, one in last_first]
        return _joined(begin, walks[::-1])

    def beside_kept(self, public: bytes, kept: Head | None) -> Fault | None:
        """A head kept elsewhere names one entry and its hash, wherever the walk went."""
        if kept is None:
            return None
        if not kept.genuine(public):
            return Fault(kept.size, "kept_head_not_ours")
        row = self._connection.exec_driver_sql(self._sql(HASH), (kept.size,)).fetchone()
        if row is None:
            return Fault(self.longest(kept.size) + 1, "shorter_than_kept_head")
        return None if row[0] == kept.hash else Fault(kept.size, "not_the_kept_head")


def _joined(begin: int, walks: list[Walk]) -> Walk:
    """Neighbouring walks as one: it ends where the first of them was stopped."""
    for walk in walks:
        if walk.fault is not None:
            return Walk(walk.fault.bad - begin, walk.last, walk.fault)
    return Walk(sum(walk.entries for walk in walks), walks[-1].last, None)


def _under_head(found: Head | None, public: bytes, size: int, walk: Walk) -> Fault | None:
    """Whether the signed head names the last entry, number `size`."""
    if found is None:
        return Fault(size, "head_missing") if size else None
    if not found.genuine(public):
        return Fault(found.size, "head_not_ours")
    if found.size > size:
        return Fault(size + 1, "cut_off")
    if found.size < size:
        return Fault(found.size + 1, "not_under_head") if walk.entries else None
    return None if found.hash == walk.last else Fault(size, "not_under_head")
