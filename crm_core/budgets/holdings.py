"""A person's budgets go to who takes over."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.budgets.models import Budget
from crm_core.kit.events import subscribe
from crm_core.org.events import DutiesHandedOver
from crm_core.org.holdings import holding


@holding("budget", order=45)
async def budgets(session: AsyncSession, employee_id: int) -> int:
    statement = select(func.count()).where(Budget.owner_id == employee_id, Budget.status == "open")
    return await session.scalar(statement) or 0


@subscribe(DutiesHandedOver)
async def take_the_place(session: AsyncSession, duties: DutiesHandedOver) -> None:
    statement = select(Budget).where(Budget.owner_id == duties.employee_id, Budget.status == "open")
    rows = await session.scalars(statement.order_by(Budget.id).with_for_update())
    for one in rows.all():
        one.owner_id = duties.to_id
    await session.flush()
