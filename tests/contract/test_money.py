import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract import money
from app.contract.flaw import Flaw


@pytest.mark.parametrize(
    ("raw", "amount"),
    [
        ("Rp 1.500.000,00", 1500000),
        ("Rp1.500.000", 1500000),
        ("Rp. 250.000,-", 250000),
        ("1.500.000", 1500000),
        ("1.500", 1500),
        ("1500000", 1500000),
        ("1,5 juta", 1500000),
        ("2,3 M", 2300000000),
        ("2 miliar", 2000000000),
        ("750 ribu", 750000),
        ("3 jt", 3000000),
        ("(1.000.000)", -1000000),
        ("-1.000.000", -1000000),
        ("Rp -250.000", -250000),
        ("0", 0),
        ("1.234,56", 1234.56),
        (1500000, 1500000),
        (1500000.0, 1500000.0),
    ],
)
def test_rupiah_is_read_as_people_write_it(raw: object, amount: float) -> None:
    assert money.rupiah(raw) == amount


@pytest.mark.parametrize(
    "raw",
    [
        "1,500,000.00",
        "1.50",
        "1.5000",
        "15.00",
        "1.5OO.000",
        "(1.000",
        "1.000)",
        "sejuta",
        "1 lusin",
        "Rp",
        "1..000",
        ",",
        "0.500",
        "000.500",
        "1.5 juta",
    ],
)
def test_any_other_grouping_is_invalid(raw: str) -> None:
    assert money.rupiah(raw) == Flaw("not_rupiah")


@pytest.mark.parametrize(
    ("raw", "amount"), [("1500000", 1500000), ("1500000.00", 1500000.0), ("1500000.5", 1500000.5), (12, 12), (None, None), ("", None)]
)
def test_plain_amounts_are_what_programs_write(raw: object, amount: float | None) -> None:
    assert money.plain(raw) == amount


def test_an_amount_that_could_be_two_is_refused() -> None:
    assert money.plain("1.500") == Flaw("ambiguous_amount")
    assert money.plain("1.500.000") == Flaw("ambiguous_amount")
    assert money.plain("\u200b1.500") == Flaw("ambiguous_amount")


def test_an_amount_beyond_sixty_four_bits_is_invalid() -> None:
    assert money.rupiah("99.999.999.999.999.999.999") == Flaw("too_large")
    assert money.rupiah("99999999999999 triliun") == Flaw("too_large")
    assert money.rupiah("1" + ".000" * 2000) == Flaw("not_rupiah")


@given(st.integers(-(10**13), 10**13))
def test_every_amount_that_we_group_is_read_back(amount: int) -> None:
    text = f"Rp {abs(amount):,}".replace(",", ".")
    assert money.rupiah(f"({text})" if amount < 0 else text) == amount


@given(st.text())
def test_reading_money_never_raises(raw: str) -> None:
    for parse in (money.rupiah, money.plain):
        assert parse(raw) is None or isinstance(parse(raw), int | float | Flaw)
