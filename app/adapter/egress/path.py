"""Addresses are composed, never joined: base and path are put together by their encoded text, and what could lead elsewhere is refused."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from app.errors import BadAnswer

TRICKS = re.compile(r"[\x00-\x20\x7f-\U0010ffff\\#]|//|(?:^|/)(?:\.|%(?:25)*2[eE]){1,2}(?:/|;|%3[bB]|\?|$)|%(?:25)*(?:2[fF]|5[cC]|00)")
"""Old servers decode twice, or drop what follows a semicolon before they look for `..`."""

NOT_PLAIN = frozenset("@?#\\")
FOREIGN = frozenset({20, 21, 22, 23, 25, 53, 110, 111, 135, 139, 143, 389, 445, 465, 587, 636, 873, 2049, 3306, 5432, 6379, 11211, 27017})
"""Mail, files, shells, directories and databases: some of them take the lines of an HTTP request for commands."""

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
    if parts.scheme not in ("http", "https") or not parts.hostname or not NOT_PLAIN.isdisjoint(base):
        raise ValueError("base is an http or https address without user, query or fragment")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if port in FOREIGN:
        raise ValueError(f"port {port} is that of another protocol than HTTP")
    return parts.scheme, parts.hostname, port
