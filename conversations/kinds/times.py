"""Days and moments: chips, or words in Chinese and English, always echoed as they were understood."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from conversations.kinds.base import Chip, Given, Kind, Spot, Tapped, typed
from crm_core.kit.errors import DomainError, declare
from crm_core.kit.words.dates import read_moment, write_day, write_moment
from screens.screen import N_, Msg

if TYPE_CHECKING:
    from conversations.form import Facts

NOT_A_DAY = declare("form.not_a_day", "value")
NOT_A_MOMENT = declare("form.not_a_moment", "value")
DAY_IN_PAST = declare("form.day_in_past", "day")
MOMENT_IN_FUTURE = declare("form.moment_in_future")

_FARTHEST_UNSAID = 180  # days: 3月5号, said on 11 March, is hardly the one of next year
_AHEAD = ((N_("Tomorrow"), 1), (N_("In 3 days"), 3), (N_("In a week"), 7), (N_("In a month"), 30))


@dataclass(frozen=True)
class Day(Kind[date]):
    """A day on the person's calendar."""

    future: bool = False
    hint: ClassVar[Msg] = N_("Tap one, or type it: 周五, 3月20号, next wed.")

    def read(self, given: Given, facts: Facts, before: date | None = None) -> date:
        if isinstance(given, Tapped):
            value = _from_chip(given.arg)
        else:
            text = typed(given)
            reading = read_moment(text, facts.local_now, prefer_future=self.future)
            if reading is None:
                raise DomainError(NOT_A_DAY, value=text[:40])
            value = reading.value.date() if isinstance(reading.value, datetime) else reading.value
        if self.future and value < facts.local_now.date():
            raise DomainError(DAY_IN_PAST, day=write_day(value, facts.language))
        return value

    def write(self, value: date, facts: Facts) -> str:
        return write_day(value, facts.language)

    def spot(self, line: str, facts: Facts) -> Spot[date] | None:
        """The first day in the line that can be one. For a coming day, a doubtful word such as 周三 is the next one."""
        reading = read_moment(line, facts.local_now, prefer_future=self.future)
        if reading is None:
            return None
        value = reading.value.date() if isinstance(reading.value, datetime) else reading.value
        start, end = reading.span
        if self.future and value < facts.local_now.date():
            later = self.spot(line[end:], facts)
            return replace(later, start=later.start + end, end=later.end + end) if later else None
        likely = abs((value - facts.local_now.date()).days) <= _FARTHEST_UNSAID
        return Spot(value, start, end, sure=likely and not reading.ambiguous)

    def dump(self, value: date) -> str:
        return value.isoformat()

    def load(self, stored: Any) -> date:
        return date.fromisoformat(stored)

    def chips(self, facts: Facts) -> tuple[Chip, ...]:
        today = facts.local_now.date()
        return tuple(Chip(words, (today + timedelta(days=days)).isoformat()) for words, days in _AHEAD)


def _from_chip(arg: str) -> date:
    try:
        return date.fromisoformat(arg)
    except ValueError as error:
        raise DomainError(NOT_A_DAY, value=arg[:40]) from error


@dataclass(frozen=True)
class Moment(Kind[datetime]):
    """An instant, told in the person's wall-clock time. Something that has happened lies in the `past`."""

    past: bool = False
    hint: ClassVar[Msg] = N_("Type it: 下午3点, 昨天上午10点, yesterday 4pm.")

    def read(self, given: Given, facts: Facts, before: datetime | None = None) -> datetime:
        if isinstance(given, Tapped):
            return facts.local_now + timedelta(minutes=_minutes(given.arg))
        text = typed(given)
        reading = read_moment(text, facts.local_now, prefer_future=not self.past)
        if reading is None:
            raise DomainError(NOT_A_MOMENT, value=text[:40])
        value = self._with_time(reading.value, facts)
        if self.past and value > facts.local_now:
            raise DomainError(MOMENT_IN_FUTURE)
        return value

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

    def chips(self, facts: Facts) -> tuple[Chip, ...]:
        if not self.past:
            return ()
        return (Chip(N_("Now"), "0"), Chip(N_("An hour ago"), "-60"), Chip(N_("2 hours ago"), "-120"))


def _minutes(arg: str) -> int:
    if arg in ("0", "-60", "-120"):
        return int(arg)
    raise DomainError(NOT_A_MOMENT, value=arg[:40])
