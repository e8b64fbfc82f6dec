"""Every application of the demo on every one of its bad days: the right word, nothing invented, nobody else unwell."""

from collections.abc import Iterator
from typing import Any

import pytest

from demo.old_server import MODES
from tests.fixtures.ill_city import IllCity, ill_city

ASKED = {
    "siak": ("disdukcapil.siak", "disdukcapil", "/v1/penduduk?limit=5", "nik"),
    "bansos": ("dinsos.bansos", "dinsos", "/v1/bantuan?limit=5", "id"),
    "dropserver": ("dagkop.dropserver", "dagkop", "/v1/usaha?limit=5", "nib"),
    "siks": ("dinsos.siks", "dinsos", "/v1/keluarga?limit=5", "id"),
    "kur": ("banksumut.kur", "banksumut", "/v1/pembiayaan?limit=5", "nomor_akad"),
    "rat": ("bappeda.rat", "", "/v1/rencana?limit=5", "kode"),
    "simpeg": ("bkpsdm.simpeg", "bkpsdm", "/v1/asn?limit=5", "nip"),
}
"""System, who asks, what, and the key of a record."""
RULE = (502, "bad_answer", "response_rule")
OF_A_PORT = {
    "down": (502, "unreachable", "refused_connection"),
    "slow": (504, "unreachable", "timeout"),
    "error200": RULE,
    "login_expired": (502, "refused", "response_rule"),
    "half_page": (502, "bad_answer", "broken_reply"),
}
HTML = (502, "bad_answer", "html_not_a_sheet")
OF_A_SHEET = {"down": (504, "unreachable", "no_file"), "error200": HTML, "login_expired": HTML, "half_page": (502, "bad_answer", "not_readable")}
NO_DATABASE = (502, "bad_answer", "not_a_database")
OF_A_DATABASE = {
    "down": (504, "unreachable", "no_file"),
    "slow": (503, "throttled", "database_busy"),
    "error200": NO_DATABASE,
    "login_expired": NO_DATABASE,
    "half_page": NO_DATABASE,
    "changed_column": (502, "bad_answer", "bad_query"),
}
HEARD = {name: OF_A_DATABASE if name == "simpeg" else OF_A_SHEET if name in ("siks", "kur", "rat") else OF_A_PORT for name in ASKED}
"""What is said in place of records. Where nothing stands here there are records, or rows that were rejected: a sheet that somebody has open is
answered out of its former copy, and a column that is called otherwise is missing."""
CASES = [(name, mode) for name in ASKED for mode in MODES if mode != "ok"]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IllCity]:
    with ill_city(tmp_path_factory.mktemp("sakit")) as made:
        yield made


@pytest.fixture(scope="module")
def well(city: IllCity) -> dict[str, dict[str, Any]]:
    """What each application says when it is well, by name and key; asked whole, so that any five of them can be compared."""
    found = {}
    for name, (_, organisation, path, key) in ASKED.items():
        status, body = city.ask(path.replace("limit=5", "limit=1000"), organisation)
        assert (status, body["meta"]["complete"]) == (200, True), name
        found[name] = {record[key]: record for record in body["data"]}
        assert found[name], name
    return found


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_a_bad_day_is_called_by_its_name_and_is_nobody_elses(city: IllCity, well: dict[str, dict[str, Any]], name: str, mode: str) -> None:
    system, organisation, path, key = ASKED[name]
    neighbour = ASKED["rat" if name != "rat" else "kur"]
    assert city.put(name, mode) == (200, {"application": name, "mode": mode})
    try:
        status, body = city.ask(path, organisation)
        state = next(one for one in city.ask("/status")[1]["systems"] if one["system"] == system)
        others = city.ask(neighbour[2], neighbour[1])
    finally:
        city.put(name, "ok")
    wanted = HEARD[name].get(mode)
    if wanted is None:
        assert status == 200
        assert invented(body["data"], well[name], key) == []
        source = next(one for one in body["meta"]["sources"] if one["system"] == system)
        assert mode == "slow" or source["rejected"] > 0 or lost(body["data"], well[name], key)
    else:
        assert (status, body["code"], state["state"], state["reason"]) == (wanted[0], f"source_{wanted[1]}", *wanted[1:])
        assert "data" not in body
    assert (others[0], others[1]["meta"]["complete"]) == (200, True)
    again = city.ask(path, organisation)
    assert (again[0], invented(again[1]["data"], well[name], key)) == (200, [])


def invented(records: list[dict[str, Any]], known: dict[str, Any], key: str) -> list[str]:
    """Fields that say other than the application does when it is well; one that is empty says nothing."""
    told = [(record, known.get(record[key], {})) for record in records]
    return [name for record, right in told for name, value in record.items() if value is not None and right.get(name) != value]


def lost(records: list[dict[str, Any]], known: dict[str, Any], key: str) -> list[str]:
    """Fields that are empty though the application knows them."""
    return [name for record in records for name, value in record.items() if value is None and known[record[key]][name] is not None]


def test_an_application_that_others_can_do_without_is_left_out_by_name(city: IllCity) -> None:
    city.put("siks", "down")
    try:
        status, body = city.ask("/v1/bantuan?limit=5", "dinsos")
    finally:
        city.put("siks", "ok")
    assert (status, body["meta"]["complete"]) == (200, False)
    told = {one["system"]: one["status"] for one in body["meta"]["sources"]}
    assert told == {"dinsos.bansos": "ok", "dinsos.siks": "unreachable"}


def test_the_open_list_of_applications_says_who_is_ill(city: IllCity) -> None:
    city.put("kur", "down")
    try:
        city.ask("/v1/pembiayaan?limit=1", "banksumut")
        status, body = city.ask("/v1/aplikasi/banksumut.kur")
    finally:
        city.put("kur", "ok")
    assert (status, body["data"]["keadaan"], body["data"]["dimensi"]) == (200, "unreachable", "ECO3")
    city.ask("/v1/pembiayaan?limit=1", "banksumut")
    assert city.ask("/v1/aplikasi/banksumut.kur")[1]["data"]["keadaan"] == "ok"


def test_the_address_that_makes_ill_takes_nothing_else(city: IllCity) -> None:
    assert city.put("siak", "terbang")[0] == 422
    assert city.put("lain", "ok")[0] == 404
    assert city.put("disdukcapil.siak", "ok")[0] == 200
    assert {one.mode for one in city.offices.values()} == {"ok"}
