"""The FastAPI frame: tokens, documentation, listing and operations; the data routes stand in front of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse, Response

from app.api import docs, listing, oauth, operation
from app.api.openapi import document
from app.api.parts import Parts
from app.api.problems import install

SECURE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}


def create_api(parts: Parts) -> FastAPI:
    app = FastAPI(
        title=f"Titian {parts.city}",
        version=parts.version,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
        lifespan=parts.lifespan,
    )
    for router in (oauth.router(parts), listing.router(parts), operation.router(parts), docs.router(f"Titian {parts.city}")):
        app.include_router(router)
    _openapi(app, parts)
    _heads(app)
    install(app, parts.public_url)
    return app


def _openapi(app: FastAPI, parts: Parts) -> None:
    made: dict[int, dict[str, Any]] = {}

    async def openapi(request: Request) -> Response:
        """OpenAPI 3.1: every published contract, or with a token what the caller may read."""
        token = listing.bearer(request)
        if token is not None:
            granted = parts.readable(token)
            found = document(app, parts, {name: contract for name, contract in parts.contracts().items() if name in granted}, granted)
        else:
            contracts = parts.contracts()
            found = made.setdefault(id(contracts), document(app, parts, contracts, None)) if id(contracts) not in made else made[id(contracts)]
        return JSONResponse(found, headers={"vary": "Authorization", "cache-control": "no-cache"})

    app.add_api_route("/openapi.json", openapi, methods=["GET"], name="openapi", include_in_schema=False)


def _heads(app: FastAPI) -> None:
    """HEAD for each GET, and OPTIONS that tells the truth about the whole path."""
    for route in app.routes:
        if isinstance(route, APIRoute) and route.methods and "GET" in route.methods:
            route.methods.add("HEAD")
    allowed: dict[str, set[str]] = {}
    for route in app.routes:
        if isinstance(route, APIRoute):
            allowed.setdefault(route.path, {"OPTIONS"}).update(route.methods or ())
    for path, methods in allowed.items():
        app.add_route(path, _options(methods), methods=["OPTIONS"], include_in_schema=False)


def _options(methods: set[str]) -> Callable[[Request], Response]:
    return lambda _request: Response(status_code=204, headers={"allow": ", ".join(sorted(methods))})
