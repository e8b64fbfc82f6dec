"""A contract as JSON Schema 2020-12: strict (what a record is), as answered (what a caller may get), and as asked (parameters, `:search`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import jsonschema_rs

from app.contract.contract import Contract, Property
from app.contract.mask import PARTIAL_PATTERN, TOKEN_PATTERN, maskable
from app.contract.operator import BOUNDS, OPERATORS, TEXTUAL, suffixes
from app.contract.options import LINEAR

JsonSchema = dict[str, Any]
LONGEST = 10_000
WHOLE = 2**63 - 1
PATTERNS = {
    "nik": r"^\d{16}$",
    "no_kk": r"^\d{16}$",
    "nip": r"^\d{18}$",
    "npwp": r"^\d{16}$",
    "nib": r"^\d{13}$",
    "region": r"^\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?$",
    "phone": r"^\+[1-9]\d{6,14}$",
}
VISIBLE = "[^\\s\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff]"
"""One character that remains when text is made normal: what holds none is no value."""
_NOT_00, _MONTH = r"(0[1-9]|[1-9]\d)", r"(0[1-9]|1[0-2])"
_DAY, _SERIAL = r"(0[1-9]|[12]\d|3[01]|4[1-9]|[56]\d|7[01])", r"(\d{3}[1-9]|\d{2}[1-9]\d|\d[1-9]\d{2}|[1-9]\d{3})"
_NIK = rf"\d{{2}}{_NOT_00}{_NOT_00}{_DAY}{_MONTH}\d{{2}}{_SERIAL}"
_CENTURY = r"(19|20)\d{2}"
ASKED = {
    "nik": rf"^{_NIK}$",
    "nip": rf"^{_CENTURY}{_MONTH}(0[1-9]|[12]\d|3[01]){_CENTURY}(0[1-9]|1[0-2]|21)[12](\d{{2}}[1-9]|\d[1-9]\d|[1-9]\d{{2}})$",
    "npwp": rf"^(\d{{15}}|0\d{{15}}|{_NIK})$",
    "no_kk": rf"^\d{{6}}(0[1-9]|[12]\d|3[01]){_MONTH}\d{{6}}$",
    "region": r"^\d{2}(\.\d{1,2}(\.\d{1,2}(\.\d{4})?)?)?$|^\d{2}(\d{2}(\d{2}(\d{4})?)?)?$",
}
"""What a filter reads, where it differs from what an answer holds: nothing impossible, and regions without dots too."""
TOKEN_SCHEMA = {"type": "string", "pattern": TOKEN_PATTERN, "maxLength": 1410}
MEANINGS = {
    "": "sama dengan",
    "in": "salah satu dari",
    "ne": "bukan",
    "gt": "lebih dari",
    "gte": "sejak atau mulai",
    "lt": "kurang dari",
    "lte": "sampai",
    "within": "di dalam wilayah",
    "contains": "memuat",
    "startswith": "diawali",
}


def json_schema(contract: Contract, codes: Mapping[str, Collection[str]] | None = None) -> JsonSchema:
    """The strict form: required fields, no others, patterns, and the codes of each list where they are given."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": contract.title,
        "description": contract.description,
        "type": "object",
        "properties": {name: _value(prop, codes or {}) for name, prop in contract.properties.items()},
        "required": list(contract.required),
        "additionalProperties": False,
        "x-spbe": dict(contract.spbe),
    }


def answer_schema(contract: Contract, fields: Collection[str] | None = None) -> JsonSchema:
    """As answered: no property is required, and every one but the key may be null."""
    shown = [prop for name, prop in contract.properties.items() if fields is None or name in fields]
    return {
        "title": contract.title,
        "description": contract.description,
        "type": "object",
        "properties": {prop.name: _answered(prop) for prop in shown},
        "additionalProperties": False,
    }


def _answered(prop: Property) -> JsonSchema:
    plain = _masked(_value(prop, {})) if maskable(prop) else _value(prop, {})
    return plain if prop.key is not None else _nullable(plain)


def _masked(plain: JsonSchema) -> JsonSchema:
    """A text of its own format, a token or its first half: one schema and no anyOf, of which generated clients make an empty object."""
    kept = {name: value for name, value in plain.items() if name not in ("format", "enum", "minLength", "pattern")}
    own = {"pattern": f"(?:{plain['pattern']})|{TOKEN_PATTERN}|{PARTIAL_PATTERN}"} if "pattern" in plain else {}
    return {**kept, **own, "maxLength": LONGEST}


