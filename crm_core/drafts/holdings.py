"""Half-filled forms are their writer's, and stay so."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.drafts.models import Draft
from crm_core.kit.db import now
from crm_core.org.holdings import holding


@holding("draft", order=70)
async def drafts(session: AsyncSession, employee_id: int) -> int:
    statement = select(func.count()).where(Draft.employee_id == employee_id, Draft.expires_at > now(session))
    return await session.scalar(statement) or 0
