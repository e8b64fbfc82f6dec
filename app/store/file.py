"""A file that a person has filled in, as rows of named columns: csv, xlsx, xls, JSON or one JSON object a line."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import orjson

from app.adapter.cells import Order, cells
from app.adapter.protocol import Raw
from app.cells.limit import FILE
from app.errors import BadAnswer, CityError, Problem

PLAIN = Order("auto", "utf-8", None, None, (1,), ())
NUMBER, REASON = "baris", "kesalahan"
"""The columns that the file of errors has besides; they are passed over when it is sent again."""
SECONDS = 120.0


async def rows(path: Path) -> list[Raw]:
    """Every row that is filled; raises CityError where the file cannot be used."""
    content = await asyncio.to_thread(_content, path)
    if path.suffix.lower() in (".json", ".ndjson", ".jsonl"):
        return _objects(path, content)
    try:
        made = await cells(content, PLAIN, seconds=SECONDS, until=_never, skip=_never)
    except BadAnswer as error:
        raise _unusable(path, error.reason, "the file cannot be read as a sheet", "Save it again as CSV (UTF-8) or xlsx.") from None
    return [row for part in made.parts for row in part]


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes() if path.stat().st_size <= FILE else None
    except OSError:
        raise _unusable(path, "no_file", "the file cannot be read", "Check its name and who may read it.") from None
    if content is None:
        raise _unusable(path, "too_large", f"the file is larger than {FILE // 2**20} MiB", "Import it in parts.")
    return content


def _objects(path: Path, content: bytes) -> list[Raw]:
    remedy = 'Write a list of objects, or one object a line: {"field": value}.'
    try:
        lines = content.splitlines() if path.suffix.lower() != ".json" else []
        found = [orjson.loads(line) for line in lines if line.strip()] if lines else orjson.loads(content or b"[]")
    except orjson.JSONDecodeError:
        raise _unusable(path, "not_json", "the file is no JSON", remedy) from None
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise _unusable(path, "not_rows", "the file holds something else than objects", remedy)
    return found


def renamed(path: Path, raws: Sequence[Raw], columns: Iterable[tuple[str, str]]) -> list[Raw]:
    """The rows under the names of their columns; `columns` are names that may head a column, and the column that each means.

    Raises CityError for a column that is none: what is spelt wrongly must not be left out unnoticed."""
    known = {_spelt(name): column for name, column in columns}
    heads = dict.fromkeys(name for row in raws for name in row if name not in (NUMBER, REASON))
    meant = {name: known.get(_spelt(name)) for name in heads}
    problems = [_unknown(path, name, known) for name, column in meant.items() if column is None]
    columns_twice = [column for column in set(meant.values()) if column and list(meant.values()).count(column) > 1]
    remedy = "Keep one of them."
    problems += [Problem(path.name, 1, "duplicate_column", f"two columns mean {column}", remedy) for column in sorted(columns_twice)]
    if problems:
        raise CityError(problems)
    return [{meant[name]: value for name, value in row.items() if name in meant} for row in raws]


def errors_written(path: Path, wrong: Sequence[tuple[int, Raw, str]]) -> None:
    """The rows as they were, their number and why they were not taken; mended, the same file is imported again."""
    names = list(dict.fromkeys(name for _, raw, _ in wrong for name in raw if name not in (NUMBER, REASON)))
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow([*names, NUMBER, REASON])
        lines.writerows([*(_cell(raw.get(name)) for name in names), number, why] for number, raw, why in wrong)


def _cell(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, list | dict | bool) else value


def _unknown(path: Path, name: str, known: dict[str, str]) -> Problem:
    near = get_close_matches(_spelt(name), known, 1)
    remedy = f"Did you mean {known[near[0]]!r}?" if near else f"There are: {', '.join(dict.fromkeys(known.values()))}."
    return Problem(path.name, 1, "unknown_column", f"no field is called {name[:80]!r}", remedy)


def _spelt(name: Any) -> str:
    return " ".join(str(name).casefold().replace("_", " ").split())


def _never(_row: Raw) -> bool:
    return False


def _unusable(path: Path, code: str, meaning: str, remedy: str) -> CityError:
    return CityError([Problem(path.name, 1, code, meaning, remedy)])
