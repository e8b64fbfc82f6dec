"""Which methods a path of the frame takes: HEAD beside each GET, OPTIONS everywhere, and an Allow that speaks of the whole path."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


def allowed(app: Starlette, scope: Scope) -> list[str]:
    """Asked of the routes themselves, all of them; empty where there is no such path."""
    found = {method for method in METHODS for route in app.routes if route.matches({**scope, "method": method})[0] is Match.FULL}
    return sorted(found | {"OPTIONS"} | ({"HEAD"} if "GET" in found else set())) if found else []


class Methods:
    """Answers OPTIONS, and HEAD as GET without its body."""

    def __init__(self, app: ASGIApp, frame: Starlette) -> None:
        self.app, self.frame = app, frame

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            await self.app({**scope, "method": "GET"}, receive, _without_body(send))
        elif scope["type"] == "http" and scope["method"] == "OPTIONS" and (found := allowed(self.frame, scope)):
            await send({"type": "http.response.start", "status": 204, "headers": [(b"allow", ", ".join(found).encode())]})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self.app(scope, receive, send)


def _without_body(send: Send) -> Send:
    async def sent(message: Message) -> None:
        bare: dict[str, Any] = {"body": b""} if message["type"] == "http.response.body" else {}
        await send({**message, **bare})

    return sent
