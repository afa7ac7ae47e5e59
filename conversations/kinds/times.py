"""Days and moments: chips, a calendar, or words in Chinese and English, always echoed as they were understood."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from conversations.kinds.base import HALF, Board, Chip, Given, Kind, Spot, Tapped, Typed, typed
from conversations.kinds.month import calendar_chip, month_board
from crm_core.kit.calendars import at_local
from crm_core.kit.errors import DomainError, declare
from crm_core.kit.words.dates import write_day, write_moment
from screens.screen import N_, Msg

if TYPE_CHECKING:
    from conversations.form import Facts

NOT_A_DAY = declare("form.not_a_day", "value")
NOT_A_MOMENT = declare("form.not_a_moment", "value")
DAY_IN_PAST = declare("form.day_in_past", "day")
DAY_IN_FUTURE = declare("form.day_in_future", "day")
MOMENT_IN_FUTURE = declare("form.moment_in_future")

_FARTHEST_UNSAID = 180  # days: 3月5号, said on 11 March, is hardly the one of next year
_AHEAD = ((N_("Tomorrow"), 1), (N_("In 3 days"), 3), (N_("In a week"), 7), (N_("In a month"), 30))
_BEHIND = ((N_("Today"), 0), (N_("Yesterday"), -1), (N_("The day before yesterday"), -2))
_AGO = ((N_("Now"), 0), (N_("An hour ago"), -60), (N_("2 hours ago"), -120))
_HOURS: Final = range(8, 19)
_FARTHEST_VAGUE: Final = 92  # 下半年 of a plan is hardly the next step
_NUMBERED = re.compile(r"[\d一二三四五六七八九十]")
_MOST_PAST_DAYS: Final = 6  # told of in a line, before the coming one; each is a reading of its own
_HOURS_A_ROW: Final = 4
_A_FORTNIGHT: Final = 14


@dataclass(frozen=True)
class Day(Kind[date]):
    """A day on the person's calendar: any, or one of the `future`, or one of the `past`; today is in both.

    Of any day, words that may mean one behind and one ahead (12月5日, 周三) mean the nearer one.
    """

    future: bool = False
    past: bool = False
    hint: ClassVar[Msg] = N_("Tap one, or type it: fri, 20 March, next wed.")

    def read(self, given: Given, facts: Facts, before: date | None = None) -> date:
        today = facts.local_now.date()
        if isinstance(given, Tapped):
            value = _from_chip(given.arg)
        else:
            value = self._said(typed(given), facts, ahead=self.future)
            if not self.future and not self.past:
                value = min(value, self._said(typed(given), facts, ahead=True), key=lambda day: abs(day - today))
        if self.future and value < today:
            raise DomainError(DAY_IN_PAST, day=write_day(value, facts.language))
        if self.past and value > today:
            raise DomainError(DAY_IN_FUTURE, day=write_day(value, facts.language))
        return value

    @staticmethod
    def _said(text: str, facts: Facts, *, ahead: bool) -> date:
        reading = facts.moment_in(text, prefer_future=ahead)
        if reading is None:
            raise DomainError(NOT_A_DAY, value=text[:40])
        return reading.value.date() if isinstance(reading.value, datetime) else reading.value

    def write(self, value: date, facts: Facts) -> str:
        return write_day(value, facts.language)

    def spot(self, line: str, facts: Facts) -> Spot[date] | None:
        """The first day in the line that can be one. For a coming day, a doubtful word such as 周三 is the next one;
        an hour alone (13:30 没人接) may as well tell of what has been.
        """
        return self._spot(line, facts, _MOST_PAST_DAYS)

    def _spot(self, line: str, facts: Facts, left: int) -> Spot[date] | None:
        reading = facts.moment_in(line, prefer_future=self.future) if left else None
        if reading is None:
            return None
        value = reading.value.date() if isinstance(reading.value, datetime) else reading.value
        start, end = reading.span
        if self.future and value < facts.local_now.date():
            later = self._spot(line[end:], facts, left - 1)
            return replace(later, start=later.start + end, end=later.end + end) if later else None
        if self.future and value == facts.local_now.date() and reading.kind == "day" and left == _MOST_PAST_DAYS:
            later = self._spot(line[end:], facts, 1)  # 今天聊得不错，下周三送样
            if later is not None and later.value > value:
                return replace(later, start=later.start + end, end=later.end + end, sure=False)
        plainly = _NUMBERED.search(line, start, end) is not None
        farthest = _FARTHEST_UNSAID if plainly else _FARTHEST_VAGUE
        elsewhere = any(_day(other) != value for other in reading.alternatives)
        likely = abs((value - facts.local_now.date()).days) <= farthest
        return Spot(value, start, end, sure=likely and not elsewhere and not reading.dayless)

    def dump(self, value: date) -> str:
        return value.isoformat()

    def load(self, stored: Any) -> date:
        return date.fromisoformat(stored)

    def chips(self, facts: Facts, held: date | None = None) -> tuple[Chip, ...]:
        if facts.first is not None:
            return tuple(Chip(write_day(day, facts.language), day.isoformat()) for day in _from(facts.first, facts))
        today = facts.local_now.date()
        known = _BEHIND if self.past else _AHEAD
        return tuple(Chip(words, (today + timedelta(days=days)).isoformat()) for words, days in known)

    def tools(self, facts: Facts, held: date | None = None) -> tuple[Chip, ...]:
        return (calendar_chip(facts, held or facts.first),)

    def board(self, facts: Facts, held: date | None = None) -> Board | None:
        today = facts.local_now.date()
        return month_board(facts, facts.first or (today if self.future else None), today if self.past else None)

    def pick(self, text: str, facts: Facts) -> Spot[date] | None:
        return _picked(self, text, facts, prefer_future=self.future)


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _from(first: date, facts: Facts) -> list[date]:
    """Likely last days of what begins on this one: itself and worked days behind it, the last of them a week's work."""
    last = min(first.toordinal() + _A_FORTNIGHT, date.max.toordinal())
    fortnight = map(date.fromordinal, range(first.toordinal() + 1, last + 1))
    worked = [first, *(day for day in fortnight if facts.works(day))]
    return [*worked[:3], *worked[4:5]]


