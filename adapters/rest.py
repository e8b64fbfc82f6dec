"""The kind `rest`: an application that answers JSON over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field, field_validator, model_validator

from app import adapter as sdk
from app.adapter import BadAnswer, Model, Network, Out, Page, Params, Question, Reply, Resource, ResponseRule, Sheet

BY_PARAM = True
Rows = Callable[[Any], list[Any]]
PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")
"""What `quote` leaves as it is."""


class Connection(sdk.Web):
    """`base` is the address that every path is put behind."""

    base: str

    @field_validator("base")
    @classmethod
    def _plain(cls, value: str) -> str:
        sdk.origin(value)
        if not value.isascii() or not value.isprintable() or " " in value:
            raise ValueError("base is written in ASCII: a name like xn--…, a path percent-encoded")
        return value


class Read(Model):
    """`list` and `get` are paths ({…} are key fields); `rows` and `row` are JSONPaths; `params` are sent with every list."""

    list: str | None = None
    rows: str = "$"
    get: str | None = None
    row: str | None = None
    params: dict[str, str] = Field(default_factory=dict)
    method: Literal["GET", "POST"] = "GET"
    body: dict[str, Any] | None = None

    @property
    def key_fields(self) -> tuple[str, ...]:
        """The key fields that `get` names."""
        return tuple(name for _, name, _, _ in Formatter().parse(self.get or "") if name is not None)

    @field_validator("rows", "row")
    @classmethod
    def _path(cls, path: str | None) -> str | None:
        if path is not None:
            sdk.rows(path)
        return path

    @field_validator("list", "get")
    @classmethod
    def _rooted(cls, path: str | None) -> str | None:
        if path is not None and not path.startswith("/"):
            raise ValueError("a path begins with /")
        if any(spec or conversion for _, _, spec, conversion in Formatter().parse(path or "")):
            raise ValueError("a path holds key fields as {name}, and nothing else in braces")
        return path

    @model_validator(mode="after")
    def _something(self) -> Read:
        if self.list is None and self.get is None:
            raise ValueError("there is neither list nor get")
        return self


@dataclass(frozen=True, slots=True)
class Rest:
    """One resource of one REST application."""

    remembers = True

    read: Read
    resource: Resource
    way: Out = field(repr=False)
    judge: Callable[[Reply, Any], sdk.Outcome | None] = field(repr=False)
    rows: Rows = field(repr=False)
    row: Rows = field(repr=False)
    total: Callable[[Any], Any] | None = field(repr=False)
    next: Callable[[Any], Any] | None = field(repr=False)
    same: sdk.Same = field(repr=False, default_factory=sdk.Same)

    @property
    def has_get(self) -> bool:
        return self.read.get is not None

    def pages(self, question: Question) -> AsyncIterator[Page]:
        fixed = [*self.read.params.items(), *((pushed.param, value) for pushed in question.pushed for value in pushed.values)]
        fixed += self._order(question)
        fixed += self._columns(question)

        async def ask(params: Params) -> Sheet:
            if self.read.list is None:
                raise BadAnswer("no_list")
            return await self._page(self.read.list, [*fixed, *params], question)

        async def follow(address: str) -> Sheet:
            return await self._page(address, [], question)

        return sdk.walk(self.resource.page, ask, follow=follow, first=question.page or 0, token=question.token, limit=question.limit)

    def _order(self, question: Question) -> Params:
        rule = self.resource.sort
        if rule is None or rule.param is None or not question.sort:
            return []
        fields = ((rule.desc if descending else rule.asc).replace("{field}", column) for column, descending in question.sort)
        return [(rule.param, rule.separator.join(fields))]

    def _columns(self, question: Question) -> Params:
        """Those that are needed, and those that the next page is asked with."""
        rule = self.resource.fields
        if rule is None or not question.fields:
            return []
        columns = dict.fromkeys([*question.fields, *map(sdk.top, self.resource.page.by)])
        return [(rule.param, rule.separator.join(columns))]

    async def _page(self, path: str, params: Params, question: Question) -> Sheet:
        sheet, reply = await self._asked(path, params, question, self._sheet)
        sheet, style = sheet or Sheet([]), self.resource.page.style
        if style == "link_header":
            sheet = sdk.next_link(sheet, reply.headers.get("link"))
        return self.way.below.placed(sheet, path) if style in ("next_url", "link_header") else sheet

    async def one(self, question: Question) -> Page:
        words = {name: value if PLAIN.fullmatch(value) else quote(value, safe="") for name, value in (question.key or {}).items()}
        path = (self.read.get or "/").format_map(words)
        found, _ = await self._asked(path, [], question, self.row, one=True)
        return Page(found or [])

    def _sheet(self, body: Any) -> Sheet:
        total = self.total(body) if self.total else None
        sheet = Sheet(self.rows(body), _count(total))
        return sdk.told(sheet, self.next(body)) if self.next else sheet

    async def _asked(self, path: str, params: Params, question: Question, take: Callable[[Any], Any], *, one: bool = False) -> tuple[Any, Reply]:
        """What `take` makes of a good answer, None of an empty one; a login that has run out is renewed once.

        The same bytes of a list again are the same answer: they are not read twice (`sdk.Same`)."""
        for again in (True, False):
            headers: dict[str, str] = {}
            reply = await self._sent(path, params, question, headers, one=one)
            if not one and reply.status == 200 and (known := self.same.get(reply.body)) is not None:
                return known, reply
            body, unread = _read(reply)
            outcome = self.judge(reply, body)
            login = outcome == "login_again" or (outcome is None and reply.status == 401)
            if login and again and self.way.renew(headers):
                continue
            body = self._taken(reply, body, "refused" if outcome == "login_again" else outcome, unread, one=one)
            made = None if body is None else take(body)
            return (made if one or made is None else self.same.kept(reply.body, made)), reply
        raise AssertionError

    async def _sent(self, path: str, params: Params, question: Question, headers: dict[str, str], *, one: bool) -> Reply:
        if question.traceparent is not None:
            headers["traceparent"] = question.traceparent
        content = None
        if self.read.body is not None and not one:
            content, headers["Content-Type"] = json.dumps(self.read.body).encode(), "application/json"
        return await self.way.ask("GET" if one else self.read.method, path, headers, query=params, body=content)

    def _taken(self, reply: Reply, body: Any, outcome: sdk.Outcome | None, unread: BadAnswer | None, *, one: bool) -> Any:
        if outcome == "empty" or (outcome is None and one and reply.status == 404):
            return None
        ruled = outcome is not None
        outcome = outcome or sdk.by_status(reply)
        if outcome != "ok":
            raise sdk.failure(outcome, reply, "response_rule" if ruled else f"status_{reply.status}")
        if unread is not None:
            raise unread
        return body

    async def close(self) -> None:
        await self.way.close()


def _read(reply: Reply) -> tuple[Any, BadAnswer | None]:
    try:
        return sdk.json_of(reply), None
    except BadAnswer as error:
        return None, error


def _count(total: Any) -> int | None:
    if isinstance(total, str) and total.isdecimal() and len(total) < 19:
        return int(total)
    return total if type(total) is int else None


def opened(system: str, connection: Connection, *, ceiling: tuple[Network, ...], folder: Path) -> Out:
    return Out.of(system, connection.base, connection, ceiling)


def build(way: Out, read: Read, *, resource: Resource, responses: tuple[ResponseRule, ...]) -> Rest:
    total, next_ = resource.page.total, resource.page.cursor or resource.page.next
    return Rest(
        read=read,
        resource=resource,
        way=way,
        judge=sdk.judge(responses),
        rows=sdk.rows(read.rows),
        row=sdk.rows(read.row or read.rows),
        total=sdk.value(total) if total else None,
        next=sdk.value(next_, sdk.MISSING) if next_ else None,
    )
