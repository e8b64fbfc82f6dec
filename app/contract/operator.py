"""The operators of a filter: how they are written behind `__`, and which field each one fits."""

from __future__ import annotations

from app.contract.contract import Property

OPERATORS = {
    "": "eq",
    "in": "eq",
    "ne": "ne",
    "gt": "gt",
    "gte": "gte",
    "lt": "lt",
    "lte": "lte",
    "within": "within",
    "contains": "contains",
    "startswith": "startswith",
}
"""Suffix -> operation. Every one that takes several values means any of them; `ne` means none of them."""
BOUNDS = frozenset({"gt", "gte", "lt", "lte"})
"""They take exactly one value."""
TEXTUAL = frozenset({"contains", "startswith"})
"""They take a piece of text, in the letters and case of the canonical value."""
ORDERED = frozenset({"date", "timestamp", "integer", "number"})


def fits(prop: Property, op: str) -> bool:
    """Whether an operation means something for the values of a field."""
    if prop.type in ("array", "object"):
        return False
    if op in BOUNDS:
        return prop.type in ORDERED
    if op in TEXTUAL:
        return prop.type == "string"
    return prop.semantic == "region" if op == "within" else True


def suffixes(prop: Property) -> list[str]:
    """Every suffix that a filter of this field may bear, "" first."""
    return [suffix for suffix, op in OPERATORS.items() if fits(prop, op)]
