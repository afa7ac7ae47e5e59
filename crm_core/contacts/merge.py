"""People of two archives that become one (BY11): who has the same number is one person."""

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.contacts.file import MOST_HOBBIES
from crm_core.contacts.models import Contact, ContactDay, ContactPost, ContactRelation, ContactRole
from crm_core.contacts.service import tell
from crm_core.contacts.ties import superiors
from crm_core.customers.events import PeopleMoved
from crm_core.customers.models import Customer
from crm_core.kit.db import Base, now
from crm_core.kit.events import subscribe
from crm_core.kit.merging import goes_along, repoint

_FILLED: Final = ("name", "title", "email", "note", "attitude", "influence", "about")
_OF_THE_PERSON: Final = frozenset({Contact, ContactDay, ContactPost, ContactRelation, ContactRole})


async def _go(session: AsyncSession, was: int, becomes: int) -> None:
    """One of them is the primary contact, and who is there twice is there once; the other row is kept as gone."""
    present = Contact.left_at.is_(None)
    there = await session.scalars(select(Contact).where(Contact.customer_id == becomes, present).with_for_update())
    known = list(there)
    by_phone = {one.phone: one for one in known if one.phone}
    has_primary = any(one.is_primary for one in known)
    statement = select(Contact).where(Contact.customer_id == was).order_by(Contact.id).with_for_update()
    twice: list[tuple[Contact, Contact]] = []
    for one in await session.scalars(statement.execution_options(populate_existing=True)):
        one.customer_id = becomes
        same = by_phone.get(one.phone) if one.phone and one.left_at is None else None
        if same is not None:
            _fill(same, one)
            one.left_at = now(session)
            twice.append((one, same))
        if same is not None or has_primary:
            one.is_primary = False
        has_primary = has_primary or one.is_primary
    await session.flush()
    for one, same in twice:
        await _refer(session, one, same)


def _fill(same: Contact, other: Contact) -> None:
    for field in _FILLED:
        if getattr(same, field) is None:
            setattr(same, field, getattr(other, field))
    for kept in ("extra", "file"):
        mine, theirs = getattr(same, kept), getattr(other, kept)
        if missing := {key: value for key, value in theirs.items() if key not in mine}:
            setattr(same, kept, {**mine, **missing})
    if fresh := [one for one in other.hobbies if one not in same.hobbies]:
        same.hobbies = [*same.hobbies, *fresh][:MOST_HOBBIES]


async def _refer(session: AsyncSession, one: Contact, same: Contact) -> None:
    """What was done with somebody is now done with the one kept; what was thought of them stays on the other card."""
    for column in _to_contacts():
        await repoint(session, column, one.id, same.id)
    above = await superiors(session, same)
    reports = await session.scalars(select(Contact).where(Contact.reports_to_id == one.id).with_for_update())
    for report in reports:
        report.reports_to_id = None if report.id in above else same.id
    known = set(await session.scalars(select(ContactDay.title).where(ContactDay.contact_id == same.id)))
    for day in await session.scalars(select(ContactDay).where(ContactDay.contact_id == one.id).with_for_update()):
        if day.title not in known:
            day.contact_id = same.id
    await session.flush()


def _to_contacts() -> list[Any]:
    """All that refers to a contact, by the foreign keys there are, but for what has a rule of its own or stays."""
    found = [
        getattr(mapper.class_, key.key)
        for mapper in Base.registry.mappers
        if mapper.class_ not in _OF_THE_PERSON
        for key in mapper.column_attrs
        if any(one.column.table is Contact.__table__ for one in key.columns[0].foreign_keys)
    ]
    return sorted(found, key=str)


@subscribe(PeopleMoved)
async def look_who_is_there(session: AsyncSession, moved: PeopleMoved) -> None:
    for customer_id in moved.customer_ids:
        await tell(session, await session.get_one(Customer, customer_id))


goes_along(Contact.customer_id, _go, order=10)
goes_along(Contact.went_to_id, order=11)
