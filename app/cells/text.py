"""Delimited text: its encoding, its delimiter, its rows."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from app.cells.limit import CELL, COLUMNS, ROWS, Unreadable, text

DELIMITERS = ";,\t|"
SAMPLE = 50
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def rows(content: bytes, encoding: str, delimiter: str | None) -> Iterator[list[Any]]:
    """Every cell is text (RFC 4180). Raises Unreadable: charset, not_text, broken_quotes, cell_too_long, too_many_rows, too_many_columns."""
    whole = decoded(content, encoding)
    csv.field_size_limit(CELL)
    lines = csv.reader(io.StringIO(whole, newline=""), delimiter=delimiter or found(whole), strict=True)
    try:
        for number, row in enumerate(lines):
            if number >= ROWS:
                raise Unreadable("too_many_rows")
            if len(row) > COLUMNS:
                raise Unreadable("too_many_columns")
            yield [text(cell) for cell in row]
    except csv.Error as error:
        raise Unreadable("cell_too_long" if "limit" in str(error) else "broken_quotes") from error


def decoded(content: bytes, encoding: str) -> str:
    """A byte order mark is believed before `encoding`."""
    encoding = next((name for mark, name in MARKS if content.startswith(mark)), encoding)
    try:
        whole = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable("charset") from error
    if "\0" in whole:
        raise Unreadable("not_text")
    return whole


def found(whole: str) -> str:
    """The delimiter that cuts most of the first lines into equally many cells; of several the one that cuts into more."""
    return max(DELIMITERS, key=lambda delimiter: _agreement(whole, delimiter))


def _agreement(whole: str, delimiter: str) -> tuple[int, int]:
    lines = csv.reader(io.StringIO(whole, newline=""), delimiter=delimiter)
    widths: Counter[int] = Counter()
    try:
        widths.update(len(row) for row in islice(lines, SAMPLE) if len(row) > 1)
    except csv.Error:
        return (0, 0)
    return max(((count, width) for width, count in widths.items()), default=(0, 0))
