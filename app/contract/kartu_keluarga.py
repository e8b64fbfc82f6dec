"""Nomor KK, the number of a family card: 16 digits PPKKCC DDMMYY SSSS; the date is that of issue, without the + 40 of a NIK."""

from __future__ import annotations

from typing import Any

from app.contract.flaw import Flaw
from app.contract.nik import sixteen


def parse(raw: Any) -> Any:
    digits = sixteen(raw)
    if digits is None or isinstance(digits, Flaw):
        return digits
    if int(digits[6:8]) > 40:
        return Flaw("nik_not_kk")
    if not 1 <= int(digits[6:8]) <= 31 or not 1 <= int(digits[8:10]) <= 12:
        return Flaw("bad_date")
    return digits
