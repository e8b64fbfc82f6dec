import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract import nib
from app.contract.flaw import Flaw

parse = nib.reader()


@pytest.mark.parametrize("raw", ["0220100100901", "0220 1001 00901", "'0220100100901"])
def test_zeros_in_front_survive(raw: str) -> None:
    assert parse(raw) == "0220100100901"


@pytest.mark.parametrize(
    ("raw", "rule"),
    [(220100100901, "wrong_length"), ("02201001009012", "wrong_length"), ("0000000000000", "placeholder"), ("2,2E+11", "scientific")],
)
def test_what_is_not_a_nib_is_invalid_and_says_why(raw: object, rule: str) -> None:
    assert parse(raw) == Flaw(rule)


def test_a_cell_keeps_thirteen_digits() -> None:
    assert nib.reader(cells=True)(9120100100901.0) == "9120100100901"


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.lists(st.integers())))
def test_reading_a_nib_never_raises(raw: object) -> None:
    assert parse(raw) is None or isinstance(parse(raw), str | Flaw)
