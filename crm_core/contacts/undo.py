"""How changes of contacts are taken back (BY08): their customer is found by who is there then."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.contacts.models import Contact
from crm_core.contacts.service import called, tell
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
