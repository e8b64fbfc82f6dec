"""A stranger's spreadsheet is connected by a file alone: the blocks of the guide, as text and as a workbook."""

import os
import re
import shutil
from pathlib import Path

import pytest

from app.quality.finding import listed
from app.settings import Settings
from tests.fixtures.lists import ROOT
from tests.fixtures.town import Town
from tests.fixtures.workbook import workbook

GUIDE = (ROOT / "docs" / "guides" / "menyambungkan-lembar.md").read_text()
BLOCKS = dict(re.findall(r"^```(csv|toml)\n# \S+\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))


def dropped(tmp_path: Path) -> Town:
    folder = tmp_path / "kota"
    shutil.copytree(ROOT / "cities" / "tebing-tinggi", folder, ignore=shutil.ignore_patterns("kiriman"))
    for path in (folder / "systems").glob("*.toml"):
        # Only the sheet answers here.
        path.unlink()
    for path in (folder / "contracts").glob("*.yaml"):
        if path.name != "bantuan.odcs.yaml":
            path.unlink()
    contract = folder / "contracts" / "bantuan.odcs.yaml"
    contract.write_text(re.sub(r"(property: titian\.(?:sources|required), value: )\[[^]]*\]", r"\1[dinsos.tunai]", contract.read_text()))
    (folder / "systems" / "dinsos.tunai.toml").write_text(BLOCKS["toml"])
    (folder / "kiriman").mkdir()
    database = f"sqlite+aiosqlite:///{tmp_path}/titian.db"
    return Town(folder, Settings(city=folder, database_url=database, keys=tmp_path / "keys", public_url="http://titian.test"))


@pytest.mark.anyio
@pytest.mark.parametrize("form", ["text", "workbook"])
async def test_the_sheet_of_the_guide_is_connected_by_its_file(tmp_path: Path, form: str) -> None:
    town = dropped(tmp_path)
    path = town.folder / "kiriman" / "penerima-2026-11.csv"
    lines = BLOCKS["csv"]
    if form == "text":
        path.write_text(lines)
    else:
        workbook(path.with_suffix(".xlsx"), {"Peserta": [[cell or None for cell in line.split(";")] for line in lines.splitlines()]})
        path = path.with_suffix(".xlsx")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    town.client("dinsos-app", "dinsos")
    async with town.open() as asking:
        answer = (await asking.get("/v1/bantuan", "dinsos-app")).json()
        assert [(one["id"], one["nik"], one["nilai"]) for one in answer["data"]] == [
            ("BT-001", "1276010101909001", 600000),
            ("BT-002", "1276014502859002", 600000),
        ]
        (source,) = answer["meta"]["sources"]
        assert (source["records"], source["rejected"], source["invalid"]) == (2, 3, {})
        asking.gateway.findings.flush()
        found = {(one.field, one.rule, one.outcome) for one in listed(asking.gateway.database)}
        assert found >= {("nik", "wrong_length", "nulled"), ("nik", "scientific", "nulled"), ("id", "key_missing", "rejected")}
        assert {one for one in found if one[2] == "rejected"} == {("id", "key_missing", "rejected"), ("nik", "required_missing", "rejected")}
        for rule in ("wrong_length", "scientific", "key_missing"):
            assert f"`{rule}`" in GUIDE
