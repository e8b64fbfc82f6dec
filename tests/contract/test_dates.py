from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract import dates
from app.contract.flaw import Flaw
from tests.fixtures.lists import WIB

BAD = Flaw("bad_date")


def read(raw: object, form: str | None = None, *, timestamp: bool = False) -> object:
    return dates.reader(form, WIB, timestamp=timestamp)(raw)


@pytest.mark.parametrize(
    ("form", "raw"),
    [
        ("%d/%m/%Y", "17/08/2026"),
        ("%d-%m-%Y", "17-08-2026"),
        ("%d.%m.%Y", "17.08.2026"),
        ("%Y%m%d", "20260817"),
        ("%Y%m%d", 20260817),
        ("%d-%b-%Y", "17-Agu-2026"),
        ("%d-%b-%Y", "17-Agt-2026"),
        ("%d-%b-%Y", "17-AUG-2026"),
        ("%d %B %Y", "17 Agustus 2026"),
        ("%d %B %Y", "17  agustus  2026"),
        ("%d-%b-%y", "17-Agu-26"),
        ("%d%m%y", "170826"),
        ("%d/%m/%Y %H:%M", "17/08/2026 23:59"),
        ("%d/%m/%Y", date(2026, 8, 17)),
        (None, datetime(2026, 8, 16, 18, tzinfo=UTC)),
        (None, "2026-08-17"),
        (None, date(2026, 8, 17)),
        ("%d/%m/%Y", " 17/8/2026 "),
    ],
)
def test_a_date_is_read_by_its_declared_format(form: str | None, raw: object) -> None:
    assert read(raw, form) == "2026-08-17"


@pytest.mark.parametrize("name", ["Mei", "mei", "MEI", "May"])
def test_months_are_indonesian_or_english(name: str) -> None:
    assert read(f"01 {name} 2026", "%d %b %Y") == "2026-05-01"


@pytest.mark.parametrize(
    ("name", "month"),
    [("Okt", "10"), ("Oktober", "10"), ("Nop", "11"), ("Nov", "11"), ("November", "11"), ("Des", "12"), ("Ags", "08"), ("Pebruari", "02")],
)
def test_short_and_old_month_names_are_known(name: str, month: str) -> None:
    assert read(f"01 {name} 2026", "%d %b %Y") == f"2026-{month}-01"


@pytest.mark.parametrize("raw", ["31/02/2026", "00/00/0000", "2026-08-17", "17/13/2026", "besok", "17/08/26", "17 08 2026"])
def test_a_date_that_is_not_there_or_not_so_written_is_invalid(raw: str) -> None:
    assert read(raw, "%d/%m/%Y") == BAD


@pytest.mark.parametrize("raw", ["17/08/2026", "0000-00-00", "2026-02-30", "2026-8-7", "20260817", 20260817.0, True, []])
def test_without_a_format_only_iso_8601_is_a_date(raw: object) -> None:
    assert read(raw) == BAD


def test_a_day_is_never_guessed_from_its_size() -> None:
    assert read("03/04/2025", "%d/%m/%Y") == "2025-04-03"
    assert read("03/04/2025", "%m/%d/%Y") == "2025-03-04"
    assert read("25/04/2025", "%m/%d/%Y") == BAD


def test_an_instant_without_a_zone_is_in_the_citys() -> None:
    assert read("2026-08-17 10:11:12", "%Y-%m-%d %H:%M:%S", timestamp=True) == "2026-08-17T10:11:12+07:00"
    assert read("2026-08-17T10:11:12", timestamp=True) == "2026-08-17T10:11:12+07:00"
    assert read("2026-08-17", timestamp=True) == "2026-08-17T00:00:00+07:00"


@pytest.mark.parametrize("raw", ["2026-08-17T03:11:12Z", "2026-08-17 10:11:12+07:00", "2026-08-17T12:11:12+0900", "2026-08-17T10:11:12"])
def test_one_instant_has_one_text_whatever_offset_a_source_writes(raw: str) -> None:
    assert read(raw, timestamp=True) == "2026-08-17T10:11:12+07:00"


def test_an_instant_of_local_mean_time_is_told_in_utc_since_an_offset_has_no_seconds() -> None:
    assert read("1900-01-01 00:00:00", timestamp=True) == "1899-12-31T16:52:48+00:00"
    assert dates.writer("%Y-%m-%d %H:%M:%S", WIB)("1899-12-31T16:52:48+00:00") == "1900-01-01 00:00:00"


@pytest.mark.parametrize("raw", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00"])
def test_an_instant_past_the_ends_of_the_calendar_is_invalid(raw: str) -> None:
    assert read(raw, timestamp=True) == BAD


def test_an_instant_where_a_date_is_due_is_its_day_in_the_citys_zone() -> None:
    assert read("2026-08-16T18:00:00Z") == "2026-08-17"


def test_two_digit_years_turn_at_sixty_nine() -> None:
    assert read("01-01-69", "%d-%m-%y") == "1969-01-01"
    assert read("01-01-68", "%d-%m-%y") == "2068-01-01"


@pytest.mark.parametrize(
    ("form", "reason"), [("%d-%Q", "%Q"), ("%d/%m", "no year"), ("%d/%m/%d/%Y", "twice"), ("%d %b %m %Y", "twice"), ("%Y %y", "twice")]
)
def test_a_format_that_cannot_be_meant_says_why(form: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        dates.pattern(form)


@pytest.mark.parametrize(("form", "raw"), [("%y%m%d", "26111"), ("%d%m%y", "17826"), ("%Y%m%d", "2026817")])
def test_parts_without_a_mark_between_need_all_their_digits(form: str, raw: str) -> None:
    assert read(raw, form) == BAD


def test_the_cells_of_a_sheet_hold_dates_beside_text_in_the_format() -> None:
    cell = dates.reader("%d/%m/%Y", WIB, timestamp=False, cells=True)
    assert cell("2026-08-17") == cell("2026-08-17T10:11:00") == cell("17/08/2026") == "2026-08-17"
    assert cell("17-08-2026") == cell(46251) == BAD
    assert dates.reader("%Y%m%d", WIB, timestamp=False, cells=True)(20260817) == "2026-08-17"
    assert read("2026-08-17", "%d/%m/%Y") == BAD


FORMATS = ["%d/%m/%Y", "%d-%m-%Y", "%Y%m%d", "%d %B %Y", "%d-%b-%Y", "%Y-%m-%d"]


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.sampled_from(FORMATS))
def test_what_is_written_is_read_back(day: date, form: str) -> None:
    assert read(dates.writer(form, WIB)(day.isoformat()), form) == day.isoformat()


ANY = st.one_of(
    st.text(), st.integers(), st.floats(), st.none(), st.datetimes(timezones=st.timezones()), st.from_regex(dates.ISO_TIME, fullmatch=True)
)


@given(ANY, st.sampled_from([None, *FORMATS]), st.booleans())
def test_reading_a_date_never_raises(raw: object, form: str | None, timestamp: bool) -> None:
    read_value = read(raw, form, timestamp=timestamp)
    assert read_value is None or isinstance(read_value, str | Flaw)


@given(st.integers(-62_135_400_000, 253_402_100_000))
def test_every_instant_that_is_read_is_the_same_instant(seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    read_value = read(moment.isoformat(), timestamp=True)
    assert isinstance(read_value, str)
    assert datetime.fromisoformat(read_value) == moment
