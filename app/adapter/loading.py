"""From a manifest to sources: find the kind, read its own models, build, check; every problem with its line."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from app.adapter.asking import unwalkable
from app.adapter.egress import Network, forbidden
from app.adapter.fit import Fit, meant
from app.adapter.logins import misfits
from app.adapter.manifest import Connection, Manifest, Resource, ResponseRule, Web
from app.adapter.mapping import MapLens
from app.adapter.problem import Toml
from app.adapter.protocol import Adapter
from app.adapter.secret import REFERENCE, Secrets, leaves
from app.adapter.source import Source
from app.contract.contract import Contract
from app.contract.convert import Lists
from app.errors import CityError, Problem

KIND = re.compile(r"[a-z][a-z_]*")


class Kind(Protocol):
    """What a file of `adapters/` offers: two models and a way to build.

    A kind with `CELLS = True` reads whole files of cells: nothing is walked or filtered at the source, and a number may stand for text.
    One with `NARROWS = True` brings only the columns that a question names.
    `completed(resource, key)`, where a kind has it, gives the resource with what follows from the contract's key, or raises ValueError.
    One with `BY_PARAM = True` asks for pages and an order by the parameters that the file names: what cannot be asked so is refused.
    The records of a kind with `KEPT = True` lie in the gateway's own store."""

    Connection: type[Connection]
    Read: type[Any]

    @staticmethod
    def opened(system: str, connection: Any, *, ceiling: tuple[Network, ...], folder: Path) -> Any:
        """The one way out of the gateway to this system, shared by its resources. No connection is made before the first question.

        `folder` is the city's: paths of a system's file begin there."""

    @staticmethod
    def build(way: Any, read: Any, *, resource: Resource, responses: tuple[ResponseRule, ...]) -> Adapter:
        """One resource, ready to be asked."""


@dataclass(frozen=True, slots=True)
class World:
    """What a system is checked against; `broken` names contracts whose own problems are told already."""

    contracts: Mapping[str, Contract]
    lists: Lists
    secrets: Secrets
    ceiling: tuple[Network, ...] = ()
    broken: frozenset[str] = frozenset()
    folder: Path = Path()


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
    problems: list[Problem] = []
    kind = _kind(manifest, toml, problems)
    if getattr(kind, "KEPT", False):
        manifest = _named(manifest, world)
    problems += _mapped(manifest, toml, world)
    problems += _unheard(manifest, toml, kind)
    connection = _connection(manifest, toml, kind, world, problems) if kind is not None else None
    problems += _unwalkable(manifest, toml) if getattr(kind, "BY_PARAM", False) else ()
    reads = [_read(toml, kind, resource, index, world, problems) for index, resource in enumerate(manifest.resource)] if kind is not None else []
    resources = [_completed(toml, kind, resource, index, world, problems) for index, resource in enumerate(manifest.resource)]
    if problems or kind is None or connection is None:
        raise CityError(problems)
    way = kind.opened(manifest.id, connection, ceiling=world.ceiling, folder=world.folder)
    return [
        Source(
            system=manifest.id,
            organisation=manifest.organisation,
            contract=resource.contract,
            adapter=kind.build(way, read, resource=resource, responses=manifest.responses),
            lens=MapLens(resource, world.contracts[resource.contract], world.lists, cells=_of_cells(kind), narrow=getattr(kind, "NARROWS", False)),
            scan=resource.scan,
            timeout=connection.timeout,
        )
        for resource, read in zip(resources, reads, strict=True)
        if resource.contract in world.contracts
    ]


def _named(manifest: Manifest, world: World) -> Manifest:
    """An empty map of what the city keeps itself is the contract's own names."""

    def named(resource: Resource) -> Resource:
        contract = world.contracts.get(resource.contract)
        return resource if resource.map or contract is None else resource.model_copy(update={"map": {name: name for name in contract.properties}})

    return manifest.model_copy(update={"resource": tuple(named(resource) for resource in manifest.resource)})


def _kind(manifest: Manifest, toml: Toml, problems: list[Problem]) -> Any:
    try:
        return find(manifest.kind)
    except LookupError:
        remedy = meant(manifest.kind, kinds(), f"Installed: {', '.join(kinds())}.")
        problems.append(toml.problem(("kind",), "unknown_kind", f"there is no kind {manifest.kind!r}", remedy))
    except ModuleNotFoundError as error:
        remedy = f"pip install 'titian[{manifest.kind}]'"
        problems.append(toml.problem(("kind",), "missing_library", f"the kind {manifest.kind!r} needs {error.name}", remedy))
    return None


def _of_cells(kind: Any) -> bool:
    return getattr(kind, "CELLS", False)


def _unwalkable(manifest: Manifest, toml: Toml) -> Iterable[Problem]:
    for index, resource in enumerate(manifest.resource):
        yield from unwalkable(resource, partial(_within, toml, index))


def _within(toml: Toml, index: int, where: tuple[str | int, ...], *said: str) -> Problem:
    return toml.problem(("resource", index, *where), *said)


