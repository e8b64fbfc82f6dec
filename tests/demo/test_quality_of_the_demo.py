"""Each dimension of the demo's quality, computed by hand from its counted faults and compared with what the gateway says."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from demo import people
from tests.fixtures.demo_city import DemoCity, demo_city

TODAY = datetime.now(ZoneInfo("Asia/Jakarta")).date()
TOWN = people.town(today=TODAY)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoCity]:
    with demo_city(tmp_path_factory.mktemp("kota")) as made:
        yield made


def token(city: DemoCity, organisation: str) -> str:
    one = next(client for client in city.clients if client["organisation"] == organisation)
    pair = base64.b64encode(f"{one['client_id']}:{one['client_secret']}".encode()).decode()
    request = urllib.request.Request(f"{city.base}/oauth/token", data=b"grant_type=client_credentials", headers={"authorization": f"Basic {pair}"})
    with urllib.request.urlopen(request) as reply:
        return str(json.load(reply)["access_token"])


def ask(city: DemoCity, path: str, bearer: str, **headers: str) -> dict[str, Any]:
    request = urllib.request.Request(city.base + path, headers={"authorization": f"Bearer {bearer}", **headers})
    with urllib.request.urlopen(request) as reply:
        found: dict[str, Any] = json.load(reply)
        return found


def walked(city: DemoCity, path: str, bearer: str) -> list[dict[str, Any]]:
    answers, url = [], path
    while url:
        answers.append(ask(city, url, bearer))
        url = (answers[-1]["links"]["next"] or "").removeprefix(city.base)
    return answers


def test_the_aid_of_the_city_is_read_whole_and_its_faults_are_seen(city: DemoCity) -> None:
    answers = walked(city, "/v1/bantuan?limit=1000", token(city, "dinsos"))
    sources = [answer["meta"]["sources"][0] for answer in answers]
    records = [record for answer in answers for record in answer["data"]]
    # An unknown programme is no programme, and without one a row is no aid; everything else is emptied and told.
    assert sum(source["rejected"] for source in sources) == people.BANSOS_UNKNOWN_PROGRAM
    assert len(records) == len({record["id"] for record in records}) == len(TOWN.aids) - people.BANSOS_UNKNOWN_PROGRAM
    invalid = {field: sum(source["invalid"].get(field, 0) for source in sources) for field in ("nilai", "kode_wilayah")}
    assert invalid == {"nilai": people.BANSOS_BAD_AMOUNT, "kode_wilayah": people.BANSOS_KEMENDAGRI_CODE}
    assert sum(record["tanggal_salur"] is None for record in records) == people.BANSOS_NO_DATE
    whole = [answer["meta"]["quality"] for answer in answers]
    empty = people.BANSOS_BAD_AMOUNT + people.BANSOS_NO_DATE + people.BANSOS_KEMENDAGRI_CODE
    needed = 6 * len(records)
    told = sum(quality["completeness"] * 6 * len(answer["data"]) for quality, answer in zip(whole, answers, strict=True))
    assert abs(told - (needed - empty)) < 1
    fresh = sum(quality["timeliness"] * len(answer["data"]) for quality, answer in zip(whole, answers, strict=True))
    assert abs(fresh - (len(records) - people.BANSOS_STALE)) < 1
    assert all(quality["validity"] < 1 and quality["completeness"] < 1 and quality["timeliness"] < 1 for quality in whole)
    assert all(quality["consistency"] is None for quality in whole)


def test_the_people_of_the_city_are_merged_out_of_two_applications(city: DemoCity) -> None:
    answer = ask(city, "/v1/penduduk?limit=1000&count=exact", token(city, "bappeda"))
    siak, bansos = answer["meta"]["sources"]
    assert (siak["system"], bansos["system"]) == ("disdukcapil.siak", "dinsos.bansos")
    recipients = {aid.person.nik for aid in TOWN.aids}
    nameless = {one.nik for one in TOWN.people if one.name_in_siak is None}
    broken = people.SIAK_SHORT_NIK + people.SIAK_BAD_DATE_NIK
    # Who has no name in SIAK still has one where Dinsos knows them.
    assert siak["rejected"] == broken + len(nameless - recipients)
    assert answer["meta"]["total"] == people.PEOPLE - broken - len(nameless - recipients)
    quality = answer["meta"]["quality"]
    keys = answer["meta"]["total"]
    assert quality["uniqueness"] == round(keys / (keys + people.SIAK_DUPLICATES), 4)
    assert quality["consistency"] < 1
    told = {aid.person.nik: aid for aid in reversed(TOWN.aids)}.values()
    dates = sum(aid.person.updated_in_siak not in (None, aid.updated) for aid in told)
    nameless_recipients = sum(aid.name != aid.person.name and aid.person.name_in_siak is None for aid in told)
    facts = people.BANSOS_OTHER_NAME + people.BANSOS_OTHER_SEX + people.BANSOS_OTHER_STREET
    assert bansos["differs"] == facts + dates - nameless_recipients
    assert quality["validity"] < 1
    assert quality["timeliness"] < 1
    assert 0 < quality["score"] < 1
    assert [record["nik"] for record in answer["data"]] == sorted(record["nik"] for record in answer["data"])


def test_a_date_of_birth_that_differs_from_the_nik_is_suspicious(city: DemoCity) -> None:
    odd = next(one for one in TOWN.people if one.born_in_siak != one.born)
    even = next(one for one in TOWN.people if one.nik == one.nik_in_siak and one.born == one.born_in_siak and one.name_in_siak)
    bearer = token(city, "disdukcapil") if any(c["organisation"] == "disdukcapil" for c in city.clients) else token(city, "bappeda")
    marks = []
    for person in (odd, even):
        body = json.dumps({"filter": {"nik": person.nik}}).encode()
        headers = {"authorization": f"Bearer {bearer}", "content-type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(f"{city.base}/v1/penduduk:search", data=body, headers=headers)) as reply:
            marks.append(json.load(reply)["meta"]["quality"]["validity"])
    assert marks[0] < 1
    assert marks[1] == 1.0


def test_dinsos_must_name_its_purpose(city: DemoCity) -> None:
    bearer = token(city, "dinsos")
    with pytest.raises(urllib.error.HTTPError) as raised:
        ask(city, "/v1/penduduk?limit=1", bearer)
    assert json.load(raised.value)["code"] == "purpose_required"
    raised.value.close()
    answer = ask(city, "/v1/penduduk?limit=1", bearer, **{"titian-purpose": "verifikasi-bantuan"})
    assert [source["system"] for source in answer["meta"]["sources"]] == ["disdukcapil.siak", "dinsos.bansos"]


def test_the_evidence_of_the_demo_verifies_from_the_command_line(city: DemoCity) -> None:
    import os
    import subprocess
    import sys

    home = Path(city.home) / "var" / "demo"
    environ = {**os.environ, "TITIAN_DATABASE_URL": f"sqlite+aiosqlite:///{home}/titian.db", "TITIAN_KEYS": str(home / "keys")}

    def titian(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "app", *arguments], env=environ, capture_output=True, text=True, check=False)

    ask(city, "/v1/bantuan?limit=1", token(city, "diskominfo"))
    verified = titian("ledger", "verify", "--json")
    assert verified.returncode == 0, verified.stderr
    assert json.loads(verified.stdout)["entries"] > 0
    listed = titian("quarantine", "list", "--json")
    found = json.loads(listed.stdout)
    assert {row["system"] for row in found} <= {"disdukcapil.siak", "dinsos.bansos"}
    assert all("value" not in row for row in found)


def test_nothing_of_anybody_stands_in_what_the_demo_wrote(city: DemoCity) -> None:
    home = Path(city.home) / "var" / "demo"
    content = b"".join(path.read_bytes() for path in home.glob("titian.db*"))
    assert not any(one.nik.encode() in content for one in TOWN.people)
    assert not any(name.encode() in content for one in TOWN.people for name in (one.name, one.name.upper()))
