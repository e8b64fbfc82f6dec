"""What a file became, kept in memory until the file changes."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import PurePath
from typing import NamedTuple, Protocol

import structlog

from app.adapter.protocol import Raw
from app.errors import BadAnswer

BUSY = "still_being_written"
SLOW = "reading_too_slow"
NAMES = {".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xls", ".csv": "text", ".txt": "text", ".tsv": "text"}
log = structlog.get_logger("titian.source")


class Taken(NamedTuple):
    """One state of a file: `key` tells it from others, `content` is None where the state is the one already known."""

    key: object
    content: bytes | None
    name: str
    moment: datetime | None


class Made(NamedTuple):
    """What a file became: its rows in parts that never change, and what it was recognised as (xlsx, xls, text)."""

    parts: list[list[Raw]]
    seen: str


class Origin(Protocol):
    """Where the content comes from."""

    async def taken(self, known: object) -> Taken:
        """The present state; `known` is the key of the state that is kept."""

    async def close(self) -> None:
        """Lets go of everything; may be called twice."""


class Kept:
    """One file, read once for each of its states, by one question at a time."""

    def __init__(self, origin: Origin, read: Callable[[bytes], Awaitable[Made]], system: str) -> None:
        self._origin, self._read, self._system = origin, read, system
        self._lock = asyncio.Lock()
        self._key: object = None
        self._made: tuple[list[list[Raw]], datetime | None] | None = None
        self._failure: BadAnswer | None = None

    async def parts(self) -> tuple[list[list[Raw]], datetime | None]:
        """The rows in parts, and of when they are; the same lists until the file changes."""
        async with self._lock:
            try:
                taken = await self._origin.taken(self._key)
            except BadAnswer as error:
                if error.reason == BUSY and self._made is not None:
                    return self._made
                raise
            if taken.content is not None:
                await self._renew(taken, taken.content)
            if self._failure is not None:
                raise copy.copy(self._failure)
            assert self._made is not None  # noqa: S101
            return self._made

    async def _renew(self, taken: Taken, content: bytes) -> None:
        """A file that cannot be used is not tried again until it changes; one that took too long is."""
        self._made = self._failure = self._key = None
        try:
            made = await self._read(content)
        except BadAnswer as error:
            if error.reason == SLOW:
                raise
            self._failure = error
        else:
            self._made = (made.parts, taken.moment)
            if NAMES.get(PurePath(taken.name).suffix.lower(), made.seen) != made.seen:
                log.warning("not_what_its_name_says", system=self._system, file=taken.name, found=made.seen)
        self._key = taken.key

    async def close(self) -> None:
        self._made = self._failure = self._key = None
        await self._origin.close()
