"""Lenses: a source's row <-> the canonical values of one contract, compiled once when the city is loaded."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from app.adapter.manifest import MapRule, PushRule, Resource, SortRule
from app.adapter.protocol import Condition, Pushed, Raw
from app.adapter.shaper import Field, shaper
from app.contract.contract import Contract, Property
from app.contract.convert import Hints, Lists, reader, writer

Get = Callable[[Raw], Any]
MOST_QUESTIONS = 20
"""Into so many questions one filter is cut at most; with more it is tested here."""
STEP = re.compile(r"\['([^']+)'\]|([^.\[\]]+)|\.")
PATH = re.compile(r"(?:[^.\[\]]+|\['[^']+'\])(?:\.[^.\[\]]+|\['[^']+'\])*")
"""A source path: names with dots between them, `['a.b']` for a name that holds a dot or a bracket."""


def steps(path: str) -> tuple[str, ...]:
    """The names in a source path: dotted, blanks kept, `['a.b']` quotes a name that holds a dot."""
    return tuple(quoted or plain for quoted, plain in STEP.findall(path) if quoted or plain)


def top(path: str) -> str:
    """The first name of a source path: what a source would call its column."""
    return steps(path)[0]


def getter(path: str) -> Get:
    """Looks a path up in a row; what is not there is None."""
    names = steps(path)
    if len(names) == 1:
        # A row is an object: `rows.py` lets nothing else through.
        return _only(names[0])

    def get(row: Raw) -> Any:
        for name in names:
            if not isinstance(row, dict):
                return None
            row = row.get(name)
        return row

    return get


def _only(name: str) -> Get:
    return lambda row: row.get(name)


def joined(paths: tuple[str, ...], separator: str, *, whole: bool = False) -> Get:
    """Several source values as one text; what is not there is left out, and nothing at all is None. `whole`: without one of them it is
    None too, since a key that lacks a part is another's."""
    gets = [getter(path) for path in paths]

    def get(row: Raw) -> Any:
        parts = [str(value).strip() for one in gets if (value := one(row)) is not None and not isinstance(value, dict | list)]
        filled = [part for part in parts if part]
        return None if whole and len(filled) < len(gets) else separator.join(filled) or None

    return get


class MapLens:
    """The mapping of one resource. `shape` reads a row and never raises; `write` and `pushed` lead back to the source, where there is a way back."""

    def __init__(self, resource: Resource, contract: Contract, lists: Lists, *, cells: bool = False, narrow: bool = False) -> None:
        """`narrow`: the kind brings only the columns that it is told, whatever the file says."""
        rules = resource.rules()
        self._contract = contract
        # In the contract's order, so that a whole row can stand in an answer as it is.
        ordered = [name for name in contract.properties if name in rules]
        compiled = ((name, *_compiled(rules[name], contract.properties[name], lists, cells=cells, whole=name in contract.key)) for name in ordered)
        plain = {name: steps(rule.source) for name, rule in rules.items() if isinstance(rule.source, str)}
        tops = {name: names[0] for name, names in plain.items() if len(names) == 1}
        self.shape = shaper([Field(name, tops.get(name), get, convert) for name, get, convert in compiled], contract.key)
        self._writers = {name: writer(contract.properties[name], lists, hints(rule)) for name, rule in rules.items() if isinstance(rule.source, str)}
        self._push = {
            name: [(push, write) for push in pushes if (write := _push_writer(push, rules.get(name), contract.properties[name], lists)) is not None]
            for name, pushes in resource.push.items()
        }
        self._key = contract.key
        self._sort = _sorter(resource.sort, contract, {name: path for name, rule in rules.items() if isinstance(path := rule.source, str)})
        self._columns = {name: _paths(rule) for name, rule in rules.items()}
        self.narrow = narrow or resource.fields is not None
        self.pushable = tuple(name for name, pushes in self._push.items() if pushes)

    def write(self, field: str, value: Any) -> str | None:
        """A canonical value in the source's words; None where there is no way back."""
        write = self._writers.get(field)
        if write is None:
            return None
        return write(value) or None

    def pushed(self, condition: Condition) -> tuple[Pushed, ...]:
        """Where the file says that the source itself filters so, and every value has a way back."""
        found = next((push for push in self._push.get(condition.field, ()) if condition.op in push[0].ops), None)
        if found is None:
            return ()
        rule, write = found
        texts = [write(value) for value in condition.values]
        if not all(texts) or len(texts) > rule.most * MOST_QUESTIONS:
            return ()
        if rule.separator and any(rule.separator in text for text in texts if text):
            return ()
        param = rule.param or self._columns[condition.field][0]
        batches = [texts[start : start + rule.most] for start in range(0, len(texts), rule.most)]
        return tuple(Pushed(param, (rule.separator.join(batch),) if rule.separator else tuple(batch), condition.op) for batch in batches)

    def sort(self, wanted: tuple[tuple[str, bool], ...]) -> tuple[tuple[str, bool], ...] | None:
        """Where the file says that the source itself sorts by all of these fields; the key is the tail of every order."""
        return self._sort(wanted)

    def columns(self, fields: frozenset[str]) -> tuple[str, ...]:
        """The top of each path."""
        return tuple(dict.fromkeys(top(path) for name in fields for path in self._columns.get(name, ())))


def _paths(rule: MapRule) -> tuple[str, ...]:
    return rule.source if isinstance(rule.source, tuple) else (rule.source,) if rule.source is not None else ()


Sorter = Callable[[tuple[tuple[str, bool], ...]], tuple[tuple[str, bool], ...] | None]


def _sorter(rule: SortRule | None, contract: Contract, columns: Mapping[str, str]) -> Sorter:
    key = tuple((name, False) for name in contract.key)

    def sort(wanted: tuple[tuple[str, bool], ...]) -> tuple[tuple[str, bool], ...] | None:
        named = {name for name, _ in wanted}
        whole = (*wanted, *(one for one in key if one[0] not in named))
        if rule is not None and rule.by_key and whole == key:
            return ()
        if rule is None or not named.union(contract.key).issubset(rule.fields):
            return None
        return tuple((columns[name], descending) for name, descending in whole)

    return sort


def hints(rule: MapRule, *, cells: bool = False) -> Hints:
    """What a map rule says about how the source writes the field; `cells`: its values come from the cells of a sheet."""
    return Hints(rule.format, rule.how, rule.codes, rule.empty, rule.scheme, rule.code, rule.pad, cells)


def _compiled(rule: MapRule, prop: Property, lists: Lists, *, cells: bool, whole: bool) -> tuple[Get, Callable[[Any], Any]]:
    convert = reader(prop, lists, hints(rule, cells=cells))
    if isinstance(rule.source, tuple):
        return joined(rule.source, " " if rule.join is None else rule.join, whole=whole), convert
    if rule.source is not None:
        return getter(rule.source), convert
    constant = rule.const
    return (lambda _row: constant), convert


def _push_writer(push: PushRule, rule: MapRule | None, prop: Property, lists: Lists) -> Callable[[Any], str] | None:
    """A push's own format wins over the map's: some sources show a date in one form and filter by another."""
    if rule is None or not isinstance(rule.source, str):
        return None
    told = hints(rule)
    if push.format is not None:
        told = Hints(push.format, None, told.codes, told.empty, told.scheme, None, None)
    return writer(prop, lists, told)
