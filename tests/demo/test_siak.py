"""SIAK over real HTTP: a Spring page, whole numbers, and refusals inside a 200."""

import base64
from collections.abc import Iterator
from datetime import date

import pytest

from demo import people
from demo.siak import Siak
from tests.fixtures.old_application import Old, running

TOWN = people.town(400, today=date(2026, 11, 24))
KEY = "Basic " + base64.b64encode(b"u:p").decode()
LIST = "/dukcapil/penduduk"


@pytest.fixture(scope="module")
def siak() -> Iterator[Old]:
    with running(Siak(TOWN.siak, "u", "p").answer) as old:
        yield old


def test_a_page_is_a_spring_page(siak: Old) -> None:
    first = siak.ask(f"{LIST}?page=0&size=100", authorization=KEY)
    assert {name: first[name] for name in first if name != "content"} == {
        "lastPage": False,
        "numberOfElements": 100,
        "sort": None,
        "totalElements": len(TOWN.siak),
        "firstPage": True,
        "number": 0,
        "size": 100,
    }
    last = siak.ask(f"{LIST}?page=4&size=100", authorization=KEY)
    assert (last["lastPage"], last["numberOfElements"]) == (True, people.SIAK_DUPLICATES)
    assert siak.ask(f"{LIST}?page=5&size=100", authorization=KEY)["content"] == []


def test_pages_together_are_everybody_and_none_is_larger_than_two_hundred(siak: Old) -> None:
    pages = [siak.ask(f"{LIST}?page={number}&size=5000", authorization=KEY)["content"] for number in range(3)]
    assert [len(page) for page in pages] == [200, 200, len(TOWN.siak) - 400]
    assert [row["NIK"] for page in pages for row in page] == [int(one.nik_in_siak) for one in TOWN.siak]


def test_a_person_is_written_in_numbers_without_zeros_and_dates_with_dots(siak: Old) -> None:
    person = TOWN.people[0]
    (row,) = siak.ask(f"{LIST}/{person.nik}", authorization=KEY)["content"]
    _, _, district, village = person.place.kemendagri.split(".")
    assert (row["NIK"], row["NO_KK"]) == (int(person.nik), int(person.no_kk))
    assert (row["NO_PROP"], row["NO_KAB"], row["NO_KEC"], row["NO_KEL"]) == (12, 76, int(district), int(village))
    assert (row["NO_RT"], row["NO_RW"]) == (person.rt, person.rw)
    assert row["TGL_LHR"] == person.born.strftime("%d.%m.%Y")
    assert row["JENIS_KLMIN"] == {"L": "Laki-Laki", "P": "PEREMPUAN"}[person.sex]
    assert row["GOL_DARAH"] == "TIDAK TAHU"


def test_the_lost_update_is_the_first_day_of_all_days(siak: Old) -> None:
    person = next(one for one in TOWN.people if one.updated_in_siak is None)
    (row,) = siak.ask(f"{LIST}/{person.nik}", authorization=KEY)["content"]
    assert row["TGL_UPDATE"] == "01.01.0001"


def test_a_family_and_a_person_can_be_asked_for(siak: Old) -> None:
    head = TOWN.people[0]
    family = [int(one.nik_in_siak) for one in TOWN.siak if one.no_kk == head.no_kk]
    assert [row["NIK"] for row in siak.ask(f"{LIST}?no_kk={head.no_kk}", authorization=KEY)["content"]] == family
    assert siak.ask(f"{LIST}?nik={head.nik}", authorization=KEY)["totalElements"] == 1
    twice = TOWN.siak[-1]
    assert siak.ask(f"{LIST}?nik={twice.nik}", authorization=KEY)["totalElements"] == 2
    assert siak.ask(f"{LIST}/{twice.nik}", authorization=KEY)["totalElements"] == 1


@pytest.mark.parametrize("nik", ["1276010101909999", "x"])
def test_a_stranger_is_a_word_in_a_200(siak: Old, nik: str) -> None:
    assert siak.ask(f"{LIST}/{nik}", authorization=KEY) == {"content": [{"RESPON": "Data Tidak Ditemukan"}]}


@pytest.mark.parametrize("key", ["", "Basic dTp4", "Bearer x"])
def test_a_wrong_account_is_a_word_in_a_200(siak: Old, key: str) -> None:
    assert siak.ask(LIST, authorization=key) == {"content": [{"RESPON": "Login Gagal"}]}


def test_a_page_that_is_no_number_is_the_first(siak: Old) -> None:
    assert siak.ask(f"{LIST}?page=satu&size=-1", authorization=KEY)["number"] == 0


def test_the_quota_of_the_day_ends_and_a_wrong_account_does_not_use_it() -> None:
    with running(Siak(TOWN.siak, "u", "p", quota=2).answer) as old:
        said = [old.ask(f"{LIST}/{TOWN.people[0].nik}", authorization=key)["content"][0].get("RESPON") for key in (KEY, "", KEY, KEY)]
    assert said == [None, "Login Gagal", None, "Kuota Akses Hari ini telah Habis"]
