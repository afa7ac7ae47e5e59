"""How links are taken back (BY08)."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.kit.undo import undoable
from crm_core.links.models import CustomerLink
from crm_core.links.service import may_change


async def _label(session: AsyncSession, link: CustomerLink) -> str:
    return (await session.get_one(Customer, link.from_id)).name


undoable(CustomerLink, allowed=may_change, label=_label)
