"""The kind `sheet`: a spreadsheet or delimited text, in a folder or behind an address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from app import adapter as sdk
from app.adapter import BadAnswer, Kept, Model, Network, Order, Page, Question, Resource, ResponseRule, Scalar, Test

CELLS = True
Conditions = dict[str, Test | Scalar]


class Connection(sdk.Web):
    """`source` is a path or glob (relative ones begin at the city's folder) or an http(s) address; what stands in `sdk.Web` is for addresses."""

    source: str = Field(min_length=1)
    format: Literal["auto", "xlsx", "xls", "csv", "text"] = "auto"
    encoding: Literal["utf-8", "cp1252", "latin-1", "utf-16"] = "utf-8"
    delimiter: Literal[";", ",", "\t", "|"] | None = None

    @property
    def remote(self) -> bool:
        return self.source.startswith(("http://", "https://"))

    @model_validator(mode="after")
    def _reachable(self) -> Connection:
        if self.remote:
            sdk.origin(sdk.parted(self.source)[0])
        elif self.auth or self.headers or self.ca or self.client_cert:
            raise ValueError("auth, headers, ca and client_cert are for an address; source is a file")
        return self


class Read(Model):
    """`header` is the row of the header (1-based; 0: none; several rows are joined); the rest chooses sheets and rows."""

    sheet: str | None = None
    header: tuple[int, ...] = (1,)
    columns: tuple[str, ...] = ()
    until: Conditions = Field(default_factory=dict)
    skip: Conditions = Field(default_factory=dict)

    @field_validator("columns", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("header", mode="before")
    @classmethod
    def _rows(cls, value: Any) -> Any:
        return () if value == 0 else tuple(value) if isinstance(value, list) else (value,)

    @field_validator("header")
    @classmethod
    def _ascending(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if value and (value[0] < 1 or list(value) != sorted(set(value))):
            raise ValueError("the rows of a header are counted from 1, each once, from above; 0 alone says that there is none")
        return value


@dataclass(frozen=True, slots=True)
class Sheet:
    """One resource of one file. Nothing is asked of the source but the file, so one record is looked for in its rows."""

    remembers = True

    kept: Kept = field(repr=False)

    @property
    def has_get(self) -> bool:
        return False

    async def pages(self, question: Question) -> AsyncIterator[Page]:
        parts, moment = await self.kept.parts()
        total, first = sum(map(len, parts)), question.page or 0
        for number in range(first, len(parts)):
            yield Page(parts[number], number, last=number == len(parts) - 1, total=total, as_of=moment)
        if first >= len(parts):
            yield Page([], first, total=total, as_of=moment)

    async def one(self, question: Question) -> Page:
        raise BadAnswer("no_get")

    async def close(self) -> None:
        await self.kept.close()


@dataclass(frozen=True, slots=True)
class Way:
    """What the resources of one file share."""

    system: str
    connection: Connection = field(repr=False)
    origin: sdk.Origin = field(repr=False)


def opened(system: str, connection: Connection, *, ceiling: tuple[Network, ...], folder: Path) -> Way:
    if connection.remote:
        base, path = sdk.parted(connection.source)
        origin: sdk.Origin = sdk.WebOrigin(sdk.Out.of(system, base, connection, ceiling), path)
    else:
        origin = sdk.FileOrigin(folder.absolute() / connection.source, connection.timeout)
    return Way(system, connection, origin)


def build(way: Way, read: Read, *, resource: Resource, responses: tuple[ResponseRule, ...]) -> Sheet:
    told = way.connection
    order = Order(told.format, told.encoding, told.delimiter, read.sheet, read.header, read.columns)
    rows = partial(sdk.cells, order=order, seconds=told.timeout, until=sdk.row_test(read.until), skip=sdk.row_test(read.skip))
    return Sheet(Kept(way.origin, rows, way.system))
