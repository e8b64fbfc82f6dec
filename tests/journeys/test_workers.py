"""Several workers, and several processes on one database: what one was told holds at all, one chain, and an end that loses nothing."""

import base64
import os
import signal
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlencode

import pytest
from joserfc.jwk import ECKey
from typer.testing import CliRunner

from app.cli import app
from app.db import Database
from app.ledger.verify import verify
from app.trust import agreement, client
from app.trust.keys import Keys
from tests.fixtures.aid import Aid, answers, row
from tests.fixtures.far_side import Asked, Said
from tests.fixtures.fleet import Fleet, Line, fleet, lives, until
from tests.fixtures.office import proof
from tests.fixtures.served import listens
from tests.fixtures.valkey import store

QUOTA = 'quota = "%s/day"\nactions = ["read", "verify"]\n'


def aid(tmp_path: Path, stack: ExitStack, address: str | None = None, quota: int = 100_000) -> Aid:
    made = Aid(tmp_path, stack, address=address)
    made.source("dinsos.orang", [row(number) for number in range(1, 7)])
    patient = made.town.folder / "systems/dinsos.orang.toml"
    patient.write_text(patient.read_text().replace("timeout = 2.0", "timeout = 60.0"))
    made.town.client("bappeda-app", "bappeda")
    made.town.client("lain-app", "bappeda")
    made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", more=QUOTA % quota)
    return made


def test_what_one_worker_was_told_holds_at_the_other(tmp_path: Path, address: str) -> None:
    key = ECKey.generate_key("P-256")
    with ExitStack() as stack:
        town = aid(tmp_path, stack, address).town
        town.client_with_keys("kunci-app", "bappeda", key)
        gateway = stack.enter_context(fleet(town))
        one, other = gateway.each()
        assert [line.ask("/status").json["workers"] for line in (one, other)] == [2, 2]
        numbers = {line.ask("/metrics").body.decode().partition('worker="')[2][0] for line in (one, other)}
        assert numbers == {"1", "2"}
        token = gateway.token(line=one)
        first = one.ask("/v1/orang?limit=4", token)
        assert [record["id"] for record in first.json["data"]] == ["0001", "0002", "0003", "0004"]
        following = other.ask("/v1/orang?" + first.json["links"]["next"].partition("?")[2], token)
        assert [record["id"] for record in following.json["data"]] == ["0005", "0006"]
        compared = other.ask("/v1/orang:verify", token, method="POST", body={"key": "0001", "claims": {"nama": "Orang 1"}})
        assert (compared.status, compared.json["data"]) == (200, {"nama": "match"})
        _replayed(one, other, key)
        _revoked(gateway, one, other)
        _metered(gateway, [one, other], token)
        database = Database(address)
        with database.session() as session:
            client.revoke(session, "lain-app")
            agreement.end(session, "PKS-1")
        until(lambda: [line.ask("/v1/orang", token).status for line in (one, other)] == [403, 403])
        _orphaned(gateway)
        assert verify(database, Keys.open(town.settings.keys).ledger_public).bad is None
        database.close()


def _replayed(one: Line, other: Line, key: ECKey) -> None:
    """An assertion counts once, wherever."""
    form = urlencode([("grant_type", "client_credentials"), *proof(key)])
    assert one.ask("/oauth/token", method="POST", form=form).status == 200
    refused = other.ask("/oauth/token", method="POST", form=form)
    assert (refused.status, refused.json["error"]) == (401, "invalid_client")


def _revoked(gateway: Fleet, one: Line, other: Line) -> None:
    """A token of one worker is taken by the other until it is revoked there."""
    token, proven = gateway.token("lain-app", other), gateway.town.secrets["lain-app"]
    assert one.ask("/v1/orang/0001", token).status == 200
    other.ask("/oauth/revoke", _basic("lain-app", proven), method="POST", form=urlencode({"token": token}))
    until(lambda: one.ask("/v1/orang/0001", token).status == 401)


def _basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def _metered(gateway: Fleet, lines: list[Line], token: str) -> None:
    """Asked in turn, each worker knows within a second what the other has used; what is spent stays spent at both."""
    used = 100_000 - int(_left(lines[0].ask("/v1/orang/0001", token)))
    gateway.town.agreement("PKS-1", "bappeda", "dinsos", "orang", more=QUOTA % (used + 10))
    until(lambda: int(_left(lines[0].ask("/v1/orang/0001", token))) <= 6)
    until(lambda: int(_left(lines[1].ask("/v1/orang/0002", token))) <= 4)
    said = [line.ask("/v1/orang/0003", token).status for line in lines * 10]
    assert said.count(200) <= 6
    assert said[-2:] == [429, 429]


def _left(said: Said) -> str:
    return said.headers["ratelimit"].partition(";r=")[2].partition(";")[0]


