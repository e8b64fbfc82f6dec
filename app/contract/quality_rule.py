"""`quality` of ODCS: the entries with `type: custom, engine: titian` become Rules; those of other tools are left to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches

from app.contract import odcs
from app.contract.contract import Property, Rule
from app.contract.document import Node
from app.contract.inspection import Inspection, nearest

Fits = Callable[[Property], bool]
AREA = re.compile(r"\d{2}(?:\.\d{2}(?:\.\d{2}(?:\.\d{4})?)?)?", re.ASCII)
ENGINE = "titian"
COMPARED = ("date", "timestamp", "integer", "number")


def _moment(prop: Property) -> bool:
    return prop.type in ("date", "timestamp")


def _nik(prop: Property) -> bool:
    return prop.semantic == "nik"


RULES: dict[str, tuple[Fits, ...]] = {
    "nik_birth_date": (_nik, _moment),
    "nik_sex": (_nik, lambda prop: prop.type == "string"),
    "not_future": (_moment,),
    "not_after": (lambda prop: prop.type in COMPARED, lambda prop: prop.type in COMPARED),
    "within_region": (lambda prop: prop.semantic == "region",),
}
"""The closed set: each rule, and what each of its fields must be."""


def rules(inspection: Inspection, node: Node | None, properties: Mapping[str, Property]) -> Iterator[Rule]:
    """The rules of the object's `quality`, as they stand."""
    for entry in inspection.items(node):
        if ours(inspection, entry):
            rule = _rule(inspection, entry, properties)
            if rule is not None:
                yield rule


def ours(inspection: Inspection, entry: Node) -> bool:
    """Whether the entry is meant for us; a slip of the pen in `type` or `engine` would otherwise switch a rule off."""
    kind, engine = entry.get("type"), entry.get("engine")
    name, written = inspection.text(kind) or "library", inspection.text(engine)
    if name not in odcs.CHECK_TYPES:
        inspection.wrong(kind, "quality_type", f"{name!r} is no type of a quality check", nearest(name, odcs.CHECK_TYPES))
    elif written == ENGINE and name != "custom":
        inspection.wrong(kind or entry, "quality_type", "a rule of titian is not of type custom", "Write type: custom.")
    elif written != ENGINE and get_close_matches(written.lower(), [ENGINE], 1, 0.8):
        inspection.wrong(engine, "engine", f"the engine {written!r} is not known", f"Did you mean {ENGINE!r}?")
    return name == "custom" and written == ENGINE


def _rule(inspection: Inspection, entry: Node, properties: Mapping[str, Property]) -> Rule | None:
    made = entry.get("implementation")
    if made is None or not isinstance(made.value, dict):
        inspection.wrong(made or entry, "rule", "the entry names no rule", "Write implementation: {rule: …, fields: […]}.")
        return None
    name = inspection.text(made.get("rule"))
    if name not in RULES:
        inspection.wrong(made.get("rule") or made, "rule", f"the rule {name!r} is not known", nearest(name, RULES))
        return None
    area = {"area"} if name == "within_region" else set()
    members = inspection.members(made, {"rule", "fields", *area})
    fields = inspection.texts(members.get("fields"))
    arguments = {argument: inspection.text(members.get(argument)) for argument in area}
    if not all(AREA.fullmatch(text) for text in arguments.values()):
        inspection.wrong(members.get("area") or made, "rule", "area is not a dotted region code", 'Write area: "12.76".')
    if not _fit(inspection, members.get("fields") or made, name, fields, properties):
        return None
    return Rule(name, fields, arguments, inspection.text(entry.get("description")))


def _fit(inspection: Inspection, node: Node, name: str, fields: tuple[str, ...], properties: Mapping[str, Property]) -> bool:
    strange = [field for field in fields if field not in properties]
    if strange:
        inspection.wrong(node, "rule", f"{strange[0]} is not a field", nearest(strange[0], properties))
        return False
    found = [properties[field] for field in fields]
    fits = RULES[name]
    same = name != "not_after" or len({prop.type for prop in found}) == 1
    if len(fits) == len(found) and same and all(fit(prop) for fit, prop in zip(fits, found, strict=True)):
        return True
    inspection.wrong(node, "rule", f"the rule {name} does not fit these fields", "See docs/reference/quality.md for what each rule takes.")
    return False
