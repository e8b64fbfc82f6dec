from datetime import date

import lokal
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract import nik
from app.contract.flaw import Flaw
from tests.fixtures.lists import LISTS

REGENCIES = frozenset(code.replace(".", "") for code in LISTS.regions.by_code if len(code) == 5)
parse = nik.reader(REGENCIES)
TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    "raw",
    [
        "1276010101909001",
        1276010101909001,
        " 1276010101909001 ",
        "1276.0101.0190.9001",
        "1276-0101-0190-9001",
        "'1276010101909001",
        "12760101 01909001",
        "12760101\u00a001909001",
        "1276\u200b010101909001",
        "\ufeff1276010101909001",
    ],
)
def test_a_nik_is_read_from_every_honest_spelling(raw: object) -> None:
    assert parse(raw) == "1276010101909001"


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        ("127601010190900", "wrong_length"),
        ("12760101019090011", "wrong_length"),
        ("1.27602E+15", "scientific"),
        ("1,27602E+15", "scientific"),
        (1.276010101909001e15, "scientific"),
        ("12760101O1909001", "not_digits"),
        ("127601l101909001", "not_digits"),
        ("1276013213909001", "bad_date"),
        ("1276010113909001", "bad_date"),
        ("1276018101909001", "bad_date"),
        ("1276013002909001", "bad_date"),
        ("1276012902919001", "bad_date"),
        ("1276010101900000", "bad_serial"),
        ("1200010101909001", "bad_region"),
        ("1276000101909001", "bad_region"),
        ("0000000000000000", "placeholder"),
        ("9999999999999999", "placeholder"),
        ("1234567890123456", "placeholder"),
        (True, "not_digits"),
        (-1276010101909001, "not_digits"),
        ("-1276010101909001", "not_digits"),
        (["1276010101909001"], "not_digits"),
        ({"nik": 1}, "not_digits"),
    ],
)
def test_what_is_not_a_nik_is_invalid_and_says_why(raw: object, rule: str) -> None:
    assert parse(raw) == Flaw(rule)
    assert not Flaw(rule).suspicious


@pytest.mark.parametrize("raw", [None, "", "  "])
def test_nothing_is_nothing(raw: object) -> None:
    assert parse(raw) is None


def test_an_unknown_region_is_kept_and_suspicious() -> None:
    assert parse("9999010101909001") == Flaw("unknown_region", "9999010101909001")
    assert parse("1213010101909001") == "1213010101909001"


def test_a_spreadsheet_that_lost_the_last_digit_is_suspected_only_there() -> None:
    assert parse("1276010101909010") == "1276010101909010"
    cell = nik.reader(REGENCIES, cells=True)
    assert cell(1276010101909010) == Flaw("last_digit_lost", "1276010101909010")
    assert cell(1276010101900000.0) == Flaw("last_digit_lost", "1276010101900000")
    assert cell("1276010101909010") == "1276010101909010"
    assert cell("1276010101900000") == Flaw("bad_serial")


def test_a_nik_that_a_cell_holds_as_a_number_is_suspicious() -> None:
    cell = nik.reader(REGENCIES, cells=True)
    assert cell(1276010101909001) == Flaw("stored_as_number", "1276010101909001")
    assert cell(1276010101909001.0) == Flaw("stored_as_number", "1276010101909001")
    assert cell("1276010101909001") == "1276010101909001"
    assert cell(9171010101909010.0) == Flaw("last_digit_lost")
    assert cell(127601010190900.0) == Flaw("wrong_length")
    assert cell(1.5) == Flaw("scientific")
    assert parse(1276010101909001) == "1276010101909001"


def test_the_day_of_a_woman_is_forty_more() -> None:
    assert nik.sex("1276014101909001") == "P"
    assert nik.sex("1276010101909001") == "L"
    assert nik.birth_date("1276014101909001", TODAY) == date(1990, 1, 1)


def test_the_century_is_the_latest_that_is_not_in_the_future() -> None:
    assert nik.birth_date("1276010101159001", TODAY) == date(2015, 1, 1)
    assert nik.birth_date("1276010101279001", TODAY) == date(1927, 1, 1)
    assert nik.birth_date("1276012902009001", TODAY) == date(2000, 2, 29)


@given(st.dates(date(1930, 1, 1), date(2025, 12, 31)), st.booleans(), st.integers(9000, 9999), st.sampled_from(sorted(REGENCIES)), st.integers(1, 20))
def test_every_well_formed_nik_is_valid_and_tells_its_date(born: date, woman: bool, serial: int, regency: str, district: int) -> None:
    number = f"{regency}{district:02}{born.day + 40 * woman:02}{born:%m%y}{serial}"
    assert parse(number) == number
    told = nik.birth_date(number, TODAY)
    assert told is not None
    assert (told.day, told.month, told.year % 100) == (born.day, born.month, born.year % 100)
    assert nik.sex(number) == ("P" if woman else "L")


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.lists(st.integers())))
def test_reading_a_nik_never_raises(raw: object) -> None:
    assert parse(raw) is None or isinstance(parse(raw), str | Flaw)


@pytest.mark.parametrize("number", ["1276010101909001", "1276014101909001", "1276013002909001", "1276018101909001", "3171010101909001"])
def test_lokal_id_agrees_where_it_is_right(number: str) -> None:
    assert isinstance(parse(number), str) == lokal.is_valid_nik(number)
