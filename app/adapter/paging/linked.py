"""Pages each of which says what the next is asked with: a cursor, an address in the body, an address in a header."""

from __future__ import annotations

from app.adapter.manifest import PageStyle
from app.adapter.paging.numbered import short
from app.adapter.paging.sheet import Params, Sheet, mark, size_params, sized
from app.adapter.protocol import Page

LONGEST = 4096
"""Characters of a cursor or an address: more is no place but a burden."""


class Linked:
    """The end is believed where a page says that nothing follows; an empty page that says what follows is not the end.

    `total` is that of the first page: many sources count only what is left."""

    def __init__(self, style: PageStyle, first: int, token: str | None, limit: int | None) -> None:
        self.style, self.number, self.token = style, first, token
        self.size = sized(style, limit)
        self.total: int | None = None
        self.before = 0
        self.whole = token is None
        self.seen: set[int] = set()
        self.places = {token}

    def wanted(self) -> Params | str:
        if self.token is None:
            return size_params(self.style, self.size)
        if self.style.style == "cursor":
            return [(self.style.param or "cursor", self.token), *size_params(self.style, self.size)]
        return self.token

    def page(self, sheet: Sheet) -> Page:
        if self.whole and not self.seen:
            self.total = sheet.total
        here, number, known = self.token, self.number, mark(sheet.rows)
        if sheet.rows and known in self.seen:
            return Page([], number, last=True, total=self.total, reason="repeated_page", token=here)
        self.seen.add(known)
        self.before += len(sheet.rows)
        last, reason = self._end(sheet, first=self.whole and len(self.places) == 1)
        if not last:
            self.number, self.token = number + 1, sheet.next
            self.places.add(sheet.next)
        return Page(sheet.rows, number, last=last, total=self.total, reason=reason, token=here)

    def _end(self, sheet: Sheet, *, first: bool) -> tuple[bool, str | None]:
        """Whether this page is the last, and why that is not the end of the list."""
        if sheet.reason is not None:
            return True, sheet.reason
        if not sheet.next:
            full = first and sheet.next is None and self.total is None and self.size is not None and len(sheet.rows) >= self.size
            return True, "no_next" if full else short(self.total, self.before)
        if len(sheet.next) > LONGEST:
            return True, "bad_next"
        return (True, "repeated_next") if sheet.next in self.places else (False, None)

    def broken(self, reason: str) -> Page:
        return Page([], self.number, last=True, total=self.total, reason=reason, token=self.token)
