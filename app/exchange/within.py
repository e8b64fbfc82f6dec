"""How long one source may take for everything that one question needs of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from app.errors import Unreachable
from app.exchange.call import Reading, ShapedPage, SourceCall


def within(seconds: float) -> Callable[[SourceCall], SourceCall]:
    def stage(call: SourceCall) -> SourceCall:
        async def asked(reading: Reading) -> AsyncGenerator[ShapedPage]:
            deadline = asyncio.get_running_loop().time() + seconds
            pages = call(reading)
            while True:
                try:
                    async with asyncio.timeout_at(deadline):
                        page = await anext(pages)
                except StopAsyncIteration:
                    return
                except TimeoutError as error:
                    raise Unreachable("timeout") from error
                yield page

        return asked

    return stage
