"""What happens to the gateway itself: its database goes, it is killed, it is told to end under load."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import make_url

from app.db import Database
from app.ledger.verify import verify
from app.trust.keys import Keys
from tests.faults.relay import Relay
from tests.faults.ward import SICK, WELL, Ward
from tests.fixtures.aid import answers, row
from tests.fixtures.case import case
from tests.fixtures.far_side import Asked, Said
from tests.fixtures.postgres import Server
from tests.fixtures.served import free_port, served
from tests.fixtures.town import Town


class Cable:
    """A relay with a loop of its own: the gateway opens its database before its own loop runs."""

    def __init__(self, path: str) -> None:
        self.relay = Relay(path)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.plug()

    def plug(self) -> None:
        asyncio.run_coroutine_threadsafe(self.relay.start(), self._loop).result(10)

    def pull(self) -> None:
        asyncio.run_coroutine_threadsafe(self.relay.stop(), self._loop).result(10)

    def close(self) -> None:
        self.pull()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.mark.anyio
@case(
    "F12",
    sent="The database is gone for a while, connections and all (PostgreSQL)",
    must="503 `unavailable` for what must be on record, `/healthz` 200, `/readyz` 503; it comes back by itself, "
    "and every answer that left is in the evidence",
)
async def test_without_its_database_the_gateway_tells_nothing_and_comes_back_by_itself(tmp_path: Path, server: Callable[[], Server]) -> None:
    direct = server().address()
    url = make_url(direct)
    with ExitStack() as stack:
        cable = stack.enter_context(closing(Cable(f"{url.query['host']}/.s.PGSQL.5432")))
        rest = {name: value for name, value in url.query.items() if name != "host"}
        address = url.set(host="127.0.0.1", port=cable.relay.port, query=rest).render_as_string(hide_password=False)
        ward = Ward(tmp_path, stack, address=address)
        ward.sick(ward.sides[SICK].address)
        seen = set[str]()
        async with ward.town.open() as asking:
            for pulled in (False, True, False):
                if pulled:
                    cable.pull()
                elif seen:
                    cable.plug()
                    while (await asking.get("/readyz")).status_code != 200:
                        await asyncio.sleep(0.05)
                for _ in range(3):
                    reply = await asking.get("/v1/warga", "disdukcapil-app")
                    assert reply.status_code == (503 if pulled else 200), reply.text
                    if reply.status_code == 200:
                        seen.add(reply.headers["titian-exchange"])
                    else:
                        assert (reply.json()["code"], "Orang" in reply.text) == ("unavailable", False)
                assert (await asking.get("/healthz")).status_code == 200
                ready = await asking.get("/readyz")
                assert ready.status_code == (503 if pulled else 200)
                assert (ready.json()["parts"]["database"] == "failed") is pulled
        database = Database(direct)
        with database.engine.connect() as connection:
            kept = {one[0] for one in connection.exec_driver_sql("SELECT exchange FROM ledger WHERE status = 200")}
        assert len(seen) == 6
        assert seen <= kept
        assert verify(database, Keys.open(ward.town.settings.keys).ledger_public).bad is None
        database.close()


@contextmanager
def caller(port: int, town: Town, client: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as http:
        pair = (client, town.secrets[client])
        token = http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=pair).json()["access_token"]
        http.headers["authorization"] = f"Bearer {token}"
        yield http


def answered(town: Town) -> set[str]:
    """The exchanges with a 200 in the evidence, whose chain is whole."""
    database = Database(town.settings.database_url)
    with database.engine.connect() as connection:
        kept = {one[0] for one in connection.exec_driver_sql("SELECT exchange FROM ledger WHERE status = 200")}
    assert verify(database, Keys.open(town.settings.keys).ledger_public).bad is None
    database.close()
    return kept


@case(
    "F15",
    sent="`kill -9` while a source is being asked",
    must="That call fails without an answer; the next start goes on with a whole chain that holds every answer that was given, and no other",
)
def test_a_kill_takes_the_questions_in_flight_and_nothing_else(tmp_path: Path) -> None:
    arrived, go = threading.Event(), threading.Event()
    with ExitStack() as stack:
        ward = Ward(tmp_path, stack)
        ward.sick(ward.sides[SICK].address, timeout=60.0)
        plain, port = ward.sides[SICK].answer, free_port()

        def held(asked: Asked) -> Said:
            arrived.set()
            assert go.wait(60)
            return plain(asked)

        with (
            served(ward.town, port) as process,
            ThreadPoolExecutor(1) as pool,
            caller(port, ward.town, "dinsos-app") as sick,
            caller(port, ward.town, "disdukcapil-app") as other,
        ):
            ward.sides[SICK].answer = held
            waiting = pool.submit(sick.get, "/v1/orang")
            assert arrived.wait(30)
            told = {other.get("/v1/warga").headers["titian-exchange"] for _ in range(3)}
            assert not waiting.done()
            process.kill()
            with pytest.raises(httpx2.TransportError):
                waiting.result(30)
        go.set()
        ward.sides[SICK].answer = plain
        with served(ward.town, port) as process:
            with caller(port, ward.town, "dinsos-app") as sick:
                told.add(sick.get("/v1/orang").headers["titian-exchange"])
            process.terminate()
            process.communicate(timeout=30)
        assert answered(ward.town) == told


class Balancer:
    """Asks the first gateway that takes the connection, as a reverse proxy does; a new connection for each question."""

    def __init__(self, *callers: httpx2.Client) -> None:
        self.callers = callers
        self.told: list[httpx2.Response] = []

    def ask(self) -> None:
        for http in self.callers:
            with suppress(httpx2.ConnectError, httpx2.RemoteProtocolError, httpx2.ReadError):
                self.told.append(http.get("/v1/warga", headers={"connection": "close"}))
                return
        raise AssertionError("nobody answered")


@case(
    "F17",
    sent="SIGTERM to one of two gateways under load, while it is answering",
    must="No request fails: what was begun is answered whole, who finds the door closed is answered by the other; each answer is in the evidence",
)
def test_an_end_under_load_fails_nobody(tmp_path: Path) -> None:
    arrived, go = threading.Event(), threading.Event()
    with ExitStack() as stack:
        ward = Ward(tmp_path, stack)
        ward.sick(ward.sides[SICK].address, timeout=60.0)
        plain, (one, two) = answers([row(1)], "id"), (free_port(), free_port())

        def held(asked: Asked) -> Said:
            arrived.set()
            assert go.wait(60)
            return plain(asked)

        ward.sides[SICK].answer = held
        first, second = (stack.enter_context(served(ward.town, port)) for port in (one, two))
        sick = stack.enter_context(caller(one, ward.town, "dinsos-app"))
        callers = [stack.enter_context(caller(port, ward.town, "disdukcapil-app")) for port in (one, two)]
        balancer, pool = Balancer(*callers), stack.enter_context(ThreadPoolExecutor(3))
        begun = pool.submit(sick.get, "/v1/orang")
        assert arrived.wait(30)
        load = [pool.submit(balancer.ask) for _ in range(40)]
        load[5].result(30)
        first.send_signal(signal.SIGTERM)
        for asked in load:
            asked.result(60)
        assert not begun.done()
        go.set()
        assert (begun.result(30).status_code, begun.result().json()["meta"]["count"]) == (200, 1)
        assert first.wait(30) == 0
        assert [reply.status_code for reply in balancer.told] == [200] * 40
        assert {reply.json()["meta"]["complete"] for reply in balancer.told} == {True}
        second.terminate()
        assert second.wait(30) == 0
        told = {reply.headers["titian-exchange"] for reply in [*balancer.told, begun.result()]}
        assert told <= answered(ward.town)
        assert len(ward.sides[WELL].asked) >= 40
