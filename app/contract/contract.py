"""A contract: what one kind of record is. Frozen, read once from ODCS 3.1 YAML by `reading.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, TypeAlias

LogicalType: TypeAlias = Literal["string", "integer", "number", "boolean", "date", "timestamp", "array", "object"]
Classification: TypeAlias = Literal["terbuka", "terbatas", "tertutup"]


@dataclass(frozen=True, slots=True)
class Options:
    """`logicalTypeOptions`: what a value must be, beyond its type. `enum` holds the allowed values.

    `minimum_text` and `maximum_text` bound a date, in its canonical text."""

    pattern: str | None = None
    format: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: float | None = None
    exclusive_maximum: float | None = None
    multiple_of: float | None = None
    min_items: int | None = None
    max_items: int | None = None
    unique_items: bool = False
    enum: tuple[Any, ...] = ()
    minimum_text: str | None = None
    maximum_text: str | None = None


@dataclass(frozen=True, slots=True)
class Property:
    """One field. `semantic` is the word of `titian.semantic` (nik, region, code:program …).

    `key` is its position in the primary key, 1-based."""

    name: str
    type: LogicalType
    title: str = ""
    description: str = ""
    required: bool = False
    unique: bool = False
    key: int | None = None
    classification: Classification = "terbatas"
    semantic: str | None = None
    options: Options = Options()
    strict: bool = False
    examples: tuple[Any, ...] = ()
    properties: tuple[Property, ...] = ()
    items: Property | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One `quality` rule of ours (`type: custom, engine: titian`): a word of the closed set, its fields, its parameters."""

    name: str
    fields: tuple[str, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True, slots=True)
class Freshness:
    """`slaProperties` freshness: not older than `within`; told by the field `element`, or by the moment of asking where it is None."""

    within: timedelta
    element: str | None = None


DIMENSIONS = ("completeness", "validity", "uniqueness", "timeliness", "consistency")


@dataclass(frozen=True, slots=True)
class Contract:
    """The canonical shape of one kind of record; `name` = path segment = file name, `major` = the number in the address."""

    name: str
    version: str
    title: str
    description: str
    classification: Classification
    properties: Mapping[str, Property]
    key: tuple[str, ...]
    rules: tuple[Rule, ...] = ()
    promised: tuple[str, ...] = ()
    freshness: Freshness | None = None
    weights: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(DIMENSIONS, 1.0))
    relationships: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()
    required_systems: tuple[str, ...] = ()
    dimension: str | None = None
    spbe: Mapping[str, str] = field(default_factory=dict)
    sla: tuple[Mapping[str, Any], ...] = ()
    file: str = ""

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    @property
    def open(self) -> bool:
        return self.classification == "terbuka"

    @property
    def required(self) -> tuple[str, ...]:
        """The fields that a merged record must have: the key's and those marked required."""
        return tuple(p.name for p in self.properties.values() if p.required or p.key is not None)
