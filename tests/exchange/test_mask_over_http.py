"""A masked field: what is seen, what can be asked with it, and that its value leaves by no other way."""

import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.aid import Aid, nik, row
from tests.fixtures.town import Asking

pytestmark = pytest.mark.anyio
TOKEN = 'mask = { nik = "token" }'
ROWS = [row(number, kel="12.76.02.1004" if number % 2 else "12.76.01.1001") for number in range(1, 8)]


def aid(tmp_path: Path, stack: ExitStack, more: str = TOKEN, *, rows: list[dict[str, Any]] | None = None, **words: Any) -> Aid:
    made = Aid(tmp_path, stack, key="nik", **words)
    made.source("dinsos.orang", ROWS if rows is None else rows, push='nik = { param = "cari" }')
    made.town.client("bappeda-app", "bappeda")
    made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["nik", "nama", "umur"]', more=more)
    return made


async def tokens(asking: Asking, identifier: str = "bappeda-app") -> list[str]:
    reply = await asking.get("/v1/orang", identifier)
    assert reply.status_code == 200, reply.text
    return [record["nik"] for record in reply.json()["data"]]


async def test_a_token_stands_where_the_value_was_and_is_the_key(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = aid(tmp_path, stack)
        async with made.town.open() as asking:
            found = await tokens(asking)
            assert len(set(found)) == 7
            assert all(token.startswith("t1_") for token in found)
            one = await asking.get(f"/v1/orang/{found[2]}", "bappeda-app")
            assert one.json()["data"] == {"nik": found[2], "nama": "Orang 3", "umur": 3}
            assert nik(3) not in one.text + str(one.headers)
            assert made.sides["dinsos.orang"].asked[-1].path == f"/orang/{nik(3)}"


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("nik={2}", ["Orang 3"]),
        ("nik={2}&nik={3}", ["Orang 3", "Orang 4"]),
        ("nik__in={2},{3}", ["Orang 3", "Orang 4"]),
        ("nik__ne={2}&umur__lte=4", ["Orang 1", "Orang 2", "Orang 4"]),
        ("nik={foreign}", []),
        ("nik__ne={foreign}&umur=1", ["Orang 1"]),
    ],
)
async def test_a_token_is_asked_with_as_the_value_would_be(tmp_path: Path, query: str, wanted: list[str]) -> None:
    with ExitStack() as stack:
        made = aid(tmp_path, stack)
        async with made.town.open() as asking:
            found = await tokens(asking)
            foreign = asking.gateway.desk.of("dinsos").hide(nik(3))
            reply = await asking.get("/v1/orang?" + query.format(*found, foreign=foreign), "bappeda-app")
            # Several values are several questions to the source: what they bring stands in an order that tells nothing of the key.
            assert sorted(record["nama"] for record in reply.json()["data"]) == wanted
            assert nik(3) not in reply.text
            if query == "nik={2}":
                assert made.sides["dinsos.orang"].asked[-1].params["cari"] == nik(3)


async def test_a_token_is_asked_with_in_a_body_too(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack).town.open() as asking:
            found = await tokens(asking)
            reply = await asking.search("orang", {"filter": {"nik": found[:2]}}, "bappeda-app")
            assert sorted(record["nik"] for record in reply.json()["data"]) == sorted(found[:2])


@pytest.mark.parametrize(
    "body",
    [
        {"filter": {"nik": nik(3)}},
        {"filter": {"nik": [nik(3)]}},
        {"filter": {"nik__ne": nik(3)}},
        {"filter": {"nik__startswith": "1276"}},
        {"filter": {"nik__contains": "9003"}},
        {"sort": ["nik"]},
        {"sort": ["-nik", "umur"]},
    ],
)
async def test_every_other_way_to_ask_for_a_masked_field_is_refused(tmp_path: Path, body: Any) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack).town.open() as asking:
            reply = await asking.search("orang", body, "bappeda-app")
            assert (reply.status_code, reply.json()["code"]) == (403, "not_permitted")
            assert reply.json()["errors"][0]["code"] == "masked"
            assert nik(3) not in reply.text


async def test_a_raw_key_is_sent_to_the_body_and_a_strangers_token_finds_nothing(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack).town.open() as asking:
            raw = await asking.get(f"/v1/orang/{nik(3)}", "bappeda-app")
            assert (raw.status_code, raw.json()["code"]) == (400, "use_body")
            foreign = await asking.get(f"/v1/orang/{asking.gateway.desk.of('dinsos').hide(nik(3))}", "bappeda-app")
            assert (foreign.status_code, foreign.json()["code"]) == (404, "no_such_resource")


