"""Several workers on one listening socket: started by fork, started again where one ends, drained together."""

from __future__ import annotations

import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

import structlog

log = structlog.get_logger("titian")

OF_WORKERS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
"""A worker is born with these held back, and takes them once it can answer them: none is lost, none kills it before."""
SIGNALS = OF_WORKERS | {signal.SIGCHLD, signal.SIGALRM}
PAUSE = 1
"""Seconds before a worker that ended is started again: one that cannot live costs no more than that."""

Work = Callable[[int, int], None]
"""What a worker does: its number, counted from 1, and the end of a pipe that is closed when the parent is gone."""


class Supervisor:
    """The parent: it runs no loop and no thread, answers nobody, and only waits for signals. SIGHUP is handed on where `reload` agrees."""

    def __init__(self, listener: socket.socket, workers: int, *, work: Work, reload: Callable[[], bool], patience: int) -> None:
        self._listener, self._workers, self._work, self._reload, self._patience = listener, workers, work, reload, patience
        self._living: dict[int, int] = {}
        self._vacant: set[int] = set()
        self._ending = False
        self._code = 0
        self._life, self._mine = os.pipe()

    def run(self) -> int:
        """Until the last worker has ended after SIGTERM or SIGINT, or none can live; the exit status."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        told = {
            signal.SIGTERM: self._end,
            signal.SIGINT: self._end,
            signal.SIGHUP: self._again,
            signal.SIGCHLD: self._reap,
            signal.SIGALRM: self._rung,
        }
        for number in range(1, self._workers + 1):
            self._start(number)
        while self._living or self._vacant:
            told[signal.Signals(signal.sigwait(SIGNALS))]()
        return self._code

    def _start(self, number: int) -> None:
        pid = os.fork()
        if not pid:
            os.close(self._mine)
            _become(lambda: self._work(number, self._life))
        self._living[pid] = number

    def _end(self) -> None:
        if not self._ending:
            self._ending = True
            self._vacant.clear()
            self._listener.close()
            self._tell(signal.SIGTERM)
            signal.alarm(self._patience)

    def _again(self) -> None:
        if not self._ending and self._reload():
            self._tell(signal.SIGHUP)

    def _rung(self) -> None:
        if self._ending:
            self._tell(signal.SIGKILL)
            return
        vacant, self._vacant = self._vacant, set()
        for number in sorted(vacant):
            self._start(number)

    def _tell(self, sign: signal.Signals) -> None:
        # Ours until we have waited for it: its number cannot be another's.
        for pid in self._living:
            os.kill(pid, sign)

    def _reap(self) -> None:
        for pid in list(self._living):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._ended(pid, os.waitstatus_to_exitcode(status))

    def _ended(self, pid: int, code: int) -> None:
        number = self._living.pop(pid)
        if self._ending:
            self._code = self._code or int(code != 0)
            return
        log.warning("worker_ended", worker=number, pid=pid, code=code)
        if code > 0 and not self._living:
            log.error("no_worker_lives")
            self._vacant.clear()
            self._code = code
            return
        self._vacant.add(number)
        signal.alarm(PAUSE)


def _become(work: Callable[[], None]) -> NoReturn:
    """What the parent would do at its own end is not the worker's to do."""
    code = 1
    try:
        work()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:  # noqa: BLE001 - the end of a process: said, and told by its status
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
