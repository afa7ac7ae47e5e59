"""How lines are taken back (BY08), what becomes of them when archives merge, and what of a plan somebody holds."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_ALLOWED, DomainError
from crm_core.kit.merging import goes_along
from crm_core.kit.undo import stays, undoable
from crm_core.org.actor import Actor
from crm_core.org.holdings import holding
from crm_core.plans.models import LineState, PlanFeed, PlanLine, WeekPlan


async def _allowed(_session: AsyncSession, actor: Actor, line: PlanLine) -> None:
    if line.employee_id != actor.id:
        raise DomainError(NOT_ALLOWED)


async def _label(session: AsyncSession, line: PlanLine) -> str:
    if line.customer_id is None:
        return line.what or ""
    return (await session.get_one(Customer, line.customer_id)).name


undoable(PlanLine, allowed=_allowed, label=_label)
stays(WeekPlan, "what a superior has been handed, and what was said of it, is said")
stays(PlanFeed, "a secret that was given away is revoked instead")


async def _merged(session: AsyncSession, was: int, becomes: int) -> None:
    """Lines come along; an open one of a day on which the other is planned already is dropped."""
    open_ones = PlanLine.state == LineState.OPEN.value
    held = select(PlanLine.employee_id, PlanLine.day).where(PlanLine.customer_id == becomes, open_ones)
    there = {(row.employee_id, row.day) for row in await session.execute(held)}
    for line in (await session.scalars(select(PlanLine).where(PlanLine.customer_id == was))).all():
        if line.state == LineState.OPEN and (line.employee_id, line.day) in there:
            line.state = LineState.DROPPED.value
        line.customer_id = becomes
    await session.flush()


goes_along(PlanLine.customer_id, _merged)


@holding("plan_line", order=20)
async def planned(session: AsyncSession, employee_id: int) -> int:
    """Open lines from today on; those of customers go along with them."""
    ahead = (PlanLine.state == LineState.OPEN.value, PlanLine.day >= now(session).date())
    statement = select(func.count()).where(PlanLine.employee_id == employee_id, *ahead)
    return await session.scalar(statement) or 0
