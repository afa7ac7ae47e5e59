"""How changes of contacts are taken back (BY08): their customer is found by who is there then."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.contacts.models import Contact, ContactDay, ContactGift, ContactPost, ContactRelation, ContactRole
from crm_core.contacts.service import called, tell
from crm_core.contacts.standing import note_roles
from crm_core.contacts.ties import may_relate
from crm_core.customers.models import Customer
from crm_core.customers.permissions import CHANGE
from crm_core.kit.undo import undoable
from crm_core.org.actor import Actor
from crm_core.org.rights import require


async def _allowed(session: AsyncSession, actor: Actor, contact: Contact) -> None:
    customer = await session.get_one(Customer, contact.customer_id)
    await require(session, actor, CHANGE, on=customer)


async def _label(_session: AsyncSession, contact: Contact) -> str:
    return called(contact)


async def _after(session: AsyncSession, _actor: Actor, contact: Contact) -> None:
    customer = await session.get(Customer, contact.customer_id)
    if customer is not None:
        await tell(session, customer)


undoable(Contact, allowed=_allowed, label=_label, after=_after)

Detail = ContactRole | ContactDay | ContactGift | ContactPost


async def _may_detail(session: AsyncSession, actor: Actor, row: Detail) -> None:
    await _allowed(session, actor, await session.get_one(Contact, row.contact_id))


async def _of_contact(session: AsyncSession, row: Detail) -> str:
    return called(await session.get_one(Contact, row.contact_id))


async def _roles_again(session: AsyncSession, _actor: Actor, role: ContactRole) -> None:
    contact = await session.get(Contact, role.contact_id)
    if contact is not None:
        await note_roles(session, contact)
        await session.flush()


async def _of_both(session: AsyncSession, relation: ContactRelation) -> str:
    one = await session.get_one(Contact, relation.one_id)
    other = await session.get_one(Contact, relation.other_id)
    return f"{called(one)} · {called(other)}"


undoable(ContactRole, allowed=_may_detail, label=_of_contact, after=_roles_again)
undoable(ContactDay, allowed=_may_detail, label=_of_contact)
undoable(ContactGift, allowed=_may_detail, label=_of_contact)
undoable(ContactPost, allowed=_may_detail, label=_of_contact)
undoable(ContactRelation, allowed=may_relate, label=_of_both)
