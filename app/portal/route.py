"""The addresses of the page: `/`, its style and its sign."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, Response

from app.errors import NoSuchResource
from app.portal.board import Board
from app.portal.page import STATIC, page

FILES = {"portal.css": "text/css", "icon.svg": "image/svg+xml"}
POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def router(board: Callable[[], Board], language: Callable[[str], str]) -> APIRouter:
    """`language` reads an Accept-Language."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def first(request: Request) -> Response:
        named = request.query_params.get("bahasa")
        spoken = named if named in ("id", "en") else language(request.headers.get("accept-language", ""))
        body = page(board(), spoken)
        tag = f'"{sha256(body).hexdigest()[:32]}"'
        headers = {
            "content-security-policy": POLICY,
            "content-language": spoken,
            "cache-control": "no-cache",
            "vary": "Accept-Language",
            "etag": tag,
        }
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="text/html; charset=utf-8", headers=headers)

    @routes.get("/portal/{name}")
    async def asset(name: str) -> FileResponse:
        if name not in FILES:
            raise NoSuchResource
        return FileResponse(STATIC / name, media_type=FILES[name], headers={"cache-control": "public, max-age=86400"})

    return routes
