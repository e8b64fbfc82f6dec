"""Operations: alive, ready, status, metrics; and what the problems mean."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, PlainTextResponse, Response

from app.api.parts import Parts
from app.errors import NoSuchResource, answerable


def router(parts: Parts) -> APIRouter:
    routes = APIRouter(tags=["Operasi"])

    @routes.get("/healthz", name="alive", summary="Apakah proses hidup")
    async def alive() -> JSONResponse:
        """The process answers; nothing else is looked at."""
        return JSONResponse({"status": "ok"})

    @routes.get("/readyz", name="ready", summary="Apakah siap melayani")
    async def ready() -> JSONResponse:
        """Each part and whether it is well; 503 where one is not. Sources never count."""
        found = await parts.ready()
        well = all(found.values())
        body = {"status": "ok" if well else "failed", "parts": {name: "ok" if one else "failed" for name, one in found.items()}}
        return JSONResponse(body, 200 if well else 503, {} if well else {"retry-after": "5"})

    @routes.get("/status", name="status", summary="Keadaan gerbang dan sumbernya")
    async def status() -> JSONResponse:
        """The gateway and each source as it was last met."""
        return JSONResponse(parts.status())

    @routes.get("/metrics", name="metrics", summary="Angka untuk Prometheus", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Prometheus text format."""
        return Response(parts.metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @routes.get("/problems/{code}", name="problem", summary="Arti satu kode kesalahan", response_class=PlainTextResponse)
    async def problem(code: str) -> PlainTextResponse:
        """What an error code means and what to do, in both languages."""
        found = answerable().get(code)
        if found is None:
            raise NoSuchResource
        text = f"{found.code} ({found.status})\n\n{found.title.id}. {found.remedy.id}\n\n{found.title.en}. {found.remedy.en}\n"
        return PlainTextResponse(text)

    return routes
