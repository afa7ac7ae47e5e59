"""Customers can be commented on (BY26)."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.comments.subjects import Subject, commentable
from crm_core.customers.models import Customer
from crm_core.customers.queries import find
from crm_core.org.actor import Actor


async def _find(session: AsyncSession, actor: Actor, customer_id: int) -> Subject:
    customer = await find(session, actor, customer_id)
    return Subject("customer", customer.id, customer.name, customer.owner_id)


commentable(Customer, _find)
