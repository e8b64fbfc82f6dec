"""The innermost stage: a kind is asked, and whatever goes wrong in it becomes one of our few words."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import NamedTuple, TypeVar

import structlog

from app.adapter.protocol import Page, Question
from app.adapter.source import Source
from app.errors import BadAnswer, SourceError

Found = TypeVar("Found")


class RawCall(NamedTuple):
    """What a kind brings, before it is shaped."""

    pages: Callable[[Question], AsyncGenerator[Page]]
    one: Callable[[Question], Awaitable[Page]]


log = structlog.get_logger("titian.source")


def fetched(source: Source) -> RawCall:
    adapter = source.adapter

    async def pages(question: Question) -> AsyncGenerator[Page]:
        found = adapter.pages(question)
        while (page := await _word(anext(found, None), source)) is not None:
            yield page

    async def one(question: Question) -> Page:
        return await _word(adapter.one(question), source)

    return RawCall(pages, one)


async def _word(found: Awaitable[Found], source: Source) -> Found:
    try:
        return await found
    except SourceError as error:
        error.system = source.system
        raise
    except Exception as error:
        # A fault of the kind is this source's alone; its text may hold what the source said.
        log.warning("fault_in_kind", system=source.system, fault=type(error).__name__)
        fault = BadAnswer("fault_in_kind")
        fault.system = source.system
        raise fault from error
