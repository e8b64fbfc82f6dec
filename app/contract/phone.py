"""Telephone numbers: what Indonesians write (08…, 628…, +628…, (0621) …) becomes E.164."""

from __future__ import annotations

import re
from typing import Any

import phonenumbers

from app.contract.flaw import Flaw
from app.contract.text import normal

WRITTEN = re.compile(r"[\d ()+./-]+", re.ASCII)
"""Letters are refused: the library would dial them ("0812-FLOWERS") or drop what stands after them."""


def parse(raw: Any) -> Any:
    if raw is None or isinstance(raw, bool) or not isinstance(raw, str | int):
        return None if raw is None else Flaw("not_a_phone")
    text = normal(raw)
    if text is None:
        return None
    if not WRITTEN.fullmatch(text):
        return Flaw("not_a_phone")
    if text.startswith("62"):
        text = "+" + text
    try:
        number = phonenumbers.parse(text, "ID")
    except phonenumbers.NumberParseException:
        return Flaw("not_a_phone")
    if not phonenumbers.is_valid_number(number):
        return Flaw("not_a_phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
