"""The kind `sql`: a table, a view or one reviewed SELECT of a database, read and never written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from app import adapter as sdk
from app.adapter import Database, Dsn, Keyset, Model, Network, Page, Question, Resource, ResponseRule, Table

WHOLE = 10_000
"""Rows of a table that is read in one piece (style none)."""


class Connection(sdk.Connection):
    """`dsn` says where; `charset` what the text is written in; `statement_timeout` (seconds) after which the server itself gives up."""

    dsn: SecretStr
    charset: Literal["utf-8", "utf8mb4", "latin1", "cp1252"] = "utf-8"
    statement_timeout: float | None = Field(None, gt=0, le=300)
    ca: str | None = None

    @field_validator("dsn")
    @classmethod
    def _placed(cls, value: SecretStr) -> SecretStr:
        sdk.Dsn.read(value.get_secret_value()).driver()
        return value

    @model_validator(mode="after")
    def _sensible(self) -> Connection:
        if self.place.kind == "sqlite" and self.ca:
            raise ValueError("ca is for a server; the dsn names a file")
        return self

    @property
    def place(self) -> Dsn:
        return Dsn.read(self.dsn.get_secret_value())

    @property
    def host(self) -> str:
        """Judged when the file is loaded, where it is an address."""
        return self.place.host


class Read(Model):
    """`from` is a table or view (`schema.table`), `query` one SELECT; `where` a fixed condition; `count`: the rows are counted first."""

    table: str | None = Field(None, alias="from")
    query: str | None = None
    where: str | None = None
    count: bool = False

    @field_validator("table")
    @classmethod
    def _named(cls, value: str | None) -> str | None:
        for name in sdk.steps(value) if value is not None else ():
            sdk.named(name)
        return value

    @field_validator("query")
    @classmethod
    def _one_select(cls, value: str | None) -> str | None:
        return None if value is None else sdk.one_select(value)

    @field_validator("where")
    @classmethod
    def _condition(cls, value: str | None) -> str | None:
        return None if value is None else sdk.condition(value)

    @model_validator(mode="after")
    def _one(self) -> Read:
        if bool(self.table) == bool(self.query):
            raise ValueError("exactly one of from and query says what is read")
        return self

    @property
    def name(self) -> tuple[str, ...] | None:
        return sdk.steps(self.table) if self.table else None


@dataclass(frozen=True, slots=True)
class Sql:
    """One resource of one database. `keys` is the column of each field that comes from one."""

    table: Table
    keyset: Keyset | None
    keys: Mapping[str, str]
    whole: int = field(default=WHOLE)

    @property
    def has_get(self) -> bool:
        return True

    def pages(self, question: Question) -> AsyncIterator[Page]:
        return self.keyset.pages(question) if self.keyset is not None else self._whole(question)

    async def _whole(self, question: Question) -> AsyncIterator[Page]:
        if question.page:
            yield Page([], question.page)
            return
        rows = await self.table.read(question, self.whole + 1)
        yield Page(rows[: self.whole], reason="too_many_rows" if len(rows) > self.whole else None)

    async def one(self, question: Question) -> Page:
        return Page(await self.table.one({self.keys[name]: text for name, text in (question.key or {}).items()}))

    async def close(self) -> None:
        await self.table.database.pool.close()


def completed(resource: Resource, key: tuple[str, ...]) -> Resource:
    """Where the file says nothing of pages, the table is walked by the columns of the key."""
    page, rules = resource.page, resource.rules()
    if page.style not in ("none", "keyset"):
        raise ValueError("a database is read by keyset, or in one piece (none)")
    sources = {name: rule.source for name, rule in rules.items() if isinstance(rule.source, str)}
    deep = [name for name in (*key, *resource.push) if len(sdk.steps(sources.get(name, ""))) > 1]
    if deep:
        raise ValueError(f"{deep[0]} comes from within a column: the key and what is pushed are columns; write a query that names them")
    if page.style == "none" and "style" in page.model_fields_set:
        return resource
    if not page.by and not sources.keys() >= set(key):
        raise ValueError("the key is not made of plain columns: name the columns of a unique index in by")
    return resource.model_copy(update={"page": page.model_copy(update={"style": "keyset", "by": page.by or tuple(sources[name] for name in key)})})


def opened(system: str, connection: Connection, *, ceiling: tuple[Network, ...], folder: Path) -> Database:
    seconds = min(connection.statement_timeout or connection.timeout, connection.timeout)
    terms = sdk.Terms(connection.charset, seconds, connection.ca)
    return sdk.database(connection.place, connection, terms, ceiling=ceiling, folder=folder)


def build(way: Database, read: Read, *, resource: Resource, responses: tuple[ResponseRule, ...]) -> Sql:
    page = resource.page
    table = Table.of(way, resource, name=read.name, query=read.query, where=read.where)
    keyset = Keyset(table, page.size or sdk.SIZE, page.max_pages, read.count) if page.style == "keyset" else None
    keys = {name: sdk.column_of(rule.source) for name, rule in resource.rules().items() if isinstance(rule.source, str)}
    return Sql(table, keyset, keys, page.size or WHOLE)
