"""From a manifest to sources: find the kind, read its own models, build, check; every problem with its line."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Protocol

from app.adapter.egress import Network, forbidden
from app.adapter.manifest import Connection, Manifest, MapRule, Resource, ResponseRule
from app.adapter.mapping import Lens
from app.adapter.problem import Toml
from app.adapter.protocol import Adapter
from app.adapter.secret import Secrets
from app.adapter.source import Source
from app.contract.contract import Contract
from app.contract.convert import Lists
from app.contract.dates import pattern
from app.errors import CityError, Problem

KIND = re.compile(r"[a-z_]+")


class Kind(Protocol):
    """What a file of `adapters/` offers: two models and a way to build."""

    Connection: type[Connection]
    Read: type[Any]

    @staticmethod
    def opened(system: str, connection: Any, ceiling: tuple[Network, ...]) -> Any:
        """The one way out of the gateway to this system, shared by its resources. No connection is made before the first question."""

    @staticmethod
    def build(way: Any, read: Any, *, resource: Resource, responses: tuple[ResponseRule, ...]) -> Adapter:
        """One resource, ready to be asked."""


@dataclass(frozen=True, slots=True)
class World:
    """What a system is checked against."""

    contracts: Mapping[str, Contract]
    lists: Lists
    secrets: Secrets
    ceiling: tuple[Network, ...] = ()


def kinds() -> list[str]:
    """The kinds that are installed."""
    package = importlib.import_module("adapters")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def find(name: str) -> Any:
    """The module of a kind; raises ModuleNotFoundError only for a library that the kind itself lacks, LookupError where there is no such kind."""
    if not KIND.fullmatch(name):
        raise LookupError(name)
    try:
        return importlib.import_module(f"adapters.{name}")
    except ModuleNotFoundError as error:
        if error.name == f"adapters.{name}":
            raise LookupError(name) from error
        raise


def build(manifest: Manifest, toml: Toml, world: World) -> list[Source]:
    """The sources of one system; raises CityError with everything that is wrong."""
    problems = list(_mapped(manifest, toml, world))
    kind = _kind(manifest, toml, problems)
    connection = _connection(manifest, toml, kind, world, problems) if kind is not None else None
    reads = [_read(toml, kind, resource, index, world, problems) for index, resource in enumerate(manifest.resource)] if kind is not None else []
    if problems or kind is None or connection is None:
        raise CityError(problems)
    way = kind.opened(manifest.id, connection, world.ceiling)
    return [
        Source(
            system=manifest.id,
            organisation=manifest.organisation,
            contract=resource.contract,
            adapter=kind.build(way, read, resource=resource, responses=manifest.responses),
            lens=Lens(resource, world.contracts[resource.contract], world.lists),
            scan=resource.scan,
            timeout=connection.timeout,
        )
        for resource, read in zip(manifest.resource, reads, strict=True)
    ]


def _kind(manifest: Manifest, toml: Toml, problems: list[Problem]) -> Any:
    try:
        return find(manifest.kind)
    except LookupError:
        near = get_close_matches(manifest.kind, kinds(), 1)
        remedy = f"Did you mean {near[0]!r}?" if near else f"Installed: {', '.join(kinds())}."
        problems.append(toml.problem(("kind",), "unknown_kind", f"there is no kind {manifest.kind!r}", remedy))
    except ModuleNotFoundError as error:
        remedy = f"pip install 'titian[{manifest.kind}]'"
        problems.append(toml.problem(("kind",), "missing_library", f"the kind {manifest.kind!r} needs {error.name}", remedy))
    return None


def _connection(manifest: Manifest, toml: Toml, kind: Any, world: World, problems: list[Problem]) -> Any:
    for name in world.secrets.missing(manifest.connection):
        where = ("connection",)
        problems.append(toml.problem(where, "unknown_secret", f"${name} is not known", f"Put {name}=… into TITIAN_SECRETS or the environment."))
    resolved = world.secrets.resolved(manifest.connection)
    connection = toml.model(kind.Connection, resolved, at=("connection",), problems=problems)
    if connection is not None:
        for meaning in forbidden(connection, world.ceiling):
            remedy = 'Name the range the application lives in: networks = ["10.10.0.0/16"]; TITIAN_NETWORKS is the ceiling.'
            problems.append(toml.problem(("connection", "networks"), "networks", meaning, remedy))
    return connection


def _read(toml: Toml, kind: Any, resource: Resource, index: int, world: World, problems: list[Problem]) -> Any:
    where = ("resource", index, "read")
    read = toml.model(kind.Read, resource.read, at=where, problems=problems)
    contract = world.contracts.get(resource.contract)
    for name in getattr(read, "key_fields", ()):
        if contract is not None and name not in contract.key:
            remedy = f"The key of {contract.name} is: {', '.join(contract.key)}."
            problems.append(toml.problem((*where, "get"), "not_a_key_field", f"{{{name}}} is not a key field", remedy))
    return read


def _mapped(manifest: Manifest, toml: Toml, world: World) -> Iterable[Problem]:
    for index, resource in enumerate(manifest.resource):
        contract = world.contracts.get(resource.contract)
        if contract is None:
            near = get_close_matches(resource.contract, world.contracts, 1)
            remedy = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(sorted(world.contracts))}."
            yield toml.problem(("resource", index, "contract"), "unknown_contract", f"there is no contract {resource.contract!r}", remedy)
            continue
        rules = resource.rules()
        yield from _fields(toml, index, contract, rules, resource)
        for name, rule in rules.items():
            if name in contract.properties:
                yield from _rule(toml, ("resource", index, "map", name), contract, name, rule, world)


def _fields(toml: Toml, index: int, contract: Contract, rules: Mapping[str, MapRule], resource: Resource) -> Iterable[Problem]:
    for place, names in (("map", rules), ("push", resource.push)):
        for name in names:
            if name not in contract.properties:
                near = get_close_matches(name, contract.properties, 1)
                remedy = f"Did you mean {near[0]!r}?" if near else f"{contract.name} has: {', '.join(contract.properties)}."
                yield toml.problem(("resource", index, place, name), "unknown_field", f"{contract.name} has no field {name!r}", remedy)
    for name in contract.key:
        if name not in rules:
            yield toml.problem(("resource", index, "map"), "key_not_mapped", f"the key field {name!r} is not mapped", f"Add {name} to the map.")
    for name in resource.push:
        if name in contract.properties and name not in rules:
            yield toml.problem(("resource", index, "push", name), "push_not_mapped", f"{name!r} is pushed but not mapped", f"Map {name} too.")


def _rule(toml: Toml, where: tuple[str | int, ...], contract: Contract, name: str, rule: MapRule, world: World) -> Iterable[Problem]:
    prop = contract.properties[name]
    listed = rule.code or ((prop.semantic or "").removeprefix("code:") if (prop.semantic or "").startswith("code:") else None)
    if listed is not None and listed not in world.lists.codes:
        near = get_close_matches(listed, world.lists.codes, 1)
        remedy = f"Did you mean {near[0]!r}?" if near else f"Write codes/{listed}.csv."
        yield toml.problem(where, "unknown_code_list", f"there is no code list {listed!r}", remedy)
    if rule.format is not None:
        try:
            pattern(rule.format)
        except ValueError as error:
            yield toml.problem(where, "format", f"the format of {name} cannot be used: {error}", "Write it like %d/%m/%Y.")
