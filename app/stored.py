"""The store put together with the catalogue: what the city keeps itself stands in the place of the sources that it was taken from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import blake2b

from app.adapter.manifest import Resource
from app.adapter.protocol import Page, Raw
from app.adapter.source import Source
from app.adapter.token import SECONDS
from app.catalog.catalog import Catalog
from app.contract.contract import Contract
from app.db import Database
from app.errors import CityError, Problem
from app.exchange.call import Reading, Rejected
from app.exchange.fetch import fetched
from app.exchange.shape import Note, Shape
from app.store.form import Form, Judged
from app.store.harvest import Harvest
from app.store.intake import Intake
from app.store.keeper import Keeper
from app.store.lens import StoreLens
from app.store.replica import Replica, Shelf
from app.store.widening import widened

KEPT = "table"
DAILY = "1d"


class Stored:
    """`catalog` is the one to ask: its replicas and tables answer out of the store. `spread` is the key of the order of masked keys."""

    def __init__(self, catalog: Catalog, database: Database, *, spread: bytes, note: Note) -> None:
        self._database, self._spread, self._note = database, spread, note
        self.harvests: list[Harvest] = []
        self.intakes: list[Intake] = []
        self._prints: list[tuple[Shelf, str]] = []
        asked = {}
        for system in catalog.systems.values():
            for source in system.sources:
                resource = next(one for one in system.manifest.resource if one.contract == source.contract)
                if system.manifest.kind == KEPT or resource.mode == "replica":
                    contract = catalog.contracts[source.contract]
                    asked[source.system, source.contract] = self._shelved(source, resource, contract, kept=system.manifest.kind == KEPT)
        sources = {name: tuple(asked.get((source.system, source.contract), source) for source in there) for name, there in catalog.sources.items()}
        self.catalog = replace(catalog, sources=sources)
        self.keeper = Keeper(database, [shelf for shelf, _ in self._prints], self.harvests)

    def prepare(self) -> None:
        """Brings tables to what their contracts say now; raises CityError with all that cannot be."""
        problems: list[Problem] = []
        for shelf, fingerprint in self._prints:
            try:
                widened(shelf, fingerprint)
            except CityError as error:
                problems += error.problems
        if problems:
            raise CityError(problems)

    def copies(self, system: str, contract: str | None = None) -> list[Harvest]:
        """Of one system, or of one contract of it; raises CityError where there is none."""
        found = [one for one in self.harvests if one.shelf.system == system and contract in (None, one.shelf.contract)]
        if not found:
            known = ", ".join(dict.fromkeys(one.shelf.system for one in self.harvests)) or "none"
            raise CityError([Problem(system, 1, "no_replica", "nothing of it is copied", f'Write mode = "replica". There are: {known}.')])
        return found

    def table(self, contract: str, system: str | None = None) -> Intake:
        """The one table of a contract, or that of a system; raises CityError where it is none or several."""
        found = [one for one in self.intakes if one.shelf.contract == contract and system in (None, one.shelf.system)]
        if len(found) != 1:
            known = ", ".join(f"{one.shelf.contract} --system {one.shelf.system}" for one in self.intakes) or "none"
            raise CityError([Problem(contract, 1, "no_table", "this names no one table", f'Write a system with kind = "table". There are: {known}.')])
        return found[0]

    def _shelved(self, source: Source, resource: Resource, contract: Contract, *, kept: bool) -> Source:
        form = Form(contract, self._database.engine.dialect.name, self._spread)
        promised = None if kept else seconds(resource.refresh or DAILY)
        shelf = Shelf(self._database, source.system, form, promised, kept)
        judge, fingerprint = judged(contract, source, self._note), printed(contract, resource)
        if promised is None:
            required = tuple(name for name in contract.required if source.lens.columns(frozenset((name,))))
            self.intakes.append(Intake(shelf, heads(contract, source), required, fingerprint, judge))
        else:
            self.harvests.append(Harvest(shelf, promised, fingerprint, lambda: fetched(source).pages(Reading()), judge))
        self._prints.append((shelf, fingerprint))
        return replace(source, adapter=Replica(shelf), lens=StoreLens(form), noted=True)


def judged(contract: Contract, source: Source, note: Note) -> Callable[[Sequence[Raw]], list[Judged]]:
    """What the exchange makes of rows; every finding is noted."""
    shape = Shape(contract, source, note)

    def judge(rows: Sequence[Raw]) -> list[Judged]:
        return [Judged(row.values, row.flaws, isinstance(row, Rejected)) for row in shape.page(Page(list(rows))).rows]

    return judge


def heads(contract: Contract, source: Source) -> tuple[tuple[str, str], ...]:
    """What may head a column of a file, and the column of the source's map that it means: the column itself, the field, its title."""
    columns = {name: source.lens.columns(frozenset((name,))) for name in contract.properties}
    single = {name: there[0] for name, there in columns.items() if len(there) == 1}
    plain = [(column, column) for there in columns.values() for column in there]
    titled = [(contract.properties[name].title, column) for name, column in single.items() if contract.properties[name].title]
    return tuple(dict([*titled, *single.items(), *plain]).items())


def printed(contract: Contract, resource: Resource) -> str:
    """Of everything in the city's files that decides what a row becomes."""
    text = f"{[*contract.properties.values()]}{contract.key}{resource.model_dump_json()}"
    return blake2b(text.encode(), digest_size=16).hexdigest()


def seconds(text: str) -> float:
    """Of "6h"."""
    return float(int(text[:-1]) * SECONDS[text[-1]])
