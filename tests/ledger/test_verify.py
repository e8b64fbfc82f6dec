"""Verification beside a running gateway, of a part of the chain, and against somebody who changes types rather than values."""

import asyncio
import threading
from pathlib import Path

import pytest

from app.ledger.entry import BLOBS, COLUMNS, NUMBERS
from app.ledger.ledger import head
from app.ledger.verify import Verdict
from tests.fixtures.book import Book, book, entry

pytestmark = pytest.mark.anyio
ONLY_SQLITE = pytest.mark.parametrize("address", ["sqlite"], indirect=True)
"""In PostgreSQL a column has one type."""
ONLY_POSTGRESQL = pytest.mark.parametrize("address", ["postgresql"], indirect=True)


async def filled(made: Book, count: int = 20) -> None:
    await asyncio.gather(*(made.ledger.write(entry(number)) for number in range(count)))


async def test_a_gateway_that_writes_meanwhile_is_no_false_alarm(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made, 2000)
        verdicts: list[Verdict] = []
        ended = threading.Event()

        def look() -> None:
            while not ended.is_set():
                verdicts.append(made.verify())

        looking = asyncio.create_task(asyncio.to_thread(look))
        while len(verdicts) < 5:
            await made.ledger.write(entry(1))
        ended.set()
        await looking
        assert {verdict.why for verdict in verdicts} == {"whole"}


@ONLY_SQLITE
async def test_a_size_that_is_no_number_is_said_not_raised(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made, 3)
        made.change("UPDATE ledger_head SET size = 'banyak'")
        assert made.verify().why == "head_not_ours"


@ONLY_POSTGRESQL
async def test_a_whole_column_of_another_type_is_an_edit(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        made.change("ALTER TABLE ledger ALTER COLUMN client TYPE bytea USING convert_to(client, 'UTF8')")
        assert made.verify() == (0, 1, "edited")


@ONLY_SQLITE
@pytest.mark.parametrize("column", [name for name in COLUMNS if name not in NUMBERS | BLOBS])
async def test_text_turned_into_a_blob_of_the_same_bytes_is_an_edit(tmp_path: Path, address: str, column: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        made.change(f"UPDATE ledger SET {column} = CAST({column} AS BLOB) WHERE seq = 9")
        assert made.verify() == (8, 9, "edited")


@ONLY_SQLITE
async def test_a_digest_turned_into_text_is_an_edit(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        made.change("UPDATE ledger SET response_digest = CAST(response_digest AS TEXT) WHERE seq = 9")
        assert made.verify() == (8, 9, "edited")


async def test_a_kept_head_is_compared_whatever_part_is_read(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made, 10)
        kept = head(made.database)
        assert kept is not None
        await filled(made, 10)
        assert made.verify(kept=kept, begin=15) == (6, None, "whole")
        assert made.verify(kept=kept, end=5) == (5, None, "whole")
        made.change("UPDATE ledger SET hash = ? WHERE seq = 10", (bytes(32),))
        assert made.verify(kept=kept, begin=15)[1:] == (10, "not_the_kept_head")
        assert made.verify(kept=kept, end=5)[1:] == (10, "not_the_kept_head")
        made.change("DELETE FROM ledger WHERE seq > 8")
        assert made.verify(kept=kept, end=5)[1:] == (9, "shorter_than_kept_head")


async def test_of_several_faults_the_first_entry_is_named(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made, 10)
        kept = head(made.database)
        assert kept is not None
        await filled(made, 10)
        made.change("UPDATE ledger SET client = 'lain' WHERE seq IN (4, 17)")
        assert made.verify(kept=kept._replace(hash=bytes(32)))[1:] == (4, "edited")
        assert made.verify(kept=kept._replace(hash=bytes(32)), begin=12)[1:] == (10, "kept_head_not_ours")


@pytest.mark.parametrize(("begin", "entries"), [(20, 1), (21, 0), (100, 0)])
async def test_a_part_past_the_end_is_empty_not_broken(tmp_path: Path, address: str, begin: int, entries: int) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        assert made.verify(begin=begin) == (entries, None, "whole")


async def test_entries_past_the_signed_head_are_named(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made, 10)
        early = head(made.database)
        assert early is not None
        await filled(made, 10)
        made.change("UPDATE ledger_head SET size = ?, hash = ?, signature = ?", tuple(early))
        assert made.verify()[1:] == (11, "not_under_head")


@pytest.mark.parametrize("change", ["size = -1", "hash = 'teks'", "signature = 'abc'"])
async def test_a_spoiled_head_is_said_not_raised(tmp_path: Path, address: str, change: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made, 3)
        made.change(f"UPDATE ledger_head SET {change}")
        assert made.verify().why == "head_not_ours"
