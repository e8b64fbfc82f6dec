"""The same gateway, keeping no evidence: for the measurement only, so that what evidence costs is a number. Nothing in the product can do this."""

from __future__ import annotations

import asyncio
import os

from app.ledger.entry import Entry
from app.ledger.ledger import Ledger
from app.main import Gateway, app_of
from app.server import config, serve
from app.settings import Settings


class Forgetful(Ledger):
    """Takes every entry and drops it."""

    def write(self, entry: Entry) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    def note(self, entry: Entry) -> None:
        """Dropped too."""


class Unrecorded(Gateway):
    ledger_class = Forgetful


if __name__ == "__main__":
    gateway = Unrecorded(Settings())
    serve(config(app_of(gateway), "127.0.0.1", int(os.environ["BENCH_PORT"])), gateway.reload)
