"""When a system rests, and when it is tried again, by a clock that the test sets."""

import asyncio

import pytest
from structlog.testing import capture_logs

from app.adapter.protocol import Page, Question
from app.errors import BadAnswer, Refused, SourceError, Throttled, Unreachable
from app.exchange.breaker import ENOUGH, FIRST, LONGEST, LONGEST_TOLD, RECENT, WINDOW, Breaker, broken
from app.exchange.fetch import RawCall
from tests.fixtures.raw_side import fails

DEAD = Unreachable("refused_connection", sent=False)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def made() -> tuple[Breaker, Clock]:
    clock = Clock()
    return Breaker("dinsos.orang", clock), clock


def ask(breaker: Breaker, error: BaseException | None = None) -> None:
    trial = breaker.enter()
    if error is None:
        breaker.good(trial)
    else:
        breaker.bad(error, trial)


def opened() -> tuple[Breaker, Clock]:
    breaker, clock = made()
    for _ in range(ENOUGH):
        ask(breaker, DEAD)
    return breaker, clock


def test_so_many_failures_open_it_and_the_caller_hears_when_to_come_again() -> None:
    breaker, clock = opened()
    clock.now += 3.5
    with fails(Unreachable, "known_down") as caught:
        breaker.enter()
    assert (caught.value.system, caught.value.retry_after) == ("dinsos.orang", FIRST - 3)
    assert ("retry-after", str(FIRST - 3)) in caught.value.headers
    assert breaker.open_until is not None


def test_one_failure_less_or_a_long_time_between_leaves_it_closed() -> None:
    breaker, clock = made()
    for _ in range(ENOUGH - 1):
        ask(breaker, DEAD)
    clock.now += WINDOW + 1
    for _ in range(ENOUGH - 1):
        ask(breaker, DEAD)
    assert breaker.enter() is False


def test_a_source_that_mostly_answers_is_asked_on() -> None:
    breaker, _ = made()
    for _ in range(3 * RECENT):
        ask(breaker)
        ask(breaker, BadAnswer("not_json"))
    assert breaker.enter() is False
    ask(breaker, BadAnswer("not_json"))
    with fails(Unreachable, "known_down"):
        ask(breaker, BadAnswer("not_json"))
        breaker.enter()


@pytest.mark.parametrize(
    "error",
    [
        Refused("status_403"),
        BadAnswer("status_404"),
        BadAnswer("bad_path"),
        BadAnswer("fault_in_kind"),
        Throttled("busy"),
        Throttled("own_rate"),
        asyncio.CancelledError(),
        GeneratorExit(),
    ],
)
def test_what_says_nothing_of_the_health_of_a_source_never_opens_it(error: BaseException) -> None:
    breaker, _ = made()
    for _ in range(50):
        ask(breaker, error)
    assert (breaker.enter(), breaker.down) == (False, False)


@pytest.mark.parametrize("error", [DEAD, BadAnswer("status_500"), BadAnswer("response_rule"), Throttled("status_429")])
def test_what_speaks_of_the_health_of_a_source_opens_it(error: SourceError) -> None:
    breaker, _ = made()
    for _ in range(ENOUGH):
        ask(breaker, error)
    assert breaker.failures == {error.word: ENOUGH}
    with fails(Unreachable, "known_down"):
        breaker.enter()


def test_after_the_rest_one_question_at_a_time_tries_it_and_one_good_answer_closes_it() -> None:
    breaker, clock = opened()
    clock.now += FIRST
    assert breaker.enter() is True
    for _ in range(50):
        with fails(Unreachable, "known_down") as caught:
            breaker.enter()
        assert caught.value.retry_after == 1
    breaker.good(True)
    assert [breaker.enter() for _ in range(3)] == [False] * 3
    assert breaker.open_until is None


def test_a_trial_that_fails_makes_the_next_rest_longer_up_to_the_longest() -> None:
    breaker, clock = opened()
    for rest in (FIRST, 2 * FIRST, 4 * FIRST, LONGEST, LONGEST):
        clock.now += rest - 0.5
        with fails(Unreachable, "known_down"):
            breaker.enter()
        clock.now += 0.5
        ask(breaker, DEAD)
    clock.now += LONGEST
    ask(breaker)
    for _ in range(ENOUGH):
        ask(breaker, DEAD)
    clock.now += FIRST
    assert breaker.enter() is True, "what came back begins with the first rest again"


@pytest.mark.parametrize("error", [asyncio.CancelledError(), Throttled("busy")])
def test_a_trial_that_ends_without_a_word_leaves_its_place_to_the_next(error: BaseException) -> None:
    breaker, clock = opened()
    clock.now += FIRST
    ask(breaker, error)
    assert breaker.enter() is True


