"""Half a year of visits of the demo's company. Days are counted back from today, so that it looks alive on any day."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from bot.demo.archives import WINDOW_DAYS, Archive
from bot.demo.company import ZONE, Person
from bot.demo.dice import dice
from bot.demo.talk import Talk, summary
from crm_core.kit.calendars import add_working_days, at_local, is_working_day, next_working_day
from crm_core.playbook.service import default
from crm_core.visits.models import VisitKind

_EVERY_DAYS: Final = {"a": 8, "b": 14, "c": 20, "new": 4}
_MOST_A_DAY: Final = 6
_DAY_FROM, _DAY_TO = 9 * 60 + 5, 17 * 60 + 20  # minutes of the day
_LUNCH_FROM, _LUNCH_MINUTES = 12 * 60 + 5, 80
_FIRST_THING: Final = time(8, 40)

Load = Counter[tuple[str, date]]
"""How many visits a person has on a day."""

_KINDS: Final = {
    VisitKind.RETURN: 52,
    VisitKind.PHONE: 26,
    VisitKind.PRESENTATION: 8,
    VisitKind.NEGOTIATION: 9,
    VisitKind.MATERIAL: 5,
}


@dataclass(frozen=True, slots=True)
class Told:
    """A visit as it is going to stand in the database. `customer` is the archive's place in the list."""

    customer: int
    owner: Person
    kind: VisitKind
    happened_at: datetime
    created_at: datetime
    summary: str
    next_on: date | None


@dataclass(frozen=True, slots=True)
class _Planned:
    """A visit with its day, but no hour yet."""

    customer: int
    day: date
    kind: VisitKind
    next_on: date | None


def visits(customers: Sequence[Archive], now: datetime) -> list[Told]:
    """All visits until now, in the order they happened. Today's come from the same dice at any hour of the day."""
    zone = ZoneInfo(ZONE)
    today = now.astimezone(zone).date()
    load: Load = Counter()
    days: dict[tuple[str, date], list[_Planned]] = defaultdict(list)
    for at, customer in enumerate(customers):
        for planned in _planned(at, customer, today, load):
            days[customer.owner.key, planned.day].append(planned)
    told = [one for day in days.values() for one in _with_hours(day, customers, zone)]
    told.sort(key=lambda one: one.happened_at)
    return [replace(one, created_at=min(one.created_at, now)) for one in told if one.happened_at <= now]


def created_at(customer: Archive) -> datetime:
    """When the archive was made: first thing in the morning, before the first visit."""
    return at_local(customer.created_on, _FIRST_THING, ZoneInfo(ZONE))


def _planned(at: int, customer: Archive, today: date, load: Load) -> Iterator[_Planned]:
    """The visits to one customer, each with the next step if one was agreed."""
    rng = dice("visits", customer.name)
    known_before = customer.created_on < today - timedelta(days=WINDOW_DAYS)
    days = _days(rng, customer, today, load)
    for place, day in enumerate(days[:-1]):
        first = place == 0 and not known_before
        kind = VisitKind.FIRST if first else rng.choices(list(_KINDS), list(_KINDS.values()))[0]
        yield _Planned(at, day, kind, days[place + 1] if rng.random() < 0.55 else None)


def _days(rng: Random, customer: Archive, today: date, load: Load) -> list[date]:
    """Working days, with no more visits on one than a person can make; the last of them is still only planned.

    A neglected customer's visits end long ago.
    """
    owner = customer.owner.key
    last = _last_day(rng, customer, today)
    days: list[date] = []
    day = _free(_begin(rng, customer, today), owner, load)
    while day < last:
        load[owner, day] += 1
        days.append(day)
        day = _free(_after(rng, customer, day), owner, load)
    if customer.neglected or day == last:
        load[owner, last] += 1
        days.append(last)
        day = _after(rng, customer, last)
    return [*days, day]


def _begin(rng: Random, customer: Archive, today: date) -> date:
    """A new customer is mostly seen on the day it is noted down; of the last few days' some are still to be seen."""
    if customer.created_on >= today - timedelta(days=4) and rng.random() < 0.7:
        return _after(rng, customer, customer.created_on)
    earliest = today - timedelta(days=WINDOW_DAYS - rng.randint(0, _EVERY_DAYS[customer.type]))
    return max(customer.created_on, earliest)


def _last_day(rng: Random, customer: Archive, today: date) -> date:
    """The last day that may have a visit: today, or for a neglected customer a day that makes it stale by now."""
    if not customer.neglected:
        return today
    patience = default().customer_type(customer.type).stale_after_days
    return max(add_working_days(today - timedelta(days=patience), -rng.randint(1, 9)), customer.created_on)


def _after(rng: Random, customer: Archive, day: date) -> date:
    """When one goes again."""
    gap = _EVERY_DAYS[customer.type] * rng.uniform(0.6, 1.4)
    return next_working_day(day + timedelta(days=max(round(gap), 1) - 1))


def _free(day: date, owner: str, load: Load) -> date:
    while not is_working_day(day) or load[owner, day] >= _MOST_A_DAY:
        day += timedelta(days=1)
    return day


def _with_hours(day: list[_Planned], customers: Sequence[Archive], zone: ZoneInfo) -> Iterator[Told]:
    """One person's day: the visits one after the other, told of within the next hour."""
    owner = customers[day[0].customer].owner
    rng = dice("day", owner.key, len(day), *(customers[one.customer].name for one in day))
    rng.shuffle(day)
    span = (_DAY_TO - _DAY_FROM - _LUNCH_MINUTES) / len(day)
    for place, one in enumerate(day):
        minutes = int(_DAY_FROM + span * (place + rng.uniform(0, 0.7)))
        minutes += _LUNCH_MINUTES if minutes >= _LUNCH_FROM else 0
        at = at_local(one.day, time(minutes // 60, minutes % 60), zone)
        customer = customers[one.customer]
        words = summary(rng, Talk(one.kind, customer.who, one.day, one.next_on, owner.language))
        told_at = at + timedelta(minutes=rng.randint(2, 55))
        yield Told(one.customer, owner, one.kind, at, told_at, words, one.next_on)
