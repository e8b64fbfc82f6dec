"""One question while it is read: every fault is kept, so that all are told at once."""

from __future__ import annotations

import re
from typing import Any, Protocol

from app.adapter.protocol import Condition
from app.contract.contract import Contract
from app.contract.operator import BOUNDS, OPERATORS, fits
from app.contract.schema import TAKES_TOKENS
from app.errors import BadQuestion, Fault, Text, UseBody
from app.exchange.call import Query

MOST_VALUES = 200
MOST = 1000
MOST_SORTED = 8
MOST_TOLD = 15
MOST_FAULTS = 50
"""Told at once: an answer never grows with what was sent wrongly."""
LIMIT = re.compile(r"[1-9]\d{0,3}")


class Readers(Protocol):
    """The grammar of one contract, as far as a question needs it."""

    contract: Contract

    def typed(self, field: str, text: str) -> Any:
        """The text of an address as a JSON value."""

    def token(self, field: str, wanted: Any) -> bool:
        """Whether this may be the token of a masked value."""

    def value(self, field: str, wanted: Any, op: str = "eq") -> Any:
        """The canonical value, None for what is none."""


class Asked:
    """`prefix` is "/" where places are told as JSON pointers."""

    def __init__(self, grammar: Readers, prefix: str = "") -> None:
        self.grammar = grammar
        self.properties = grammar.contract.properties
        self.prefix = prefix
        self.faults: list[Fault] = []
        self.values: dict[tuple[str, str], list[Any]] = {}
        self.fields: tuple[str, ...] | None = None
        self.sort: tuple[tuple[str, bool], ...] = ()
        self.limit = 100
        self.count = False
        self.cursor: str | None = None

    def settle(self) -> None:
        if self.faults:
            named = ", ".join([*dict.fromkeys(fault.where for fault in self.faults)][:MOST_TOLD])
            raise BadQuestion(Text(f"Yang salah: {named}.", f"Wrong: {named}."), faults=tuple(self.faults))

    def query(self) -> Query:
        self.settle()
        conditions = tuple(Condition(field, op, tuple(values)) for (field, op), values in self.values.items())
        return Query(conditions=conditions, fields=self.fields, sort=self.sort, limit=self.limit, count=self.count, cursor=self.cursor)

    def fault(self, where: str, code: str, indonesian: str, english: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(where, code, Text(indonesian, english)))

    def unknown(self, name: str) -> None:
        self.fault(self.prefix + name[:80], "unknown", "Tidak dikenal di sini.", "Not known here.")

    def parameter(self, name: str, value: str) -> None:
        if name == "fields":
            self.fields_listed(name, value.split(","))
        elif name == "sort":
            self.sort_listed(name, value.split(","))
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
        if (prop := self.properties.get(field)) is not None and prop.type not in ("array", "object"):
            pieces = text.split(",") if suffix == "in" else [text]
            self.filter(name, [self.grammar.typed(field, piece) for piece in pieces], where=name, address=True)
        else:
            self.filter(name, [text], where=name, address=True)

    def fields_listed(self, where: str, names: list[str]) -> None:
        for name in names:
            self._known(where, name)
        if len(names) > len(self.properties):
            self.fault(where, "too_many", "Terlalu banyak field.", "Too many fields.")
        self.fields = tuple(dict.fromkeys(names))

    def sort_listed(self, where: str, names: list[str]) -> None:
        """A name once: what comes later decides nothing any more."""
        order: dict[str, bool] = {}
        for name in names:
            field = name.removeprefix("-")
            if self._known(where, field) and self.properties[field].type in ("array", "object"):
                self.fault(where, "not_sortable", f"{field} tidak dapat diurutkan.", f"{field} cannot be sorted by.")
            order.setdefault(field, name.startswith("-"))
        if len(names) > MOST_SORTED:
            self.fault(where, "too_many", "Terlalu banyak field.", "Too many fields.")
        self.sort = tuple(order.items())

    def _known(self, where: str, name: str) -> bool:
        if name not in self.properties:
            self.fault(where, "unknown_field", f"Tidak ada field {name[:80]!r}.", f"There is no field {name[:80]!r}.")
            return False
        return True

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
        """One member of the body of `:search`; `fields` and `sort` are lists, or text as in an address."""
        where = self.prefix + name[:80]
        listed = value.split(",") if isinstance(value, str) else value
        if name == "filter" and isinstance(value, dict):
            for inner, wanted in value.items():
                several = isinstance(wanted, list) and inner.partition("__")[2] not in BOUNDS
                self.filter(inner, wanted if several else [wanted], where=f"/filter/{inner[:80]}", address=False)
        elif name in ("fields", "sort") and isinstance(listed, list) and listed and all(isinstance(one, str) for one in listed):
            (self.fields_listed if name == "fields" else self.sort_listed)(where, listed)
        elif name == "limit" and type(value) in (int, float) and value == int(value):
            # To JSON Schema 5.0 is an integer.
            self.limit_text(where, str(int(value)))
        elif name == "count":
            self.count_text(where, value)
        elif name == "cursor" and isinstance(value, str | None):
            self.cursor = value or self.cursor
        elif name in ("filter", "fields", "sort", "limit", "cursor"):
            self.fault(where, "wrong_type", "Jenis nilainya salah.", "The value is of the wrong type.")
        else:
            self.unknown(name)

    def filter(self, name: str, wanted: list[Any], *, where: str, address: bool) -> None:
        field, _, suffix = name.partition("__")
        prop = self.properties.get(field)
        if prop is None or suffix not in OPERATORS or ("__" in name and not suffix):
            self.fault(where, "unknown", "Field atau operator tidak dikenal.", "The field or the operator is not known.")
        elif address and prop.classification == "tertutup" and not self._tokens(field, suffix, wanted):
            raise use_body(self.grammar.contract, where)
        elif not fits(prop, OPERATORS[suffix]):
            self.fault(where, "unknown", "Operator ini tidak untuk field ini.", "This operator is not for this field.")
        elif not wanted:
            self.fault(where, "wrong_type", "Daftarnya kosong.", "The list is empty.")
        elif len(wanted) > MOST_VALUES:
            self._too_many(where)
        else:
            self._condition(field, suffix, wanted, where)

    def _tokens(self, field: str, suffix: str, wanted: list[Any]) -> bool:
        return suffix in TAKES_TOKENS and all(self.grammar.token(field, one) for one in wanted)

    def _condition(self, field: str, suffix: str, wanted: list[Any], where: str) -> None:
        op = OPERATORS[suffix]
        values = self.values.setdefault((field, op), [])
        values.extend(value for one in wanted if (value := self.value(field, one, where=where, op=op)) is not None)
        # Both spellings of `eq` may be full.
        if len(values) > 2 * MOST_VALUES or (len(values) > 1 and op in BOUNDS):
            self._too_many(where)

    def _too_many(self, where: str) -> None:
        self.fault(where, "too_many", "Terlalu banyak nilai.", "Too many values.")

    def claims(self, written: Any) -> dict[str, Any]:
        """Values to be compared with the record, by field; the key's own fields are not compared."""
        if not isinstance(written, dict) or not written:
            self.fault("/claims", "wrong_type", "Tulis objek: field dan nilai yang dicocokkan.", "Write an object: fields and the values to compare.")
            return {}
        return {name: self._claim(name, wanted) for name, wanted in written.items() if self._comparable(name)}

    def _comparable(self, field: str) -> bool:
        prop = self.properties.get(field)
        if prop is not None and prop.type not in ("array", "object") and prop.key is None:
            return True
        self.fault(f"/claims/{field[:80]}", "unknown", "Field ini tidak dapat dicocokkan.", "This field cannot be compared.")
        return False

    def _claim(self, field: str, wanted: Any) -> Any:
        return self.value(field, wanted, where=f"/claims/{field}", op="claim")

    def key_object(self, written: Any) -> dict[str, Any]:
        """The fields of a key."""
        if not isinstance(written, dict):
            self.fault("/key", "wrong_type", "Tulis kunci catatan.", "Write the key of the record.")
            return {}
        for name in written:
            if name not in self.grammar.contract.key:
                self.unknown(f"key/{name}")
        return written

    def value(self, field: str, wanted: Any, *, where: str, op: str = "eq") -> Any:
        read = self.grammar.value(field, wanted, op)
        if read is None:
            self.fault(where, "invalid_value", "Nilainya tidak dapat dibaca.", "The value cannot be read.")
        return read


def use_body(contract: Contract, where: str | None = None) -> UseBody:
    path = f"POST /v{contract.major}/{contract.name}:search"
    faults = (Fault(where, "use_body", UseBody.remedy),) if where else ()
    return UseBody(Text(f"Nilai pribadi dikirim lewat {path}.", f"Send a personal value by {path}."), faults=faults)
