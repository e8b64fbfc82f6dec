"""Percent: "9,49 %" is the number 9.49; the unit is in the field's description."""

from __future__ import annotations

import re
from typing import Any

from app.contract import number
from app.contract.flaw import Flaw
from app.contract.text import normal

COMMA = re.compile(r"[+-]?\d{1,15}(?:,\d{1,10})?", re.ASCII)


def parse(raw: Any) -> Any:
    if not isinstance(raw, str):
        return number.decimal(raw)
    text = normal(raw)
    if text is None:
        return None
    text = text.lower().removesuffix("%").removesuffix("persen").strip()
    read = number.decimal(text.replace(",", ".") if COMMA.fullmatch(text) else text)
    return Flaw("not_a_percent") if isinstance(read, Flaw) or read is None else read
