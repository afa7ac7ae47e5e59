"""What a phrase means: from its facts to a date or a moment, with the other readings it may have had.

Two things are not said and must be chosen: which coming Friday, and which half of the day 3点 is in. The rules:
days that recur are the next ones, today included while its time is still ahead; a bare hour is the likelier of its two
(7 to 12 in the morning, 1 to 6 in the afternoon), unless only the other is still to come. What was not chosen is told.
"""

from calendar import isleap, monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from crm_core.kit.calendars import at_local
from crm_core.kit.words.durations import Span
from crm_core.kit.words.when.facts import Clock, Edge, Facts, Nth, Period

IsWorking = Callable[[date], bool]

_YEARS_AHEAD = 9
_MOST_WORKING_DAYS = 3_000
_WAKING_HOURS = range(7, 22)
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6
_ONE_DAY = timedelta(days=1)


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


class Meaning(NamedTuple):
    """The chosen reading first, then the others: all dates, or all aware datetimes."""

    readings: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class _Recurring:
    """Days that come again and again; `often` ones (weekdays, days of the month) give way when today's time is past."""

    every: Callable[[date], Iterator[date]]
    often: bool = False

    def on_or_after(self, day: date) -> date | None:
        return next((one for one in self.every(day) if one >= day), None)

    def on_or_before(self, day: date) -> date | None:
        return max((one for one in self.every(day) if one <= day), default=None)


_Days = tuple[date, ...] | _Recurring


def resolve(facts: Facts, setting: Setting) -> Meaning | None:
    """The meaning, or None if no such day exists. May raise ValueError or OverflowError past the calendar's ends."""
    if facts.later:
        return Meaning((_later(facts.later, setting, backwards=facts.backwards),))
    if facts.from_there and facts.shift and facts.shift.seconds:
        return _from_moment(facts, facts.shift, setting)
    clock = facts.clock
    if clock is None and facts.period is Period.NOON:
        clock = Clock(12, sure=True)
    days = _days(facts, setting)
    if days is None:
        return None
    if clock is None:
        return _as_days(days, setting)
    times = _times(clock, facts.period)
    return _as_moments(days, times, setting) if times else None


def _from_moment(facts: Facts, span: Span, setting: Setting) -> Meaning | None:
    """下午3点前半小时: hours and minutes from a time that was said; of a day alone they mean nothing."""
    rest = resolve(replace(facts, shift=None, from_there=False), setting)
    exact = timedelta(seconds=-span.seconds if facts.backwards else span.seconds)
    if rest is None or span != Span(seconds=span.seconds) or not isinstance(rest.readings[0], datetime):
        return None
    return Meaning(tuple(one + exact for one in rest.readings))


def _as_days(days: _Days, setting: Setting) -> Meaning | None:
    if isinstance(days, tuple):
        return Meaning(days or (setting.today,))  # 下午, 晚上 with no day: today
    today = setting.today
    chosen = days.on_or_after(today) if setting.prefer_future else days.on_or_before(today)
    if chosen is None:
        return None
    following = days.on_or_after(today + _ONE_DAY) if days.often and chosen == today else None
    return Meaning((chosen, following) if following else (chosen,))


def _as_moments(days: _Days, times: list[tuple[int, time]], setting: Setting) -> Meaning | None:
    if isinstance(days, tuple):
        if not days:
            return _next_moments(times, setting)
        on_day = _on(days[0], times, setting)
        return Meaning((*on_day, *(_on(day, times[:1], setting)[0] for day in days[1:])))
    today = setting.today
    step = _ONE_DAY if setting.prefer_future else -_ONE_DAY
    find = days.on_or_after if setting.prefer_future else days.on_or_before
    day = find(today)
    if day is None:
        return None
    moments = _on(day, times, setting)
    if day == today and days.often and not _is_wanted(moments[0], setting):
        other = find(today + step)
        if other is not None:
            return Meaning((*_on(other, times, setting), moments[0]))
    return Meaning(tuple(moments))


def _on(day: date, times: list[tuple[int, time]], setting: Setting) -> list[datetime]:
    """The times on a day, likeliest first; on today itself those still to come go first."""
    moments = [_moment(day, one, setting) for one in times]
    return sorted(moments, key=lambda one: not _is_wanted(one, setting)) if day == setting.today else moments


def _next_moments(times: list[tuple[int, time]], setting: Setting) -> Meaning | None:
    """A time without a day: for each half of the day its next coming; waking hours first, then the nearest."""
    found: list[datetime] = []
    days = [setting.today + _ONE_DAY * n for n in ((-1, 0, 1) if setting.prefer_future else (0, -1))]
    for one in times:
        wanted = (_moment(day, one, setting) for day in days)
        found.extend([moment for moment in wanted if _is_wanted(moment, setting)][:1])
    unsure = len(times) > 1

    def likelihood(moment: datetime) -> tuple[bool, timedelta]:
        return unsure and moment.hour not in _WAKING_HOURS, abs(moment - setting.now)

    return Meaning(tuple(sorted(found, key=likelihood))) if found else None


