"""NIP, the number of a civil servant, and the NI of one with a contract (PPPK): 18 digits, no check digit.

PNS: YYYYMMDD of birth, YYYYMM of appointment, 1 a man or 2 a woman, a serial of three. PPPK: YYYYMMDD, the year of appointment, 21, the sex, a
serial. Printed with blanks: 19870101 201001 1 001."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from app.contract.digits import digits as plain
from app.contract.digits import of_cell
from app.contract.flaw import Flaw

PPPK = "21"
"""Stands where a month stands in the number of a PNS."""
MONTHS = frozenset((*(f"{month:02}" for month in range(1, 13)), PPPK))
YOUNGEST = 17
"""Years between the year of birth and that of appointment."""


def reader(*, cells: bool = False) -> Callable[[Any], Any]:
    """`cells`: the value comes from the cell of a sheet, where no number keeps 18 digits."""

    def parse(raw: Any) -> Any:
        found = of_cell(raw, 18) if cells else plain(raw, 18)
        if not isinstance(found, str):
            return found
        return _flaw(found) or found

    return parse


def _flaw(nip: str) -> Flaw | None:
    born, appointed = int(nip[:4]), int(nip[8:12])
    try:
        date(born, int(nip[4:6]), int(nip[6:8]))
    except ValueError:
        return Flaw("bad_date")
    if born < 1900 or not YOUNGEST <= appointed - born < 100 or nip[12:14] not in MONTHS:
        return Flaw("bad_appointment")
    if nip[14] not in "12":
        return Flaw("bad_sex")
    return Flaw("bad_serial") if nip[15:] == "000" else None