def test_with_valkey_no_worker_admits_one_too_many_and_without_it_they_go_on(tmp_path: Path) -> None:
    """All questions in flight at once: what each process knows by itself would be far too little."""
    go = threading.Event()
    with ExitStack() as stack:
        made = aid(tmp_path, stack, quota=8)
        plain = answers([row(1)], "id")

        def slow(asked: Asked) -> Said:
            assert go.wait(60)
            return plain(asked)

        valkey = stack.enter_context(store(tmp_path))
        gateway = stack.enter_context(fleet(made.town, TITIAN_VALKEY_URL=valkey.url))
        token = gateway.token()
        lines = [gateway.line(pid) for pid in gateway.pids() for _ in range(8)]
        made.sides["dinsos.orang"].answer = slow
        with ThreadPoolExecutor(len(lines)) as pool:
            asked = [pool.submit(line.ask, "/v1/orang/0001", token) for line in lines]
            until(lambda: sum(one.done() for one in asked) == 8)
            go.set()
            assert sorted(one.result().status for one in asked) == [200] * 8 + [429] * 8
        valkey.stop()
        assert [lines[place].ask("/v1/orang/0001", token).status for place in (0, -1, 0, -1)] == [429] * 4
        logged = gateway.ended()
        assert 1 <= logged.count("quotas_not_shared") <= 2
        assert "valkey://" not in logged


class Asker:
    """Asks as fast as it can over one connection after another, until nobody listens; `answered` are the exchanges it was told."""

    def __init__(self, gateway: Fleet, token: str) -> None:
        self.gateway, self.token = gateway, token
        self.answered: set[str] = set()
        self.lost: list[str] = []

    def run(self) -> "Asker":
        while True:
            try:
                line = Line(self.gateway.port)
            except ConnectionError:
                return self
            asked = 0
            try:
                while not line.closed:
                    said = line.ask(f"/v1/orang/000{asked % 6 + 1}", self.token)
                    assert said.status == 200, said.body
                    self.answered.add(said.headers["titian-exchange"])
                    asked += 1
                    if said.headers.get("connection") == "close":
                        break
            except (HTTPException, OSError) as fault:
                # A connection over which nothing was answered yet may be refused a moment after it was made.
                if asked:
                    self.lost.append(repr(fault))
            finally:
                line.close()


def asking(pool: ThreadPoolExecutor, gateway: Fleet, number: int) -> list[tuple[Asker, Future[Asker]]]:
    token = gateway.token()
    askers = [Asker(gateway, token) for _ in range(number)]
    return [(asker, pool.submit(asker.run)) for asker in askers]


def test_two_processes_of_two_workers_keep_one_chain_whatever_is_killed(tmp_path: Path, address: str) -> None:
    """A worker killed under load takes no answer with it and is replaced; SIGTERM loses no question; the chain is whole."""
    with ExitStack() as stack:
        town = aid(tmp_path, stack, address).town
        first, second = (stack.enter_context(fleet(town)) for _ in range(2))
        pool = stack.enter_context(ThreadPoolExecutor(8))
        running = {id(one): asking(pool, one, 3) for one in (first, second)}
        everyone = [asker for askers in running.values() for asker, _ in askers]
        until(lambda: all(len(asker.answered) > 10 for asker in everyone))
        killed, kept = first.pids()
        os.kill(killed, signal.SIGKILL)
        until(lambda: killed not in first.pids())
        assert kept in first.pids()
        before = {asker: len(asker.answered) for asker in everyone}
        until(lambda: all(len(asker.answered) > before[asker] + 10 for asker in everyone))
        children = first.pids() + second.pids()
        logged = [one.ended() for one in (first, second)]
        assert [said.count("worker_ended") for said in logged] == [1, 0]
        done = {name: [future.result(60) for _, future in askers] for name, askers in running.items()}
        assert [asker.lost for asker in done[id(second)]] == [[], [], []], "SIGTERM loses no question"
        assert sum(len(asker.lost) for asker in done[id(first)]) <= 3, "SIGKILL loses only what it was answering"
        assert not any(lives(pid) for pid in children)
        answered = set().union(*(asker.answered for asker in everyone))
        _proven(town.settings.keys, address, answered)


def _proven(keys: Path, address: str, answered: set[str]) -> None:
    database = Database(address)
    with database.engine.connect() as connection:
        entries = {one[0] for one in connection.exec_driver_sql("SELECT exchange FROM ledger WHERE status = 200")}
        (charged,) = connection.exec_driver_sql("SELECT used FROM quota").one()
    assert answered <= entries
    assert charged == len(entries)
    assert verify(database, Keys.open(keys).ledger_public).bad is None
    database.close()


def _orphaned(gateway: Fleet) -> None:
    """Workers whose parent was killed do not serve for ever."""
    children = gateway.pids()
    gateway.process.kill()
    gateway.process.wait()
    until(lambda: not any(lives(pid) for pid in children))
    assert not listens(gateway.port)


@pytest.mark.parametrize("workers", ["0", "65", "dua"])
def test_a_number_of_workers_that_is_none_is_refused(tmp_path: Path, workers: str) -> None:
    assert CliRunner().invoke(app, ["serve", "--workers", workers]).exit_code == 2