def _is_wanted(moment: datetime, setting: Setting) -> bool:
    now = setting.now.replace(second=0, microsecond=0)
    return moment >= now if setting.prefer_future else moment <= setting.now


def _moment(day: date, at: tuple[int, time], setting: Setting) -> datetime:
    days_on, clock = at
    return at_local(day + _ONE_DAY * days_on, clock, setting.zone).astimezone(setting.zone)


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


def _days(facts: Facts, setting: Setting) -> _Days | None:
    """The days that the facts name, by what is stated; no day at all (a bare time) is the empty tuple."""
    for name, find in _FINDERS:
        if getattr(facts, name) is not None:
            return find(facts, setting)
    return ()


def _shifted(facts: Facts, setting: Setting) -> _Days | None:
    assert facts.shift
    span = _negative(facts.shift) if facts.backwards else facts.shift
    if facts.from_there:
        start = _days(replace(facts, shift=None), setting)
        first = start.on_or_after(setting.today) if isinstance(start, _Recurring) else next(iter(start or ()), None)
        return None if first is None else (_plus(first, span, setting.is_working),)
    landed = _plus(setting.today, span, setting.is_working)
    if facts.weekday is not None:  # 两周后的周五
        landed += _ONE_DAY * (facts.weekday - landed.weekday())
    return (landed,)


def _fixed(facts: Facts, setting: Setting) -> _Days | None:
    assert facts.fixed
    if facts.week is None and facts.year is None:
        return (facts.fixed, *facts.others)
    if facts.fixed != setting.today:  # 下周的今天, 明年今天; but 下周的明天 means nothing
        return None
    if facts.week is not None:
        return (facts.week + _ONE_DAY * setting.today.weekday(),)
    year, month = facts.year or setting.today.year, facts.month or setting.today.month
    return (_clipped(year, month, setting.today.day),)


def _in_week(facts: Facts, setting: Setting) -> _Days | None:
    assert facts.week
    if facts.weekday is not None:
        return (facts.week + _ONE_DAY * facts.weekday, *facts.others)
    if facts.weekend:
        return (facts.week + _ONE_DAY * _SATURDAY,)
    if facts.edge:
        return _week_edge(facts.week, facts.edge)
    this_week = setting.today - _ONE_DAY * setting.today.weekday()
    return None if facts.week == this_week else (facts.week,)


def _week_edge(monday: date, edge: Edge) -> _Days | None:
    if edge.unit not in (None, "week"):
        return None
    if edge.at in ("end", "third"):
        return monday + _ONE_DAY * _FRIDAY, monday + _ONE_DAY * _SUNDAY
    return (monday + _ONE_DAY * (2 if edge.at == "middle" else 0),)


def _weekend(facts: Facts, setting: Setting) -> _Days | None:
    del facts, setting
    return _weekly(_SATURDAY)


def _nth(facts: Facts, setting: Setting) -> _Days | None:
    """下个月第一个周一, last working day of April, 今年最后一天; without a month, year or week it is not said of what."""
    assert facts.nth
    nth, month = facts.nth, facts.month

    def pick(first: date, count: int) -> date | None:
        days = [first + _ONE_DAY * n for n in range(count)]
        fitting = [day for day in days if _fits(day, nth, setting.is_working)]
        index = nth.number if nth.number < 0 else nth.number - 1
        return fitting[index] if index < len(fitting) and fitting else None

    if facts.week is not None:
        day = pick(facts.week, 7)
    elif month is not None:
        return _in_year(lambda year: pick(date(year, month, 1), monthrange(year, month)[1]), facts.year)
    elif facts.year is not None:
        day = pick(date(facts.year, 1, 1), 366 if isleap(facts.year) else 365)
    else:
        day = None
    return None if day is None else (day,)


def _fits(day: date, nth: Nth, is_working: IsWorking) -> bool:
    if nth.weekday is not None:
        return day.weekday() == nth.weekday
    return is_working(day) if nth.working else True


def _feast(facts: Facts, setting: Setting) -> _Days | None:
    del setting
    assert facts.feast
    return _in_year(facts.feast.on, facts.year)


def _quarter(facts: Facts, setting: Setting) -> _Days | None:
    assert facts.quarter
    month = facts.quarter * 3 - 2
    edge = facts.edge or Edge("start")
    if edge.unit not in (None, "quarter"):
        return None
    if facts.edge is None and facts.year == setting.today.year and (setting.today.month + 2) // 3 == facts.quarter:
        return None
    return _in_year(lambda year: _edge_day(date(year, month, 1), 3, edge), facts.year)


