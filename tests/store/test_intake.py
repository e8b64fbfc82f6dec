"""Records that the city keeps itself: brought in from files, all at once, what is wrong handed back to be mended."""

import asyncio
import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from typer.testing import CliRunner, Result

from app import cli
from app.errors import CityError
from tests.fixtures.copied import PROPERTIES
from tests.fixtures.town import Town, new_town

Titian = Callable[..., Result]
SYSTEM = """\
id = "dinsos.meja"
title = "Meja bantuan"
kind = "table"
legal_basis = "Perwal uji"
[[resource]]
contract = "barang"
[resource.map]
"""
TITLED = PROPERTIES.replace("{name: nama,", '{name: nama, businessName: "Nama Barang",')
HEAD = ["id", "urutan", "Nama Barang", "jumlah", "berat", "status", "lahir"]


@pytest.fixture
def town(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> Town:
    made = new_town(tmp_path, address)
    made.contract("barang", TITLED)
    made.write("systems/dinsos.meja.toml", SYSTEM)
    made.client("bappeda-app", "bappeda")
    made.agreement("PKS-1", "bappeda", "dinsos", "barang")
    for name in ("database_url", "city", "public_url", "secrets", "keys"):
        monkeypatch.setenv(f"TITIAN_{name.upper()}", str(getattr(made.settings, name)))
    return made


@pytest.fixture
def titian(town: Town) -> Titian:
    runner = CliRunner()
    return lambda *arguments: runner.invoke(cli.app, [str(one) for one in arguments])


def sheet(path: Path, rows: list[list[Any]], head: list[str] = HEAD) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def told(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return {name: value for name, value in found.items() if value}


def asked(town: Town, path: str) -> tuple[int, Any]:
    async def ask() -> tuple[int, Any]:
        async with town.open() as asking:
            reply = await asking.get(path, "bappeda-app")
            return reply.status_code, reply.json()

    return asyncio.run(ask())


def records(town: Town, path: str = "/v1/barang?sort=id") -> list[tuple[Any, ...]]:
    status, body = asked(town, path)
    assert status == 200
    return [(one["id"], one["nama"], one["jumlah"]) for one in body["data"]]


ROWS = [["B1", 1, "Meja", "3", "1,5", "baik", ""], ["B2", 1, "Kursi", "4", "2", "baik", "2000-01-01"]]


def test_a_file_is_looked_at_then_brought_in_then_changed(tmp_path: Path, town: Town, titian: Titian) -> None:
    path = sheet(tmp_path / "a.csv", ROWS)
    looked = titian("import", "barang", path, "--dry-run", "--json")
    assert (looked.exit_code, told(looked)) == (0, {"accepted": 2, "added": 2, "nulled": {"berat:not_a_number": 1}, "dry_run": True})
    assert asked(town, "/v1/barang")[0] == 504
    assert told(titian("import", "barang", path, "--json"))["added"] == 2
    assert records(town) == [("B1", "Meja", 3), ("B2", "Kursi", 4)]
    path = sheet(tmp_path / "b.csv", [["B3", 1, "Lampu", "1", "1", "baik", ""], ["B1", 1, "Meja besar", "3", "1", "baik", ""], ROWS[1]])
    changed = {"accepted": 3, "added": 1, "changed": 1, "unchanged": 1}
    assert told(titian("import", "barang", path, "--dry-run", "--json")) == {**changed, "dry_run": True}
    assert told(titian("import", "barang", path, "--json")) == changed
    assert records(town, "/v1/barang") == [("B1", "Meja besar", 3), ("B2", "Kursi", 4), ("B3", "Lampu", 1)]
    path = sheet(tmp_path / "c.csv", [["B3", 1, "Lampu", "1", "1", "baik", ""]])
    assert told(titian("import", "barang", path, "--replace", "--json")) == {"accepted": 1, "unchanged": 1, "removed": 2}
    assert records(town) == [("B3", "Lampu", 1)]


def test_what_is_wrong_comes_back_in_a_file_to_mend_and_send_again(tmp_path: Path, town: Town, titian: Titian) -> None:
    wrong = [["", 1, "Tanpa kunci", "1", "1", "baik", ""], ["B4", 1, "", "1", "1", "baik", ""], ["B5", 1, "Rusak", "1", "1", "hancur", ""]]
    path, errors = sheet(tmp_path / "a.csv", [*ROWS, *wrong, ROWS[0]]), tmp_path / "salah.csv"
    result = titian("import", "barang", path, "--errors", errors, "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert (found["accepted"], found["rejected"]) == (2, 4)
    assert [(one["row"], one["field"], one["rule"]) for one in found["wrong"]] == [
        (3, "id", "key_missing"),
        (4, "nama", "required_missing"),
        (5, "status", "not_in_enum"),
        (6, "", "duplicate_key"),
    ]
    with errors.open(newline="") as file:
        back = list(csv.DictReader(file))
    assert [one["baris"] for one in back] == ["3", "4", "5", "6"]
    assert "Bukan salah satu nilai yang disepakati" in back[2]["kesalahan"]
    back[2]["status"] = "rusak"
    mended = sheet(tmp_path / "mended.csv", [list(back[2].values())], list(back[2]))
    assert told(titian("import", "barang", mended, "--json")) == {"accepted": 1, "added": 1}
    assert [one[0] for one in records(town)] == ["B1", "B2", "B5"]


@pytest.mark.parametrize("kind", ["xlsx", "json", "ndjson"])
def test_each_kind_of_file_brings_the_same(tmp_path: Path, town: Town, titian: Titian, kind: str) -> None:
    path = tmp_path / f"isi.{kind}"
    rows = [dict(zip(HEAD, row, strict=True)) for row in ROWS]
    if kind == "xlsx":
        book = xlsxwriter.Workbook(path)
        page = book.add_worksheet()
        for number, row in enumerate([HEAD, *ROWS]):
            page.write_row(number, 0, row)
        book.close()
    else:
        path.write_text(json.dumps(rows) if kind == "json" else "\n".join(map(json.dumps, rows)))
    assert told(titian("import", "barang", path, "--system", "dinsos.meja", "--json"))["added"] == 2
    assert records(town) == [("B1", "Meja", 3), ("B2", "Kursi", 4)]


def test_a_file_that_cannot_be_used_is_said_with_a_remedy(tmp_path: Path, town: Town, titian: Titian) -> None:
    cases = {
        "unknown_column": sheet(tmp_path / "a.csv", ROWS, [*HEAD[:2], "nmaa", *HEAD[3:]]),
        "duplicate_column": sheet(tmp_path / "b.csv", ROWS, [*HEAD[:3], "nama", *HEAD[4:]]),
        "no_file": tmp_path / "tidak-ada.csv",
        "not_json": tmp_path / "d.json",
        "not_rows": tmp_path / "e.ndjson",
    }
    cases["not_json"].write_text("{")
    cases["not_rows"].write_text("[1]\n2\n")
    for code, path in cases.items():
        result = titian("import", "barang", path)
        assert isinstance(result.exception, CityError)
        assert [problem.code for problem in result.exception.problems] == [code]
    assert "Did you mean 'nama'?" in str(titian("import", "barang", cases["unknown_column"]).exception)


def test_a_contract_without_a_table_and_a_system_without_a_copy_are_told(tmp_path: Path, town: Town, titian: Titian) -> None:
    path = sheet(tmp_path / "a.csv", ROWS)
    assert "no_table" in str(titian("import", "lain", path).exception)
    assert "no_replica" in str(titian("harvest", "dinsos.meja").exception)


def test_a_table_whose_contract_has_changed_is_refused_until_everything_is_brought_in_again(tmp_path: Path, town: Town, titian: Titian) -> None:
    path = sheet(tmp_path / "a.csv", ROWS)
    assert titian("import", "barang", path).exit_code == 0
    town.contract("barang", TITLED.replace("name: jumlah, logicalType: integer", "name: jumlah, logicalType: number"))
    assert titian("migrate").exit_code == 1
    assert "table_would_lose" in str(titian("migrate").exception)
    assert "table_would_lose" in str(titian("import", "barang", path).exception)
    assert titian("import", "barang", path, "--replace").exit_code == 0
    assert titian("migrate").exit_code == 0
    assert records(town) == [("B1", "Meja", 3), ("B2", "Kursi", 4)]
