"""What an agreement opens, and that nothing else is seen, by any way of asking."""

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.clock import now
from tests.fixtures.aid import Aid, nik, row
from tests.fixtures.town import Town

pytestmark = pytest.mark.anyio
TODAY = now().date()


def aid(tmp_path: Path, stack: ExitStack, **words: Any) -> Town:
    made = Aid(tmp_path, stack, **words)
    made.source("dinsos.orang", [row(number, kel="12.76.02.1004" if number % 2 else "12.76.01.1001") for number in range(1, 11)])
    made.town.client("bappeda-app", "bappeda")
    return made.town


async def test_without_an_agreement_there_is_nothing(tmp_path: Path) -> None:
    with ExitStack() as stack:
        town = aid(tmp_path, stack)
        async with town.open() as asking:
            for path in ("/v1/orang", "/v1/orang/0001", "/v1/orang?umur=1"):
                reply = await asking.get(path, "bappeda-app")
                assert (reply.status_code, reply.json()["code"]) == (403, "not_permitted")
            assert [one["name"] for one in (await asking.get("/v1", "bappeda-app")).json()["data"]] == ["aplikasi"]
            assert "/v1/orang" not in (await asking.get("/openapi.json", "bappeda-app")).json()["paths"]
            assert asking.ledger()[0]["status"] == 403


@pytest.mark.parametrize(
    ("begins", "ends", "status"),
    [(TODAY, TODAY, 200), (TODAY + timedelta(days=2), TODAY + timedelta(days=9), 403), (TODAY - timedelta(days=9), TODAY - timedelta(days=2), 403)],
)
async def test_an_agreement_holds_from_its_first_to_its_last_day(tmp_path: Path, begins: Any, ends: Any, status: int) -> None:
    with ExitStack() as stack:
        town = aid(tmp_path, stack)
        # In the city's zone the day may already be the next one.
        days = timedelta(days=1) if status == 200 else timedelta()
        town.agreement("PKS-1", "bappeda", "dinsos", "orang", begins=begins - days, ends=ends + days)
        async with town.open() as asking:
            assert (await asking.get("/v1/orang", "bappeda-app")).status_code == status


async def test_only_the_fields_that_are_named_come_out(tmp_path: Path) -> None:
    with ExitStack() as stack:
        town = aid(tmp_path, stack)
        town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["id", "kode_wilayah"]')
        async with town.open() as asking:
            reply = await asking.get("/v1/orang/0001", "bappeda-app")
            assert reply.json()["data"] == {"id": "0001", "kode_wilayah": "12.76.02.1004"}
            for query in ("fields=nama", "nama=Orang+1", "umur__gte=1", "fields=id,nama&umur=3"):
                refused = await asking.get(f"/v1/orang?{query}", "bappeda-app")
                assert refused.status_code == 403
                assert refused.json()["errors"][0]["parameter"] in query
            own = (await asking.get("/openapi.json", "bappeda-app")).json()
            assert set(own["components"]["schemas"]["Orang"]["properties"]) == {"id", "kode_wilayah"}
            assert (await asking.get("/v1", "bappeda-app")).json()["data"][0]["fields"] == ["id", "kode_wilayah"]


async def test_a_withheld_field_moves_no_number(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [row(1, hp="bukan", umur="tua", diubah="2001-01-01"), row(2)])
        made.town.client("bappeda-app", "bappeda")
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["id", "nama"]')
        async with made.town.open() as asking:
            meta = (await asking.get("/v1/orang", "bappeda-app")).json()["meta"]
            assert meta["sources"][0]["invalid"] == {}
            assert (meta["quality"]["validity"], meta["quality"]["timeliness"], meta["quality"]["score"]) == (1.0, None, 1.0)


async def test_the_rows_of_the_agreement_are_added_to_every_question(tmp_path: Path) -> None:
    with ExitStack() as stack:
        town = aid(tmp_path, stack)
        town.agreement("PKS-1", "bappeda", "dinsos", "orang", more='rows = { kode_wilayah__within = "12.76.02" }')
        async with town.open() as asking:
            reply = await asking.get("/v1/orang?count=exact", "bappeda-app")
            assert reply.json()["meta"]["total"] == 5
            assert (await asking.get("/v1/orang?kode_wilayah=12.76.01.1001", "bappeda-app")).json()["data"] == []
            assert (await asking.get("/v1/orang/0001", "bappeda-app")).status_code == 200
            outside, missing = await asking.get("/v1/orang/0002", "bappeda-app"), await asking.get("/v1/orang/9999", "bappeda-app")
            assert outside.status_code == missing.status_code == 404
            strip = {"exchange", "instance"}
            assert {k: v for k, v in outside.json().items() if k not in strip} == {k: v for k, v in missing.json().items() if k not in strip}


