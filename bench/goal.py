"""The goals, each computed from the rows of one run and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from bench import kept, rows
from bench.rig import Result, Row

MEMORY = 120
TIE = 0.8
"""Two rates that differ by less than a fifth are a tie on a virtual machine."""
UNKNOWN = "-"


class Book:
    """The rows of a run, by what they are."""

    def __init__(self, there: Sequence[Row]) -> None:
        self.rows = there
        self._by = {(row.shape, row.name, row.connections): row.result for row in there}

    def at(self, shape: str, name: str, connections: int = 32) -> Result:
        """Raises KeyError where it was not measured."""
        return self._by[shape, name, connections]

    def ratio(self, shape: str, name: str, against: str) -> float:
        return self.at(shape, name).rate / self.at(shape, against).rate


def told(missing: object) -> str:
    return ", ".join(map(str, missing)) if isinstance(missing, tuple) else str(missing)


class Goal(NamedTuple):
    """`value` is at least `bound`, or with `most` at most; `form` says how it is written."""

    text: str
    value: Callable[[Book], float]
    bound: float
    most: bool = False
    form: str = "{:.2f} x"

    def verdict(self, book: Book) -> tuple[str, str]:
        try:
            value = self.value(book)
        except KeyError as error:
            return UNKNOWN, f"not measured: {told(error.args[0])}"
        met = value <= self.bound if self.most else value >= self.bound
        return self.form.format(value), "met" if met else "**missed**"


def against(text: str, shape: str, name: str, bound: float) -> Goal:
    return Goal(f"{text} >= {bound:g} x {name}", lambda book: book.ratio(shape, rows.TITIAN, name), bound)


def evidence(shape: str) -> Goal:
    text = f"evidence costs <= 15 % of the answers a second: {shape}"
    return Goal(text, lambda book: 100 * (1 - book.ratio(shape, rows.TITIAN, rows.WITHOUT)), 15, True, "{:.1f} %")


def merging(book: Book, shape: str) -> float:
    """Microseconds of CPU for each source more."""
    return (book.at(shape, "3 merged").cpu - book.at(shape, "1 merged").cpu) / 2


def flat(database: str) -> Goal:
    small, large = (kept.name_of("copy", database, size) for size in kept.SIZES)

    def value(book: Book) -> float:
        first = book.at(kept.PLACES[0], small).rate
        return min(book.at(place, large).rate / first for place in kept.PLACES)

    return Goal(
        f"a page of a copy ({database}) is flat: {kept.SIZES[1]:,} rows, first or deep, >= {TIE} x the first of {kept.SIZES[0]:,}", value, TIE
    )


def heaviest(book: Book) -> float:
    """MB of one worker, the most that any row of ours shows; the city of 500 systems stands in its own row."""
    peers = {rows.NGINX, rows.FASTIFY, rows.EXPRESS, rows.EXPRESS_JWT, rows.ENVOY, rows.TEXTBOOK, rows.WITHOUT, "500 systems"}
    ours = {row.name: row.result.memory / (2 if row.name == rows.workers_name(2) else 1) for row in book.rows if row.name not in peers}
    if not ours:
        raise KeyError("no row of ours")
    return max(ours.values())


GOALS = (
    against("one record", rows.RECORD, rows.FASTIFY, 0.5),
    against("one record", rows.RECORD, rows.ENVOY, 0.5),
    against("one record", rows.RECORD, rows.EXPRESS_JWT, 4),
    against("one record", rows.RECORD, rows.TEXTBOOK, 25),
    against("list of 100, nothing recognised,", rows.FRESH, rows.TEXTBOOK, 8),
    against("list of 100, nothing recognised,", rows.FRESH, rows.EXPRESS, 0.5),
    against("list of 100, recognised,", rows.RECOGNISED, rows.TEXTBOOK, 8),
    against("list of 100, recognised,", rows.RECOGNISED, rows.EXPRESS, 0.5),
    Goal("p99 at a source of 20 ms <= 1.3 x nginx", lambda book: book.at(rows.SLOW, rows.TITIAN).p99 / book.at(rows.SLOW, rows.NGINX).p99, 1.3, True),
    evidence(rows.RECORD),
    evidence(rows.RECOGNISED),
    evidence(rows.FRESH),
    Goal("500 systems >= 0.95 x 5 systems", lambda book: book.ratio(rows.CITY, "500 systems", "5 systems"), 0.95),
    Goal("each source merged into one record <= 20 us CPU more", lambda book: merging(book, rows.MERGED_RECORD), 20, True, "{:.0f} us"),
    Goal("each source merged into a list <= 20 us CPU more a record", lambda book: merging(book, rows.MERGED_LIST) / 100, 20, True, "{:.1f} us"),
    Goal("two workers >= 1.7 x one, list", lambda book: book.ratio(rows.BOTH_CORES, rows.workers_name(2), rows.workers_name(1)), 1.7),
    flat(kept.SQLITE),
    flat(kept.POSTGRESQL),
    Goal(f"<= {MEMORY} MB for a worker, under load, in every row but that of 500 systems", heaviest, MEMORY, True, "{:.0f} MB"),
)
