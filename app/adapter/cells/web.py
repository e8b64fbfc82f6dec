"""A file behind an address: fetched for every question, read again only where its bytes have changed."""

from __future__ import annotations

from hashlib import blake2b
from urllib.parse import unquote, urlsplit

from app.adapter.cells.kept import Taken
from app.adapter.out import Out
from app.adapter.protocol import Reply
from app.adapter.reply import by_status, failure
from app.errors import Unreachable


def parted(address: str) -> tuple[str, str]:
    """The base of an http(s) address, and its path with its query."""
    parts = urlsplit(address)
    path = parts.path or "/"
    return f"{parts.scheme}://{parts.netloc}", f"{path}?{parts.query}" if parts.query else path


class WebOrigin:
    """An address with its logins; a login that has run out is renewed once."""

    def __init__(self, out: Out, path: str) -> None:
        self._out, self._path = out, path

    async def taken(self, known: object) -> Taken:
        """Raises Refused, Throttled, Unreachable, BadAnswer."""
        reply = await self._asked()
        outcome = by_status(reply)
        if reply.status == 404:
            raise Unreachable("no_file")
        if outcome != "ok":
            raise failure(outcome, reply, f"status_{reply.status}")
        key = blake2b(reply.body, digest_size=16).digest()
        name = unquote(self._path.partition("?")[0].rpartition("/")[2])
        return Taken(key, None if key == known else reply.body, name, None)

    async def _asked(self) -> Reply:
        headers: dict[str, str] = {}
        reply = await self._out.ask("GET", self._path, headers)
        if reply.status == 401 and self._out.renew(headers):
            return await self._out.ask("GET", self._path, {})
        return reply

    async def close(self) -> None:
        await self._out.close()
