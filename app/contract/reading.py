"""ODCS 3.1 (Open Data Contract Standard) read into a Contract; every problem of a file is told at once, with its line and its remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

from app.contract import odcs
from app.contract.contract import Contract, Property
from app.contract.custom import contract_words, custom
from app.contract.document import LARGEST, Node, parse
from app.contract.inspection import Inspection
from app.contract.promise import promises
from app.contract.property_reading import properties
from app.contract.quality_rule import ours, rules
from app.errors import CityError, Problem

NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
VERSION = re.compile(r"[1-9]\d{0,3}\.\d{1,4}\.\d{1,4}", re.ASCII)


def read(path: Path, *, shown: str | None = None) -> Contract:
    """The contract in `path`; raises CityError with every problem that was found."""
    named = shown or path.name
    root = parse(_text(path, named), named)
    inspection = Inspection(named)
    contract = _contract(inspection, root, path.name.removesuffix(".yaml").removesuffix(".odcs"))
    inspection.settle()
    return contract


def _text(path: Path, shown: str) -> str:
    """At most a little more than a contract may hold: an endless file is not read to its end."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            return file.read(LARGEST + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise CityError([Problem(shown, 1, "unreadable", "the file is not UTF-8 text", "Save it as UTF-8.")]) from error


def _contract(inspection: Inspection, root: Node, stem: str) -> Contract:
    inspection.members(root, odcs.TOP)
    name, version = _name(inspection, root, stem), _version(inspection, root.get("version"))
    table = _table(inspection, root.get("schema"), name)
    members = inspection.members(table, odcs.OBJECT)
    fields = properties(inspection, members.get("properties"))
    words = {**custom(inspection, root, odcs.ON_OBJECT), **custom(inspection, table, odcs.ON_OBJECT)}
    _misplaced(inspection, members.get("properties"))
    return Contract(
        name=name,
        version=version,
        title=inspection.text(members.get("businessName")) or name,
        description=_described(inspection, root.get("description")) or inspection.text(members.get("description")),
        properties=fields,
        key=_key(inspection, fields, table),
        rules=tuple(rules(inspection, members.get("quality"), fields)),
        relationships=tuple(_related(inspection, table)),
        file=inspection.shown,
        **promises(inspection, root, fields, table=inspection.text(members.get("name"))),
        **contract_words(inspection, words),
    )


def _name(inspection: Inspection, root: Node, stem: str) -> str:
    name = inspection.text(root.get("name"))
    if name != stem or not NAME.fullmatch(name):
        inspection.wrong(root.get("name"), "name", f"name is {name!r} and the file is {stem!r}", "Use one kebab-case name for both.")
    for member, wanted in (("apiVersion", "v3.1.0"), ("kind", "DataContract")):
        if inspection.text(root.get(member)) != wanted:
            inspection.wrong(root.get(member), member, f"{member} is not {wanted}", f"Write {member}: {wanted}.")
    return name or stem


def _version(inspection: Inspection, node: Node | None) -> str:
    version = inspection.text(node)
    if VERSION.fullmatch(version):
        return version
    inspection.wrong(node, "version", "the version is not like 1.0.0", "Write three numbers; the first, from 1 on, is the number in the address.")
    return "1.0.0"


def _table(inspection: Inspection, node: Node | None, name: str) -> Node:
    """The one schema object; nothing else can be said of a file without it."""
    objects = inspection.items(node)
    if len(objects) != 1 or not isinstance(objects[0].value, dict):
        inspection.wrong(node, "one_schema", "a contract has exactly one schema object", "Write one object under schema.")
        inspection.settle()
    table = objects[0]
    if inspection.text(table.get("name")).replace("_", "-") != name:
        inspection.wrong(table.get("name") or table, "schema_name", "the schema object is not named like the contract", f"Write name: {name}.")
    return table


def _described(inspection: Inspection, node: Node | None) -> str:
    if node is None or node.scalar:
        return inspection.text(node)
    members = inspection.members(node, odcs.DESCRIPTION)
    return " ".join(filter(None, (inspection.text(members.get(name)) for name in ("purpose", "usage", "limitations"))))


def _key(inspection: Inspection, fields: Mapping[str, Property], table: Node) -> tuple[str, ...]:
    keys = sorted((prop.key, prop.name) for prop in fields.values() if prop.key is not None)
    if not keys or [position for position, _ in keys] != list(range(1, len(keys) + 1)):
        meaning = "the primary key is missing or its positions are not 1, 2, …"
        inspection.wrong(table, "primary_key", meaning, "Mark it with primaryKey: true and primaryKeyPosition.")
    return tuple(name for _, name in keys)


def _misplaced(inspection: Inspection, node: Node | None) -> None:
    """A rule of ours below a property would never run."""
    for entry in chain.from_iterable(inspection.items(prop.get("quality")) for prop in (inspection.items(node))):
        if ours(inspection, entry):
            inspection.wrong(entry, "rule", "a rule of titian stands at the object, not at a field", "Move it to quality of the schema object.")


def _related(inspection: Inspection, table: Node) -> Iterator[tuple[str, str]]:
    """(from, to) as `object.field`, those of the object and then those of its fields, whose `from` is the field itself."""
    owner = inspection.text(table.get("name"))
    for node in inspection.items(table.get("relationships")):
        members = inspection.members(node, odcs.RELATIONSHIP)
        yield from zip(_ends(inspection, members.get("from")), _ends(inspection, members.get("to")), strict=False)
    for prop in inspection.items(table.get("properties")):
        for node in inspection.items(prop.get("relationships")):
            ends = _ends(inspection, inspection.members(node, odcs.RELATIONSHIP).get("to"))
            yield from ((f"{owner}.{inspection.text(prop.get('name'))}", end) for end in ends)


def _ends(inspection: Inspection, node: Node | None) -> tuple[str, ...]:
    return inspection.texts(node) if node is not None and not node.scalar else tuple(filter(None, [inspection.text(node)]))
