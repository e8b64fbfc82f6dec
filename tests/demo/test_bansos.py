"""Bansos over real HTTP: a login for a token that ends, YA and TIDAK, `status: false` with a 200."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from demo import people
from demo.bansos import Bansos
from tests.fixtures.old_application import Old, running

TOWN = people.town(400, today=date(2026, 11, 24))
API = "/index.php/api"


@pytest.fixture(scope="module")
def bansos() -> Iterator[Old]:
    with running(Bansos(TOWN, "u", "p").answer) as old:
        yield old


def login(old: Old, form: str = "u=u&p=p") -> Any:
    return old.ask(f"{API}/login", method="POST", body=form)


@pytest.fixture(scope="module")
def token(bansos: Old) -> str:
    return str(login(bansos)["data"]["token"])


def rows(old: Old, path: str, token: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = old.ask(API + path, x_token=token)["data"]["rows"]
    return found


def test_a_login_gives_a_token_and_says_how_long_it_lives(bansos: Old) -> None:
    said = login(bansos)
    assert said["status"] is True
    assert set(said["data"]) == {"token", "expires"}


@pytest.mark.parametrize("form", ["u=u&p=x", "u=&p=", ""])
def test_a_wrong_password_is_a_status_false(bansos: Old, form: str) -> None:
    said = login(bansos, form)
    assert (said["status"], said["code"]) == (False, "LOGIN")


def test_without_a_token_one_is_asked_to_log_in_again(bansos: Old) -> None:
    assert bansos.ask(f"{API}/penerima", x_token="lain")["code"] == "TOKEN_EXPIRED"


def test_a_token_ends_and_the_next_one_works() -> None:
    application = Bansos(TOWN, "u", "p", life=0)
    with running(application.answer) as old:
        ended = login(old)["data"]["token"]
        assert old.ask(f"{API}/penerima", x_token=ended)["code"] == "TOKEN_EXPIRED"
        application.life = 60
        assert old.ask(f"{API}/penerima", x_token=login(old)["data"]["token"])["status"] is True
    assert application.logins == 2


def test_a_row_of_aid_is_written_as_the_office_writes_it(bansos: Old, token: str) -> None:
    aid = next(one for one in TOWN.aids if one.amount.startswith("Rp ") and one.given != "00/00/0000")
    (row,) = rows(bansos, f"/penerima/{aid.id}", token)
    assert row["id_salur"] == aid.id
    assert row["no_ktp"] == aid.person.nik
    assert row["nama"] == aid.name.upper()
    assert row["kode_kel"] == aid.region
    assert row["layak"] in ("YA", "TIDAK")
    assert row["nilai_rp"].endswith(",00")
    assert re.fullmatch(r"\d\d/\d\d/\d{4}", row["tgl"])
    assert row["updated_at"] == f"{aid.updated} 10:11:12"


def test_amounts_group_their_thousands_with_dots() -> None:
    written = {aid.program: aid.amount for aid in TOWN.aids if "O" not in aid.amount}
    assert written.items() >= {"PKH": "Rp 900.000,00", "RTLH": "Rp 20.000.000,00", "BPJSTK": "Rp 16.800,00"}.items()


def test_pages_together_are_every_aid(bansos: Old, token: str) -> None:
    first = bansos.ask(f"{API}/penerima?halaman=1&per=200", x_token=token)
    assert first["data"]["total"] == len(TOWN.aids)
    pages = range(1, len(TOWN.aids) // 200 + 2)
    found = [row["id_salur"] for number in pages for row in rows(bansos, f"/penerima?halaman={number}&per=200", token)]
    assert found == [aid.id for aid in TOWN.aids]
    assert rows(bansos, f"/penerima?halaman={pages[-1] + 1}&per=200", token) == []


def test_rows_can_be_chosen_by_person_programme_and_day(bansos: Old, token: str) -> None:
    person = TOWN.aids[0].person
    assert {row["no_ktp"] for row in rows(bansos, f"/penerima?no_ktp={person.nik}", token)} == {person.nik}
    assert {row["prog"] for row in rows(bansos, "/penerima?prog=PKH", token)} == {"PKH"}
    since = [row["id_salur"] for row in rows(bansos, "/penerima?sejak=01-09-2026&per=500", token)]
    given = {aid.id: "".join(reversed(aid.given.split("/"))) for aid in TOWN.aids}
    assert since == [one for one, day in given.items() if day >= "20260901"]
    assert 0 < len(since) < len(TOWN.aids)


def test_each_recipient_is_one_row_of_people(bansos: Old, token: str) -> None:
    found = rows(bansos, "/orang?per=500", token)
    assert [row["no_ktp"] for row in found] == sorted({aid.person.nik for aid in TOWN.aids})
    assert rows(bansos, f"/orang?no_ktp={found[0]['no_ktp']}", token) == found[:1]


def test_an_unknown_number_is_a_status_false(bansos: Old, token: str) -> None:
    assert bansos.ask(f"{API}/penerima/S-999999", x_token=token)["code"] == "NOTFOUND"
