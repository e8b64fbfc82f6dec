"""The kind `sheet`."""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.sheet import Connection, Read, Sheet, build, opened
from app.adapter.manifest import Resource
from app.adapter.protocol import Page, Question
from app.errors import BadAnswer, Refused, Unreachable
from tests.fixtures.far_side import Asked, FarSide, Said, far_side
from tests.fixtures.hostile import plain
from tests.fixtures.raw_side import HERE

CSV = "nik;nama\n1276010101909001;Siti Contoh\n"
SITI = {"nik": "1276010101909001", "nama": "Siti Contoh"}


def write(path: Path, content: str | bytes, moment: int = 1_000_000_000) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.utime(path, (moment, moment))
    return path


@asynccontextmanager
async def reading(folder: Path, source: str, read: dict[str, Any] | None = None, **words: Any) -> AsyncIterator[Sheet]:
    connection = Connection.model_validate({"source": source, "timeout": 20.0, **words})
    way = opened("dinsos.lembar", connection, ceiling=(), folder=folder)
    sheet = build(way, Read.model_validate(read or {}), resource=Resource.model_validate({"contract": "x", "map": {}}), responses=())
    try:
        yield sheet
    finally:
        await sheet.close()


async def pages(sheet: Sheet, **question: Any) -> list[Page]:
    return [page async for page in sheet.pages(Question(**question))]


@pytest.mark.anyio
async def test_a_file_is_read_once_until_it_changes(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", CSV)
    async with reading(tmp_path, "a.csv") as sheet:
        (first,) = await pages(sheet)
        (again,) = await pages(sheet)
        assert first.rows == [SITI]
        assert first.as_of is not None
        assert (first.as_of.timestamp(), first.total, first.last) == (1_000_000_000, 1, True)
        assert again.rows is first.rows
        write(tmp_path / "a.csv", CSV.replace("Siti", "Ani"), 1_000_000_100)
        (changed,) = await pages(sheet)
        assert changed.rows == [{**SITI, "nama": "Ani Contoh"}]


@pytest.mark.anyio
async def test_while_somebody_has_the_file_open_the_former_copy_answers(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", CSV)
    async with reading(tmp_path, "a.csv") as sheet:
        await pages(sheet)
        write(path, "nik;na")
        write(tmp_path / "~$a.csv", "")
        assert (await pages(sheet))[0].rows == [SITI]
    async with reading(tmp_path, "a.csv") as fresh:
        with pytest.raises(BadAnswer) as raised:
            await pages(fresh)
        assert raised.value.reason == "still_being_written"


@pytest.mark.anyio
async def test_a_file_that_cannot_be_used_and_one_that_is_gone_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xls", "<html><table>")
    async with reading(tmp_path, "a.xls") as sheet:
        for _ in range(2):
            with pytest.raises(BadAnswer) as raised:
                await pages(sheet)
            assert raised.value.reason == "html_not_a_sheet"
        write(path, CSV, 1_000_000_100)
        assert (await pages(sheet))[0].rows == [SITI]
        path.unlink()
        with pytest.raises(Unreachable):
            await pages(sheet)


@pytest.mark.anyio
async def test_a_page_is_a_thousand_rows_and_can_be_begun_at(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "id\n" + "".join(f"{number}\n" for number in range(2500)))
    async with reading(tmp_path, "a.csv") as sheet:
        assert [(page.number, len(page.rows), page.last) for page in await pages(sheet)] == [(0, 1000, False), (1, 1000, False), (2, 500, True)]
        (page,) = await pages(sheet, page=2)
        assert (page.number, page.rows[0], page.last) == (2, {"id": "2000"}, True)
        assert [(page.rows, page.last) for page in await pages(sheet, page=9)] == [([], True)]


@pytest.mark.anyio
async def test_a_name_that_lies_is_told_in_the_log_without_a_value(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "a.xlsx", CSV)
    with caplog.at_level(logging.DEBUG):
        async with reading(tmp_path, "a.xlsx") as sheet:
            assert (await pages(sheet))[0].rows == [SITI]
    seen = caplog.text + "".join(capfd.readouterr())
    assert "not_what_its_name_says" in seen
    assert "a.xlsx" in seen
    assert "Siti" not in seen + repr(sheet)


@pytest.mark.anyio
async def test_a_file_behind_an_address_is_read_again_only_where_it_has_changed(tmp_path: Path) -> None:
    content = plain(tmp_path)

    def answer(asked: Asked) -> Said:
        if asked.headers.get("x-kunci") != "rahasia":
            return Said(b"siapa?", status=403)
        return Said(content if asked.path == "/unduh/data.xlsx" and asked.params == {"jenis": "a b"} else b"", status=200)

    with far_side(answer) as side:
        address = f"{side.address}/unduh/data.xlsx?jenis=a%20b"
        async with reading(tmp_path, address, networks=HERE, headers={"X-Kunci": "rahasia"}) as sheet:
            (first,) = await pages(sheet)
            assert first.rows == [SITI]
            assert (await pages(sheet))[0].rows is first.rows
            assert len(side.asked) == 2
        async with reading(tmp_path, address, networks=HERE) as sheet:
            with pytest.raises(Refused):
                await pages(sheet)


@pytest.mark.anyio
@pytest.mark.parametrize(("status", "expected"), [(404, "unreachable no_file"), (500, "bad_answer status_500"), (302, "bad_answer redirect")])
async def test_an_address_that_does_not_give_the_file_says_why(tmp_path: Path, status: int, expected: str) -> None:
    with far_side(lambda _: Said(b"", status=status)) as side:
        async with reading(tmp_path, side.address, networks=HERE) as sheet:
            with pytest.raises((Unreachable, BadAnswer)) as raised:
                await pages(sheet)
            assert f"{raised.value.word} {raised.value.reason}" == expected


@pytest.mark.anyio
async def test_a_token_that_ran_out_is_renewed_once(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Said:
        if asked.path == "/masuk":
            return Said({"token": str(len([one for one in side.asked if one.path == "/masuk"]))})
        return Said(CSV.encode()) if asked.headers["authorization"] == "Bearer 2" else Said(b"", status=401)

    login = {"type": "login", "request": {"path": "/masuk", "form": {}}, "token": "$.token"}
    side: FarSide
    with far_side(answer) as side:
        async with reading(tmp_path, f"{side.address}/data.csv", networks=HERE, auth=login) as sheet:
            assert (await pages(sheet))[0].rows == [SITI]


@pytest.mark.parametrize(
    "words",
    [
        {"source": ""},
        {"source": "https://pengguna@contoh.test/a.xlsx"},
        {"source": "a.xlsx", "headers": {"X": "y"}},
        {"source": "a.xlsx", "format": "ods"},
        {"source": "a.csv", "encoding": "utf-7"},
        {"source": "a.csv", "delimiter": "#"},
    ],
)
def test_a_connection_that_makes_no_sense_is_refused(words: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Connection.model_validate(words)


@pytest.mark.parametrize("header", [-1, [2, 1], [0, 1], [2, 2], "1"])
def test_a_header_is_counted_from_one(header: Any) -> None:
    with pytest.raises(ValidationError):
        Read.model_validate({"header": header})


@pytest.mark.parametrize(("header", "rows"), [(0, ()), (1, (1,)), (3, (3,)), ([2, 3], (2, 3))])
def test_a_header_is_one_row_or_several_or_none(header: Any, rows: tuple[int, ...]) -> None:
    assert Read.model_validate({"header": header}).header == rows
