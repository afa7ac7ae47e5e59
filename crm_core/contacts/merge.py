"""People of two archives that become one (BY11): who has the same number is one person."""

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.contacts.models import Contact
from crm_core.contacts.service import tell
from crm_core.customers.events import PeopleMoved
from crm_core.customers.models import Customer
from crm_core.kit.db import Base, now
from crm_core.kit.events import subscribe
from crm_core.kit.merging import goes_along, repoint

_FILLED: Final = ("name", "title", "email", "note")


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
        for column in _to_contacts():
            await repoint(session, column, one.id, same.id)


def _fill(same: Contact, other: Contact) -> None:
    for field in _FILLED:
        if getattr(same, field) is None:
            setattr(same, field, getattr(other, field))
    if missing := {key: value for key, value in other.extra.items() if key not in same.extra}:
        same.extra = {**same.extra, **missing}


def _to_contacts() -> list[Any]:
    """All that refers to a contact, by the foreign keys there are."""
    found = [
        getattr(mapper.class_, key.key)
        for mapper in Base.registry.mappers
        for key in mapper.column_attrs
        if any(one.column.table is Contact.__table__ for one in key.columns[0].foreign_keys)
    ]
    return sorted(found, key=str)


@subscribe(PeopleMoved)
async def look_who_is_there(session: AsyncSession, moved: PeopleMoved) -> None:
    for customer_id in moved.customer_ids:
        await tell(session, await session.get_one(Customer, customer_id))


goes_along(Contact.customer_id, _go, order=10)
