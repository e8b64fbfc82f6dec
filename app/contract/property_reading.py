"""One property of a contract read into a Property, with those inside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.contract import odcs
from app.contract.contract import Property
from app.contract.custom import classification, custom
from app.contract.document import Node
from app.contract.inspection import Inspection, nearest
from app.contract.option_reading import options, typed

FIELD = re.compile(r"[a-z][a-z0-9_]{0,62}")
LIST = re.compile(r"code:[a-z0-9_]+")
TAKEN = {"fields", "limit", "cursor", "count", "sort", "include"}
"""Names of parameters that every contract has."""


def properties(inspection: Inspection, node: Node | None, *, nested: bool = False) -> dict[str, Property]:
    found: dict[str, Property] = {}
    for item in inspection.items(node):
        prop = _property(inspection, item, nested=nested)
        if prop.name in found:
            inspection.wrong(item, "duplicate_field", f"{prop.name} stands twice", "Keep one of them.")
        found[prop.name] = prop
    return found


def _property(inspection: Inspection, node: Node, *, nested: bool, item_of: str | None = None) -> Property:
    members = inspection.members(node, odcs.PROPERTY)
    name = item_of or _name(inspection, members.get("name") or node, nested=nested)
    kind = _kind(inspection, members.get("logicalType") or node, name)
    if nested and "primaryKey" in members:
        inspection.wrong(members["primaryKey"], "primary_key", "a key cannot stand inside another field", "Move it to the properties of the object.")
    words = custom(inspection, node, odcs.ON_PROPERTY)
    return Property(
        name=name,
        type=kind,
        title=inspection.text(members.get("businessName")),
        description=inspection.text(members.get("description")),
        required=inspection.flag(members.get("required")),
        unique=inspection.flag(members.get("unique")),
        key=_key(inspection, members, kind),
        classification=classification(inspection, members.get("classification")),
        semantic=_semantic(inspection, words.get("titian.semantic"), kind),
        options=options(inspection, members.get("logicalTypeOptions"), kind),
        strict=inspection.flag(words.get("titian.strict")),
        examples=_examples(inspection, members.get("examples"), kind),
        **_inside(inspection, members, kind, name),
    )


def _name(inspection: Inspection, node: Node, *, nested: bool) -> str:
    name = inspection.text(node) if node.scalar else ""
    if not FIELD.fullmatch(name) or "__" in name:
        inspection.wrong(node, "field_name", f"{name!r} is not a field name", "Use Indonesian snake_case: a-z, 0-9, single _.")
    elif name in TAKEN and not nested:
        inspection.wrong(node, "field_name", f"{name!r} is the name of a parameter", "Choose another name.")
    return name


def _kind(inspection: Inspection, node: Node, name: str) -> Any:
    kind = inspection.text(node) if node.scalar else ""
    if kind not in odcs.OPTIONS:
        inspection.wrong(node, "logical_type", f"{name} has no known logicalType", nearest(kind, odcs.OPTIONS))
        return "string"
    return kind


def _key(inspection: Inspection, members: Mapping[str, Node], kind: str) -> int | None:
    place = members.get("primaryKeyPosition")
    position = place.value if place is not None else 1
    if not inspection.flag(members.get("primaryKey")):
        # The standard's own way to say "not a key" is -1.
        if place is not None and position != -1:
            inspection.wrong(place, "primary_key", "a position without primaryKey: true", "Add primaryKey: true, or remove the position.")
        return None
    if type(position) is not int or position < 1:
        inspection.wrong(place, "primary_key", "primaryKeyPosition is not 1, 2, …", "Write 1 for the first part of the key, 2 for the second.")
        return None
    if kind in ("array", "object"):
        inspection.wrong(members["primaryKey"], "primary_key", f"a key is one plain value, not an {kind}", "Choose another key.")
    return position


def _semantic(inspection: Inspection, node: Node | None, kind: str) -> str | None:
    if node is None:
        return None
    name = inspection.text(node)
    fits = ("string",) if LIST.fullmatch(name) else odcs.SEMANTICS.get(name)
    if fits is None:
        inspection.wrong(node, "semantic", f"titian.semantic {name!r} is not known", nearest(name, [*odcs.SEMANTICS, "code:LIST"]))
    elif kind not in fits:
        inspection.wrong(node, "semantic", f"titian.semantic {name} does not fit logicalType {kind}", f"Write logicalType: {fits[0]}.")
    return name


def _examples(inspection: Inspection, node: Node | None, kind: str) -> tuple[Any, ...]:
    values = []
    for item in inspection.items(node):
        value = typed(item, kind)
        if value is None:
            inspection.wrong(item, "example", f"an example is not of type {kind}", "Mend it, or the logicalType.")
        values.append(value)
    return tuple(values)


def _inside(inspection: Inspection, members: Mapping[str, Node], kind: str, name: str) -> dict[str, Any]:
    for member, owner in (("properties", "object"), ("items", "array")):
        if member in members and kind != owner:
            inspection.wrong(members[member], "unknown_key", f"{member} belongs to logicalType {owner}", f"Write logicalType: {owner}, or remove it.")
            return {}
    items = members.get("items")
    return {
        "properties": tuple(properties(inspection, members.get("properties"), nested=True).values()),
        "items": _property(inspection, items, nested=True, item_of=name) if items is not None else None,
    }
