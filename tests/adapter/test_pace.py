"""How much one small server is asked, by a clock that the test sets."""

import pytest

from app.adapter.egress.pace import Pace
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
