"""What the command line does without a running gateway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.adapter.loading import World
from app.adapter.reading import judged
from app.adapter.secret import Secrets
from app.catalog import Catalog
from app.clock import now
from app.conformance.check import Report
from app.conformance.first import first_records
from app.conformance.grading import graded
from app.errors import CityError, Problem
from app.exchange import application
from app.exchange.access import explained
from app.exchange.permit import Permits
from app.main import catalog_of, ceiling, checked, database_of
from app.quality.finding import Findings
from app.quality.reason import reason
from app.settings import Settings
from app.store.harvest import Ended, Tell
from app.store.intake import Taken
from app.stored import Stored
from app.trust.keys import Keys
from app.trust.registry import Registry


async def grades(settings: Settings, systems: tuple[str, ...] = ()) -> list[Report]:
    """The systems of a city (those named, else all) graded by asking them; raises CityError where a file is wrong or a name unknown."""
    catalog = catalog_of(settings)
    unknown = [name for name in systems if name not in catalog.systems]
    if unknown:
        remedy = f"There are: {', '.join(catalog.systems)}."
        raise CityError([Problem(name, 1, "unknown_system", "there is no system of this id", remedy) for name in unknown])
    world = World(catalog.contracts, catalog.lists, Secrets.read(settings.secrets), ceiling(settings), folder=settings.city)
    found = [judged(settings.city / "systems" / f"{name}.toml") for name in systems or catalog.systems]
    return [await graded(manifest, toml, world) for manifest, toml, _ in found if manifest is not None]


async def tried(settings: Settings, system: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """What one system says first: per contract five canonical records, what is personal masked; raises CityError and SourceError."""
    catalog = catalog_of(settings)
    if system not in catalog.systems:
        raise CityError([Problem(system, 1, "unknown_system", "there is no system of this id", f"There are: {', '.join(catalog.systems)}.")])
    try:
        return [(source.contract, await first_records(source, catalog.contracts[source.contract])) for source in catalog.systems[system].sources]
    finally:
        await catalog.close()


def explained_to(settings: Settings, client: str, contract: str) -> dict[str, Any]:
    """What one client may do with one contract and why, without starting a gateway; raises CityError where either is unknown."""
    catalog, database = application.added(checked(settings)[0], list), database_of(settings)
    registry = Registry(database, contracts=catalog.contracts)
    registry.refresh()
    found = registry.client(client)
    database.close()
    if found is None:
        raise CityError([Problem(client, 1, "unknown_client", "There is no active client of this id", "titian client list shows them.")])
    if contract not in catalog.published:
        remedy = f"Published: {', '.join(catalog.published)}."
        raise CityError([Problem(contract, 1, "unknown_contract", "There is no published contract of this name", remedy)])
    permits = Permits(catalog.published[contract], catalog.sources[contract], catalog.lists.regions)
    day = now().astimezone(catalog.city.zone).date()
    return {"client": client, **explained(permits, found.organisation, registry.known(found.organisation, contract), day)}


@contextmanager
def store_of(settings: Settings, catalog: Catalog, *, noting: bool = True) -> Iterator[Stored]:
    """The store without a gateway; what is wrong with rows is noted, or not."""
    database, keys = database_of(settings), Keys.open(settings.keys)
    findings = Findings(database, keys.secret("finding"))
    try:
        yield Stored(catalog, database, spread=keys.secret("spread"), note=findings.note)
    finally:
        if noting:
            findings.flush()
        database.close()


def migrated(settings: Settings) -> None:
    """The database to head, tables of contracts included; raises CityError where that would lose records."""
    with store_of(settings, checked(settings)[0]) as stored:
        stored.prepare()


async def harvested(settings: Settings, system: str, contract: str | None, *, accept_shrink: bool, tell: Tell) -> list[Ended]:
    """The copies of one system, renewed now; raises CityError where it has none."""
    catalog = catalog_of(settings)
    try:
        with store_of(settings, catalog) as stored:
            stored.prepare()
            return [await one.run(accept_shrink=accept_shrink, tell=tell) for one in stored.copies(system, contract)]
    finally:
        await catalog.close()


async def imported(settings: Settings, contract: str, file: Path, *, system: str | None, replace: bool, dry: bool) -> Taken:
    """What a file brings into the table of a contract, or would bring; raises CityError."""
    with store_of(settings, checked(settings)[0], noting=not dry) as stored:
        return await stored.table(contract, system).take(file, replace=replace, dry=dry)


def reasons(field: str, rule: str) -> str:
    """Why a row was rejected, for people."""
    found = reason(rule)
    return f"{field}: {found.id}. / {found.en}." if field else f"{found.id}. / {found.en}."
