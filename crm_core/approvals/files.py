"""Requests as records with files: who may send one again that could not be kept."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.models import Approval
from crm_core.attachments.lost import Record, record
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.actor import Actor


@record("approval")
async def find_record(session: AsyncSession, actor: Actor, approval_id: int) -> Record:
    """Whoever applied may. Raises `not_found`."""
    row = await session.get(Approval, approval_id)
    if row is None or row.applicant_id != actor.id:
        raise DomainError(NOT_FOUND)
    return Record("approval", row.id, row.title, row.submitted_at)
