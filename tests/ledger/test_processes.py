"""Several processes on one chain: two that write it, and those that read it in parts."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from app.ledger.entry import COLUMNS, chained
from app.ledger.ledger import head
from tests.fixtures.book import Book, book, entry
from tests.fixtures.lists import ROOT

pytestmark = pytest.mark.anyio
WRITER = """\
import asyncio, sys
from pathlib import Path
from tests.fixtures.book import book, entry

async def main(folder, address, first):
    async with book(Path(folder), address) as made:
        print("ready", flush=True)
        sys.stdin.readline()
        for turn in range(15):
            await asyncio.gather(*(made.ledger.write(entry(first + turn * 10 + n, subjects=("1276010101909001",))) for n in range(10)))

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def writes(tmp_path: Path, address: str, first: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(tmp_path), address, str(first)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def test_two_processes_that_write_at_once_leave_no_gap_and_no_fork(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        processes = [writes(tmp_path, address, first) for first in (0, 1000)]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        said = [process.communicate(timeout=60) for process in processes]
        assert [process.returncode for process in processes] == [0, 0], said
        assert made.verify() == (300, None, "whole")
        rows = made.rows()
        assert {row.exchange for row in rows} == {entry(first + number).exchange for first in (0, 1000) for number in range(150)}
        assert len({row.subjects for row in rows}) == 1
        assert len(made.rows("SELECT * FROM subject")) == 1


async def filled(made: Book, count: int = 60) -> None:
    await asyncio.gather(*(made.ledger.write(entry(number)) for number in range(count)))


async def test_what_is_read_in_parts_by_several_processes_has_the_same_verdicts(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        assert made.verify(part=7) == made.verify() == (60, None, "whole")
        assert made.verify(part=5, begin=9, end=38) == (30, None, "whole")
        for sql, verdict in (
            ("UPDATE ledger SET client = 'lain' WHERE seq IN (57, 49)", (48, 49, "edited")),
            ("DELETE FROM ledger WHERE seq > 40", (40, 41, "cut_off")),
            ("DELETE FROM ledger WHERE seq IN (28, 33)", (27, 28, "deleted")),
            ("UPDATE ledger SET previous = hash WHERE seq = 11", (10, 11, "not_chained")),
        ):
            made.change(sql)
            assert made.verify(part=10) == made.verify() == verdict


async def test_an_edit_at_the_end_of_a_part_that_mends_its_own_hash_is_seen_in_the_next(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        row = list(made.rows(f"SELECT {', '.join(COLUMNS)} FROM ledger WHERE seq = 20")[0])
        row[COLUMNS.index("client")] = "orang-lain"
        made.change("UPDATE ledger SET client = ?, hash = ? WHERE seq = 20", ("orang-lain", chained(tuple(row))))
        assert made.verify(part=10) == (20, 21, "not_chained")


async def test_a_number_far_past_the_end_is_a_gap_and_not_a_long_way(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        made.change("UPDATE ledger SET seq = ? WHERE seq = 60", (2**61,))
        assert made.verify() == (59, 60, "deleted")
        kept = head(made.database)
        assert made.verify(kept=kept, end=50)[1:] == (60, "shorter_than_kept_head")