def _month(facts: Facts, setting: Setting) -> _Days | None:
    assert facts.month
    month, day, edge = facts.month, facts.day, facts.edge
    if day is not None:
        return _in_year(lambda year: _existing(year, month, day), facts.year)
    if edge is not None:
        if edge.unit not in (None, "month"):
            return None
        return _in_year(lambda year: _edge_day(date(year, month, 1), 1, edge), facts.year)
    if month == setting.today.month and facts.year in (None, setting.today.year):
        return None  # the month we are in is no day
    if facts.year is None:
        return _in_year(lambda year: date(year, month, 1), None)
    same_day = _clipped(facts.year, month, setting.today.day)
    return tuple(dict.fromkeys((date(facts.year, month, 1), same_day)))


def _day_of_month(facts: Facts, setting: Setting) -> _Days | None:
    del setting
    assert facts.day
    day = facts.day
    return _Recurring(lambda near: _each_month(near, lambda year, month: _existing(year, month, day)), often=True)


def _edge(facts: Facts, setting: Setting) -> _Days | None:
    assert facts.edge
    edge, year = facts.edge, facts.year
    if year is not None:
        return (_edge_day(date(year, 1, 1), 12, edge),) if edge.unit in (None, "year") else None
    if edge.unit == "week":
        return _weekly({"end": _FRIDAY, "middle": 2}.get(edge.at, 0))
    if edge.unit is None:
        return None
    months = {"month": 1, "quarter": 3, "year": 12}[edge.unit]

    def on(year: int, month: int) -> date | None:
        return _edge_day(date(year, month, 1), months, edge) if month % months == 1 % months else None

    return _Recurring(lambda near: _each_month(near, on))


def _year(facts: Facts, setting: Setting) -> _Days | None:
    assert facts.year
    return None if facts.year == setting.today.year else (date(facts.year, 1, 1),)


def _weekday(facts: Facts, setting: Setting) -> _Days | None:
    del setting
    assert facts.weekday is not None
    return _weekly(facts.weekday)


_FINDERS: tuple[tuple[str, Callable[[Facts, Setting], _Days | None]], ...] = (
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


def _weekly(weekday: int) -> _Recurring:
    def every(near: date) -> Iterator[date]:
        start = near + _ONE_DAY * ((weekday - near.weekday()) % 7)
        return (start + timedelta(weeks=n) for n in (-1, 0, 1))

    return _Recurring(every, often=True)


def _in_year(on: Callable[[int], date | None], year: int | None) -> _Days | None:
    """The day in the year that was said (None if it has no such day), or the day of every year."""
    if year is not None:
        day = on(year)
        return None if day is None else (day,)

    def every(near: date) -> Iterator[date]:
        years = range(max(1, near.year - _YEARS_AHEAD), min(9999, near.year + _YEARS_AHEAD) + 1)
        return (day for day in map(on, years) if day is not None)

    return _Recurring(every)


def _each_month(near: date, on: Callable[[int, int], date | None]) -> Iterator[date]:
    months = (divmod(near.year * 12 + near.month - 1 + n, 12) for n in range(-13, 14))
    return (day for day in (on(year, month + 1) for year, month in months if 1 <= year <= 9999) if day is not None)


def _edge_day(first: date, months: int, edge: Edge) -> date:
    """A place in the one, three or twelve months that begin on `first`."""
    if edge.at in ("start", "first"):
        return first
    if edge.at == "end":
        return _plus_months(first, months) - _ONE_DAY
    if months > 1:
        return _plus_months(first, months // 2) + (timedelta(days=14) if months == 3 else -_ONE_DAY)
    return first + timedelta(days={"middle": 14, "second": 10, "third": 20}[edge.at])


def _later(span: Span, setting: Setting, *, backwards: bool) -> datetime:
    """Now and a span that has hours or minutes; to the minute, as everything here is shown."""
    span = _negative(span) if backwards else span
    now = setting.now if span.seconds % 60 else setting.now.replace(second=0, microsecond=0)
    day = _plus(now.date(), Span(span.months, span.days, span.working_days), setting.is_working)
    start = now.astimezone(UTC) if day == now.date() else at_local(day, now.time(), setting.zone)
    return (start + timedelta(seconds=span.seconds)).astimezone(setting.zone)


def _negative(span: Span) -> Span:
    return Span(-span.months, -span.days, -span.working_days, -span.seconds)


def _plus(day: date, span: Span, is_working: IsWorking) -> date:
    day = _plus_months(day, span.months) + timedelta(days=span.days)
    step = _ONE_DAY if span.working_days > 0 else -_ONE_DAY
    left, tries = abs(span.working_days), 0
    while left:
        day, tries = day + step, tries + 1
        left -= is_working(day)
        if tries > _MOST_WORKING_DAYS:
            raise OverflowError("too many working days to count")
    return day


def _plus_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return _clipped(year, month + 1, day.day)


def _clipped(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def _existing(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


