from pathlib import Path

import pytest

from app.contract.lists import city_lists
from app.contract.region import level
from app.errors import CityError
from tests.fixtures.lists import LISTS, WIB

HEADER = "kemendagri,bps,nama,kode_pos\n"
REGIONS = LISTS.regions.by_code


def problems(folder: Path) -> list[tuple[str, int, str]]:
    with pytest.raises(CityError) as raised:
        city_lists(folder, WIB)
    return [(problem.file, problem.line, problem.code) for problem in raised.value.problems]


def test_the_whole_country_ships_down_to_its_regencies(tmp_path: Path) -> None:
    shipped = city_lists(tmp_path, WIB).regions.by_code
    assert len([code for code in shipped if level(code) == "provinsi"]) == 38
    assert len([code for code in shipped if level(code) == "kabupaten"]) == 514
    assert {code[:2] for code in shipped} == {code for code in shipped if level(code) == "provinsi"}


@pytest.mark.parametrize(
    "name",
    ["agama", "bentuk_bantuan", "hubungan_keluarga", "jenis_kelamin", "pendidikan", "program", "status_bantuan", "status_kawin", "sumber_dana"],
)
def test_every_shipped_code_label_and_synonym_leads_to_its_code(name: str, tmp_path: Path) -> None:
    shipped = city_lists(tmp_path, WIB).codes[name]
    for code in shipped.codes.values():
        assert [shipped.parse(word) for word in (code.code, code.label, *code.synonyms)] == [code.code] * (2 + len(code.synonyms))


def test_bps_codes_of_six_cities_are_none_of_kemendagris() -> None:
    cities = [code for code in REGIONS if code.startswith("12.7") and level(code) == "kabupaten" and REGIONS[code].bps]
    assert len(cities) == 6
    assert all(REGIONS[code].bps != code.replace(".", "") for code in cities)


def test_a_citys_regions_are_laid_over_the_countrys(tmp_path: Path) -> None:
    (tmp_path / "wilayah.csv").write_text(HEADER + "12.76.01,1274010,Padang Hulu,\n12.76,1274,Kota Uji,20600\n")
    regions = city_lists(tmp_path, WIB).regions
    assert (regions.name("12.76.01"), regions.name("12.76"), regions.name("12.75")) == ("Padang Hulu", "Kota Uji", "Kota Binjai")
    assert regions.parse("1274010", "bps") == "12.76.01"


@pytest.mark.parametrize(
    ("rows", "line", "code"),
    [
        ("1276011001,1274010001,Pabatu,\n", 2, "bad_region"),
        ("12.76.1,1274010,Padang Hulu,\n", 2, "bad_region"),
        ("12.76.01,1274010,Satu,\n12.76.01,1274011,Dua,\n", 3, "duplicate_code"),
        ("12.76.01,1274010,Satu,\n12.76.02,1274010,Dua,\n", 3, "duplicate_code"),
        ("12.76.01,1274010,,\n", 2, "missing_value"),
        ('12.76.01,1274010,"Satu,\n', 2, "unreadable"),
    ],
)
def test_a_broken_line_of_a_crosswalk_is_told(tmp_path: Path, rows: str, line: int, code: str) -> None:
    (tmp_path / "wilayah.csv").write_text(HEADER + rows)
    assert problems(tmp_path) == [("codes/wilayah.csv", line, code)]


def test_regions_without_a_bps_code_do_not_repeat_one_another(tmp_path: Path) -> None:
    (tmp_path / "wilayah.csv").write_text(HEADER + "12.76.01,,Satu,\n12.76.02,,Dua,\n")
    assert city_lists(tmp_path, WIB).regions.name("12.76.02") == "Dua"


def test_every_broken_list_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "agama.csv").write_text("nama\nx\n")
    (tmp_path / "wilayah.csv").write_text("kode\nx\n")
    assert problems(tmp_path) == [("codes/agama.csv", 1, "missing_column"), ("codes/wilayah.csv", 1, "missing_column")]
