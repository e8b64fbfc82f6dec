"""The rows of a grant: filters that are added to every question, their values in canonical form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from app.adapter.protocol import Condition
from app.contract.contract import Contract, Property
from app.contract.operator import BOUNDS, OPERATORS, TEXTUAL, fits
from app.contract.text import normal
from app.trust.grammar import Faults

AREA = re.compile(r"\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?", re.ASCII)

Path = tuple[str | int, ...]


def conditions(rows: Mapping[str, Any], contract: Contract, *, at: Path, faults: Faults) -> tuple[Condition, ...]:
    """What can be read of `rows`; the rest is told in `faults`."""
    found = (_condition(name, value, contract, at=(*at, name), faults=faults) for name, value in rows.items())
    return tuple(condition for condition in found if condition is not None)


def _condition(name: str, written: Any, contract: Contract, *, at: Path, faults: Faults) -> Condition | None:
    field, mark, suffix = name.partition("__")
    prop = contract.properties.get(field)
    if prop is None:
        faults.unknown(at, "field", field, contract.properties)
    elif suffix not in OPERATORS or (mark and not suffix):
        faults.unknown(at, "operator", suffix, filter(None, OPERATORS))
    elif not fits(prop, OPERATORS[suffix]):
        faults.add(at, "wrong_operator", f"{name}: this operator is not for a field of this kind", "See docs/reference/agreements.md.")
    else:
        return _read(Condition(field, OPERATORS[suffix], ()), written, prop, at=at, faults=faults)
    return None


def _read(condition: Condition, written: Any, prop: Property, *, at: Path, faults: Faults) -> Condition | None:
    listed = written if isinstance(written, list) else [written]
    read = _area if condition.op == "within" else _text if condition.op in TEXTUAL else READERS[prop.type]
    values = tuple(read(value) for value in listed)
    if not values or None in values or (len(values) > 1 and condition.op in BOUNDS):
        kind = "region code like 12.76" if condition.op == "within" else prop.type
        faults.add(at, "wrong_value", f"{at[-1]}: not a value of this field", f"Write one {kind}, or where any of several will do, a list.")
        return None
    return condition._replace(values=values)


def _text(value: Any) -> str | None:
    return normal(value) if isinstance(value, str) else None


def _area(value: Any) -> str | None:
    return value if isinstance(value, str) and AREA.fullmatch(value) else None


def _integer(value: Any) -> int | None:
    return value if type(value) is int else None


def _number(value: Any) -> float | None:
    return value if type(value) in (int, float) else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _date(value: Any) -> str | None:
    """A TOML date, or its text."""
    moment = _moment(value, date.fromisoformat)
    return moment.isoformat() if moment is not None and not isinstance(moment, datetime) else None


def _timestamp(value: Any) -> str | None:
    """A TOML time with its offset, or its text; without an offset nobody knows which instant is meant."""
    moment = _moment(value, datetime.fromisoformat)
    return moment.isoformat() if isinstance(moment, datetime) and moment.tzinfo is not None else None


def _moment(value: Any, parse: Callable[[str], date]) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return parse(value) if isinstance(value, str) else None
    except ValueError:
        return None


READERS: Mapping[str, Callable[[Any], Any]] = {
    "string": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
}
