"""From what a caller typed to a Query: parameters of an address, or the body of `:search` and `:verify`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote

from app.adapter.protocol import Condition
from app.contract.contract import Contract
from app.contract.convert import Lists, canonical
from app.contract.flaw import Flaw
from app.contract.mask import TOKEN, Token, maskable
from app.contract.operator import TEXTUAL
from app.contract.schema import asker, piece
from app.contract.text import normal
from app.errors import BadQuestion, Fault, Text, UnsupportedMedia
from app.exchange.asked import Asked, use_body
from app.exchange.call import Exchange, Query

PURPOSE = re.compile(r"[a-z0-9][a-z0-9-]{0,99}", re.ASCII)
MOST_PARAMETERS = 900
ONCE = ("fields", "sort", "limit", "count", "cursor")
NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,17})?", re.ASCII)


class Grammar:
    """What may be asked of one contract; built once, used for every question."""

    def __init__(self, contract: Contract, lists: Lists, loads: Callable[[bytes], Any]) -> None:
        self.contract = contract
        self.loads = loads
        plain = {name: prop for name, prop in contract.properties.items() if prop.type not in ("array", "object")}
        self.readers = {name: canonical(prop, lists) for name, prop in plain.items()}
        self.askers = {name: asker(prop) for name, prop in plain.items()}
        self.hidden = frozenset(name for name, prop in plain.items() if maskable(prop))

    def typed(self, field: str, text: str) -> Any:
        """The text of an address as the JSON value that it stands for; None where it stands for none."""
        kind = self.contract.properties[field].type
        if kind == "boolean":
            return {"true": True, "false": False}.get(text)
        if kind in ("integer", "number"):
            return _number(text) if NUMBER.fullmatch(text) and (kind == "number" or "." not in text) else None
        return text

    def token(self, field: str, wanted: Any) -> bool:
        """Whether this may be the token of a masked value."""
        return field in self.hidden and isinstance(wanted, str) and TOKEN.fullmatch(wanted) is not None

    def value(self, field: str, wanted: Any, op: str = "eq") -> Any:
        """The canonical value, read only where the published schema admits what was asked; None where it does not."""
        if op in TEXTUAL:
            return normal(wanted) if piece(wanted) else None
        if op in ("eq", "ne") and self.token(field, wanted):
            return Token(wanted)
        read = self.readers[field](wanted) if wanted is not None and self.askers[field](wanted) else None
        if isinstance(read, Flaw):
            # What the schema admits and no list knows is well formed: it simply matches nothing.
            return read.value if read.suspicious else wanted
        return read

    def parse(self, exchange: Exchange) -> Query:
        """Raises BadQuestion (UseBody where a personal value stands in the address), naming every parameter that is wrong."""
        exchange.params = _pairs(exchange.search) if exchange.search else []
        if exchange.named_purpose is not None and not PURPOSE.fullmatch(exchange.named_purpose):
            said = Text("Satu kata: huruf kecil, angka, tanda hubung.", "One word of small letters, digits and hyphens.")
            raise BadQuestion(said, faults=(Fault("Titian-Purpose", "invalid_value", said),))
        if exchange.action == "verify":
            return self._verify(exchange)
        if exchange.body is not None:
            return self._search(exchange)
        asked = Asked(self)
        if exchange.key is not None:
            return Query(fields=_only_fields(asked, exchange.params), key=self._key(asked, exchange.key))
        for name, value in exchange.params:
            asked.parameter(name, value)
        return asked.query()

    def _key(self, asked: Asked, text: str) -> tuple[str, ...]:
        written = dict(zip(self.contract.key, map(unquote, self._pieces(text)), strict=True))
        for name, one in written.items():
            if self.contract.properties[name].classification == "tertutup" and not self.token(name, one):
                raise use_body(self.contract)
        return self._keyed(asked, {name: self.typed(name, one) for name, one in written.items()})

    def _pieces(self, text: str) -> list[str]:
        pieces, names = text.split("~"), self.contract.key
        if len(pieces) != len(names):
            raise BadQuestion(Text(f"Kunci terdiri atas {len(names)} bagian, dipisah ~.", f"The key has {len(names)} parts, joined by ~."))
        return pieces

    def _keyed(self, asked: Asked, written: Mapping[str, Any], where: str = "") -> tuple[str, ...]:
        values = [asked.value(name, written.get(name), where=where or name) for name in self.contract.key]
        asked.settle()
        return tuple(value if isinstance(value, Token) else str(value) for value in values)

    def _search(self, exchange: Exchange) -> Query:
        asked = Asked(self, prefix="/")
        body = self._body(exchange)
        for name, value in exchange.params:
            if name != "cursor":
                asked.unknown(name)
            asked.cursor = value
        for name, value in body.items():
            asked.member(name, value)
        return asked.query()

    def _verify(self, exchange: Exchange) -> Query:
        """`key` is written as in an address, or as an object of the key's fields; `claims` holds a value for each field."""
        asked, body = Asked(self, prefix="/"), self._body(exchange)
        for name in (*(name for name, _ in exchange.params), *(name for name in body if name not in ("key", "claims"))):
            asked.unknown(name)
        exchange.claims = asked.claims(body.get("claims"))
        key = body.get("key")
        if isinstance(key, str):
            key = {name: self.typed(name, one) for name, one in zip(self.contract.key, self._pieces(key), strict=True)}
        return Query(fields=tuple(exchange.claims), key=self._keyed(asked, asked.key_object(key), "/key"))

    def _body(self, exchange: Exchange) -> dict[str, Any]:
        if exchange.media.split(";")[0].strip().lower() != "application/json":
            raise UnsupportedMedia
        body = self.loads(exchange.body or b"")
        if not isinstance(body, dict):
            raise BadQuestion(Text("Isi harus objek JSON.", "The body must be a JSON object."))
        return body


def _only_fields(asked: Asked, params: Sequence[tuple[str, str]]) -> tuple[str, ...] | None:
    if not params:
        return None
    for name, value in params:
        if name == "fields":
            asked.fields_listed(name, value.split(","))
        else:
            asked.unknown(name)
    return asked.query().fields


def _pairs(search: bytes) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(search.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError as error:
        raise BadQuestion(Text("Bagian sesudah ? tidak dapat dibaca.", "What follows ? cannot be read.")) from error
    names = [name for name, _ in pairs if name in ONCE]
    if len(names) > len(set(names)):
        detail = Text(f"Hanya boleh sekali: {', '.join(ONCE)}.", f"May stand only once: {', '.join(ONCE)}.")
        raise BadQuestion(detail, faults=tuple(Fault(name, "twice", detail) for name in ONCE if names.count(name) > 1))
    return pairs


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def names(conditions: Iterable[Condition]) -> Mapping[str, None]:
    """The fields that conditions speak of, in order, each once."""
    return dict.fromkeys(condition.field for condition in conditions)
