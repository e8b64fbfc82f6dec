"""How much of a file is read, and the one way in which reading it fails."""

from __future__ import annotations

FILE = 50 * 1024 * 1024
"""Bytes of a file, and of what a gzip holds."""
ENTRIES = 1000
UNPACKED = 200 * 1024 * 1024
RATIO = 100
FREE = 1024 * 1024
"""Below this many unpacked bytes the ratio is not looked at."""
ROWS = 1_000_000
COLUMNS = 500
CELL = 32_767
"""Characters; more than this no spreadsheet keeps in a cell."""
PAGE = 1000
WRITTEN = 128 * 1024 * 1024
"""Bytes of JSON that one file may become."""
MEMORY = 2 * 1024**3


class Unreadable(Exception):
    """The file cannot be used; `word` says why in one snake_case word of ours."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def text(cell: str) -> str | None:
    """The text of a cell as it is, None where it is blank; raises Unreadable("cell_too_long")."""
    if len(cell) > CELL:
        raise Unreadable("cell_too_long")
    return None if cell.isspace() or not cell else cell
