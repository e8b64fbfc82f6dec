"""A source is read whole into a new generation of its copy; whatever goes wrong on the way, the last good copy stays."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.adapter.protocol import Page, Raw
from app.clock import epoch, monotonic, now
from app.errors import SourceError
from app.store.filling import Counted, Filling, LeaseLost, failed
from app.store.form import Judged
from app.store.lease import lease
from app.store.replica import Shelf
from app.store.standing import Standing, standing
from app.store.thread import finished

log = structlog.get_logger("titian.store")
CHUNK = 500
"""Rows that are shaped before the event loop has its turn."""
EARLY, EARLIEST = 0.95, 0.8
"""Of the promised time, so that the new copy is there before the old one is stale, and copies are not renewed all at once."""
AGAIN, SOONEST, LATEST = 0.1, 30.0, 900.0
"""After a failure it is tried again: this part of the promised time, between these seconds."""
Tell = Callable[[int], None]
"""Told how many rows were read so far."""


class Ended(NamedTuple):
    """How one harvest ended. `word`: harvested, busy (another does it), not_due, or that of a failure; `reason` says more."""

    system: str
    contract: str
    word: str
    reason: str | None = None
    rows: int = 0
    rejected: int = 0


class Shrunk(Exception):
    """Too much is gone to be believed."""


@dataclass(frozen=True, slots=True)
class Harvest:
    """One copy and where it is taken from. `pages` reads the source whole; `judge` is what the exchange makes of rows, findings noted."""

    shelf: Shelf
    promised: float
    fingerprint: str
    pages: Callable[[], AsyncGenerator[Page]] = field(repr=False)
    judge: Callable[[Sequence[Raw]], list[Judged]] = field(repr=False)

    async def run(self, *, accept_shrink: bool = False, only_due: bool = False, tell: Tell | None = None) -> Ended:
        """Never raises for a source or our own database: the end says how it was."""
        shelf = self.shelf
        try:
            async with lease(shelf.database, shelf.system) as owner:
                if owner is None:
                    return self._ended("busy")
                before = await finished(self._before)
                if only_due and before.due > epoch():
                    return self._ended("not_due")
                return await self._harvested(before, owner, accept_shrink=accept_shrink, tell=tell)
        except (SQLAlchemyError, shelf.database.engine.dialect.dbapi.Error) as error:  # type: ignore[union-attr]
            log.warning("harvest_failed", system=shelf.system, contract=shelf.contract, word="unreachable", reason="store_unreachable")
            log.debug("store_unreachable", fault=type(error).__name__)
            return self._ended("unreachable", "store_unreachable")

    def _before(self) -> Standing:
        with self.shelf.database.engine.connect() as connection:
            return standing(connection, self.shelf.database, self.shelf.system, self.shelf.contract)

    async def _harvested(self, before: Standing, owner: str, *, accept_shrink: bool, tell: Tell | None) -> Ended:
        started = monotonic()
        filling = await finished(Filling, self.shelf, owner)
        word, reason = "incomplete", None
        try:
            as_of, reason = await self._filled(filling, tell)
            if reason is None:
                await finished(filling.index)
                made = await finished(filling.counted)
                _believed(made, before, accept_shrink=accept_shrink)
                due = int(epoch() + self.promised * secrets.SystemRandom().uniform(EARLIEST, EARLY))
                await finished(filling.publish, made, as_of=as_of, fingerprint=self.fingerprint, due=due)
                log.info("harvested", system=self.shelf.system, contract=self.shelf.contract, rows=made.rows, seconds=round(monotonic() - started, 1))
                return Ended(self.shelf.system, self.shelf.contract, "harvested", None, made.rows, made.rejected)
        except SourceError as error:
            word, reason = error.word, error.reason
        except Shrunk:
            reason = "shrunk"
        except LeaseLost:
            return self._ended("busy")
        except BaseException:
            with suppress(SQLAlchemyError):
                await finished(filling.give_up)
            raise
        await finished(filling.give_up)
        return await self._failed(before, word, reason or word)

    async def _filled(self, filling: Filling, tell: Tell | None) -> tuple[datetime, str | None]:
        """Of when the copy is: as the source says, the earliest where it says several, else when the reading began."""
        started, said, reason = now(), None, None
        async with aclosing(self.pages()) as pages:
            async for page in pages:
                if page.as_of is not None:
                    said = page.as_of if said is None else min(said, page.as_of)
                await self._taken(page.rows, filling)
                reason = page.reason or reason
                if tell is not None:
                    tell(filling.rows)
        return said or started, reason

    async def _taken(self, rows: Sequence[Raw], filling: Filling) -> None:
        judged: list[Judged] = []
        for start in range(0, len(rows), CHUNK):
            judged += self.judge(rows[start : start + CHUNK])
            await asyncio.sleep(0)
            if len(judged) >= 4 * CHUNK or start + CHUNK >= len(rows):
                await finished(filling.add, judged)
                judged = []

    async def _failed(self, before: Standing, word: str, reason: str) -> Ended:
        due = int(epoch() + min(max(self.promised * AGAIN, SOONEST), LATEST))
        await finished(failed, self.shelf, before, reason=reason, due=due)
        log.warning("harvest_failed", system=self.shelf.system, contract=self.shelf.contract, word=word, reason=reason, copy_of=before.as_of)
        return self._ended(word, reason)

    def _ended(self, word: str, reason: str | None = None) -> Ended:
        return Ended(self.shelf.system, self.shelf.contract, word, reason)


def _believed(made: Counted, before: Standing, *, accept_shrink: bool) -> None:
    """Raises Shrunk where fewer than half of the accepted rows of the last good copy are left, or none where there were some."""
    if before.generation and not accept_shrink and made.accepted * 2 < before.accepted:
        raise Shrunk


__all__ = ["Ended", "Harvest", "Tell"]
