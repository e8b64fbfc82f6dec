"""The parts of the OpenAPI document that are the same for every contract."""

from __future__ import annotations

from typing import Any

from app.errors import answerable

Json = dict[str, Any]
SHARE: Json = {"type": ["number", "null"], "format": "double", "minimum": 0, "maximum": 1}
COUNT: Json = {"type": "integer", "format": "int32", "minimum": 0, "maximum": 2147483647}
WORD: Json = {"type": "string", "maxLength": 100}

PROBLEM: Json = {
    "title": "Problem",
    "description": "RFC 9457.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri", "maxLength": 400},
        "title": {"type": "string", "maxLength": 200},
        "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "maxLength": 2000},
        "code": {"type": "string", "enum": sorted(answerable())},
        "exchange": {"type": ["string", "null"], "maxLength": 26},
        "source": {"type": ["string", "null"], "maxLength": 130},
        "reason": WORD,
        "errors": {
            "type": "array",
            "maxItems": 1000,
            "items": {
                "type": "object",
                "properties": {
                    "parameter": {"type": "string", "maxLength": 200},
                    "pointer": {"type": "string", "maxLength": 200},
                    "code": WORD,
                    "detail": {"type": "string", "maxLength": 1000},
                },
                "required": ["code", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "code"],
}
META: Json = {
    "title": "Meta",
    "description": "Asal, waktu, kelengkapan, dan mutu jawaban.",
    "type": "object",
    "properties": {
        "count": COUNT,
        "total": {**COUNT, "type": ["integer", "null"]},
        "complete": {"type": "boolean"},
        "exchange": {"type": "string", "maxLength": 26, "pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"},
        "sources": {
            "type": "array",
            "maxItems": 100,
            "items": {
                "type": "object",
                "properties": {
                    "system": {"type": "string", "maxLength": 130},
                    "status": {"type": "string", "enum": ["ok", "incomplete", "refused", "throttled", "unreachable", "bad_answer"]},
                    "reason": WORD,
                    "as_of": {"type": "string", "format": "date-time", "maxLength": 40},
                    "records": COUNT,
                    "rejected": COUNT,
                    "invalid": {"type": "object", "additionalProperties": COUNT},
                    "differs": COUNT,
                    "ms": COUNT,
                },
                "required": ["system", "status", "as_of", "records", "rejected", "invalid", "differs", "ms"],
            },
        },
        "quality": {
            "type": "object",
            "properties": {
                "basis": {"type": "string", "enum": ["answer"]},
                **dict.fromkeys(("score", "completeness", "validity", "uniqueness", "timeliness", "consistency"), SHARE),
            },
        },
    },
    "required": ["count", "total", "complete", "exchange", "sources", "quality"],
}


def _header(description: str, pattern: str | None = None, length: int = 200) -> Json:
    schema: Json = {"type": "string", "maxLength": length}
    return {"description": description, "schema": {**schema, "pattern": pattern} if pattern else schema}


def _number(description: str) -> Json:
    return {"description": description, "schema": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 2147483647}}


HEADERS: Json = {
    "Titian-Exchange": _header("Nomor jejak pertukaran ini.", "^[0-9A-HJKMNP-TV-Z]{26}$", 26),
    "Titian-Receipt": _header("Tanda terima: membuktikan jawaban ini terhadap jejak.", "^[A-Za-z0-9_-]+$", 64),
    "Titian-Complete": _header("?1 lengkap, ?0 tidak.", r"^\?[01]$", 2),
    "ETag": _header("Tanda isi jawaban ini bagi pemanggil ini.", r'^(W/)?"[0-9a-f]+"$', 40),
    "RateLimit": _header("Sisa kuota (draft IETF)."),
    "RateLimit-Policy": _header("Kuota (draft IETF)."),
    "RateLimit-Limit": _number("Kuota."),
    "RateLimit-Remaining": _number("Sisa kuota."),
    "RateLimit-Reset": _number("Detik sampai kuota baru."),
    "Retry-After": _number("Coba lagi sesudah sekian detik."),
}
OF_STATUS: dict[int, Json] = {
    401: {"WWW-Authenticate": _header("Cara memperkenalkan diri.")},
    405: {"Allow": _header("Cara yang diterima di alamat ini.")},
}
QUOTA = ("RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


def _headers(status: int) -> Json:
    named = ["Titian-Exchange", *(QUOTA if status < 500 else ()), *(("Retry-After",) if status in (429, 503) else ())]
    return {**{name: {"$ref": f"#/components/headers/{name}"} for name in named}, **OF_STATUS.get(status, {})}


COMMON: Json = {
    f"{status}": {
        "description": " / ".join(sorted({found.title.id for found in answerable().values() if found.status == status})),
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        "headers": _headers(status),
    }
    for status in sorted({found.status for found in answerable().values()})
}
SCHEMES: Json = {
    "oauth2": {
        "type": "oauth2",
        "description": "client_credentials (RFC 6749). Token JWT (RFC9068), diperiksa menurut / a JWT, checked as asked by RFC8725.",
        "flows": {"clientCredentials": {"tokenUrl": "", "scopes": {}}},
    },
    "clientAuth": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "Basic client_id:client_secret (RFC 6749 2.3.1)",
    },
}


def common_responses(*, data: bool, body: bool, key: bool, token: bool) -> Json:
    """References to the answers that an operation of this form may give."""
    statuses = [400, 405, 413, 500, 503]
    if data:
        statuses += [401, 403, 409, 422, 429, 502, 504]
    if token:
        statuses.append(401)
    if body:
        statuses.append(415)
    if key or data:
        statuses.append(404)
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(set(statuses))}
