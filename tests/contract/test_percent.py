import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract import percent
from app.contract.flaw import Flaw


@pytest.mark.parametrize(
    ("raw", "share"),
    [
        ("9,49 %", 9.49),
        ("9.49%", 9.49),
        ("100%", 100),
        ("0", 0),
        (12.5, 12.5),
        ("5 persen", 5),
        ("5 Persen", 5),
        ("-2,30 %", -2.3),
        ("9,49\u00a0%", 9.49),
    ],
)
def test_percent_is_a_number(raw: object, share: float) -> None:
    assert percent.parse(raw) == share


@pytest.mark.parametrize("raw", ["%", "lima", "1.000,5 %", "9,4,9", "5 %%", True, [], float("nan")])
def test_what_is_not_a_percent_is_invalid(raw: object) -> None:
    read = percent.parse(raw)
    assert isinstance(read, Flaw)
    assert not read.suspicious


def test_no_percent_is_nothing() -> None:
    assert percent.parse(None) is None
    assert percent.parse("  ") is None


@given(st.decimals(-1000, 1000, places=2))
def test_a_comma_and_a_dot_say_the_same(share: object) -> None:
    assert percent.parse(f"{share}".replace(".", ",") + " %") == percent.parse(f"{share}%") == float(str(share))
