"""What the gateway makes of the deliberate faults in the four newer applications, counted by hand."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.contract import nib, nip, npwp
from app.contract.money import rupiah
from demo import dropserver, kur, people, rat, simpeg
from tests.fixtures.ill_city import TODAY, IllCity, ill_city

TOWN = people.town(people.FEWEST, today=TODAY)
TRADES = dropserver.businesses(TOWN, today=TODAY)
LOANS = kur.loans(TRADES, today=TODAY)
PLAN = rat.activities()
SERVANTS = simpeg.servants(TOWN, today=TODAY)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IllCity]:
    with ill_city(tmp_path_factory.mktemp("tujuh")) as made:
        yield made


def whole(city: IllCity, contract: str, organisation: str) -> tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]]:
    """Records, the one source, the quality."""
    status, body = city.ask(f"/v1/{contract}?limit=1000&count=exact", organisation)
    assert (status, body["meta"]["complete"]) == (200, True)
    assert body["meta"]["total"] == len(body["data"])
    (source,) = body["meta"]["sources"]
    return body["data"], source, body["meta"]["quality"]


@pytest.mark.parametrize("count", [people.FEWEST, people.PEOPLE])
def test_the_faults_are_as_many_as_they_are_said_to_be(count: int) -> None:
    town = people.town(count, today=TODAY)
    trades = dropserver.businesses(town, today=TODAY)
    assert sum(len(one.nib) == 12 for one in trades) == dropserver.DROP_SHORT_NIB
    assert sum(one.npwp == "00.000.000.0-000.000" for one in trades) == dropserver.DROP_FILLED_NPWP
    assert sum(one.revenue == "belum dihitung" for one in trades) == dropserver.DROP_WORDY_REVENUE
    assert len(trades) - len({one.nib for one in trades}) == dropserver.DROP_TWICE
    loans = kur.loans(trades, today=TODAY)
    assert sum(len(one.nik) == 15 for one in loans) == kur.KUR_SHORT_NIK
    assert sum(one.outstanding > one.ceiling for one in loans) == kur.KUR_OVERDRAWN
    assert sum(one.due == kur.NO_DAY for one in loans) == kur.KUR_NO_DUE_DATE
    assert sum(one.grade == "9" for one in loans) == kur.KUR_UNKNOWN_GRADE
    assert len(loans) - len({one.number for one in loans}) == kur.KUR_TWICE
    assert {one.nik for one in loans if len(one.nik) == 16} <= {one.owner.nik for one in trades}
    servants = simpeg.servants(town, today=TODAY)
    assert sum(len(one.nip) == 9 for one in servants) == simpeg.ASN_OLD_NIP
    assert sum(one.told_since == simpeg.NO_DAY for one in servants) == simpeg.ASN_NO_APPOINTMENT
    assert sum(one.updated == simpeg.NO_MOMENT for one in servants) == simpeg.ASN_NO_UPDATE
    assert sum(not one.name.isascii() for one in servants) == simpeg.ASN_ACCENTED
    assert sum(not one.active for one in servants) == simpeg.ASN_INACTIVE
    assert len({one.nip for one in servants}) == len(servants)


def test_numbers_are_well_formed_and_everybodys_own() -> None:
    assert all(nib.reader()(one.nib) == one.nib for one in TRADES if len(one.nib) == 13)
    assert all(isinstance(npwp.reader()(one.npwp), str) for one in TRADES if one.npwp and not one.npwp.startswith("00."))
    for one in SERVANTS:
        if len(one.nip) > 9:
            read = nip.reader()(one.nip)
            assert (read[:8], read[12:14] == nip.PPPK, read[14]) == (f"{one.person.born:%Y%m%d}", one.contract, "12"[one.person.sex == "P"])


def test_the_same_day_makes_the_same_files(tmp_path: Path) -> None:
    for name in ("satu", "dua"):
        kur.write(tmp_path / name, LOANS, today=TODAY)
        rat.write(tmp_path / name, PLAN, today=TODAY)
    for one, other in zip(sorted((tmp_path / "satu").iterdir()), sorted((tmp_path / "dua").iterdir()), strict=True):
        assert (one.name, one.read_bytes()) == (other.name, other.read_bytes())


def test_businesses_come_with_numbers_as_they_must_be(city: IllCity) -> None:
    records, source, quality = whole(city, "usaha", "dagkop")
    kept = {one.nib: one for one in TRADES if len(one.nib) == 13}
    assert {record["nib"] for record in records} == set(kept)
    assert source["rejected"] == dropserver.DROP_SHORT_NIB
    assert source["invalid"] == {"npwp": dropserver.DROP_FILLED_NPWP, "omzet": dropserver.DROP_WORDY_REVENUE}
    assert quality["uniqueness"] == round(len(kept) / (len(kept) + dropserver.DROP_TWICE), 4)
    for record in records:
        one = kept[record["nib"]]
        assert (record["nik_pemilik"], record["kbli"], record["aktif"]) == (one.owner.nik, f"{one.kbli:05}", one.active)
        assert record["omzet"] == (None if one.revenue == "belum dihitung" else rupiah(one.revenue))
        assert record["npwp"] is None or len(record["npwp"]) == 16


def test_loans_are_read_out_of_a_packed_file_without_a_header(city: IllCity) -> None:
    records, source, quality = whole(city, "pembiayaan", "banksumut")
    kept = {one.number: one for one in LOANS if len(one.nik) == 16}
    assert {record["nomor_akad"] for record in records} == set(kept)
    assert source["rejected"] == kur.KUR_SHORT_NIK
    assert source["invalid"] == {"kolektibilitas": kur.KUR_UNKNOWN_GRADE}
    assert sum(record["jatuh_tempo"] is None for record in records) == kur.KUR_NO_DUE_DATE
    assert quality["validity"] < 1
    for record in records:
        one = kept[record["nomor_akad"]]
        assert (record["nik"], record["plafon"], record["outstanding"]) == (one.nik, one.ceiling, one.outstanding)
        assert record["tanggal_akad"] == one.signed.isoformat()


def test_a_plan_is_read_as_people_spell_it_and_sums_are_no_activities(city: IllCity) -> None:
    records, source, _ = whole(city, "rencana", "")
    kept = {one.code: one for one in PLAN}
    assert {record["kode"] for record in records} == set(kept)
    assert source["rejected"] == 0
    assert source["invalid"] == {"pagu": rat.RAT_NO_AMOUNT, "satuan": rat.RAT_UNKNOWN_UNIT}
    for record in records:
        one = kept[record["kode"]]
        assert record["pagu"] == (None if one.spelt == "menyesuaikan" else one.amount)
        assert tuple(record[f"triwulan_{number}"] for number in range(1, 5)) == one.quarters
        assert record["opd"] is not None
    spelt = {type(one.spelt).__name__ + str(one.spelt).rpartition(" ")[2].strip("0123456789,.-") for one in PLAN}
    assert {"int", "strjuta", "strmiliar"} <= spelt


def test_servants_come_out_of_a_database_of_2009(city: IllCity) -> None:
    records, source, quality = whole(city, "asn", "bkpsdm")
    kept = {one.nip.replace(" ", ""): one for one in SERVANTS if one.active and len(one.nip) > 9}
    assert {record["nip"] for record in records} == set(kept)
    assert source["rejected"] == simpeg.ASN_OLD_NIP
    assert sum(record["tmt"] is None for record in records) == simpeg.ASN_NO_APPOINTMENT
    assert quality["timeliness"] == round(1 - simpeg.ASN_NO_UPDATE / len(kept), 4)
    assert sum("é" in record["nama"] for record in records) == simpeg.ASN_ACCENTED
    for record in records:
        one = kept[record["nip"]]
        assert (record["nik"], record["nama"], record["status"]) == (one.person.nik, one.name, "pppk" if one.contract else "pns")


def test_every_unit_and_office_is_an_organisation_of_the_city(city: IllCity) -> None:
    with (city.live.town.folder / "lembar" / "instansi.csv").open(encoding="utf-8") as file:
        known = {row["id"] for row in csv.DictReader(file)}
    for contract, organisation, field in (("asn", "bkpsdm", "unit"), ("rencana", "", "opd")):
        assert {record[field] for record in whole(city, contract, organisation)[0]} <= known
