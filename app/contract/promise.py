"""`slaProperties` of ODCS: freshness and completeness are measured, the others are kept for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.contract import odcs
from app.contract.contract import Freshness, Property
from app.contract.document import Node
from app.contract.inspection import Inspection, nearest

DAY = 86400
SECONDS = {
    **dict.fromkeys(("s", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), DAY),
    **dict.fromkeys(("y", "yr", "year", "years"), 365 * DAY),
}
LONGEST = 100 * 365 * DAY


def promises(inspection: Inspection, root: Node, properties: Mapping[str, Property], *, table: str) -> dict[str, Any]:
    """The members `promised`, `freshness` and `sla` of a Contract; `table` is the name of the schema object."""
    promised: list[str] = []
    freshness: Freshness | None = None
    nodes = inspection.items(root.get("slaProperties"))
    for node in nodes:
        members = inspection.members(node, odcs.SLA)
        word = inspection.text(members.get("property"))
        if word not in ("freshness", "completeness"):
            continue
        element = members.get("element") or root.get("slaDefaultElement")
        fields = _fields(inspection, element, properties, table)
        if word == "completeness":
            promised += fields or properties
        elif freshness is not None:
            inspection.wrong(node, "freshness", "freshness is promised twice", "Keep one of them.")
        else:
            freshness = _freshness(inspection, node, element, [properties[name] for name in fields])
    return {"promised": tuple(dict.fromkeys(promised)), "freshness": freshness, "sla": tuple(node.plain() for node in nodes)}


def _fields(inspection: Inspection, element: Node | None, properties: Mapping[str, Property], table: str) -> list[str]:
    """The fields that `object.field, object.field` names; none where it names the object as a whole, or nothing."""
    found = []
    for text in inspection.text(element).split(","):
        owner, _, name = text.strip().rpartition(".")
        if not owner and _same(name, table):
            continue
        if (owner and not _same(owner, table)) or (name and name not in properties):
            inspection.wrong(element, "element", f"{text.strip()} is not a field", nearest(text.strip(), [f"{table}.{one}" for one in properties]))
        elif name:
            found.append(name)
    return found


def _same(name: str, table: str) -> bool:
    return name.replace("-", "_") == table.replace("-", "_")


def _freshness(inspection: Inspection, node: Node, element: Node | None, told_by: list[Property]) -> Freshness | None:
    if len(told_by) > 1 or not all(prop.type in ("date", "timestamp") for prop in told_by):
        inspection.wrong(element, "element", "freshness is told by one date or timestamp", "Name one such field, or none.")
        return None
    value, unit = inspection.number(node.get("value")), inspection.text(node.get("unit"))
    if unit not in SECONDS:
        inspection.wrong(node, "freshness", f"{unit!r} is no unit of time", f"One of: {', '.join(SECONDS)}.")
    elif value is None or not 0 < value * SECONDS[unit] <= LONGEST:
        inspection.wrong(node, "freshness", "freshness is not a time above 0 and up to 100 years", "Write value: 7 and unit: d.")
    else:
        return Freshness(timedelta(seconds=value * SECONDS[unit]), told_by[0].name if told_by else None)
    return None
