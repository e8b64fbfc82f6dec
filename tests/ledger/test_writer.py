"""The writer where the database is locked, broken, shared, or was changed by somebody: what it refuses, keeps, and goes on from."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from app.errors import Unavailable
from app.ledger.ledger import Ledger
from app.ledger.writer import BATCH, MOST
from tests.fixtures.book import Book, book, entry

pytestmark = pytest.mark.anyio


async def filled(made: Book, count: int = 20) -> None:
    await asyncio.gather(*(made.ledger.write(entry(number)) for number in range(count)))


@contextmanager
def away(made: Book) -> Iterator[None]:
    made.change("ALTER TABLE ledger RENAME TO away")
    try:
        yield
    finally:
        made.change("ALTER TABLE away RENAME TO ledger")


@contextmanager
def locked(made: Book) -> Iterator[None]:
    """Somebody else writes in the database and does not come to an end."""
    with made.database.engine.connect() as somebody:
        somebody.exec_driver_sql(made.database.dialect.lock)
        yield
        somebody.rollback()


def patience(made: Book, milliseconds: int) -> None:
    made.database.engine.dispose()
    setting = {"sqlite": "PRAGMA busy_timeout=", "postgresql": "SET lock_timeout="}[made.database.engine.dialect.name]

    def prepared(connection: Any, _: object) -> None:
        connection.execute(f"{setting}{milliseconds}")
        connection.commit()

    event.listen(made.database.engine, "connect", prepared)


async def test_a_cut_at_the_end_is_not_hidden_by_the_next_entry(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        made.change("DELETE FROM ledger WHERE seq > 15")
        await made.ledger.write(entry(21))
        assert made.rows()[-1].seq == 21
        assert made.verify()[1:] == (16, "deleted")


async def test_everything_deleted_is_not_hidden_by_the_next_entry(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        made.change("DELETE FROM ledger")
        await made.ledger.write(entry(21))
        assert made.verify()[1:] == (1, "deleted")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_head SET size = 15, hash = (SELECT hash FROM ledger WHERE seq = 15)",
        "UPDATE ledger_head SET size = -1",
        "UPDATE ledger_head SET signature = 'teks'",
        "DELETE FROM ledger_head",
    ],
)
async def test_a_head_that_is_not_ours_is_never_signed_over(tmp_path: Path, address: str, change: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        made.change("DELETE FROM ledger WHERE seq > 15")
        made.change(change)
        with pytest.raises(Unavailable):
            await made.ledger.write(entry(21))
        assert made.verify().why in ("head_not_ours", "head_missing")


async def test_a_head_signed_by_another_key_is_not_continued_by_a_gateway_that_starts(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made)
        other = Ledger(made.database, sign=lambda _: bytes(64), receipt_key=b"r" * 32, subject_key=b"s" * 32)
        other.start()
        with pytest.raises(Unavailable):
            await other.write(entry(21))
        await other.stop()
        assert made.verify() == (20, None, "whole")


async def test_two_workers_share_one_chain(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        secret = made.keys.secret
        other = Ledger(made.database, sign=made.keys.ledger_sign, receipt_key=secret("receipt"), subject_key=secret("subject"))
        other.start()
        person = ("1276010101909001",)
        for number in range(50):
            await asyncio.gather(*(ledger.write(entry(number, subjects=person)) for ledger in (made.ledger, other)))
        await other.stop()
        assert made.verify() == (100, None, "whole")
        assert len({row.subjects for row in made.rows()}) == 1


async def test_a_locked_database_refuses_who_waits_and_keeps_what_was_noted(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        patience(made, 20)
        await filled(made, 3)
        with locked(made):
            made.ledger.note(entry(4, status=403))
            with pytest.raises(Unavailable):
                await made.ledger.write(entry(5))
            assert made.ledger.failing
        await made.ledger.write(entry(6))
        assert not made.ledger.failing
        assert [row.exchange for row in made.rows()][3:] == [entry(4).exchange, entry(6).exchange]
        assert made.verify() == (5, None, "whole")


async def test_what_was_noted_is_written_by_itself_once_the_database_is_back(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made, 1)
        with away(made):
            made.ledger.note(entry(2, status=403))
            with pytest.raises(Unavailable):
                await made.ledger.write(entry(3))
        while len(made.rows()) < 2:
            await asyncio.sleep(0.05)
        assert made.verify() == (2, None, "whole")


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
async def test_past_what_may_wait_notes_are_counted_and_who_would_wait_is_refused(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        patience(made, 60_000)
        refused = entry(1, status=401)
        with locked(made):
            for _ in range(MOST + BATCH + 5):
                made.ledger.note(refused)
            with pytest.raises(Unavailable):
                made.ledger.write(entry(2))
            lost = made.ledger.lost
        await made.ledger.stop()
        assert lost >= 5
        assert made.verify() == (MOST + BATCH + 5 - lost, None, "whole")


async def test_an_end_while_the_database_is_broken_does_not_wait_for_it(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        with away(made):
            for number in range(5000):
                made.ledger.note(entry(number, status=401))
            await made.ledger.stop()
        assert made.verify().entries == 0


async def test_an_entry_that_no_database_can_hold_is_dropped_and_the_next_one_is_written(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        made.ledger.note(entry(1, route="\ud800"))
        with pytest.raises(Unavailable):
            await made.ledger.write(entry(2, route="\ud800"))
        await made.ledger.write(entry(3))
        assert made.ledger.lost == 1
        assert made.verify() == (1, None, "whole")


async def test_a_batch_that_failed_gives_no_person_a_number_that_was_never_committed(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        person = ("1276010101909001",)
        made.change("ALTER TABLE quota RENAME TO away")
        with pytest.raises(Unavailable):
            await made.ledger.write(entry(1, subjects=person, charges=(("PKS-1", "bantuan", "86400:1"),)))
        made.change("ALTER TABLE away RENAME TO quota")
        await made.ledger.write(entry(2, subjects=person))
        assert [row.number for row in made.rows("SELECT number FROM subject")] == [made.rows()[0].subjects]


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
async def test_a_database_that_dropped_our_connections_is_met_again_and_what_was_noted_is_kept(tmp_path: Path, address: str) -> None:
    async with book(tmp_path, address) as made:
        await filled(made, 3)
        made.change("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
        made.ledger.note(entry(4, status=403))
        with pytest.raises(Unavailable):
            await made.ledger.write(entry(5))
        await made.ledger.write(entry(6))
        assert [row.exchange for row in made.rows()][3:] == [entry(4).exchange, entry(6).exchange]
        assert made.verify() == (5, None, "whole")
