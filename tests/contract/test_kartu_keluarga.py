import pytest

from app.contract import kartu_keluarga
from app.contract.flaw import Flaw


def test_a_family_card_has_sixteen_digits_and_a_date_of_issue() -> None:
    assert kartu_keluarga.parse("1276010203159001") == "1276010203159001"
    assert kartu_keluarga.parse(1276010203159001) == "1276010203159001"


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        ("1276014203159001", "nik_not_kk"),
        ("1276017103159001", "nik_not_kk"),
        ("1276019903159001", "bad_date"),
        ("1276013102159001", "bad_date"),
        ("1276010013159001", "bad_date"),
        ("1276010199159001", "bad_date"),
        ("12760102031590", "wrong_length"),
        (1.5, "scientific"),
    ],
)
def test_what_is_not_a_family_card_says_why(raw: object, rule: str) -> None:
    assert kartu_keluarga.parse(raw) == Flaw(rule)


def test_the_leap_day_of_a_century_that_had_one_is_a_date_of_issue() -> None:
    assert kartu_keluarga.parse("1276012902009001") == "1276012902009001"
    assert kartu_keluarga.parse("1276012902019001") == Flaw("bad_date")


def test_no_number_is_nothing() -> None:
    assert kartu_keluarga.parse(None) is None
    assert kartu_keluarga.parse(" ") is None


def test_a_number_in_a_cell_is_kept_and_suspicious() -> None:
    cell = kartu_keluarga.reader(cells=True)
    assert cell(1276010203159001) == Flaw("stored_as_number", "1276010203159001")
    assert cell(1276010203159010) == Flaw("last_digit_lost", "1276010203159010")
    assert cell("1276010203159010") == "1276010203159010"
    assert cell(1276014203159001) == Flaw("nik_not_kk")
    assert cell(9171010203159010.0) == Flaw("last_digit_lost")
