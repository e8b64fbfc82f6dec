"""What a source says the next page is asked with, in its body or in the header Link; and that no address leads anywhere but on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote_plus, urljoin, urlsplit

from app.adapter.egress.path import composed, origin
from app.adapter.paging.sheet import Sheet
from app.adapter.rows import MISSING
from app.errors import BadAnswer

PARAM = re.compile(r'\s*+;\s*+([^\s=;,<>"]*+)(?:\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s",;]*+)))?+')
LINK = re.compile(r"[\s,]*+<([^>]*+)>")
"""A link of the header is its target and its parameters (RFC 8288, 3)."""
PLAIN = ":/?#[]@!$&'()*+,;=%-._~"
"""What stands in an address as it is (RFC 3986, 2.2 and 2.3); what old applications leave unencoded is encoded."""


def told(sheet: Sheet, found: Any) -> Sheet:
    """A page with what its body says of the next: text or a whole number; null, "" and false say that nothing follows."""
    if found is MISSING:
        return sheet
    if found is None or found is False or found == "":
        return sheet._replace(next="")
    if not isinstance(found, str | int) or found is True:
        return sheet._replace(reason="bad_next")
    return sheet._replace(next=str(found))


def next_link(sheet: Sheet, header: str | None) -> Sheet:
    """A page with the target of the first link whose relation is next; other links alone say that nothing follows."""
    if header is None or not header.strip():
        return sheet
    at = 0
    while found := LINK.match(header, at):
        params, at = _params(header, found.end())
        if "anchor" not in params and "next" in params.get("rel", "").lower().split():
            target = found[1].strip()
            return sheet._replace(next=target) if target else sheet._replace(reason="bad_next")
    return sheet._replace(reason="bad_next") if header[at:].strip(" \t,") else sheet._replace(next="")


def _params(header: str, at: int) -> tuple[dict[str, str], int]:
    """The parameters of a link, and where they end. Only the first of a name counts (RFC 8288, 3.3); a link with an anchor is one between
    other pages (3.2)."""
    params: dict[str, str] = {}
    while found := PARAM.match(header, at):
        params.setdefault(found[1].lower(), found[2] or found[3] or "")
        at = found.end()
    return params, at


class Below:
    """The addresses of one source: those below its base, on the base's own host, without the parameters that are a login's.

    `keys` are the names and values of these parameters: a source that repeats them in its addresses must not make us keep a secret."""

    def __init__(self, base: str, keys: Iterable[tuple[str, str]] = ()) -> None:
        self._base = base.rstrip("/")
        self._origin, self._path = origin(base), urlsplit(self._base).path
        pairs = list(keys)
        self._names, self._secrets = {name for name, _ in pairs}, {value for _, value in pairs}

    def __repr__(self) -> str:
        return "Below(…)"

    def placed(self, sheet: Sheet, here: str) -> Sheet:
        """A page whose `next`, told as a reference (RFC 3986) by the page at `here`, is a path with its query below the base; where it leads
        elsewhere, the page says that the reading cannot go on."""
        if not sheet.next or sheet.reason is not None:
            return sheet
        address = self.address(sheet.next, here)
        return sheet._replace(next=None, reason="foreign_next") if address is None else sheet._replace(next=address)

    def address(self, reference: str, here: str) -> str | None:
        """None for what leads anywhere else."""
        text = reference.strip()
        if not text.isprintable():
            return None
        try:
            parts = urlsplit(urljoin(self._base + here, quote(text, safe=PLAIN)))
            same = origin(f"{parts.scheme}://{parts.netloc}") == self._origin
        except ValueError:
            return None
        if not same or not parts.path.startswith(self._path + "/"):
            return None
        pairs = [pair for pair in parts.query.split("&") if pair and not self._ours(pair)]
        address = parts.path[len(self._path) :] + ("?" + "&".join(pairs) if pairs else "")
        return address if _plain(self._base, address) else None

    def _ours(self, pair: str) -> bool:
        name, _, value = pair.partition("=")
        return unquote_plus(name) in self._names or unquote_plus(value) in self._secrets


def _plain(base: str, address: str) -> bool:
    try:
        composed(base, address)
    except BadAnswer:
        return False
    return True
