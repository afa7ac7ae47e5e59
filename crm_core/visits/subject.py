"""Visits can be commented on (BY26)."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.comments.subjects import Subject, commentable
from crm_core.org.actor import Actor
from crm_core.visits.models import Visit
from crm_core.visits.queries import find


async def _find(session: AsyncSession, actor: Actor, visit_id: int) -> Subject:
    row = await find(session, actor, visit_id)
    return Subject("visit", row.id, row.customer, row.employee_id)


commentable(Visit, _find)
