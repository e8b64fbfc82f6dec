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

    Ends on an empty page, one shorter than `size`, or where `total` is reached. Not complete, and said so in `reason`: a page seen before
    (repeated_page), an end before `total` (short_of_total), more than `max_pages`, or a failure after the first page (its own word)."""
    if style.style == "none":
        sheet = await ask([])
        yield Page(sheet.rows, 0, last=True, total=sheet.total, reason=_short(sheet, 0))
        return
    seen: set[int] = set()
    number, before = first, _before(style, first)
    while number - first < style.max_pages:
        try:
            sheet = await ask(_params(style, number, before))
        except SourceError as error:
            if number == first:
                raise
            yield Page([], number, last=True, reason=error.reason)
            return
        page = _page(sheet, style, number, before)
        mark = 0 if page.last and number == first else hash(repr(sheet.rows))
        if sheet.rows and mark in seen:
            page = Page([], number, last=True, reason="repeated_page")
        seen.add(mark)
        yield page
        if page.last:
            return
        number, before = number + 1, before + len(sheet.rows)
    yield Page([], number, last=True, reason="max_pages")


def _before(style: PageStyle, first: int) -> int:
    """Rows that stand before page `first`."""
    return first * (style.size or 0)


def _page(sheet: Sheet, style: PageStyle, number: int, before: int) -> Page:
    count = len(sheet.rows)
    if sheet.total is not None:
        last = count == 0 or before + count >= sheet.total
    else:
        last = count == 0 or (style.size is not None and count < style.size)
    return Page(sheet.rows, number, last=last, total=sheet.total, reason=_short(sheet, before) if last else None)


def _short(sheet: Sheet, before: int) -> str | None:
    if sheet.total is None or before + len(sheet.rows) >= sheet.total:
        return None
    return "short_of_total"


def _params(style: PageStyle, number: int, before: int) -> Params:
    if style.style == "page":
        place = style.start + number
    else:
        place = style.start + (number * style.size if style.size else before)
    params = [(style.param or ("page" if style.style == "page" else "offset"), str(place))]
    if style.size_param is not None and style.size is not None:
        params.append((style.size_param, str(style.size)))
    return params
