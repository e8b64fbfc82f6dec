"""A city folder read as a whole: every problem of every file at once, or a Catalog."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from app.adapter.egress import Network
from app.adapter.loading import World, build
from app.adapter.problem import Toml
from app.adapter.reading import judged
from app.adapter.secret import Secrets
from app.adapter.source import Source
from app.catalog.catalog import Catalog, System
from app.catalog.city import CityFile
from app.contract import builtin, reading
from app.contract.contract import Contract
from app.contract.convert import Lists
from app.contract.lists import city_lists
from app.errors import CityError, Problem

Found = TypeVar("Found")
OF_LISTS = frozenset({"unknown_code_list", "codes", "const"})
"""What cannot be judged while a code list is broken."""


def read(folder: Path, *, secrets: Secrets, ceiling: tuple[Network, ...] = ()) -> Catalog:
    """Raises CityError with every problem, by file and line; the gateway does not start on a broken city."""
    return _Folder(folder, secrets, ceiling).catalog()


class _Folder:
    def __init__(self, folder: Path, secrets: Secrets, ceiling: tuple[Network, ...]) -> None:
        self.folder, self.secrets, self.ceiling = folder, secrets, ceiling
        self.problems: list[Problem] = []

    def catalog(self) -> Catalog:
        city = self._kept(self._city)
        zone = city.city.zone if city is not None else ZoneInfo("UTC")
        lists = self._kept(lambda: city_lists(self.folder / "codes", zone, shown="codes"))
        contracts = self._contracts(lists)
        # Where a list is broken, the systems are still read, against the shipped lists, so that all is told at once.
        known = lists or city_lists(self.folder / "nowhere", zone)
        broken = {path.name.removesuffix(".odcs.yaml") for path in (self.folder / "contracts").glob("*.yaml")} - set(contracts)
        systems = self._systems(World(contracts, known, self.secrets, self.ceiling, frozenset(broken), self.folder), city)
        self._precedence(contracts, systems)
        if lists is None:
            self.problems = [problem for problem in self.problems if problem.code not in OF_LISTS]
        if self.problems or city is None or lists is None:
            raise CityError(sorted(set(self.problems)))
        return Catalog(
            folder=self.folder,
            city=city.city,
            organisations={one.id: one for one in city.organisation},
            smartcity=city.smartcity,
            contracts=contracts,
            lists=lists,
            systems=systems,
            sources={name: _ordered(contract, systems) for name, contract in contracts.items()},
        )

    def _kept(self, read_it: Callable[[], Found]) -> Found | None:
        try:
            return read_it()
        except CityError as error:
            self.problems += error.problems
            return None

    def _city(self) -> CityFile | None:
        toml = Toml(self.folder / "city.toml", "city.toml")
        made = toml.model(CityFile, toml.content, problems=self.problems)
        seen: set[str] = set()
        for index, one in enumerate(made.organisation if made else ()):
            if one.id in seen:
                where = ("organisation", index, "id")
                self.problems.append(toml.problem(where, "duplicate", f"the organisation {one.id!r} stands twice", "Keep one of them."))
            seen.add(one.id)
        for index, team in enumerate(made.smartcity.team if made and made.smartcity else ()):
            for name in (team.lead, *team.members):
                if name not in seen:
                    meaning = f"the team {team.dimension} names {name!r}, which is no organisation"
                    remedy = "Add it, or mend the name."
                    self.problems.append(toml.problem(("smartcity", "team", index), "unknown_organisation", meaning, remedy))
        return made

    def _contracts(self, lists: Lists | None) -> dict[str, Contract]:
        found: dict[str, Contract] = {}
        for path in sorted((self.folder / "contracts").glob("*.yaml")):
            shown = f"contracts/{path.name}"
            contract = self._kept(lambda path=path, shown=shown: reading.read(path, shown=shown))  # type: ignore[misc]
            if contract is None:
                continue
            found[contract.name] = contract
            if contract.name in builtin.contracts():
                meaning, remedy = f"the product itself has a contract {contract.name!r}", "Give yours another name."
                self.problems.append(Problem(shown, 1, "reserved_name", meaning, remedy))
            for prop in contract.properties.values():
                listed = (prop.semantic or "").removeprefix("code:")
                if lists is not None and listed != (prop.semantic or "") and listed not in lists.codes:
                    meaning = f"{prop.name} names the code list {listed!r}, which does not exist"
                    self.problems.append(Problem(shown, 1, "unknown_code_list", meaning, f"Write codes/{listed}.csv."))
        return found

    def _systems(self, world: World, city: CityFile | None) -> dict[str, System]:
        organisations = {one.id for one in city.organisation} if city else None
        found: dict[str, System] = {}
        for path in sorted((self.folder / "systems").glob("*.toml")):
            system = self._kept(lambda path=path: self._system(path, world, organisations))  # type: ignore[misc]
            if system is not None:
                found[system.manifest.id] = system
        return found

    def _system(self, path: Path, world: World, organisations: set[str] | None) -> System:
        manifest, toml, problems = judged(path, shown=f"systems/{path.name}")
        if manifest is None:
            raise CityError(problems)
        self.problems += problems
        if organisations is not None and manifest.organisation not in organisations:
            meaning = f"the organisation {manifest.organisation!r} is not in city.toml"
            self.problems.append(toml.problem(("id",), "unknown_organisation", meaning, "Add it there, or mend the id."))
        return System(manifest, tuple(build(manifest, toml, world)))

    def _precedence(self, contracts: Mapping[str, Contract], systems: Mapping[str, System]) -> None:
        """Precedence may name a system that is gone: removing one is deleting its file. A required one may not be missing unnoticed."""
        files = {path.stem for path in (self.folder / "systems").glob("*.toml")}
        for contract in contracts.values():
            fed = any(source.contract == contract.name for system in systems.values() for source in system.sources)
            for name in contract.required_systems if fed else ():
                if name not in files:
                    meaning = f"titian.required names {name!r}, which is no system"
                    self.problems.append(Problem(contract.file, 1, "unknown_system", meaning, "Mend the name or remove it."))


def _ordered(contract: Contract, systems: Mapping[str, System]) -> tuple[Source, ...]:
    sources = [source for system in systems.values() for source in system.sources if source.contract == contract.name]
    rank = {name: index for index, name in enumerate(contract.sources)}
    return tuple(sorted(sources, key=lambda source: (rank.get(source.system, len(rank)), source.system)))
