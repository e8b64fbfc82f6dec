"""The same far side asked live and out of the store: equal answers, on both databases."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.copied import NIK, Copied, odd_things, there
from tests.fixtures.town import Asking

pytestmark = pytest.mark.anyio
LISTS = [
    "",
    "?limit=5",
    "?limit=20&count=exact",
    "?count=exact&limit=1",
    "?fields=id,urutan,nama",
    "?sort=nama",
    "?sort=-berat,nama",
    "?sort=diubah",
    "?sort=-urutan,-id",
    "?nama=Barang%201",
    "?nama__in=Barang%201,Dua%20kali&count=exact",
    "?nama__ne=Barang%201",
    "?nama__contains=arang",
    "?nama__contains=%25%20_",
    "?nama__startswith=Barang",
    "?nama__startswith=barang",
    "?nama__startswith=zz%F0%9F%98%80",
    "?jumlah__gt=3&jumlah__lte=9",
    "?jumlah__gte=9",
    "?berat=2",
    "?berat=0.1",
    "?berat__lt=1.5",
    "?berat__gt=9007199254740991",
    "?aktif=true",
    "?aktif__ne=true&count=exact",
    "?lahir__gte=1970-01-01&lahir__lt=1980-01-01",
    "?diubah__gt=2026-01-01T03:00:00%2B07:00",
    "?diubah__lte=2026-01-01T00:00:00Z",
    "?diubah=2026-01-01T07:00:00.5%2B07:00",
    "?kode_wilayah__within=12.76",
    "?kode_wilayah__within=12.76.01&count=exact",
    "?kode_wilayah=12.76",
    "?status=baik&count=exact",
    "?urutan=3",
    "?id=B003&urutan=3",
]
KEYS = ["B001~1", "B003~3", "B015~3", "B017~5", "B022~10", "B023~11", "TIDAK~1", "B020~8"]


def compared(body: dict[str, Any]) -> Any:
    meta = body.get("meta", {})
    sources = [{name: one.get(name) for name in ("system", "status", "records", "rejected", "invalid")} for one in meta.get("sources", [])]
    return body.get("data"), body.get("code"), {name: meta.get(name) for name in ("count", "total", "complete", "quality")}, sources


async def asked(asking: Asking) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in [*(f"/v1/barang{one}" for one in LISTS), *(f"/v1/barang/{key}" for key in KEYS)]:
        reply = await asking.get(path, "bappeda-app")
        found[path] = reply.status_code, *compared(reply.json())
    for limit in (1, 4):
        url: str | None = f"/v1/barang?limit={limit}"
        while url:
            body = (await asking.get(url.removeprefix("http://titian.test"), "bappeda-app")).json()
            found[f"walk {limit} {len(found)}"] = compared(body)
            url = body["links"]["next"]
    found["search"] = compared((await asking.search("barang", {"filter": {"nik": NIK}}, "bappeda-app")).json())
    return found


async def test_live_and_replica_give_equal_answers(tmp_path: Path, address: str) -> None:
    with ExitStack() as stack:
        # In one page: across pages a live source may say a key twice.
        live = Copied(tmp_path / "langsung", stack, odd_things(), mode="", size=100)
        async with live.town.open() as asking:
            wanted = await asked(asking)
        copied = Copied(tmp_path / "salinan", stack, odd_things(), address=address)
        async with copied.town.open() as asking:
            await there(asking)
            calls = len(copied.side.asked)
            found = await asked(asking)
            assert len(copied.side.asked) == calls
    for question, answer in wanted.items():
        # A copy that is sorted or gone on with leaves out the other rows of a key that stands twice: they do not lower the score.
        for said in (found[question], answer):
            if "sort=" in question or "walk" in question:
                said[-2].pop("quality")
        assert found[question] == answer, question
    assert found.keys() == wanted.keys()
    assert wanted["/v1/barang"][3]["complete"] is True
    assert wanted["/v1/barang"][4][0]["rejected"] > 2
