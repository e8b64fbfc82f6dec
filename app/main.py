"""The composition root: the only module that knows every part and puts them together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib.metadata import version
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

import migrations
from app.adapter.egress import Network
from app.adapter.reading import connection_of
from app.adapter.secret import Secrets
from app.api.envelope import Envelope
from app.api.frame import create_api
from app.api.guard import Guard
from app.api.metric import Metrics
from app.api.parts import Parts
from app.api.records import App, Published, Records, routes
from app.api.strict_json import loads
from app.catalog import Catalog, read
from app.clock import epoch, now, stamp
from app.contract.contract import Contract
from app.db import Database
from app.errors import CityError, Problem
from app.exchange import application
from app.exchange.access import explained
from app.exchange.call import NOBODY
from app.exchange.cursor import Cursors
from app.exchange.identity import ulid
from app.exchange.permit import Permits, Reach, reach
from app.exchange.pipeline import Means, contract_ring
from app.exchange.quota import Counters
from app.exchange.state import States
from app.ledger.ledger import Ledger, head
from app.quality.finding import Findings
from app.quality.reason import reason
from app.settings import Settings
from app.store.harvest import Ended, Tell
from app.store.intake import Taken
from app.stored import Stored
from app.trust.issuer import Issuer
from app.trust.keys import Keys
from app.trust.pseudonym import Desk
from app.trust.registry import Registry
from app.trust.verifier import Verifier

log = structlog.get_logger("titian")
REFRESH = 1.0
"""Seconds between two looks at who is a client and which agreements hold."""
HEAD = 60
"""Looks between two log lines with the signed head of the ledger."""


def catalog_of(settings: Settings) -> Catalog:
    """The city folder, read and checked; raises CityError with every problem."""
    return read(settings.city, secrets=Secrets.read(settings.secrets), ceiling=_ceiling(settings))


def checked(settings: Settings) -> tuple[Catalog, list[str]]:
    """The city folder without its secrets: the files alone are judged. Tells the names of secrets that nobody knows yet."""
    secrets = Secrets.read(settings.secrets)
    needed = [connection_of(path) for path in sorted((settings.city / "systems").glob("*.toml"))]
    return read(settings.city, secrets=secrets.supposed(needed), ceiling=_ceiling(settings)), secrets.missing(needed)


def _ceiling(settings: Settings) -> tuple[Network, ...]:
    return tuple(ip_network(text.strip()) for text in settings.networks.split(",") if text.strip())


def database_of(settings: Settings) -> Database:
    """Our database, brought to head; raises CityError where it cannot be opened."""
    database = Database(settings.database_url)
    try:
        migrations.upgrade(database.engine)
    except SQLAlchemyError as error:
        raise database.unusable(error) from None
    return database


class Gateway:
    """One running gateway: everything that is opened at start and closed at the end."""

    ledger_class = Ledger

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        catalog = catalog_of(settings)
        self.states = States([*catalog.systems, application.SYSTEM])
        self.catalog = application.added(catalog, self.states.shown)
        self.database = database_of(settings)
        self.keys = Keys.open(settings.keys)
        self.registry = Registry(self.database, contracts=self.catalog.contracts)
        self.registry.refresh()
        named = {"issuer": settings.public_url, "audience": settings.public_url}
        self.verifier = Verifier(self.keys, self.registry, **named)
        self.issuer = Issuer(self.keys, self.registry, **named)
        secret = self.keys.secret
        self.ledger = self.ledger_class(self.database, sign=self.keys.ledger_sign, receipt_key=secret("receipt"), subject_key=secret("subject"))
        self.findings = Findings(self.database, secret("finding"))
        self.stored = Stored(self.catalog, self.database, spread=secret("spread"), note=self.findings.note)
        self.stored.prepare()
        self.catalog = self.stored.catalog
        self.metrics = Metrics(self._gauges)
        self.cursors = Cursors(secret("cursor"))
        self.desk = Desk(secret("mask"))
        self.published = self.catalog.published
        self.permits = {name: Permits(contract, self.catalog.sources[name], self.catalog.lists.regions) for name, contract in self.published.items()}
        self.table = self._table()
        self.started = now()

    def _table(self) -> dict[str, Published]:
        envelope = Envelope(self.settings.public_url, self.cursors.seal)
        zone = self.catalog.city.zone
        means = Means(
            caller_of=self.verifier.caller,
            agreements=self.registry.agreements,
            cipher_of=self.desk.of,
            quotas=self.registry.quota,
            counters=Counters(zone, self.ledger.used()),
            book=self.ledger,
            render=envelope.answer,
            refuse=envelope.refusal,
            note=self.findings.note,
            cursors=self.cursors,
            loads=loads,
            now=now,
            zone=zone,
            met=self.states.met,
        )
        lists, sources = self.catalog.lists, self.catalog.sources
        return routes(
            (contract, contract_ring(contract, sources[name], self.permits[name], lists=lists, means=means))
            for name, contract in self.published.items()
        )

    def _gauges(self) -> dict[str, float]:
        return {
            "registry_age_seconds": self.registry.age,
            "ledger_batches": self.ledger.batches,
            "ledger_lost": self.ledger.lost,
            "ledger_waiting": self.ledger.waiting,
            "findings_dropped": self.findings.dropped,
        }

    def reach(self, token: str) -> Mapping[str, Reach]:
        """What the bearer of a token may do with each contract that is for it; raises UnknownCaller."""
        organisation = self.verifier.caller(token).organisation
        day = now().astimezone(self.catalog.city.zone).date()
        found = {name: reach(permits, organisation, self.registry.agreements(organisation, name, day)) for name, permits in self.permits.items()}
        return {name: one for name, one in found.items() if any(one)}

    def access(self, token: str | None, contract: str) -> dict[str, Any]:
        """What the bearer of a token, or a stranger, may do with one contract and why; raises UnknownCaller."""
        caller = NOBODY if token is None else self.verifier.caller(token)
        day = now().astimezone(self.catalog.city.zone).date()
        known = self.registry.known(caller.organisation, contract)
        return {"client": caller.client or None, **explained(self.permits[contract], caller.organisation, known, day)}

    def codes(self, contract: Contract) -> dict[str, list[str]]:
        """The codes of every list that the contract names."""
        named = ((prop.semantic or "").removeprefix("code:") for prop in contract.properties.values())
        return {name: list(self.catalog.lists.codes[name].codes) for name in named if name in self.catalog.lists.codes}

    async def ready(self) -> dict[str, bool]:
        """Each part without which nothing can be answered."""
        return {
            "database": await asyncio.to_thread(self._database_answers),
            "keys": True,
            "city": bool(self.catalog.systems),
            "evidence": not self.ledger.failing,
        }

    def _database_answers(self) -> bool:
        try:
            self.registry.refresh()
        except SQLAlchemyError:
            return False
        return True

    def status(self) -> dict[str, Any]:
        """For people: the gateway and each source as it was last met."""
        city = self.catalog.city
        return {
            "status": "ok",
            "version": version("titian"),
            "city": {"id": city.id, "name": city.name, "region": city.region},
            "started": stamp(self.started),
            "contracts": list(self.published),
            "systems": self.states.shown(),
            "store": self.stored.keeper.shown(),
        }

    def _looked(self) -> bool:
        self.keys.tokens.refresh()
        return self._database_answers()

    async def tend(self) -> None:
        """Looks every second at who may ask and which keys sign; logs the signed head every minute."""
        for beat in range(1, 2**62):
            await asyncio.sleep(REFRESH)
            if not await asyncio.to_thread(self._looked):
                log.warning("registry_not_refreshed", age=round(self.registry.age))
            elif beat % HEAD == 0:
                await asyncio.to_thread(self._tell_head)

    def _tell_head(self) -> None:
        with suppress(SQLAlchemyError):
            found = head(self.database)
            if found is not None:
                log.info("ledger_head", **found.shown())

    @asynccontextmanager
    async def running(self, _app: FastAPI) -> AsyncIterator[None]:
        self.ledger.start()
        self.findings.start()
        tasks = [asyncio.create_task(self.tend()), asyncio.create_task(self.stored.keeper.run())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.ledger.stop()
            await asyncio.to_thread(self.findings.stop)
            await self.catalog.close()
            self.database.close()

    def parts(self) -> Parts:
        city = self.catalog.city
        return Parts(
            public_url=self.settings.public_url,
            city=city.name,
            contact=city.contact,
            version=version("titian"),
            contracts=lambda: self.published,
            codes=self.codes,
            authenticate=self.issuer.authenticate,
            issue=self.issuer.token,
            revoke=self.issuer.revoke,
            introspect=self.issuer.introspect,
            metadata=self.issuer.metadata,
            jwks=self.keys.jwks,
            reach=self.reach,
            access=self.access,
            ready=self.ready,
            status=self.status,
            metrics=self.metrics.text,
            lifespan=self.running,
        )


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


def create_app(settings: Settings) -> App:
    """The whole gateway as one ASGI application; raises CityError where the city is broken."""
    return app_of(Gateway(settings))


def app_of(gateway: Gateway) -> App:
    """The guard, the data routes, the frame: in this order."""
    url = gateway.settings.public_url
    frame = create_api(gateway.parts())
    new_id: Callable[[], str] = lambda: ulid(epoch())  # noqa: E731 - a name for what is handed in
    records = Records(frame, lambda: gateway.table, new_id=new_id, observe=gateway.metrics.observe, public_url=url)
    return Guard(records, public_url=url)
