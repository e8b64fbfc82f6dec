"""What a process knows of the calls that quotas have used."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.exchange.quota import Counters, Wanted, window

pytestmark = pytest.mark.anyio
DAY = ("PKS-1", "orang", "86400:20000")
HOUR = ("PKS-1", "orang", "3600:480000")


def test_a_day_begins_at_midnight_where_the_city_is() -> None:
    moment = datetime(2026, 11, 24, 16, 59, 59, tzinfo=UTC).astimezone(ZoneInfo("Asia/Jakarta"))
    name, reset = window(moment, 86400)
    assert reset == 1
    assert window(datetime(2026, 11, 24, 17, 0, 0, tzinfo=UTC).astimezone(ZoneInfo("Asia/Jakarta")), 86400) == (
        f"86400:{int(name.partition(':')[2]) + 1}",
        86400,
    )


async def test_where_one_quota_is_spent_none_is_charged() -> None:
    counters = Counters()
    both = [Wanted(DAY, 5, 60), Wanted(HOUR, 1, 60)]
    assert [list(await counters.take(both)) for _ in range(3)] == [[0, 0], [1, 1], [1, 1]]
    assert (counters.used(DAY), counters.used(HOUR)) == (1, 1)


async def test_what_others_have_used_counts_and_what_is_known_is_never_forgotten() -> None:
    counters = Counters()
    await counters.take([Wanted(DAY, 5, 60)])
    counters.learn([(*DAY, 4)])
    assert counters.used(DAY) == 4
    counters.learn([(*DAY, 2), (*HOUR, 3)])
    assert (counters.used(DAY), counters.used(HOUR)) == (4, 3)


async def test_a_new_window_begins_at_nothing_and_an_old_one_does_not_return() -> None:
    counters = Counters()
    counters.learn([(*DAY, 4)])
    following = ("PKS-1", "orang", "86400:20001")
    assert list(await counters.take([Wanted(following, 1, 60)])) == [0]
    counters.learn([(*DAY, 9)])
    assert (counters.used(DAY), counters.used(following)) == (0, 1)
