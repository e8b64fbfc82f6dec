"""From what a caller typed to a Query: parameters of an address, or the body of `:search`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from app.adapter.protocol import Condition
from app.contract.contract import Contract, Property
from app.contract.convert import Lists, canonical
from app.contract.flaw import Flaw
from app.contract.schema import asker
from app.errors import BadQuestion, Fault, Text, UnsupportedMedia, UseBody
from app.exchange.call import Exchange, Query

OPERATORS = {"": "eq", "in": "eq", "gte": "gte", "lte": "lte", "within": "within"}
ORDERED = frozenset({"date", "timestamp", "integer", "number"})
NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,17})?", re.ASCII)
MOST_VALUES = 200
MOST = 1000
LIMIT = re.compile(r"[1-9]\d{0,3}")


class Grammar:
    """What may be asked of one contract; built once, used for every question."""

    def __init__(self, contract: Contract, lists: Lists, loads: Callable[[bytes], Any]) -> None:
        self.contract = contract
        self.loads = loads
        plain = {name: prop for name, prop in contract.properties.items() if prop.type not in ("array", "object")}
        self.readers = {name: canonical(prop, lists) for name, prop in plain.items()}
        self.askers = {name: asker(prop) for name, prop in plain.items()}

    def typed(self, field: str, text: str) -> Any:
        """The text of an address as the JSON value that it stands for; None where it stands for none."""
        kind = self.contract.properties[field].type
        if kind == "boolean":
            return {"true": True, "false": False}.get(text)
        if kind in ("integer", "number"):
            return _number(text) if NUMBER.fullmatch(text) and (kind == "number" or "." not in text) else None
        return text

    def parse(self, exchange: Exchange) -> Query:
        """Raises BadQuestion (UseBody where a personal value stands in the address), naming every parameter that is wrong."""
        exchange.params = _pairs(exchange.search) if exchange.search else []
        if exchange.body is not None:
            return self._search(exchange)
        asked = _Asked(self)
        if exchange.key is not None:
            return Query(fields=self._only_fields(asked, exchange.params), key=self._key(asked, exchange.key))
        for name, value in exchange.params:
            asked.parameter(name, value)
        return asked.query()

    def _only_fields(self, asked: _Asked, params: Iterable[tuple[str, str]]) -> tuple[str, ...] | None:
        for name, value in params:
            if name == "fields":
                asked.fields_text(name, value)
            else:
                asked.unknown(name)
        return asked.query().fields

    def _key(self, asked: _Asked, text: str) -> tuple[str, ...]:
        pieces = text.split("~")
        names = self.contract.key
        if len(pieces) != len(names):
            raise BadQuestion(Text(f"Kunci terdiri atas {len(names)} bagian, dipisah ~.", f"The key has {len(names)} parts, joined by ~."))
        if any(self.contract.properties[name].classification == "tertutup" for name in names):
            raise _use_body(self.contract)
        values = [asked.value(name, self.typed(name, unquote(piece)), where=name) for name, piece in zip(names, pieces, strict=True)]
        asked.settle()
        return tuple(map(str, values))

    def _search(self, exchange: Exchange) -> Query:
        if exchange.media.split(";")[0].strip().lower() != "application/json":
            raise UnsupportedMedia
        body = self.loads(exchange.body or b"")
        asked = _Asked(self, prefix="/")
        if not isinstance(body, dict):
            raise BadQuestion(Text("Isi harus objek JSON.", "The body must be a JSON object."))
        for name, value in exchange.params:
            if name != "cursor":
                asked.unknown(name)
            asked.cursor = value
        for name, value in body.items():
            asked.member(name, value)
        return asked.query()


class _Asked:
    """One question while it is read: every fault is kept, so that all are told at once."""

    def __init__(self, grammar: Grammar, prefix: str = "") -> None:
        self.grammar = grammar
        self.prefix = prefix
        self.faults: list[Fault] = []
        self.values: dict[tuple[str, str], list[Any]] = {}
        self.fields: tuple[str, ...] | None = None
        self.limit = 100
        self.count = False
        self.cursor: str | None = None

    def settle(self) -> None:
        if self.faults:
            named = ", ".join(fault.where for fault in self.faults)
            raise BadQuestion(Text(f"Yang salah: {named}.", f"Wrong: {named}."), faults=tuple(self.faults))

    def query(self) -> Query:
        self.settle()
        conditions = tuple(Condition(field, op, tuple(values)) for (field, op), values in self.values.items())
        return Query(conditions=conditions, fields=self.fields, limit=self.limit, count=self.count, cursor=self.cursor)

    def fault(self, where: str, code: str, indonesian: str, english: str) -> None:
        self.faults.append(Fault(where, code, Text(indonesian, english)))

    def unknown(self, name: str) -> None:
        self.fault(self.prefix + name[:80], "unknown", "Tidak dikenal di sini.", "Not known here.")

    def parameter(self, name: str, value: str) -> None:
        if name == "fields":
            self.fields_text(name, value)
        elif name == "limit":
            self.limit_text(name, value)
        elif name == "count":
            self.count_text(name, value)
        elif name == "cursor":
            self.cursor = value
        else:
            self.address(name, value)

    def address(self, name: str, text: str) -> None:
        """One filter of an address: its text stands for JSON values, several of them where it ends in `__in`."""
        field, _, suffix = name.partition("__")
        if (prop := self.grammar.contract.properties.get(field)) is not None and prop.type not in ("array", "object"):
            pieces = text.split(",") if suffix == "in" else [text]
            self.filter(name, [self.grammar.typed(field, piece) for piece in pieces], where=name, address=True)
        else:
            self.filter(name, [text], where=name, address=True)

    def fields_text(self, where: str, value: str) -> None:
        self.fields_listed(where, value.split(","))

    def fields_listed(self, where: str, names: list[str]) -> None:
        strange = [name for name in names if name not in self.grammar.contract.properties]
        for name in strange:
            self.fault(where, "unknown_field", f"Tidak ada field {name[:80]!r}.", f"There is no field {name[:80]!r}.")
        self.fields = tuple(dict.fromkeys(names))

    def limit_text(self, where: str, value: str) -> None:
        if LIMIT.fullmatch(value) and int(value) <= MOST:
            self.limit = int(value)
        else:
            self.fault(where, "out_of_range", f"Bilangan bulat 1 sampai {MOST}.", f"A whole number from 1 to {MOST}.")

    def count_text(self, where: str, value: object) -> None:
        if value not in ("none", "exact"):
            self.fault(where, "unknown_value", "none atau exact.", "none or exact.")
        self.count = value == "exact"

    def member(self, name: str, value: Any) -> None:
        where = self.prefix + name[:80]
        if name == "filter" and isinstance(value, dict):
            for inner, wanted in value.items():
                listed = wanted if isinstance(wanted, list) and not inner.endswith(("__gte", "__lte")) else [wanted]
                self.filter(inner, listed, where=f"/filter/{inner[:80]}", address=False)
        elif name == "fields" and isinstance(value, list) and all(isinstance(one, str) for one in value):
            self.fields_listed(where, value)
        elif name == "limit" and type(value) is int:
            self.limit_text(where, str(value))
        elif name == "count":
            self.count_text(where, value)
        elif name == "cursor" and isinstance(value, str | None):
            self.cursor = value or self.cursor
        elif name in ("filter", "fields", "limit", "cursor"):
            self.fault(where, "wrong_type", "Jenis nilainya salah.", "The value is of the wrong type.")
        else:
            self.unknown(name)

    def filter(self, name: str, wanted: list[Any], *, where: str, address: bool) -> None:
        field, _, suffix = name.partition("__")
        prop = self.grammar.contract.properties.get(field)
        if prop is None or suffix not in OPERATORS or ("__" in name and not suffix):
            self.fault(where, "unknown", "Field atau operator tidak dikenal.", "The field or the operator is not known.")
        elif address and prop.classification == "tertutup":
            raise _use_body(self.grammar.contract, where)
        elif not _fits(prop, OPERATORS[suffix]):
            self.fault(where, "unknown", "Operator ini tidak untuk field ini.", "This operator is not for this field.")
        elif not wanted:
            self.fault(where, "wrong_type", "Daftarnya kosong.", "The list is empty.")
        else:
            self._condition(field, suffix, wanted, where)

    def _condition(self, field: str, suffix: str, wanted: list[Any], where: str) -> None:
        values = self.values.setdefault((field, OPERATORS[suffix]), [])
        values.extend(value for one in wanted if (value := self.value(field, one, where=where)) is not None)
        if len(values) > MOST_VALUES or (len(values) > 1 and suffix in ("gte", "lte")):
            self.fault(where, "too_many", "Terlalu banyak nilai.", "Too many values.")

    def value(self, field: str, wanted: Any, *, where: str) -> Any:
        """The canonical value, read only where the published schema admits what was asked."""
        read = self.grammar.readers[field](wanted) if wanted is not None and self.grammar.askers[field](wanted) else None
        if isinstance(read, Flaw):
            # What the schema admits and no list knows is well formed: it simply matches nothing.
            return read.value if read.suspicious else wanted
        if read is None:
            self.fault(where, "invalid_value", "Nilainya tidak dapat dibaca.", "The value cannot be read.")
        return read


def _pairs(search: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(search.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_VALUES)
    except ValueError as error:
        raise BadQuestion(Text("Bagian sesudah ? tidak dapat dibaca.", "What follows ? cannot be read.")) from error


def _fits(prop: Property, op: str) -> bool:
    if prop.type in ("array", "object"):
        return False
    return op == "eq" or (op == "within" and prop.semantic == "region") or (op in ("gte", "lte") and prop.type in ORDERED)


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _use_body(contract: Contract, where: str | None = None) -> UseBody:
    path = f"POST /v{contract.major}/{contract.name}:search"
    faults = (Fault(where, "use_body", UseBody.remedy),) if where else ()
    return UseBody(Text(f"Nilai pribadi dikirim lewat {path}.", f"Send a personal value by {path}."), faults=faults)


def names(conditions: Iterable[Condition]) -> Mapping[str, None]:
    """The fields that conditions speak of, in order, each once."""
    return dict.fromkeys(condition.field for condition in conditions)
