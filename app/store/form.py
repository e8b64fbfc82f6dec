"""The columns of a contract's table, and the way of a record into them and out again, exact to the type of every value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

from app.contract.contract import Contract, Property
from app.contract.flaw import Flaw

ORDINAL, KEY, REJECTED, FLAWS, SPREAD = "_ordinal", "_key", "_rejected", "_flaws", "_spread"
"""Ours beginning with `_`, which no field does: the place in the source's order, the key's parts joined, whether the row is rejected,
what is wrong with its values (JSON), and the keyed number by which masked keys are ordered."""
OWN = {ORDINAL: "ordinal", KEY: "name", REJECTED: "whole", FLAWS: "text", SPREAD: "whole"}
JOINT = "\x1f"
"""Between the parts of a key: below every character of a canonical text, so that joined keys are ordered like tuples of their parts."""
PRIME = 2_147_483_647
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KINDS = {"integer": "whole", "number": "number", "boolean": "boolean", "array": "json", "object": "json"}
TYPES = {
    # Without a type SQLite keeps 5 and 5.0 apart, and compares them exactly.
    "sqlite": {"ordinal": "INTEGER PRIMARY KEY", "name": "TEXT NOT NULL", "text": "TEXT", "whole": "INTEGER", "number": "", "boolean": "INTEGER"},
    "postgresql": {
        "ordinal": "BIGINT PRIMARY KEY",
        "name": 'TEXT COLLATE "C" NOT NULL',
        "text": 'TEXT COLLATE "C"',
        "whole": "BIGINT",
        "number": "NUMERIC",
        "boolean": "BOOLEAN",
    },
}


class Judged(NamedTuple):
    """One row of a source as the exchange sees it."""

    values: Mapping[str, Any]
    flaws: tuple[tuple[str, Flaw], ...]
    rejected: bool


def instants(name: str) -> str:
    """The column beside a timestamp that holds its instant (microseconds since 1970): two texts may be one instant. PostgreSQL cuts names at 63."""
    return f"_at_{name}" if len(name) < 59 else f"_at_{name[:42]}_{blake2b(name.encode(), digest_size=8).hexdigest()}"


def micros(text: str) -> int:
    passed = datetime.fromisoformat(text) - EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def exact(value: float) -> Decimal | int:
    """A number as PostgreSQL compares it exactly: a float is the binary fraction that it is."""
    return value if isinstance(value, int) else Decimal(value)


def _numeric(value: float) -> str:
    """Digits of which `_number` makes the same int or float again: a float always has a point."""
    if isinstance(value, int):
        return str(value)
    return f"{int(value)}.0" if value.is_integer() else format(Decimal(value), "f")


def _number(value: Decimal) -> float:
    return int(value) if value.as_tuple().exponent == 0 else float(value)


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()


def spread(secret: bytes, key: str) -> int:
    """A number below PRIME for a key, which tells nothing of it to who does not know the secret."""
    return int.from_bytes(blake2b(key.encode(), key=secret, digest_size=8).digest(), "big") % PRIME


class Form:
    """`columns` are names and kinds: ours, then the contract's fields, then the instants of its timestamps."""

    def __init__(self, contract: Contract, dialect: str, spread: bytes = b"") -> None:
        self.contract, self.dialect, self._secret = contract, dialect, spread
        self.fields = tuple(contract.properties)
        self.stamps = tuple(name for name, prop in contract.properties.items() if prop.type == "timestamp")
        self.columns = {
            **OWN,
            **{name: KINDS.get(prop.type, "text") for name, prop in contract.properties.items()},
            **{instants(name): "whole" for name in self.stamps},
        }
        self._in = [(name, self._encoder(prop)) for name, prop in contract.properties.items()]
        self._out = [(name, out) for name, prop in contract.properties.items() if (out := self._decoder(prop)) is not None]

    @property
    def indexed(self) -> list[tuple[str, ...]]:
        """What is looked up by: the key, numbers of persons and families, regions; and ordered by too: days and instants."""
        properties = self.contract.properties.values()
        looked = [(prop.name, ORDINAL) for prop in properties if prop.semantic in ("nik", "no_kk", "region")]
        days = [prop.name for prop in properties if prop.type == "date"]
        return [(KEY, ORDINAL), (SPREAD, KEY, ORDINAL), *looked, *((name, KEY, ORDINAL) for name in (*days, *map(instants, self.stamps)))]

    def declared(self, name: str) -> str:
        types = TYPES[self.dialect]
        return f'"{name}" {types.get(self.columns[name], types["text"])}'

    def shape(self) -> dict[str, Any]:
        """By which two forms are compared: the kind of every column, and the key."""
        return {"columns": self.columns, "key": list(self.contract.key)}

    def key(self, values: Mapping[str, Any]) -> str:
        """Empty where a part is missing; no key is."""
        parts = [values.get(name) for name in self.contract.key]
        return "" if None in parts else JOINT.join(map(str, parts))

    def spread(self, key: str) -> int:
        return spread(self._secret, key)

    def record(self, ordinal: int, row: Judged) -> tuple[Any, ...]:
        """One row in the order of `columns`."""
        values, key = row.values, self.key(row.values)
        found = [ordinal, key, int(row.rejected), _flawed(row.flaws), self.spread(key)]
        for name, encode in self._in:
            value = values.get(name)
            found.append(value if value is None or encode is None else encode(value))
        found += [None if (text := values.get(name)) is None else micros(text) for name in self.stamps]
        return tuple(found)

    def values(self, cells: Iterable[Any]) -> dict[str, Any]:
        """Canonical values out of the cells of `fields`."""
        made = dict(zip(self.fields, cells, strict=True))
        for name, decode in self._out:
            if (cell := made[name]) is not None:
                made[name] = decode(cell)
        return made

    def _encoder(self, prop: Property) -> Callable[[Any], Any] | None:
        if prop.type in ("array", "object"):
            return _json
        return _numeric if prop.type == "number" and self.dialect == "postgresql" else None

    def _decoder(self, prop: Property) -> Callable[[Any], Any] | None:
        if prop.type in ("array", "object"):
            return orjson.loads
        if self.dialect == "postgresql":
            return _number if prop.type == "number" else None
        return bool if prop.type == "boolean" else None


def _flawed(flaws: Sequence[tuple[str, Flaw]]) -> str | None:
    return _json([[name, flaw.rule, flaw.suspicious] for name, flaw in flaws]) if flaws else None


def flaws_of(text: str, values: Mapping[str, Any]) -> tuple[tuple[str, Flaw], ...]:
    """A suspicious value is kept, so it stands in its own column."""
    return tuple((name, Flaw(rule, values[name] if suspicious else None)) for name, rule, suspicious in orjson.loads(text))
