"""Where a key stands in a TOML text: `tomllib` keeps no lines, and a problem without a line is half a problem."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence

TABLE = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
PIECE = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
ERROR_LINE = re.compile(r"at line (\d+)")

Path = tuple[str | int, ...]


def lines_of(text: str) -> dict[Path, int]:
    """The line (1-based) of every table and key that is written on a line of its own; members of inline tables stand on their key's line."""
    found: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header = TABLE.match(line)
        if header:
            table = _table(_pieces(header[2]), counts, many=header[1] == "[[")
            found.setdefault(table, number)
            continue
        key = KEY.match(line)
        if key:
            found.setdefault((*table, *_pieces(key[1])), number)
    return found


def _pieces(text: str) -> list[str]:
    return [piece.strip("\"'") for piece in PIECE.findall(text)]


def _table(names: list[str], counts: dict[Path, int], *, many: bool) -> Path:
    path: Path = ()
    for index, name in enumerate(names):
        path = (*path, name)
        if many and index == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def line_of(lines: dict[Path, int], where: Sequence[str | int]) -> int:
    """The line of the nearest thing that has one: the key itself, else what holds it."""
    path = tuple(where)
    while path not in lines and path:
        path = path[:-1]
    return lines.get(path, 1)


def error_line(error: tomllib.TOMLDecodeError) -> int:
    """The line that `tomllib` names in its message, 1 where it names none."""
    found = ERROR_LINE.search(str(error))
    return int(found[1]) if found else 1
