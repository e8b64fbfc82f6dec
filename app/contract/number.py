"""Numbers as sources write them: JSON numbers, digits in text, a dot before decimals; nothing else is guessed."""

from __future__ import annotations

import math
import re
from typing import Any

from app.contract.flaw import Flaw
from app.contract.text import normal

WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
DECIMAL = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,10})?", re.ASCII)


def whole(raw: Any) -> Any:
    """An integer within 64 bits."""
    if type(raw) is int:
        return raw if -(2**63) <= raw < 2**63 else Flaw("too_large")
    if isinstance(raw, float):
        return int(raw) if raw.is_integer() and abs(raw) < 2**53 else Flaw("not_whole")
    if not isinstance(raw, str):
        return None if raw is None else Flaw("not_a_number")
    text = normal(raw)
    if text is None:
        return None
    return int(text) if WHOLE.fullmatch(text) else Flaw("not_a_number")


def decimal(raw: Any) -> Any:
    """An int or a finite float."""
    if type(raw) is int:
        return whole(raw)
    if isinstance(raw, float):
        return raw if math.isfinite(raw) else Flaw("not_a_number")
    if not isinstance(raw, str):
        return None if raw is None else Flaw("not_a_number")
    text = normal(raw)
    if text is None:
        return None
    if not DECIMAL.fullmatch(text):
        return Flaw("not_a_number")
    return float(text) if "." in text else int(text)
