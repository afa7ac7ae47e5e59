"""Why tasks are not taken back by undo, what becomes of them when archives merge, and who takes over open shares."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.events import subscribe
from crm_core.kit.merging import goes_along
from crm_core.kit.undo import stays
from crm_core.org.events import DutiesHandedOver
from crm_core.org.holdings import holding
from crm_core.tasks.models import SalesPlan, ShareState, Task, TaskShare

stays(Task, "others have been given it: it is dropped instead, which tells them")
stays(TaskShare, "who gave the task has been told")
stays(SalesPlan, "its tasks have been given")
goes_along(Task.customer_id)


@holding("task", order=30)
async def tasks(session: AsyncSession, employee_id: int) -> int:
    """Open shares."""
    still = select(func.count()).where(TaskShare.employee_id == employee_id, TaskShare.state == ShareState.OPEN.value)
    return await session.scalar(still) or 0


@subscribe(DutiesHandedOver)
async def take_the_place(session: AsyncSession, duties: DutiesHandedOver) -> None:
    """Who takes over does what is still open, unless the same task is theirs already."""
    mine = select(TaskShare).where(
        TaskShare.employee_id == duties.employee_id, TaskShare.state == ShareState.OPEN.value
    )
    held = select(TaskShare.task_id).where(TaskShare.employee_id == duties.to_id)
    there = set((await session.scalars(held)).all())
    for share in (await session.scalars(mine.order_by(TaskShare.id).with_for_update())).all():
        if share.task_id in there:
            share.state = ShareState.DROPPED.value
        else:
            share.employee_id, share.seen_at = duties.to_id, None
    await session.flush()
