"""Requests as records with files: who may send one again that could not be kept."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.facts import Kind
from crm_core.approvals.models import Approval, ApprovalFact
from crm_core.attachments.lost import Record, record
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.actor import Actor


@record("approval")
async def find_record(session: AsyncSession, actor: Actor, approval_id: int) -> Record:
    """Whoever applied may, and whoever added files as a signer. Raises `not_found`."""
    row = await session.get(Approval, approval_id)
    if row is None or (row.applicant_id != actor.id and not await _added(session, actor, row)):
        raise DomainError(NOT_FOUND)
    return Record("approval", row.id, row.title, row.submitted_at)


async def _added(session: AsyncSession, actor: Actor, row: Approval) -> bool:
    facts = select(ApprovalFact.seq).where(
        ApprovalFact.approval_id == row.id,
        ApprovalFact.kind == Kind.ATTACHED.value,
        ApprovalFact.actor_id == actor.id,
    )
    return await session.scalar(facts.limit(1)) is not None
