"""The composition root: the only module that knows every part and puts them together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

import migrations
from app.adapter.secret import Secrets
from app.api import create_api
from app.api.envelope import Envelope
from app.api.guard import Guard
from app.api.metric import Metrics
from app.api.parts import Parts
from app.api.records import App, Published, Records, routes
from app.api.strict_json import loads
from app.catalog import Catalog, read
from app.clock import epoch, now, stamp
from app.db import Database
from app.exchange.call import Exchange, Place
from app.exchange.cursor import Cursors
from app.exchange.identity import ulid
from app.exchange.permit import Permits, readable
from app.exchange.pipeline import Means, contract_ring
from app.exchange.quota import Counters
from app.ledger.ledger import Ledger
from app.quality.finding import Findings
from app.settings import Settings
from app.trust.issuer import Issuer
from app.trust.keys import Keys
from app.trust.registry import Registry
from app.trust.verifier import Verifier

log = structlog.get_logger("titian")
REFRESH = 1.0
"""Seconds between two looks at who is a client and which agreements hold."""
HEAD = 60.0
"""Seconds between two log lines with the signed head of the ledger."""


def catalog_of(settings: Settings) -> Catalog:
    """The city folder, read and checked; raises CityError with every problem."""
    ceiling = tuple(ip_network(text.strip()) for text in settings.networks.split(",") if text.strip())
    return read(settings.city, secrets=Secrets.read(settings.secrets), ceiling=ceiling)


class Gateway:
    """One running gateway: everything that is opened at start and closed at the end."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.catalog = catalog_of(settings)
        self.database = Database(settings.database_url)
        migrations.upgrade(self.database.url)
        self.keys = Keys.open(settings.keys)
        self.zone = self.catalog.city.zone
        self.registry = Registry(self.database, contracts=self.catalog.contracts, zone=self.zone)
        self.registry.refresh()
        self.verifier = Verifier(self.keys, self.registry, issuer=settings.public_url, audience=settings.public_url)
        self.issuer = Issuer(self.keys, self.registry, issuer=settings.public_url, audience=settings.public_url)
        self.ledger = Ledger(self.database, keys=self.keys.ledger)
        self.findings = Findings(self.database, self.keys.secret("finding"))
        self.metrics = Metrics()
        self.cursors = Cursors(self.keys.secret("cursor"))
        self.permits = {
            name: Permits(contract, self.catalog.sources[name], self.catalog.lists.regions)
            for name, contract in self.catalog.published.items()
        }
        self.table = self._table()

    def _table(self) -> dict[str, Published]:
        envelope = Envelope(self.settings.public_url, self.cursors.seal)
        means = Means(
            caller_of=self.verifier.caller,
            agreements=self.registry.agreements,
            quotas=self.registry.quota,
            counters=Counters(self.zone, self.ledger.used()),
            book=self.ledger,
            render=envelope.answer,
            refuse=envelope.refusal,
            note=self.findings.note,
            cursors=self.cursors,
            loads=loads,
            now=now,
            zone=self.zone,
        )
        return routes(
            (contract, contract_ring(contract, self.catalog.sources[name], self.permits[name], lists=self.catalog.lists, means=means))
            for name, contract in self.catalog.published.items()
        )
