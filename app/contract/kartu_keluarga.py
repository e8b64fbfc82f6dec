"""Nomor KK, the number of a family card: 16 digits PPKKCC DDMMYY SSSS; the date is that of issue, without the + 40 of a NIK."""

from __future__ import annotations

from typing import Any

from app.contract.flaw import Flaw
from app.contract.nik import real, sixteen


def parse(raw: Any) -> Any:
    digits = sixteen(raw)
    if digits is None or isinstance(digits, Flaw):
        return digits
    day, month, year = int(digits[6:8]), int(digits[8:10]), int(digits[10:12])
    if 41 <= day <= 71:
        return Flaw("nik_not_kk")
    return digits if real(day, month, year) else Flaw("bad_date")
