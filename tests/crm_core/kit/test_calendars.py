"""Working days as the State Council has them, and the instants at which local clocks show a time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.kit.calendars import (
    add_working_days,
    at_local,
    is_official_year,
    is_working_day,
    local_date,
    next_working_day,
)

SHANGHAI, NEW_YORK, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(
    [SHANGHAI, NEW_YORK, BERLIN, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia"), ZoneInfo("UTC")]
)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 3, 11), True),
        (date(2026, 3, 14), False),
        (date(2026, 10, 1), False),
        (date(2026, 10, 10), True),  # a Saturday worked for National Day
        (date(2025, 1, 26), True),  # a Sunday worked for Spring Festival
        (date(2026, 1, 1), False),
    ],
)
def test_official_notices_decide(day: date, worked: bool) -> None:
    assert is_working_day(day) is worked


def test_a_year_without_notice_is_monday_to_friday() -> None:
    assert not is_official_year(2099)
    assert is_official_year(2026)
    assert is_working_day(date(2099, 10, 1))
    assert not is_working_day(date(2099, 10, 3))


def test_the_company_table_comes_before_the_notice() -> None:
    table = {date(2026, 10, 1): True, date(2026, 3, 11): False}
    assert is_working_day(date(2026, 10, 1), table)
    assert not is_working_day(date(2026, 3, 11), table)


def test_counting_working_days_steps_over_holidays() -> None:
    assert next_working_day(date(2026, 3, 13)) == date(2026, 3, 16)
    assert next_working_day(date(2026, 9, 30)) == date(2026, 10, 8)
    assert add_working_days(date(2026, 3, 11), 3) == date(2026, 3, 16)
    assert add_working_days(date(2026, 3, 16), -3) == date(2026, 3, 11)
    assert add_working_days(date(2026, 3, 14), 0) == date(2026, 3, 14)


def test_a_table_that_closes_for_ever_is_told_not_looped_on() -> None:
    closed = {date(2026, 1, 1) + timedelta(days=n): False for n in range(800)}
    with pytest.raises(ValueError, match="more than a year"):
        next_working_day(date(2026, 1, 1), closed)


def test_a_plain_time_is_its_instant() -> None:
    assert at_local(date(2026, 3, 11), time(8, 30), SHANGHAI) == datetime(2026, 3, 11, 0, 30, tzinfo=UTC)


def test_a_time_skipped_in_spring_is_the_first_instant_after_the_gap() -> None:
    assert at_local(date(2026, 3, 8), time(2, 30), NEW_YORK) == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
    assert at_local(date(2026, 3, 29), time(2, 0), BERLIN) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_a_time_that_comes_twice_in_autumn_is_its_first_coming() -> None:
    assert at_local(date(2026, 11, 1), time(1, 30), NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_day_that_a_zone_skipped_altogether_is_the_midnight_after() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert at_local(date(2011, 12, 30), time(9), apia) == datetime(2011, 12, 30, 10, 0, tzinfo=UTC)
    assert local_date(datetime(2011, 12, 30, 10, 0, tzinfo=UTC), apia) == date(2011, 12, 31)


def test_a_naive_time_has_no_local_date() -> None:
    with pytest.raises(ValueError, match="aware"):
        local_date(datetime(2026, 3, 11), SHANGHAI)  # noqa: DTZ001


@given(st.dates())
def test_every_date_is_answered(day: date) -> None:
    assert is_working_day(day) in (True, False)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(-60, 60))
def test_working_days_count_there_and_back(day: date, count: int) -> None:
    landed = add_working_days(day, count)
    assert count == 0 or is_working_day(landed)
    if is_working_day(day):
        assert add_working_days(landed, -count) == day


@given(st.dates(date(1971, 1, 1), date(2036, 1, 1)), st.times().map(lambda one: one.replace(microsecond=0)), ZONES)
def test_local_times_come_back_unless_clocks_skip_them(day: date, clock: time, zone: ZoneInfo) -> None:
    instant = at_local(day, clock, zone)
    assert instant.utcoffset() == timedelta(0)
    shown = instant.astimezone(zone).replace(tzinfo=None)
    asked = datetime.combine(day, clock)
    if shown != asked:
        assert shown > asked
        second_before = (instant - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
        assert second_before < asked
