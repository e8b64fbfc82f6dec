"""Serving: logs set up, uvicorn with httptools and uvloop, draining at the end."""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

import structlog
import uvicorn

from app.main import Gateway, Worker, app_of, prepare, read_again
from app.settings import Settings
from app.supervisor import SIGNALS, Supervisor

log = structlog.get_logger("titian")

DRAIN = 30
"""Seconds that requests in flight have to finish."""
Reload = Callable[[], Awaitable[None]]


def run(settings: Settings, host: str, port: int, workers: int = 1) -> None:
    """Serves until SIGTERM or Ctrl-C; raises CityError before anything listens where the city is broken."""
    logs(settings.log)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    if workers == 1:
        gateway = Gateway(settings)
        serve(config(app_of(gateway), host, port), gateway.reload)
        return
    raise SystemExit(_supervised(settings, config(None, host, port).bind_socket, workers))


def _supervised(settings: Settings, bind: Callable[[], socket.socket], workers: int) -> int:
    catalog = prepare(settings)
    listener = bind()
    tune()

    def work(number: int, parent: int) -> None:
        gateway = Gateway(settings, catalog, Worker(number, workers))
        serve(config(app_of(gateway)), gateway.reload, sockets=[listener], parent=parent)

    def reload() -> bool:
        nonlocal catalog
        found = read_again(settings)
        catalog = found or catalog
        return found is not None

    return Supervisor(listener, workers, work=work, reload=reload, patience=DRAIN + 15).run()


def config(application: Any, host: str = "", port: int = 0) -> uvicorn.Config:
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


class Served(uvicorn.Server):
    """One that reads its city again on SIGHUP, and ends when `parent` is closed: nobody is left who would end it."""

    def __init__(self, listening: uvicorn.Config, reload: Reload, parent: int | None) -> None:
        super().__init__(listening)
        self._reload, self._parent = reload, parent
        self._wanted = False
        self._reloading: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._again)
        if self._parent is not None:
            loop.add_reader(self._parent, self._left)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def _left(self) -> None:
        log.warning("parent_is_gone")
        asyncio.get_running_loop().remove_reader(self._parent)  # type: ignore[arg-type]
        self.should_exit = True

    def _again(self) -> None:
        self._wanted = not self.should_exit
        if self._reloading is None or self._reloading.done():
            self._reloading = asyncio.create_task(self._reloaded())

    async def _reloaded(self) -> None:
        """Once more where it was wanted in the meantime."""
        while self._wanted:
            self._wanted = False
            await self._reload()
            gc.unfreeze()
            tune()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
        self._wanted = False
        if self._reloading is not None:
            # Whatever became of it, what runs is finished and the evidence written.
            await asyncio.gather(self._reloading, return_exceptions=True)
        await super().shutdown(sockets)


def serve(listening: uvicorn.Config, reload: Reload, *, sockets: list[socket.socket] | None = None, parent: int | None = None) -> None:
    tune()
    # uvicorn raises the signal once more when all is drained: then, and before it listens, it is a good end and not a failure.
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, _end)
    server = Served(listening, reload, parent)
    server.run(sockets)
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
