import jsonschema_rs
import lokal
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract import npwp
from app.contract.flaw import Flaw
from app.contract.schema import ASKED
from tests.fixtures.lists import LISTS

parse = npwp.reader(frozenset(code.replace(".", "") for code in LISTS.regions.by_code if len(code) == 5))
asked = jsonschema_rs.Draft202012Validator({"type": "string", "pattern": ASKED["npwp"]})


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("09.254.294.3-407.900", "0092542943407900"),
        ("092542943407900", "0092542943407900"),
        ("0092542943407900", "0092542943407900"),
        ("1276010101909001", "1276010101909001"),
        (1276010101909001, "1276010101909001"),
        (None, None),
        (" ", None),
    ],
)
def test_both_lengths_become_sixteen_digits(raw: object, canonical: str | None) -> None:
    assert parse(raw) == canonical


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        ("00.000.000.0-000.000", "placeholder"),
        ("09254294340790", "wrong_length"),
        ("0092542943407900000000", "wrong_length"),
        ("1276013201909001", "bad_date"),
        ("1276010101900000", "bad_serial"),
        ("9,25E+13", "scientific"),
        ("npwp", "not_digits"),
    ],
)
def test_what_is_not_a_npwp_is_invalid_and_says_why(raw: object, rule: str) -> None:
    assert parse(raw) == Flaw(rule)


def test_of_a_person_in_a_cell_it_is_as_odd_as_their_nik() -> None:
    cell = npwp.reader(cells=True)
    assert cell(1276010101909001) == Flaw("stored_as_number", "1276010101909001")
    assert cell(925429434079001) == "0925429434079001"
    assert cell("09.254.294.3-407.900") == "0092542943407900"


@given(st.from_regex(r"\A([0-9]{15}|0[0-9]{15})\Z").filter(lambda text: len(set(text)) > 1 and text != "123456789012345"))
def test_lokal_id_agrees_on_bodies(text: str) -> None:
    told = lokal.parse_npwp(text)
    assert told.valid
    assert parse(text) == told.npwp16
    assert asked.is_valid(text)


@pytest.mark.parametrize("number", ["1276010101909001", "1276014101909001", "1276013002909001", "1276018101909001", "3171010101909001"])
def test_lokal_id_agrees_on_persons_where_it_is_right(number: str) -> None:
    assert isinstance(parse(number), str) == lokal.parse_npwp(number).valid


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.lists(st.integers())))
def test_reading_a_npwp_never_raises(raw: object) -> None:
    assert parse(raw) is None or isinstance(parse(raw), str | Flaw)
