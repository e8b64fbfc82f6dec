"""Connections are kept for a while, the last used first, and none is left behind."""

import asyncio

import pytest

from app.adapter.egress import Pinned
from app.adapter.egress.address import Network
from app.adapter.egress.pool import Origin, Pool
from app.errors import Refused, Unreachable
from tests.fixtures.raw_side import RawSide, answering, fails, ok, raw_side, saying

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", [("asyncio", {"use_uvloop": False}), ("asyncio", {"use_uvloop": True})])]
HERE: tuple[Network, ...] = ()
QUESTION = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def pool_of(side: RawSide, *addresses: str, patience: float = 3.0) -> Pool:
    here = told_networks("127.0.0.0/8", "192.0.2.0/24")
    return Pool(Origin("layanan.test", side.port, None), Pinned(here, (), answering(*(addresses or ("127.0.0.1",)))), patience=patience, largest=1000)


def told_networks(*texts: str) -> tuple[Network, ...]:
    from ipaddress import ip_network

    return tuple(map(ip_network, texts))


async def test_a_connection_is_used_again_and_a_fresh_one_where_it_is_wanted() -> None:
    async with raw_side(saying(ok(), keep=True)) as side:
        pool = pool_of(side)
        for _ in range(3):
            assert (await pool.ask(QUESTION)).body == b"{}"
        assert side.connections == 1
        await pool.ask(QUESTION, fresh=True)
        assert side.connections == 2
        await pool.close()


async def test_the_last_used_is_used_first() -> None:
    async with raw_side(saying(ok(), keep=True)) as side:
        pool = pool_of(side)
        await asyncio.gather(pool.ask(QUESTION), pool.ask(QUESTION))
        last = pool._idle[-1]
        await pool.ask(QUESTION)
        assert pool._idle[-1] is last
        assert side.connections == 2
        await pool.close()


async def test_a_connection_that_the_source_closed_while_it_was_idle_is_not_tried() -> None:
    async def answers_and_closes(_number: int, writer: asyncio.StreamWriter) -> bool:
        writer.write(ok())
        await writer.drain()
        return False

    async with raw_side(answers_and_closes) as side:
        pool = pool_of(side)
        await pool.ask(QUESTION)
        while pool._open:
            await asyncio.sleep(0.001)
        assert pool._idle == []
        await pool.ask(QUESTION)
        assert (side.connections, len(side.asked)) == (2, 2)
        await pool.close()


async def test_closing_ends_every_connection_in_use_or_not() -> None:
    async def silent(_number: int, _writer: asyncio.StreamWriter) -> bool:
        await asyncio.sleep(60)
        return False

    async with raw_side(silent) as side:
        pool = pool_of(side)
        question = asyncio.create_task(pool.ask(QUESTION))
        while not side.asked:
            await asyncio.sleep(0.001)
        await pool.close()
        with fails(Unreachable, "dropped"):
            await question
        assert pool._open == set()


async def test_where_one_address_of_a_name_is_shut_the_next_is_tried() -> None:
    async with raw_side(saying(ok())) as side:
        pool = pool_of(side, "127.0.0.9", "127.0.0.1")
        assert (await pool.ask(QUESTION)).status == 200
        await pool.close()


async def test_one_forbidden_address_refuses_the_name() -> None:
    async with raw_side(saying(ok())) as side:
        pool = pool_of(side, "127.0.0.1", "10.0.0.1")
        with fails(Refused, "address_not_allowed"):
            await pool.ask(QUESTION)
        assert side.connections == 0
        await pool.close()


async def test_a_connection_that_does_not_come_about_in_time_is_a_timeout_and_nothing_was_sent() -> None:
    async with raw_side(saying(ok())) as side:

        async def slow(_host: str, _port: int) -> list[str]:
            await asyncio.sleep(60)
            return []

        pool = Pool(Origin("layanan.test", side.port, None), Pinned((), (), slow), patience=0.05, largest=1000)
        with fails(Unreachable, "timeout") as caught:
            await pool.ask(QUESTION)
        assert caught.value.sent is False
        await pool.close()
