"""The token endpoints in the OpenAPI document: what is sent to each and what it answers, in OAuth's own shapes."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def _text(length: int, description: str | None = None) -> Json:
    schema: Json = {"type": "string", "maxLength": length}
    return schema if description is None else {**schema, "description": description}


INSTANT: Json = {"type": "integer", "format": "int64", "minimum": 0, "maximum": 2**53}
PURPOSE: Json = {"type": "string", "maxLength": 100, "pattern": "^[a-z0-9][a-z0-9-]*$"}
PROOF: Json = {
    "client_id": _text(100),
    "client_assertion_type": {"type": "string", "enum": [ASSERTION]},
    "client_assertion": _text(8192, "private_key_jwt (RFC 7523), sebagai ganti header Authorization / instead of the header Authorization."),
}
TOKEN: Json = {"token": _text(4096), "token_type_hint": _text(100)}


def _object(properties: Json, *required: str, strict: bool = False) -> Json:
    made: Json = {"type": "object", "properties": properties, "required": list(required)}
    return {**made, "additionalProperties": False} if strict else made


def _json(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


FORMS: Json = {
    "token": _object(
        {"grant_type": {"type": "string", "enum": ["client_credentials"]}, "purpose": PURPOSE, **PROOF},
        "grant_type",
        strict=True,
    ),
    "revoke": _object({**TOKEN, **PROOF}, "token", strict=True),
    "introspect": _object({**TOKEN, **PROOF}, "token", strict=True),
}
GOOD: Json = {
    "token": _json(
        "Token.",
        _object(
            {
                "access_token": _text(4096),
                "token_type": {"type": "string", "enum": ["Bearer"]},
                "expires_in": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 3600},
            },
            "access_token",
            "token_type",
            "expires_in",
        ),
    ),
    "revoke": _json("Token itu tidak berlaku (lagi). / That token is not valid (any more).", {"type": "object", "properties": {}}),
    "introspect": _json(
        "Arti token itu; hanya active bila bukan token organisasi sendiri. / What it means; active alone where it is not one's own.",
        _object(
            {
                "active": {"type": "boolean"},
                "token_type": {"type": "string", "enum": ["Bearer"]},
                **{name: _text(400) for name in ("client_id", "sub", "iss", "aud")},
                **dict.fromkeys(("exp", "iat"), INSTANT),
                "purpose": PURPOSE,
            },
            "active",
        ),
    ),
}
ERROR: Json = {
    **_json("Ditolak (RFC 6749).", _object({"error": _text(100), "error_description": _text(1000)}, "error")),
    "x-noqa": "RFC 6749 5.2: application/json",
}


def token_operation(name: str) -> Json:
    """Who may ask, the form and the answers of one endpoint, by the name of its operation."""
    return {
        "security": [{"clientAuth": []}],
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": FORMS[name]}}},
        "responses": {
            "200": GOOD[name],
            "400": ERROR,
            "401": {**ERROR, "headers": {"WWW-Authenticate": {"schema": _text(200)}}},
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in (405, 413, 500, 503)},
        },
    }
