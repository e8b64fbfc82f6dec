"""What a pushed filter means in the type of its column."""

from decimal import Decimal
from typing import Any

import pytest

from app.adapter.database.column import Column, Type, alternatives, decoded, number_of
from app.adapter.protocol import Pushed


def said(type_: Type, op: str, *values: str) -> Any:
    return alternatives(Column("x", type_), Pushed("x", values, op))


@pytest.mark.parametrize(
    ("type_", "op", "value", "expected"),
    [
        ("number", "eq", "7", [[("in", (7,))]]),
        ("number", "eq", "007", [[("in", (7,))]]),
        ("number", "eq", "7.50", [[("in", (Decimal("7.50"),))]]),
        ("number", "eq", "tujuh", []),
        ("number", "eq", "1e5", []),
        ("number", "gte", "tujuh", None),
        ("inexact", "eq", "0.1", None),
        ("text", "eq", "7", [[("in", ("7",))]]),
        ("text", "gte", "7", None),
        ("any", "eq", "7", [[("in", ("7", 7))]]),
        ("any", "lt", "7", [[("<", 7)], [("is text", None)]]),
        ("affine", "lt", "7", [[("<", 7)]]),
        ("boolean", "eq", "true", [[("in", (True,))]]),
        ("boolean", "eq", "ya", []),
        ("boolean", "gt", "2026-01-01", None),
        ("date", "eq", "2026-01-31", [[("in", ("2026-01-31",))]]),
        ("date", "lt", "2026-01-31", [[("<", "2026-01-31")]]),
        ("date", "lt", "2026-01-31T05:00:00+07:00", [[("<=", "2026-01-31")]]),
        ("date", "gt", "2026-01-31T05:00:00+07:00", [[(">=", "2026-01-31")]]),
        ("date", "eq", "31/01/2026", []),
        ("moment", "eq", "2026-01-31", [[(">=", "2026-01-31"), ("<", "2026-02-01")]]),
        ("moment", "lte", "2026-01-31", [[("<", "2026-02-01")]]),
        ("moment", "eq", "2026-01-31T05:00:00+07:00", [[("in", ("2026-01-31 05:00:00",))]]),
        ("instant", "lte", "2026-01-31T05:00:00+07:00", [[("<=", "2026-01-31T05:00:00+07:00")]]),
        ("instant", "gte", "2026-01-31", [[(">=", "2026-01-30")]]),
        ("text", "lte", "9999-12-31", [[("<", "9999-12-31")]]),
        ("text", "eq", "a\x00b", []),
        ("other", "eq", "x", [[("in", ("x",))]]),
        ("other", "gt", "x", None),
        ("text", "contains", "x", None),
    ],
)
def test_a_filter_is_said_exactly_or_wider_or_not_at_all(type_: Type, op: str, value: str, expected: Any) -> None:
    assert said(type_, op, value) == expected


def test_a_day_in_text_is_also_that_day_with_an_hour() -> None:
    exact, longer = said("text", "eq", "2026-01-31")
    assert exact == [("in", ("2026-01-31",))]
    assert longer == [(">=", "2026-01-30"), ("<", "2026-02-02"), ("longer", 10)]


@pytest.mark.parametrize(
    ("text", "value"),
    [("1500000.00", 1500000), ("1.500", 1.5), ("-0.25", -0.25), ("9276010101909001", 9276010101909001), ("12345678901234567.5", "12345678901234567.5"),
     ("NaN", "NaN"), ("0.00", 0)],
)  # fmt: skip
def test_an_exact_number_stays_exact(text: str, value: Any) -> None:
    assert number_of(text) == value
    assert type(number_of(text)) is type(value)


def test_bytes_that_are_no_text_stay_bytes() -> None:
    assert decoded(b"Ren\xe9", "cp1252") == "René"
    assert decoded(b"Ren\xe9", "utf-8") == b"Ren\xe9"
