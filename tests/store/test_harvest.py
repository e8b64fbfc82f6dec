"""Copies are renewed whole or not at all; whatever goes wrong, the last good one stays and is told to be old."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.adapter.protocol import Question
from app.errors import BadAnswer
from app.quality.finding import listed
from app.store.generation import tables
from app.store.lease import lease
from app.store.standing import Standing
from tests.fixtures.copied import Copied, harvested, idle, odd_things, standing, there, thing
from tests.fixtures.far_side import Asked, Said
from tests.fixtures.town import Asking

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@asynccontextmanager
async def opened(copied: Copied) -> AsyncIterator[Asking]:
    """A gateway whose first copy is there."""
    async with copied.town.open() as asking:
        await there(asking)
        yield asking


async def names(asking: Asking) -> list[str]:
    return [one["nama"] for one in (await asking.get("/v1/barang?limit=1000", "bappeda-app")).json()["data"]]


@pytest.mark.parametrize(("failing", "word"), [([1], "status_500"), ([2], "status_500"), ([3], "status_500")])
async def test_a_source_that_fails_or_ends_halfway_leaves_the_copy_as_it_was(
    tmp_path: Path, stack: ExitStack, address: str, failing: list[int], word: str
) -> None:
    copied = Copied(tmp_path, stack, [thing(number) for number in range(20)], address=address)
    async with opened(copied) as asking:
        before = await names(asking)
        copied.rows[:] = [thing(number, nama="Baru") for number in range(20)]
        copied.failing[:] = failing
        with capture_logs() as logs:
            assert await harvested(asking) == word
        assert [one["reason"] for one in logs if one["event"] == "harvest_failed"] == [word]
        assert await names(asking) == before
        (one,) = await standing(asking)
        assert (one["last_error"], one["rows"], one["stale_since"]) == (word, 20, None)
        assert (await asking.get("/status")).json()["store"][0]["last_error"] == word
        copied.failing.clear()
        assert await harvested(asking) == "harvested"
        assert set(await names(asking)) == {"Baru"}
        assert len(tables(asking.gateway.database, "r_")) == 2


async def test_what_was_never_harvested_is_harvested_at_once_and_until_then_unreachable(tmp_path: Path, stack: ExitStack) -> None:
    copied = Copied(tmp_path, stack, [thing(1)])
    copied.failing[:] = [1]
    async with copied.town.open() as asking:
        reply = await asking.get("/v1/barang", "bappeda-app")
        assert (reply.status_code, reply.json()["code"]) == (504, "source_unreachable")
        assert (await asking.get("/v1/barang/B001~1", "bappeda-app")).status_code == 504
        copied.failing.clear()
        assert await harvested(asking) == "harvested"
        assert await names(asking) == ["Barang 1"]


@pytest.mark.parametrize("left", [[], [thing(number) for number in range(9)], [thing(number, status="hancur") for number in range(20)]])
async def test_a_copy_that_would_shrink_too_much_is_not_believed_until_somebody_says_so(
    tmp_path: Path, stack: ExitStack, left: list[dict[str, Any]]
) -> None:
    copied = Copied(tmp_path, stack, [thing(number) for number in range(20)])
    async with opened(copied) as asking:
        copied.rows[:] = left
        assert await harvested(asking) == "shrunk"
        assert len(await names(asking)) == 20
        assert await harvested(asking, accept_shrink=True) == "harvested"
        assert len(await names(asking)) == sum(row["status"] == "baik" for row in left)


async def test_what_is_wrong_is_noted_at_the_harvest_and_not_at_each_question(tmp_path: Path, stack: ExitStack) -> None:
    copied = Copied(tmp_path, stack, odd_things())
    async with opened(copied) as asking:
        asking.gateway.findings.flush()
        before = {(one.digest, one.field, one.rule): one.times for one in listed(asking.gateway.database)}
        assert {rule for _, _, rule in before} == {"not_in_enum", "key_missing", "not_a_number", "unknown_region", "bad_date"}
        for _ in range(3):
            await asking.get("/v1/barang?status=baik", "bappeda-app")
        asking.gateway.findings.flush()
        after = {(one.digest, one.field, one.rule): one.times for one in listed(asking.gateway.database)}
        assert {mark: after[mark] for mark in before} == before


async def test_two_gateways_harvest_a_system_once(tmp_path: Path, stack: ExitStack, address: str) -> None:
    copied = Copied(tmp_path, stack, [thing(number) for number in range(20)], address=address)
    async with copied.town.open() as one, copied.town.open() as other:
        await there(one)
        await there(other)
        pages = [asked.params["halaman"] for asked in copied.side.asked]
        assert pages == ["1", "2", "3"]
        await idle(one)
        async with lease(one.gateway.database, "dinsos.barang") as owner:
            assert owner is not None
            assert (await other.gateway.edition.stored.harvests[0].run()).word == "busy"
        assert (await other.gateway.edition.stored.harvests[0].run(only_due=True)).word == "not_due"
        assert (await other.gateway.edition.stored.harvests[0].run()).word == "harvested"


async def test_a_list_goes_on_in_the_copy_it_was_begun_with(tmp_path: Path, stack: ExitStack) -> None:
    copied = Copied(tmp_path, stack, [thing(number, nama="Lama") for number in range(20)])
    async with opened(copied) as asking:
        adapter = asking.gateway.catalog.sources["barang"][0].adapter
        first = await anext(adapter.pages(Question(limit=5)))
        assert first.after is not None
        token = first.after(4)
        copied.rows[:] = [thing(number, nama="Baru") for number in range(20)]
        assert await harvested(asking) == "harvested"
        rest = [row for page in [page async for page in adapter.pages(Question(token=token))] for row in page.rows]
        assert (len(rest), {row[5] for row in rest}) == (15, {"Lama"})
        assert set(await names(asking)) == {"Baru"}
        copied.rows[:] = [thing(number, nama="Terbaru") for number in range(20)]
        assert await harvested(asking) == "harvested"
        with pytest.raises(BadAnswer) as raised:
            await anext(adapter.pages(Question(token=token)))
        assert raised.value.reason == "place_gone"


async def test_a_cursor_after_a_new_copy_goes_on_or_is_told_never_a_gap(tmp_path: Path, stack: ExitStack) -> None:
    copied = Copied(tmp_path, stack, [thing(number) for number in range(20)])
    async with opened(copied) as asking:
        body = (await asking.get("/v1/barang?limit=5", "bappeda-app")).json()
        copied.rows[:] = copied.rows[3:]
        assert await harvested(asking) == "harvested"
        reply = await asking.get(body["links"]["next"].removeprefix("http://titian.test"), "bappeda-app")
        if reply.status_code == 200:
            assert [one["id"] for one in reply.json()["data"]] == [f"B{number:03}" for number in range(5, 10)]
        else:
            assert (reply.status_code, reply.json()["code"]) == (409, "conflict")


async def test_a_source_that_has_not_changed_keeps_its_generation_and_is_newer(tmp_path: Path, stack: ExitStack) -> None:
    copied = Copied(tmp_path, stack, [thing(number) for number in range(20)])
    async with opened(copied) as asking:
        before = tables(asking.gateway.database, "r_")
        assert await harvested(asking) == "harvested"
        assert tables(asking.gateway.database, "r_") == before


async def test_a_harvest_that_is_killed_leaves_the_old_copy_and_is_tidied_up(tmp_path: Path, stack: ExitStack) -> None:
    copied = Copied(tmp_path, stack, [thing(number) for number in range(20)])
    settings = copied.town.settings
    async with opened(copied) as asking:
        before = await names(asking)
    rows, plain = [thing(number, nama="Baru") for number in range(20)], copied.side.answer
    copied.rows[:] = rows

    def slow(asked: Asked) -> Said:
        if asked.params["halaman"] == "3":
            os.kill(process.pid, signal.SIGKILL)
        return plain(asked)

    copied.side.answer = slow
    named = {"CITY": settings.city, "DATABASE_URL": settings.database_url, "KEYS": settings.keys, "SECRETS": settings.secrets}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **{f"TITIAN_{name}": str(value) for name, value in named.items()}}
    process = subprocess.Popen([sys.executable, "-m", "app", "harvest", "dinsos.barang"], env=environment, stderr=subprocess.DEVNULL)
    await asyncio.to_thread(process.wait)
    assert process.returncode == -signal.SIGKILL
    copied.side.answer = plain
    async with copied.town.open() as asking:
        assert await names(asking) == before
        assert len(tables(asking.gateway.database, "r_")) == 2
        assert (await asking.gateway.edition.stored.harvests[0].run()).word == "busy"
        with asking.gateway.database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE lease SET until = 0")
        assert (await asking.gateway.edition.stored.harvests[0].run()).word == "harvested"
        assert set(await names(asking)) == {"Baru"}
        assert len(tables(asking.gateway.database, "r_")) == 2


def test_a_copy_is_stale_from_the_moment_that_was_promised() -> None:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    one = Standing("a", "b", 1, as_of=made.isoformat())
    assert one.stale_since(3600, made + timedelta(minutes=59)) is None
    assert one.stale_since(3600, made + timedelta(minutes=61)) == made + timedelta(hours=1)
    assert one.stale_since(None, made + timedelta(days=900)) is None


async def begun(asking: Asking, reached: asyncio.Event) -> "asyncio.Task[Any]":
    """A harvest of our own that has come so far; the gateway's own may have the lease, and is waited for."""
    while True:
        task = asyncio.create_task(asking.gateway.edition.stored.harvests[0].run())
        there = asyncio.create_task(reached.wait())
        await asyncio.wait({task, there}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            return task
        there.cancel()


async def test_a_stop_in_the_middle_of_a_harvest_leaves_nothing_behind(tmp_path: Path, stack: ExitStack) -> None:
    copied = Copied(tmp_path, stack, [thing(number) for number in range(20)])
    reached, plain = asyncio.Event(), copied.side.answer
    loop = asyncio.get_running_loop()

    def answer(asked: Asked) -> Said:
        if asked.params["halaman"] == "2":
            loop.call_soon_threadsafe(reached.set)
        return plain(asked)

    async with opened(copied) as asking:
        copied.rows[:] = [thing(number, nama="Baru") for number in range(20)]
        copied.side.answer = answer
        task = await begun(asking, reached)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert "Baru" not in await names(asking)
        assert len(tables(asking.gateway.database, "r_")) == 1
        copied.side.answer = plain
        assert await harvested(asking) == "harvested"
