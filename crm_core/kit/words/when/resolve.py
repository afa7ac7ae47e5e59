"""What a phrase means: from its facts to a date or a moment, with the other readings it may have had.

Two things are not said and must be chosen: which coming Friday, and which half of the day 3点 is in. The rules:
days that recur are the next ones, today included while its time is still ahead; a bare hour is the likelier of its two
(7 to 12 in the morning, 1 to 6 in the afternoon), unless only the other is still to come. What was not chosen is told.
"""

from calendar import isleap, monthrange
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from crm_core.kit.calendars import at_local
from crm_core.kit.words.durations import Span
from crm_core.kit.words.when.arithmetic import (
    ONE_DAY,
    Days,
    IsWorking,
    Recurring,
    clipped,
    each_month,
    edge_day,
    existing,
    in_year,
    negative,
    plus,
    weekly,
)
from crm_core.kit.words.when.facts import Clock, Edge, Facts, Nth, Period

_WAKING_HOURS = range(7, 22)
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6


class Setting(NamedTuple):
    """The circumstances of reading."""

    now: datetime
    prefer_future: bool
    is_working: IsWorking

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def zone(self) -> tzinfo:
        assert self.now.tzinfo is not None
        return self.now.tzinfo


Readings = tuple[date, ...]
"""The chosen reading first, then the others: all dates, or all aware datetimes."""


def resolve(facts: Facts, setting: Setting) -> Readings | None:
    """The meaning, or None if no such day exists. May raise ValueError or OverflowError past the calendar's ends."""
    if facts.later:
        return (_later(facts.later, setting, backwards=facts.backwards),)
    if facts.from_there and facts.shift and facts.shift.seconds:
        return _from_moment(facts, facts.shift, setting)
    clock = facts.clock
    if clock is None and facts.period is Period.NOON:
        clock = Clock(12, sure=True)
    days = _days(facts, setting)
    if days is None:
        return None
    if clock is None:
        return _contradicted(_as_days(days, setting), facts)
    times = _times(clock, facts.period)
    return _contradicted(_as_moments(days, times, setting), facts) if times else None


def _contradicted(readings: Readings | None, facts: Facts) -> Readings | None:
    """明天周五, said on a Wednesday: the date counts, and the weekday of that week is the other reading."""
    if readings is None or facts.weekday is None or (facts.day is None and facts.fixed is None):
        return readings
    off = facts.weekday - readings[0].weekday()
    return (*readings, readings[0] + ONE_DAY * off) if off else readings


def _from_moment(facts: Facts, span: Span, setting: Setting) -> Readings | None:
    """下午3点前半小时: hours and minutes from a time that was said; of a day alone they mean nothing."""
    rest = resolve(replace(facts, shift=None, from_there=False), setting)
    exact = timedelta(seconds=-span.seconds if facts.backwards else span.seconds)
    if rest is None or span != Span(seconds=span.seconds):
        return None
    moments = [one for one in rest if isinstance(one, datetime)]
    return tuple((one.astimezone(UTC) + exact).astimezone(setting.zone) for one in moments) or None


def _as_days(days: Days, setting: Setting) -> Readings | None:
    if isinstance(days, tuple):
        return days or (setting.today,)  # 下午, 晚上 with no day: today
    today = setting.today
    chosen = days.on_or_after(today) if setting.prefer_future else days.on_or_before(today)
    if chosen is None:
        return None
    following = days.on_or_after(today + ONE_DAY) if days.often and chosen == today else None
    return (chosen, following) if following else (chosen,)


def _as_moments(days: Days, times: list[tuple[int, time]], setting: Setting) -> Readings | None:
    if isinstance(days, tuple):
        if not days:
            return _next_moments(times, setting)
        on_day = _on(days[0], times, setting)
        return (*on_day, *(_on(day, times[:1], setting)[0] for day in days[1:]))
    today = setting.today
    step = ONE_DAY if setting.prefer_future else -ONE_DAY
    find = days.on_or_after if setting.prefer_future else days.on_or_before
    day = find(today)
    if day is None:
        return None
    moments = _on(day, times, setting)
    if day == today and days.often and not _is_wanted(moments[0], setting):
        other = find(today + step)
        if other is not None:
            return (*_on(other, times, setting), moments[0])
    return tuple(moments)


def _on(day: date, times: list[tuple[int, time]], setting: Setting) -> list[datetime]:
    """The times on a day, likeliest first; on today itself those still to come go first."""
    moments = [_moment(day, one, setting) for one in times]
    return sorted(moments, key=lambda one: not _is_wanted(one, setting)) if day == setting.today else moments


