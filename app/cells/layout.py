"""From rows of cells to named columns: where the header stands, what a column without one is called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from app.cells.limit import PAGE


class Layout(NamedTuple):
    """`header` are the rows that hold it (1-based, ascending); `columns` names, by position, what has no header."""

    header: tuple[int, ...]
    columns: tuple[str, ...]


class Sheet(NamedTuple):
    """A part of one sheet: `sheet` counts sheets from 0; a row may be shorter than `names`."""

    sheet: int
    names: list[str]
    rows: list[list[Any]]


def cut(rows: Iterable[list[Any]], layout: Layout, sheet: int) -> Iterator[Sheet]:
    """Parts of at most PAGE rows; a row without any value is left out."""
    header: list[list[Any]] = []
    last = layout.header[-1] if layout.header else 0
    waiting: list[list[Any]] = []
    for number, row in enumerate(rows, start=1):
        if number <= last:
            header += [row] if number in layout.header else []
            continue
        if any(cell is not None for cell in row):
            waiting.append(row)
        if len(waiting) == PAGE:
            yield Sheet(sheet, names(header, layout.columns, waiting), waiting)
            waiting = []
    if waiting:
        yield Sheet(sheet, names(header, layout.columns, waiting), waiting)


def names(header: list[list[Any]], columns: tuple[str, ...], rows: list[list[Any]]) -> list[str]:
    """A name for every column; a name that stood before gets a number."""
    width = max(map(len, [*header, *rows]), default=0)
    upper = [_carried(row, width) for row in header[:-1]]
    levels = [*upper, *(_padded(row, width) for row in header[-1:])]
    found: dict[str, None] = {}
    for index in range(width):
        written = " ".join(level[index] for level in levels if level[index])
        given = columns[index] if index < len(columns) else ""
        found[_unused(written or given or letter(index), found)] = None
    return list(found)


def _padded(row: list[Any], width: int) -> list[str]:
    return [" ".join(str(cell).split()) if cell is not None else "" for cell in row] + [""] * (width - len(row))


def _carried(row: list[Any], width: int) -> list[str]:
    """A cell that is merged with those to its right is saved once: its text holds for all of them."""
    texts = _padded(row, width)
    for index in range(1, width):
        texts[index] = texts[index] or texts[index - 1]
    return texts


def _unused(name: str, found: dict[str, None]) -> str:
    number, free = 1, name
    while free in found:
        number += 1
        free = f"{name} {number}"
    return free


def letter(index: int) -> str:
    """The name a spreadsheet gives to a column (0-based): A, …, Z, AA, …"""
    text = ""
    index += 1
    while index:
        index, place = divmod(index - 1, 26)
        text = chr(ord("A") + place) + text
    return text
