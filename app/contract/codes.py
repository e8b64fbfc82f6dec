"""A code list: codes with labels, synonyms and the time in which they hold. A value that no list knows is never guessed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from app.contract.flaw import Flaw
from app.contract.text import normal
from app.errors import CityError, Problem

COLUMNS = ("kode", "label", "sinonim", "berlaku_dari", "berlaku_sampai")


class Code(NamedTuple):
    code: str
    label: str
    synonyms: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class CodeList:
    """`spellings` leads from every folded code, label and synonym to its code."""

    name: str
    codes: Mapping[str, Code]
    spellings: Mapping[str, str]

    @classmethod
    def read(cls, name: str, rows: Iterable[Code]) -> CodeList:
        codes = {row.code: row for row in rows}
        meant: dict[str, set[str]] = {}
        for code in codes.values():
            for spelling in (*code.synonyms, code.label):
                meant.setdefault(folded(spelling), set()).add(code.code)
        # A word that two codes share names neither; a code itself is always its own.
        spellings = {spelling: found.pop() for spelling, found in meant.items() if len(found) == 1}
        return cls(name, codes, spellings | {folded(code): code for code in codes})

    def parse(self, raw: Any) -> Any:
        if isinstance(raw, float) and raw.is_integer():
            raw = int(raw)
        if raw is None or not isinstance(raw, str | int):
            return None if raw is None else Flaw("unknown_code")
        text = normal(str(raw).lower() if isinstance(raw, bool) else raw)
        if text is None:
            return None
        return text if text in self.codes else self.spellings.get(folded(text)) or Flaw("unknown_code")

    def valid_on(self, code: str, day: date) -> bool:
        found = self.codes.get(code)
        if found is None:
            return False
        return (found.valid_from is None or found.valid_from <= day) and (found.valid_to is None or day <= found.valid_to)


def folded(text: str) -> str:
    """Case, repeated blanks and closing dots do not tell two spellings apart."""
    return re.sub(r"\s+", " ", text).strip(" .").casefold()


def read_list(path: Path, shown: str) -> CodeList:
    """A `codes/NAME.csv`; raises CityError with every line that is wrong."""
    rows, problems = read_rows(path, shown, required=COLUMNS[:2])
    problems += repeated(rows, shown, COLUMNS[0])
    codes: list[Code] = []
    for line, row in rows:
        try:
            codes.append(_code(row))
        except ValueError:
            problems.append(Problem(shown, line, "bad_date", "a date is not written YYYY-MM-DD", "Write it like 2026-01-31 or leave it out."))
    if problems:
        raise CityError(problems)
    return CodeList.read(path.stem, codes)


def read_rows(path: Path, shown: str, *, required: tuple[str, ...]) -> tuple[list[tuple[int, dict[str, str]]], list[Problem]]:
    """Rows of a CSV with a header, each with its line; blank lines are passed over."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return [], [Problem(shown, 1, "unreadable", "the file is not UTF-8 text", "Save it as CSV in UTF-8.")]
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="+", restval="", strict=True)
    try:
        missing = [name for name in required if name not in (reader.fieldnames or ())]
        rows = [] if missing else [(reader.line_num, _stripped(row)) for row in reader]
    except csv.Error:
        return [], [Problem(shown, reader.line_num + 1, "unreadable", "the line cannot be read as CSV", "Mend its quotes.")]
    if missing:
        return [], [
            Problem(shown, 1, "missing_column", f"the header lacks {', '.join(missing)}", f"The first line begins with {','.join(required)}.")
        ]
    return rows, [
        Problem(shown, line, "missing_value", f"{name} is empty", "Fill it in or delete the line.")
        for line, row in rows
        for name in required
        if not row[name]
    ]


def _stripped(row: dict[str, Any]) -> dict[str, str]:
    return {name: value.strip() for name, value in row.items() if isinstance(value, str)}


def repeated(rows: Iterable[tuple[int, dict[str, str]]], shown: str, column: str) -> list[Problem]:
    """A line whose `column` stood before: the earlier line would be lost without a word."""
    seen: set[str] = set()
    problems = []
    for line, row in rows:
        if row[column] and row[column] in seen:
            problems.append(Problem(shown, line, "duplicate_code", f"{row[column]!r} stands twice", "Keep one line of it."))
        seen.add(row[column])
    return problems


def _code(row: dict[str, str]) -> Code:
    synonyms = tuple(part.strip() for part in row.get("sinonim", "").split("|") if part.strip())
    return Code(row["kode"], row["label"], synonyms, _day(row.get("berlaku_dari", "")), _day(row.get("berlaku_sampai", "")))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
