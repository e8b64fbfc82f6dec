"""`customProperties` under `titian.`: what ODCS has no word for. Those of other tools are passed over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.contract import odcs
from app.contract.contract import DIMENSIONS
from app.contract.document import Node
from app.contract.inspection import Inspection, nearest

SYSTEM = re.compile(r"[a-z0-9-]+\.[a-z0-9-]+")


def custom(inspection: Inspection, owner: Node, known: Iterable[str]) -> dict[str, Node]:
    """Ours, by name."""
    names = sorted(known)
    found: dict[str, Node] = {}
    for item in inspection.items(owner.get("customProperties")):
        members = inspection.members(item, odcs.CUSTOM)
        name = inspection.text(members.get("property"))
        if not name.startswith("titian."):
            continue
        if name not in names:
            inspection.wrong(item, "unknown_key", f"{name!r} is not known here", nearest(name, names))
        elif name in found:
            inspection.wrong(item, "duplicate_key", f"{name!r} stands twice", "Keep one of them.")
        elif "value" not in members:
            inspection.wrong(item, "missing_value", f"{name} has no value", "Write value: …")
        else:
            found[name] = members["value"]
    return found


def classification(inspection: Inspection, node: Node | None) -> Any:
    """What is not said is `terbatas`."""
    if node is None:
        return "terbatas"
    if (name := inspection.text(node)) not in odcs.CLASSES:
        inspection.wrong(node, "classification", "the classification is not known", nearest(name, odcs.CLASSES))
        return "tertutup"
    return name


def contract_words(inspection: Inspection, found: Mapping[str, Node]) -> dict[str, Any]:
    """The members of a Contract that are said by `titian.` words."""
    words: dict[str, Any] = {
        "classification": classification(inspection, found.get("titian.classification")),
        "dimension": inspection.text(found.get("titian.dimension")) or None,
        "sources": _systems(inspection, found.get("titian.sources")),
        "required_systems": _systems(inspection, found.get("titian.required")),
        "spbe": {name: inspection.text(found[f"titian.spbe.{name}"]) for name in odcs.SPBE if f"titian.spbe.{name}" in found},
    }
    if (node := found.get("titian.weights")) is not None:
        words["weights"] = _weights(inspection, node)
    return words


def _systems(inspection: Inspection, node: Node | None) -> tuple[str, ...]:
    names = inspection.texts(node)
    for name in names:
        if not SYSTEM.fullmatch(name):
            inspection.wrong(node, "system", f"{name!r} is not the id of a system", "Write ORG.SYSTEM, as the file is named.")
    return tuple(dict.fromkeys(names))


def _weights(inspection: Inspection, node: Node) -> dict[str, float]:
    weights = dict.fromkeys(DIMENSIONS, 1.0)
    for name, member in inspection.members(node, DIMENSIONS).items():
        weight = inspection.number(member)
        if weight is not None and weight < 0:
            inspection.wrong(member, "weight", f"the weight of {name} is negative", "Write 0 or more.")
        elif weight is not None:
            weights[name] = float(weight)
    if not any(weights.values()):
        inspection.wrong(node, "weight", "every weight is 0", "Give at least one dimension a weight.")
    return weights
