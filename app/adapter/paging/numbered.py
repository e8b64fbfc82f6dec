"""Lists without pages, and pages that are counted: by number, or by the rows before them."""

from __future__ import annotations

from app.adapter.manifest import PageStyle
from app.adapter.paging.sheet import Params, Sheet, mark, size_params
from app.adapter.protocol import Page


class Whole:
    """A list that comes in one piece."""

    number = 0
    token: str | None = None

    def wanted(self) -> Params:
        return []

    def page(self, sheet: Sheet) -> Page:
        return Page(sheet.rows, 0, last=True, total=sheet.total, reason=short(sheet.total, len(sheet.rows)))

    def broken(self, reason: str) -> Page:
        return Page([], 0, last=True, reason=reason)


class Numbered:
    """The end is believed where a page is empty or `total` is reached. A page shorter than `size` is not believed: many sources cap it; but
    the same page again after a short one is the end (docs/decisions/0007): short of the size, and of the pages before it."""

    token: str | None = None

    def __init__(self, style: PageStyle, first: int) -> None:
        self.style = style
        # Where a later page begins is known only from those before it, unless all have one size.
        self.number = first = 0 if style.style == "offset" and style.size is None else first
        self.before = first * (style.size or 0)
        self.bounded = first == 0 or style.size is not None
        # Begun later, `before` is only the most there can have been: a source may cap its pages. A full first page shows that it does not.
        self.exact = first == 0
        self.presumed = False
        self.seen: set[int] = set()
        self.latest, self.largest = 0, style.size or 0
        self.short = False

    def wanted(self) -> Params:
        style, page = self.style, self.style.style == "page"
        first = style.start if style.start is not None else int(page)
        place = (style.param or style.style, str(first + (self.number if page else self.before)))
        return [place, *size_params(style, style.size)]

    def page(self, sheet: Sheet) -> Page:
        count, number, total = len(sheet.rows), self.number, sheet.total if self.bounded else None
        self.exact = self.exact or (not self.seen and count == self.style.size)
        reached = self.exact and total is not None and self.before + count >= total
        # The only page of a list need not be remembered.
        known = 0 if reached and not self.seen else mark(sheet.rows)
        if count and known in self.seen:
            whole = self.presumed or (self.short and known == self.latest and total is None)
            return Page([], number, last=True, total=total, reason=None if whole else "repeated_page")
        self.short = self.style.size is not None and count < self.largest
        # What a source gave once is its size, whatever was asked.
        self.latest, self.largest = known, count if not self.seen else max(self.largest, count)
        self.seen.add(known)
        self.number, self.before = number + 1, self.before + count
        # Not sure enough to stop at, but what ends the reading next is then the end.
        self.presumed = not self.exact and self.before == total
        last = count == 0 or reached
        return Page(sheet.rows, number, last=last, total=total, reason=short(total, self.before) if last else None)

    def broken(self, reason: str) -> Page:
        return Page([], self.number, last=True, reason=None if self.presumed else reason)


def short(total: int | None, before: int) -> str | None:
    """The word for an end before the source's own count."""
    return "short_of_total" if total is not None and before < total else None
