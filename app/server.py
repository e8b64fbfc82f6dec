"""Serving: logs set up, uvicorn with httptools and uvloop, draining at the end."""

from __future__ import annotations

import gc
import importlib.util
import logging
import signal
import sys
from typing import Any, NoReturn

import structlog
import uvicorn

from app.main import create_app
from app.settings import Settings

DRAIN = 30
"""Seconds that requests in flight have to finish."""


def run(settings: Settings, host: str, port: int) -> None:
    """Serves until SIGTERM or Ctrl-C; raises CityError before anything listens where the city is broken."""
    logs(settings.log)
    serve(config(create_app(settings), host, port))


def config(application: Any, host: str, port: int) -> uvicorn.Config:
    """How every gateway listens; raises SystemExit where the parser is missing."""
    if importlib.util.find_spec("httptools") is None:
        raise SystemExit("httptools is missing: pip install 'uvicorn[standard]'. Without it the HTTP parser is not strict enough.")
    from app.api.connection import Connection

    return uvicorn.Config(
        application,
        host=host,
        port=port,
        http=Connection,
        ws="none",
        loop="auto",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN,
        lifespan="on",
    )


def serve(listening: uvicorn.Config) -> None:
    tune()
    # uvicorn raises the signal once more when all is drained: then, and before it listens, it is a good end and not a failure.
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, _end)
    server = uvicorn.Server(listening)
    server.run()
    if not server.started:
        raise SystemExit(3)


def _end(_sign: int, _frame: Any) -> NoReturn:
    raise SystemExit(0)


def tune() -> None:
    """What was built for the city lives as long as the process: it is not looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def logs(form: str) -> None:
    """One line per event: JSON for machines, plain for people. Values of requests never come here."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("uvicorn.error").setLevel(logging.INFO)
    last = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True), last],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
