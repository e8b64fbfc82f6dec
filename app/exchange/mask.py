"""Masks: on the way in a token becomes the value that it stands for, on the way out a value its token or its first half.

Everything below works on real values, so that filters are pushed and sources are merged by the true key; nothing above does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from app.adapter.protocol import Condition
from app.contract.mask import Token, partial
from app.errors import Fault, NoSuchResource, NotPermitted, Text
from app.exchange.call import Answer, Call, Exchange, Query, Stage

Hide = Callable[[str], str]
ASKED_WITH = frozenset({"eq", "ne"})


class Cipher(Protocol):
    """The tokens of one consumer."""

    def hide(self, value: str) -> str:
        """The token of a value."""

    def reveal(self, token: str) -> str | None:
        """The value of a token, None for what is no token of this consumer."""


def masked(cipher_of: Callable[[str], Cipher]) -> Stage:
    def stage(call: Call) -> Call:
        async def asked(exchange: Exchange) -> Answer:
            query, masks = exchange.query, exchange.masks
            if masks:
                _allowed(exchange)
            if query.key is not None or query.conditions:
                exchange.query = _revealed(query, exchange, cipher_of)
            answer = await call(exchange)
            if masks:
                cipher = cipher_of(exchange.caller.organisation)
                how: dict[str, Hide] = {name: cipher.hide if masks[name] == "token" else partial for name in answer.shown if name in masks}
                if how:
                    answer.records = [_hidden(record, how) for record in answer.records]
            return answer

        return asked

    return stage


def _allowed(exchange: Exchange) -> None:
    """A masked field answers to its token and to nothing else: every other way to ask would tell its value bit by bit."""
    masks, query = exchange.masks, exchange.query
    bad = dict.fromkeys(name for name, _ in query.sort if name in masks)
    bad.update(dict.fromkeys(name for name in exchange.claims or () if name in masks))
    bad.update(dict.fromkeys(one.field for one in query.conditions if one.field in masks and not _by_token(one, masks)))
    for name, value in zip(exchange.contract.key, query.key or (), strict=False):
        if name in masks and not (masks[name] == "token" and isinstance(value, Token)):
            bad[name] = None
    if bad:
        listed = ", ".join(bad)
        detail = Text(
            f"Disamarkan bagi Anda: {listed}. Hanya tokennya yang dapat ditanyakan (=, in, ne).",
            f"Masked for you: {listed}. Only its token can be asked with (=, in, ne).",
        )
        raise NotPermitted(detail, faults=tuple(Fault(name, "masked", detail) for name in bad))


def _by_token(condition: Condition, masks: Mapping[str, str]) -> bool:
    token = masks[condition.field] == "token" and condition.op in ASKED_WITH
    return token and all(isinstance(value, Token) for value in condition.values)


def _revealed(query: Query, exchange: Exchange, cipher_of: Callable[[str], Cipher]) -> Query:
    """A token becomes its value where the field is masked; one that is none of this consumer's stands for nothing. Where the field is not
    masked it is a text like any other: else one contract would turn back what another masks."""
    if not any(isinstance(value, Token) for value in _values(query)):
        return query
    cipher, masks = cipher_of(exchange.caller.organisation), exchange.masks
    conditions = tuple(one._replace(values=tuple(_real(one.values, cipher if one.field in masks else None))) for one in query.conditions)
    named = zip(exchange.contract.key, query.key or (), strict=False)
    key = None if query.key is None else tuple(real for name, value in named for real in _real((value,), cipher if name in masks else None))
    if key is not None and len(key) < len(query.key or ()):
        raise NoSuchResource(Text("Tidak ada catatan dengan kunci ini.", "There is no record with this key."))
    return replace(query, conditions=conditions, key=key)


def _values(query: Query) -> Iterable[Any]:
    yield from query.key or ()
    for condition in query.conditions:
        yield from condition.values


def _real(values: Iterable[Any], cipher: Cipher | None) -> Iterable[Any]:
    for value in values:
        found = value
        if isinstance(value, Token):
            found = str(value) if cipher is None else cipher.reveal(value)
        if found is not None:
            yield found


def _hidden(record: Mapping[str, Any], how: Mapping[str, Hide]) -> dict[str, Any]:
    """A new record: the one that came may be remembered elsewhere."""
    made = dict(record)
    for name, hide in how.items():
        if made[name] is not None:
            made[name] = hide(made[name])
    return made
