"""The one writer of the chain: a thread. A batch is what arrived while the previous commit ran; there is no timer."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import structlog
from sqlalchemy.pool import PoolProxiedConnection

from app.db import Database
from app.errors import Unavailable
from app.ledger.entry import COLUMNS, CONTINUED, FORMAT, GENESIS, MOST_SUBJECTS, RESULT, Entry, chained
from app.ledger.head import signed
from app.ledger.subject import Subjects

log = structlog.get_logger("titian.ledger")
MOST = 50_000
BATCH = 2000
NAP = 1.0
"""Seconds after which a sleeping writer looks for itself, so that a wake that came too early is never missed for long."""
INSERT = f"INSERT INTO ledger ({', '.join(COLUMNS)}, hash) VALUES ({', '.join('?' * (len(COLUMNS) + 1))})"  # noqa: S608 - our own names
CHARGE = (
    "INSERT INTO quota (agreement, contract, window, used) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (agreement, contract, window) DO UPDATE SET used = quota.used + excluded.used"
)
SIGN = (
    "INSERT INTO ledger_head (id, size, hash, signature) VALUES (1, ?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET size = excluded.size, hash = excluded.hash, signature = excluded.signature"
)


class Waiting(NamedTuple):
    entry: Entry
    future: asyncio.Future[None] | None


class Writer(threading.Thread):
    """Takes entries, commits them in batches, tells those who wait. `failing` is true from a failed batch to the next good one."""

    def __init__(self, database: Database, sign: Callable[[bytes], bytes], subjects: Subjects) -> None:
        super().__init__(name="titian-ledger", daemon=True)
        self._database, self._sign, self._subjects = database, sign, subjects
        self._queue: deque[Waiting] = deque()
        self._wake = threading.Condition()
        self._stopping = False
        self._asleep = False
        self._raw: PoolProxiedConnection | None = None
        self.failing = False
        self.batches = 0

    def put(self, waiting: Waiting) -> None:
        """Raises Unavailable where too much waits already."""
        if len(self._queue) >= MOST or self._stopping:
            raise Unavailable
        self._queue.append(waiting)

    def wake(self) -> None:
        if self._asleep:
            with self._wake:
                self._wake.notify()

    def end(self) -> None:
        """Everything that was taken is written; then the thread ends."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self.join()

    def run(self) -> None:
        while True:
            with self._wake:
                while not self._queue and not self._stopping:
                    self._asleep = True
                    self._wake.wait(NAP)
                    self._asleep = False
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), BATCH))]
            if not batch:
                self._dropped()
                return
            self._committed(batch)

    def _committed(self, batch: list[Waiting]) -> None:
        error: Unavailable | None = None
        try:
            self._written(self._connected(), [waiting.entry for waiting in batch])
            self.failing = False
            self.batches += 1
        except Exception as fault:  # noqa: BLE001 - a batch that cannot be written fails those who wait for it, and only those
            error = Unavailable()
            self._dropped()
            self._subjects.forget()
            if not self.failing:
                log.warning("evidence_cannot_be_written", fault=type(fault).__name__)
            self.failing = True
        _tell(batch, error)

    def _connected(self) -> Any:
        """One connection of the driver, kept: the ORM would cost more than the entry."""
        if self._raw is None:
            self._raw = self._database.engine.raw_connection()
            driver: Any = self._raw.driver_connection
            driver.isolation_level = None
        return self._raw.driver_connection

    def _dropped(self) -> None:
        raw, self._raw = self._raw, None
        if raw is not None:
            raw.invalidate()

    def _written(self, connection: Any, entries: list[Entry]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            size, previous = last(connection)
            self._subjects.learn(connection, dict.fromkeys(value for entry in entries for value in entry.subjects))
            rows: list[tuple[int | str | bytes, ...]] = []
            for entry in entries:
                for row in self._rows(entry):
                    size += 1
                    values = (*row[:2], size, *row[2:], previous)
                    previous = chained(values)
                    rows.append((*values, previous))
            connection.executemany(INSERT, rows)
            charges = _summed(entries)
            if charges:
                connection.executemany(CHARGE, charges)
            connection.execute(SIGN, (size, previous, self._sign(signed(size, previous))))
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _rows(self, entry: Entry) -> Iterable[tuple[int | str | bytes, ...]]:
        """The columns of `COLUMNS` without seq and previous; several where there are many subjects."""
        numbers = sorted(map(self._subjects.number, entry.subjects))
        for start in range(0, max(1, len(numbers)), MOST_SUBJECTS):
            subjects = b"".join(numbers[start : start + MOST_SUBJECTS])
            phase = RESULT if start == 0 else CONTINUED
            yield (FORMAT, phase, entry.time, *entry[:1], *entry[2:11], subjects, *entry[12:17])


def last(connection: Any) -> tuple[int, bytes]:
    """How many entries there are, and the hash of the last one."""
    row = connection.execute("SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1").fetchone()
    return (row[0], row[1]) if row else (0, GENESIS)


def _summed(entries: list[Entry]) -> list[tuple[str, str, str, int]]:
    sums: dict[tuple[str, str, str], int] = {}
    for entry in entries:
        for charge in entry.charges:
            sums[charge] = sums.get(charge, 0) + 1
    return [(*charge, used) for charge, used in sums.items()]


def _tell(batch: list[Waiting], error: Unavailable | None) -> None:
    futures = [waiting.future for waiting in batch if waiting.future is not None]
    if not futures:
        return

    def settle() -> None:
        for future in futures:
            if future.done():
                continue
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)

    try:
        futures[0].get_loop().call_soon_threadsafe(settle)
    except RuntimeError:
        log.warning("nobody_waits_any_more", entries=len(futures))
