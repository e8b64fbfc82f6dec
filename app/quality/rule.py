"""The quality rules of a contract, run over records: each broken one makes a value suspicious, none rejects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from app.contract import nik
from app.contract.contract import Contract, Rule
from app.contract.region import Regions

Record = Mapping[str, Any]


class Day(NamedTuple):
    """Today, and how it is written."""

    date: date
    text: str


MOST_SETS = 1000
Breaks = Callable[[Sequence[Record], Day], int]
"""How many of the records break one rule."""


class Rules:
    """The rules of one contract, compiled once."""

    def __init__(self, contract: Contract, regions: Regions, today: Callable[[], date]) -> None:
        self._rules = [(frozenset(rule.fields), _compiled(rule, regions)) for rule in contract.rules]
        self._today = today
        self._active: dict[frozenset[str], tuple[Breaks, ...]] = {}

    def broken(self, records: Sequence[Record], shown: frozenset[str]) -> int:
        """Counts, over records and the rules all of whose fields are shown, the values that a rule makes suspicious."""
        active = self._active.get(shown)
        if active is None:
            if len(self._active) >= MOST_SETS:
                self._active.clear()
            active = self._active[shown] = tuple(breaks for fields, breaks in self._rules if fields <= shown)
        if not active:
            return 0
        today = self._today()
        day = Day(today, today.isoformat())
        return sum([breaks(records, day) for breaks in active])


def _compiled(rule: Rule, regions: Regions) -> Breaks:
    build = {
        "nik_birth_date": _nik_birth_date,
        "nik_sex": _nik_sex,
        "not_future": _not_future,
        "not_after": _not_after,
        "within_region": _within_region,
    }[rule.name]
    return build(rule, regions)


def _pairs(records: Sequence[Record], one: str, other: str) -> list[tuple[Any, Any]]:
    """Both values of every record that has both."""
    return [(first, second) for record in records if (first := record[one]) is not None and (second := record[other]) is not None]


def _nik_birth_date(rule: Rule, _regions: Regions) -> Breaks:
    number, birth = rule.fields

    def breaks(records: Sequence[Record], today: Day) -> int:
        told = [(nik.birth_date(value, today.date), written) for value, written in _pairs(records, number, birth)]
        # The NIK has no century: two digits of the year, month and day are compared.
        return sum([day is None or day.isoformat()[2:] != written[2:10] for day, written in told])

    return breaks


def _nik_sex(rule: Rule, _regions: Regions) -> Breaks:
    number, sex = rule.fields
    return lambda records, _today: sum([nik.sex(value) != written for value, written in _pairs(records, number, sex)])


def _not_future(rule: Rule, _regions: Regions) -> Breaks:
    (field,) = rule.fields

    def breaks(records: Sequence[Record], today: Day) -> int:
        text = today.text
        return sum([day is not None and day[:10] > text for day in [record[field] for record in records]])

    return breaks


def _not_after(rule: Rule, _regions: Regions) -> Breaks:
    earlier, later = rule.fields
    return lambda records, _today: sum([bool(one > other) for one, other in _pairs(records, earlier, later)])


def _within_region(rule: Rule, _regions: Regions) -> Breaks:
    (field,) = rule.fields
    area = rule.arguments["area"]
    below = area + "."

    def breaks(records: Sequence[Record], _today: Day) -> int:
        return sum([code is not None and code != area and not code.startswith(below) for code in [record[field] for record in records]])

    return breaks
