"""Which file is meant, whether it is whole, and its content; a file that is still being written is not read."""

from __future__ import annotations

import asyncio
import glob
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

from app.adapter.cells.kept import BUSY, Taken
from app.cells.limit import FILE
from app.clock import epoch
from app.errors import BadAnswer, Refused, Unreachable

YOUNG = 2.0
"""Seconds within which a changed file may still be growing: it is looked at twice, `PAUSE` seconds apart."""
PAUSE = 0.3
PARTIAL = (".part", ".crdownload", ".tmp")


class Stamp(NamedTuple):
    """What tells one state of a file from another."""

    path: str
    size: int
    mtime_ns: int
    inode: int


class FileOrigin:
    """A path or a glob; of several files the newest that is complete."""

    def __init__(self, source: Path, timeout: float) -> None:
        self._source, self._timeout = source, timeout

    async def taken(self, known: object) -> Taken:
        """Raises Unreachable (no_file, timeout), Refused (file_permission), BadAnswer (still_being_written, sheet_too_large)."""
        try:
            async with asyncio.timeout(self._timeout):
                return await asyncio.to_thread(self._taken, known)
        except TimeoutError as error:
            raise Unreachable("timeout") from error

    async def close(self) -> None:
        """There is nothing to let go of."""

    def _taken(self, known: object) -> Taken:
        stamp = self._newest()
        moment = datetime.fromtimestamp(stamp.mtime_ns / 1e9, UTC)
        if stamp == known:
            return Taken(stamp, None, Path(stamp.path).name, moment)
        if epoch() - stamp.mtime_ns / 1e9 < YOUNG:
            time.sleep(PAUSE)
        content = _content(stamp)
        if _stamp(stamp.path) != stamp or len(content) != stamp.size:
            raise BadAnswer(BUSY)
        return Taken(stamp, content, Path(stamp.path).name, moment)

    def _newest(self) -> Stamp:
        paths = [str(self._source)] if self._source.exists() else glob.glob(str(self._source))
        stamps = [stamp for path in paths if (stamp := _stamp(path)) is not None]
        if not stamps:
            raise Unreachable("no_file")
        whole = [stamp for stamp in stamps if not _unfinished(Path(stamp.path))]
        if not whole:
            raise BadAnswer(BUSY)
        return max(whole, key=lambda stamp: (stamp.mtime_ns, stamp.path))


def _stamp(path: str) -> Stamp | None:
    """None for what is no regular file."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return Stamp(path, found.st_size, found.st_mtime_ns, found.st_ino) if S_ISREG(found.st_mode) else None


def _content(stamp: Stamp) -> bytes:
    if stamp.size > FILE:
        raise BadAnswer("sheet_too_large")
    try:
        with open(os.open(stamp.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            return file.read(stamp.size + 1)
    except PermissionError as error:
        raise Refused("file_permission") from error
    except OSError as error:
        raise Unreachable("no_file") from error


def _unfinished(path: Path) -> bool:
    """By the names that programs give to what they have not finished, and to the marks they put beside it (Excel, LibreOffice)."""
    name = path.name
    if name.startswith(("~$", ".~lock.")) or name.endswith(PARTIAL):
        return True
    return path.with_name(f"~${name}").exists() or path.with_name(f".~lock.{name}#").exists()
