from datetime import date

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract import nip
from app.contract.flaw import Flaw
from app.contract.schema import ASKED

parse = nip.reader()
asked = jsonschema_rs.Draft202012Validator({"type": "string", "pattern": ASKED["nip"]})


@pytest.mark.parametrize("raw", ["19870101 201001 1 901", "198701012010011901", 198701012010011901, "19870101.201001.1.901"])
def test_a_nip_is_read_from_every_honest_spelling(raw: object) -> None:
    assert parse(raw) == "198701012010011901"


def test_the_number_of_a_pppk_has_21_where_a_pns_has_a_month() -> None:
    assert parse("198505102022211903") == "198505102022211903"
    assert parse("198505102022221903") == Flaw("bad_appointment")


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        ("19870101201001190", "wrong_length"),
        ("131887654", "wrong_length"),
        ("198702302010011901", "bad_date"),
        ("198713012010011901", "bad_date"),
        ("198701012003011901", "bad_appointment"),
        ("198701012010131901", "bad_appointment"),
        ("198701012010001901", "bad_appointment"),
        ("188701012010011901", "bad_appointment"),
        ("198701012010013901", "bad_sex"),
        ("198701012010011000", "bad_serial"),
        ("000000000000000000", "placeholder"),
        (1.98701012010011e17, "scientific"),
        ("1,98701E+17", "scientific"),
        ("-", "not_digits"),
        (True, "not_digits"),
    ],
)
def test_what_is_not_a_nip_is_invalid_and_says_why(raw: object, rule: str) -> None:
    assert parse(raw) == Flaw(rule)


def test_no_cell_keeps_the_digits_of_a_nip_as_a_number() -> None:
    cell = nip.reader(cells=True)
    assert cell(198701012010011901.0) == Flaw("last_digit_lost")
    assert cell("19870101 201001 1 901") == "198701012010011901"


@given(
    st.dates(date(1950, 1, 1), date(2008, 12, 31)), st.integers(17, 90), st.sampled_from([*range(1, 13), 21]), st.integers(1, 2), st.integers(1, 999)
)
def test_every_well_formed_nip_is_valid_and_may_be_asked_for(born: date, years: int, month: int, sex: int, serial: int) -> None:
    number = f"{born:%Y%m%d}{born.year + years}{month:02}{sex}{serial:03}"
    assert parse(f"{number[:8]} {number[8:14]} {number[14]} {number[15:]}") == number
    assert asked.is_valid(number)


@given(st.from_regex(r"\A[0-9]{18}\Z"))
def test_what_is_read_may_be_asked_for(number: str) -> None:
    if isinstance(parse(number), str) and number[8:10] in ("19", "20"):
        assert asked.is_valid(number)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.lists(st.integers())))
def test_reading_a_nip_never_raises(raw: object) -> None:
    assert parse(raw) is None or isinstance(parse(raw), str | Flaw)
