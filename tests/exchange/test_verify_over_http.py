"""`:verify`: a word for each field, never a value; with its own permission and its own evidence."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.aid import Aid, nik, row
from tests.fixtures.town import Asking, Town

pytestmark = pytest.mark.anyio


def aid(tmp_path: Path, stack: ExitStack, more: str = 'actions = ["verify"]', fields: str = '["nik", "nama", "umur", "lahir", "telepon"]') -> Town:
    made = Aid(tmp_path, stack, key="nik")
    made.source("dinsos.orang", [row(1), row(2, hp=None), row(3, kel="12.76.02.1004")])
    made.town.client("bappeda-app", "bappeda")
    made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields=fields, more=more)
    return made.town


async def verify(asking: Asking, body: Any, identifier: str = "bappeda-app") -> Any:
    headers = {"authorization": f"Bearer {await asking.token(identifier)}"}
    return await asking.http.post("/v1/orang:verify", json=body, headers=headers)


async def test_each_claim_gets_a_word_and_no_value(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack).open() as asking:
            reply = await verify(
                asking, {"key": nik(2), "claims": {"nama": "ORANG 2", "umur": 3, "lahir": "1990-01-01", "telepon": "+6281234567890"}}
            )
            assert reply.status_code == 200, reply.text
            assert reply.json()["data"] == {"nama": "match", "umur": "differs", "lahir": "match", "telepon": "absent"}
            assert "Orang 2" not in reply.text
            assert reply.json()["meta"]["sources"][0]["system"] == "dinsos.orang"
            (entry,) = asking.ledger()
            assert (entry["action"], entry["route"], entry["status"]) == ("verify", "/v1/orang:verify", 200)
            assert entry["filters"] == "nama:verify,umur:verify,lahir:verify,telepon:verify"
            assert len(entry["subjects"]) == 16


async def test_a_key_may_be_an_object(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack).open() as asking:
            reply = await verify(asking, {"key": {"nik": nik(1)}, "claims": {"nama": "Orang 1"}})
            assert reply.json()["data"] == {"nama": "match"}


async def test_who_may_verify_may_not_read_and_who_may_read_may_not_verify(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack).open() as asking:
            assert (await asking.get("/v1/orang", "bappeda-app")).status_code == 403
            assert (await asking.search("orang", {"filter": {"nik": nik(1)}}, "bappeda-app")).status_code == 403
            own = (await asking.get("/openapi.json", "bappeda-app")).json()["paths"]
            assert [path for path in own if path.startswith("/v1/orang")] == ["/v1/orang:verify"]
            (listed,) = [one for one in (await asking.get("/v1", "bappeda-app")).json()["data"] if one["name"] == "orang"]
            assert (listed["fields"], listed["verify"]) == ([], ["nik", "nama", "umur", "lahir", "telepon"])
    with ExitStack() as stack:
        async with aid(tmp_path / "other", stack, 'actions = ["read"]').open() as asking:
            assert (await verify(asking, {"key": nik(1), "claims": {"nama": "Orang 1"}})).status_code == 403
            assert (await asking.get("/v1/orang", "bappeda-app")).status_code == 200


async def test_a_field_that_is_not_granted_is_not_compared(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack, fields='["nik", "nama"]').open() as asking:
            reply = await verify(asking, {"key": nik(1), "claims": {"nama": "Orang 1", "umur": 1}})
            assert (reply.status_code, reply.json()["errors"][0]["parameter"]) == (403, "umur")
    with ExitStack() as stack:
        async with aid(tmp_path / "other", stack, fields='["nama"]').open() as asking:
            assert (await verify(asking, {"key": nik(1), "claims": {"nama": "Orang 1"}})).status_code == 403


async def test_a_row_outside_the_agreement_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack, 'actions = ["verify"]\nrows = { kode_wilayah__within = "12.76.01" }').open() as asking:
            for number in (3, 99):
                reply = await verify(asking, {"key": nik(number), "claims": {"nama": "Orang 3"}})
                assert (reply.status_code, reply.json()["code"]) == (404, "no_such_resource")


async def test_a_masked_key_is_verified_by_its_token_only(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack, 'actions = ["verify"]\nmask = { nik = "token", nama = "token" }').open() as asking:
            token = asking.gateway.desk.of("bappeda").hide(nik(1))
            assert (await verify(asking, {"key": token, "claims": {"umur": 1}})).json()["data"] == {"umur": "match"}
            assert (await verify(asking, {"key": nik(1), "claims": {"umur": 1}})).status_code == 403
            assert (await verify(asking, {"key": token, "claims": {"nama": "Orang 1"}})).status_code == 403


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/claims", "/key"]),
        ({"key": nik(1), "claims": {}}, ["/claims"]),
        ({"key": nik(1), "claims": []}, ["/claims"]),
        ({"key": 3, "claims": {"umur": 3}}, ["/key"]),
        ({"key": nik(1), "claims": {"umr": 3}}, ["/claims/umr"]),
        ({"key": nik(1), "claims": {"nik": nik(1)}}, ["/claims/nik"]),
        ({"key": nik(1), "claims": {"umur": "3"}}, ["/claims/umur"]),
        ({"key": nik(1), "claims": {"umur": None}}, ["/claims/umur"]),
        ({"key": "12", "claims": {"umur": 3}}, ["/key"]),
        ({"key": {"nik": nik(1), "no": 3}, "claims": {"umur": 3}}, ["/key/no"]),
        ({"key": nik(1), "claims": {"umur": 3}, "fields": ["nama"]}, ["/fields"]),
    ],
)
async def test_what_is_wrong_is_named(tmp_path: Path, body: Any, pointers: list[str]) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack).open() as asking:
            reply = await verify(asking, body)
            assert reply.status_code == 400
            assert {fault["pointer"] for fault in reply.json()["errors"]} == set(pointers)
            assert nik(1) not in reply.text


async def test_two_sources_answer_as_one_record(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack, key="nik", more="      - {property: titian.sources, value: [disdukcapil.orang, dinsos.orang]}\n")
        made.source("disdukcapil.orang", [row(1, hp=None, nm="Nama SIAK")])
        made.source("dinsos.orang", [row(1)])
        made.town.client("bappeda-app", "bappeda")
        for number, provider in enumerate(("dinsos", "disdukcapil")):
            made.town.agreement(f"PKS-{number}", "bappeda", provider, "orang", fields='["nik", "nama", "telepon"]', more='actions = ["verify"]')
        async with made.town.open() as asking:
            reply = await verify(asking, {"key": nik(1), "claims": {"nama": "Orang 1", "telepon": "+6281234567890"}})
            assert reply.json()["data"] == {"nama": "differs", "telepon": "match"}


async def test_a_quota_counts_every_comparison(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack, 'actions = ["verify"]\nquota = "2/day"').open() as asking:
            statuses = [(await verify(asking, {"key": nik(1), "claims": {"umur": guess}})).status_code for guess in range(3)]
            assert statuses == [200, 200, 429]
