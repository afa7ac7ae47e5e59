"""Counting on the calendar: days that recur, months of unequal length, working days."""

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from crm_core.kit.words.durations import Span
from crm_core.kit.words.when.facts import Edge

IsWorking = Callable[[date], bool]

ONE_DAY = timedelta(days=1)
_YEARS_AHEAD = 9
_MOST_WORKING_DAYS = 3_000


@dataclass(frozen=True, slots=True)
class Recurring:
    """Days that come again and again; `often` ones (weekdays, days of the month) give way when today's time is past."""

    every: Callable[[date], Iterator[date]]
    often: bool = False

    def on_or_after(self, day: date) -> date | None:
        return next((one for one in self.every(day) if one >= day), None)

    def on_or_before(self, day: date) -> date | None:
        return max((one for one in self.every(day) if one <= day), default=None)


Days = tuple[date, ...] | Recurring
"""The days that a phrase names: certain ones, the likeliest first (none at all for a time alone), or recurring ones."""


def weekly(weekday: int) -> Recurring:
    def every(near: date) -> Iterator[date]:
        start = near + ONE_DAY * ((weekday - near.weekday()) % 7)
        return (start + timedelta(weeks=n) for n in (-1, 0, 1))

    return Recurring(every, often=True)


def in_year(on: Callable[[int], date | None], year: int | None) -> Days | None:
    """The day in the year that was said (None if it has no such day), or the day of every year."""
    if year is not None:
        day = on(year)
        return None if day is None else (day,)

    def every(near: date) -> Iterator[date]:
        years = range(max(1, near.year - _YEARS_AHEAD), min(9999, near.year + _YEARS_AHEAD) + 1)
        return (day for day in map(on, years) if day is not None)

    return Recurring(every)


def each_month(near: date, on: Callable[[int, int], date | None]) -> Iterator[date]:
    months = (divmod(near.year * 12 + near.month - 1 + n, 12) for n in range(-13, 14))
    return (day for day in (on(year, month + 1) for year, month in months if 1 <= year <= 9999) if day is not None)


def edge_day(first: date, months: int, edge: Edge) -> date:
    """A place in the one, three or twelve months that begin on `first`."""
    if edge.at in ("start", "first"):
        return first
    if edge.at == "end":
        return _plus_months(first, months) - ONE_DAY
    if edge.at == "half":
        return _plus_months(first, months // 2) if months > 1 else first + timedelta(days=15)
    if months > 1:
        return _plus_months(first, months // 2) + (timedelta(days=14) if months == 3 else -ONE_DAY)
    return first + timedelta(days={"middle": 14, "second": 10, "third": 20}[edge.at])


def negative(span: Span) -> Span:
    return Span(-span.months, -span.days, -span.working_days, -span.seconds)


def plus(day: date, span: Span, is_working: IsWorking) -> date:
    day = _plus_months(day, span.months) + timedelta(days=span.days)
    step = ONE_DAY if span.working_days > 0 else -ONE_DAY
    left, tries = abs(span.working_days), 0
    while left:
        day, tries = day + step, tries + 1
        left -= is_working(day)
        if tries > _MOST_WORKING_DAYS:
            raise OverflowError("too many working days to count")
    return day


def _plus_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return clipped(year, month + 1, day.day)


def clipped(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def existing(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
