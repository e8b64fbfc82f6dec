"""A gateway that says all it could say: every logger at DEBUG, asyncio's own too; and its own code crashes over a value, in one contract.

`python -m tests.hostile.loud PORT`; CRASH holds the value."""

import logging
import os
import sys
from typing import Any

import structlog

from app import server
from app.exchange.call import Exchange
from app.main import Gateway, app_of
from app.settings import Settings


async def crashing(exchange: Exchange) -> Any:
    raise ValueError(os.environ["CRASH"], exchange.body)


def main() -> None:
    settings = Settings()
    server.logs(settings.log)
    gateway = Gateway(settings)
    for path in ("/v1/rusak", "/v1/rusak:search"):
        gateway.edition.table[path] = gateway.edition.table[path]._replace(call=crashing)
    listening = server.config(app_of(gateway), "127.0.0.1", int(sys.argv[1]))
    logging.basicConfig(level=logging.DEBUG, force=True, stream=sys.stderr)
    for name in logging.root.manager.loggerDict:
        logging.getLogger(name).setLevel(logging.DEBUG)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
    server.serve(listening, gateway.reload)


if __name__ == "__main__":
    main()
