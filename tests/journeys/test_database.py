"""The gateway over each database it may have: one question leaves the same things behind, and a kill takes nothing that was answered."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from app.db import Database
from app.ledger.verify import verify
from app.quality.finding import listed
from app.trust.keys import Keys
from tests.fixtures.aid import Aid, row
from tests.fixtures.served import free_port, served
from tests.fixtures.town import Town


def aid(tmp_path: Path, stack: ExitStack, address: str) -> Aid:
    made = Aid(tmp_path, stack, address=address)
    made.source("dinsos.orang", [row(1), row(2, umur=900)])
    made.town.client("bappeda-app", "bappeda")
    made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", more='quota = "100000/day"\n')
    return made


@pytest.mark.anyio
async def test_one_question_leaves_its_evidence_its_charge_and_its_finding(tmp_path: Path, address: str) -> None:
    with ExitStack() as stack:
        made = aid(tmp_path, stack, address)
        async with made.town.open() as asking:
            reply = await asking.get("/v1/orang/0002", "bappeda-app")
            assert (reply.status_code, reply.json()["data"]["nama"]) == (200, "Orang 2")
            (entry,) = asking.ledger()
            assert (entry["exchange"], entry["agreement"], entry["status"]) == (reply.headers["titian-exchange"], "PKS-1", 200)
            with asking.gateway.database.engine.connect() as connection:
                assert connection.exec_driver_sql("SELECT agreement, contract, used FROM quota").all() == [("PKS-1", "orang", 1)]
            assert (await asking.http.get("/readyz")).status_code == 200
            database, public = asking.gateway.database, asking.gateway.keys.ledger_public
        assert [(found.field, found.rule, found.times) for found in listed(database)] == [("umur", "out_of_range", 1)]
        assert verify(database, public) == (1, None, "whole")
        async with made.town.open() as asking:
            reply = await asking.get("/v1/orang/0001", "bappeda-app")
            assert "99998" in reply.headers["ratelimit"], "what was used is read again at the next start"
        database.close()


@contextmanager
def caller(port: int, town: Town) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as http:
        pair = ("bappeda-app", town.secrets["bappeda-app"])
        token = http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=pair).json()["access_token"]
        http.headers["authorization"] = f"Bearer {token}"
        yield http


def question(http: httpx2.Client, number: int) -> str:
    """The id of the exchange that was answered."""
    reply = http.get(f"/v1/orang/000{number % 2 + 1}")
    assert reply.status_code == 200, reply.text
    return str(reply.headers["titian-exchange"])


def test_whatever_was_answered_before_a_kill_is_in_the_evidence(tmp_path: Path, address: str) -> None:
    """SIGKILL in the midst of questions; then the chain is whole, goes on, and holds every answer that anybody got."""
    answered, enough = set[str](), threading.Event()
    with ExitStack() as stack:
        town, port = aid(tmp_path, stack, address).town, free_port()

        def asks() -> None:
            with caller(port, town) as http, suppress(httpx2.TransportError):
                for number in range(10_000):
                    answered.add(question(http, number))
                    if len(answered) >= 60:
                        enough.set()

        with served(town, port) as process, ThreadPoolExecutor(2) as pool:
            asking = [pool.submit(asks) for _ in range(2)]
            assert enough.wait(60)
            process.kill()
            for one in asking:
                one.result()
        with served(town, port) as process:
            with caller(port, town) as http:
                answered.add(question(http, 0))
            process.terminate()
            process.communicate(timeout=30)
        database = Database(address)
        with database.engine.connect() as connection:
            kept = {one[0] for one in connection.exec_driver_sql("SELECT exchange FROM ledger WHERE status = 200")}
            (charged,) = connection.exec_driver_sql("SELECT used FROM quota").one()
        assert answered <= kept
        assert charged == len(kept)
        assert verify(database, Keys.open(town.settings.keys).ledger_public).bad is None
        database.close()