async def test_a_partial_value_is_seen_and_never_asked_with(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack, 'mask = { nik = "partial" }').town.open() as asking:
            assert (await tokens(asking))[0] == nik(1)[:8] + "********"
            token = asking.gateway.desk.of("bappeda").hide(nik(3))
            for path in (f"/v1/orang/{token}", f"/v1/orang?nik={token}"):
                reply = await asking.get(path, "bappeda-app")
                assert (reply.status_code, reply.json()["code"]) == (403, "not_permitted")
            assert (await asking.search("orang", {"filter": {"nik": nik(3)}}, "bappeda-app")).status_code == 403


async def test_of_two_agreements_the_stricter_mask_holds_for_all_rows(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = aid(tmp_path, stack)
        made.source("disdukcapil.orang", [row(1), row(9)])
        made.town.agreement("PKS-2", "bappeda", "disdukcapil", "orang", fields='["nik", "nama"]')
        async with made.town.open() as asking:
            found = await tokens(asking)
            assert len(found) == 8
            assert all(token.startswith("t1_") for token in found)
            assert (await asking.search("orang", {"filter": {"nik": nik(1)}}, "bappeda-app")).status_code == 403


async def test_ones_own_system_is_masked_where_it_is_read_beside_a_masked_one(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = aid(tmp_path, stack)
        made.source("bappeda.orang", [row(1)])
        async with made.town.open() as asking:
            assert all(token.startswith("t1_") for token in await tokens(asking))


async def test_a_merged_list_is_walked_whole_in_an_order_that_tells_nothing_of_the_key(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = aid(tmp_path, stack)
        made.source("disdukcapil.orang", [row(number) for number in range(5, 30)])
        made.town.agreement("PKS-2", "bappeda", "disdukcapil", "orang", fields='["nik", "nama"]', more=TOKEN)
        async with made.town.open() as asking:
            seen: list[str] = []
            url: str | None = "/v1/orang?limit=4"
            while url:
                reply = await asking.get(url.removeprefix("http://titian.test"), "bappeda-app")
                seen += [record["nama"] for record in reply.json()["data"]]
                url = reply.json()["links"]["next"]
            assert sorted(seen, key=lambda name: int(name.split()[1])) == [f"Orang {number}" for number in range(1, 30)]
            assert seen != sorted(seen, key=lambda name: int(name.split()[1]))


async def test_the_same_person_is_the_same_token_in_every_contract(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = aid(tmp_path, stack)
        text = (made.town.folder / "contracts" / "orang.odcs.yaml").read_text()
        made.town.write("contracts/warga.odcs.yaml", text.replace("orang", "warga"))
        system = (made.town.folder / "systems" / "dinsos.orang.toml").read_text()
        made.town.write(
            "systems/dinsos.warga.toml", system.replace("dinsos.orang", "dinsos.warga").replace('contract = "orang"', 'contract = "warga"')
        )
        made.town.agreement("PKS-3", "bappeda", "dinsos", "warga", fields='["nik"]', more=TOKEN)
        async with made.town.open() as asking:
            other = (await asking.get("/v1/warga", "bappeda-app")).json()["data"]
            assert [record["nik"] for record in other] == await tokens(asking)


async def test_a_cursor_of_a_masked_list_goes_on_and_holds_no_value(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack).town.open() as asking:
            first = await asking.get("/v1/orang?limit=3", "bappeda-app")
            following = first.json()["links"]["next"].removeprefix("http://titian.test")
            assert nik(3) not in following
            rest = await asking.get(following, "bappeda-app")
            assert [record["nama"] for record in rest.json()["data"]] == ["Orang 4", "Orang 5", "Orang 6"]


async def test_the_list_that_is_remembered_is_not_the_masked_one(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = aid(tmp_path, stack, rows=[row(number) for number in range(1, 31)])
        made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            assert all(token.startswith("t1_") for token in await tokens(asking))
            assert (await tokens(asking, "dinsos-app"))[0] == nik(1)
            assert all(token.startswith("t1_") for token in await tokens(asking))


async def test_evidence_is_of_the_person_and_not_of_the_token(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = aid(tmp_path, stack)
        made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            found = await tokens(asking)
            await asking.get(f"/v1/orang/{found[0]}", "bappeda-app")
            await asking.search("orang", {"filter": {"nik": nik(1)}}, "dinsos-app")
            entries = asking.ledger()
            assert entries[-1]["subjects"] == entries[-2]["subjects"] != b""
            assert found[0] not in str(entries)
            assert entries[-2]["route"] == "/v1/orang/{key}"


async def test_the_document_says_how_a_masked_field_may_look(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack).town.open() as asking:
            found = (await asking.get("/openapi.json", "bappeda-app")).json()
            shown = re.compile(found["components"]["schemas"]["Orang"]["properties"]["nik"]["pattern"])
            assert all(shown.search(text) for text in ("1276010101909001", "t1_" + "a" * 43, "12760101********"))
            assert not shown.search("12760101")
            (asked,) = [one for one in found["paths"]["/v1/orang"]["get"]["parameters"] if one["name"] == "nik"]
            assert asked["schema"]["items"]["pattern"].startswith("^t[")
