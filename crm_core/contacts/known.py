"""The first things that are known of a new contact, written with it: decision roles and the birthday."""

from collections.abc import Iterable
from datetime import datetime, time

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.contacts.models import Contact, ContactDay, ContactRole, DecisionRole
from crm_core.kit.calendars import at_local
from crm_core.kit.db import now
from crm_core.kit.words.yearly import Yearly
from crm_core.org.actor import Actor


async def start_with(
    session: AsyncSession, actor: Actor, contact: Contact, roles: Iterable[DecisionRole], birthday: Yearly | None
) -> None:
    """Give a contact that has just been made what was told with its name."""
    named = set(roles)
    contact.roles = [one.value for one in DecisionRole if one in named]
    since = start_of_today(session, actor)
    session.add_all(ContactRole(contact_id=contact.id, role=one, since=since) for one in contact.roles)
    if birthday is not None:
        session.add(day_row(session, actor, contact.id, birthday))
    await session.flush()


def start_of_today(session: AsyncSession, actor: Actor) -> datetime:
    """A role counts for the whole day on which it is told: the visit of the morning is often logged before."""
    return at_local(actor.today(now(session)), time(0), actor.zone)


def day_row(session: AsyncSession, actor: Actor, contact_id: int, day: Yearly, title: str | None = None) -> ContactDay:
    """A day of the year as it is stored."""
    return ContactDay(
        contact_id=contact_id,
        title=title,
        lunar=day.lunar,
        month=day.month,
        day=day.day,
        leap=day.leap,
        year=day.year,
        created_by=actor.id,
        created_at=now(session),
    )
