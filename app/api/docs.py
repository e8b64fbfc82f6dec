"""Swagger UI out of an installed wheel: no outside request, a strict Content-Security-Policy, no script within the page."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

import fastapi_offline
from fastapi import APIRouter
from starlette.responses import FileResponse, HTMLResponse, Response

from app.errors import NoSuchResource

STATIC = Path(fastapi_offline.__file__).parent / "static"
FILES = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css", "favicon.png": "image/png"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURE = {"content-security-policy": POLICY}
PAGE = """<!doctype html>
<html lang="id">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="/docs/favicon.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<nav class="swagger-ui" aria-label="Titian"><div class="wrapper"><p><a class="link" href="/">← {title}</a></p></div></nav>
<div id="explorer"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
START = """window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#explorer",
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
});
"""


def router(title: Callable[[], str]) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/docs")
    async def page() -> HTMLResponse:
        return HTMLResponse(PAGE.format(title=escape(title())), headers=SECURE)

    @routes.get("/docs/start.js")
    async def start() -> Response:
        return Response(START, media_type="text/javascript", headers=SECURE)

    @routes.get("/docs/{name}")
    async def asset(name: str) -> FileResponse:
        if name not in FILES:
            raise NoSuchResource
        return FileResponse(STATIC / name, media_type=FILES[name], headers={**SECURE, "cache-control": "public, max-age=86400"})

    return routes
