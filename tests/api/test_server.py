"""`titian serve` as an operator runs it: a process of its own."""

import signal
import socket
import sqlite3
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import httpx2
import pytest

from tests.fixtures.aid import Aid, answers, row
from tests.fixtures.far_side import Asked, Said
from tests.fixtures.served import command, environ, free_port, listens, served
from tests.fixtures.town import ROOT, Town


def ask(port: int, town: Town) -> httpx2.Response:
    base = f"http://127.0.0.1:{port}"
    pair = ("bappeda-app", town.secrets["bappeda-app"])
    with httpx2.Client(base_url=base, trust_env=False, timeout=20) as http:
        token = http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=pair).json()["access_token"]
        return http.get("/v1/orang", headers={"authorization": f"Bearer {token}"})


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_request_in_flight_is_finished_and_its_evidence_written_before_the_end(tmp_path: Path, sign: signal.Signals) -> None:
    arrived, go = threading.Event(), threading.Event()
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        side = made.source("dinsos.orang", [row(1)])
        plain = answers([row(1)], "id")

        def slow(asked: Asked) -> Said:
            arrived.set()
            assert go.wait(30)
            return plain(asked)

        made.town.client("bappeda-app", "bappeda")
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang")
        port = free_port()
        process = stack.enter_context(served(made.town, port))
        first = ask(port, made.town)
        assert (first.status_code, first.json()["meta"]["count"]) == (200, 1)
        assert "server" not in first.headers
        side.answer = slow
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(ask, port, made.town)
            assert arrived.wait(30)
            process.send_signal(sign)
            while listens(port):
                assert process.poll() is None
            go.set()
            reply = waiting.result(30)
        assert (reply.status_code, reply.json()["data"][0]["id"]) == (200, "0001")
        said = process.communicate(timeout=30)
        assert process.returncode == 0, said
        assert "Traceback" not in said[1]
        with closing(sqlite3.connect(tmp_path / "titian.db")) as database:
            rows = database.execute("SELECT exchange, status FROM ledger WHERE status = 200 ORDER BY seq").fetchall()
        assert [one[0] for one in rows][-1] == reply.headers["titian-exchange"]
        assert len({one[0] for one in rows}) == 2
        assert made.town.secrets["bappeda-app"] not in "".join(said)


def test_a_broken_city_is_said_whole_and_never_listens(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [row(1)])
        made.town.write("contracts/rusak.odcs.yaml", "id: [\n")
        made.town.write("systems/lain.toml", "id = \n")
        made.town.write("systems/asing.toml", 'id = "lain.asing"\ntitle = "A"\nkind = "soap"\n')
        port = free_port()
        ended = subprocess.run(command(port), cwd=ROOT, env=environ(made.town), capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 1
        for name in ("rusak.odcs.yaml", "lain.toml", "asing.toml"):
            assert name in ended.stderr
        assert "Traceback" not in ended.stderr
        assert "running on" not in ended.stderr
        assert ended.stdout == ""
        assert not listens(port)


def test_a_port_that_is_taken_ends_the_process_with_an_error(tmp_path: Path) -> None:
    with ExitStack() as stack, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [row(1)])
        port = int(taken.getsockname()[1])
        ended = subprocess.run(command(port), cwd=ROOT, env=environ(made.town), capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode != 0
        assert "in use" in ended.stderr
