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

from demo import people, siks
from tests.fixtures.demo_city import DemoCity, demo_city

TODAY = datetime.now(ZoneInfo("Asia/Jakarta")).date()
TOWN = people.town(today=TODAY)
TOLD = siks.families(TOWN, today=TODAY)


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
    bansos, dtsen = answers[0]["meta"]["sources"]
    assert (bansos["system"], dtsen["system"]) == ("dinsos.bansos", "dinsos.siks")
    records = [record for answer in answers for record in answer["data"]]
    # An unknown programme is no programme, and without one a row is no aid; everything else is emptied and told.
    helped = {family.id for family in TOLD if family.pkh and len(str(family.nik)) == 16}
    assert bansos["rejected"] == people.BANSOS_UNKNOWN_PROGRAM
    assert len(records) == len({record["id"] for record in records}) == len(TOWN.aids) - people.BANSOS_UNKNOWN_PROGRAM + len(helped)
    assert bansos["invalid"] == {"nilai": people.BANSOS_BAD_AMOUNT, "kode_wilayah": people.BANSOS_KEMENDAGRI_CODE}
    assert sum(record["tanggal_salur"] is None for record in records) == people.BANSOS_NO_DATE
    whole = [answer["meta"]["quality"] for answer in answers]
    empty = people.BANSOS_BAD_AMOUNT + people.BANSOS_NO_DATE + people.BANSOS_KEMENDAGRI_CODE
    needed = 6 * len(records)
    told = sum(quality["completeness"] * 6 * len(answer["data"]) for quality, answer in zip(whole, answers, strict=True))
    assert abs(told - (needed - empty)) < 1
    fresh = sum(quality["timeliness"] * len(answer["data"]) for quality, answer in zip(whole, answers, strict=True))
    assert abs(fresh - (len(records) - people.BANSOS_STALE)) < 1
    assert all(quality["validity"] < 1 for quality in whole)
    assert all(quality["consistency"] is None for quality in whole), "no aid is told by both"


def test_the_people_of_the_city_are_merged_out_of_three_applications(city: DemoCity) -> None:
    answer = ask(city, "/v1/penduduk?limit=1000&count=exact", token(city, "bappeda"))
    siak, bansos, dtsen = answer["meta"]["sources"]
    assert (siak["system"], bansos["system"], dtsen["system"]) == ("disdukcapil.siak", "dinsos.bansos", "dinsos.siks")
    recipients = {aid.person.nik for aid in TOWN.aids}
    heads = {str(family.nik) for family in TOLD if len(str(family.nik)) == 16}
    nameless = {one.nik for one in TOWN.people if one.name_in_siak is None}
    known = {one.nik for one in TOWN.people if one.nik_in_siak == one.nik}
    broken = people.SIAK_SHORT_NIK + people.SIAK_BAD_DATE_NIK
    # Who has no name in SIAK still has one where Dinsos knows them; whose number SIAK has wrong is still known by it there.
    assert siak["rejected"] == broken + len(nameless - recipients - heads)
    assert answer["meta"]["total"] == len((known - nameless) | recipients | heads)
    quality = answer["meta"]["quality"]
    keys = answer["meta"]["total"]
    assert quality["uniqueness"] == round(keys / (keys + people.SIAK_DUPLICATES + siks.SIKS_TWICE), 4)
    assert quality["consistency"] < 1
    told = {aid.person.nik: aid for aid in reversed(TOWN.aids)}
    dates = sum(aid.person.updated_in_siak not in (None, aid.updated) for aid in told.values())
    nameless_recipients = sum(aid.name != aid.person.name and aid.person.name_in_siak is None for aid in told.values())
    facts = people.BANSOS_OTHER_NAME + people.BANSOS_OTHER_SEX + people.BANSOS_OTHER_STREET
    assert bansos["differs"] == facts + dates - nameless_recipients
    moved = sum(family.region == family.head.place.bps and family.head.nik in known for family in TOLD)
    renamed = sum(aid.name != aid.person.name and aid.person.name_in_siak is None for nik, aid in told.items() if nik in heads)
    assert dtsen["differs"] == moved + renamed
    assert dtsen["rejected"] == siks.SIKS_SHORT_NIK
    assert quality["validity"] < 1
    assert quality["timeliness"] < 1
    assert 0 < quality["score"] < 1
    assert all(record["nik"].startswith("t1_") for record in answer["data"]), "Bappeda sees tokens"


