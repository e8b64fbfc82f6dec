"""How long one source may take for everything that one question needs of it; each call of it has its own deadline beneath."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from app.adapter.protocol import Page, Question
from app.errors import Unreachable
from app.exchange.fetch import RawCall


def within(seconds: float) -> Callable[[RawCall], RawCall]:
    def stage(call: RawCall) -> RawCall:
        async def pages(question: Question) -> AsyncGenerator[Page]:
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

        async def one(question: Question) -> Page:
            try:
                async with asyncio.timeout(seconds):
                    return await call.one(question)
            except TimeoutError as error:
                raise Unreachable("timeout") from error

        return RawCall(pages, one)

    return stage