def test_a_late_answer_of_before_neither_closes_nor_prolongs_the_rest() -> None:
    breaker, clock = opened()
    breaker.good(False)
    breaker.bad(DEAD, False)
    with fails(Unreachable, "known_down"):
        breaker.enter()
    clock.now += FIRST
    assert breaker.enter() is True


def test_a_source_that_says_how_long_is_not_asked_until_then() -> None:
    breaker, clock = made()
    ask(breaker, Throttled("status_429", retry_after=17, told=True))
    with fails(Throttled, "told_to_wait") as caught:
        breaker.enter()
    assert caught.value.retry_after == 18
    clock.now += 17
    assert breaker.enter() is True
    breaker.bad(Throttled("status_429", retry_after=3600, told=True), True)
    clock.now += LONGEST_TOLD
    assert breaker.enter() is True, "a source is not believed for ever"


def test_who_only_says_that_it_is_too_much_is_asked_on() -> None:
    breaker, _ = made()
    ask(breaker, Throttled("status_429"))
    ask(breaker, Throttled("status_429", retry_after=0, told=True))
    assert breaker.enter() is False


def test_an_outage_is_one_line_and_its_end_another() -> None:
    breaker, clock = made()
    with capture_logs() as said:
        for _ in range(6):
            ask(breaker)
            ask(breaker, DEAD)
        assert said == []
        ask(breaker)
        clock.now += WINDOW + 1
        for _ in range(ENOUGH):
            ask(breaker, DEAD)
        for _ in range(3):
            clock.now += LONGEST
            ask(breaker, DEAD)
        clock.now += LONGEST
        ask(breaker)
        ask(breaker)
    assert [(one["event"], one["system"]) for one in said] == [("source_failed", "dinsos.orang"), ("source_returned", "dinsos.orang")]
    assert (said[0]["word"], said[0]["reason"]) == ("unreachable", "refused_connection")


def test_failures_that_are_far_apart_are_an_outage_too() -> None:
    breaker, clock = made()
    with capture_logs() as said:
        for _ in range(9):
            ask(breaker, DEAD)
            clock.now += 3600
        ask(breaker)
    assert [one["event"] for one in said] == ["source_failed", "source_returned"]


class Kind:
    """A kind whose pages and failures the test writes down; counts how often it was asked."""

    def __init__(self, *says: Page | SourceError) -> None:
        self.says, self.asked = says, 0
        self.call = RawCall(self.pages, self.one)

    async def pages(self, _reading: Question):
        for said in self.says:
            self.asked += 1
            if isinstance(said, SourceError):
                raise said
            yield said

    async def one(self, _reading: Question) -> Page:
        async for page in self.pages(_reading):
            return page
        raise AssertionError


async def listed(call: RawCall) -> list[Page]:
    return [page async for page in call.pages(Question())]


@pytest.mark.anyio
async def test_each_page_is_a_call_and_a_list_that_ends_in_a_failure_is_one() -> None:
    breaker, _ = made()
    kind = Kind(Page([1], last=False), Page([2], 1, last=True, reason="status_503", failure=Unreachable("status_503")))
    call = broken(breaker, lambda _page: None)(kind.call)
    for _ in range(2 * ENOUGH):
        assert len(await listed(call)) == 2
    assert breaker.failures == {"unreachable": 2 * ENOUGH}
    call = broken(breaker, lambda _page: None)(Kind(DEAD).call)
    for _ in range(RECENT):
        with pytest.raises(Unreachable):
            await listed(call)
    with fails(Unreachable, "known_down"):
        await call.one(Question())


@pytest.mark.anyio
async def test_a_list_that_is_being_read_when_the_source_begins_to_rest_ends_there_and_a_whole_one_does_not() -> None:
    breaker, _ = made()
    call = broken(breaker, lambda _page: None)(Kind(Page([1], last=False), Page([2], 1, last=True)).call)
    rest = Throttled("status_429", retry_after=60, told=True)
    reading, whole = call.pages(Question()), call.pages(Question())
    assert (await anext(reading)).rows == [1]
    assert [(await anext(whole)).rows, (await anext(whole)).rows] == [[1], [2]]
    breaker.bad(rest, False)
    with fails(Throttled, "told_to_wait"):
        await anext(reading)
    with pytest.raises(StopAsyncIteration):
        await anext(whole)


@pytest.mark.anyio
async def test_while_it_rests_the_kind_is_not_asked() -> None:
    breaker, _ = opened()
    kind = Kind(Page([1], last=True))
    call = broken(breaker, lambda _page: None)(kind.call)
    for asked in (listed(call), call.one(Question())):
        with fails(Unreachable, "known_down"):
            await asked
    assert kind.asked == 0
