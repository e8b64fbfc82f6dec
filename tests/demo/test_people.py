"""The synthetic city: the same for the same day, its faults counted."""

import re
from datetime import date
from pathlib import Path

import pytest

from app.contract import nik
from app.contract.flaw import Flaw
from demo import dropserver, kur, people, rat, siks, simpeg

TODAY = date(2026, 11, 24)
TOWN = people.town(today=TODAY)


def test_the_same_day_makes_the_same_city() -> None:
    assert people.town(today=TODAY).aids == TOWN.aids
    assert [one.nik for one in people.town(today=TODAY).siak] == [one.nik for one in TOWN.siak]


def test_another_day_moves_only_what_is_fresh_or_stale() -> None:
    other = people.town(today=date(2027, 3, 1))
    assert [(one.nik, one.name, one.born) for one in other.people] == [(one.nik, one.name, one.born) for one in TOWN.people]
    assert [one.updated_in_siak for one in other.people] != [one.updated_in_siak for one in TOWN.people]


def test_everybody_has_a_number_of_their_own_that_is_synthetic() -> None:
    numbers = [one.nik for one in TOWN.people]
    assert len(set(numbers)) == len(numbers) == people.PEOPLE
    assert all(number[12] == "9" and number.startswith("1276") for number in numbers)
    parse = nik.reader()
    for one in TOWN.people:
        assert parse(one.nik) == one.nik
        assert nik.sex(one.nik) == one.sex
        assert nik.birth_date(one.nik, TODAY) == one.born


def test_people_live_in_the_thirty_five_kelurahan() -> None:
    assert len(people.places()) == 35
    assert {one.place.kemendagri for one in TOWN.people} == {place.kemendagri for place in people.places()}


@pytest.mark.parametrize("count", [1, 100, 5000])
def test_a_city_may_have_any_size(count: int) -> None:
    if count < people.FEWEST:
        with pytest.raises(ValueError, match="at least 400"):
            people.town(count, today=TODAY)
    else:
        assert len(people.town(count, today=TODAY).people) == count


@pytest.mark.parametrize("text", ["sedikit", "12", "", "-900", "4e3"])
def test_a_wish_for_a_city_too_small_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("DEMO_PEOPLE", text)
    with pytest.raises(SystemExit, match="DEMO_PEOPLE must be a number, 400 or more"):
        people.people_wanted()


def test_the_wish_for_a_city_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PEOPLE", "1200")
    assert people.people_wanted() == 1200
    monkeypatch.delenv("DEMO_PEOPLE")
    assert people.people_wanted() == people.PEOPLE


def test_the_faults_are_as_many_as_they_are_said_to_be() -> None:
    parse = nik.reader()
    flaws = [flaw.rule for one in TOWN.siak if isinstance(flaw := parse(one.nik_in_siak), Flaw)]
    assert flaws.count("wrong_length") == people.SIAK_SHORT_NIK
    assert flaws.count("bad_date") == people.SIAK_BAD_DATE_NIK
    assert len(TOWN.siak) - len({one.nik_in_siak for one in TOWN.siak}) == people.SIAK_DUPLICATES
    assert sum(one.born_in_siak != one.born for one in TOWN.people) == people.SIAK_OTHER_BIRTH_DATE
    assert sum(one.name_in_siak is None for one in TOWN.people) == people.SIAK_NAMELESS
    assert sum(one.updated_in_siak is None for one in TOWN.people) == people.SIAK_NO_UPDATE
    dates = [one.updated_in_siak for one in TOWN.people if one.updated_in_siak]
    assert sum((TODAY - day).days > 365 for day in dates) == people.SIAK_STALE
    differing = {one.person.nik: one for one in TOWN.aids}.values()
    assert sum(one.name != one.person.name for one in differing) == people.BANSOS_OTHER_NAME
    assert sum(one.sex != one.person.sex for one in differing) == people.BANSOS_OTHER_SEX
    assert sum(one.street != one.person.street for one in differing) == people.BANSOS_OTHER_STREET
    assert sum(one.program == "BLT-KOTA-LAMA" for one in TOWN.aids) == people.BANSOS_UNKNOWN_PROGRAM
    assert sum("O" in one.amount for one in TOWN.aids) == people.BANSOS_BAD_AMOUNT
    assert sum(one.given == "00/00/0000" for one in TOWN.aids) == people.BANSOS_NO_DATE
    assert sum(one.region.startswith("1276") for one in TOWN.aids) == people.BANSOS_KEMENDAGRI_CODE
    assert sum((TODAY - one.updated).days > 365 for one in TOWN.aids) == people.BANSOS_STALE


def test_the_readme_tells_every_fault_and_how_often() -> None:
    text = (Path(people.__file__).parent / "README.md").read_text()
    told = {name: int(number) for name, number in re.findall(r"^\| `(\w+)` \| (\d+) \|", text, re.MULTILINE)}
    every = {name: value for module in (people, siks, dropserver, kur, rat, simpeg) for name, value in vars(module).items()}
    prefixes = ("SIAK_", "BANSOS_", "SIKS_", "DROP_", "KUR_", "RAT_", "ASN_")
    assert told == {name: number for name, number in every.items() if name.startswith(prefixes)}
