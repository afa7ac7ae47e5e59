"""What of customers a person holds besides those of the own: helping, and promises of a day."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer, CustomerMember
from crm_core.org.holdings import holding


@holding("next_step", order=10)
async def next_steps(session: AsyncSession, employee_id: int) -> int:
    statement = select(func.count()).where(Customer.owner_id == employee_id, Customer.next_step_on.is_not(None))
    return await session.scalar(statement) or 0


@holding("helping", order=50)
async def helping(session: AsyncSession, employee_id: int) -> int:
    statement = select(func.count()).where(CustomerMember.employee_id == employee_id, CustomerMember.left_at.is_(None))
    return await session.scalar(statement) or 0
