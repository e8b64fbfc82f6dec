"""The ledger as the gateway uses it: write and wait, note and go on, receipts, and what quotas have used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from app.db import Database
from app.errors import Unavailable
from app.ledger import receipt
from app.ledger.entry import Entry
from app.ledger.head import Head, standing
from app.ledger.subject import Subjects
from app.ledger.writer import Charged, Waiting, Writer

AT_ONCE = 200
USED = 'SELECT agreement, contract, "window", used FROM quota WHERE (agreement, contract, "window") IN (VALUES '


class Ledger:
    """`sign` makes an Ed25519 signature; the keys are those of receipts and of subjects; `charged` is told, by the writer's thread, what all
    gateways together have used of the quotas that a batch was charged to."""

    def __init__(
        self, database: Database, *, sign: Callable[[bytes], bytes], receipt_key: bytes, subject_key: bytes, charged: Charged = lambda _: None
    ) -> None:
        self._database = database
        self.salt = receipt.salts(receipt_key)
        self._sign, self._charged = sign, charged
        self._subject_key = subject_key
        self._writer: Writer | None = None
        self._waking = False

    def start(self) -> None:
        self._writer = Writer(self._database, self._sign, Subjects(self._subject_key, self._database.sql), self._charged)
        self._writer.start()

    async def stop(self) -> None:
        """Everything noted is written."""
        writer, self._writer = self._writer, None
        if writer is not None:
            await asyncio.to_thread(writer.end)

    @property
    def failing(self) -> bool:
        return self._writer is None or self._writer.failing

    @property
    def lost(self) -> int:
        """Noted entries that could not be kept until the database could be written."""
        return 0 if self._writer is None else self._writer.lost

    @property
    def waiting(self) -> int:
        """Entries taken and not yet written."""
        return 0 if self._writer is None else self._writer.waiting

    @property
    def batches(self) -> int:
        return 0 if self._writer is None else self._writer.batches

    def write(self, entry: Entry) -> asyncio.Future[None]:
        """Done once the entry is committed; raises Unavailable, now or when awaited, where it cannot be."""
        if self._writer is None:
            raise Unavailable
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._writer.put(Waiting(entry, future))
        if not self._waking:
            self._waking = True
            loop.call_soon(self._wake)
        return future

    def _wake(self) -> None:
        """Once per turn of the loop: what arrived in one turn is one batch at least."""
        self._waking = False
        if self._writer is not None:
            self._writer.wake()

    def note(self, entry: Entry) -> None:
        """Written soon, or when the database can be written again; past what may wait it is counted in `lost`."""
        if self._writer is not None:
            try:
                self._writer.put(Waiting(entry, None))
                self._writer.wake()
            except Unavailable:
                self._writer.lost += 1

    def used(self, charges: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str, int]]:
        """What all gateways together have charged of these: agreement, contract, window, calls. Raises SQLAlchemyError."""
        found: list[tuple[str, str, str, int]] = []
        with self._database.engine.connect() as connection:
            for start in range(0, len(charges), AT_ONCE):
                part = charges[start : start + AT_ONCE]
                sql = self._database.sql(USED + ", ".join(["(?, ?, ?)"] * len(part)) + ")")
                rows = connection.exec_driver_sql(sql, tuple(value for charge in part for value in charge))
                found += [(row[0], row[1], row[2], row[3]) for row in rows]
        return found


def head(database: Database) -> Head | None:
    """The signed head as it stands, None before the first entry."""
    with database.engine.connect() as connection:
        return standing(connection.exec_driver_sql)
