"""How much one small server is asked, by a clock that the test sets."""

import asyncio

import pytest

from app.adapter.egress.pace import WAITING, Pace, Slots
from app.errors import Throttled
from tests.fixtures.raw_side import fails, told


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.anyio
async def test_without_a_rate_every_call_has_its_turn() -> None:
    pace = Pace(told(), Clock())
    for _ in range(100):
        await pace.turn(0)


@pytest.mark.anyio
async def test_a_rate_lets_through_what_it_says_and_refills_evenly() -> None:
    clock = Clock()
    pace = Pace(told(rate="6/minute"), clock)
    for _ in range(6):
        await pace.turn(0)
    with fails(Throttled, "own_rate") as caught:
        await pace.turn(9)
    assert caught.value.retry_after == 11
    clock.now += 10
    await pace.turn(0)
    with fails(Throttled, "own_rate"):
        await pace.turn(0)


@pytest.mark.anyio
async def test_a_long_rest_does_not_save_up_more_than_the_rate() -> None:
    clock = Clock()
    pace = Pace(told(rate="2/hour"), clock)
    clock.now += 1_000_000
    await pace.turn(0)
    await pace.turn(0)
    with fails(Throttled, "own_rate"):
        await pace.turn(0)


@pytest.mark.anyio
async def test_a_budget_counts_beside_the_rate() -> None:
    clock = Clock()
    pace = Pace(told(rate="1000/second", budget="3/day"), clock)
    for _ in range(3):
        await pace.turn(0)
    clock.now += 60
    with fails(Throttled, "own_rate"):
        await pace.turn(60)


@pytest.mark.anyio
async def test_a_refused_turn_costs_nothing() -> None:
    clock = Clock()
    pace = Pace(told(rate="1/hour"), clock)
    await pace.turn(0)
    for _ in range(20):
        with fails(Throttled, "own_rate"):
            await pace.turn(0)
    clock.now += 3600
    await pace.turn(0)


@pytest.mark.anyio
async def test_a_call_waits_for_its_turn_within_its_patience() -> None:
    pace = Pace(told(rate="100/second"))
    for _ in range(105):
        await pace.turn(5)


@pytest.mark.anyio
async def test_so_many_wait_for_a_slot_and_the_next_is_told_at_once() -> None:
    slots, go, inside = Slots(2, patience=60), asyncio.Event(), 0

    async def call() -> None:
        nonlocal inside
        async with slots:
            inside += 1
            await go.wait()

    calls = [asyncio.create_task(call()) for _ in range(2 + 2 * WAITING)]
    await asyncio.sleep(0)
    with fails(Throttled, "busy") as caught:
        await call()
    assert (inside, caught.value.retry_after) == (2, 1)
    calls[-1].cancel()
    await asyncio.wait({calls[-1]})
    calls[-1] = asyncio.create_task(call())
    go.set()
    await asyncio.gather(*calls)
    assert inside == 2 + 2 * WAITING, "who gave up waiting left its place"


@pytest.mark.anyio
async def test_who_waits_too_long_for_a_slot_is_told_that_it_is_busy_and_takes_none() -> None:
    slots = Slots(1, patience=0.01)
    async with slots:
        with fails(Throttled, "busy"):
            async with slots:
                raise AssertionError
    async with slots:
        pass
