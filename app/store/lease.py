"""Who alone may fill the copies of a system: a row with an end, renewed while its owner lives."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy.exc import SQLAlchemyError

from app.clock import epoch
from app.db import Database
from app.store.thread import finished

SECONDS = 60
RENEWED = 15.0
TAKE = (
    "INSERT INTO lease (system, owner, until) VALUES (?, ?, ?) "
    "ON CONFLICT (system) DO UPDATE SET owner = excluded.owner, until = excluded.until WHERE lease.until < ?"
)
RENEW = "UPDATE lease SET until = ? WHERE system = ? AND owner = ?"
LEAVE = "DELETE FROM lease WHERE system = ? AND owner = ?"


@asynccontextmanager
async def lease(database: Database, system: str) -> AsyncIterator[str | None]:
    """The owner's name while the block runs; None where another holds the lease. One that was lost is found out by who writes."""
    owner = secrets.token_hex(8)
    now = int(epoch())
    if not await finished(_done, database, TAKE, (system, owner, now + SECONDS, now)):
        yield None
        return
    renewing = asyncio.create_task(_renewed(database, system, owner))
    try:
        yield owner
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        with suppress(SQLAlchemyError):
            await finished(_done, database, LEAVE, (system, owner))


async def _renewed(database: Database, system: str, owner: str) -> None:
    while True:
        await asyncio.sleep(RENEWED)
        with suppress(SQLAlchemyError):
            await finished(_done, database, RENEW, (int(epoch()) + SECONDS, system, owner))


def _done(database: Database, text: str, values: tuple[object, ...]) -> bool:
    with database.engine.begin() as connection:
        return connection.exec_driver_sql(database.sql(text), values).rowcount == 1
