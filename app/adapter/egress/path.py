"""Addresses are composed, never joined: base and path are put together by their encoded text, and what could lead elsewhere is refused."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from app.errors import BadAnswer

TRICKS = re.compile(r"[\x00-\x20\x7f-\U0010ffff\\#]|//|(?:^|/)(?:\.|%2[eE]){1,2}(?:/|\?|$)|%2[fF]|%5[cC]|%00")

CONTROL = re.compile(r"[\x00-\x20\x7f-\U0010ffff\\#]|%0[0-9a-fA-F]")


def composed(base: str, path: str) -> str:
    """`path` is percent-encoded, begins with /, and may carry a query. Raises BadAnswer("bad_path") for anything that could climb out."""
    # Not urlsplit: it drops line breaks, tabs and the fragment before anyone could look at them.
    here, _, query = path.partition("?")
    if not path.startswith("/") or TRICKS.search(here) or CONTROL.search(query):
        raise BadAnswer("bad_path")
    return base.rstrip("/") + path


def origin(base: str) -> tuple[str, str, int]:
    """Scheme, host and port; raises ValueError for anything but a plain http(s) address."""
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment or parts.query:
        raise ValueError("base is an http or https address without user, query or fragment")
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
