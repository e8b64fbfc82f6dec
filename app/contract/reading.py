"""ODCS 3.1 (Open Data Contract Standard) read into a Contract; every problem of a file is told at once, with its line and its remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from app.contract.contract import DIMENSIONS, Contract, Freshness, Options, Property, Rule
from app.contract.document import Node, parse
from app.errors import CityError, Problem

TOP = set(
    [
        "apiVersion",
        "kind",
        "id",
        "name",
        "version",
        "status",
        "tenant",
        "tags",
        "servers",
        "dataProduct",
        "description",
        "domain",
        "schema",
        "support",
        "price",
        "team",
        "roles",
        "slaProperties",
        "slaDefaultElement",
        "authoritativeDefinitions",
        "customProperties",
        "contractCreatedTs",
    ]
)
OBJECT = set(
    [
        "id",
        "name",
        "physicalName",
        "physicalType",
        "logicalType",
        "description",
        "businessName",
        "authoritativeDefinitions",
        "tags",
        "customProperties",
        "properties",
        "quality",
        "relationships",
        "dataGranularityDescription",
    ]
)
PROPERTY = set(
    [
        "id",
        "name",
        "physicalName",
        "physicalType",
        "logicalType",
        "logicalTypeOptions",
        "description",
        "businessName",
        "authoritativeDefinitions",
        "tags",
        "customProperties",
        "primaryKey",
        "primaryKeyPosition",
        "required",
        "unique",
        "partitioned",
        "partitionKeyPosition",
        "classification",
        "encryptedName",
        "transformSourceObjects",
        "transformLogic",
        "transformDescription",
        "criticalDataElement",
        "examples",
        "relationships",
        "quality",
        "properties",
        "items",
    ]
)
OPTIONS = {
    "pattern": "pattern", "format": "format", "minLength": "min_length", "maxLength": "max_length", "minimum": "minimum", "maximum": "maximum",
    "exclusiveMinimum": "exclusive_minimum", "exclusiveMaximum": "exclusive_maximum", "multipleOf": "multiple_of", "minItems": "min_items",
    "maxItems": "max_items", "uniqueItems": "unique_items", "enum": "enum",
}  # fmt: skip
OTHER_OPTIONS = {"timezone", "defaultTimezone", "minProperties", "maxProperties", "required"}
TYPES = ("string", "integer", "number", "boolean", "date", "timestamp", "array", "object")
CLASSES = ("terbuka", "terbatas", "tertutup")
SEMANTICS = ("nik", "no_kk", "nip", "npwp", "nib", "npsn", "phone", "region", "money", "percent")
ON_PROPERTY = {"titian.semantic", "titian.dimension", "titian.strict"}
ON_OBJECT = {"titian.classification", "titian.dimension", "titian.sources", "titian.required", "titian.weights"}
RULES = {"nik_birth_date": 2, "nik_sex": 2, "not_future": 1, "not_after": 2, "within_region": 1}
UNITS = {"y": 365 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1, "year": 365 * 86400, "day": 86400, "hour": 3600, "minute": 60}
FIELD = re.compile(r"[a-z][a-z0-9_]{0,62}")
NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
VERSION = re.compile(r"[1-9]\d{0,3}\.\d{1,4}\.\d{1,4}")


def read(path: Path, *, shown: str | None = None) -> Contract:
    """The contract in `path`; raises CityError with every problem that was found."""
    named = shown or path.name
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CityError([Problem(named, 1, "unreadable", "the file is not UTF-8 text", "Save it as UTF-8.")]) from error
    return _Reader(named, path.name.removesuffix(".yaml").removesuffix(".odcs"), parse(text, named)).contract()


class _Reader:
    """One file while it is read."""

    def __init__(self, shown: str, stem: str, root: Node) -> None:
        self.shown, self.stem, self.root = shown, stem, root
        self.problems: list[Problem] = []

    def wrong(self, node: Node | None, code: str, meaning: str, remedy: str) -> None:
        self.problems.append(Problem(self.shown, node.line if node else 1, code, meaning, remedy))

    def known(self, node: Node, names: Iterable[str]) -> None:
        listed = sorted(names)
        for name, member in node.members().items():
            if name not in listed:
                near = get_close_matches(name, listed, 1)
                remedy = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(listed)}."
                self.wrong(member, "unknown_key", f"{name!r} is not known here", remedy)

    def contract(self) -> Contract:
        self.known(self.root, TOP)
        name, version = self._name(), self._version()
        objects = (self.root.get("schema") or Node([], 1)).items()
        if len(objects) != 1:
            self.wrong(self.root.get("schema"), "one_schema", "a contract has exactly one schema object", "Write one object under schema.")
            raise CityError(self.problems)
        table = objects[0]
        self.known(table, OBJECT)
        properties = {prop.name: prop for prop in map(self._property, (table.get("properties") or Node([], 1)).items())}
        custom = {**self._custom(self.root, ON_OBJECT), **self._custom(table, ON_OBJECT)}
        contract = Contract(
            name=name,
            version=version,
            title=_text(table.get("businessName")) or name,
            description=_described(self.root.get("description")) or _text(table.get("description")),
            classification=self._class(custom.get("titian.classification")),
            properties=properties,
            key=self._key(properties, table),
            rules=tuple(self._rules(table, properties)),
            relationships=_related(table),
            file=self.shown,
            **self._promises(properties),
            **self._words(custom),
        )
        if self.problems:
            raise CityError(self.problems)
        return contract

    def _name(self) -> str:
        node = self.root.get("name")
        name = _text(node)
        if name != self.stem or not NAME.fullmatch(name):
            self.wrong(node, "name", f"name is {name!r} and the file is {self.stem!r}", "Use one kebab-case name for both.")
        for member, wanted in (("apiVersion", "v3.1.0"), ("kind", "DataContract")):
            if _text(self.root.get(member)) != wanted:
                self.wrong(self.root.get(member), member, f"{member} is not {wanted}", f"Write {member}: {wanted}.")
        return name or self.stem

    def _version(self) -> str:
        version = _text(self.root.get("version"))
        if not VERSION.fullmatch(version):
            self.wrong(
                self.root.get("version"),
                "version",
                "the version is not like 1.0.0",
                "Write three numbers; the first is the number in the address.",
            )
            return "1.0.0"
        return version

    def _property(self, node: Node) -> Property:
        self.known(node, PROPERTY)
        name, kind = _text(node.get("name")), _text(node.get("logicalType"))
        if not FIELD.fullmatch(name) or "__" in name:
            self.wrong(node, "field_name", f"{name!r} is not a field name", "Use Indonesian snake_case: a-z, 0-9, single _.")
        if kind not in TYPES:
            self.wrong(node.get("logicalType") or node, "logical_type", f"{name} has no known logicalType", f"One of: {', '.join(TYPES)}.")
            kind = "string"
        custom = self._custom(node, ON_PROPERTY)
        key = node.get("primaryKeyPosition")
        items = node.get("items")
        return Property(
            name=name,
            type=kind,  # type: ignore[arg-type]
            title=_text(node.get("businessName")),
            description=_text(node.get("description")),
            required=self._flag(node, "required"),
            unique=self._flag(node, "unique"),
            key=(int(key.value) if key and type(key.value) is int else 1) if self._flag(node, "primaryKey") else None,
            classification=self._class(node.get("classification")),
            semantic=self._semantic(custom.get("titian.semantic")),
            options=self._options(node.get("logicalTypeOptions"), kind),
            strict=bool(custom["titian.strict"].value) if "titian.strict" in custom else False,
            examples=tuple(item.plain() for item in (node.get("examples") or Node([], 1)).items()),
            properties=tuple(map(self._property, (node.get("properties") or Node([], 1)).items())),
            items=self._property(Node({"name": Node("item", items.line), **items.members()}, items.line)) if items else None,
        )

    def _flag(self, node: Node, name: str) -> bool:
        found = node.get(name)
        if found is not None and not isinstance(found.value, bool):
            self.wrong(found, "not_boolean", f"{name} is neither true nor false", "Write true or false.")
        return found is not None and found.value is True

    def _class(self, node: Node | None) -> Any:
        if node is None:
            return "terbatas"
        if node.value not in CLASSES:
            self.wrong(node, "classification", "the classification is not known", f"One of: {', '.join(CLASSES)}.")
            return "tertutup"
        return node.value

    def _semantic(self, node: Node | None) -> str | None:
        if node is None:
            return None
        name = _text(node)
        if name not in SEMANTICS and not re.fullmatch(r"code:[a-z0-9_]+", name):
            near = get_close_matches(name, SEMANTICS, 1)
            remedy = f"Did you mean {near[0]!r}?" if near else f"One of: {', '.join(SEMANTICS)}, code:LIST."
            self.wrong(node, "semantic", f"titian.semantic {name!r} is not known", remedy)
        return name

    def _options(self, node: Node | None, kind: str) -> Options:
        if node is None:
            return Options()
        self.known(node, {*OPTIONS, *OTHER_OPTIONS})
        values = {OPTIONS[name]: member.plain() for name, member in node.members().items() if name in OPTIONS}
        if kind in ("date", "timestamp"):
            values.update({f"{name}_text": _text(node.get(name)) or None for name in ("minimum", "maximum")})
            values.pop("minimum", None), values.pop("maximum", None)
        values["enum"] = tuple(values.get("enum") or ())
        if not _compiles(values.get("pattern")):
            self.wrong(node.get("pattern"), "pattern", "the pattern is not a regular expression", "Mend it, or leave it out.")
            values.pop("pattern")
        for name in ("minimum", "maximum", "min_length", "max_length"):
            if values.get(name) is not None and not isinstance(values[name], int | float):
                self.wrong(node, "not_a_number", f"{name} is not a number", "Write a plain number.")
                values.pop(name)
        return Options(**values)

    def _custom(self, node: Node, known: set[str]) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for item in (node.get("customProperties") or Node([], 1)).items():
            name, value = _text(item.get("property")), item.get("value")
            if not name.startswith("titian.") or value is None:
                continue
            if name not in known and not name.startswith("titian.spbe."):
                near = get_close_matches(name, known, 1)
                self.wrong(
                    item,
                    "unknown_key",
                    f"{name!r} is not known here",
                    f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(sorted(known))}.",
                )
            found[name] = value
        return found

    def _key(self, properties: dict[str, Property], table: Node) -> tuple[str, ...]:
        keys = sorted((prop.key, prop.name) for prop in properties.values() if prop.key is not None)
        if not keys or [position for position, _ in keys] != list(range(1, len(keys) + 1)):
            self.wrong(
                table,
                "primary_key",
                "the primary key is missing or its positions are not 1, 2, …",
                "Mark it with primaryKey: true and primaryKeyPosition.",
            )
        return tuple(name for _, name in keys)

    def _rules(self, table: Node, properties: dict[str, Property]) -> Iterable[Rule]:
        for node in (table.get("quality") or Node([], 1)).items():
            if _text(node.get("type")) != "custom" or _text(node.get("engine")) != "titian":
                continue
            made = node.get("implementation") or Node({}, node.line)
            words = {name: member.plain() for name, member in made.members().items()}
            name, fields = words.pop("rule", ""), tuple(words.pop("fields", None) or ())
            if name not in RULES:
                self.wrong(node, "rule", f"the rule {name!r} is not known", f"One of: {', '.join(RULES)}.")
            elif len(fields) != RULES[name] or not set(fields) <= set(properties) or (name == "within_region") != ("area" in words):
                self.wrong(node, "rule", f"the rule {name} does not fit its fields", "See docs/reference/quality.md for what each rule takes.")
            else:
                yield Rule(name, fields, words, _text(node.get("description")))

    def _promises(self, properties: dict[str, Property]) -> dict[str, Any]:
        promised: list[str] = []
        freshness: Freshness | None = None
        nodes = (self.root.get("slaProperties") or Node([], 1)).items()
        for node in nodes:
            elements = [name.strip().rpartition(".")[2] for name in _text(node.get("element")).split(",") if name.strip()]
            word = _text(node.get("property"))
            if word in ("freshness", "completeness") and (strange := [name for name in elements if name not in properties]):
                self.wrong(node, "element", f"{', '.join(strange)} is not a field", "Write element: object.field.")
            elif word == "completeness":
                promised += elements
            elif word == "freshness":
                freshness = Freshness(self._span(node), elements[0] if elements else None)
        return {"promised": tuple(promised), "freshness": freshness, "sla": tuple(node.plain() for node in nodes)}

    def _span(self, node: Node) -> timedelta:
        value, unit = node.get("value"), _text(node.get("unit"))
        if value is None or not isinstance(value.value, int | float) or (unit.rstrip("s") not in UNITS and unit not in UNITS):
            self.wrong(node, "freshness", "freshness needs a number and a unit", f"Write value: 7 and unit: d ({', '.join(UNITS)}).")
            return timedelta(0)
        return timedelta(seconds=float(value.value) * (UNITS.get(unit) or UNITS[unit.rstrip("s")]))

    def _words(self, custom: dict[str, Node]) -> dict[str, Any]:
        found: dict[str, Any] = {"spbe": {name[12:]: _text(node) for name, node in custom.items() if name.startswith("titian.spbe.")}}
        found["dimension"] = _text(custom.get("titian.dimension")) or None
        found["sources"] = tuple(item.plain() for item in custom.get("titian.sources", Node([], 1)).items())
        found["required_systems"] = tuple(item.plain() for item in custom.get("titian.required", Node([], 1)).items())
        weights = custom.get("titian.weights")
        if weights is not None:
            self.known(weights, DIMENSIONS)
            found["weights"] = {**dict.fromkeys(DIMENSIONS, 1.0), **{name: float(node.value) for name, node in weights.members().items()}}
        return found


def _text(node: Node | None) -> str:
    return "" if node is None or node.value is None or isinstance(node.value, dict | list) else str(node.value).strip()


def _described(node: Node | None) -> str:
    if node is None:
        return ""
    return _text(node) or " ".join(filter(None, (_text(node.get(name)) for name in ("purpose", "usage", "limitations"))))


def _related(table: Node) -> tuple[tuple[str, str], ...]:
    nodes = (table.get("relationships") or Node([], 1)).items()
    return tuple((_text(node.get("from")), _text(node.get("to"))) for node in nodes)


def _compiles(pattern: str | None) -> bool:
    try:
        re.compile(pattern or "")
    except re.error:
        return False
    return True
