"""Whether the map of a resource fits its contract: fields, key, codes, formats; every misfit with its line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from app.adapter.asking import misfits
from app.adapter.manifest import MapRule, Resource
from app.adapter.mapping import hints
from app.adapter.problem import Toml
from app.contract.contract import Contract, Property
from app.contract.convert import Lists, reader
from app.contract.dates import pattern
from app.contract.flaw import Flaw
from app.errors import Problem


def meant(name: str, known: Iterable[str], otherwise: str) -> str:
    """A remedy: the name that was probably meant, else something that always helps."""
    near = get_close_matches(name, list(known), 1)
    return f"Did you mean {near[0]!r}?" if near else otherwise


@dataclass(frozen=True, slots=True)
class Fit:
    """One resource of a file (its `index` there) beside the contract that it feeds."""

    toml: Toml
    index: int
    resource: Resource
    contract: Contract
    lists: Lists

    def problems(self) -> Iterable[Problem]:
        """All misfits; none means that a lens can be made."""
        rules = self.resource.rules()
        yield from self._fields("map", rules)
        yield from self._fields("push", self.resource.push)
        yield from self._example(rules)
        for name in self.contract.key:
            if name not in rules:
                yield self._told(("map",), "key_not_mapped", f"the key field {name!r} is not mapped", f"Add {name} to the map.")
        for name, rule in rules.items():
            if name in self.contract.properties:
                yield from self._rule(name, rule, self.contract.properties[name])
        for name, pushes in self.resource.push.items():
            if name in self.contract.properties:
                yield from self._push(name, [push.format for push in pushes], mapped=name in rules)
        yield from misfits(self.resource, self.contract, self._told)

    def _told(self, where: tuple[str | int, ...], code: str, meaning: str, remedy: str) -> Problem:
        return self.toml.problem(("resource", self.index, *where), code, meaning, remedy)

    def _fields(self, place: str, names: Iterable[str]) -> Iterable[Problem]:
        for name in names:
            if name not in self.contract.properties:
                remedy = meant(name, self.contract.properties, f"{self.contract.name} has: {', '.join(self.contract.properties)}.")
                yield self._told((place, name), "unknown_field", f"{self.contract.name} has no field {name!r}", remedy)

    def _example(self, rules: Mapping[str, MapRule]) -> Iterable[Problem]:
        expected = self.resource.example.expect if self.resource.example else []
        for name in dict.fromkeys(name for row in expected for name in row if name not in rules):
            remedy = meant(name, rules, "Expect only fields that are mapped.")
            yield self._told(("example", "expect"), "unknown_field", f"the example expects {name!r}, which is not mapped", remedy)

    def _rule(self, name: str, rule: MapRule, prop: Property) -> Iterable[Problem]:
        where = ("map", name)
        semantic = prop.semantic or ""
        listed = rule.code or (semantic.removeprefix("code:") if semantic.startswith("code:") else None)
        if listed is not None and listed not in self.lists.codes:
            remedy = meant(listed, self.lists.codes, f"Write codes/{listed}.csv.")
            yield self._told(where, "unknown_code_list", f"there is no code list {listed!r}", remedy)
            return
        wrong = [*self._idle(name, rule, prop)] or [*self._format(where, name, rule.format)]
        yield from wrong or self._values(name, rule, prop)

    def _format(self, where: tuple[str, ...], name: str, format_: str | None) -> Iterable[Problem]:
        if format_ is None:
            return
        try:
            pattern(format_)
        except ValueError as error:
            yield self._told(where, "format", f"the format of {name} cannot be used: {error}", "Write it like %d/%m/%Y.")

    def _idle(self, name: str, rule: MapRule, prop: Property) -> Iterable[Problem]:
        """A word that changes nothing was meant to change something."""
        plain = prop.semantic is None and rule.code is None
        heard = {
            "format": rule.format is None or prop.type in ("date", "timestamp"),
            "as": rule.how is None or prop.semantic == "money" or (plain and prop.type in ("integer", "number")),
            "scheme": rule.scheme == "kemendagri" or prop.semantic == "region",
            "pad": rule.pad is None or (plain and prop.type == "string" and rule.how is None),
        }
        for word, useful in heard.items():
            if not useful:
                yield self._means_nothing(("map", name), word, prop)

    def _push(self, name: str, formats: list[str | None], *, mapped: bool) -> Iterable[Problem]:
        prop, where = self.contract.properties[name], ("push", name)
        if not mapped:
            yield self._told(where, "push_not_mapped", f"{name!r} is pushed but not mapped", f"Map {name} too.")
        for format_ in formats:
            if format_ is not None and prop.type not in ("date", "timestamp"):
                yield self._means_nothing(where, "format", prop)
            else:
                yield from self._format(where, name, format_)

    def _means_nothing(self, where: tuple[str, str], word: str, prop: Property) -> Problem:
        meaning = f"{word} means nothing for {where[1]}, which is {prop.semantic or prop.type}"
        return self._told(where, "idle_word", meaning, f"Remove {word}, or mend the contract.")

    def _values(self, name: str, rule: MapRule, prop: Property) -> Iterable[Problem]:
        """What the file itself says must be a value of the field: the targets of `codes`, and `const`."""
        told = hints(rule)
        plain = reader(prop, self.lists, replace(told, codes=None, empty=()))
        for code, target in (rule.codes or {}).items():
            if _wrong(plain(target), nothing=True):
                yield self._told(("map", name), "codes", f"codes turns {code!r} into what {name} cannot be", "Write a value of the contract.")
        if rule.const is not None and _wrong(reader(prop, self.lists, told)(rule.const), nothing=False):
            yield self._told(("map", name), "const", f"const is not a value that {name} can be", "Write a value of the contract.")


def _wrong(value: Any, *, nothing: bool) -> bool:
    return (value is None and not nothing) or (isinstance(value, Flaw) and not value.suspicious)
