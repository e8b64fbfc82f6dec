"""The same source, but lying about its pages: to see whether we notice. The replies are the source's own, only in another order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.adapter.out import Out
from app.adapter.protocol import Reply
from app.adapter.source import Source

HONEST = 2
"""List replies that are passed on as they are."""


@dataclass
class Twisted:
    """Stands where the way out stands. After two honest replies it says the second again for ever, or an empty list (`emptied` at `rows`)."""

    way: Out
    path: str
    rows: tuple[str, ...]
    repeat: bool
    honest: list[Reply] = field(default_factory=list)

    async def ask(
        self, method: str, path: str, headers: dict[str, str], *, query: Sequence[tuple[str, str]] = (), body: bytes | None = None
    ) -> Reply:
        if len(self.honest) < HONEST:
            reply = await self.way.ask(method, path, headers, query=query, body=body)
            self.honest.append(reply)
            return reply
        last = self.honest[-1]
        return last if self.repeat else replace(last, body=_emptied(last.body, self.rows))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.way, name)


def twisted(source: Source, *, repeat: bool) -> Source | None:
    """None for a kind that does not ask over HTTP, or whose rows do not lie at a plain path."""
    adapter: Any = source.adapter
    way, read = getattr(adapter, "way", None), getattr(adapter, "read", None)
    rows = getattr(read, "rows", "").removeprefix("$").removesuffix("[*]")
    names = tuple(name for name in rows.split(".") if name)
    if not isinstance(way, Out) or read is None or "[" in rows:
        return None
    return replace(source, adapter=replace(adapter, way=Twisted(way, read.list, names, repeat)))


def _emptied(body: bytes, names: tuple[str, ...]) -> bytes:
    whole = json.loads(body)
    if not names:
        return b"[]"
    inner = whole
    for name in names[:-1]:
        inner = inner[name]
    inner[names[-1]] = []
    return json.dumps(whole).encode()
