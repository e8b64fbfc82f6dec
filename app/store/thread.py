"""Work that blocks, done in a thread, so that the event loop goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Found = TypeVar("Found")
Given = ParamSpec("Given")


async def finished(work: Callable[Given, Found], *arguments: Given.args, **words: Given.kwargs) -> Found:
    """Like `asyncio.to_thread`, but a cancellation waits for the thread: what it holds of the database is let go before others tidy up."""
    task = asyncio.ensure_future(asyncio.to_thread(work, *arguments, **words))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()
        raise
