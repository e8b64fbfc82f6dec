"""Who may ask and what is agreed, held in memory: an immutable snapshot that is exchanged whole when something has changed."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, TypeAlias

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from app.clock import epoch, monotonic
from app.contract.contract import Contract
from app.db import Database
from app.errors import CityError
from app.trust import spent
from app.trust.agreement import Agreement, Grant, parse
from app.trust.client import Client
from app.trust.table import AgreementRow, ClientRow, TrustRevision

log = structlog.get_logger("titian.trust")

Held: TypeAlias = tuple[tuple[Agreement, Grant], ...]
NONE: Held = ()
SWEEP = 60
"""Seconds between two times that expired rows are deleted."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Active clients by id, agreements by (consumer, contract), quotas by (agreement, contract), ids of revoked tokens, as of one
    revision and read against `contracts`."""

    revision: int
    contracts: Mapping[str, Contract]
    clients: Mapping[str, Client]
    held: Mapping[tuple[str, str], Held]
    quotas: Mapping[tuple[str, str], tuple[int, int]]
    revoked: frozenset[str] = frozenset()
    today: dict[tuple[str, str], tuple[date, Held]] = field(default_factory=dict)


NOTHING: Mapping[Any, Any] = MappingProxyType({})


class Registry:
    """Look-ups are dictionary reads and never touch the database; `refresh`, `spend` and `revoke` do, and are called from threads."""

    def __init__(self, database: Database, *, contracts: Mapping[str, Contract]) -> None:
        self._database = database
        self._snapshot = Snapshot(-1, contracts, NOTHING, NOTHING, NOTHING)
        self._lock = threading.Lock()
        self._refreshed = monotonic()
        self._swept = 0.0

    @property
    def age(self) -> float:
        """Seconds since the database was last asked with success."""
        return monotonic() - self._refreshed

    def refresh(self) -> None:
        """Reads the revision, and the rest only where it has moved. Raises SQLAlchemyError where it cannot; the last snapshot stays."""
        known = self._snapshot
        with self._database.session() as session:
            revision = _revision(session)
            if revision != known.revision:
                self._keep(_snapshot(session, revision, known.contracts))
        if abs(epoch() - self._swept) >= SWEEP:
            spent.forget(self._database)
            self._swept = epoch()
        self._refreshed = monotonic()

    def _keep(self, snapshot: Snapshot) -> None:
        """Unless the contracts were exchanged while it was read: then the next look reads it again."""
        with self._lock:
            if snapshot.contracts is self._snapshot.contracts:
                self._snapshot = snapshot

    def read(self, contracts: Mapping[str, Contract]) -> Snapshot:
        """What is known, against other contracts, for `exchange`. Raises SQLAlchemyError."""
        with self._database.session() as session:
            return _snapshot(session, _revision(session), contracts)

    def exchange(self, snapshot: Snapshot) -> None:
        with self._lock:
            self._snapshot = snapshot

    def client(self, identifier: str) -> Client | None:
        """The active client of this id."""
        return self._snapshot.clients.get(identifier)

    def admits(self, client: str, token: str) -> bool:
        """Whether the client is active and its token, by `jti`, not revoked."""
        snapshot = self._snapshot
        return client in snapshot.clients and token not in snapshot.revoked

    def agreements(self, consumer: str, contract: str, on: date) -> Held:
        """What holds on that day; the same object until something changes, so that what is made of it can be kept."""
        snapshot, key = self._snapshot, (consumer, contract)
        kept = snapshot.today.get(key)
        if kept is not None and kept[0] == on:
            return kept[1]
        held = snapshot.held.get(key)
        if held is None:
            return NONE
        counted = tuple(pair for pair in held if pair[0].holds(on))
        snapshot.today[key] = (on, counted)
        return counted

    def known(self, consumer: str, contract: str) -> Held:
        """Every agreement that was not ended, those too that do not hold today."""
        return self._snapshot.held.get((consumer, contract), NONE)

    def in_force(self, on: date) -> Held:
        """Every grant of every agreement that holds on that day."""
        return tuple(pair for held in self._snapshot.held.values() for pair in held if pair[0].holds(on))

    def spend(self, client: str, jti: str, expires: float) -> bool:
        """Whether an assertion is used for the first time. Raises Unavailable."""
        return spent.spend(self._database, client, jti, expires=expires)

    def revoke(self, jti: str, expires: float) -> None:
        """Ends an access token: here at once, elsewhere when they look again. Raises Unavailable."""
        spent.revoke(self._database, jti, expires=expires)
        with suppress(SQLAlchemyError):
            self.refresh()

    def quotas(self) -> Mapping[tuple[str, str], tuple[int, int]]:
        """All of them, by (agreement, contract): (calls, seconds of the window)."""
        return self._snapshot.quotas

    def quota(self, agreement: str, contract: str) -> tuple[int, int] | None:
        """(calls, seconds of the window), None where the agreement sets none."""
        return self._snapshot.quotas.get((agreement, contract))


def _revision(session: Session) -> int:
    row = session.get(TrustRevision, 1)
    return 0 if row is None else row.revision


def _snapshot(session: Session, revision: int, contracts: Mapping[str, Contract]) -> Snapshot:
    rows = session.exec(select(ClientRow).where(col(ClientRow.ended).is_(None)))
    clients = {row.id: Client(row.id, row.organisation, row.secret_sha256, row.jwks) for row in rows}
    held: dict[tuple[str, str], Held] = {}
    quotas: dict[tuple[str, str], tuple[int, int]] = {}
    for agreement in _agreements(session, contracts):
        for grant in agreement.grants:
            key = (agreement.consumer, grant.contract)
            held[key] = (*held.get(key, NONE), (agreement, grant))
            if grant.quota is not None:
                quotas[agreement.id, grant.contract] = (grant.quota.calls, grant.quota.seconds)
    return Snapshot(revision, contracts, clients, held, quotas, spent.revoked(session))


def _agreements(session: Session, contracts: Mapping[str, Contract]) -> list[Agreement]:
    """Those that can be kept. One that its contract no longer fits opens nothing, and shuts nothing for the others."""
    found: list[Agreement] = []
    for row in session.exec(select(AgreementRow).where(col(AgreementRow.ended).is_(None)).order_by(col(AgreementRow.id))):
        try:
            found.append(parse(row.text, shown=row.id, contracts=contracts))
        except CityError as error:
            log.warning("agreement_left_out", agreement=row.id, problems=[problem.code for problem in error.problems])
    return found