def _unheard(manifest: Manifest, toml: Toml, kind: Any) -> Iterable[Problem]:
    """What is said of answers over HTTP means nothing to a kind that gets none."""
    if manifest.responses and kind is not None and (_of_cells(kind) or not issubclass(kind.Connection, Web)):
        yield toml.problem(("responses", 0), "idle_word", f"responses means nothing for the kind {manifest.kind}", "Remove it.")
    yield from _idle(manifest, toml) if _of_cells(kind) else ()


def _idle(manifest: Manifest, toml: Toml) -> Iterable[Problem]:
    """What is said to a source that answers questions means nothing to a file that is read whole."""
    for index, resource in enumerate(manifest.resource):
        if resource.page.style != "none":
            meaning = f"page means nothing for the kind {manifest.kind}: the file is read whole"
            yield toml.problem(("resource", index, "page"), "idle_word", meaning, "Remove [resource.page].")
        if resource.push:
            meaning = f"push means nothing for the kind {manifest.kind}: a file filters nothing"
            yield toml.problem(("resource", index, "push"), "idle_word", meaning, "Remove [resource.push]; every filter is tested here.")
        if resource.sort is not None and resource.sort.fields:
            meaning = f"sort.fields means nothing for the kind {manifest.kind}: a file sorts nothing"
            yield toml.problem(("resource", index, "sort"), "idle_word", meaning, "Remove sort.fields; every order is made here.")
        if resource.fields is not None:
            meaning = f"fields means nothing for the kind {manifest.kind}: the file is read whole"
            yield toml.problem(("resource", index, "fields"), "idle_word", meaning, "Remove [resource.fields].")


def _connection(manifest: Manifest, toml: Toml, kind: Any, world: World, problems: list[Problem]) -> Any:
    problems += _unknown_secrets(manifest, toml, world.secrets)
    resolved = world.secrets.resolved(manifest.connection)
    connection = toml.model(kind.Connection, resolved, at=("connection",), problems=problems)
    if connection is not None:
        meanings = forbidden(connection, world.ceiling)
        if isinstance(connection, Web) and not meanings:
            problems += misfits(connection, world.ceiling, toml)
        for meaning in meanings:
            remedy = 'Name the range the application lives in: networks = ["10.10.0.0/16"]; TITIAN_NETWORKS is the ceiling.'
            problems.append(toml.problem(("connection", "networks"), "networks", meaning, remedy))
    return connection


def _unknown_secrets(manifest: Manifest, toml: Toml, secrets: Secrets) -> Iterable[Problem]:
    missing = secrets.missing(manifest.connection)
    for where, value in leaves(manifest.connection, ("connection",)):
        for name in REFERENCE.findall(value) if isinstance(value, str) else ():
            if name in missing:
                missing.remove(name)
                yield toml.problem(where, "unknown_secret", f"${name} is not known", f"Put {name}=… into TITIAN_SECRETS or the environment.")


def _read(toml: Toml, kind: Any, resource: Resource, index: int, world: World, problems: list[Problem]) -> Any:
    where = ("resource", index, "read")
    read = toml.model(kind.Read, resource.read, at=where, problems=problems)
    contract = world.contracts.get(resource.contract)
    for name in getattr(read, "key_fields", ()):
        if contract is not None and name not in contract.key:
            remedy = f"The key of {contract.name} is: {', '.join(contract.key)}."
            problems.append(toml.problem((*where, "get"), "not_a_key_field", f"{{{name}}} is not a key field", remedy))
    return read


def _completed(toml: Toml, kind: Any, resource: Resource, index: int, world: World, problems: list[Problem]) -> Resource:
    """A kind may fill in what follows from the key of the contract, and say what it cannot read so."""
    contract, complete = world.contracts.get(resource.contract), getattr(kind, "completed", None)
    if complete is None or contract is None:
        return resource
    try:
        completed: Resource = complete(resource, contract.key)
    except ValueError as error:
        problems.append(toml.problem(("resource", index, "page"), "page", str(error), f"See docs/reference/kinds/{kind.__name__[9:]}.md."))
        return resource
    return completed


def _mapped(manifest: Manifest, toml: Toml, world: World) -> Iterable[Problem]:
    seen: set[str] = set()
    for index, resource in enumerate(manifest.resource):
        where = ("resource", index, "contract")
        contract = world.contracts.get(resource.contract)
        if contract is None and resource.contract in world.broken:
            continue
        if contract is None:
            remedy = meant(resource.contract, world.contracts, f"There are: {', '.join(sorted(world.contracts))}.")
            yield toml.problem(where, "unknown_contract", f"there is no contract {resource.contract!r}", remedy)
            continue
        if contract.name in seen:
            remedy = "Write one [[resource]] for a contract; a second source of it is a system of its own."
            yield toml.problem(where, "duplicate", f"this system feeds {contract.name} twice", remedy)
        seen.add(contract.name)
        yield from Fit(toml, index, resource, contract, world.lists).problems()
