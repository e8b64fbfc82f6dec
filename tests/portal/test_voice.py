"""How moments and numbers are said."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.portal.voice import Voice

NOW = datetime(2026, 11, 24, 3, 15, tzinfo=UTC)
HERE = Voice("id", ZoneInfo("Asia/Jakarta"), NOW)
ENGLISH = Voice("en", ZoneInfo("Asia/Jakarta"), NOW)


def test_a_moment_is_said_with_its_day_and_zone() -> None:
    assert HERE.full(NOW) == "Selasa, 24 November 2026, 10.15 WIB"
    assert ENGLISH.full(NOW) == "Tuesday, 24 November 2026, 10:15 WIB"


@pytest.mark.parametrize(("zone", "clock"), [("Asia/Makassar", "11.15 WITA"), ("Asia/Jayapura", "12.15 WIT")])
def test_every_zone_of_the_country_has_its_name(zone: str, clock: str) -> None:
    assert Voice("id", ZoneInfo(zone), NOW).clock(NOW) == clock


def test_a_day_that_is_not_today_is_named() -> None:
    assert HERE.short(NOW - timedelta(hours=2, minutes=3)) == "08.12 WIB"
    assert HERE.short(NOW - timedelta(hours=11)) == "23 Nov 2026, 23.15 WIB"


@pytest.mark.parametrize(
    ("passed", "indonesian", "english"),
    [
        (timedelta(seconds=-90), "baru saja", "just now"),
        (timedelta(seconds=59), "baru saja", "just now"),
        (timedelta(minutes=1), "1 menit lalu", "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 menit lalu", "59 minutes ago"),
        (timedelta(hours=1), "1 jam lalu", "1 hour ago"),
        (timedelta(hours=23, minutes=59), "23 jam lalu", "23 hours ago"),
        (timedelta(days=400), "400 hari lalu", "400 days ago"),
    ],
)
def test_how_long_ago_is_said_in_the_largest_whole_unit(passed: timedelta, indonesian: str, english: str) -> None:
    assert (HERE.ago(NOW - passed), ENGLISH.ago(NOW - passed)) == (indonesian, english)


@pytest.mark.parametrize(("score", "said"), [(1.0, "100%"), (0.9999, "99%"), (0.29, "29%"), (0.0, "0%"), (0.004, "0%")])
def test_what_lacks_anything_is_never_a_hundred(score: float, said: str) -> None:
    assert HERE.percent(score) == said


@pytest.mark.parametrize(
    ("last", "said"),
    [(date(2026, 11, 24), "hari terakhir"), (date(2026, 11, 25), "1 hari lagi"), (date(2026, 12, 24), "30 hari lagi"), (date(2026, 12, 25), None)],
)
def test_an_agreement_that_ends_soon_says_so(last: date, said: str | None) -> None:
    assert HERE.ending(last) == said


def test_a_kind_that_nobody_named_is_shown_by_its_own_name() -> None:
    assert (HERE.kind("sheet"), HERE.kind("modbus")) == ("lembar kerja", "modbus")
