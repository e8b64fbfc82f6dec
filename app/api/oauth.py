"""Tokens: RFC 6749 client_credentials, RFC 8414 metadata, RFC 7517 keys. Errors here have OAuth's own shape."""

from __future__ import annotations

from urllib.parse import parse_qsl

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from app.api.parts import Parts, Reply

FORM = "application/x-www-form-urlencoded"
LARGEST = 8192


def router(parts: Parts) -> APIRouter:
    routes = APIRouter(tags=["Token"])

    @routes.post("/oauth/token", name="token", summary="Minta token / ask for a token")
    async def token(request: Request) -> JSONResponse:
        """client_credentials with client_secret_basic. The client is looked at before the body is."""
        authorization = request.headers.get("authorization")
        if parts.authenticate(authorization) is None:
            return _reply(await to_thread.run_sync(parts.issue, authorization, []))
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        body = await request.body()
        if media != FORM:
            return _invalid(f"send {FORM}")
        if len(body) > LARGEST:
            return _invalid("the form is too large")
        try:
            items = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
        except ValueError:
            return _invalid("the form cannot be read")
        return _reply(await to_thread.run_sync(parts.issue, authorization, items))

    @routes.get("/.well-known/oauth-authorization-server", name="metadata", summary="Alamat dan cara token (RFC 8414)")
    async def metadata() -> JSONResponse:
        """Where and how tokens are had."""
        return JSONResponse(parts.metadata())

    @routes.get("/.well-known/jwks.json", name="keys", summary="Kunci publik token (RFC 7517)")
    async def keys() -> JSONResponse:
        """The public keys of the tokens."""
        return JSONResponse(parts.jwks())

    return routes


def _reply(reply: Reply) -> JSONResponse:
    status, body, headers = reply
    return JSONResponse(body, status, dict(headers))


def _invalid(description: str) -> JSONResponse:
    return JSONResponse({"error": "invalid_request", "error_description": description}, 400)
