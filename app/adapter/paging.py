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

    An offset without a size is always walked from its start: where a later page begins is known only from those before it.

    The end is believed where a page is empty or `total` is reached. A page shorter than `size` is not believed: many sources cap it; but the
    same page again after a short one is the end. Not complete, and said so in `reason`: a full page seen before (repeated_page), an end
    before `total` (short_of_total), more than `max_pages`, or a failure after the first page (its own word)."""
    if style.style == "none":
        sheet = await ask([])
        yield Page(sheet.rows, 0, last=True, total=sheet.total, reason=_short(sheet.total, len(sheet.rows)))
        return
    first = 0 if style.style == "offset" and style.size is None else first
    walker = _Walker(style, first)
    while walker.number - first < style.max_pages:
        try:
            sheet = await ask(_params(style, walker.number, walker.before))
        except SourceError as error:
            if walker.number == first:
                raise
            failure = None if walker.presumed else error
            yield Page([], walker.number, last=True, reason=failure.reason if failure else None, failure=failure)
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
        self.bounded = first == 0 or style.size is not None
        # Begun later, `before` is only the most there can have been: a source may cap its pages. A full first page shows that it does not.
        self.exact = first == 0
        self.presumed = False
        self.seen: set[int] = set()
        self.short = False

    def page(self, sheet: Sheet) -> Page:
        count, number, total = len(sheet.rows), self.number, sheet.total if self.bounded else None
        self.exact = self.exact or (not self.seen and count == self.style.size)
        reached = self.exact and total is not None and self.before + count >= total
        # The only page of a list need not be remembered.
        mark = 0 if reached and not self.seen else hash(repr(sheet.rows))
        if count and mark in self.seen:
            whole = self.presumed or (self.short and total is None)
            return Page([], number, last=True, total=total, reason=None if whole else "repeated_page")
        self.seen.add(mark)
        self.short = self.style.size is not None and count < self.style.size
        self.number, self.before = number + 1, self.before + count
        # Not sure enough to stop at, but what ends the reading next is then the end.
        self.presumed = not self.exact and self.before == total
        last = count == 0 or reached
        return Page(sheet.rows, number, last=last, total=total, reason=_short(total, self.before) if last else None)


def _short(total: int | None, before: int) -> str | None:
    return "short_of_total" if total is not None and before < total else None


def _params(style: PageStyle, number: int, before: int) -> Params:
    page = style.style == "page"
    first = style.start if style.start is not None else int(page)
    params = [(style.param or ("page" if page else "offset"), str(first + (number if page else before)))]
    if style.size_param is not None and style.size is not None:
        params.append((style.size_param, str(style.size)))
    return params
