"""NIK, the number of a person: 16 digits PPKKCC DDMMYY SSSS, women's day + 40. No check digit.

PP a province, KK a regency, CC a district of first issue (perhaps older than a division of regions, so an unknown one is only suspicious)."""

from __future__ import annotations

from collections.abc import Callable, Container
from datetime import date
from typing import Any

from app.contract.digits import digits as plain
from app.contract.digits import of_cell
from app.contract.flaw import Flaw

DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def reader(regencies: Container[str] | None = None, *, cells: bool = False) -> Callable[[Any], Any]:
    """`regencies` are the known codes PPKK; without them the region is not looked at. `cells`: the value comes from the cell of a sheet."""

    def parse(raw: Any) -> Any:
        digits = of_cell(raw, 16) if cells else plain(raw, 16)
        if digits is None or isinstance(digits, Flaw):
            return digits
        if digits[2:4] == "00" or digits[4:6] == "00":
            return Flaw("bad_region")
        if not real(_day(digits), int(digits[8:10]), int(digits[10:12])):
            return Flaw("bad_date")
        if cells and not isinstance(raw, str):
            return numbered(digits)
        if digits[12:] == "0000":
            return Flaw("bad_serial")
        return digits if regencies is None or digits[:4] in regencies else Flaw("unknown_region", digits)

    return parse


def numbered(digits: str) -> Flaw:
    """A cell that holds a number: a spreadsheet keeps 15 digits of it, so a 0 at the end is probably not what was typed."""
    return Flaw("last_digit_lost" if digits[-1] == "0" else "stored_as_number", digits)


def _day(digits: str) -> int:
    day = int(digits[6:8])
    return day - 40 if day > 40 else day


def real(day: int, month: int, year: int) -> bool:
    """Whether a two-digit year of some century has this day."""
    if not 1 <= month <= 12 or not 1 <= day <= DAYS[month - 1]:
        return False
    # 29 February of a two-digit year: 1900 had none, 2000 had one, so 00 is real in some century.
    return not (day == 29 and month == 2 and year % 4)


def birth_date(nik: str, today: date) -> date | None:
    """The date in a valid NIK, in the latest century that is not after `today`; None where there is no such date."""
    year, month, day = int(nik[10:12]), int(nik[8:10]), _day(nik)
    for century in (today.year // 100 * 100, today.year // 100 * 100 - 100):
        try:
            born = date(century + year, month, day)
        except ValueError:
            continue
        if born <= today:
            return born
    return None


def sex(nik: str) -> str:
    """ "L" (male) or "P" (female), by the day."""
    return "P" if int(nik[6:8]) > 40 else "L"
