"""The grammar of a system's file `systems/ORG.SYSTEM.toml`. Unknown keys are errors; codes and numbers of people are text."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator

from app.adapter.rows import value

Scalar: TypeAlias = str | int | float | bool
RATE = re.compile(r"([1-9]\d{0,8})/(second|minute|hour|day)")
PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def _jsonpath(path: str) -> str:
    value(path)
    return path


JsonPath = Annotated[str, AfterValidator(_jsonpath)]


class Model(BaseModel):
    """Frozen, strict, and without unknown keys; what was put in never stands in an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True, populate_by_name=True)


class Rate(Model):
    """So many calls in so many seconds, written "5/second"."""

    calls: int
    seconds: int

    @classmethod
    def read(cls, text: str) -> Rate:
        found = RATE.fullmatch(text)
        if found is None:
            raise ValueError('a rate is written like "5/second", "100/minute", "20000/day"')
        return cls(calls=int(found[1]), seconds=PERIODS[found[2]])


class Connection(Model):
    """What every kind's `[connection]` may say; a kind's own model adds to it. Seconds, and calls at once."""

    timeout: float = Field(10.0, gt=0, le=300)
    concurrency: int = Field(4, ge=1, le=256)
    rate: str | None = None
    budget: str | None = None
    networks: tuple[str, ...] = ()

    @field_validator("networks", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("rate", "budget")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        if value is not None:
            Rate.read(value)
        return value


class Test(Model):
    """One test on a value of a reply, where a plain value is not enough."""

    present: bool | None = None
    contains: str | None = None
    one_of: tuple[Scalar, ...] | None = Field(None, alias="in")

    @field_validator("one_of", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value


Outcome: TypeAlias = Literal["ok", "empty", "refused", "throttled", "unreachable", "bad_answer", "login_again"]


class ResponseRule(Model):
    """`[[responses]]`: the first whose tests all hold decides. Keys of `when`: a JSONPath ($…), `status` or `content_type`."""

    when: dict[str, Test | Scalar]
    then: Outcome

    @field_validator("when")
    @classmethod
    def _readable(cls, when: dict[str, Any]) -> dict[str, Any]:
        for name in when:
            if name not in ("status", "content_type"):
                _jsonpath(name)
        return when


class PageStyle(Model):
    """`[resource.page]`: how a list is walked.

    `start` is the first page (1) or offset (0); `size` the rows asked for. `cursor` and `next` are JSONPaths to what the next page is asked
    with (a token, an address); `by` names the columns of a keyset, in whose order the source gives its rows."""

    style: Literal["none", "page", "offset", "cursor", "next_url", "link_header", "keyset"] = "none"
    param: str | None = None
    size_param: str | None = None
    size: int | None = Field(None, ge=1, le=100_000)
    start: int | None = None
    total: JsonPath | None = None
    cursor: JsonPath | None = None
    next: JsonPath | None = None
    by: tuple[str, ...] = ()
    max_pages: int = Field(2000, ge=1, le=1_000_000)

    @field_validator("by", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else tuple(value)


class PushRule(Model):
    """`[resource.push]`: the parameter (or column: then the map's own, where none is named) with which the source itself filters this field,
    and by which operators. `most` values go into one question, joined by `separator`, or the parameter repeated where there is none."""

    param: str | None = None
    ops: tuple[Literal["eq", "gt", "gte", "lt", "lte"], ...] = ("eq",)
    format: str | None = None
    most: int = Field(1, ge=1, le=10_000)
    separator: str | None = None

    @field_validator("ops", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value


class SortRule(Model):
    """`[resource.sort]`: the source itself sorts, by canonical order, empty values last.

    `fields` are canonical. With `param` it is asked for: `asc` and `desc` say how one field is written, `separator` what stands between
    several. `by_key` says that a list comes in the order of the key when nothing is asked."""

    fields: tuple[str, ...] = ()
    by_key: bool = False
    param: str | None = None
    asc: str = "{field}"
    desc: str = "-{field}"
    separator: str = ","

    @field_validator("fields", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value


class FieldsRule(Model):
    """`[resource.fields]`: the parameter that names the columns a list is to bring, joined by `separator`."""

    param: str
    separator: str = ","


class MapRule(Model):
    """`[resource.map]`: where a canonical field comes from and how its text is read. Exactly one of `from` and `const`."""

    source: str | tuple[str, ...] | None = Field(None, alias="from")
    const: Any = None
    join: str | None = None
    format: str | None = None
    how: Literal["rupiah"] | None = Field(None, alias="as")
    codes: dict[str, Scalar] | None = None
    empty: tuple[str, ...] = ()
    scheme: Literal["kemendagri", "bps"] = "kemendagri"
    code: str | None = None
    pad: int | None = Field(None, ge=1, le=64)

    @field_validator("source", "empty", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value


class Example(Model):
    """`[resource.example]`: `raw` is a body as the source sends it, `expect` what it must become (only the fields it names)."""

    raw: Any
    expect: list[dict[str, Any]]


class Resource(Model):
    """`[[resource]]`: one contract that this system feeds. `read` is the kind's own model, checked by the kind.

    `mode` replica: harvested every `refresh` ("6h") into our own store, and asked there."""

    contract: str
    mode: Literal["live", "replica"] = "live"
    refresh: Annotated[str, Field(pattern=r"^[1-9]\d*[smhd]$")] | None = None
    scan: int = Field(5000, ge=1, le=1_000_000)
    read: dict[str, Any] = Field(default_factory=dict)
    page: PageStyle = Field(default_factory=lambda: PageStyle.model_validate({}))
    push: dict[str, tuple[PushRule, ...]] = Field(default_factory=dict)
    sort: SortRule | None = None
    fields: FieldsRule | None = None
    map: dict[str, MapRule | str]
    example: Example | None = None

    @field_validator("push", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        # A field that the source filters by several parameters has a rule for each.
        return {name: tuple(rules) if isinstance(rules, list) else (rules,) for name, rules in value.items()} if isinstance(value, dict) else value

    def rules(self) -> dict[str, MapRule]:
        """The map with every short form (`id = "id_salur"`) written out."""
        return {name: MapRule.model_validate({"from": rule}) if isinstance(rule, str) else rule for name, rule in self.map.items()}


class Manifest(Model):
    """One system. `connection` is checked by the kind's own model once its secrets are known."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$")]
    title: str = Field(min_length=1)
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
    dimension: str | None = None
    legal_basis: str = Field(min_length=1)
    document: str | None = None
    contact: str | None = None
    spbe: dict[str, str] = Field(default_factory=dict)
    connection: dict[str, Any] = Field(default_factory=dict, repr=False)
    responses: tuple[ResponseRule, ...] = ()
    resource: tuple[Resource, ...]

    @field_validator("responses", "resource", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("resource")
    @classmethod
    def _something(cls, value: tuple[Resource, ...]) -> tuple[Resource, ...]:
        # Not min_length: it would also complain of a list that is short only because one of its members is wrong.
        if not value:
            raise ValueError("a system feeds at least one contract: write [[resource]]")
        return value

    @property
    def organisation(self) -> str:
        return self.id.split(".", 1)[0]


class NoLogin(Model):
    """Nothing is attached."""

    type: Literal["none"] = "none"


class Basic(Model):
    """RFC 7617."""

    type: Literal["basic"]
    username: SecretStr
    password: SecretStr


class Bearer(Model):
    """A token that never changes (RFC 6750)."""

    type: Literal["bearer"]
    token: SecretStr


class Header(Model):
    """One header; a system may have several."""

    type: Literal["header"]
    name: str
    value: SecretStr


class QueryKey(Model):
    """One parameter of the query; it is redacted everywhere."""

    type: Literal["query"]
    name: str
    value: SecretStr


class LoginRequest(Model):
    """The request that fetches a token: a form or a JSON body."""

    method: Literal["POST", "GET", "PUT"] = "POST"
    path: str
    form: dict[str, SecretStr] | None = None
    body: dict[str, SecretStr | Scalar] | None = Field(None, alias="json")
    headers: dict[str, SecretStr] = Field(default_factory=dict)


class Attach(Model):
    """Where a fetched token goes: `{token}` in `format` is replaced by it."""

    header: str = "Authorization"
    format: str = "Bearer {token}"


class Login(Model):
    """A token out of an answer (`token` is a JSONPath), kept for `ttl` ("50m"), one renewal in flight, one re-login per request."""

    type: Literal["login"]
    request: LoginRequest
    token: JsonPath
    ttl: Annotated[str, Field(pattern=r"^[1-9]\d*[smhd]$")] = "50m"
    attach: Attach = Attach()


class OAuth2(Model):
    """A token by client_credentials (RFC 6749, 4.4), kept as long as its issuer says; one renewal in flight, one re-login per request.

    `token_url` is an address, perhaps on another host, or a path (/…) below the base; `in` says where id and secret go: a Basic login or the
    form. `query` is for issuers that want the grant in the address."""

    type: Literal["oauth2"]
    token_url: Annotated[str, Field(pattern=r"^(/|https?://)[!-~]+$")]
    client_id: SecretStr
    client_secret: SecretStr
    scope: str | None = None
    place: Literal["basic", "body"] = Field("basic", alias="in")
    query: dict[Literal["grant_type", "scope"], str] = Field(default_factory=dict)


Auth: TypeAlias = Annotated[NoLogin | Basic | Bearer | Header | QueryKey | Login | OAuth2, Field(discriminator="type")]


class Web(Connection):
    """A connection over HTTP: `headers` go with every request; `ca` and `client_cert` are files; every login is applied."""

    headers: dict[str, SecretStr] = Field(default_factory=dict)
    ca: str | None = None
    client_cert: str | None = None
    auth: tuple[Auth, ...] = ()

    @field_validator("auth", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else (value,)
