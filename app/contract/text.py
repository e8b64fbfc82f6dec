"""Text as it is kept: Unicode NFC, trimmed, inner white space collapsed, invisible characters gone; nothing is None."""

from __future__ import annotations

import re
import unicodedata

INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")


def normal(raw: str | int) -> str | None:
    """The canonical text of a source's text (or whole number); None where nothing is left."""
    text = str(raw)
    if not text.isascii():
        text = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    return " ".join(text.split()) or None
