"""Text as it is kept: Unicode NFC, trimmed, inner white space collapsed, invisible characters gone; nothing is None."""

from __future__ import annotations

import re
import unicodedata

INVISIBLE = re.compile("[\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")
"""What no reader sees: control and formatting characters, and halves of a character, which no UTF-8 can carry."""


def normal(raw: str | int) -> str | None:
    """The canonical text of a source's text (or whole number); None where nothing is left."""
    text = raw if isinstance(raw, str) else str(raw)
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    return " ".join(text.split()) or None
