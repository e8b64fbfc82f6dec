"""A file read by a process of its own, and what becomes of files that mean no good."""

import asyncio
import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.adapter.cells import Order, cells
from app.adapter.cells.kept import Made
from app.errors import BadAnswer
from tests.fixtures.hostile import ROWS, changed, dimension, far_cell, plain, protected

pytestmark = pytest.mark.anyio
SITI = {"nik": "1276010101909001", "nama": "Siti Contoh"}
CSV = b"nik;nama\n1276010101909001;Siti Contoh\n"


async def read(content: bytes, *, seconds: float = 20.0, until: Any = None, skip: Any = None, **words: Any) -> Made:
    told = {"format": "auto", "encoding": "utf-8", "delimiter": None, "sheet": None, "header": (1,), "columns": (), **words}
    return await cells(content, Order(**told), seconds=seconds, until=until or (lambda _: False), skip=skip or (lambda _: False))


async def reason(content: bytes, **words: Any) -> str:
    with pytest.raises(BadAnswer) as raised:
        await read(content, **words)
    return raised.value.reason


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("a dimension of a million rows by ten thousand columns", lambda content: dimension(content, b"A1:NTP1000000")),
        ("xlsm with macros", lambda content: changed(content, more={"xl/vbaProject.bin": b"\0" * 100})),
        ("gzip", gzip.compress),
        ("an external link", lambda content: changed(content, more={"xl/externalLinks/externalLink1.xml": b"<externalLink/>"})),
    ],
)
async def test_what_looks_odd_and_does_no_harm_is_read(tmp_path: Path, name: str, made: Callable[[bytes], bytes]) -> None:
    assert await read(made(plain(tmp_path))) == Made([[SITI]], "xlsx"), name


HTML = b"\xef\xbb\xbf\n<html><table><tr><td>Siti Contoh</td></tr></table></html>"


@pytest.mark.parametrize(
    ("expected", "made"),
    [
        pytest.param("zip_bomb", lambda content: changed(content, more={"xl/media/a.bin": bytes(120_000_000)}), id="zip bomb"),
        pytest.param("zip_bomb", lambda content: changed(content, more={f"xl/{n}": b"" for n in range(1001)}), id="a thousand files and one"),
        pytest.param("zip_bomb", lambda _: gzip.compress(bytes(60_000_000)), id="gzip bomb"),
        pytest.param("sheet_too_large", far_cell, id="a cell a million rows by ten thousand columns away"),
        pytest.param("encrypted_sheet", lambda _: protected(), id="encrypted OLE"),
        pytest.param("not_a_sheet", lambda content: content.replace(b"xl/", b"wd/"), id="another program's zip"),
        pytest.param("not_readable", lambda content: content[: len(content) // 2], id="half a file"),
        pytest.param("not_readable", lambda content: changed(content, lambda sheet: sheet[:400]), id="half a sheet"),
        pytest.param("not_readable", lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000), id="OLE and nothing in it"),
        pytest.param("html_not_a_sheet", lambda _: HTML, id="xls that is HTML"),
        pytest.param("html_not_a_sheet", lambda _: b"<TABLE><tr><td>x", id="a bare table"),
        pytest.param("not_a_sheet", lambda _: b'<?xml version="1.0"?><Workbook/>', id="XML"),
        pytest.param("empty_file", lambda _: b" \n", id="nothing"),
    ],
)
async def test_a_hostile_file_ends_with_a_word(tmp_path: Path, expected: str, made: Callable[[bytes], bytes]) -> None:
    assert await reason(made(plain(tmp_path))) == expected


@pytest.mark.parametrize(("wanted", "word"), [("xlsx", "not_a_xlsx"), ("xls", "not_a_xls")])
async def test_text_is_read_where_nothing_else_was_declared(wanted: str, word: str) -> None:
    assert await read(CSV) == Made([[SITI]], "text")
    assert await read(CSV, format="csv") == Made([[SITI]], "text")
    assert await reason(CSV, format=wanted) == word


async def test_a_spreadsheet_is_not_text(tmp_path: Path) -> None:
    assert await reason(plain(tmp_path), format="csv") == "not_text"
    assert await read(plain(tmp_path), format="xlsx") == Made([[SITI]], "xlsx")


async def test_rows_are_skipped_and_a_sheet_ends_where_the_file_says() -> None:
    content = b"No;nilai\n1;5\nJumlah;5\n2;6\nMengetahui;\n3;7\n"
    found = await read(content, until=lambda row: row["No"] == "Mengetahui", skip=lambda row: row["No"] == "Jumlah")
    assert found.parts == [[{"No": "1", "nilai": "5"}, {"No": "2", "nilai": "6"}]]


async def test_a_sheet_that_ended_does_not_end_the_next(tmp_path: Path) -> None:
    from tests.fixtures.workbook import workbook

    path = workbook(tmp_path / "a.xlsx", {"A": [*ROWS, ["###", None], ["x", "y"]], "B": [*ROWS]})
    found = await read(path.read_bytes(), sheet="*", until=lambda row: row["nik"] == "###")
    assert found.parts == [[SITI], [SITI]]


async def test_what_takes_too_long_is_ended() -> None:
    assert await reason(b"a;b\n" + b"1;2\n" * 900_000, seconds=0.2) == "reading_too_slow"
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


async def test_a_question_that_is_given_up_leaves_no_process_behind() -> None:
    task = asyncio.create_task(read(b"a;b\n" + b"1;2\n" * 900_000))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
