"""Days of the year that matter to somebody (CT12): the birthday and anniversaries, solar or lunar."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.contacts.commands import AddDay
from crm_core.contacts.known import day_row
from crm_core.contacts.models import ContactDay
from crm_core.contacts.service import locked, told
from crm_core.kit.errors import NOT_FOUND, REQUIRED, TOO_LONG, DomainError
from crm_core.kit.words.yearly import Yearly
from crm_core.org.actor import Actor

LONGEST_TITLE: Final = 30
MOST_DAYS: Final = 20


async def add_day(session: AsyncSession, actor: Actor, command: AddDay) -> ContactDay:
    """The birthday, in place of the one that was known, or an anniversary. Raises `required`, `too_long`."""
    contact, customer = await locked(session, actor, command.contact_id)
    if command.title is None:
        day = await _birthday(session, contact.id)
        if day is None:
            day = day_row(session, actor, contact.id, command.day)
            session.add(day)
        else:
            put(day, command.day)
    else:
        title = " ".join(command.title.split())
        if not title:
            raise DomainError(REQUIRED, field="title")
        if len(title) > LONGEST_TITLE or len(await of_contact(session, contact.id)) >= MOST_DAYS:
            raise DomainError(TOO_LONG, field="title", max=LONGEST_TITLE)
        day = day_row(session, actor, contact.id, command.day, title)
        session.add(day)
    await told(session, actor, customer)
    return day


def put(row: ContactDay, day: Yearly) -> None:
    row.lunar, row.month, row.day, row.leap, row.year = day.lunar, day.month, day.day, day.leap, day.year


def yearly(row: Any) -> Yearly:
    """The day of a row."""
    return Yearly(row.month, row.day, row.year, row.lunar, row.leap)


async def drop_day(session: AsyncSession, actor: Actor, day_id: int) -> ContactDay:
    """It was a mistake. Raises `not_found`, `not_allowed`."""
    day = await session.get(ContactDay, day_id)
    if day is None:
        raise DomainError(NOT_FOUND)
    _, customer = await locked(session, actor, day.contact_id)
    await session.delete(day)
    await told(session, actor, customer)
    return day


async def of_contact(session: AsyncSession, contact_id: int) -> Sequence[ContactDay]:
    """The birthday first. The caller has made sure that the actor may see the contact."""
    statement = select(ContactDay).where(ContactDay.contact_id == contact_id)
    return (await session.scalars(statement.order_by(ContactDay.title.is_not(None), ContactDay.id))).all()


async def _birthday(session: AsyncSession, contact_id: int) -> ContactDay | None:
    return await session.scalar(
        select(ContactDay).where(ContactDay.contact_id == contact_id, ContactDay.title.is_(None))
    )
