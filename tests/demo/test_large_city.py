"""A city too large to be read live: the demo serves copies, and a list made of several of them can be walked to its end."""

import time
from pathlib import Path

from demo import people, siks
from demo.__main__ import COPIED, LIVE, harvested
from tests.demo.test_quality_of_the_demo import TODAY, ask, token, walked
from tests.fixtures.demo_city import DemoCity, demo_city

PEOPLE = LIVE + 100


def harvests(city: DemoCity) -> list[dict[str, object]]:
    found: list[dict[str, object]] = ask(city, "/status", "")["store"]
    return found


def test_a_file_of_a_system_becomes_one_of_copies() -> None:
    text = 'id = "a.b"\n[[resource]]\ncontract = "penduduk"\nmode = "live"\n\n[resource.read]\n[[resource]]\ncontract = "bantuan"\n'
    copy = 'mode = "replica"\nrefresh = "6h"\n'
    assert harvested(text) == text.replace('mode = "live"\n', "").replace('"penduduk"\n', f'"penduduk"\n{copy}').replace(
        '"bantuan"\n', f'"bantuan"\n{copy}'
    )


def test_the_people_of_a_large_city_are_walked_whole(tmp_path: Path) -> None:
    with demo_city(tmp_path, DEMO_PEOPLE=str(PEOPLE)) as city:
        assert all(system in city.said for system in COPIED)
        deadline = time.monotonic() + 60
        while not all(one["harvested"] for one in harvests(city)):
            assert time.monotonic() < deadline, harvests(city)
            time.sleep(0.2)
        assert {str(one["system"]) for one in harvests(city)} == set(COPIED)
        answers = walked(city, "/v1/penduduk?limit=1000&fields=nik,nama", token(city, "bappeda"))
    town = people.town(PEOPLE, today=TODAY)
    told = siks.families(town, today=TODAY)
    known = {one.nik for one in town.people if one.nik_in_siak == one.nik}
    recipients, heads = {aid.person.nik for aid in town.aids}, {str(family.nik) for family in told if len(str(family.nik)) == 16}
    nameless = {one.nik for one in town.people if one.name_in_siak is None}
    marks = [record["nik"] for answer in answers for record in answer["data"]]
    assert len(marks) == len(set(marks)) == len((known - nameless) | recipients | heads)
    assert all(answer["meta"]["complete"] for answer in answers)
