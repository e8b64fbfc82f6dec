import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract import number
from app.contract.flaw import Flaw


@pytest.mark.parametrize(("raw", "value"), [("12", 12), ("007", 7), ("-3", -3), (12.0, 12), (2**63 - 1, 2**63 - 1), ("  ", None), (None, None)])
def test_a_whole_number_is_read(raw: object, value: int | None) -> None:
    assert number.whole(raw) == value


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        ("1.5", "not_a_number"),
        ("1.000", "not_a_number"),
        ("1e5", "not_a_number"),
        ("\u0661\u0662", "not_a_number"),
        (1.5, "not_whole"),
        (float("inf"), "not_whole"),
        (2.0**60, "not_whole"),
        (True, "not_a_number"),
        (2**63, "too_large"),
        ([1], "not_a_number"),
    ],
)
def test_what_is_no_whole_number_says_why(raw: object, rule: str) -> None:
    assert number.whole(raw) == Flaw(rule)


@pytest.mark.parametrize("raw", ["1,5", ".5", "5.", "1.000.000", "1e5", "NaN", "inf", math.nan, math.inf, True, {}])
def test_what_is_no_decimal_is_invalid(raw: object) -> None:
    assert number.decimal(raw) == Flaw("not_a_number")


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_digits_are_read_back_as_the_number(value: int) -> None:
    assert number.whole(str(value)) == value
    assert number.decimal(f"{value}.25") == float(f"{value}.25")


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.lists(st.integers())))
def test_reading_a_number_never_raises(raw: object) -> None:
    for parse in (number.whole, number.decimal):
        assert parse(raw) is None or isinstance(parse(raw), int | float | Flaw)
