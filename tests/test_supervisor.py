"""The parent of the workers, with workers that do next to nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.fixtures.fleet import lives, until
from tests.fixtures.town import ROOT

PARENT = """\
import os, signal, socket, sys, time
import structlog
from app.supervisor import SIGNALS, Supervisor

structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

def work(number, parent):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0) if {polite} else None)
    signal.signal(signal.SIGHUP, lambda *_: say("again", number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    say("born", number, os.getpid())
    {life}

def reload():
    say("asked")
    return {agrees}

with socket.socket() as listener:
    raise SystemExit(Supervisor(listener, 2, work=work, reload=reload, patience=2).run())
"""


@contextmanager
def parent(life: str = "[time.sleep(0.05) for _ in range(10000)]", *, polite: bool = True, agrees: bool = True) -> Iterator[subprocess.Popen[str]]:
    text = PARENT.format(life=life, polite=polite, agrees=agrees)
    with subprocess.Popen([sys.executable, "-c", text], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as made:
        try:
            yield made
        finally:
            made.kill()


def born(made: subprocess.Popen[str]) -> tuple[int, int]:
    """Number and process of the next worker that says so."""
    assert made.stdout is not None
    word, number, pid = made.stdout.readline().split()
    assert word == "born"
    return int(number), int(pid)


def test_one_that_was_killed_is_started_again_under_its_number_and_all_end_together() -> None:
    with parent() as made:
        first = dict(born(made) for _ in range(2))
        assert set(first) == {1, 2}
        os.kill(first[2], signal.SIGKILL)
        number, pid = born(made)
        assert number == 2
        made.terminate()
        said, logged = made.communicate(timeout=60)
        assert (made.returncode, said) == (0, "")
        assert logged.count("worker_ended") == 1
        assert not any(lives(one) for one in (first[1], pid))


@pytest.mark.parametrize("agrees", [True, False])
def test_workers_hear_of_a_change_only_where_the_parent_agrees(agrees: bool) -> None:
    with parent(agrees=agrees) as made:
        for _ in range(2):
            born(made)
        made.send_signal(signal.SIGHUP)
        assert made.stdout is not None
        heard = [made.stdout.readline().strip() for _ in range(3 if agrees else 1)]
        assert sorted(heard) == (["again 1", "again 2", "asked"] if agrees else ["asked"])
        made.send_signal(signal.SIGINT)
        assert (made.communicate(timeout=60)[0], made.returncode) == ("", 0)


def test_one_that_does_not_end_is_ended_and_the_status_says_so() -> None:
    with parent(polite=False) as made:
        pids = [born(made)[1] for _ in range(2)]
        made.terminate()
        made.communicate(timeout=60)
        assert made.returncode == 1
        until(lambda: not any(lives(pid) for pid in pids))


def test_where_no_worker_can_live_the_parent_gives_up() -> None:
    with parent("sys.exit(3)") as made:
        assert "no_worker_lives" in made.communicate(timeout=60)[1]
        assert made.returncode == 3


def test_a_fault_of_a_worker_is_told_and_is_not_the_end_of_its_parent() -> None:
    with parent("1 / 0 if number == 1 and not os.path.exists('/proc/nowhere') else time.sleep(100)") as made:
        numbers = [born(made)[0] for _ in range(3)]
        assert sorted(numbers) == [1, 1, 2]
        made.terminate()
        assert "ZeroDivisionError" in made.communicate(timeout=60)[1]
