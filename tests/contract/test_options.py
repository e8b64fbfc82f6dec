from typing import Any

import pytest

from app.contract.convert import reader
from app.contract.flaw import Flaw
from app.contract.options import checked
from tests.fixtures.lists import LISTS, prop


def read(raw: object, kind: Any = "string", **options: Any) -> object:
    return reader(prop(kind, options=options), LISTS)(raw)


@pytest.mark.parametrize(
    ("options", "raw", "rule"),
    [
        ({"pattern": "^[0-9]{3}$"}, "12", "pattern"),
        ({"max_length": 3}, "1234", "length"),
        ({"min_length": 3}, "12", "length"),
        ({"enum": ("a", "b")}, "c", "not_in_enum"),
        ({"format": "uuid"}, "bukan", "format"),
        ({"format": "email"}, "a@b", "format"),
        ({"format": "uri"}, "tanpa skema", "format"),
        ({"format": "hostname"}, "-a.id", "format"),
        ({}, "a" * 10_001, "length"),
    ],
)
def test_options_of_text_are_checked(options: dict[str, Any], raw: str, rule: str) -> None:
    assert read(raw, **options) == Flaw(rule)


@pytest.mark.parametrize(
    ("options", "raw"),
    [
        ({"pattern": "^[0-9]{3}$"}, "123"),
        ({"min_length": 2, "max_length": 3}, "12"),
        ({"enum": ("a", "b")}, "b"),
        ({"format": "uuid"}, "0e4b1a52-93f7-4a0c-8d6e-1f2a3b4c5d6e"),
        ({"format": "email"}, "warga@tebingtinggi.example"),
        ({"format": "uri"}, "https://tebingtinggi.example/a"),
        ({"format": "hostname"}, "siak.tebingtinggi.example"),
    ],
)
def test_text_that_keeps_its_options_is_left_as_it_is(options: dict[str, Any], raw: str) -> None:
    assert read(raw, **options) == raw


@pytest.mark.parametrize(
    ("options", "raw", "rule"),
    [
        ({"minimum": 1}, 0, "out_of_range"),
        ({"maximum": 12}, "13", "out_of_range"),
        ({"exclusive_minimum": 0}, 0, "out_of_range"),
        ({"exclusive_maximum": 10}, 10, "out_of_range"),
        ({"multiple_of": 5}, 12, "not_a_multiple"),
        ({"enum": (1, 2)}, 3, "not_in_enum"),
    ],
)
def test_options_of_numbers_are_checked(options: dict[str, Any], raw: object, rule: str) -> None:
    assert read(raw, "integer", **options) == Flaw(rule)


@pytest.mark.parametrize(("step", "value"), [(0.01, 19.99), (0.1, 0.3), (0.01, 1e300), (5, 15), (0.5, -2.5)])
def test_a_multiple_is_judged_in_the_decimals_that_are_written(step: float, value: float) -> None:
    assert read(value, "number", multiple_of=step) == value


def test_a_value_between_two_multiples_is_none() -> None:
    assert read(19.995, "number", multiple_of=0.01) == Flaw("not_a_multiple")


def test_options_of_dates_are_checked() -> None:
    assert read("2019-12-31", "date", minimum_text="2020-01-01") == Flaw("out_of_range")
    assert read("2021-01-01", "date", maximum_text="2020-12-31") == Flaw("out_of_range")
    assert read("2020-06-01", "date", minimum_text="2020-01-01", maximum_text="2020-12-31") == "2020-06-01"


def test_options_of_lists_are_checked() -> None:
    assert read([1, 2, 3], "array", max_items=2) == Flaw("items")
    assert read([1], "array", min_items=2) == Flaw("items")
    assert read(["a", "a"], "array", unique_items=True) == Flaw("items_not_unique")
    assert read([{"a": 1}, {"a": 2}], "array", unique_items=True) == [{"a": 1}, {"a": 2}]
    assert read(["a"], "array", enum=(["a"], ["b"])) == ["a"]
    assert read(["c"], "array", enum=(["a"], ["b"])) == Flaw("not_in_enum")


def test_a_list_nested_without_end_is_refused_and_never_raises() -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    assert read([deep, deep], "array", unique_items=True) == Flaw("items_not_unique")
    assert read(deep) == Flaw("not_text")


def test_where_nothing_is_asked_nothing_is_checked() -> None:
    assert checked(prop("integer")) is None
    assert checked(prop("boolean")) is None
    assert checked(prop("date")) is None
