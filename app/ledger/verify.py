"""Reading the chain from its beginning: the first entry that was edited, deleted, reordered, or cut off at the end."""

from __future__ import annotations

from typing import Any, NamedTuple

from app.db import Database
from app.ledger.entry import BLOBS, COLUMNS, GENESIS, NUMBERS, chained
from app.ledger.head import Head, standing

SELECT = f"SELECT {', '.join(COLUMNS)}, hash FROM ledger WHERE seq >= ? AND seq <= ? ORDER BY seq"  # noqa: S608 - our own names
TYPES = (*(int if name in NUMBERS else bytes if name in BLOBS else str for name in COLUMNS), bytes)
SEQ = COLUMNS.index("seq")
PREVIOUS = COLUMNS.index("previous")
SEGMENT = 5000
END = 2**62


class Verdict(NamedTuple):
    """`bad` is the sequence number of the first entry that is wrong, None where all is well; `why` is a word of ours."""

    entries: int
    bad: int | None
    why: str


class Fault(NamedTuple):
    bad: int
    why: str


class Walk(NamedTuple):
    """How many entries are whole, the hash of the last of them, and what stopped the walk."""

    entries: int
    last: bytes
    fault: Fault | None


def verify(database: Database, public: bytes, *, begin: int = 1, end: int | None = None, kept: Head | None = None) -> Verdict:
    """Reads entries `begin` to `end`; to the very end also against the signed head. A head `kept` elsewhere is always compared."""
    with database.engine.connect() as connection:
        # One snapshot: entries that a running gateway writes meanwhile are not taken for a chain that does not fit its head.
        connection.exec_driver_sql("BEGIN")
        driver = connection.connection.driver_connection
        walk = _walked(driver, begin, end or END)
        faults = [walk.fault, _beside_kept(driver, public, kept)]
        if end is None and walk.fault is None:
            faults.append(_under_head(standing(driver), public, begin + walk.entries - 1, walk))
    bad = min((fault for fault in faults if fault is not None), default=None)
    return Verdict(walk.entries, None, "whole") if bad is None else Verdict(walk.entries, *bad)


def _walked(driver: Any, begin: int, end: int) -> Walk:
    expected, previous = begin, _before(driver, begin)
    rows = driver.execute(SELECT, (begin, end))
    rows.arraysize = SEGMENT
    while segment := rows.fetchmany():
        for row in segment:
            if (why := _wrong(row, expected, previous)) is not None:
                return Walk(expected - begin, previous, Fault(expected, why))
            previous = row[-1]
            expected += 1
    return Walk(expected - begin, previous, None)


def _wrong(row: tuple[Any, ...], expected: int, previous: bytes) -> str | None:
    if row[SEQ] != expected:
        return "deleted"
    # The same bytes as another type hash alike, but are not found by who looks for them.
    if tuple(map(type, row)) != TYPES:
        return "edited"
    if row[PREVIOUS] != previous:
        return "not_chained"
    return None if chained(row[:-1]) == row[-1] else "edited"


def _before(driver: Any, begin: int) -> bytes:
    row = driver.execute("SELECT hash FROM ledger WHERE seq = ?", (begin - 1,)).fetchone()
    return row[0] if row else GENESIS


def _beside_kept(driver: Any, public: bytes, kept: Head | None) -> Fault | None:
    """A head kept elsewhere names one entry and its hash, wherever the walk went."""
    if kept is None:
        return None
    if not kept.genuine(public):
        return Fault(kept.size, "kept_head_not_ours")
    row = driver.execute("SELECT hash FROM ledger WHERE seq = ?", (kept.size,)).fetchone()
    if row is None:
        (longest,) = driver.execute("SELECT coalesce(max(seq), 0) FROM ledger WHERE seq < ?", (kept.size,)).fetchone()
        return Fault(longest + 1, "shorter_than_kept_head")
    return None if row[0] == kept.hash else Fault(kept.size, "not_the_kept_head")


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
