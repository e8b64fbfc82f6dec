"""Tokens: RFC 6749 client_credentials, RFC 7009 and 7662, RFC 8414 metadata, RFC 7517 keys. Errors here have OAuth's own shape."""

from __future__ import annotations

from urllib.parse import parse_qsl

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from app.api.parts import Desk, Parts

FORM = "application/x-www-form-urlencoded"
LARGEST = 16 * 1024


def router(parts: Parts) -> APIRouter:
    routes = APIRouter(tags=["Token"])

    @routes.post("/oauth/token", name="token", summary="Minta token / ask for a token")
    async def token(request: Request) -> JSONResponse:
        """client_credentials, with client_secret_basic or private_key_jwt."""
        return await _answered(request, parts, parts.issue)

    @routes.post("/oauth/revoke", name="revoke", summary="Akhiri token / end a token (RFC 7009)")
    async def revoke(request: Request) -> JSONResponse:
        """Ends a token of the client's own organisation, everywhere within seconds; 200 for every other text too."""
        return await _answered(request, parts, parts.revoke)

    @routes.post("/oauth/introspect", name="introspect", summary="Apa arti token ini / what a token means (RFC 7662)")
    async def introspect(request: Request) -> JSONResponse:
        """Tells about a token of the client's own organisation; every other text is not active."""
        return await _answered(request, parts, parts.introspect)

    @routes.get("/.well-known/oauth-authorization-server", name="metadata", summary="Alamat dan cara token (RFC 8414)")
    async def metadata() -> JSONResponse:
        """Where and how tokens are had."""
        return JSONResponse(parts.metadata())

    @routes.get("/.well-known/jwks.json", name="keys", summary="Kunci publik token (RFC 7517)")
    async def keys() -> JSONResponse:
        """The public keys of the tokens."""
        return JSONResponse(parts.jwks())

    return routes


async def _answered(request: Request, parts: Parts, desk: Desk) -> JSONResponse:
    """Who asks is looked at before anything else: by the header where there is one, else by the assertion in the form, without which
    a form that cannot be read is a stranger's."""
    authorization = request.headers.get("authorization")
    known = authorization is not None and parts.authenticate(authorization) is not None
    form = await _form(request) if known or authorization is None else []
    if isinstance(form, str):
        if known:
            return JSONResponse({"error": "invalid_request", "error_description": form}, 400)
        form = []
    status, body, headers = await to_thread.run_sync(desk, authorization, form)
    return JSONResponse(body, status, dict(headers))


async def _form(request: Request) -> list[tuple[str, str]] | str:
    """The parameters of the body, or what is wrong with it. What is too large is read to its end, and not kept: the guard ends it."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return f"send {FORM}"
    body = bytearray()
    async for chunk in request.stream():
        body += chunk[: LARGEST + 1 - len(body)]
    if len(body) > LARGEST:
        return "the form is too large"
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        return "the form cannot be read"
