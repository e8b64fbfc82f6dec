"""A contract that changes beside what was made from it: additions come by themselves, losses of kept records are refused with a plan."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.errors import CityError, Unreachable
from app.store.form import Judged
from app.store.widening import widened
from tests.fixtures.copied import PROPERTIES
from tests.fixtures.shelf import Shelved

pytestmark = pytest.mark.anyio
RECORD = {"id": "B1", "urutan": 1, "nama": "Meja", "jumlah": 3, "berat": 1.5, "aktif": True}
MORE = PROPERTIES + "      - {name: warna, logicalType: timestamp}\n"
WIDER = PROPERTIES.replace("minimum: -1000", "minimum: -2000")
OTHERS = {
    "jumlah changes its type": PROPERTIES.replace("integer, logicalTypeOptions: {minimum: -1000}", "string"),
    "berat is gone": PROPERTIES.replace("      - {name: berat, logicalType: number}\n", ""),
    "the key is id": PROPERTIES.replace("logicalType: integer, primaryKey: true, primaryKeyPosition: 2", "logicalType: integer"),
    "merek is required": PROPERTIES + "      - {name: merek, logicalType: string, required: true}\n",
}  # fmt: skip


def due(shelved: Shelved) -> int:
    with shelved.database.engine.connect() as connection:
        return shelved.shelf.standing(connection).due


async def before(tmp_path: Path, address: str, **words: Any) -> None:
    made = Shelved(tmp_path, address, **words)
    await made.put([Judged(RECORD, (), False)])
    await made.put([Judged(RECORD, (), False), Judged({**RECORD, "id": "B2"}, (), False)])
    with made.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE replica SET due = 4102444800, fingerprint = 'lama'")
    widened(made.shelf, "lama")
    assert due(made) == 4102444800
    made.database.close()


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize(("properties", "value"), [(MORE, {"warna": None}), (WIDER, {})])
async def test_what_only_adds_is_added_and_the_copy_is_due(tmp_path: Path, address: str, properties: str, value: dict[str, Any], kept: bool) -> None:
    await before(tmp_path, address, kept=kept)
    made = Shelved(tmp_path, address, properties=properties, kept=kept)
    for _ in range(2):
        await asyncio.to_thread(widened, made.shelf, "baru")
        assert due(made) == 0
        (page,) = await made.asked()
        assert [made.lens.shape(row).values["nama"] for row in page.rows] == ["Meja", "Meja"]
        assert value.items() <= made.lens.shape(page.rows[0]).values.items()
        sort = made.lens.sort((("warna", True),)) if value else ()
        assert len(await made.ordinals(sort=sort)) == 2
    made.database.close()


@pytest.mark.parametrize("told", OTHERS)
async def test_what_would_lose_kept_records_is_refused_and_a_copy_is_made_anew(tmp_path: Path, address: str, told: str) -> None:
    (tmp_path / "kept").mkdir()
    await before(tmp_path / "kept", address, kept=True)
    made = Shelved(tmp_path, address, properties=OTHERS[told], kept=True)
    with pytest.raises(CityError, match=told) as raised:
        widened(made.shelf, "baru")
    assert "titian import barang FILE --system dinsos.barang --replace" in raised.value.problems[0].remedy
    made.database.close()


@pytest.mark.parametrize("told", ["jumlah changes its type", "the key is id"])
async def test_a_copy_of_another_form_is_not_asked_until_it_is_harvested_again(tmp_path: Path, address: str, told: str) -> None:
    await before(tmp_path, address)
    made = Shelved(tmp_path, address, properties=OTHERS[told])
    widened(made.shelf, "baru")
    assert due(made) == 0
    with pytest.raises(Unreachable) as raised:
        await made.asked()
    assert raised.value.reason == "not_harvested"
    await made.put([Judged({**RECORD, "jumlah": None}, (), False)])
    assert await made.ordinals() == [1]
    made.database.close()
