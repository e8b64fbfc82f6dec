"""Walking a list page by page, with the guards that keep a silent end from being taken for the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple

from app.adapter.manifest import PageStyle
from app.adapter.protocol import Page, Raw
from app.errors import SourceError

Params = list[tuple[str, str]]


class Sheet(NamedTuple):
    """One page as a kind brings it: its rows, and the source's own count of all rows where it tells one."""

    rows: list[Raw]
    total: int | None = None


AskPage = Callable[[Params], Awaitable[Sheet]]


async def walk(style: PageStyle, ask: AskPage, *, first: int = 0) -> AsyncIterator[Page]:
    """Pages from number `first` on (0-based), lazily; a new walker per reading.

    The end is believed where a page is empty or `total` is reached. A page shorter than `size` is not believed: many sources cap it; but the
    same page again after a short one is the end. Not complete, and said so in `reason`: a full page seen before (repeated_page), an end
    before `total` (short_of_total), more than `max_pages`, or a failure after the first page (its own word)."""
    if style.style == "none":
        sheet = await ask([])
        yield Page(sheet.rows, 0, last=True, total=sheet.total, reason=_short(sheet, 0))
        return
    walker = _Walker(style, first)
    while walker.number - first < style.max_pages:
        try:
            sheet = await ask(_params(style, walker.number, walker.before))
        except SourceError as error:
            if walker.number == first:
                raise
            yield Page([], walker.number, last=True, reason=error.reason)
            return
        page = walker.page(sheet)
        yield page
        if page.last:
            return
    yield Page([], walker.number, last=True, reason="max_pages")


class _Walker:
    """Where one reading stands, and what it has seen."""

    def __init__(self, style: PageStyle, first: int) -> None:
        self.style, self.number = style, first
        self.before = first * (style.size or 0)
        self.counted = first == 0 or style.size is not None
        self.seen: set[int] = set()
        self.short = False

    def page(self, sheet: Sheet) -> Page:
        count, number, total = len(sheet.rows), self.number, sheet.total if self.counted else None
        reached = total is not None and self.before + count >= total
        # The only page of a list need not be remembered.
        mark = 0 if reached and not self.seen else hash(repr(sheet.rows))
        if count and mark in self.seen:
            return Page([], number, last=True, total=total, reason=None if self.short and total is None else "repeated_page")
        self.seen.add(mark)
        last = count == 0 or reached
        page = Page(sheet.rows, number, last=last, total=total, reason="short_of_total" if last and total is not None and not reached else None)
        self.short = self.style.size is not None and count < self.style.size
        self.number, self.before = number + 1, self.before + count
        return page


def _short(sheet: Sheet, before: int) -> str | None:
    return "short_of_total" if sheet.total is not None and before + len(sheet.rows) < sheet.total else None


def _params(style: PageStyle, number: int, before: int) -> Params:
    page = style.style == "page"
    first = style.start if style.start is not None else int(page)
    params = [(style.param or ("page" if page else "offset"), str(first + (number if page else before)))]
    if style.size_param is not None and style.size is not None:
        params.append((style.size_param, str(style.size)))
    return params
