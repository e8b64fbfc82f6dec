"""Numbers that are identifiers: the digits out of what a source, or the cell of a sheet, writes."""

from __future__ import annotations

import re
from typing import Any

from app.contract.flaw import Flaw
from app.contract.text import normal

LOOSE = re.compile(r"[\s.'’`-]")
SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")
EXACT = 2**53
"""Past it a float, and so the cell of a sheet, keeps no single digits."""


def digits(raw: Any, *lengths: int) -> Any:
    """So many digits, None for nothing, or a Flaw; a number is its digits."""
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        return None if raw is None else Flaw("scientific" if isinstance(raw, float) else "not_digits")
    text = normal(raw)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        if SCIENTIFIC.fullmatch(text):
            return Flaw("scientific")
        text = "" if text.startswith("-") else LOOSE.sub("", text)
        if not (text.isascii() and text.isdigit()):
            return Flaw("not_digits")
    if len(text) not in lengths:
        return Flaw("wrong_length")
    return Flaw("placeholder") if text == text[0] * len(text) or text == "1234567890123456"[: len(text)] else text


def of_cell(raw: Any, *lengths: int) -> Any:
    """As `digits`, out of the cell of a sheet."""
    if isinstance(raw, float) and raw.is_integer():
        return digits(int(raw), *lengths) if abs(raw) < EXACT else Flaw("last_digit_lost")
    return digits(raw, *lengths)
