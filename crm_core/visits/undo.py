"""How visits are taken back (BY08). What a visit changed of its customer goes back with it."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.kit import textkeys
from crm_core.kit.merging import goes_along
from crm_core.kit.undo import undoable
from crm_core.org.actor import Actor
from crm_core.org.rights import require
from crm_core.visits.models import Visit
from crm_core.visits.permissions import LOG


async def _allowed(session: AsyncSession, actor: Actor, visit: Visit) -> None:
    customer = await session.get_one(Customer, visit.customer_id)
    await require(session, actor, LOG, on=customer)


async def _label(session: AsyncSession, visit: Visit) -> str:
    return (await session.get_one(Customer, visit.customer_id)).name


async def _derive(_session: AsyncSession, _actor: Actor, visit: Visit) -> None:
    visit.keys = list(textkeys.prose_keys(visit.summary))


undoable(Visit, allowed=_allowed, label=_label, derive=_derive)
goes_along(Visit.customer_id)
