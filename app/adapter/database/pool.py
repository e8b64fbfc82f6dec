"""The connections to one database: a few, opened when they are needed, each worked by one thread at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from app.adapter.database.link import Link
from app.adapter.egress import Pace
from app.adapter.manifest import Connection
from app.clock import monotonic
from app.errors import Unreachable

IDLE = 30.0
"""Seconds for which a connection is kept that nobody uses: an old server has few to give."""
PATIENCE = 5.0
"""Seconds for which a pool that is closed waits for what was told to stop."""
Open = Callable[[], Link]
Made = TypeVar("Made")


class Pool:
    """At most `concurrency` connections. `opener` finds out where the database is, and gives what opens a connection there (in a thread)."""

    def __init__(self, connection: Connection, opener: Callable[[], Awaitable[Open]]) -> None:
        self._connection, self._opener = connection, opener
        self._idle: list[tuple[Link, float]] = []
        self._pace: Pace | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._sweeping: asyncio.TimerHandle | None = None

    async def ask(self, work: Callable[[Link], Made]) -> Made:
        """What `work` makes of a connection, in a thread, within the timeout of the file. Where the caller goes away or time is up, the
        database is told to stop, and the slot is free when it did. Raises one of the four words."""
        try:
            async with asyncio.timeout(self._connection.timeout):
                try:
                    return await self._once(work, fresh=False)
                except Unreachable as error:
                    if error.reason != "dropped":
                        raise
                return await self._once(work, fresh=True)
        except TimeoutError as error:
            raise Unreachable("timeout") from error

    async def _once(self, work: Callable[[Link], Made], *, fresh: bool) -> Made:
        """Connections that were kept may have been closed by the server meanwhile: a second try is made on a new one."""
        pace, threads = self._started()
        await pace.turn(self._connection.timeout)
        await pace.slots.acquire()
        try:
            if fresh:
                self._sweep(all_of_them=True)
            job = _Job(work, self._idle.pop()[0] if self._idle else None)
            if job.link is None:
                job.open = await self._opener()
            running = asyncio.get_running_loop().run_in_executor(threads, job.run)
        except BaseException:
            pace.slots.release()
            raise
        return await self._worked(job, running, pace)

    async def _worked(self, job: _Job[Made], running: asyncio.Future[Made], pace: Pace) -> Made:
        try:
            made = await asyncio.shield(running)
        except asyncio.CancelledError:
            leaving = asyncio.ensure_future(self._left(job, running, pace))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)
            raise
        except BaseException:
            pace.slots.release()
            raise
        pace.slots.release()
        self._keep(job)
        return made

    async def _left(self, job: _Job[Made], running: asyncio.Future[Made], pace: Pace) -> None:
        """Nobody waits for the answer any more."""
        await asyncio.to_thread(job.stop)
        await asyncio.wait([running])
        if running.exception() is None and job.link is not None:
            job.link.close()
        pace.slots.release()

    def _started(self) -> tuple[Pace, ThreadPoolExecutor]:
        if self._pace is None or self._threads is None:
            self._pace = Pace(self._connection)
            self._threads = ThreadPoolExecutor(self._connection.concurrency, "database")
        return self._pace, self._threads

    def _keep(self, job: _Job[Made]) -> None:
        assert job.link is not None  # noqa: S101
        if self._threads is None:
            job.link.close()
            return
        self._idle.append((job.link, monotonic()))
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().call_later(IDLE, self._sweep)

    def _sweep(self, *, all_of_them: bool = False) -> None:
        """Closes what was kept too long."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        old = monotonic() - IDLE
        kept = [] if all_of_them else [one for one in self._idle if one[1] > old]
        gone = [link for link, since in self._idle if all_of_them or since <= old]
        self._idle = kept
        for link in gone:
            link.close()
        if kept:
            self._sweeping = asyncio.get_running_loop().call_later(IDLE, self._sweep)

    async def close(self) -> None:
        """Lets go of everything; may be called twice."""
        if self._leaving:
            await asyncio.wait(set(self._leaving), timeout=PATIENCE)
        self._sweep(all_of_them=True)
        threads, self._threads, self._pace = self._threads, None, None
        if threads is not None:
            threads.shutdown(wait=False)


class _Job(Generic[Made]):
    """One piece of work in a thread, and what another thread must know to end it."""

    def __init__(self, work: Callable[[Link], Made], link: Link | None) -> None:
        self.work, self.link = work, link
        self.open: Open | None = None
        self.stopped = False

    def run(self) -> Made:
        """A connection on which anything failed is not used again."""
        if self.link is None:
            assert self.open is not None  # noqa: S101
            self.link = self.open()
        done = False
        try:
            made = self._unless_stopped(self.link)
            done = True
        finally:
            if not done:
                self.link.close()
        return made

    def _unless_stopped(self, link: Link) -> Made:
        if self.stopped:
            raise Unreachable("timeout")
        return self.work(link)

    def stop(self) -> None:
        self.stopped = True
        if self.link is not None:
            self.link.stop()
