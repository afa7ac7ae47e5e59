"""Birthdays of those one meets in the demo: spread over the year, and two that the clock's buttons bring soon."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bot.demo.archives import HUANING, Archive
from bot.demo.company import ENGLISH_REP, OPEN_PHONES
from bot.demo.dice import dice
from crm_core.kit.calendars import is_working_day, lunar_day, next_working_day
from crm_core.kit.words.yearly import Yearly

_KNOWN = 0.5
_LUNAR = 0.4


def birthdays(customers: Sequence[Archive], today: date) -> Mapping[int, Yearly]:
    """By the place of the customer whose contact it is. 华宁's 王建平 has his on the next Monday that is worked, by the
    lunar calendar; the most valuable customer of the English rep has a birthday on the next working day.
    """
    known: dict[int, Yearly] = {}
    for at, one in enumerate(customers):
        rng = dice("birthday", one.name)
        born = date(rng.randint(1962, 1996), 1, 1) + timedelta(days=rng.randint(0, 364))
        if one.owner not in OPEN_PHONES and rng.random() < _KNOWN:  # theirs come when the buttons are pressed
            lunar = rng.random() < _LUNAR
            known[at] = _lunar(born, born.year) if lunar else Yearly(born.month, born.day, born.year)
    of_english = [at for at, one in enumerate(customers) if one.owner is ENGLISH_REP]
    best, soon = max(of_english, key=lambda at: customers[at].yearly_value or 0), next_working_day(today)
    known[best] = Yearly(soon.month, soon.day)
    huaning = next(at for at, one in enumerate(customers) if one.name == HUANING.name)
    known[huaning] = _lunar(_next_monday(today), 1974)
    return known


def _next_monday(today: date) -> date:
    day = today + timedelta(days=7 - today.weekday())
    while not is_working_day(day):
        day += timedelta(days=7)
    return day


def _lunar(day: date, year: int) -> Yearly:
    """The day of the lunar calendar that a day is."""
    known = lunar_day(day)
    assert known is not None, "the demo is played between 1900 and 2100"
    _, month, number, leap = known
    return Yearly(month, number, year, lunar=True, leap=leap)
