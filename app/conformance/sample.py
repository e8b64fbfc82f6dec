"""What a source brings when it is asked for everything: the yardstick for everything else that it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, NamedTuple

from app.adapter.protocol import Page, Pushed, Question, Raw, Shaped
from app.adapter.source import Source
from app.errors import SourceError

MOST_ROWS = 20_000
MOST_PAGES = 400
Key = tuple[str, ...]


class Sample(NamedTuple):
    """Pages as they came, and rows in canonical form. `whole`: there was nothing more. `failure` is the word of a source that failed."""

    pages: tuple[Page, ...]
    shaped: tuple[Shaped, ...]
    whole: bool
    reason: str | None = None
    failure: SourceError | None = None

    @property
    def records(self) -> dict[Key, Mapping[str, Any]]:
        found: dict[Key, Mapping[str, Any]] = {}
        for row in self.shaped:
            if row.key is not None:
                found.setdefault(row.key, row.values)
        return found


async def taken(source: Source, question: Question, *, rows: int = MOST_ROWS) -> Sample:
    """Reads until `rows` have come; never raises the failure of a source."""
    pages: list[Page] = []
    raws: list[Raw] = []
    try:
        async with aclosing(source.adapter.pages(question)) as found:  # type: ignore[type-var]
            async for page in found:
                pages.append(page)
                raws += page.rows
                if page.reason is not None or len(raws) >= rows or len(pages) >= MOST_PAGES:
                    break
    except SourceError as error:
        return Sample(tuple(pages), _shaped(source, raws), whole=False, failure=error)
    reason = pages[-1].reason if pages else None
    whole = reason is None and (not pages or pages[-1].last) and len(raws) < rows
    return Sample(tuple(pages), _shaped(source, raws), whole, reason)


def _shaped(source: Source, raws: list[Raw]) -> tuple[Shaped, ...]:
    return tuple(source.lens.shape(raw) for raw in raws)


async def found(source: Source, pushed: tuple[Pushed, ...], *, rows: int = MOST_ROWS) -> Sample:
    """What the source finds by its own filter, untouched by ours."""
    parts = [await taken(source, Question(pushed=(one,)), rows=rows) for one in pushed]
    failure = next((part.failure for part in parts if part.failure is not None), None)
    reason = next((part.reason for part in parts if part.reason is not None), None)
    pages = tuple(page for part in parts for page in part.pages)
    shaped = tuple(row for part in parts for row in part.shaped)
    return Sample(pages, shaped, all(part.whole for part in parts), reason, failure)
