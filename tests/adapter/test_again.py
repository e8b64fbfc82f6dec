"""One repetition where it is safe, and only while that is rare."""

import pytest

from app.adapter.again import Again
from app.adapter.protocol import Reply
from app.errors import BadAnswer, Refused, SourceError, Throttled, Unreachable
from tests.fixtures.raw_side import fails

pytestmark = pytest.mark.anyio
OK = Reply(200, {}, b"{}")


class Side:
    """Says one thing after another, the last of them for ever."""

    def __init__(self, *says: Reply | SourceError) -> None:
        self.says, self.asked = list(says), 0

    async def __call__(self) -> Reply:
        said = self.says[min(self.asked, len(self.says) - 1)]
        self.asked += 1
        if isinstance(said, SourceError):
            raise said
        return said


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_get_that_met_a_tired_gateway_is_asked_once_more(status: int) -> None:
    side = Side(Reply(status, {}, b""), OK)
    assert await Again(5).ask("GET", side) is OK
    assert side.asked == 2


@pytest.mark.parametrize("reason", ["refused_connection", "dns", "timeout"])
async def test_what_was_never_sent_is_asked_once_more_by_any_method(reason: str) -> None:
    side = Side(Unreachable(reason, sent=False), OK)
    assert await Again(5).ask("POST", side) is OK
    assert side.asked == 2


@pytest.mark.parametrize(
    "said",
    [
        Reply(503, {"retry-after": "3"}, b""),
        Reply(500, {}, b""),
        Reply(429, {}, b""),
        Reply(401, {}, b""),
        Unreachable("dropped"),
        Unreachable("timeout"),
        Unreachable("tls_expired", sent=False),
        Refused("address_not_allowed"),
        BadAnswer("broken_reply"),
        Throttled("busy"),
    ],
)
async def test_nothing_else_is_asked_again(said: Reply | SourceError) -> None:
    side = Side(said, OK)
    if isinstance(said, SourceError):
        with fails(type(said), said.reason):
            await Again(5).ask("GET", side)
    else:
        assert await Again(5).ask("GET", side) is said
    assert side.asked == 1


async def test_a_post_that_may_have_been_done_is_not_asked_again() -> None:
    side = Side(Reply(502, {}, b""), OK)
    assert (await Again(5).ask("POST", side)).status == 502
    assert side.asked == 1


async def test_of_a_hundred_failing_calls_about_ten_are_repeated() -> None:
    side, again = Side(Reply(503, {}, b"")), Again(5)
    for _ in range(101):
        await again.ask("GET", side)
    assert side.asked - 101 in (10, 11)


async def test_a_second_try_past_the_deadline_is_not_made() -> None:
    side = Side(Unreachable("refused_connection", sent=False), OK)
    with fails(Unreachable, "refused_connection"):
        await Again(0.001).ask("GET", side)
    assert side.asked == 1


async def test_where_both_fail_the_first_failure_is_told() -> None:
    side = Side(Unreachable("refused_connection", sent=False), BadAnswer("redirect"))
    with fails(Unreachable, "refused_connection"):
        await Again(5).ask("GET", side)
    assert side.asked == 2
