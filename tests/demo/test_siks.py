"""DTSEN as a workbook: its faults counted, and what the gateway makes of each of them."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.contract import nik
from demo import people, siks
from demo.siks import Family
from tests.demo.test_quality_of_the_demo import TODAY, TOLD, ask, token, verify, walked
from tests.fixtures.demo_city import DemoCity, demo_city

KEPT = {family.id: family for family in TOLD}
HERE = {name: family for name, family in KEPT.items() if family.region.startswith("1276")}
ELSEWHERE = len(KEPT) - len(HERE)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoCity]:
    with demo_city(tmp_path_factory.mktemp("siks")) as made:
        yield made


@pytest.fixture(scope="module")
def whole(city: DemoCity) -> dict[str, Any]:
    """Everything, as Dinsos sees what is its own."""
    (answer,) = walked(city, "/v1/keluarga?limit=1000&count=exact", token(city, "dinsos"))
    return answer


def test_the_same_day_makes_the_same_bytes(tmp_path: Path) -> None:
    paths = [siks.write(tmp_path / name, siks.families(people.town(today=TODAY), today=TODAY), today=TODAY) for name in ("satu", "dua")]
    assert paths[0].name == f"siks-dtsen-{TODAY.year}.xlsx"
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("count", [people.FEWEST, people.PEOPLE])
def test_the_faults_are_as_many_as_they_are_said_to_be(count: int) -> None:
    day = date(2026, 11, 24)
    told = siks.families(people.town(count, today=day), today=day)
    kept = list({family.id: family for family in told}.values())
    assert len(told) - len(kept) == siks.SIKS_TWICE
    assert sum(isinstance(one.nik, int) for one in kept) == siks.SIKS_CUT_NIK
    assert sum(isinstance(one.no_kk, int) for one in kept) == siks.SIKS_CUT_KK
    assert sum(len(str(one.nik)) == 15 for one in kept) == siks.SIKS_SHORT_NIK
    assert sum(one.region == one.head.place.bps for one in kept) == siks.SIKS_OTHER_SCHEME
    assert sum(one.decile.startswith("Kuintil") for one in kept) == siks.SIKS_QUINTILE
    assert sum(one.house.area > 1000 for one in kept) == siks.SIKS_WIDE_FLOOR
    assert sum(one.verified is None for one in kept) == siks.SIKS_NOT_VERIFIED
    assert sum(one.verified is not None and one.verified > day for one in kept) == siks.SIKS_FUTURE
    assert {1, 2, "L", "P"} == {one.sex for one in kept}
    assert all(isinstance(nik.reader()(one.head.nik), str) for one in kept)


def test_every_family_is_told_once_and_what_cannot_be_read_is_empty(whole: dict[str, Any]) -> None:
    (source,) = whole["meta"]["sources"]
    assert {record["id"] for record in whole["data"]} == set(KEPT)
    assert whole["meta"]["total"] == len(whole["data"]) == len(KEPT)
    assert source["rejected"] == 0
    assert source["invalid"] == {
        "nik_kepala": siks.SIKS_SHORT_NIK,
        "desil_kabupaten_kota": siks.SIKS_QUINTILE,
        "luas_lantai": siks.SIKS_WIDE_FLOOR,
    }


def test_each_family_is_what_the_ministry_wrote(whole: dict[str, Any]) -> None:
    for record in whole["data"]:
        family = KEPT[record["id"]]
        assert record["no_kk"] == str(family.no_kk)
        assert record["nik_kepala"] == (str(family.nik) if len(str(family.nik)) == 16 else None)
        assert record["nama_kepala"] == family.head.name.upper()
        assert record["desil_kabupaten_kota"] == decile(family)
        assert record["kode_wilayah"].replace(".", "") == family.region
        assert record["luas_lantai"] == (family.house.area if family.house.area <= 1000 else None)
        assert record["tanggal_verval"] == (family.verified and family.verified.isoformat())
        assert (record["hasil_verval"] is None) == (family.found is None)
        assert None not in [record[name] for name in ("lantai", "dinding", "atap", "air_minum", "listrik_daya", "periode", "jumlah_anggota")]


def decile(family: Family) -> int | None:
    word, number = family.decile.split()
    return int(number) if word == "Desil" else None


def test_the_quality_of_the_families_is_what_their_faults_make_of_it(whole: dict[str, Any]) -> None:
    quality, records = whole["meta"]["quality"], whole["data"]
    count = len(records)
    # Needed are the key and the three that are promised.
    assert quality["completeness"] == round(1 - (siks.SIKS_SHORT_NIK + siks.SIKS_QUINTILE) / (4 * count), 4)
    assert quality["uniqueness"] == round(count / (count + siks.SIKS_TWICE), 4)
    assert quality["timeliness"] == round(1 - siks.SIKS_NOT_VERIFIED / count, 4)
    present = sum(value is not None for record in records for value in record.values())
    invalid = siks.SIKS_SHORT_NIK + siks.SIKS_QUINTILE + siks.SIKS_WIDE_FLOOR
    # A code of the other scheme is unknown, and lies outside the city: two things are odd about one value.
    odd = siks.SIKS_CUT_NIK + siks.SIKS_CUT_KK + siks.SIKS_FUTURE + 2 * siks.SIKS_OTHER_SCHEME
    assert quality["validity"] == round((present - odd / 2) / (present + invalid), 4)


def test_bappeda_sees_the_families_of_the_city_and_no_number_of_anybody(city: DemoCity) -> None:
    (answer,) = walked(city, "/v1/keluarga?limit=1000", token(city, "bappeda"))
    assert {record["id"] for record in answer["data"]} == set(HERE)
    assert ELSEWHERE == siks.SIKS_OTHER_SCHEME
    for record in answer["data"]:
        assert record["no_kk"].startswith("t1_")
        assert record["nik_kepala"] is None or record["nik_kepala"].startswith("t1_")
        assert not {"nama_kepala", "alamat"} & set(record)


def test_a_token_joins_a_family_with_its_head(city: DemoCity) -> None:
    bearer = token(city, "bappeda")
    (families,) = walked(city, "/v1/keluarga?limit=1000&fields=id,nik_kepala,kode_wilayah", bearer)
    joined = {record["nik_kepala"]: KEPT[record["id"]] for record in families["data"] if record["nik_kepala"]}
    found = 0
    for page in walked(city, "/v1/penduduk?limit=1000&fields=nik,nama,jenis_kelamin", bearer):
        for record in page["data"]:
            if (family := joined.get(record["nik"])) is not None and isinstance(family.nik, str):
                assert record["nama"].startswith(family.head.name.upper())
                assert record["jenis_kelamin"] == family.head.sex
                found += 1
    assert found == sum(isinstance(family.nik, str) for family in joined.values())


def test_who_receives_pkh_is_one_aid_and_who_does_not_is_none(city: DemoCity) -> None:
    records = {
        record["id"].removeprefix(f"{TODAY.year}-"): record
        for page in walked(city, "/v1/bantuan?limit=1000&program=PKH", token(city, "dinsos"))
        for record in page["data"]
        if not record["id"].startswith("S-")
    }
    helped = {name: family for name, family in KEPT.items() if family.pkh}
    without = {name for name, family in helped.items() if len(str(family.nik)) == 15}
    assert set(records) == set(helped) - without, "without a NIK an aid is nobody's"
    written = {900_000: 900_000, "Rp 1.500.000": 1_500_000, 2_000_000: 2_000_000, "Rp 2.400.000,00": 2_400_000}
    for name, record in records.items():
        assert record["nilai"] == written[helped[name].amount]  # type: ignore[index]
        assert record["tanggal_salur"] == helped[name].given.isoformat()
        assert record["nik"] == str(helped[name].nik)


def test_a_cut_number_is_kept_as_somebody_whom_only_dtsen_knows(city: DemoCity) -> None:
    cut = next(family for family in KEPT.values() if isinstance(family.nik, int) and family.nik % 10 != int(family.head.nik) % 10)
    bearer = token(city, "dinsos")
    claims = {"nama": cut.head.name, "jenis_kelamin": cut.head.sex}
    answer = verify(city, {"key": str(cut.nik), "claims": claims}, bearer, **{"titian-purpose": "verifikasi-bantuan"})
    assert answer["data"] == {"nama": "match", "jenis_kelamin": "match"}
    assert [source["records"] for source in answer["meta"]["sources"]] == [0, 0, 1]


@pytest.mark.parametrize(("contract", "count"), [("wilayah", 41), ("instansi", 17), ("indikator", 18)])
def test_an_open_sheet_of_the_city_is_whole_and_without_a_fault(city: DemoCity, contract: str, count: int) -> None:
    answer = ask(city, f"/v1/{contract}?limit=1000&count=exact", token(city, "diskominfo"))
    (source,) = answer["meta"]["sources"]
    assert (answer["meta"]["total"], source["rejected"], source["invalid"]) == (count, 0, {})
    assert answer["meta"]["quality"]["validity"] == 1.0
