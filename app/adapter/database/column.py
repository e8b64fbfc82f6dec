"""What the columns of a source are, and what a pushed filter means in their own type.

The exchange tests every filter again, so a filter here may let too much through and never too little: what cannot be said exactly is said
wider (a day for an instant), and what cannot be said at all is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from app.adapter.protocol import Pushed

Type = Literal["number", "inexact", "text", "any", "affine", "date", "moment", "instant", "boolean", "other"]
"""`moment` has no zone, `instant` has one. `inexact` numbers equal no text that they are shown as. SQLite: `any` has no type, `affine` a numeric
affinity. `other`: compared as text, never by order."""
NUMBER = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?", re.ASCII)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*", re.ASCII)
BOOLEANS = {"true": True, "t": True, "false": False, "f": False}
SIGNS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
ONE = timedelta(days=1)


class Column(NamedTuple):
    """`unique`: no two rows share a value, in the database's own view of equality."""

    name: str
    type: Type = "any"
    nullable: bool = True
    unique: bool = False


Compared = tuple[str, Any]
"""A sign of SQL and the value to its right; `in` with several, `longer` with a length, `is text` with none."""


def alternatives(column: Column, pushed: Pushed) -> list[list[Compared]] | None:
    """Comparisons, any list of which must hold whole; no list: no row can; None: the filter is not for the database."""
    values = [str(value) for value in pushed.values]
    if column.type == "inexact":
        return None
    if pushed.op == "eq":
        return [one for value in values if _sendable(value) for one in _equal(column.type, value)]
    if pushed.op not in SIGNS or len(values) != 1:
        return None
    bound = _bound(column.type, pushed.op, values[0])
    if bound is None:
        return None
    return [[bound], [("is text", None)]] if column.type == "any" and not isinstance(bound[1], str) else [[bound]]


def _sendable(text: str) -> bool:
    """No text of a database holds what cannot be sent to it."""
    return "\x00" not in text and not any("\ud800" <= one <= "\udfff" for one in text)


def _equal(type_: Type, text: str) -> list[list[Compared]]:
    """Nothing where no value of the type is meant by this text."""
    moment, number = _moment(text), _number(text)
    if type_ in ("text", "any", "affine", "other"):
        return _spelt(type_, text, moment, number)
    if type_ == "number":
        return [] if number is None else [[("in", (number,))]]
    if type_ == "boolean":
        return [[("in", (BOOLEANS[text.lower()],))]] if text.lower() in BOOLEANS else []
    if moment is None:
        return []
    if type_ == "date":
        return [[("in", (moment.date().isoformat(),))]]
    return [_exact(type_, moment) if MOMENT.fullmatch(text) else _around(moment, ONE if type_ == "instant" else timedelta())]


def _spelt(type_: Type, text: str, moment: datetime | None, number: int | Decimal | None) -> list[list[Compared]]:
    """A day in text is the same day with an hour behind it, perhaps in another zone."""
    same: list[list[Compared]] = [[("in", (text, number) if number is not None and type_ in ("any", "affine") else (text,))]]
    return same if moment is None or type_ == "other" else [*same, [*_around(moment, ONE), ("longer", len("2026-01-31"))]]


def _exact(type_: Type, moment: datetime) -> list[Compared]:
    """What a source writes without a zone is in the zone of the city, as the offset of the canonical text is."""
    if type_ == "instant" and moment.tzinfo is None:
        return _around(moment, ONE)
    return [("in", (_wall(moment) if type_ == "moment" else moment.isoformat(),))]


def _wall(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(" ")


def _around(moment: datetime, slack: timedelta) -> list[Compared]:
    """The whole day, and `slack` on both sides where a source's own zone may move it."""
    return [(">=", _day(moment, -slack)), ("<", _day(moment, ONE + slack))]


def _day(moment: datetime, by: timedelta) -> str:
    try:
        return (moment.date() + by).isoformat()
    except OverflowError:
        return moment.date().isoformat()


def _bound(type_: Type, op: str, text: str) -> Compared | None:
    if type_ in ("number", "affine", "any") and (number := _number(text)) is not None:
        return SIGNS[op], number
    moment = _moment(text)
    if moment is None or type_ in ("number", "affine", "boolean", "other"):
        return None
    lower = op in ("gt", "gte")
    if type_ == "date":
        whole = bool(DAY.fullmatch(text))
        return SIGNS[op] if whole else ">=" if lower else "<=", moment.date().isoformat()
    if MOMENT.fullmatch(text) and (type_ == "moment" or (type_ == "instant" and moment.tzinfo is not None)):
        return SIGNS[op], _wall(moment) if type_ == "moment" else moment.isoformat()
    slack = timedelta() if type_ == "moment" else ONE
    return (">=", _day(moment, -slack)) if lower else ("<", _day(moment, ONE + slack))


def _number(text: str) -> int | Decimal | None:
    text = text.strip()
    if not NUMBER.fullmatch(text):
        return None
    amount = Decimal(text)
    return int(amount) if amount == amount.to_integral_value() else amount


def _moment(text: str) -> datetime | None:
    if not DAY.fullmatch(text) and not MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def number_of(text: str) -> Any:
    """An exact number as what it is: whole numbers whole; a float only where it is the same number; else the text itself.

    Text alone would not do: in it `1.500` could be 1500 or 1.5."""
    amount = Decimal(text)
    if not amount.is_finite():
        return text
    if amount == amount.to_integral_value():
        return int(amount)
    return float(amount) if len(amount.normalize().as_tuple().digits) <= 15 else text


def decoded(raw: bytes, codec: str) -> str | bytes:
    """Text; bytes that are none stay what they are, and the lens calls them a flaw of their field."""
    try:
        return raw.decode(codec)
    except UnicodeDecodeError:
        return raw


def by_name(columns: Iterable[Column]) -> dict[str, Column]:
    """The columns of a source by their names."""
    return {column.name: column for column in columns}
