"""Dates and instants: a declared format, or ISO 8601. Canonical text: "2026-01-31", or RFC 3339 with the offset of the city's zone.

A format is written with the words of strftime (%d %m %Y %y %b %B %H %M %S) and is compiled to one regular expression, since strptime would be
most of the cost of a mapping. Month names are Indonesian or English, long or short."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from app.contract.flaw import Flaw
from app.contract.text import normal

SPELLINGS = (
    "jan januari january", "feb peb februari pebruari february", "mar mrt maret march", "apr april", "mei may", "jun juni june", "jul juli july",
    "agu agt ags aug agustus august", "sep sept september", "okt oct oktober october", "nov nop november nopember", "des dec desember december",
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(SPELLINGS, start=1) for name in names.split()}
LONG = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember")
PARTS = {
    "d": r"(?P<d>\d{1,2})",
    "m": r"(?P<m>\d{1,2})",
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "b": r"(?P<b>[A-Za-z]+)\.?",
    "B": r"(?P<b>[A-Za-z]+)\.?",
    "H": r"(?P<H>\d{1,2})",
    "M": r"(?P<M>\d{2})",
    "S": r"(?P<S>\d{2})(?:\.\d{1,9})?",
}
NARROW = {"d": r"(?P<d>\d{2})", "m": r"(?P<m>\d{2})", "H": r"(?P<H>\d{2})"}
PIVOT = 69
"""A two-digit year from 69 on is 19YY, before it 20YY (as strptime has it); only where the format says %y."""
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
PACKED = re.compile(r"%[dmyYHMS]%[dmyYHMS]")
SAME = {"m": "b", "B": "b", "y": "Y"}
ISO_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?", re.ASCII)


def pattern(format_: str) -> re.Pattern[str]:
    """The compiled form of a format; raises ValueError saying what is wrong with it. A day or month that it leaves out is the first."""
    text, packed = "", PACKED.search(format_) is not None
    pieces = re.split(r"%(.)", format_)
    for index, piece in enumerate(pieces):
        if index % 2 == 0:
            text += re.escape(piece).replace(r"\ ", r"\s+")
        elif piece not in PARTS:
            raise ValueError(f"%{piece} is not a word of a date format; known: {' '.join('%' + name for name in PARTS)}")
        else:
            text += NARROW.get(piece, PARTS[piece]) if packed else PARTS[piece]
    said = [SAME.get(word, word) for word in pieces[1::2]]
    if len(set(said)) != len(said):
        raise ValueError("it says one part twice")
    if "Y" not in said:
        raise ValueError("it has no year: %Y, or %y of two digits")
    return re.compile(text, re.ASCII)


def reader(format_: str | None, zone: tzinfo, *, timestamp: bool, cells: bool = False) -> Callable[[Any], Any]:
    """Reads a date, or an instant where `timestamp`; what has no zone is in `zone`. For a date the time of day is dropped.

    A source's own date type needs no format; the `cells` of a sheet bear it as ISO 8601 beside text in the format."""
    iso = _iso(zone, timestamp=timestamp)
    made = iso if format_ is None else _formatted(pattern(format_), zone, timestamp=timestamp)

    def parse(raw: Any) -> Any:
        if isinstance(raw, date):
            return iso(raw.isoformat())
        if raw is None or isinstance(raw, bool) or not isinstance(raw, str | int):
            return None if raw is None else Flaw("bad_date")
        text = normal(raw)
        if text is None:
            return None
        read = iso(text) if cells else None
        return made(text) if read is None or isinstance(read, Flaw) else read

    return parse


def _formatted(compiled: re.Pattern[str], zone: tzinfo, *, timestamp: bool) -> Callable[[str], Any]:
    names, match = list(compiled.groupindex), compiled.fullmatch
    timeless = not timestamp and not {"H", "M", "S"} & set(names)

    def parse(text: str) -> Any:
        found = match(text)
        if found is None:
            return Flaw("bad_date")
        parts = dict(zip(names, found.groups(), strict=True))
        month = MONTHS.get(parts["b"].lower(), 0) if "b" in parts else int(parts.get("m", 1))
        try:
            if timeless:
                return date(_year(parts), month, int(parts.get("d", 1))).isoformat()
            moment = datetime(_year(parts), month, int(parts.get("d", 1)), *_time(parts), tzinfo=zone)
            return _written(moment) if timestamp else moment.date().isoformat()
        except (ValueError, OverflowError):
            return Flaw("bad_date")

    return parse


def _year(parts: dict[str, str]) -> int:
    if "Y" in parts:
        return int(parts["Y"])
    year = int(parts["y"])
    return 1900 + year if year >= PIVOT else 2000 + year


def _time(parts: dict[str, str]) -> tuple[int, int, int]:
    return int(parts.get("H", 0)), int(parts.get("M", 0)), int(parts.get("S", 0))


def _written(moment: datetime) -> str:
    """RFC 3339 has no seconds in an offset, as local mean time had (Jakarta until 1924): such an instant is told in UTC."""
    offset = moment.utcoffset()
    return (moment if offset is None or offset.seconds % 60 == 0 else moment.astimezone(UTC)).isoformat()


def _iso(zone: tzinfo, *, timestamp: bool) -> Callable[[str], Any]:
    """One instant has one text, whatever the offset that a source writes: instants are compared as text."""

    def parse(text: str) -> Any:
        try:
            if not timestamp and ISO_DATE.fullmatch(text):
                date.fromisoformat(text)
                return text
            if not ISO_TIME.fullmatch(text) and not ISO_DATE.fullmatch(text):
                return Flaw("bad_date")
            moment = datetime.fromisoformat(text)
            moment = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
            return _written(moment) if timestamp else moment.date().isoformat()
        except (ValueError, OverflowError):
            return Flaw("bad_date")

    return parse


def writer(format_: str | None, zone: tzinfo) -> Callable[[str], str]:
    """Canonical text back into a format; the inverse of `reader`."""
    if format_ is None:
        return str
    pieces = re.split(r"%(.)", format_)

    def write(value: str) -> str:
        moment = datetime.fromisoformat(value)
        moment = moment.astimezone(zone) if moment.tzinfo else moment
        return "".join(_piece(moment, piece) if index % 2 else piece for index, piece in enumerate(pieces))

    return write


def _piece(moment: datetime, word: str) -> str:
    if word == "Y":
        return f"{moment.year:04}"
    return LONG[moment.month - 1] if word == "B" else LONG[moment.month - 1][:3] if word == "b" else moment.strftime("%" + word)