def verify(city: DemoCity, body: dict[str, Any], bearer: str, **headers: str) -> dict[str, Any]:
    sent = {"authorization": f"Bearer {bearer}", "content-type": "application/json", **headers}
    with urllib.request.urlopen(urllib.request.Request(f"{city.base}/v1/penduduk:verify", data=json.dumps(body).encode(), headers=sent)) as reply:
        found: dict[str, Any] = json.load(reply)
        return found


def test_a_date_of_birth_that_differs_from_the_nik_is_suspicious(city: DemoCity) -> None:
    bearer = token(city, "bappeda")
    odd = next(one for one in TOWN.people if one.born_in_siak != one.born)
    even = next(one for one in TOWN.people if one.nik == one.nik_in_siak and one.born == one.born_in_siak and one.name_in_siak)
    marks = {}
    for page in walked(city, "/v1/penduduk?limit=1000", bearer):
        for record in page["data"]:
            for one in (odd, even):
                where = (record["nama"], record["kode_wilayah"], record["tanggal_lahir"], record["alamat"])
                if where == (one.name.upper(), one.place.kemendagri, one.born_in_siak.isoformat(), one.street.upper()):
                    marks[one.nik] = record["nik"]
    found = []
    for person in (odd, even):
        body = json.dumps({"filter": {"nik": marks[person.nik]}}).encode()
        headers = {"authorization": f"Bearer {bearer}", "content-type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(f"{city.base}/v1/penduduk:search", data=body, headers=headers)) as reply:
            found.append(json.load(reply)["meta"]["quality"]["validity"])
    assert found[0] < 1
    assert found[1] == 1.0


def test_dinsos_must_name_its_purpose_and_is_told_a_word_for_each_claim(city: DemoCity) -> None:
    bearer = token(city, "dinsos")
    one = next(one for one in TOWN.people if one.nik == one.nik_in_siak and one.born == one.born_in_siak and one.name_in_siak)
    body = {"key": one.nik, "claims": {"nama": one.name, "tanggal_lahir": "1901-01-01"}}
    with pytest.raises(urllib.error.HTTPError) as raised:
        verify(city, body, bearer)
    assert json.load(raised.value)["code"] == "purpose_required"
    raised.value.close()
    answer = verify(city, body, bearer, **{"titian-purpose": "verifikasi-bantuan"})
    assert answer["data"] == {"nama": "match", "tanggal_lahir": "differs"}
    assert [source["system"] for source in answer["meta"]["sources"]] == ["disdukcapil.siak", "dinsos.bansos", "dinsos.siks"]


def test_what_dinsos_reads_of_people_is_its_own(city: DemoCity) -> None:
    answer = ask(city, "/v1/penduduk?limit=1", token(city, "dinsos"), **{"titian-purpose": "verifikasi-bantuan"})
    assert [source["system"] for source in answer["meta"]["sources"]] == ["dinsos.bansos", "dinsos.siks"]


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
    assert {row["system"] for row in found} <= {"disdukcapil.siak", "dinsos.bansos", "dinsos.siks"}
    assert all("value" not in row for row in found)


def test_nothing_of_anybody_stands_in_what_the_demo_wrote(city: DemoCity) -> None:
    home = Path(city.home) / "var" / "demo"
    content = b"".join(path.read_bytes() for path in home.glob("titian.db*"))
    assert not any(one.nik.encode() in content for one in TOWN.people)
    assert not any(name.encode() in content for one in TOWN.people for name in (one.name, one.name.upper()))