def search_schema(contract: Contract, fields: Collection[str] | None = None) -> JsonSchema:
    """The member `filter` of `POST …:search`."""
    members: dict[str, Any] = {}
    for prop, suffix in _askable(contract, fields):
        one = _filtered(prop, suffix)
        several = {"type": "array", "items": one, "minItems": 1, "maxItems": 200}
        members[_named(prop, suffix)] = one if suffix in BOUNDS else {"anyOf": [one, several]}
    return {"type": "object", "properties": members, "additionalProperties": False}


def claims_schema(contract: Contract, fields: Collection[str] | None = None) -> JsonSchema:
    """The member `claims` of `POST …:verify`: one value for each field that is to be compared."""
    plain = {prop.name: _asked(prop) for prop, suffix in _askable(contract, fields) if not suffix and prop.key is None}
    return {"type": "object", "properties": plain, "minProperties": 1, "additionalProperties": False}


def parameters(contract: Contract, fields: Collection[str] | None = None) -> list[dict[str, Any]]:
    """The filters of a list as OpenAPI parameters. Of a closed field only tokens may stand there; its values are sent by `:search`."""
    found = []
    for prop, suffix in _askable(contract, fields):
        closed = prop.classification == "tertutup"
        if closed and not (maskable(prop) and suffix in TAKES_TOKENS):
            continue
        one = TOKEN_SCHEMA if closed else _filtered(prop, suffix)
        schema = one if suffix in BOUNDS else {"type": "array", "items": one, "minItems": 1, "maxItems": 200}
        explode = {"explode": suffix != "in", "style": "form"} if "items" in schema else {}
        found.append(
            {
                "name": _named(prop, suffix),
                "in": "query",
                "required": False,
                "description": f"{prop.title or prop.name}: {MEANINGS[suffix]}.",
                "schema": schema,
                **explode,
            }
        )
    return found


TAKES_TOKENS = frozenset({"", "in", "ne"})
SEGMENT = r"^[^\u0000-\u001f\u007f-\u009f/\\~.\s][^\u0000-\u001f\u007f-\u009f/\\~]*"
"""What may stand as one part of a key in an address."""


def path_key_schema(contract: Contract) -> JsonSchema:
    """The key as one segment of an address: its parts joined by ~; of a closed field only a token stands there."""
    parts = [contract.properties[name] for name in contract.key]
    if len(parts) == 1:
        return TOKEN_SCHEMA if parts[0].classification == "tertutup" else _in_address(parts[0])
    text = "~".join(TOKEN_PATTERN[1:-1] if part.classification == "tertutup" else SEGMENT[1:] for part in parts)
    return {"type": "string", "minLength": 2 * len(parts) - 1, "maxLength": 400 * len(parts), "pattern": f"^{text}$"}


def _in_address(prop: Property) -> JsonSchema:
    plain = _asked(prop)
    if plain["type"] == "string" and plain.get("pattern") == VISIBLE:
        plain = {**plain, "pattern": SEGMENT + "$", "maxLength": min(400, plain["maxLength"])}
    return {"anyOf": [plain, TOKEN_SCHEMA]} if maskable(prop) else plain


def body_key_schema(contract: Contract) -> JsonSchema:
    """The key in a body: an object of its fields or, where there is one, its value."""
    parts = {name: _filtered(contract.properties[name], "") for name in contract.key}
    whole = {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}
    first = contract.properties[contract.key[0]]
    return {"anyOf": [parts[first.name], whole]} if len(parts) == 1 and first.type == "string" else whole


def _named(prop: Property, suffix: str) -> str:
    return f"{prop.name}__{suffix}" if suffix else prop.name


def _askable(contract: Contract, fields: Collection[str] | None) -> list[tuple[Property, str]]:
    shown = [prop for prop in contract.properties.values() if fields is None or prop.name in fields]
    return [(prop, suffix) for prop in shown for suffix in suffixes(prop)]


def _filtered(prop: Property, suffix: str) -> JsonSchema:
    """What one value of a filter may be."""
    if OPERATORS[suffix] in TEXTUAL:
        return PIECE
    plain = _asked(prop)
    return {"anyOf": [plain, TOKEN_SCHEMA]} if suffix in TAKES_TOKENS and maskable(prop) else plain


PIECE: JsonSchema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": VISIBLE}
"""A part of a text."""


