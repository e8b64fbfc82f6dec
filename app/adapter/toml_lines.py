"""Where a key stands in a TOML text: `tomllib` keeps no lines, and a problem without a line is half a problem."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence

TABLE = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
PIECE = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
TOKEN = re.compile(r'''"""|\'\'\'|"(?:\\.|[^"\\])*"|'[^']*'|\#|[\[\]{}]''')
ERROR_LINE = re.compile(r"at line (\d+)")

Path = tuple[str | int, ...]


def lines_of(text: str) -> dict[Path, int]:
    """The line (1-based) of every table and key that is written on a line of its own; members of inline tables stand on their key's line."""
    found: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    table: Path = ()
    value = _Value()
    for number, line in enumerate(text.splitlines(), start=1):
        if value.open:
            value.read(line)
            continue
        header = TABLE.match(line)
        if header:
            table = _table(_pieces(header[2]), counts, many=header[1] == "[[")
            found.setdefault(table, number)
            continue
        key = KEY.match(line)
        if key:
            found.setdefault((*table, *_pieces(key[1])), number)
            value.read(line[key.end() :])
    return found


class _Value:
    """Whether a value goes on in the next line: within a list, or within a text of several lines."""

    def __init__(self) -> None:
        self.depth = 0
        self.quote = ""

    @property
    def open(self) -> bool:
        return self.depth > 0 or bool(self.quote)

    def read(self, line: str) -> None:
        rest = line
        while True:
            if self.quote:
                _, closed, rest = rest.partition(self.quote)
                if not closed:
                    return
                self.quote = ""
            found = TOKEN.search(rest)
            if found is None or found[0] == "#":
                return
            rest = rest[found.end() :]
            self._take(found[0])

    def _take(self, mark: str) -> None:
        if mark in ("'''", '"""'):
            self.quote = mark
        elif mark in "[{":
            self.depth += 1
        elif mark in "]}":
            self.depth -= 1


def _pieces(text: str) -> list[str]:
    return [piece[1:-1] if piece[0] in "\"'" else piece for piece in PIECE.findall(text)]


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
