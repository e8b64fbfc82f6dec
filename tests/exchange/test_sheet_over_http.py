"""A spreadsheet as a source, asked over HTTP."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.quality.finding import listed
from tests.fixtures.town import Town, new_town
from tests.fixtures.workbook import workbook

PROPERTIES = """\
      - {name: id, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true, classification: terbatas}
      - {name: nik, logicalType: string, required: true, classification: terbatas, customProperties: [{property: titian.semantic, value: nik}]}
      - {name: rt, logicalType: string, logicalTypeOptions: {pattern: "^[0-9]{3}$"}, classification: terbatas}
      - {name: lahir, logicalType: date, classification: terbatas}
"""
SYSTEM = """\
id = "dinsos.lembar"
title = "Daftar penerima"
kind = "sheet"
legal_basis = "Perwal uji"
[connection]
source = "berkas/*.xlsx"
timeout = 20.0
[[resource]]
contract = "orang"
[resource.read]
header = 2
skip = { No = "Jumlah" }
[resource.map]
id = "No"
nik = "NIK"
rt = { from = "RT", pad = 3 }
lahir = { from = "Lahir", format = "%d/%m/%Y" }
"""
HEADER: list[list[Any]] = [["DAFTAR PENERIMA"], ["No", "NIK", "RT", "Lahir"]]


def saved(town: Town, rows: list[list[Any]], moment: int) -> None:
    folder = town.folder / "berkas"
    folder.mkdir(exist_ok=True)
    path = workbook(folder / "penerima.xlsx", {"Data": [*HEADER, *rows]})
    os.utime(path, (moment, moment))


@pytest.mark.anyio
async def test_a_sheet_answers_like_any_source_and_a_changed_file_is_seen(tmp_path: Path) -> None:
    town = new_town(tmp_path)
    town.contract("orang", PROPERTIES)
    town.write("systems/dinsos.lembar.toml", SYSTEM)
    rows = [
        ["007", "1276010101909001", 4, date(1990, 1, 1)],
        [8, 1276010101909012, "004", "01/02/1990"],
        [9, 1276010101909010, 12, None],
        [10, 127601010190901, 1, "1990"],
        ["Jumlah", 4, None, None],
    ]
    saved(town, rows, 1_700_000_000)
    town.client("bappeda.rpkd", "bappeda")
    town.agreement("PKS-1", "bappeda", "dinsos", "orang")
    async with town.open() as asking:
        answer = (await asking.get("/v1/orang", "bappeda.rpkd")).json()
        assert answer["data"] == [
            {"id": "007", "nik": "1276010101909001", "rt": "004", "lahir": "1990-01-01"},
            {"id": "8", "nik": "1276010101909012", "rt": "004", "lahir": "1990-02-01"},
            {"id": "9", "nik": "1276010101909010", "rt": "012", "lahir": None},
        ]
        (source,) = answer["meta"]["sources"]
        assert (source["as_of"], source["records"], source["rejected"]) == ("2023-11-14T22:13:20Z", 3, 1)
        one = (await asking.get("/v1/orang/007", "bappeda.rpkd")).json()
        assert one["data"]["rt"] == "004"
        assert one["meta"]["sources"][0]["as_of"] == "2023-11-14T22:13:20Z"
        asking.gateway.findings.flush()
        assert {(found.field, found.rule, found.outcome) for found in listed(asking.gateway.database)} == {
            ("nik", "stored_as_number", "kept"),
            ("nik", "last_digit_lost", "kept"),
            ("nik", "wrong_length", "nulled"),
            ("nik", "required_missing", "rejected"),
            ("lahir", "bad_date", "nulled"),
        }
        saved(town, rows[:1], 1_700_000_100)
        answer = (await asking.get("/v1/orang", "bappeda.rpkd")).json()
        assert [row["id"] for row in answer["data"]] == ["007"]
        assert answer["meta"]["sources"][0]["as_of"] == "2023-11-14T22:15:00Z"


@pytest.mark.anyio
async def test_a_file_that_is_gone_is_a_source_that_cannot_be_reached(tmp_path: Path) -> None:
    town = new_town(tmp_path)
    town.contract("orang", PROPERTIES)
    town.write("systems/dinsos.lembar.toml", SYSTEM)
    town.client("bappeda.rpkd", "bappeda")
    town.agreement("PKS-1", "bappeda", "dinsos", "orang")
    async with town.open() as asking:
        reply = await asking.get("/v1/orang", "bappeda.rpkd")
        assert reply.status_code == 504
        assert (reply.json()["code"], reply.json()["reason"]) == ("source_unreachable", "no_file")