async def test_a_rejected_row_outside_the_agreement_is_not_even_counted(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [row(1), row(2, nm=None), row(3, nm=None, kel="12.76.02.1004"), row(4, nm=None, kel=None)])
        made.town.client("bappeda-app", "bappeda")
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", more='rows = { kode_wilayah__within = "12.76.01" }')
        async with made.town.open() as asking:
            assert (await asking.get("/v1/orang", "bappeda-app")).json()["meta"]["sources"][0]["rejected"] == 1


async def test_star_is_all_but_what_is_closed(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack, key="nik")
        made.source("dinsos.orang", [row(1)])
        made.town.client("bappeda-app", "bappeda")
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang")
        async with made.town.open() as asking:
            reply = await asking.get("/v1/orang", "bappeda-app")
            assert "nik" not in reply.json()["data"][0]
            assert "nama" in reply.json()["data"][0]
            assert (await asking.search("orang", {"filter": {"nik": nik(1)}}, "bappeda-app")).status_code == 403


async def test_a_personal_value_in_an_address_is_sent_to_the_body(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack, key="nik")
        made.source("dinsos.orang", [row(1), row(2)])
        made.town.client("bappeda-app", "bappeda")
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["nik", "nama"]')
        async with made.town.open() as asking:
            for path in (f"/v1/orang/{nik(1)}", f"/v1/orang?nik={nik(1)}", f"/v1/orang?nik__in={nik(1)}"):
                reply = await asking.get(path, "bappeda-app")
                assert (reply.status_code, reply.json()["code"]) == (400, "use_body")
                assert "/v1/orang:search" in reply.json()["detail"]
                assert nik(1) not in reply.text
            found = await asking.search("orang", {"filter": {"nik": nik(2)}}, "bappeda-app")
            assert found.json()["data"] == [{"nik": nik(2), "nama": "Orang 2"}]
            entries = str(asking.ledger())
            assert nik(1) not in entries
            assert nik(2) not in entries


async def test_a_purpose_is_named_where_there_is_more_than_one(tmp_path: Path) -> None:
    with ExitStack() as stack:
        town = aid(tmp_path, stack)
        town.agreement("PKS-1", "bappeda", "dinsos", "orang", purposes='["rpkd", "verifikasi"]')
        async with town.open() as asking:
            reply = await asking.get("/v1/orang", "bappeda-app")
            assert (reply.status_code, reply.json()["code"]) == (403, "purpose_required")
            assert "rpkd, verifikasi" in reply.json()["detail"]
            named = await asking.get("/v1/orang", "bappeda-app", **{"titian-purpose": "rpkd"})
            assert named.status_code == 200
            other = await asking.get("/v1/orang", "bappeda-app", **{"titian-purpose": "iseng"})
            assert (other.status_code, other.json()["code"]) == (403, "not_permitted")
            assert [entry["purpose"] for entry in asking.ledger() if entry["status"] == 200] == ["rpkd"]


async def test_ones_own_system_needs_no_agreement_and_leaves_evidence(tmp_path: Path) -> None:
    with ExitStack() as stack:
        town = aid(tmp_path, stack)
        town.client("dinsos-app", "dinsos")
        async with town.open() as asking:
            reply = await asking.get("/v1/orang/0001", "dinsos-app")
            assert reply.json()["data"]["telepon"] == "+6281234567890"
            (entry,) = asking.ledger()
            assert (entry["client"], entry["organisation"], entry["agreement"], entry["status"]) == ("dinsos-app", "dinsos", "", 200)


async def test_ending_an_agreement_or_a_client_counts_at_the_next_look(tmp_path: Path) -> None:
    from app.trust import agreement, client

    with ExitStack() as stack:
        town = aid(tmp_path, stack)
        town.agreement("PKS-1", "bappeda", "dinsos", "orang")
        async with town.open() as asking:
            assert (await asking.get("/v1/orang", "bappeda-app")).status_code == 200
            with asking.gateway.database.session() as session:
                agreement.end(session, "PKS-1")
            asking.gateway.registry.refresh()
            assert (await asking.get("/v1/orang", "bappeda-app")).status_code == 403
            with asking.gateway.database.session() as session:
                client.revoke(session, "bappeda-app")
            asking.gateway.registry.refresh()
            assert (await asking.get("/v1/orang", "bappeda-app")).status_code == 401


