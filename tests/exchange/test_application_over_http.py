"""The open list of the city's systems: the same pipeline as any contract, and nothing of where a system lives."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest

from app.errors import CityError
from app.main import catalog_of
from tests.fixtures.aid import Aid, row
from tests.fixtures.town import Asking

pytestmark = pytest.mark.anyio
SPBE = '[spbe]\nrab = "RAB.01.02"\nprodusen = "dinsos"\n\n[connection]'


@asynccontextmanager
async def opened(tmp_path: Path) -> AsyncIterator[Asking]:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack)
        aid.source("dinsos.orang", [row(1)])
        aid.source("disdukcapil.orang", [row(2)])
        path = aid.town.folder / "systems" / "dinsos.orang.toml"
        path.write_text(path.read_text().replace("[connection]", SPBE).replace("timeout", 'headers = { X-Kunci = "$SOURCE_PASSWORD" }\ntimeout'))
        aid.town.client("bappeda-app", "bappeda")
        aid.town.client("dinsos-app", "dinsos")
        async with aid.town.open() as asking:
            yield asking


async def test_a_stranger_may_read_which_systems_there_are(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        reply = await asking.get("/v1/aplikasi?count=exact")
        assert reply.status_code == 200, reply.text
        body = reply.json()
        first, second = body["data"]
        assert (body["meta"]["total"], body["meta"]["complete"]) == (2, True)
        assert (first["id"], first["pemilik"], first["nama_pemilik"], first["jenis"]) == ("dinsos.orang", "dinsos", "Dinsos", "rest")
        assert (first["kontrak"], first["dasar_hukum"], first["rab"], first["produsen"]) == ("orang", "Perwal uji", "RAB.01.02", "dinsos")
        assert (second["id"], second["rab"]) == ("disdukcapil.orang", None)
        assert [one["keadaan"] for one in body["data"]] == ["unknown", "unknown"]


async def test_where_a_system_lives_and_what_opens_it_is_nowhere_in_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        for text in [(await asking.get(path)).text for path in ("/v1/aplikasi", "/v1/aplikasi/dinsos.orang", "/contracts/aplikasi/v1/schema")]:
            for hidden in ("127.0.0.1", "rahasia-sumber", "SOURCE_PASSWORD", "X-Kunci", str(tmp_path)):
                assert hidden not in text


async def test_how_a_system_is_follows_its_last_answer(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        assert (await asking.get("/v1/orang", "dinsos-app")).status_code == 200
        one = (await asking.get("/v1/aplikasi/dinsos.orang")).json()["data"]
        assert one["keadaan"] == "ok"
        assert one["sejak"] is not None
        assert (await asking.get("/v1/aplikasi/disdukcapil.orang")).json()["data"]["keadaan"] == "unknown"
        assert (await asking.get("/v1/aplikasi/dinsos.lain")).status_code == 404


async def test_it_can_be_filtered_sorted_and_walked_like_any_contract(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        found = await asking.get("/v1/aplikasi?pemilik=disdukcapil&fields=id")
        assert found.json()["data"] == [{"id": "disdukcapil.orang"}]
        turned = await asking.get("/v1/aplikasi?sort=-id&fields=id&limit=1")
        assert turned.json()["data"] == [{"id": "disdukcapil.orang"}]
        first = (await asking.get("/v1/aplikasi?limit=1")).json()
        second = (await asking.get(first["links"]["next"].removeprefix("http://titian.test"))).json()
        assert [one["data"][0]["id"] for one in (first, second)] == ["dinsos.orang", "disdukcapil.orang"]
        assert (await asking.get("/v1/aplikasi?connection=1")).status_code == 400


async def test_a_reading_of_it_is_on_record(tmp_path: Path) -> None:
    async with opened(tmp_path) as asking:
        await asking.get("/v1/aplikasi")
        await asking.get("/v1/aplikasi", "bappeda-app")
        told = [(one["contract"], one["status"], one["organisation"], one["sources"]) for one in asking.ledger()]
        assert told == [("aplikasi", 200, "", "titian.aplikasi=ok"), ("aplikasi", 200, "bappeda", "titian.aplikasi=ok")]


async def test_a_city_gives_a_contract_of_its_own_another_name(tmp_path: Path) -> None:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack)
        aid.town.contract("aplikasi", "      - {name: id, logicalType: string, primaryKey: true, primaryKeyPosition: 1}\n")
        with pytest.raises(CityError, match="reserved_name"):
            catalog_of(aid.town.settings)
