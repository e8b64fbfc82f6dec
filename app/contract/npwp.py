"""NPWP, the number of a taxpayer, kept in 16 digits (PMK 112/2022): the NIK of a person, or 0 and the old 15 digits XX.XXX.XXX.X-XXX.XXX."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from app.contract import nik
from app.contract.digits import digits as plain
from app.contract.digits import of_cell


def reader(regencies: Container[str] | None = None, *, cells: bool = False) -> Callable[[Any], Any]:
    """As for a NIK: `regencies` are the known codes PPKK, `cells` says that values come from a sheet."""
    of_a_person = nik.reader(regencies, cells=cells)

    def parse(raw: Any) -> Any:
        found = of_cell(raw, 15, 16) if cells else plain(raw, 15, 16)
        if not isinstance(found, str):
            return found
        if len(found) == 15:
            return "0" + found
        return found if found[0] == "0" else of_a_person(raw)

    return parse
