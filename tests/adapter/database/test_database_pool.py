"""The connections to one database."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from app.adapter.database.keyset import Place
from app.adapter.database.pool import Pool
from app.adapter.manifest import Connection
from app.errors import BadAnswer, Throttled, Unreachable

pytestmark = pytest.mark.anyio


class Fake:
    """A far side that works for as long as it is let, and remembers what became of it."""

    def __init__(self) -> None:
        self.closed = 0
        self.stopped = threading.Event()

    def rows(self, statement: str, values: Any) -> list[tuple[Any, ...]]:
        return [(statement,)]

    def columns(self, source: str, table: Any, names: Any) -> list[Any]:
        return []

    def stop(self) -> None:
        self.stopped.set()

    def close(self) -> None:
        self.closed += 1


def pool(made: list[Fake], **words: Any) -> Pool:
    async def opener() -> Callable[[], Fake]:
        def opened() -> Fake:
            made.append(Fake())
            return made[-1]

        return opened

    return Pool(Connection.model_validate({"timeout": 5.0, **words}), opener)


def waiting(link: Any) -> str:
    link.stopped.wait(20)
    raise BadAnswer("bad_query")


async def test_a_connection_is_used_again_and_closed_with_the_pool() -> None:
    made: list[Fake] = []
    one = pool(made)
    assert await one.ask(lambda link: link.rows("a", [])) == [("a",)]
    assert await one.ask(lambda link: link.rows("b", [])) == [("b",)]
    assert (len(made), made[0].closed) == (1, 0)
    await one.close()
    await one.close()
    assert made[0].closed == 1
    assert await one.ask(lambda link: link.rows("c", [])) == [("c",)]
    await one.close()


async def test_a_connection_on_which_something_failed_is_not_used_again() -> None:
    made: list[Fake] = []
    one = pool(made)

    def failing(link: Any) -> None:
        raise BadAnswer("bad_query")

    with pytest.raises(BadAnswer):
        await one.ask(failing)
    await one.ask(lambda link: link.rows("a", []))
    assert [fake.closed for fake in made] == [1, 0]
    await one.close()


async def test_time_that_is_up_stops_the_work_and_frees_its_place() -> None:
    made: list[Fake] = []
    one = pool(made, timeout=0.1, concurrency=1)
    for _ in range(3):
        with pytest.raises(Unreachable) as raised:
            await one.ask(waiting)
        assert raised.value.reason == "timeout"
        await asyncio.sleep(0.05)
    assert await one.ask(lambda link: link.rows("a", [])) == [("a",)]
    assert [fake.closed for fake in made[:3]] == [1, 1, 1]
    await one.close()


async def test_a_rate_of_the_file_is_kept() -> None:
    made: list[Fake] = []
    one = pool(made, timeout=1.0, budget="1/day")
    await one.ask(lambda link: link.rows("a", []))
    with pytest.raises(Throttled):
        await one.ask(lambda link: link.rows("a", []))
    await one.close()


async def test_what_was_kept_too_long_is_closed() -> None:
    made: list[Fake] = []
    one = pool(made)
    await one.ask(lambda link: link.rows("a", []))
    one._idle = [(link, since - 60) for link, since in one._idle]
    one._sweep()
    assert (made[0].closed, one._idle) == (1, [])
    await one.close()


@pytest.mark.parametrize("values", [(), (1, "a", None, 1.5), (b"\xff",)])
def test_a_place_is_read_as_it_was_written(values: tuple[Any, ...]) -> None:
    assert Place.read(Place(values, 3).written()) == Place(values, 3)


@pytest.mark.parametrize("token", ["", "1", "[]", "[[1],-1]", "[[1],true]", '[{"a":1},0]', "[[1],99999999]", "[1,0]"])
def test_a_token_that_is_none_is_a_bad_answer(token: str) -> None:
    with pytest.raises(BadAnswer) as raised:
        Place.read(token)
    assert raised.value.reason == "bad_token"
