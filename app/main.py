"""The composition root: the only module that knows every part and puts them together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from ipaddress import ip_network
from typing import Any, NamedTuple

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
from app.api.problems import language
from app.api.records import App, Published, Records, routes
from app.api.strict_json import loads
from app.catalog import Catalog, read
from app.clock import epoch, now, stamp
from app.contract.contract import Contract
from app.db import Database
from app.errors import CityError, plain
from app.exchange import application
from app.exchange.access import explained
from app.exchange.call import NOBODY
from app.exchange.cursor import Cursors
from app.exchange.flight import Flight
from app.exchange.identity import ulid
from app.exchange.permit import Permits, Reach, reach
from app.exchange.pipeline import Means, contract_ring
from app.exchange.quota import Counters, window
from app.exchange.shared_quota import Shared
from app.exchange.state import States
from app.ledger.ledger import Ledger, head
from app.portal.board import Board
from app.portal.overview import Place, board
from app.portal.route import router
from app.quality.finding import Findings
from app.settings import Settings
from app.stored import Stored
from app.trust.issuer import Issuer
from app.trust.keys import Keys
from app.trust.pseudonym import Desk
from app.trust.registry import Registry
from app.trust.verifier import Verifier

log = structlog.get_logger("titian")
REFRESH = 1.0
"""Seconds between two looks at who is a client, which agreements hold and what their quotas have left."""
TOLD = 5
"""Problems of a city that one line of the log names."""
HEAD = 60
"""Looks between two log lines with the signed head of the ledger."""


def catalog_of(settings: Settings) -> Catalog:
    """The city folder, read and checked; raises CityError with every problem."""
    return read(settings.city, secrets=Secrets.read(settings.secrets), ceiling=ceiling(settings))


def read_again(settings: Settings) -> Catalog | None:
    """The city folder, read while a gateway serves: None where it cannot be taken, and one line of the log says why."""
    try:
        return catalog_of(settings)
    except CityError as error:
        told = [plain(f"{problem.file}:{problem.line}: {problem.code}") for problem in error.problems]
        log.warning("city_not_reloaded", problems=told[:TOLD], more=max(0, len(told) - TOLD))
    except Exception as fault:  # noqa: BLE001 - whatever a new file does to its kind, what serves goes on serving
        log.warning("city_not_reloaded", fault=type(fault).__name__)
    return None


def checked(settings: Settings) -> tuple[Catalog, list[str]]:
    """The city folder without its secrets: the files alone are judged. Tells the names of secrets that nobody knows yet."""
    secrets = Secrets.read(settings.secrets)
    needed = [connection_of(path) for path in sorted((settings.city / "systems").glob("*.toml"))]
    return read(settings.city, secrets=secrets.supposed(needed), ceiling=ceiling(settings)), secrets.missing(needed)


def ceiling(settings: Settings) -> tuple[Network, ...]:
    return tuple(ip_network(text.strip()) for text in settings.networks.split(",") if text.strip())


def database_of(settings: Settings) -> Database:
    """Our database, brought to head; raises CityError where it cannot be opened."""
    database = Database(settings.database_url)
    try:
        migrations.upgrade(database.engine)
    except SQLAlchemyError as error:
        raise database.unusable(error) from None
    return database


def prepare(settings: Settings) -> Catalog:
    """What is done once, however many workers there will be: the city is read, the database brought to head, what keys are missing made.

    Raises CityError."""
    catalog = catalog_of(settings)
    database_of(settings).close()
    Keys.open(settings.keys)
    return catalog


class Worker(NamedTuple):
    """Which worker this is, counted from 1, and of how many."""

    worker: int
    workers: int


ALONE = Worker(1, 1)


@dataclass(frozen=True, slots=True)
class Edition:
    """One reading of the city and all that was made of it: exchanged whole. `flight` counts the questions that are being asked of it."""

    number: int
    catalog: Catalog
    stored: Stored
    published: Mapping[str, Contract]
    permits: Mapping[str, Permits]
    table: dict[str, Published]
    flight: Flight


class Gateway:
    """One running gateway: everything that is opened at start and closed at the end."""

    ledger_class = Ledger

    def __init__(self, settings: Settings, prepared: Catalog | None = None, place: Worker = ALONE) -> None:
        self.settings, self.place = settings, place
        catalog = prepared or prepare(settings)
        self.database = Database(settings.database_url)
        self.keys = Keys.open(settings.keys)
        self.registry = Registry(self.database, contracts=catalog.contracts)
        self.registry.refresh()
        named = {"issuer": settings.public_url, "audience": settings.public_url}
        self.verifier = Verifier(self.keys, self.registry, **named)
        self.issuer = Issuer(self.keys, self.registry, **named)
        secret = self.keys.secret
        self.counters = Counters()
        self.ledger = self.ledger_class(
            self.database,
            sign=self.keys.ledger_sign,
            receipt_key=secret("receipt"),
            subject_key=secret("subject"),
            charged=self.counters.learn,
        )
        self.shared = Shared(settings.valkey_url, self.counters, f"titian:{settings.public_url}:quota:") if settings.valkey_url else None
        self.findings = Findings(self.database, secret("finding"))
        self.states = States([*catalog.systems, application.SYSTEM])
        self.metrics = Metrics(self._gauges, self.states.counted, worker=place.worker)
        self.cursors = Cursors(secret("cursor"), secret("spread"))
        self.desk = Desk(secret("mask"))
        self.edition = self._edition(1, self._stored(catalog))
        self._learn()
        self.started = now()
        self._keeping: asyncio.Task[None] | None = None
        self._retiring: set[asyncio.Task[None]] = set()

    @property
    def catalog(self) -> Catalog:
        return self.edition.catalog

    def _stored(self, catalog: Catalog) -> Stored:
        """The store brought to what the contracts say now; raises CityError where that would lose records."""
        catalog = application.added(catalog, self.states.shown)
        stored = Stored(catalog, self.database, spread=self.keys.secret("spread"), note=self.findings.note)
        stored.prepare()
        return stored

    def _edition(self, number: int, stored: Stored) -> Edition:
        catalog = stored.catalog
        published, flight = catalog.published, Flight()
        permits = {name: Permits(contract, catalog.sources[name], catalog.lists.regions) for name, contract in published.items()}
        means, lists = self._means(catalog), catalog.lists
        table = routes(
            (contract, flight.counted(contract_ring(contract, catalog.sources[name], permits[name], lists=lists, means=means)))
            for name, contract in published.items()
        )
        return Edition(number, catalog, stored, published, permits, table, flight)

    def _means(self, catalog: Catalog) -> Means:
        envelope = Envelope(self.settings.public_url, self.cursors.seal)
        return Means(
            caller_of=self.verifier.caller,
            agreements=self.registry.agreements,
            cipher_of=self.desk.of,
            quotas=self.registry.quota,
            take=self.shared.take if self.shared is not None else self.counters.take,
            book=self.ledger,
            render=envelope.answer,
            refuse=envelope.refusal,
            note=self.findings.note,
            cursors=self.cursors,
            loads=loads,
            now=now,
            zone=catalog.city.zone,
            met=self.states.met,
            rated=self.states.rated,
            state_of=self.states.of,
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
        found = {
            name: reach(permits, organisation, self.registry.agreements(organisation, name, day)) for name, permits in self.edition.permits.items()
        }
        return {name: one for name, one in found.items() if any(one)}

    def access(self, token: str | None, contract: str) -> dict[str, Any]:
        """What the bearer of a token, or a stranger, may do with one contract and why; raises UnknownCaller."""
        caller = NOBODY if token is None else self.verifier.caller(token)
        day = now().astimezone(self.catalog.city.zone).date()
        known = self.registry.known(caller.organisation, contract)
        return {"client": caller.client or None, **explained(self.edition.permits[contract], caller.organisation, known, day)}

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
            "workers": self.place.workers,
            "contracts": list(self.edition.published),
            "systems": [one for one in self.states.shown() if one["system"] in self.catalog.systems],
            "store": self.edition.stored.keeper.shown(),
        }

    def board(self) -> Board:
        """For the first page: what strangers may see."""
        moment = now()
        held = self.registry.in_force(moment.astimezone(self.catalog.city.zone).date())
        place = Place(self.settings.public_url, version("titian"), self.started)
        return board(self.catalog, place, states=self.states.shown(), held=held, moment=moment)

    def _looked(self) -> bool:
        self.keys.tokens.refresh()
        try:
            self.registry.refresh()
            self._learn()
        except SQLAlchemyError:
            return False
        return True

    def _learn(self) -> None:
        """What other workers have used of the quotas since."""
        moment = now().astimezone(self.catalog.city.zone)
        quotas = self.registry.quotas()
        self.counters.learn(self.ledger.used([(*name, window(moment, seconds)[0]) for name, (_, seconds) in quotas.items()]))

    async def reload(self) -> None:
        """Reads the city again: all of it answers from the next question on, or nothing of it, and the log says why. What was made of the
        former one is closed once nobody asks it any more."""
        catalog = await asyncio.to_thread(read_again, self.settings)
        if catalog is None:
            return
        try:
            snapshot = await asyncio.to_thread(self.registry.read, catalog.contracts)
            stored = await asyncio.to_thread(self._stored, catalog)
        except (SQLAlchemyError, CityError) as error:
            log.warning("city_not_reloaded", fault=type(error).__name__)
            await catalog.close()
            return
        former, self.edition = self.edition, self._edition(self.edition.number + 1, stored)
        await self._kept()
        self.registry.exchange(snapshot)
        self.states.keep([*catalog.systems, application.SYSTEM])
        self._retire(former)
        log.info("city_reloaded", worker=self.place.worker, systems=len(catalog.systems), contracts=len(self.edition.published))

    async def _kept(self, *, nothing: bool = False) -> None:
        """The copies of this edition are renewed from now on, those of a former one no more."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        self._keeping = None if nothing else asyncio.create_task(self.edition.stored.keeper.run())

    def _retire(self, edition: Edition) -> None:
        async def retired() -> None:
            await edition.flight.landed()
            await edition.catalog.close()

        task = asyncio.create_task(retired())
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def tend(self) -> None:
        """Looks every second at who may ask, what is used up and which keys sign; logs the signed head every minute."""
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
        tending = asyncio.create_task(self.tend())
        await self._kept()
        try:
            yield
        finally:
            tending.cancel()
            await asyncio.gather(tending, self._kept(nothing=True), return_exceptions=True)
            await self.ledger.stop()
            await asyncio.to_thread(self.findings.stop)
            await asyncio.gather(*self._retiring, self.catalog.close())
            if self.shared is not None:
                await self.shared.close()
            self.database.close()

    def parts(self) -> Parts:
        return Parts(
            public_url=self.settings.public_url,
            version=version("titian"),
            edition=lambda: self.edition.number,
            city=lambda: self.catalog.city,
            contracts=lambda: self.edition.published,
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


def app_of(gateway: Gateway) -> App:
    """The guard, the data routes, the frame: in this order."""
    url = gateway.settings.public_url
    frame = create_api(gateway.parts())
    frame.include_router(router(gateway.board, language))
    new_id: Callable[[], str] = lambda: ulid(epoch())  # noqa: E731 - a name for what is handed in
    records = Records(frame, lambda: gateway.edition.table, new_id=new_id, observe=gateway.metrics.observe, public_url=url)
    return Guard(records, public_url=url)