async def test_a_quota_is_told_spent_and_kept_over_a_restart(tmp_path: Path) -> None:
    with ExitStack() as stack:
        town = aid(tmp_path, stack)
        town.agreement("PKS-1", "bappeda", "dinsos", "orang", more='quota = "3/day"')
        async with town.open() as asking:
            first = await asking.get("/v1/orang/0001", "bappeda-app")
            assert first.headers["ratelimit-policy"] == '"PKS-1";q=3;w=86400'
            assert first.headers["ratelimit"].startswith('"PKS-1";r=2;t=')
            assert (first.headers["ratelimit-limit"], first.headers["ratelimit-remaining"]) == ("3", "2")
            # A question that is refused is not charged.
            assert (await asking.get("/v1/orang?fields=nik", "bappeda-app")).status_code == 400
            await asking.get("/v1/orang/0002", "bappeda-app")
        async with town.open() as asking:
            assert (await asking.get("/v1/orang/0001", "bappeda-app")).headers["ratelimit-remaining"] == "0"
            spent = await asking.get("/v1/orang/0001", "bappeda-app")
            assert (spent.status_code, spent.json()["code"]) == (429, "throttled")
            assert 0 < int(spent.headers["retry-after"]) <= 86400


async def test_only_the_providers_systems_are_opened_and_the_others_not_named(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [row(1)])
        other = made.source("disdukcapil.orang", [row(1), row(2)])
        made.town.client("bappeda-app", "bappeda")
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang")
        async with made.town.open() as asking:
            reply = await asking.get("/v1/orang", "bappeda-app")
            assert [source["system"] for source in reply.json()["meta"]["sources"]] == ["dinsos.orang"]
            assert [record["id"] for record in reply.json()["data"]] == ["0001"]
            assert "disdukcapil" not in reply.text
            assert other.asked == []


async def test_two_agreements_open_the_union_each_within_its_own_rows(tmp_path: Path) -> None:
    with ExitStack() as stack:
        town = aid(tmp_path, stack)
        town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["id", "nama"]', more='rows = { kode_wilayah__within = "12.76.02" }')
        town.agreement("PKS-2", "bappeda", "dinsos", "orang", fields='["id", "umur"]', more='rows = { kode_wilayah__within = "12.76.01" }')
        async with town.open() as asking:
            data = (await asking.get("/v1/orang", "bappeda-app")).json()["data"]
            assert data[0] == {"id": "0001", "nama": "Orang 1", "umur": None}
            assert data[1] == {"id": "0002", "nama": None, "umur": 2}
            # A filter on what a row withholds never finds it.
            assert (await asking.get("/v1/orang?nama=Orang+2", "bappeda-app")).json()["data"] == []
            assert asking.ledger()[0]["agreement"] == "PKS-1,PKS-2"


async def test_an_open_contract_needs_no_token_and_shows_what_is_open(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack, classification="terbuka")
        path = made.town.folder / "contracts" / "orang.odcs.yaml"
        text = path.read_text().replace("classification: terbatas}", "classification: terbuka}")
        path.write_text(
            text.replace("{name: nama, logicalType: string, required: true}", "{name: nama, logicalType: string, classification: terbuka}")
        )
        made.source("dinsos.orang", [row(1)])
        async with made.town.open() as asking:
            reply = await asking.get("/v1/orang")
            assert reply.status_code == 200, reply.text
            assert reply.json()["data"] == [{"id": "0001", "nama": "Orang 1"}]
            assert (await asking.get("/v1/orang?umur=3")).status_code == 403
            assert (await asking.get("/v1/orang?umr=3")).status_code == 400
            assert (await asking.get("/v1/orang", authorization="Bearer salah")).status_code == 401


async def test_a_stranger_learns_nothing_from_a_400(tmp_path: Path) -> None:
    with ExitStack() as stack:
        town = aid(tmp_path, stack)
        async with town.open() as asking:
            for path in ("/v1/orang?umr=1", "/v1/orang?fields=apa", "/v1/orang?cursor=x"):
                for header in ({}, {"authorization": "Bearer x"}, {"authorization": "Basic eDp5"}, {"authorization": "Bearer"}):
                    reply = await asking.get(path, **header)
                    assert (reply.status_code, reply.json()["code"]) == (401, "unknown_caller")
                    assert reply.headers["www-authenticate"].startswith("Bearer")
            assert (await asking.get("/v1/tidak-ada")).status_code == 404
            assert (await asking.get("/v2/orang")).status_code == 404