def _next_moments(times: list[tuple[int, time]], setting: Setting) -> Readings | None:
    """A time without a day: for each half of the day its next coming; waking hours first, then the nearest."""
    found: list[datetime] = []
    days = [setting.today + ONE_DAY * n for n in ((-1, 0, 1) if setting.prefer_future else (0, -1))]
    for one in times:
        wanted = (_moment(day, one, setting) for day in days)
        found.extend([moment for moment in wanted if _is_wanted(moment, setting)][:1])
    unsure = len(times) > 1

    def likelihood(moment: datetime) -> tuple[bool, timedelta]:
        return unsure and moment.hour not in _WAKING_HOURS, abs(moment - setting.now)

    return tuple(sorted(found, key=likelihood)) if found else None


def _is_wanted(moment: datetime, setting: Setting) -> bool:
    now = setting.now.replace(second=0, microsecond=0)
    return moment >= now if setting.prefer_future else moment <= setting.now


def _moment(day: date, at: tuple[int, time], setting: Setting) -> datetime:
    days_on, clock = at
    return at_local(day + ONE_DAY * days_on, clock, setting.zone).astimezone(setting.zone)


def _times(clock: Clock, period: Period | None) -> list[tuple[int, time]]:
    """The times (days on, clock) that were meant, likeliest first; none for what no clock shows (上午 14:00)."""
    hour = clock.hour
    if hour == 24 and (clock.minute or clock.second):
        return []
    if period is None or period is Period.WHOLE_DAY:
        if clock.sure or hour > 12 or hour == 0:
            hours = [hour]
        elif hour == 12:
            hours = [12, 24]
        else:
            hours = [hour + 12, hour] if hour < _WAKING_HOURS.start else [hour, hour + 12]
    else:
        first, last = period.value
        said = (hour,) if hour > 12 else (hour, hour + 12, hour + 24)
        hours = [one for one in said if first <= one <= last][:1]
    return [(one // 24, time(one % 24, clock.minute, clock.second)) for one in hours]


def _days(facts: Facts, setting: Setting) -> Days | None:
    """The days that the facts name, by what is stated; no day at all (a bare time) is the empty tuple."""
    for name, find in _FINDERS:
        if getattr(facts, name) is not None:
            return find(facts, setting)
    return ()


def _shifted(facts: Facts, setting: Setting) -> Days | None:
    assert facts.shift
    span = negative(facts.shift) if facts.backwards else facts.shift
    if facts.from_there:
        start = _days(replace(facts, shift=None), setting)
        first = start.on_or_after(setting.today) if isinstance(start, Recurring) else next(iter(start or ()), None)
        return None if first is None else (plus(first, span, setting.is_working),)
    landed = plus(setting.today, span, setting.is_working)
    if facts.weekday is not None:  # 两周后的周五
        landed += ONE_DAY * (facts.weekday - landed.weekday())
    return (landed,)


def _fixed(facts: Facts, setting: Setting) -> Days | None:
    assert facts.fixed
    if facts.week is None and facts.year is None:
        return (facts.fixed, *facts.others)
    if facts.fixed != setting.today:  # 下周的今天, 明年今天; but 下周的明天 means nothing
        return None
    if facts.week is not None:
        return (facts.week + ONE_DAY * setting.today.weekday(),)
    year, month = facts.year or setting.today.year, facts.month or setting.today.month
    return (clipped(year, month, setting.today.day),)


def _in_week(facts: Facts, setting: Setting) -> Days | None:
    assert facts.week
    if facts.weekday is not None:
        return (facts.week + ONE_DAY * facts.weekday, *facts.others)
    if facts.weekend:
        return (facts.week + ONE_DAY * _SATURDAY,)
    if facts.edge:
        return _week_edge(facts.week, facts.edge)
    this_week = setting.today - ONE_DAY * setting.today.weekday()
    return None if facts.week == this_week else (facts.week,)


def _week_edge(monday: date, edge: Edge) -> Days | None:
    if edge.unit not in (None, "week"):
        return None
    if edge.at in ("end", "third"):
        return monday + ONE_DAY * _FRIDAY, monday + ONE_DAY * _SUNDAY
    return (monday + ONE_DAY * (2 if edge.at == "middle" else 0),)


def _weekend(facts: Facts, setting: Setting) -> Days | None:
    del facts, setting
    return weekly(_SATURDAY)


def _nth(facts: Facts, setting: Setting) -> Days | None:
    """下个月第一个周一, last working day of April, 今年最后一天; of no month, year or week it means nothing."""
    assert facts.nth
    nth, month, year = facts.nth, facts.month, facts.year
    if facts.edge is not None:  # 月底最后一个周五
        if facts.edge.at != "end" or nth.number > 0 or facts.edge.unit not in (None, "month"):
            return None
        if month is None:
            month, year = setting.today.month, setting.today.year

    def pick(first: date, count: int) -> date | None:
        days = [first + ONE_DAY * n for n in range(count)]
        fitting = [day for day in days if _fits(day, nth, setting.is_working)]
        index = nth.number if nth.number < 0 else nth.number - 1
        return fitting[index] if index < len(fitting) and fitting else None

    if facts.week is not None:
        day = pick(facts.week, 7)
    elif month is not None:
        return in_year(lambda year: pick(date(year, month, 1), monthrange(year, month)[1]), year)
    elif facts.quarter is not None:
        first = facts.quarter * 3 - 2
        days = sum(monthrange(2001, first + n)[1] for n in range(3))
        return in_year(lambda year: pick(date(year, first, 1), days + (first == 1 and isleap(year))), facts.year)
    elif facts.year is not None:
        day = pick(date(facts.year, 1, 1), 366 if isleap(facts.year) else 365)
    else:
        day = None
    return None if day is None else (day,)


def _fits(day: date, nth: Nth, is_working: IsWorking) -> bool:
    if nth.week:
        return day.weekday() == 0 or day.day == 1
    if nth.weekday is not None:
        return day.weekday() == nth.weekday
    return is_working(day) if nth.working else True


def _feast(facts: Facts, setting: Setting) -> Days | None:
    del setting
    assert facts.feast
    return in_year(facts.feast.on, facts.year)


def _quarter(facts: Facts, setting: Setting) -> Days | None:
    assert facts.quarter
    month = facts.quarter * 3 - 2
    edge = facts.edge or Edge("start")
    if edge.unit not in (None, "quarter"):
        return None
    if facts.edge is None and facts.year == setting.today.year and (setting.today.month + 2) // 3 == facts.quarter:
        return None
    return in_year(lambda year: edge_day(date(year, month, 1), 3, edge), facts.year)


def _month(facts: Facts, setting: Setting) -> Days | None:
    assert facts.month
    month, day, edge = facts.month, facts.day, facts.edge
    if day is not None:
        return in_year(lambda year: existing(year, month, day), facts.year)
    if edge is not None:
        if edge.unit not in (None, "month"):
            return None
        return in_year(lambda year: edge_day(date(year, month, 1), 1, edge), facts.year)
    if month == setting.today.month and facts.year in (None, setting.today.year):
        return None  # the month we are in is no day
    if facts.year is None:
        return in_year(lambda year: date(year, month, 1), None)
    same_day = clipped(facts.year, month, setting.today.day)
    return tuple(dict.fromkeys((date(facts.year, month, 1), same_day)))


def _day_of_month(facts: Facts, setting: Setting) -> Days | None:
    del setting
    assert facts.day
    day = facts.day
    return Recurring(lambda near: each_month(near, lambda year, month: existing(year, month, day)), often=True)


def _edge(facts: Facts, setting: Setting) -> Days | None:
    del setting
    assert facts.edge
    edge, year = facts.edge, facts.year
    if year is not None:
        return (edge_day(date(year, 1, 1), 12, edge),) if edge.unit in (None, "year") else None
    if edge.unit == "week":
        return weekly({"end": _FRIDAY, "middle": 2}.get(edge.at, 0))
    if edge.unit is None:
        return None
    months = {"month": 1, "quarter": 3, "year": 12}[edge.unit]

    def on(year: int, month: int) -> date | None:
        return edge_day(date(year, month, 1), months, edge) if month % months == 1 % months else None

    return Recurring(lambda near: each_month(near, on))


def _year(facts: Facts, setting: Setting) -> Days | None:
    assert facts.year
    return None if facts.year == setting.today.year else (date(facts.year, 1, 1),)


def _weekday(facts: Facts, setting: Setting) -> Days | None:
    del setting
    assert facts.weekday is not None
    return weekly(facts.weekday)


_FINDERS: tuple[tuple[str, Callable[[Facts, Setting], Days | None]], ...] = (
    ("shift", _shifted),
    ("nth", _nth),
    ("fixed", _fixed),
    ("week", _in_week),
    ("weekend", _weekend),
    ("feast", _feast),
    ("quarter", _quarter),
    ("month", _month),
    ("day", _day_of_month),
    ("edge", _edge),
    ("year", _year),
    ("weekday", _weekday),
)


def _later(span: Span, setting: Setting, *, backwards: bool) -> datetime:
    """Now and a span that has hours or minutes; to the minute, as everything here is shown."""
    span = negative(span) if backwards else span
    now = setting.now if span.seconds % 60 else setting.now.replace(second=0, microsecond=0)
    day = plus(now.date(), Span(span.months, span.days, span.working_days), setting.is_working)
    start = now.astimezone(UTC) if day == now.date() else at_local(day, now.time(), setting.zone)
    return (start + timedelta(seconds=span.seconds)).astimezone(setting.zone)
