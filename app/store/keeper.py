"""Copies are renewed in the background: what is due is harvested, and what was never harvested is due at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.clock import epoch, now, stamp
from app.db import Database
from app.store.harvest import Harvest
from app.store.replica import Shelf, asked_so
from app.store.standing import Standing, every
from app.store.thread import finished

log = structlog.get_logger("titian.store")
LOOK = 5.0
"""Seconds between two looks at what is due."""
AT_ONCE = 2
PAUSE = 60.0
ENDED = frozenset({"harvested", "not_due", "busy"})


class Keeper:
    """`running` is one task; the copies are those of one process, the leases in the database keep two from harvesting one system."""

    def __init__(self, database: Database, shelves: Sequence[Shelf], harvests: Sequence[Harvest]) -> None:
        self._database, self._shelves, self._harvests = database, shelves, harvests
        self._known: dict[tuple[str, str], Standing] = {}
        self._tasks: dict[tuple[str, str], asyncio.Task[Any]] = {}
        self._few = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Until it is cancelled; what is being harvested then is thrown away."""
        try:
            while True:
                await self._look()
                await asyncio.sleep(LOOK)
        finally:
            for task in self._tasks.values():
                task.cancel()
            for task in [*self._tasks.values()]:
                with suppress(asyncio.CancelledError):
                    await task

    async def looked(self) -> bool:
        """Whether it could be seen how the copies stand."""
        try:
            self._known = await finished(every, self._database)
        except SQLAlchemyError as error:
            log.warning("replicas_not_looked_at", fault=type(error).__name__)
            return False
        return True

    async def _look(self) -> None:
        if not await self.looked():
            return
        for harvest in self._harvests:
            name = (harvest.shelf.system, harvest.shelf.contract)
            found, task = self._known.get(name), self._tasks.get(name)
            if task is not None and task.done() and (fault := task.exception()) is not None:
                log.error("harvest_fault", system=name[0], contract=name[1], fault=type(fault).__name__)
                # Not at once again: what is wrong is ours, and the source would be read for nothing.
                self._tasks[name] = asyncio.create_task(asyncio.sleep(PAUSE))
            elif (task is None or task.done()) and (found is None or found.due <= epoch()):
                self._tasks[name] = asyncio.create_task(self._harvested(harvest))

    async def _harvested(self, harvest: Harvest) -> None:
        async with self._few:
            ended = await harvest.run(only_due=True)
        if ended.word not in ENDED:
            # Where even the failure could not be written down, it is due at once again, and the source would be read without end.
            await asyncio.sleep(PAUSE)

    def shown(self) -> list[dict[str, Any]]:
        """For people: how each copy stands, as it was last looked at."""
        return [self._shown(shelf) for shelf in self._shelves]

    def _shown(self, shelf: Shelf) -> dict[str, Any]:
        found = self._known.get((shelf.system, shelf.contract)) or Standing(shelf.system, shelf.contract)
        stale = found.stale_since(shelf.promised, now())
        return {
            "system": shelf.system,
            "contract": shelf.contract,
            "kept": "table" if shelf.kept else "replica",
            "harvested": bool(found.generation) and asked_so(shelf, found),
            "as_of": found.as_of,
            "stale_since": None if stale is None else stamp(stale),
            "rows": found.rows,
            "rejected": found.rejected,
            "last_try": found.last_try,
            "last_error": found.last_error,
        }
