"""What there is: every published contract for everybody, and those that a caller may read."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from app.api.parts import Parts
from app.contract.contract import Contract
from app.contract.schema import json_schema
from app.errors import NoSuchResource, Text, UnknownCaller
from app.exchange.permit import Reach


def bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def router(parts: Parts) -> APIRouter:
    routes = APIRouter(tags=["Kontrak"])

    @routes.get("/contracts", name="contracts", summary="Semua kontrak yang diterbitkan")
    async def contracts() -> JSONResponse:
        """Every published contract: its shape is public, its records are not."""
        return JSONResponse({"data": [_shown(contract, parts.public_url) for contract in parts.contracts().values()]})

    @routes.get("/contracts/{contract}/v{major}/schema", name="schema", summary="JSON Schema satu kontrak")
    async def schema(contract: str, major: str) -> JSONResponse:
        """JSON Schema 2020-12 of one record, strict."""
        found = _published(parts, contract, major)
        return JSONResponse(json_schema(found, parts.codes(found)), media_type="application/schema+json")

    @routes.get("/contracts/{contract}/v{major}/access", name="access", summary="Apa yang boleh dilakukan pemanggil, dan mengapa")
    async def access(request: Request, contract: str, major: str) -> JSONResponse:
        """What this caller may do with the contract and why: fields by purpose and action, the agreements, what is withheld."""
        token = None if _published(parts, contract, major).open and bearer(request) is None else _needed(request)
        return JSONResponse(parts.access(token, contract), headers={"vary": "Authorization"})

    @routes.get("/v{major}", name="index", summary="Kontrak yang boleh dibaca pemanggil")
    async def index(request: Request, major: str) -> JSONResponse:
        """The contracts of this major that the caller may read, with their fields."""
        known = {name: found for name, found in parts.contracts().items() if str(found.major) == major}
        if not known:
            raise NoSuchResource
        reach = parts.reach(_needed(request))
        data = [{**_shown(known[name], parts.public_url), **_reached(known[name], reach[name])} for name in known if name in reach]
        return JSONResponse({"data": data}, headers={"vary": "Authorization"})

    return routes


def _published(parts: Parts, name: str, major: str) -> Contract:
    found = parts.contracts().get(name)
    if found is None or str(found.major) != major:
        raise NoSuchResource
    return found


def _needed(request: Request) -> str:
    token = bearer(request)
    if token is None:
        raise UnknownCaller(Text("Kirim Authorization: Bearer dengan token.", "Send Authorization: Bearer with a token."))
    return token


def _reached(contract: Contract, reach: Reach) -> dict[str, list[str]]:
    """Fields in the contract's order: those that may be read, and those that may be compared by `:verify`."""
    named = {"fields": reach.read, "verify": reach.verify}
    return {word: [name for name in contract.properties if name in fields] for word, fields in named.items()}


def _shown(contract: Contract, root: str) -> dict[str, Any]:
    return {
        "name": contract.name,
        "title": contract.title,
        "description": contract.description,
        "version": contract.version,
        "classification": contract.classification,
        "dimension": contract.dimension,
        "links": {
            "records": f"{root}/v{contract.major}/{contract.name}",
            "schema": f"{root}/contracts/{contract.name}/v{contract.major}/schema",
            "access": f"{root}/contracts/{contract.name}/v{contract.major}/access",
        },
    }
