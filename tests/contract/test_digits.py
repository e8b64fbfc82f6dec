import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.digits import digits, of_cell
from app.contract.flaw import Flaw


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        ("12345", "wrong_length"),
        ("1,2E+4", "scientific"),
        (1234.0, "scientific"),
        ("-1234", "not_digits"),
        ("12a4", "not_digits"),
        (True, "not_digits"),
    ],
)
def test_what_is_no_number_says_why(raw: object, rule: str) -> None:
    assert digits(raw, 4) == Flaw(rule)


@pytest.mark.parametrize("raw", ["0000", "9999", "1234"])
def test_a_filler_is_nobodys_number(raw: str) -> None:
    assert digits(raw, 4) == Flaw("placeholder")


def test_several_lengths_may_be_right() -> None:
    assert (digits("9001", 4, 5), digits("90012", 4, 5), digits(9001, 4, 5)) == ("9001", "90012", "9001")


def test_the_cell_of_a_sheet_keeps_the_digits_of_a_number_below_two_to_the_53() -> None:
    assert of_cell(9001.0, 4) == "9001"
    assert of_cell(9001.5, 4) == Flaw("scientific")
    assert of_cell(2.0**53, 16) == Flaw("last_digit_lost")
    assert of_cell("9001", 4) == "9001"


@given(st.integers(0, 10**18), st.sampled_from([" ", ".", "-", "'", "’"]), st.integers(0, 18))
def test_marks_between_digits_change_nothing(number: int, mark: str, place: int) -> None:
    text = str(number)
    written = text[:place] + mark + text[place:]
    if not written.startswith("-"):
        assert digits(written, len(text)) == digits(text, len(text))
