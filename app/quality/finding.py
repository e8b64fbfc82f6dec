"""Findings: what was rejected, nulled, or kept though it is odd, by a keyed digest of the raw row, written off the path of the question."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson
import structlog
from sqlalchemy import delete
from sqlmodel import col

from app.clock import now, stamp
from app.db import Database
from app.quality.table import Quarantine

log = structlog.get_logger("titian.finding")
MOST = 20_000
"""Findings that may wait; past it they are counted in `dropped`, and found again when their rows are read again."""
PAUSE = 1.0
UPSERT = (
    "INSERT INTO quarantine (system, contract, digest, field, rule, outcome, first_seen, last_seen, count) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (system, contract, digest, field, rule) DO UPDATE SET "
    "outcome = excluded.outcome, last_seen = excluded.last_seen, count = quarantine.count + excluded.count"
)
LIST = (
    "SELECT system, contract, digest, field, rule, outcome, first_seen, last_seen, count FROM quarantine "
    "ORDER BY last_seen DESC, system, field LIMIT ?"
)


class Mark(NamedTuple):
    """What makes two findings the same."""

    system: str
    contract: str
    digest: bytes
    field: str
    rule: str


class Finding(NamedTuple):
    """A finding as it is listed; times are RFC 3339."""

    system: str
    contract: str
    digest: bytes
    field: str
    rule: str
    outcome: str
    first_seen: str
    last_seen: str
    times: int


class Findings:
    """`note` is called while a question is answered and costs a digest and a look-up; a thread writes what was noted, once a second."""

    def __init__(self, database: Database, key: bytes, clock: Callable[[], datetime] = now) -> None:
        self._database, self._key, self._clock = database, key, clock
        self._waiting: dict[Mark, tuple[str, int]] = {}
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        self.dropped = 0

    def note(self, system: str, contract: str, raw: Any, field: str, rule: str, outcome: str) -> None:
        mark = Mark(system, contract, self._digest(raw), field, rule)
        with self._lock:
            if mark not in self._waiting and len(self._waiting) >= MOST:
                self.dropped += 1
                return
            seen = self._waiting.get(mark, (outcome, 0))[1]
            self._waiting[mark] = (outcome, seen + 1)

    def _digest(self, raw: Any) -> bytes:
        try:
            text = orjson.dumps(raw, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str)
        except TypeError:
            # Too deep, or a number past 64 bits: the source must not break the question, so all such rows are one finding.
            text = b""
        return blake2b(text, key=self._key, digest_size=16).digest()

    def start(self) -> None:
        self._end.clear()
        self._thread = threading.Thread(target=self._run, name="titian-findings", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Everything noted is written."""
        self._end.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.flush()

    def _run(self) -> None:
        while not self._end.wait(PAUSE):
            self.flush()

    def flush(self) -> None:
        """Writes what waits; where the database is away it goes on waiting."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        moment = stamp(self._clock())
        # In one order: two gateways that write the same findings wait for each other and never in a ring.
        rows = [(*mark, outcome, moment, moment, count) for mark, (outcome, count) in sorted(waiting.items())]
        try:
            with self._database.engine.begin() as connection:
                connection.exec_driver_sql(self._database.sql(UPSERT), rows)
        except Exception as error:  # noqa: BLE001 - a worker loop: what cannot be written now is kept
            log.warning("findings_cannot_be_written", fault=type(error).__name__)
            with self._lock:
                for mark, (outcome, count) in waiting.items():
                    latest, more = self._waiting.get(mark, (outcome, 0))
                    self._waiting[mark] = (latest, count + more)


def listed(database: Database, most: int = 1000) -> list[Finding]:
    """The latest findings first."""
    with database.engine.connect() as connection:
        return [Finding(*row) for row in connection.exec_driver_sql(database.sql(LIST), (most,))]


def clear(database: Database, system: str | None = None) -> int:
    """Deletes the findings of one source, or all; answers how many there were. What is still wrong is found again."""
    statement = delete(Quarantine) if system is None else delete(Quarantine).where(col(Quarantine.system) == system)
    with database.engine.begin() as connection:
        return connection.execute(statement).rowcount
