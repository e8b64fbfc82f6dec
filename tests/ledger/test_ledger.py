"""Evidence over each database: whole, chained, signed, and seen when somebody changes it."""

import asyncio
import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Unavailable
from app.ledger.entry import COLUMNS, MOST_SUBJECTS, NUMBERS, chained
from app.ledger.head import Head
from app.ledger.ledger import head
from app.ledger.receipt import digest, salts
from tests.fixtures.book import Book, book, content, entry

pytestmark = pytest.mark.anyio


async def filled(made: Book, count: int = 20) -> None:
    await asyncio.gather(*(made.ledger.write(entry(number)) for number in range(count)))


async def test_what_is_written_is_committed_chained_and_signed(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        verdict = made.verify()
        assert (verdict.entries, verdict.bad, verdict.why) == (20, None, "whole")
        rows = made.rows()
        assert [row.seq for row in rows] == list(range(1, 21))
        assert rows[0].previous == bytes(32)
        assert all(after.previous == before.hash for before, after in zip(rows, rows[1:], strict=False))
        signed = head(made.database)
        assert signed is not None
        assert (signed.size, signed.hash) == (20, rows[-1].hash)
        assert signed.genuine(made.keys.ledger_public)


async def test_many_tasks_leave_no_gap_and_no_fork(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:

        async def one(task: int) -> None:
            for number in range(50):
                await made.ledger.write(entry(task * 1000 + number))

        await asyncio.gather(*(one(task) for task in range(100)))
        assert made.verify() == (5000, None, "whole")
        assert made.ledger.batches < 5000


@pytest.mark.parametrize("column", [name for name in COLUMNS if name not in ("seq", "previous")])
async def test_an_edit_of_any_column_is_named(tmp_path: Path, address: str, column: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        value = 7 if column in NUMBERS else b"z" * 16 if column in ("subjects", "request_digest", "response_digest") else "lain"
        made.change(f"UPDATE ledger SET {column} = ? WHERE seq = 9", (value,))
        assert made.verify()[1:] == (9, "edited")


async def test_an_edit_that_mends_its_own_hash_breaks_the_next_entry(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        row = list(made.rows(f"SELECT {', '.join(COLUMNS)} FROM ledger WHERE seq = 9")[0])
        row[COLUMNS.index("client")] = "orang-lain"
        made.change("UPDATE ledger SET client = ?, hash = ? WHERE seq = 9", ("orang-lain", chained(tuple(row))))
        assert made.verify()[1:] == (10, "not_chained")


async def test_a_deleted_entry_is_named(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        made.change("DELETE FROM ledger WHERE seq = 5")
        assert made.verify()[1:] == (5, "deleted")


async def test_two_entries_that_change_places_are_named(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        for sql in (
            "UPDATE ledger SET seq = 99 WHERE seq = 4",
            "UPDATE ledger SET seq = 4 WHERE seq = 5",
            "UPDATE ledger SET seq = 5 WHERE seq = 99",
        ):
            made.change(sql)
        assert made.verify().bad == 4


async def test_a_cut_at_the_end_is_seen_by_the_signed_head(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        made.change("DELETE FROM ledger WHERE seq > 15")
        assert made.verify()[1:] == (16, "cut_off")


async def test_a_cut_with_a_head_made_up_for_it_is_seen(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        made.change("DELETE FROM ledger WHERE seq > 15")
        last = made.rows("SELECT hash FROM ledger WHERE seq = 15")[0][0]
        made.change("UPDATE ledger_head SET size = 15, hash = ?", (last,))
        assert made.verify().why == "head_not_ours"
        made.change("DELETE FROM ledger_head")
        assert made.verify().why == "head_missing"


async def test_a_roll_back_of_the_whole_file_is_seen_with_a_head_kept_elsewhere(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made, 10)
        early = head(made.database)
        await filled(made, 10)
        late = head(made.database)
        assert early is not None
        assert late is not None
        made.change("DELETE FROM ledger WHERE seq > 10")
        made.change("UPDATE ledger_head SET size = ?, hash = ?, signature = ?", tuple(early))
        assert made.verify().bad is None
        kept = Head.read(json.loads(json.dumps(late.shown())))
        assert made.verify(kept=kept)[1:] == (11, "shorter_than_kept_head")
        assert made.verify(kept=early).bad is None
        forged = late._replace(signature=bytes(64))
        assert made.verify(kept=forged).why == "kept_head_not_ours"


async def test_another_history_of_the_same_length_is_seen_with_a_kept_head(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made, 10)
        early = head(made.database)
        made.change("DELETE FROM ledger")
        made.change("DELETE FROM ledger_head")
        await asyncio.gather(*(made.ledger.write(entry(number, client="orang-lain")) for number in range(11)))
        assert made.verify().bad is None
        assert made.verify(kept=early)[1:] == (10, "not_the_kept_head")


async def test_a_part_of_the_chain_can_be_verified_alone(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        made.change("UPDATE ledger SET client = 'lain' WHERE seq = 3")
        assert made.verify(begin=5).bad is None
        assert made.verify(begin=5, end=9)[:2] == (5, None)
        assert made.verify(end=4).bad == 3


async def test_a_person_stands_in_the_chain_as_a_number_and_can_be_erased(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await made.ledger.write(entry(1, subjects=("1276010101909001", "1276010101909002")))
        await made.ledger.write(entry(2, subjects=("1276010101909001",)))
        first, second = (row.subjects for row in made.rows())
        assert (len(first), len(second)) == (32, 16)
        assert second in (first[:16], first[16:])
        assert b"1276010101909001" not in content(made.database)
        made.change("DELETE FROM subject")
        assert made.verify().bad is None


async def test_more_subjects_than_one_entry_holds_are_continued(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await made.ledger.write(entry(1, subjects=tuple(f"127601010190{number:04}" for number in range(MOST_SUBJECTS * 2 + 1))))
        rows = made.rows()
        assert [row.phase for row in rows] == ["result", "continued", "continued"]
        assert [len(row.subjects) // 16 for row in rows] == [MOST_SUBJECTS, MOST_SUBJECTS, 1]
        assert made.verify().bad is None


async def test_quotas_are_raised_in_the_same_transaction_and_told_before_the_answer(tmp_path: Path, address: str) -> None:
    told: list[tuple[str, str, str, int]] = []
    charges = [("PKS-1", "bantuan", "86400:1"), ("PKS-2", "bantuan", "3600:7")]
    async with book(tmp_path, address, charged=told.extend) as made, book(tmp_path, address) as other:
        await asyncio.gather(*(made.ledger.write(entry(number, charges=tuple(charges))) for number in range(7)))
        assert told[-2:] == [(*charges[0], 7), (*charges[1], 7)]
        await other.ledger.write(entry(8, charges=(charges[0],)))
        await made.ledger.write(entry(9, charges=(charges[0],)))
        assert told[-1] == (*charges[0], 9), "the calls of another gateway are counted in"
        await made.ledger.write(entry(10))
        assert sorted(made.ledger.used(charges)) == [(*charges[0], 9), (*charges[1], 7)]
        assert made.ledger.used(charges[1:] + [("PKS-3", "bantuan", str(number)) for number in range(300)]) == [(*charges[1], 7)]
        assert made.ledger.used([]) == []


async def test_what_waits_is_counted_and_nothing_waits_once_it_is_written(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        made.ledger.note(entry(1))
        await made.ledger.write(entry(2))
        assert made.ledger.waiting == 0
        assert made.verify().entries == 2
        made.change("ALTER TABLE ledger RENAME TO away")
        made.ledger.note(entry(3))
        with pytest.raises(Unavailable):
            await made.ledger.write(entry(4))
        assert made.ledger.waiting == 1, "a refusal is kept for the next try"
        made.change("ALTER TABLE away RENAME TO ledger")
        await made.ledger.write(entry(5))
        while made.ledger.waiting:
            await asyncio.sleep(0.01)
        assert made.verify().entries == 4


async def test_what_is_noted_is_written_by_the_end(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        for number in range(300):
            made.ledger.note(entry(number, status=401))
        await made.ledger.stop()
        assert made.verify().entries == 300


async def test_a_database_without_its_table_refuses_and_recovers_without_a_restart(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made, 3)
        made.change("ALTER TABLE ledger RENAME TO away")
        with pytest.raises(Unavailable):
            await made.ledger.write(entry(4))
        assert made.ledger.failing
        made.change("ALTER TABLE away RENAME TO ledger")
        await made.ledger.write(entry(5))
        assert not made.ledger.failing
        assert made.verify()[:2] == (4, None)


async def test_nothing_is_taken_before_the_start_or_after_the_end(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await made.ledger.stop()
        with pytest.raises(Unavailable):
            made.ledger.write(entry(1))
        made.ledger.note(entry(2))
        assert made.verify().entries == 0


ROW = st.tuples(
    *(
        st.integers(0, 2**40)
        if name in NUMBERS
        else st.binary(max_size=20)
        if "digest" in name or name in ("subjects", "previous")
        else st.text(max_size=12)
        for name in COLUMNS
    )
)


@given(ROW, ROW)
def test_two_different_rows_never_have_the_same_hash(one: tuple[object, ...], other: tuple[object, ...]) -> None:
    assert (chained(one) == chained(other)) == (one == other)  # type: ignore[arg-type]


def test_a_value_cannot_slide_into_its_neighbour() -> None:
    assert chained(("ab", "c")) != chained(("a", "bc"))
    assert chained(("a" * 300,)) == sha256((300).to_bytes(8, "big") + b"a" * 300).digest()


def test_a_receipt_proves_an_answer_and_cannot_be_guessed() -> None:
    salt = salts(b"k" * 32)("01K")
    assert digest(salt, b"jawaban") == sha256(salt + b"jawaban").digest()
    assert salts(b"l" * 32)("01K") != salt
    assert salts(b"k" * 32)("01L") != salt
