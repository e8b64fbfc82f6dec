"""Reading a file in a process of its own (`python -m app.cells`): bounded, out of the event loop, without our environment."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from typing import Any

import orjson

from app.adapter.cells.kept import SLOW, Made
from app.adapter.protocol import Raw
from app.errors import BadAnswer

HOME = str(Path(__file__).parents[3])
Test = Callable[[Raw], bool]


@dataclass(frozen=True, slots=True)
class Order:
    """How the file is to be read; see docs/reference/kinds/sheet.md."""

    format: str
    encoding: str
    delimiter: str | None
    sheet: str | None
    header: tuple[int, ...]
    columns: tuple[str, ...]


async def cells(content: bytes, order: Order, *, seconds: float, until: Test, skip: Test) -> Made:
    """Rows as column -> value, blank cells left out, never of two sheets in one part. `until` ends a sheet at the row that meets it.

    Raises BadAnswer: reading_too_slow, sheet_too_large, not_readable, or a word of app/cells."""
    gathered = _Gathered(until, skip)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-sP", "-m", "app.cells", stdin=PIPE, stdout=PIPE, stderr=DEVNULL, cwd="/", env={"PYTHONPATH": HOME, "LANG": "C.UTF-8"}
    )
    try:
        async with asyncio.timeout(seconds):
            await _fed(process, orjson.dumps({**asdict(order), "seconds": ceil(seconds) + 1}) + b"\n" + content)
            while isinstance(frame := await _frame(process), list):
                gathered.take(frame)
            code = await process.wait()
    except TimeoutError as error:
        raise BadAnswer(SLOW) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if frame is None:
        # A parser that fails ends with a code; one that outgrows its limits is ended by a signal.
        raise BadAnswer("sheet_too_large" if code < 0 else "not_readable")
    if "word" in frame:
        raise BadAnswer(frame["word"])
    return Made(gathered.parts, frame["seen"])


class _Gathered:
    """The parts read so far, and the sheet that was ended by `until`."""

    def __init__(self, until: Test, skip: Test) -> None:
        self.parts: list[list[Raw]] = []
        self._until, self._skip, self._ended = until, skip, -1

    def take(self, frame: list[Any]) -> None:
        sheet, names, rows = frame
        if sheet != self._ended and (part := self._part(sheet, names, rows)):
            self.parts.append(part)

    def _part(self, sheet: int, names: list[str], rows: list[list[Any]]) -> list[Raw]:
        part: list[Raw] = []
        for row in rows:
            raw = {name: cell for name, cell in zip(names, row, strict=False) if cell is not None}
            if self._until(raw):
                self._ended = sheet
                break
            if not self._skip(raw):
                part.append(raw)
        return part


async def _fed(process: Process, content: bytes) -> None:
    assert process.stdin is not None  # noqa: S101
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(content)
        await process.stdin.drain()
    process.stdin.close()


async def _frame(process: Process) -> Any:
    """A list, the object at the end, or None where the process ended without it."""
    assert process.stdout is not None  # noqa: S101
    length = await process.stdout.readline()
    if not length.endswith(b"\n"):
        return None
    try:
        return orjson.loads(await process.stdout.readexactly(int(length)))
    except asyncio.IncompleteReadError:
        return None
