"""The one loop in which every style is walked."""

from __future__ import annotations

from collections.abc import AsyncIterator

from app.adapter.manifest import PageStyle
from app.adapter.paging.keyset import Keyset
from app.adapter.paging.linked import Linked
from app.adapter.paging.numbered import Numbered, Whole
from app.adapter.paging.sheet import AskPage, Follow, Sheet, Walker
from app.adapter.protocol import Page
from app.errors import BadAnswer, SourceError


async def walk(
    style: PageStyle, ask: AskPage, *, follow: Follow | None = None, first: int = 0, token: str | None = None, limit: int | None = None
) -> AsyncIterator[Page]:
    """Pages, lazily: from number `first` on (0-based), or from where a `token` of these pages says; it then bears the number `first`.

    `ask` asks by parameters and `follow` at an address, which the styles next_url and link_header need. With a `limit` no page is asked to be
    larger, where its size moves no other page.

    What cannot be begun in the middle is walked from its start: an offset without a size, and without a token cursors, addresses and keysets.

    Not complete, and said so in `reason`, besides a failure after the first page (its own word): a page or a place seen before
    (repeated_page, repeated_next), an end before `total` (short_of_total), more than `max_pages`, a full first page of a source that should
    say what follows and says nothing (no_next), what cannot be asked with (bad_next, foreign_next), rows that a keyset cannot tell apart
    (tied_rows)."""
    walker = _walker(style, first, token, limit)
    begun = walker.number
    while walker.number - begun < style.max_pages:
        try:
            sheet = await _asked(walker, ask, follow)
        except SourceError as error:
            if walker.number == begun:
                raise
            yield walker.broken(error.reason)
            return
        page = walker.page(sheet)
        yield page
        if page.last:
            return
    yield Page([], walker.number, last=True, reason="max_pages", token=walker.token)


def _walker(style: PageStyle, first: int, token: str | None, limit: int | None) -> Walker:
    if style.style == "none":
        return Whole()
    if style.style in ("page", "offset"):
        return Numbered(style, first)
    first = 0 if token is None else first
    return Keyset(style, first, token, limit) if style.style == "keyset" else Linked(style, first, token, limit)


async def _asked(walker: Walker, ask: AskPage, follow: Follow | None) -> Sheet:
    wanted = walker.wanted()
    if not isinstance(wanted, str):
        return await ask(wanted)
    if follow is None:
        raise BadAnswer("no_next")
    return await follow(wanted)
