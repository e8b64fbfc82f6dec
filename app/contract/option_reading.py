"""`logicalTypeOptions` read into Options: each option where its type knows it, and of its own kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from app.contract import odcs
from app.contract.contract import Options
from app.contract.document import Node
from app.contract.inspection import Inspection
from app.contract.options import matcher

NUMBERS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "exclusive_minimum",
    "exclusiveMaximum": "exclusive_maximum",
    "multipleOf": "multiple_of",
}
COUNTS = {"minLength": "min_length", "maxLength": "max_length", "minItems": "min_items", "maxItems": "max_items"}
RANGES = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))
DAYS = ("date", "timestamp")


def options(inspection: Inspection, node: Node | None, kind: str) -> Options:
    found = inspection.members(node, odcs.OPTIONS[kind])
    words: dict[str, Any] = _days(inspection, found, kind) if kind in DAYS else _numbers(inspection, found)
    words.update({ours: inspection.count(found.get(name)) for name, ours in COUNTS.items()})
    words["unique_items"] = inspection.flag(found.get("uniqueItems"))
    words["format"] = inspection.text(found.get("format")) or None
    words["pattern"] = _pattern(inspection, found.get("pattern"))
    words["enum"] = _enum(inspection, found.get("enum"), kind)
    return Options(**words)


def _numbers(inspection: Inspection, found: Mapping[str, Node]) -> dict[str, Any]:
    words = {ours: inspection.number(found.get(name)) for name, ours in NUMBERS.items()}
    if (step := words["multiple_of"]) is not None and step <= 0:
        inspection.wrong(found["multipleOf"], "not_a_number", "multipleOf is not above 0", "Write a number above 0.")
        words["multiple_of"] = None
    for low, high in RANGES:
        if low in found and high in found and _above(found[low].value, found[high].value):
            inspection.wrong(found[low], "empty_range", f"{low} lies above {high}", "Exchange or mend them.")
    return words


def _above(low: Any, high: Any) -> bool:
    return isinstance(low, int | float) and isinstance(high, int | float) and low > high


def _days(inspection: Inspection, found: Mapping[str, Node], kind: str) -> dict[str, Any]:
    """The bounds of a date are compared as canonical text."""
    for name in ("exclusiveMinimum", "exclusiveMaximum"):
        if name in found:
            inspection.wrong(found[name], "option", f"{name} is not read for a {kind}", "Write minimum or maximum.")
    words = {f"{name}_text": _moment(inspection, found.get(name), kind) for name in ("minimum", "maximum")}
    low, high = words["minimum_text"], words["maximum_text"]
    if low and high and low > high:
        inspection.wrong(found["minimum"], "empty_range", "minimum lies above maximum", "Exchange or mend them.")
    return words


def _moment(inspection: Inspection, node: Node | None, kind: str) -> str | None:
    text = inspection.text(node)
    if node is not None and not canonical_moment(text, kind):
        inspection.wrong(node, "not_a_date", "the bound is not a date", 'Write it like "2026-01-31".')
        return None
    return text or None


def canonical_moment(text: str, kind: str) -> bool:
    """Whether the text is a date ("2026-01-31") or, for a timestamp, an instant of ISO 8601."""
    try:
        (date if kind == "date" else datetime).fromisoformat(text)
    except ValueError:
        return False
    return kind == "timestamp" or len(text) == 10


def _pattern(inspection: Inspection, node: Node | None) -> str | None:
    text = inspection.text(node)
    try:
        matcher(text)
    except ValueError:
        remedy = "Mend it, or leave it out; look-around and back references are not known."
        inspection.wrong(node, "pattern", "the pattern is not a regular expression", remedy)
        return None
    return text or None


def _enum(inspection: Inspection, node: Node | None, kind: str) -> tuple[Any, ...]:
    values = []
    for item in inspection.items(node):
        value = typed(item, kind)
        if value is None:
            inspection.wrong(item, "enum", f"a value of enum is not of type {kind}", "Mend it, or the logicalType.")
        else:
            values.append(value)
    return tuple(values)


def typed(node: Node, kind: str) -> Any:
    """The value as the type has it, or None where it is none: a code without quotes is still the text that was written."""
    value = node.value
    if kind == "string":
        return node.written if node.scalar and value is not None else None
    if kind in DAYS:
        return node.written if node.scalar and canonical_moment(node.written, kind) else None
    if kind in ("array", "object"):
        return node.plain() if isinstance(value, list if kind == "array" else dict) else None
    fits = {"integer": (int,), "number": (int, float), "boolean": (bool,)}[kind]
    return value if type(value) in fits else None
