"""The one writer of the chain: a thread. A batch is what arrived while the previous commit ran; there is no timer."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection

from app.db import Database
from app.errors import Unavailable
from app.ledger.entry import COLUMNS, CONTINUED, FORMAT, GENESIS, MOST_SUBJECTS, RESULT, Entry, chained
from app.ledger.head import Head, HeadNotOurs, signed, standing
from app.ledger.subject import Subjects

log = structlog.get_logger("titian.ledger")
MOST = 50_000
BATCH = 2000
NAP = 1.0
"""Seconds after which entries that nobody waits for are tried again, where the database could not be written."""
START = Head(0, GENESIS, b"")
INSERT = f"INSERT INTO ledger ({', '.join(COLUMNS)}, hash) VALUES ({', '.join('?' * (len(COLUMNS) + 1))})"  # noqa: S608 - our own names
CHARGE = (
    'INSERT INTO quota (agreement, contract, "window", used) VALUES (?, ?, ?, ?) '
    'ON CONFLICT (agreement, contract, "window") DO UPDATE SET used = quota.used + excluded.used'
)
USED = 'SELECT used FROM quota WHERE agreement = ? AND contract = ? AND "window" = ?'
SIGN = (
    "INSERT INTO ledger_head (id, size, hash, signature) VALUES (1, ?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET size = excluded.size, hash = excluded.hash, signature = excluded.signature"
)


Total = tuple[str, str, str, int]
"""Agreement, contract, window, calls."""
Charged = Callable[[Iterable[Total]], None]


class Waiting(NamedTuple):
    entry: Entry
    future: asyncio.Future[None] | None


class Writer(threading.Thread):
    """Takes entries, commits them in batches, tells those who wait. `failing` is true from a failed batch to the next good one.

    In a failed batch those who wait are refused; the entries that nobody waits for are kept and tried again."""

    def __init__(self, database: Database, sign: Callable[[bytes], bytes], subjects: Subjects, charged: Charged) -> None:
        super().__init__(name="titian-ledger", daemon=True)
        self._database, self._sign, self._subjects, self._charged = database, sign, subjects, charged
        self._totals: list[Total] = []
        self._driver: Any = database.engine.dialect.dbapi
        self._queue: deque[Waiting] = deque()
        self._kept: deque[Waiting] = deque()
        self._head = START
        self._wake = threading.Condition()
        self._stopping = False
        self._asleep = False
        self._raw: PoolProxiedConnection | None = None
        self.failing = False
        self.batches = 0
        self._taken_in = self._settled = 0
        self.lost = 0

    def put(self, waiting: Waiting) -> None:
        """Raises Unavailable where too much waits already."""
        if len(self._queue) >= MOST or self._stopping:
            raise Unavailable
        self._queue.append(waiting)
        self._taken_in += 1

    @property
    def waiting(self) -> int:
        """Entries that were taken and are neither written nor given up."""
        return self._taken_in - self._settled

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
        while (batch := self._taken()) is not None:
            self._committed(batch)
        if self.lost:
            log.warning("evidence_lost", entries=self.lost)
        self._dropped()

    def _taken(self) -> list[Waiting] | None:
        """What was kept first, then what arrived: a new entry is tried at once, however much is kept. None at the end.

        Nothing after a failure is a trial: who is not ready is sent no questions, and would never hear that it is."""
        with self._wake:
            # Asleep before it looks: whoever put an entry after the look sees it, so no wake is missed.
            self._asleep = True
            while not (self._queue or self._stopping or (self._kept and not self.failing)):
                if not self._wake.wait(NAP if self._kept or self.failing else None):
                    break
            self._asleep = False
        batch = [line.popleft() for line in (self._kept, self._queue) for _ in range(min(len(line), BATCH))]
        return None if self._stopping and not batch else batch

    def _committed(self, batch: list[Waiting]) -> None:
        try:
            self._head = self._written(self._connected().cursor(), [waiting.entry for waiting in batch])
        except Exception as fault:  # noqa: BLE001 - a batch that cannot be written fails those who wait for it, and only those
            self._failed(batch, fault)
            return
        self.failing = False
        self.batches += 1
        self._settled += len(batch)
        self._charged(self._totals)
        _tell(batch, None)

    def _failed(self, batch: list[Waiting], fault: Exception) -> None:
        self._dropped()
        self._subjects.forget()
        if not self.failing:
            log.warning("evidence_cannot_be_written", fault=type(fault).__name__)
        self.failing = True
        noted = [waiting for waiting in batch if waiting.future is None]
        self._settled += len(batch) - len(noted)
        if self._mendable(fault):
            self._keep(noted)
        else:
            self._settled += len(noted)
            self.lost += len(noted)
        _tell(batch, Unavailable())

    def _mendable(self, fault: Exception) -> bool:
        """Of a fault of the database the same entries may be written later. Any other is a fault of an entry and would come again."""
        ours = isinstance(fault, SQLAlchemyError | HeadNotOurs)
        return ours or (isinstance(fault, self._driver.Error) and not isinstance(fault, self._driver.DataError))

    def _keep(self, noted: list[Waiting]) -> None:
        """For the next try, before whatever else is kept. At the end there is no next try."""
        self._kept.extendleft(reversed(noted))
        room = 0 if self._stopping else MOST
        while len(self._kept) > room:
            self._kept.pop()
            self._settled += 1
            self.lost += 1

    def _connected(self) -> Any:
        """One connection of the driver, kept: the ORM would cost more than the entry."""
        if self._raw is None:
            self._raw = self._database.engine.raw_connection()
        return self._raw.driver_connection

    def _dropped(self) -> None:
        raw, self._raw = self._raw, None
        if raw is not None:
            raw.invalidate()

    def _written(self, cursor: Any, entries: list[Entry]) -> Head:
        """One transaction; where it fails, its connection is closed and it with it."""
        sql = self._database.sql
        cursor.execute(self._database.dialect.lock)
        size, previous, _ = self._end(cursor)
        if not entries:
            return self._tried(cursor, size)
        self._subjects.learn(cursor, dict.fromkeys(value for entry in entries for value in entry.subjects))
        rows: list[tuple[int | str | bytes, ...]] = []
        for entry in entries:
            for row in self._rows(entry):
                size += 1
                values = (*row[:2], size, *row[2:], previous)
                previous = chained(values)
                rows.append((*values, previous))
        cursor.executemany(sql(INSERT), rows)
        charges = _summed(entries)
        if charges:
            cursor.executemany(sql(CHARGE), charges)
        self._totals = [(*charge, cursor.execute(sql(USED), charge).fetchone()[0]) for *charge, _ in charges]
        head = Head(size, previous, self._sign(signed(size, previous)))
        cursor.execute(sql(SIGN), head)
        cursor.connection.commit()
        return head

    def _tried(self, cursor: Any, size: int) -> Head:
        """The standing head written once more shows that entries could be; raises as they would."""
        cursor.execute("SELECT 1 FROM ledger LIMIT 1").fetchone()
        if size:
            cursor.execute("UPDATE ledger_head SET size = size WHERE id = 1")
        cursor.connection.commit()
        return self._head

    def _end(self, cursor: Any) -> Head:
        """Where the chain goes on: at the signed head, never at the last row, or a cut at the end would be hidden by the next entry.

        The head of another worker is ours if our key makes the same signature (Ed25519 is deterministic, RFC 8032)."""
        found = standing(cursor.execute)
        if found is None:
            if cursor.execute("SELECT 1 FROM ledger LIMIT 1").fetchone():
                raise HeadNotOurs
            return START
        if found != self._head and self._sign(signed(found.size, found.hash)) != found.signature:
            raise HeadNotOurs
        return found

    def _rows(self, entry: Entry) -> Iterable[tuple[int | str | bytes, ...]]:
        """The columns of `COLUMNS` without seq and previous; several where there are many subjects."""
        numbers = sorted(map(self._subjects.number, entry.subjects))
        for start in range(0, max(1, len(numbers)), MOST_SUBJECTS):
            subjects = b"".join(numbers[start : start + MOST_SUBJECTS])
            phase = RESULT if start == 0 else CONTINUED
            yield (FORMAT, phase, entry.time, *entry[:1], *entry[2:11], subjects, *entry[12:17])


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