def _asked(prop: Property) -> JsonSchema:
    """One value of a filter. A code that no list knows is well formed and matches nothing, so any text is."""
    schema = {
        name: value
        for name, value in _value(prop, {}).items()
        if name in ("type", "format", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
    }
    if prop.options.enum:
        schema["enum"] = list(prop.options.enum)
    if (prop.semantic or "").startswith("code:"):
        schema = {"type": "string", "maxLength": LONGEST}
    if prop.type == "string":
        schema.setdefault("minLength", 1)
        schema["pattern"] = prop.options.pattern or ASKED.get(prop.semantic or "") or schema.get("pattern", VISIBLE)
    return schema


def asker(prop: Property) -> Callable[[Any], bool]:
    """Whether a JSON value may be asked of a field: the schema that the document promises, compiled once."""
    return jsonschema_rs.Draft202012Validator(_asked(prop), validate_formats=True, pattern_options=LINEAR).is_valid


piece: Callable[[Any], bool] = jsonschema_rs.Draft202012Validator(PIECE, pattern_options=LINEAR).is_valid
"""Whether a JSON value may be asked as a part of a text."""


def _nullable(schema: JsonSchema) -> JsonSchema:
    made = {**schema, "type": [schema["type"], "null"]}
    if "enum" in made:
        made["enum"] = [*made["enum"], None]
    return made


def _value(prop: Property, codes: Mapping[str, Collection[str]]) -> JsonSchema:
    schema = _BY_TYPE[prop.type](prop)
    listed = codes.get((prop.semantic or "").removeprefix("code:"))
    if prop.options.enum:
        schema["enum"] = list(prop.options.enum)
    elif listed:
        schema["enum"] = list(listed)
    if prop.title:
        schema["title"] = prop.title
    if prop.description:
        schema["description"] = prop.description
    if prop.examples:
        schema["examples"] = list(prop.examples)
    return schema


def _string(prop: Property) -> JsonSchema:
    options = prop.options
    schema: JsonSchema = {"type": "string", "maxLength": options.max_length or LONGEST}
    if options.min_length:
        schema["minLength"] = options.min_length
    pattern = options.pattern or PATTERNS.get(prop.semantic or "")
    if pattern:
        schema["pattern"] = pattern
    if options.format in ("uuid", "email", "uri", "hostname"):
        schema["format"] = options.format
    return schema


def _integer(prop: Property) -> JsonSchema:
    return {"type": "integer", "format": "int64", **_bounds(prop, -WHOLE, WHOLE)}


def _number(prop: Property) -> JsonSchema:
    return {"type": "number", "format": "double", **_bounds(prop, -1e15, 1e15)}


def _bounds(prop: Property, low: float, high: float) -> JsonSchema:
    options = prop.options
    bounds: JsonSchema = {
        "minimum": low if options.minimum is None else options.minimum,
        "maximum": high if options.maximum is None else options.maximum,
    }
    if options.exclusive_minimum is not None:
        bounds["exclusiveMinimum"] = options.exclusive_minimum
    if options.exclusive_maximum is not None:
        bounds["exclusiveMaximum"] = options.exclusive_maximum
    if options.multiple_of is not None:
        bounds["multipleOf"] = options.multiple_of
    return bounds


def _date(_prop: Property) -> JsonSchema:
    return {"type": "string", "format": "date", "maxLength": 10}


def _timestamp(_prop: Property) -> JsonSchema:
    return {"type": "string", "format": "date-time", "maxLength": 40}


def _array(prop: Property) -> JsonSchema:
    items = _value(prop.items, {}) if prop.items else {"type": ["string", "number", "boolean", "null"], "maxLength": LONGEST}
    unique = {"uniqueItems": True} if prop.options.unique_items else {}
    return {"type": "array", "items": items, "minItems": prop.options.min_items or 0, "maxItems": prop.options.max_items or LONGEST, **unique}


def _object(prop: Property) -> JsonSchema:
    inner = {one.name: _value(one, {}) if one.required else _nullable(_value(one, {})) for one in prop.properties}
    return {
        "type": "object",
        "properties": inner,
        "required": [one.name for one in prop.properties if one.required],
        "additionalProperties": False,
    }


_BY_TYPE: dict[str, Callable[[Property], JsonSchema]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": lambda _prop: {"type": "boolean"},
    "date": _date,
    "timestamp": _timestamp,
    "array": _array,
    "object": _object,
}


def validator(contract: Contract, codes: Mapping[str, Collection[str]] | None = None) -> Callable[[Mapping[str, Any]], list[tuple[str, str]]]:
    """Compiled once: a record in canonical form -> (JSON pointer, keyword) of everything that breaks the strict form."""
    compiled = jsonschema_rs.Draft202012Validator(json_schema(contract, codes), validate_formats=True, pattern_options=LINEAR)

    def check(record: Mapping[str, Any]) -> list[tuple[str, str]]:
        return [("/" + "/".join(map(str, error.instance_path)), str(error.kind.name)) for error in compiled.iter_errors(dict(record))]

    return check
