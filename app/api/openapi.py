"""OpenAPI 3.1 of the data routes, made from the contracts and merged with what FastAPI says of its own."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.openapi_oauth import token_operation
from app.api.openapi_parts import COMMON, HEADERS, META, PROBLEM, SCHEMES, common_responses
from app.api.parts import Parts
from app.catalog import City
from app.contract.contract import Contract
from app.contract.schema import answer_schema, body_key_schema, claims_schema, parameters, path_key_schema, search_schema
from app.exchange.permit import Reach

Json = dict[str, Any]
Reaches = Mapping[str, Reach]
PLAIN = {"metrics", "problem"}
OPEN = {"alive", "ready", "status", "metrics", "problem", "contracts", "schema", "metadata", "keys"}


def document(app: FastAPI, parts: Parts, contracts: Mapping[str, Contract], granted: Reaches | None) -> Json:
    """Every contract of `contracts`; `granted` cuts their fields to what one caller may read or have compared."""
    city = parts.city()
    made = get_openapi(title=f"Titian {city.name}", version=app.version, routes=app.routes)
    made["info"] = _info(parts.public_url, city, made["info"])
    made["servers"] = [{"url": parts.public_url, "description": f"Gerbang {city.name}", "x-internal": False}]
    made["security"] = [{"oauth2": []}]
    made["tags"] = _tags(contracts)
    schemas = {"Problem": PROBLEM, "Meta": META}
    for contract in contracts.values():
        reach = granted[contract.name] if granted is not None else None
        schemas[_name(contract)] = answer_schema(contract, reach.read if reach is not None else None)
        made["paths"].update(_paths(contract, reach))
    made["components"] = {"schemas": schemas, "securitySchemes": _schemes(parts), "headers": HEADERS, "responses": COMMON}
    for path, item in made["paths"].items():
        for method, operation in item.items():
            _finished(path, method, operation)
    return made


def _info(root: str, city: City, said: Json) -> Json:
    return {
        "title": said["title"],
        "version": said["version"],
        "summary": "Aplikasi kota menjawab sebagai satu / a city's applications answer as one",
        "x-summary": "Aplikasi kota menjawab sebagai satu",
        "description": (
            "Setiap jawaban menyebut dari mana, per kapan, dan seberapa baik datanya. Minta token di /oauth/token, lalu tanya satu kontrak.\n\n"
            "Every answer says where it came from, as of when, and how good it is. Ask /oauth/token for a token, then ask a contract."
        ),
        "termsOfService": f"{root}/contracts",
        "contact": {"name": f"Diskominfo {city.name}", "url": city.contact or f"{root}/status"},
        "license": {"name": "MIT", "identifier": "MIT"},
    }


def _tags(contracts: Mapping[str, Contract]) -> list[Json]:
    frame = [
        {"name": "Token", "description": "Token pemanggil / tokens"},
        {"name": "Kontrak", "description": "Apa yang ada / what there is"},
        {"name": "Operasi", "description": "Keadaan gerbang / operations"},
    ]
    return [{"name": contract.title, "description": contract.description or contract.title} for contract in contracts.values()] + frame


def _schemes(parts: Parts) -> Json:
    schemes = deepcopy(SCHEMES)
    schemes["oauth2"]["flows"]["clientCredentials"]["tokenUrl"] = f"{parts.public_url}/oauth/token"
    return schemes


def _name(contract: Contract) -> str:
    return "".join(part.capitalize() for part in contract.name.split("-"))


def _paths(contract: Contract, reach: Reach | None) -> Json:
    """The addresses of one contract: those that the caller may use, all of them for a stranger."""
    path = f"/v{contract.major}/{contract.name}"
    common = {
        "tags": [contract.title],
        "security": [{}, {"oauth2": []}] if contract.open else [{"oauth2": []}],
        "x-spbe": dict(contract.spbe),
    }
    paths: Json = {}
    if reach is None or reach.read:
        fields = reach.read if reach is not None else None
        paths[path] = {"get": {**common, **_listed(contract, fields)}}
        paths[path + "/{key}"] = {"get": {**common, **_one(contract, fields)}}
        paths[path + ":search"] = {"post": {**common, **_searched(contract, fields)}}
    if reach is None or reach.verify:
        paths[path + ":verify"] = {"post": {**common, **_verified(contract, reach.verify if reach is not None else None)}}
    return paths


def _listed(contract: Contract, fields: frozenset[str] | None) -> Json:
    word = _name(contract)
    return {
        "operationId": f"list{word}",
        "summary": f"Daftar {contract.title.lower()}",
        "description": contract.description or contract.title,
        "parameters": [*parameters(contract, fields), *_controls(contract, fields), *SPOKEN, HELD],
        "responses": {"200": _answer(word, many=True), "304": UNCHANGED},
    }


def _one(contract: Contract, fields: frozenset[str] | None) -> Json:
    word = _name(contract)
    return {
        "operationId": f"get{word}",
        "summary": f"Satu {contract.title.lower()} menurut kunci",
        "description": f"Kunci: {'~'.join(contract.key)}, seperti yang Anda lihat; nilai pribadi hanya sebagai token.",
        "parameters": [_key(contract), _fields(contract, fields), *SPOKEN, HELD],
        "responses": {"200": _answer(word, many=False), "304": UNCHANGED},
    }


def _searched(contract: Contract, fields: frozenset[str] | None) -> Json:
    word = _name(contract)
    return {
        "operationId": f"search{word}",
        "summary": f"Cari {contract.title.lower()} dengan isi JSON",
        "description": "Untuk nilai pribadi, yang tidak boleh berada di alamat.",
        "parameters": list(SPOKEN),
        "requestBody": {"required": True, "content": {"application/json": {"schema": _search(contract, fields)}}},
        "responses": {"200": _answer(word, many=True)},
    }


def _verified(contract: Contract, fields: frozenset[str] | None) -> Json:
    word = _name(contract)
    verdict = {"type": "string", "enum": ["match", "differs", "absent"]}
    claims = claims_schema(contract, fields)
    record = {"type": "object", "properties": dict.fromkeys(claims["properties"], verdict), "additionalProperties": False}
    members = {"key": body_key_schema(contract), "claims": claims}
    schema = {"type": "object", "properties": members, "required": ["key", "claims"], "additionalProperties": False}
    return {
        "operationId": f"verify{word}",
        "summary": f"Cocokkan {contract.title.lower()}: kata per field, tidak pernah nilai",
        "description": "match: sama; differs: berbeda; absent: sumber tidak punya nilainya. Setiap pencocokan tercatat sebagai jejak.",
        "parameters": list(SPOKEN),
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"200": _answered(record)},
    }


def _answer(word: str, *, many: bool) -> Json:
    record = {"$ref": f"#/components/schemas/{word}"}
    made = _answered({"type": "array", "items": record, "maxItems": 1000} if many else record)
    made["headers"]["ETag"] = {"$ref": "#/components/headers/ETag"}
    return made


def _answered(data: Json) -> Json:
    schema = {
        "type": "object",
        "properties": {"data": data, "meta": {"$ref": "#/components/schemas/Meta"}, "links": LINKS},
        "required": ["data", "meta", "links"],
        "additionalProperties": False,
    }
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS if name not in ("Retry-After", "ETag")}
    return {
        "description": "Jawaban, dengan asal, waktu, dan mutunya.",
        "headers": headers,
        "content": {"application/json": {"schema": schema}},
    }


UNCHANGED: Json = {
    "description": "Belum berubah sejak ETag itu.",
    "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in ("ETag", "Titian-Exchange", "Titian-Receipt")},
}
HELD: Json = {
    "name": "If-None-Match",
    "in": "header",
    "description": "ETag jawaban yang sudah Anda pegang: bila belum berubah, 304 tanpa isi.",
    "schema": {"type": "string", "maxLength": 8192},
}
ADDRESS = {"type": "string", "format": "uri", "maxLength": 65536}
LINKS: Json = {
    "type": "object",
    "properties": {"self": ADDRESS, "next": {**ADDRESS, "type": ["string", "null"]}},
    "required": ["self", "next"],
    "additionalProperties": False,
}
SPOKEN: tuple[Json, ...] = (
    {
        "name": "Accept-Language",
        "in": "header",
        "description": "Bahasa kesalahan: id atau en.",
        "schema": {"type": "string", "maxLength": 8192},
    },
    {
        "name": "Titian-Purpose",
        "in": "header",
        "description": "Tujuan menurut perjanjian, bila perjanjian memuat lebih dari satu.",
        "schema": {"type": "string", "maxLength": 100, "pattern": "^[a-z0-9][a-z0-9-]*$"},
    },
    {
        "name": "Prefer",
        "in": "header",
        "description": "complete: tolak jawaban yang tidak lengkap (RFC 7240).",
        "schema": {"type": "string", "maxLength": 8192, "examples": ["complete"]},
    },
)


def _names(contract: Contract, fields: frozenset[str] | None) -> list[str]:
    return [name for name in contract.properties if fields is None or name in fields]


def _fields(contract: Contract, fields: frozenset[str] | None) -> Json:
    items = {"type": "string", "enum": _names(contract, fields)}
    schema = {"type": "array", "items": items, "minItems": 1, "maxItems": len(contract.properties)}
    return {"name": "fields", "in": "query", "description": "Hanya field ini.", "style": "form", "explode": False, "schema": schema}


LIMIT = {"type": "integer", "format": "int32", "minimum": 1, "maximum": 1000, "default": 100}
CURSOR = {"type": "string", "minLength": 1, "maxLength": 2048, "pattern": "^[A-Za-z0-9_-]+$"}
COUNT = {"type": "string", "enum": ["none", "exact"], "default": "none"}


def _sort(contract: Contract, fields: frozenset[str] | None) -> Json:
    """A name, or a name behind a minus."""
    names = [name for name in _names(contract, fields) if contract.properties[name].type not in ("array", "object")]
    return {"type": "array", "items": {"type": "string", "enum": [*names, *(f"-{name}" for name in names)]}, "minItems": 1, "maxItems": 8}


def _controls(contract: Contract, fields: frozenset[str] | None) -> list[Json]:
    sort = {"style": "form", "explode": False, "schema": _sort(contract, fields)}
    return [
        _fields(contract, fields),
        {"name": "sort", "in": "query", "description": "Urutan; - di depan berarti menurun.", **sort},
        {"name": "limit", "in": "query", "description": "Paling banyak sekian catatan.", "schema": LIMIT},
        {"name": "cursor", "in": "query", "description": "Lanjutan, dari links.next.", "schema": CURSOR},
        {"name": "count", "in": "query", "description": "exact: hitung semuanya di meta.total.", "schema": COUNT},
    ]


def _key(contract: Contract) -> Json:
    named = "~".join(contract.key)
    return {"name": "key", "in": "path", "required": True, "description": f"Kunci {named}.", "schema": path_key_schema(contract)}


def _search(contract: Contract, fields: frozenset[str] | None) -> Json:
    names = _names(contract, fields)
    listed = {"type": "array", "items": {"type": "string", "enum": names}, "minItems": 1, "maxItems": len(contract.properties)}
    sort = _sort(contract, fields)
    members = {
        "filter": search_schema(contract, fields),
        "fields": {"anyOf": [listed, _joined(names, len(contract.properties))]},
        "sort": {"anyOf": [sort, _joined(sort["items"]["enum"], sort["maxItems"])]},
        "limit": LIMIT,
        "cursor": CURSOR,
        "count": COUNT,
    }
    return {"type": "object", "properties": members, "additionalProperties": False}


def _joined(names: list[str], most: int) -> Json:
    """The same as one text, as in an address."""
    one = f"({'|'.join(names)})"
    return {"type": "string", "maxLength": 1000, "pattern": f"^{one}(,{one}){{0,{most - 1}}}$"}


def _finished(path: str, method: str, operation: Json) -> None:
    """Common answers on every operation; strangers' operations say so; HTTPValidationError is nobody's."""
    data = path.startswith("/v") and path.count("/") > 1
    if operation["operationId"] in OPEN:
        operation["security"] = []
    elif path.startswith("/oauth"):
        operation.update(token_operation(operation["operationId"]))
        return
    operation["responses"].pop("422", None)
    if operation["operationId"] in PLAIN:
        operation["responses"]["200"]["content"] = {"text/plain": {"schema": {"type": "string", "maxLength": 1_000_000}}}
    operation["responses"].update(
        common_responses(data=data, body=method == "post", key="{" in path, token=operation["operationId"] in ("index", "access"))
    )
    for parameter in operation.get("parameters", []):
        parameter["schema"].pop("title", None)
        if parameter["in"] == "path" and parameter["name"] in SEGMENTS:
            parameter["schema"]["pattern"] = SEGMENTS[parameter["name"]]
        if parameter["schema"].get("type") == "string":
            parameter["schema"].setdefault("maxLength", 100)


SEGMENTS = {"major": "^[1-9][0-9]{0,3}$", "contract": "^[a-z][a-z0-9-]{0,99}$", "code": "^[a-z][a-z_]{0,99}$"}
"""What may stand in the addresses of the frame."""
