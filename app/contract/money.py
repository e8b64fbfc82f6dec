"""Money in rupiah. `rupiah` reads what people write; `plain` reads what a program writes. Canonical: an int, or a float where sen are left."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from app.contract import number
from app.contract.flaw import Flaw
from app.contract.text import normal

WORDS = {"ribu": 3, "rb": 3, "juta": 6, "jt": 6, "miliar": 9, "milyar": 9, "m": 9, "triliun": 12, "t": 12}
SPELT = re.compile(
    r"(?P<open>\()?(?P<sign>-)?(?:rp\.?)?\s*(?P<minus>-)?"
    r"(?P<whole>[1-9]\d{0,2}(?:\.\d{3}){1,6}|\d{1,15})(?:,(?P<part>\d{1,10}|-{1,2}))?"
    r"\s*(?P<word>[a-z]+)?(?P<close>\))?",
    re.ASCII,
)
AMBIGUOUS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+", re.ASCII)


def rupiah(raw: Any) -> Any:
    """A dot groups thousands in threes, a comma begins decimals, words count; parentheses or a minus are negative."""
    if not isinstance(raw, str):
        return number.decimal(raw)
    text = normal(raw)
    if text is None:
        return None
    found = SPELT.fullmatch(text.lower())
    if found is None or bool(found["open"]) != bool(found["close"]):
        return Flaw("not_rupiah")
    power = WORDS.get(found["word"]) if found["word"] else 0
    if power is None:
        return Flaw("not_rupiah")
    part = (found["part"] or "").strip("-")
    amount = Decimal(found["whole"].replace(".", "") + ("." + part if part else "")).scaleb(power)
    negative = found["open"] or found["sign"] or found["minus"]
    return _number(-amount if negative else amount)


def plain(raw: Any) -> Any:
    """A JSON number or digits; "1.500" could be 1500 or 1.5 and is refused: say `as = "rupiah"` in the system's file."""
    if isinstance(raw, str) and AMBIGUOUS.fullmatch(normal(raw) or ""):
        return Flaw("ambiguous_amount")
    return number.decimal(raw)


def _number(amount: Decimal) -> Any:
    return number.whole(int(amount)) if amount == amount.to_integral_value() else float(amount)
