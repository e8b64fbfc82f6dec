"""Nomor KK, the number of a family card: 16 digits PPKKCC DDMMYY SSSS; the date is that of issue, without the + 40 of a NIK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.contract.digits import digits as plain
from app.contract.digits import of_cell
from app.contract.flaw import Flaw
from app.contract.nik import numbered, real


def reader(*, cells: bool = False) -> Callable[[Any], Any]:
    """`cells`: the value comes from the cell of a sheet."""

    def parse(raw: Any) -> Any:
        digits = of_cell(raw, 16) if cells else plain(raw, 16)
        if digits is None or isinstance(digits, Flaw):
            return digits
        day, month, year = int(digits[6:8]), int(digits[8:10]), int(digits[10:12])
        if 41 <= day <= 71:
            return Flaw("nik_not_kk")
        if not real(day, month, year):
            return Flaw("bad_date")
        return numbered(digits) if cells and not isinstance(raw, str) else digits

    return parse


parse = reader()
