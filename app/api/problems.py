"""One renderer for every failure: RFC 9457 problem+json, in the caller's language, without a word of a source or a value of a person."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from traceback import extract_tb
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.api.method import allowed
from app.errors import Answerable, BadQuestion, Fault, Internal, MethodNotAllowed, NoSuchResource, SourceError, Text, TooLarge, Unreachable, plain

log = structlog.get_logger("titian.api")
App = Callable[[Any, Any, Any], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
MEDIA = b"application/problem+json"
PERSONAL = re.compile(r"\d{6,}")
BY_STATUS: dict[int, type[Answerable]] = {404: NoSuchResource, 405: MethodNotAllowed, 413: TooLarge}


def language(accepted: str) -> str:
    """ "id" or "en" out of Accept-Language (RFC 9110), by weight; id where neither is named."""
    best, chosen = 0.0, "id"
    for part in accepted.split(",")[:20]:
        tag, _, rest = part.strip().partition(";")
        name = tag.strip().lower().partition("-")[0]
        try:
            weight = float(rest.strip().lower().removeprefix("q=")) if rest else 1.0
        except ValueError:
            weight = 0.0
        if name in ("id", "en") and weight > best:
            best, chosen = weight, name
    return chosen


def problem(error: Answerable, *, language: str, exchange: str | None, public_url: str) -> tuple[int, Headers, bytes]:
    """Status, headers, body."""
    status = 502 if isinstance(error, Unreachable) and error.reason == "refused_connection" else error.status
    members: dict[str, Any] = {
        "type": f"{public_url}/problems/{error.code}",
        "title": error.title.speak(language),
        "status": status,
        "detail": _told(error.detail.speak(language)),
        "code": error.code,
        "exchange": exchange,
    }
    if isinstance(error, SourceError):
        members["source"], members["reason"] = error.system, error.reason
    if error.faults:
        members["errors"] = [_fault(fault, language) for fault in error.faults]
    headers = [(b"content-type", MEDIA), *((name.encode(), value.encode("latin-1", "replace")) for name, value in error.headers)]
    return status, headers, orjson.dumps(members)


def _fault(fault: Fault, language: str) -> dict[str, str]:
    place = "pointer" if fault.where.startswith("/") else "parameter"
    return {place: _told(fault.where), "code": fault.code, "detail": _told(fault.detail.speak(language))}


def _told(text: str) -> str:
    """A sentence may name what the caller wrote; where that is the number of a person, it is not told back."""
    return PERSONAL.sub("…", plain(text))


def answered(request: Request, error: Answerable, public_url: str) -> Response:
    """The problem as an answer of the frame."""
    spoken = language(request.headers.get("accept-language", ""))
    status, headers, body = problem(error, language=spoken, exchange=None, public_url=public_url)
    made = {name.decode(): value.decode("latin-1") for name, value in headers}
    return Response(body, status, {**made, "cache-control": "no-store", "content-language": spoken, "x-content-type-options": "nosniff"})


def install(app: FastAPI, public_url: str) -> None:
    """Every failure of the frame's own routes takes the same form."""

    async def ours(request: Request, error: Exception) -> Response:
        return answered(request, error if isinstance(error, Answerable) else Internal(), public_url)

    async def http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        made = BY_STATUS.get(status, BadQuestion if status < 500 else Internal)
        if status == 405:
            headers = {**{name: value for name, value in headers.items() if name.lower() != "allow"}, "allow": ", ".join(allowed(app, request.scope))}
        return answered(request, made(headers=tuple((name.lower(), value) for name, value in headers.items())), public_url)

    async def invalid(request: Request, error: Exception) -> Response:
        # The default answer would echo the input.
        places = [one["loc"] for one in error.errors()] if isinstance(error, RequestValidationError) else []
        said = Text("Nilainya tidak dapat dibaca.", "The value cannot be read.")
        faults = tuple(Fault("/".join(map(str, place[1:]))[:100], "invalid_value", said) for place in places)
        return answered(request, BadQuestion(faults=faults), public_url)

    async def unexpected(request: Request, _error: Exception) -> Response:
        return answered(request, Internal(), public_url)

    app.add_exception_handler(Answerable, ours)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, unexpected)


async def contain(app: App, scope: Any, receive: Any, send: Any) -> Answerable | None:
    """Runs an application; what it raises by a fault of our own goes no further."""
    try:
        await app(scope, receive, send)
    except Exception as error:  # noqa: BLE001 - the last place before the caller
        return contained(error)
    return None


def contained(error: Exception) -> Answerable:
    """What is told of a fault of our own: nothing but that there was one. Its text may quote a value: only its class and place are logged."""
    place = extract_tb(error.__traceback__)[-1:]
    log.error("unexpected", fault=type(error).__name__, place=[f"{Path(one.filename).name}:{one.lineno}" for one in place])
    return Internal()
