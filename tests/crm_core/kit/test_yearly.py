"""Days that come every year: read from words, written back, and the days on which they fall."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.kit.calendars import lunar_date
from crm_core.kit.words.yearly import Yearly, read_yearly, write_yearly


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("农历八月十五", Yearly(8, 15, lunar=True)),
        ("阴历1968年八月初三", Yearly(8, 3, 1968, lunar=True)),
        ("农历 1990年闰五月初十", Yearly(5, 10, 1990, lunar=True, leap=True)),
        ("腊月廿三", Yearly(12, 23, lunar=True)),
        ("正月初一", Yearly(1, 1, lunar=True)),
        ("农历8月15", Yearly(8, 15, lunar=True)),
        ("八月十五", Yearly(8, 15)),
        ("八月初三", Yearly(8, 3, lunar=True)),
        ("3月5日", Yearly(3, 5)),
        ("3月5号", Yearly(3, 5)),
        ("三月五号", Yearly(3, 5)),
        ("1985年3月5日", Yearly(3, 5, 1985)),
        ("一九八五年三月五日", Yearly(3, 5, 1985)),
        ("1985-03-05", Yearly(3, 5, 1985)),
        ("1985/3/5", Yearly(3, 5, 1985)),
        ("03-05", Yearly(3, 5)),
        ("生日：3月5日", Yearly(3, 5)),
        ("阳历十二月三十一日", Yearly(12, 31)),
        ("2月29日", Yearly(2, 29)),
        ("Mar 5", Yearly(3, 5)),
        ("March 5th, 1985", Yearly(3, 5, 1985)),
        ("5 March 1985", Yearly(3, 5, 1985)),
        ("the 5th of March", Yearly(3, 5)),
        ("lunar 8-15", Yearly(8, 15, lunar=True)),
        ("lunar leap 5-10", Yearly(5, 10, lunar=True, leap=True)),
        ("born on Sept. 30", Yearly(9, 30)),
    ],
)
def test_reads_what_people_type(said: str, meant: Yearly):
    assert read_yearly(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "",
        "八月",
        "13月5日",
        "2月30日",
        "1985年2月29日",
        "农历1985年闰三月初三",
        "农历八月卅一",
        "王总",
        "3点",
        "明天",
        "闰",
    ],
)
def test_refuses_what_is_no_day_of_the_year(said: str):
    assert read_yearly(said) is None


@st.composite
def yearly(draw: st.DrawFn) -> Yearly:
    lunar = draw(st.booleans())
    values = {
        "month": draw(st.integers(1, 12)),
        "day": draw(st.integers(1, 30)),
        "year": draw(st.none() | st.integers(1900, 2099)),
        "lunar": lunar,
        "leap": lunar and draw(st.booleans()),
    }
    try:
        return Yearly(**values)
    except ValueError:
        return Yearly(values["month"], min(values["day"], 28), lunar=lunar)


@given(yearly(), st.sampled_from(["zh", "en"]))
def test_what_is_written_reads_back(value: Yearly, language: str):
    assert read_yearly(write_yearly(value, language)) == value


class TestFalling:
    def test_a_lunar_day_may_come_never_or_twice_in_a_solar_year(self):
        day = Yearly(11, 25, lunar=True)
        assert {year: len(day.in_year(year)) for year in (2023, 2025, 2028)} == {2023: 0, 2025: 0, 2028: 0}
        assert any(len(day.in_year(year)) == 2 for year in range(2020, 2035))

    def test_the_thirtieth_of_a_short_month_is_the_day_before(self):
        day = Yearly(12, 30, lunar=True)
        assert day.in_year(2026)[0] == lunar_date(2025, 12, 29)

    def test_a_leap_month_keeps_the_ordinary_one(self):
        assert Yearly(6, 3, lunar=True, leap=True).in_year(2025) == (lunar_date(2025, 6, 3),)

    def test_29_february_is_the_28th_in_common_years(self):
        assert Yearly(2, 29).in_year(2027) == (date(2027, 2, 28),)
        assert Yearly(2, 29).in_year(2028) == (date(2028, 2, 29),)

    def test_the_next_one_may_be_today_or_next_year(self):
        assert Yearly(3, 11).next_on(date(2026, 3, 11)) == date(2026, 3, 11)
        assert Yearly(3, 10).next_on(date(2026, 3, 11)) == date(2027, 3, 10)
        assert Yearly(8, 15, lunar=True).next_on(date(2026, 3, 11)) == date(2026, 9, 25)
