"""How changes of customer archives are taken back (BY08)."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.customers.permissions import CHANGE
from crm_core.customers.service import derive, owner_zone, stale_due
from crm_core.kit.undo import undoable
from crm_core.org.actor import Actor
from crm_core.org.rights import require
from crm_core.playbook.service import in_force


async def _allowed(session: AsyncSession, actor: Actor, customer: Customer) -> None:
    await require(session, actor, CHANGE, on=customer.owner_id)


async def _label(_session: AsyncSession, customer: Customer) -> str:
    return customer.name


async def _derive(session: AsyncSession, actor: Actor, customer: Customer) -> None:
    """Search keys, and when the stale-archive rule looks next: it speaks once of each day it counts from."""
    derive(customer)
    book = await in_force(session, actor.playbook_version)
    customer.stale_due_at = stale_due(book, customer, await owner_zone(session, customer.owner_id))


undoable(Customer, allowed=_allowed, label=_label, derive=_derive)
