"""What was spent on a contact (CT09): presents, dinners, what the company's playbook names."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import extract, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.contacts import errors
from crm_core.contacts.commands import AddGift
from crm_core.contacts.models import ContactGift
from crm_core.contacts.service import checked, locked, told
from crm_core.kit.db import AnyRow, now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.playbook.service import in_force

_YEARS_TOLD: Final = 3


async def add_gift(session: AsyncSession, actor: Actor, command: AddGift) -> ContactGift:
    """Something was spent. Raises `contact.amount_negative`, `contact.day_ahead`, `contact.not_in_playbook`."""
    contact, customer = await locked(session, actor, command.contact_id)
    book = await in_force(session, actor.playbook_version)
    today = actor.today(now(session))
    if all(one.key != command.kind for one in book.gift_kinds):
        raise DomainError(errors.NOT_IN_PLAYBOOK, field="kind", value=command.kind[:40])
    if command.amount < 0:
        raise DomainError(errors.AMOUNT_NEGATIVE, field="amount")
    if command.on is not None and command.on > today:
        raise DomainError(errors.DAY_AHEAD, field="on")
    gift = ContactGift(
        contact_id=contact.id,
        employee_id=actor.id,
        kind=command.kind,
        amount=command.amount,
        given_on=command.on or today,
        note=checked("note", command.note),
        created_at=now(session),
    )
    session.add(gift)
    await told(session, actor, customer)
    return gift


async def drop_gift(session: AsyncSession, actor: Actor, gift_id: int) -> ContactGift:
    """It was a mistake; the audit keeps it. Raises `not_found`, `not_allowed`."""
    gift = await session.get(ContactGift, gift_id)
    if gift is None:
        raise DomainError(NOT_FOUND)
    _, customer = await locked(session, actor, gift.contact_id)
    await session.delete(gift)
    await told(session, actor, customer)
    return gift


@dataclass(frozen=True, slots=True)
class Spent:
    """What a year cost, and how many gifts that were."""

    year: int
    amount: Decimal
    count: int


async def spent(session: AsyncSession, contact_id: int) -> list[Spent]:
    """The last years with anything in them, the latest first. The caller has asked who may see the contact."""
    year = extract("year", ContactGift.given_on).label("year")
    statement = select(year, func.sum(ContactGift.amount).label("amount"), func.count().label("gifts")).where(
        ContactGift.contact_id == contact_id
    )
    rows = await session.execute(statement.group_by(year).order_by(year.desc()).limit(_YEARS_TOLD))
    return [Spent(int(row.year), row.amount, row.gifts) for row in rows]


async def of_contact(session: AsyncSession, contact_id: int, at: At = FIRST, limit: int = 6) -> Page:
    """A page of what was spent, the latest first."""
    statement = (
        select(
            ContactGift.id,
            ContactGift.contact_id,
            ContactGift.kind,
            ContactGift.amount,
            ContactGift.given_on,
            ContactGift.note,
            Employee.name.label("employee"),
        )
        .join(Employee, Employee.id == ContactGift.employee_id)
        .where(ContactGift.contact_id == contact_id)
    )
    return await paged(session, statement, (ContactGift.given_on, ContactGift.id), at, limit, descending=True)


async def find(session: AsyncSession, gift_id: int) -> AnyRow | ContactGift:
    """One of them, with its contact's id: the caller asks whether the actor may see that one. Raises `not_found`."""
    gift = await session.get(ContactGift, gift_id)
    if gift is None:
        raise DomainError(NOT_FOUND)
    return gift
