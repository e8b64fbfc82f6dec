"""Ways by which a masked or withheld value was once learnt, or a record lost: each stays shut."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from app.trust import agreement
from tests.fixtures.aid import Aid, nik, row
from tests.fixtures.far_side import Asked, Said

pytestmark = pytest.mark.anyio
TOKEN = 'mask = { nik = "token" }'
INSIDE, OUTSIDE = "12.76.01.1001", "12.76.02.1004"


def people(tmp_path: Path, stack: ExitStack, key: str = "nik") -> Aid:
    made = Aid(tmp_path, stack, key=key)
    made.town.client("bappeda-app", "bappeda")
    return made


async def test_a_token_is_not_turned_back_by_a_contract_that_does_not_mask(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = people(tmp_path, stack)
        made.source("dinsos.orang", [row(1)])
        text = (made.town.folder / "contracts" / "orang.odcs.yaml").read_text()
        made.town.write("contracts/warga.odcs.yaml", text.replace("orang", "warga"))
        system = (made.town.folder / "systems" / "dinsos.orang.toml").read_text()
        made.town.write(
            "systems/dinsos.warga.toml", system.replace("dinsos.orang", "dinsos.warga").replace('contract = "orang"', 'contract = "warga"')
        )
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["nik"]', more=TOKEN)
        made.town.agreement("PKS-2", "bappeda", "dinsos", "warga", fields='["nik", "nama"]')
        async with made.town.open() as asking:
            ((masked,),) = [one.values() for one in (await asking.get("/v1/orang", "bappeda-app")).json()["data"]]
            assert (await asking.get(f"/v1/warga/{masked}", "bappeda-app")).status_code == 404
            assert (await asking.get(f"/v1/warga?nik={masked}", "bappeda-app")).json()["data"] == []


async def test_ones_own_rows_are_no_dictionary_of_tokens(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = people(tmp_path, stack)
        made.source("dinsos.orang", [row(1)])
        made.source("bappeda.orang", [row(1, nm="tebakan"), row(2, nm="percobaan")])
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["nik", "nama"]', more=TOKEN)
        async with made.town.open() as asking:
            answer = (await asking.get("/v1/orang", "bappeda-app")).json()
            assert [one["nama"] for one in answer["data"]] == ["Orang 1"]
            assert [one["system"] for one in answer["meta"]["sources"]] == ["dinsos.orang"]


async def test_a_key_that_is_withheld_for_a_row_does_not_find_it(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = people(tmp_path, stack)
        made.source("dinsos.orang", [row(1, kel=INSIDE), row(2, kel=OUTSIDE)])
        actions = 'actions = ["read", "verify"]'
        made.town.agreement(
            "PKS-1", "bappeda", "dinsos", "orang", fields='["nik", "nama"]', more=f'{actions}\nrows = {{ kode_wilayah__within = "12.76.01" }}'
        )
        made.town.agreement("PKS-2", "bappeda", "dinsos", "orang", fields='["umur"]', more=actions)
        async with made.town.open() as asking:
            headers = {"authorization": f"Bearer {await asking.token('bappeda-app')}"}
            for number, status in ((1, 200), (2, 404)):
                body = {"key": nik(number), "claims": {"umur": number}}
                assert (await asking.http.post("/v1/orang:verify", json=body, headers=headers)).status_code == status
                assert len((await asking.search("orang", {"filter": {"nik": nik(number)}}, "bappeda-app")).json()["data"]) == (status == 200)


async def test_rows_whose_key_is_withheld_are_joined_with_nothing(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = people(tmp_path, stack)
        made.source("dinsos.orang", [row(number, umur=10 + number) for number in (1, 2, 3)])
        made.source("disdukcapil.orang", [row(number) for number in (1, 2, 3)])
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["umur"]')
        made.town.agreement("PKS-2", "bappeda", "disdukcapil", "orang", fields='["nik", "nama"]')
        async with made.town.open() as asking:
            data = (await asking.get("/v1/orang", "bappeda-app")).json()["data"]
            assert len(data) == 6
            assert all((one["nik"] is None) != (one["umur"] is None) for one in data)
            found = await asking.search("orang", {"filter": {"nik": nik(1)}}, "bappeda-app")
            assert found.json()["data"] == [{"nik": nik(1), "nama": "Orang 1", "umur": None}]


async def test_whether_more_follows_is_told_of_the_callers_rows_only(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = people(tmp_path, stack, "id")
        rows = [row(1, nm="Sama", kel=INSIDE), row(2, nm="Sama", kel=OUTSIDE)]
        made.source("dinsos.orang", rows)
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["id", "nama"]', more='rows = { kode_wilayah__within = "12.76.01" }')
        made.town.agreement("PKS-2", "bappeda", "dinsos", "orang", fields='["id", "umur"]')
        async with made.town.open() as asking:
            assert (await asking.get("/v1/orang?nama=Sama&limit=1", "bappeda-app")).json()["links"]["next"] is None


async def test_a_comparison_tells_no_numbers_about_the_value(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = people(tmp_path, stack)
        made.source("dinsos.orang", [row(1, diubah="2001-01-01", hp="rusak")])
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["nik", "diubah", "telepon"]', more='actions = ["verify"]')
        async with made.town.open() as asking:
            headers = {"authorization": f"Bearer {await asking.token('bappeda-app')}"}
            body = {"key": nik(1), "claims": {"diubah": "1999-01-01", "telepon": "+6281234567890"}}
            answer = (await asking.http.post("/v1/orang:verify", json=body, headers=headers)).json()
            assert answer["data"] == {"diubah": "differs", "telepon": "absent"}
            assert {value for name, value in answer["meta"]["quality"].items() if name != "basis"} == {None}
            assert answer["meta"]["sources"][0]["invalid"] == {}


async def test_a_cursor_of_another_agreement_is_not_taken(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = people(tmp_path, stack, "id")
        made.source("dinsos.orang", [row(number) for number in (9, 8, 1, 2)])
        made.source("disdukcapil.orang", [row(5)])
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang")
        made.town.agreement("PKS-2", "bappeda", "disdukcapil", "orang")
        async with made.town.open() as asking:
            following = (await asking.get("/v1/orang?limit=2", "bappeda-app")).json()["links"]["next"].removeprefix("http://titian.test")
            with asking.gateway.database.session() as session:
                agreement.end(session, "PKS-2")
            asking.gateway.registry.refresh()
            assert (await asking.get(following, "bappeda-app")).status_code == 400


async def test_a_list_that_goes_on_now_is_not_the_one_that_ended(tmp_path: Path) -> None:
    rows = [row(1), row(2)]
    with ExitStack() as stack:
        made = people(tmp_path, stack, "id")
        made.source("dinsos.orang", rows)
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang")
        async with made.town.open() as asking:
            first = await asking.get("/v1/orang?limit=2", "bappeda-app")
            rows.append(row(3))
            again = await asking.get("/v1/orang?limit=2", "bappeda-app", **{"if-none-match": first.headers["etag"]})
            assert again.status_code == 200
            assert again.json()["links"]["next"] is not None


async def test_a_key_that_stands_twice_on_a_page_of_the_source_is_told_once(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = people(tmp_path, stack, "id")
        made.source("dinsos.orang", [row(1), row(2), row(1), row(3)])
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang")
        async with made.town.open() as asking:
            first = (await asking.get("/v1/orang?limit=2", "bappeda-app")).json()
            rest = (await asking.get(first["links"]["next"].removeprefix("http://titian.test"), "bappeda-app")).json()
            assert [one["id"] for one in [*first["data"], *rest["data"]]] == ["0001", "0002", "0003"]


async def test_a_number_that_nobody_knows_is_not_nought(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = people(tmp_path, stack, "id")
        side = made.source("dinsos.orang", [row(number) for number in range(1, 16)])
        whole = side.answer

        def breaks(asked: Asked) -> Said:
            return Said({"pesan": "rusak"}, status=500) if asked.params.get("halaman") == "2" else whole(asked)

        side.answer = breaks
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang")
        async with made.town.open() as asking:
            meta = (await asking.get("/v1/orang?limit=4&count=exact", "bappeda-app")).json()["meta"]
            assert (meta["count"], meta["complete"]) == (4, False)
            assert meta["total"] != 0


async def test_a_closed_field_of_an_open_contract_waits_for_its_evidence(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack, classification="terbuka")
        made.source("dinsos.orang", [row(1)])
        made.town.client("bappeda-app", "bappeda")
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", purposes='["satu", "dua"]')
        async with made.town.open() as asking:
            unnamed = await asking.get("/v1/orang", "bappeda-app")
            assert unnamed.status_code == 403
            await asking.gateway.ledger.stop()
            assert (await asking.get("/v1/orang", "bappeda-app", **{"titian-purpose": "satu"})).status_code == 503
            asking.gateway.ledger.start()


async def test_a_key_that_no_source_grants_whole_finds_nothing(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = people(tmp_path, stack, "id")
        path = made.town.folder / "contracts" / "orang.odcs.yaml"
        second = "{name: nama, logicalType: string, primaryKey: true, primaryKeyPosition: 2, required: true}"
        path.write_text(path.read_text().replace("{name: nama, logicalType: string, required: true}", second))
        made.source("dinsos.orang", [row(1)], get=False)
        made.source("disdukcapil.orang", [row(1)], get=False)
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["id", "umur"]')
        made.town.agreement("PKS-2", "bappeda", "disdukcapil", "orang", fields='["nama", "umur"]')
        async with made.town.open() as asking:
            assert (await asking.get("/v1/orang/0001~Orang%201", "bappeda-app")).status_code == 404
