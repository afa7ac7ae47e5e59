"""Which days are worked, which day a lunar date is, and which instant a local wall-clock time is.

Working days come from three places, first answer wins: the company's own table (edited from the chat), the
official notices that `chinesecalendar` carries (holidays and make-up Saturdays), and plain Monday to Friday for years
that no notice has reached yet (the State Council publishes the next year only in November).
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from borax.calendars.lunardate import (  # pyright: ignore[reportMissingTypeStubs]
    InvalidLunarDateError,
    LunarDate,
    TermUtils,
)
from chinese_calendar import constants as notices  # pyright: ignore[reportMissingTypeStubs]

WorkTable = Mapping[date, bool]
"""Days that differ from the official calendar: True is worked, False is off."""

_ONE_DAY = timedelta(days=1)
_LONGEST_CLOSURE_DAYS = 366


@lru_cache(maxsize=1)
def _official() -> tuple[frozenset[int], dict[date, bool]]:
    """The years the notices cover, and the days in them that are not simply Monday to Friday."""
    days: dict[date, bool] = {}
    days.update(dict.fromkeys(notices.workdays, True))
    days.update(dict.fromkeys(notices.holidays, False))
    return frozenset(day.year for day in notices.holidays), days


def is_working_day(day: date, table: WorkTable | None = None) -> bool:
    """Whether people work on `day`. Answers for every date; a year without a notice is Monday to Friday."""
    if table is not None and day in table:
        return table[day]
    _, days = _official()
    return days.get(day, day.weekday() < 5)


def is_official_year(year: int) -> bool:
    """Whether the official notice for `year` is known, so that a screen can say that holidays are still a guess."""
    return year in _official()[0]


def next_working_day(day: date, table: WorkTable | None = None) -> date:
    """The first working day after `day`, never `day` itself."""
    return add_working_days(day, 1, table)


def add_working_days(day: date, count: int, table: WorkTable | None = None) -> date:
    """The `count`-th working day after `day` (before it when negative); `day` itself for 0.

    Raises ValueError when the table closes more than a year on end, OverflowError past the calendar's ends.
    """
    step = _ONE_DAY if count > 0 else -_ONE_DAY
    left, idle = abs(count), 0
    while left:
        day += step
        if is_working_day(day, table):
            left, idle = left - 1, 0
        else:
            idle += 1
            if idle > _LONGEST_CLOSURE_DAYS:
                raise ValueError("the working-day table closes more than a year on end")
    return day


def lunar_date(year: int, month: int, day: int, *, leap: bool = False) -> date | None:
    """The day of a date in the Chinese lunar calendar (农历); None if that year has no such day, or outside 1900-2100.

    `year` is the Chinese year by the number it begins in: month 12 mostly falls in January of the next one.
    """
    try:
        return LunarDate(year, month, day, int(leap)).to_solar_date()
    except (InvalidLunarDateError, ValueError):
        return None


def lunar_day(day: date) -> tuple[int, int, int, bool] | None:
    """Year, month and day of the Chinese calendar, and whether the month is a leap one; None outside 1900-2100."""
    try:
        lunar = LunarDate.from_solar(day)
    except (InvalidLunarDateError, ValueError):
        return None
    return lunar.year, lunar.month, lunar.day, bool(lunar.leap)


def solar_term(year: int, name: str) -> date | None:
    """The day of a solar term (清明, 冬至, …) in a Gregorian year; None outside 1900-2100 or for another name."""
    try:
        return TermUtils.nth_term_day(year, term_name=name)
    except (ValueError, IndexError):
        return None


def after_working_time(
    moment: datetime,
    length: timedelta,
    zone: tzinfo,
    *,
    opens: time = time(8, 30),
    closes: time = time(17, 30),
    table: WorkTable | None = None,
) -> datetime:
    """The instant (UTC) at which so much working time has gone since `moment`: the hours between `opens` and `closes`
    of working days on the clocks of `zone`. Raises ValueError for hours that do not open before they close.
    """
    if opens >= closes:
        raise ValueError("working hours open before they close")
    day, left = local_date(moment, zone), length
    while True:
        if is_working_day(day, table):
            start, end = max(moment, at_local(day, opens, zone)), at_local(day, closes, zone)
            if start < end:
                if left <= end - start:
                    return (start + left).astimezone(UTC)
                left -= end - start
        day = next_working_day(day, table)


def at_local(day: date, clock: time, zone: tzinfo) -> datetime:
    """The UTC instant at which clocks in `zone` show `day` `clock`; `clock` is naive.

    A time that is skipped when clocks go forward becomes the first instant after the gap; a time that comes twice
    is its first coming. So a rule that fires daily fires exactly once on every day that exists.
    """
    wall = datetime.combine(day, clock.replace(tzinfo=None, fold=0))
    early = _instant(wall, zone, fold=1)
    late = _instant(wall, zone, fold=0)
    if early >= late:  # an ordinary time (equal) or one that comes twice (fold 0 is the first)
        return late
    return _change_between(early, late, zone)


def _instant(wall: datetime, zone: tzinfo, *, fold: int) -> datetime:
    return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _change_between(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The second at which the offset of `zone` changes, known to lie in (before, after]."""
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def local_date(instant: datetime, zone: tzinfo) -> date:
    """The date that clocks in `zone` show at `instant`. Raises ValueError for a naive time."""
    if instant.tzinfo is None:
        raise ValueError("local_date needs an aware time")
    return instant.astimezone(zone).date()
