"""What falls on a day, from 1950 to 2100: lunar thirtieths that do not exist, leap months, 29 February (BY21)."""

from datetime import date, timedelta

import pytest

from crm_core.kit.calendars import lunar_date
from crm_core.kit.words.yearly import Yearly, falling_on

FIRST, LAST = date(1950, 1, 1), date(2100, 12, 31)


@pytest.fixture(scope="module")
def falls() -> dict[tuple[bool, int, int], list[tuple[date, int]]]:
    """By month and day of its own calendar: the days on which it falls, with the year of that calendar."""
    found: dict[tuple[bool, int, int], list[tuple[date, int]]] = {}
    for at in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=at)
        for one in falling_on(day):
            found.setdefault((one.lunar, one.month, one.day), []).append((day, one.year))
    return found


def test_it_is_the_other_way_round_of_asking_in_which_days_of_a_year_it_falls(falls):
    lunar = [Yearly(month, day, lunar=True) for month in range(1, 13) for day in range(1, 31)]
    solar = [Yearly(at.month, at.day) for at in (date(2024, 1, 1) + timedelta(days=n) for n in range(366))]
    for one in (*lunar, *solar):
        expected = [day for year in range(1950, 2101) for day in one.in_year(year) if day <= LAST]
        assert [day for day, _ in falls[one.lunar, one.month, one.day]] == sorted(expected), one


def test_each_comes_once_in_each_year_of_its_own_calendar(falls):
    """So the year of that calendar is the key of an occurrence (reminders.md)."""
    for (lunar, month, day), known in falls.items():
        years = [year for _, year in known]
        assert len(set(years)) == len(years), (lunar, month, day)
        whole = range(1951, 2099)
        assert set(whole) <= set(years), (lunar, month, day)


@pytest.mark.parametrize("year", [2025, 2026, 2027, 2028])
def test_the_twelfth_month_has_no_thirtieth_for_four_years_and_the_eve_is_the_twenty_ninth(falls, year):
    assert lunar_date(year, 12, 30) is None
    assert (lunar_date(year, 12, 29), year) in falls[True, 12, 30]


@pytest.mark.parametrize("year", [2023, 2025, 2028])
def test_the_twenty_fifth_of_the_eleventh_month_misses_some_solar_years(falls, year):
    assert [day for day, _ in falls[True, 11, 25] if day.year == year] == []


def test_some_solar_years_have_it_twice(falls):
    by_year: dict[int, int] = {}
    for day, _ in falls[True, 11, 25]:
        by_year[day.year] = by_year.get(day.year, 0) + 1
    assert 2 in by_year.values()
    assert set(by_year.values()) == {1, 2}


def test_who_was_born_in_a_leap_month_keeps_the_ordinary_month():
    """2025 has a sixth month and a leap sixth month; the leap one is nobody's birthday."""
    ordinary, leap = lunar_date(2025, 6, 10), lunar_date(2025, 6, 10, leap=True)
    assert ordinary is not None
    assert leap is not None
    born = Yearly(6, 10, 2025, lunar=True, leap=True)
    assert born.in_year(2025) == (ordinary,)
    assert (True, 6, 10) in {(one.lunar, one.month, one.day) for one in falling_on(ordinary)}
    assert all(not one.lunar for one in falling_on(leap))


def test_the_twenty_ninth_of_february_is_the_twenty_eighth_in_common_years(falls):
    days = {year: day for day, year in falls[False, 2, 29]}
    assert days[2027] == date(2027, 2, 28)
    assert days[2028] == date(2028, 2, 29)
    assert days[2100] == date(2100, 2, 28), "no leap year"