def _from_chip(arg: str) -> date:
    try:
        return date.fromisoformat(arg)
    except ValueError as error:
        raise DomainError(NOT_A_DAY, value=arg[:40]) from error


@dataclass(frozen=True)
class Moment(Kind[datetime]):
    """An instant, told in the person's wall-clock time. Something that has happened lies in the `past`."""

    past: bool = False
    hint: ClassVar[Msg] = N_("Type it: 3pm, yesterday 10am.")

    def read(self, given: Given, facts: Facts, before: datetime | None = None) -> datetime:
        value = self._tapped(given.arg, facts) if isinstance(given, Tapped) else self._said(typed(given), facts)
        if self.past and value > facts.local_now:
            raise DomainError(MOMENT_IN_FUTURE)
        return value

    @staticmethod
    def _tapped(arg: str, facts: Facts) -> datetime:
        """Minutes from now, or an hour of a day of the calendar (2026-03-10T15:00)."""
        if any(arg == str(minutes) for _, minutes in _AGO):
            return facts.local_now + timedelta(minutes=int(arg))
        day, _, hour = arg.partition("T")
        if hour not in {f"{one:02d}:00" for one in _HOURS}:
            raise DomainError(NOT_A_MOMENT, value=arg[:40])
        try:
            return _at(date.fromisoformat(day), time.fromisoformat(hour), facts)
        except (ValueError, OverflowError) as error:
            raise DomainError(NOT_A_MOMENT, value=arg[:40]) from error

    def _said(self, text: str, facts: Facts) -> datetime:
        """A time alone belongs to the day that was just chosen in the calendar."""
        if (day := _chosen_day(facts)) is not None:
            reading = facts.moment_in(f"{day.isoformat()} {text}")
            if reading is not None and isinstance(reading.value, datetime) and reading.value.date() == day:
                return reading.value
        reading = facts.moment_in(text, prefer_future=not self.past)
        if reading is None:
            raise DomainError(NOT_A_MOMENT, value=text[:40])
        return self._with_time(reading.value, facts)

    @staticmethod
    def _with_time(value: date | datetime, facts: Facts) -> datetime:
        """A day without a time means now today, and noon on another day."""
        if isinstance(value, datetime):
            return value
        now = facts.local_now
        return (
            now
            if value == now.date()
            else now.replace(
                year=value.year, month=value.month, day=value.day, hour=12, minute=0, second=0, microsecond=0
            )
        )

    def write(self, value: datetime, facts: Facts) -> str:
        return write_moment(value.astimezone(facts.zone), facts.language)

    def dump(self, value: datetime) -> str:
        return value.isoformat()

    def load(self, stored: Any) -> datetime:
        value = datetime.fromisoformat(stored)
        if value.tzinfo is None:
            raise ValueError
        return value

    def chips(self, facts: Facts, held: datetime | None = None) -> tuple[Chip, ...]:
        return tuple(Chip(words, str(minutes)) for words, minutes in _AGO) if self.past else ()

    def tools(self, facts: Facts, held: datetime | None = None) -> tuple[Chip, ...]:
        return (calendar_chip(facts, held.astimezone(facts.zone).date() if held else None),)

    def board(self, facts: Facts, held: datetime | None = None) -> Board | None:
        """A month; then, for a day that was tapped in it, its hours."""
        day = _chosen_day(facts)
        if day is None:
            return month_board(facts, None, facts.local_now.date() if self.past else None, HALF)
        hours = [Chip(f"{hour}:00", f"{day.isoformat()}T{hour:02d}:00") for hour in _HOURS]
        if self.past:
            hours = [one for one in hours if self._tapped(one.arg, facts) <= facts.local_now]
            if day == facts.local_now.date():
                hours.append(Chip(N_("Now"), "0"))
        rows = [tuple(hours[at : at + _HOURS_A_ROW]) for at in range(0, len(hours), _HOURS_A_ROW)]
        hint = N_("%(day)s: tap the hour, or type the time.")(day=write_day(day, facts.language))
        return Board(tuple(rows), hint, back=f"{day:%Y-%m}")

    def pick(self, text: str, facts: Facts) -> Spot[datetime] | None:
        return _picked(self, text, facts, prefer_future=not self.past)


def _chosen_day(facts: Facts) -> date | None:
    """The day that was tapped in a calendar."""
    try:
        return date.fromisoformat(facts.look) if len(facts.look) == 10 else None
    except ValueError:
        return None


def _at(day: date, hour: time, facts: Facts) -> datetime:
    return at_local(day, hour, facts.zone).astimezone(facts.zone)


def _picked(kind: Day | Moment, text: str, facts: Facts, *, prefer_future: bool) -> Spot[Any] | None:
    """The first day or time in a line, if it stands in one piece."""
    reading = facts.moment_in(text, prefer_future=prefer_future)
    if reading is None or len(reading.pieces) > 1:
        return None
    start, end = reading.span
    try:
        return Spot(kind.read(Typed(text[start:end]), facts), start, end)
    except DomainError:
        return None
