"""How a handover is taken back (BY08): with it, all that it moved."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.handover.models import HandoverPlan
from crm_core.handover.permissions import HAND_OVER
from crm_core.kit.undo import undoable
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import require


async def _allowed(session: AsyncSession, actor: Actor, plan: HandoverPlan) -> None:
    await require(session, actor, HAND_OVER, on=plan.from_id)


async def _label(session: AsyncSession, plan: HandoverPlan) -> str:
    return (await session.get_one(Employee, plan.from_id)).name


undoable(HandoverPlan, allowed=_allowed, label=_label)
