"""The FastAPI frame: tokens, documentation, listing and operations; the data routes stand in front of it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from app.api import docs, listing, oauth, operation
from app.api.method import Methods
from app.api.openapi import document
from app.api.parts import Parts
from app.api.problems import install
from app.api.secured import Secured
from app.exchange.permit import Reach

Granted = frozenset[tuple[str, Reach]]


def create_api(parts: Parts) -> FastAPI:
    app = FastAPI(
        title="Titian",
        version=parts.version,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
        lifespan=parts.lifespan,
    )
    for router in (oauth.router(parts), listing.router(parts), operation.router(parts), docs.router(lambda: f"Titian {parts.city().name}")):
        app.include_router(router)
    _openapi(app, parts)
    app.add_middleware(Methods, frame=app)
    app.add_middleware(Secured)
    install(app, parts.public_url)
    return app


def _openapi(app: FastAPI, parts: Parts) -> None:
    @lru_cache(maxsize=64)
    def made(_edition: int, granted: Granted | None) -> dict[str, Any]:
        fields = None if granted is None else dict(granted)
        contracts = {name: contract for name, contract in parts.contracts().items() if fields is None or name in fields}
        return document(app, parts, contracts, fields)

    async def openapi(request: Request) -> Response:
        """OpenAPI 3.1: every published contract, or with a token what the caller may read."""
        token = listing.bearer(request)
        granted = None if token is None else frozenset(parts.reach(token).items())
        return JSONResponse(made(parts.edition(), granted), headers={"vary": "Authorization", "cache-control": "no-cache"})

    app.add_api_route("/openapi.json", openapi, methods=["GET"], name="openapi", include_in_schema=False)
