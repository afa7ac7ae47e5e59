"""Birthdays and anniversaries of people at customers (RE03, BY21, CD06).

Days ahead they stand in the digest, on the day itself there comes a card with a greeting to copy.

Solar and lunar alike: what falls on a day is asked of an index by month and day, so the cost follows what is due.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Boolean, Date, Integer, String, and_, cast, column, literal, select, values
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import redraw
from crm_core.contacts.days import yearly
from crm_core.contacts.models import Contact, ContactDay
from crm_core.customers.events import CustomersMoved
from crm_core.customers.models import Customer
from crm_core.customers.permissions import READ, TIES
from crm_core.kit.db import AnyRow, AnySelect
from crm_core.kit.events import subscribe
from crm_core.kit.words.yearly import falling_on, write_yearly
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence
from crm_core.org.actor import Actor
from crm_core.org.rights import visible
from crm_core.playbook.book import Playbook
from reminders.rules import Daily, Rule, Told
from screens.screen import N_, Msg, Screen

SUBJECT: Final = "contact_day"
GRACE_DAYS: Final = 3
"""A day off in between: the card still comes so many days later, and says which day it was."""

_BIRTHDAY: Final = N_("birthday %(when)s: %(day)s")
_BIRTHDAY_AGE: Final = N_("birthday %(when)s: %(day)s, turns %(age)s")
_ANNIVERSARY: Final = N_("%(title)s %(when)s: %(day)s")
_TODAY: Final = N_("today")
_AHEAD: Final = N_("on %(on)s, in %(days)s days")
_BEFORE: Final = N_("was on %(on)s")
_GREETING: Final = N_(
    "Happy birthday, %(name)s! I wish you good health and a year in which all goes well. Yours, %(me)s"
)
_WISHED: Final = N_("🎉 Wished")
_WHY: Final = N_("this day is noted for a contact of your customer")


def falling(first: date, last: date) -> Any:
    """The days `first` to `last` as rows: what falls on each (lunar, month, day), in which year of its calendar."""
    rows: list[tuple[Any, ...]] = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        rows += [(one.lunar, one.month, one.day, _year(one.lunar, one.year), day) for one in falling_on(day)]
    columns = (column("lunar", Boolean), column("month", Integer), column("day", Integer))
    return values(*columns, column("key", String), column("falls_on", Date), name="falling").data(rows)


def _year(lunar: bool, year: int) -> str:
    return f"{'lunar' if lunar else 'solar'} {year}"


def _due(book: Playbook, first: date, last: date, grace: int, *, birthdays: bool) -> AnySelect:
    told = falling(first, last)
    wanting = [kind.key for kind in book.customer_types if kind.birthdays]
    same = and_(ContactDay.lunar == told.c.lunar, ContactDay.month == told.c.month, ContactDay.day == told.c.day)
    return (
        select(
            ContactDay.id.label("subject_id"),
            Customer.owner_id.label("recipient_id"),
            told.c.key.label("occurrence_key"),
            (cast(told.c.falls_on, Date) + literal(grace, Integer)).label("on"),
        )
        .select_from(told)
        .join(ContactDay, same)
        .join(Contact, Contact.id == ContactDay.contact_id)
        .join(Customer, Customer.id == Contact.customer_id)
        .where(
            ContactDay.title.is_(None) if birthdays else ContactDay.title.is_not(None),
            Contact.left_at.is_(None),
            Customer.owner_id.is_not(None),
            Customer.type.in_(wanting),
        )
    )


def days_before(book: Playbook) -> int:
    return max(book.reminders.birthday_days_before, 1)


def _soon(book: Playbook, since: date, day: date) -> AnySelect:
    return _due(book, since + timedelta(days=1), day, -1, birthdays=True)


def _today(book: Playbook, since: date, day: date) -> AnySelect:
    first = max(since, day - timedelta(days=GRACE_DAYS)) + timedelta(days=1)
    return _due(book, min(first, day), day, GRACE_DAYS, birthdays=True)


def _anniversaries(book: Playbook, since: date, day: date) -> AnySelect:
    return _due(book, since + timedelta(days=1), day, 0, birthdays=False)


def _rows(actor: Actor, ids: Collection[int]) -> AnySelect:
    facts = select(
        ContactDay.id,
        (Contact.name + " · " + Customer.name).label("label"),
        Customer.yearly_value.label("value"),
        *(getattr(ContactDay, name) for name in ("title", "lunar", "month", "day", "leap", "year")),
        Contact.name.label("person"),
    )
    facts = facts.join(Contact, Contact.id == ContactDay.contact_id).join(Customer, Customer.id == Contact.customer_id)
    facts = facts.where(ContactDay.id.in_(ids), Contact.left_at.is_(None))
    return visible(facts, actor, READ, TIES).order_by(Customer.yearly_value.desc().nulls_last(), ContactDay.id)


def falls_on(row: Any, occurrence_key: str, today: date) -> date | None:
    """The day that the occurrence is about: the one nearest to today in that year of its own calendar."""
    days = [day for year in (today.year - 1, today.year, today.year + 1) for day in yearly(row).in_year(year)]
    known = [day for day in days if _key_of(row, day) == occurrence_key]
    return min(known, key=lambda day: abs((day - today).days), default=None)


def _key_of(row: Any, day: date) -> str | None:
    found = (one for one in falling_on(day) if (one.lunar, one.month, one.day) == (row.lunar, row.month, row.day))
    return next((_year(one.lunar, one.year) for one in found), None)


def when_words(day: date, today: date) -> Msg:
    if day == today:
        return _TODAY
    return _AHEAD(on=day.isoformat(), days=(day - today).days) if day > today else _BEFORE(on=day.isoformat())


def _words(row: AnyRow, occurrence: Occurrence, actor: Actor, today: date) -> Msg | None:
    """Both dates: that of its own calendar and the one on which it falls; how old, where the year is known."""
    day = falls_on(row, occurrence.occurrence_key, today)
    if day is None:
        return None  # another day was noted meanwhile
    said = {"when": when_words(day, today), "day": write_yearly(yearly(row), actor.language)}
    if row.title is not None:
        return _ANNIVERSARY(title=row.title, **said)
    year = int(occurrence.occurrence_key.split()[1])
    return _BIRTHDAY_AGE(age=year - row.year, **said) if row.year else _BIRTHDAY(**said)


async def _card(session: AsyncSession, actor: Actor, row: Occurrence) -> Screen | None:
    found = (await session.execute(_rows(actor, (row.subject_id,)))).one_or_none()
    if found is None or found.person is None:
        return None
    return Screen("reminders/birthday.html", {"greeting": _GREETING(name=found.person, me=actor.name)})


BIRTHDAY_SOON: Final = Rule(
    "contact.birthday_soon",
    title=N_("Birthdays in the next days"),
    why=_WHY,
    due=Daily(SUBJECT, _soon, days_before),
    told=Told(_rows, _words),
    action="due.contact",
    sign="🎂",
    order=60,
)

BIRTHDAY: Final = Rule(
    "contact.birthday",
    title=N_("Birthdays on the day"),
    why=_WHY,
    due=Daily(SUBJECT, _today),
    told=Told(_rows, _words, N_("✓ wished")),
    action="due.contact",
    sign="🎂",
    done_label=_WISHED,
    order=30,
    pushes=True,
    card=_card,
)

ANNIVERSARY: Final = Rule(
    "contact.anniversary",
    title=N_("Anniversaries"),
    why=_WHY,
    due=Daily(SUBJECT, _anniversaries, days_before),
    told=Told(_rows, _words),
    action="due.contact",
    sign="🎉",
    order=65,
)


@subscribe(CustomersMoved)
async def go_along(session: AsyncSession, moved: CustomersMoved) -> None:
    """What is open of the days of people there is the new owner's."""
    days = select(ContactDay.id).join(Contact, Contact.id == ContactDay.contact_id)
    ids = (await session.scalars(days.where(Contact.customer_id.in_(moved.customer_ids)))).all()
    mine = (BIRTHDAY_SOON.key, BIRTHDAY.key, ANNIVERSARY.key)
    for card_id in await occurrences.move(session, SUBJECT, ids, mine, moved.to_owner_id) if ids else ():
        await redraw(session, card_id)
