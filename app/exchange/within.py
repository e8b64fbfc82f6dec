"""How long one source may take for everything that one list needs of it. One record is few calls, each with its own deadline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from app.adapter.protocol import Question
from app.errors import Unreachable
from app.exchange.call import ShapedPage, SourceCall


def within(seconds: float) -> Callable[[SourceCall], SourceCall]:
    def stage(call: SourceCall) -> SourceCall:
        async def pages(question: Question) -> AsyncGenerator[ShapedPage]:
            deadline = asyncio.get_running_loop().time() + seconds
            inner = call.pages(question)
            while True:
                try:
                    async with asyncio.timeout_at(deadline):
                        page = await anext(inner)
                except StopAsyncIteration:
                    return
                except TimeoutError as error:
                    raise Unreachable("timeout") from error
                yield page

        return call._replace(pages=pages)

    return stage
