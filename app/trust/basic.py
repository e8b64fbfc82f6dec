"""HTTP Basic as OAuth 2 uses it: id and secret are form-urlencoded before they are joined (RFC 6749 2.3.1)."""

from __future__ import annotations

import base64
from typing import NamedTuple
from urllib.parse import unquote_plus

LONGEST = 1024


class Credentials(NamedTuple):
    identifier: str
    secret: str


def credentials(authorization: str | None) -> Credentials | None:
    """The credentials of an Authorization header; None where it holds none that can be read."""
    scheme, _, rest = (authorization or "").partition(" ")
    if scheme.lower() != "basic" or len(rest) > LONGEST:
        return None
    try:
        text = base64.b64decode(rest.strip(), validate=True).decode()
        identifier, colon, secret = text.partition(":")
        return Credentials(_decoded(identifier), _decoded(secret)) if colon else None
    except ValueError:
        return None


def _decoded(text: str) -> str:
    return unquote_plus(text, errors="strict")
