"""Open reminders leave the former owner when the customers go, and come to the new one when they are due there."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.occurrences.models import Occurrence
from crm_core.occurrences.service import OPEN
from crm_core.org.holdings import holding


@holding("reminder", order=60)
async def reminders(session: AsyncSession, employee_id: int) -> int:
    statement = select(func.count()).where(Occurrence.recipient_id == employee_id, Occurrence.state.in_(OPEN))
    return await session.scalar(statement) or 0
