"""What the pieces of a date phrase state, and which pieces go together.

A phrase is read piece by piece. Each piece states one or a few facts (`下个月`: year and month; `5号`: day of the
month; `下午`: period; `3点`: clock), and a piece joins the phrase if nothing is stated twice and the facts are a
combination that means a day. What a combination means is `resolve`'s matter.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import Enum
from typing import Literal, NamedTuple

from crm_core.kit.words.durations import Span


class Period(Enum):
    """Part of the day: the hours (first, last) that a clock time said with it may mean; past 24 is the next day.

    GOOD_MORNING is the English word, which alone is a greeting.
    """

    SMALL_HOURS = (0, 6)
    EARLY = (4, 11)
    MORNING = (0, 12)
    GOOD_MORNING = (1, 12)
    NOON = (11, 14)
    AFTERNOON = (12, 18)
    DUSK = (16, 20)
    EVENING = (17, 24)
    NIGHT = (17, 28)
    LATE = (21, 29)
    SECOND_HALF = (12, 23)
    WHOLE_DAY = (0, 24)


class Clock(NamedTuple):
    """A time of day as it was said; `sure` if the hour is on a 24-hour clock (15:30, 08:00), not a bare 3点."""

    hour: int
    minute: int = 0
    second: int = 0
    sure: bool = False


class Edge(NamedTuple):
    """Where in a month, quarter, year or week; `unit` is what the word itself says (月底) when nothing else does.

    "half" is where the second half begins.
    """

    at: Literal["start", "first", "middle", "half", "second", "third", "end"]
    unit: Literal["week", "month", "quarter", "year"] | None = None


class Nth(NamedTuple):
    """One of several days in a month, year or week: the second Monday (weekday 0), the last day, the first working day,
    the beginning of a week.

    `number` counts from 1; -1 is the last.
    """

    number: int
    weekday: int | None = None
    working: bool = False
    week: bool = False


class Feast(NamedTuple):
    """A day that comes once a year: its date in a given year (lunar: the Chinese year that begins in it), or None."""

    on: Callable[[int], date | None]


@dataclass(frozen=True, slots=True)
class Facts:
    """What one piece, or the phrase so far, states.

    `shift` counts from today, or with `from_there` from the day that the rest names (春节前三天); `later` is hours and
    minutes from now. `others` are days that `fixed` may have meant instead. A `weak` piece may be other words.
    """

    fixed: date | None = None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    edge: Edge | None = None
    quarter: int | None = None
    week: date | None = None
    weekday: int | None = None
    weekend: bool | None = None
    feast: Feast | None = None
    nth: Nth | None = None
    shift: Span | None = None
    later: Span | None = None
    period: Period | None = None
    clock: Clock | None = None
    others: tuple[date, ...] = ()
    from_there: bool = False
    backwards: bool = False
    weak: bool = False

    def stated(self) -> frozenset[str]:
        """Names of the facts that are stated."""
        return frozenset(name for name in _FACT_NAMES if getattr(self, name) is not None)

    def joined(self, other: "Facts") -> "Facts | None":
        """Both together, or None if they say something twice or make no sense together."""
        mine, yours = self.stated(), other.stated()
        from_there = self.from_there or other.from_there
        if mine & yours or not makes_sense(mine | yours, from_there=from_there):
            return None
        if other.weak and yours == frozenset({"day", "month"}) and mine - _TIME:  # tuesday 10-11 is no 11 October
            return None
        added = {name: getattr(other, name) for name in yours}
        return replace(
            self,
            **added,
            others=self.others or other.others,
            from_there=from_there,
            backwards=self.backwards or other.backwards,
            weak=False,
        )


_FACT_NAMES = frozenset(
    one.name for one in fields(Facts) if one.name not in ("others", "from_there", "backwards", "weak")
)
_TIME = frozenset({"period", "clock"})
_DAYS = frozenset(
    frozenset(names.split())
    for names in (
        "",
        "fixed",
        "fixed weekday",
        "fixed year",
        "fixed year month",
        "fixed week",
        "weekday",
        "weekday week",
        "weekday shift",
        "week",
        "week weekend",
        "week edge",
        "weekend",
        "day",
        "day weekday",
        "day month",
        "day month weekday",
        "day month year",
        "day month year weekday",
        "month",
        "month year",
        "month edge",
        "month year edge",
        "edge",
        "edge year",
        "quarter",
        "quarter year",
        "quarter edge",
        "quarter year edge",
        "year",
        "feast",
        "feast year",
        "nth",
        "nth month",
        "nth month year",
        "nth year",
        "nth week",
        "nth edge",
        "nth edge month",
        "nth edge month year",
        "nth quarter",
        "nth quarter year",
        "shift",
    )
)


def makes_sense(names: frozenset[str], *, from_there: bool) -> bool:
    """Whether these facts together mean a day or a time; a span of hours (`later`) says the time itself."""
    if "later" in names:
        return len(names) == 1
    return names - _TIME - ({"shift"} if from_there else set()) in _DAYS


class Refused(NamedTuple):
    """What a reader answers for what looks like a date but cannot be one: then the whole text is refused.

    `alone` is False for what is refused only after the beginning of a date: 明天25点, but not 让利25点.
    """

    alone: bool


REFUSED = Refused(alone=True)
DOUBTED = Refused(alone=False)


class Piece(NamedTuple):
    """What was read at a place in the text, and where it ends."""

    facts: Facts | Refused
    end: int


Reader = Callable[[str, int, date], Piece | None]
"""Reads one piece of a folded text exactly at a place, given today; None if there is none."""

_Make = Callable[[re.Match[str], date], Facts | Refused | None]


def rule(pattern: str) -> Callable[[_Make], Reader]:
    """Make a reader of a function from a match to facts; the function answers None if the words mean something else."""
    compiled = re.compile(pattern)

    def decorate(make: _Make) -> Reader:
        def read(plain: str, at: int, today: date) -> Piece | None:
            found = compiled.match(plain, at)
            if found is None:
                return None
            facts = make(found, today)
            return None if facts is None else Piece(facts, found.end())

        return read

    return decorate
