"""Spreadsheets: the cells as they were saved. Formulas and macros are never run, links never followed; an error in a cell is nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from app.cells.limit import COLUMNS, ROWS, Unreadable, text

LOCKED = re.compile("EncryptedPackage".encode("utf-16-le") + rb"|\x09\x08\x10\x00.{16}\x2f\x00", re.DOTALL)
"""A stream of MS-OFFCRYPTO, or a record FilePass behind the first one of a workbook (MS-XLS 2.4.117)."""
EXACT = 2**53
"""Whole numbers below it are kept by a cell digit for digit."""


def sheets(content: bytes, pattern: str | None) -> Iterator[Iterator[list[Any]]]:
    """The rows of each sheet whose name is `pattern`, or else matches it; of the first that is visible where it says nothing.

    Raises Unreadable: encrypted_sheet, not_readable, no_such_sheet, too_many_rows, too_many_columns, cell_too_long."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in _chosen(book, pattern):
            yield _rows(book.get_sheet_by_name(name))
    except CalamineError as error:
        raise Unreadable("encrypted_sheet" if LOCKED.search(content) else "not_readable") from error


def _chosen(book: CalamineWorkbook, pattern: str | None) -> list[str]:
    tables = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
    names = [one.name for one in tables]
    if pattern is None:
        chosen = [one.name for one in tables if one.visible == SheetVisibleEnum.Visible][:1] or names[:1]
    else:
        chosen = [pattern] if pattern in names else [name for name in names if fnmatchcase(name, pattern)]
    if not chosen:
        raise Unreadable("no_such_sheet")
    return chosen


def _rows(sheet: CalamineSheet) -> Iterator[list[Any]]:
    """From the first row and column of the sheet, wherever its cells begin."""
    if sheet.start is None or sheet.end is None:
        return
    if sheet.end[0] >= ROWS:
        raise Unreadable("too_many_rows")
    if sheet.end[1] >= COLUMNS:
        raise Unreadable("too_many_columns")
    # The iterator begins at the first row, though not at the first column.
    before = [None] * sheet.start[1]
    for row in sheet.iter_rows():
        yield [*before, *map(_value, row)]


def _value(cell: Any) -> Any:
    """A cell as JSON has it: text, a number (whole ones as such), a boolean, a date or time as ISO 8601 text; None for nothing."""
    kind = cell.__class__
    if kind is str:
        return text(cell)
    if kind is float:
        return int(cell) if cell.is_integer() and abs(cell) < EXACT else cell
    if kind is bool or kind is int:
        return cell
    return str(cell) if isinstance(cell, timedelta) else cell.isoformat()
