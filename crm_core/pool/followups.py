"""Which follow-ups count (rule 6): a visit, call or meeting that says something, told within a day."""

from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.attachments.models import Attachment, File, FileKind
from crm_core.audit.events import Undone
from crm_core.audit.models import AuditEntry
from crm_core.customers.models import Customer
from crm_core.kit.db import now
from crm_core.kit.events import subscribe
from crm_core.pool.deadlines import forget, reckon
from crm_core.pool.models import CountedFollowup
from crm_core.visits.events import VisitLogged
from crm_core.visits.models import Visit, VisitKind

LEAST_SAID: Final = 10  # characters
TOLD_WITHIN: Final = timedelta(hours=24)
_TALKS: Final = frozenset(VisitKind) - {VisitKind.MATERIAL}  # what was sent is no talk


async def counts(session: AsyncSession, visit: Visit) -> bool:
    """Whether the visit is a follow-up by which a customer is kept. A voice message's length is nothing said."""
    if VisitKind(visit.kind) not in _TALKS or now(session) - visit.happened_at > TOLD_WITHIN:
        return False
    if len("".join(visit.summary.split())) >= LEAST_SAID:
        return True
    shown = (
        select(Attachment.id)
        .join(File, File.id == Attachment.file_row_id)
        .where(
            Attachment.subject_type == "visit",
            Attachment.subject_id == visit.id,
            File.kind.in_((FileKind.PHOTO, FileKind.VOICE)),
        )
    )
    return await session.scalar(shown.limit(1)) is not None


@subscribe(VisitLogged)
async def _note(session: AsyncSession, logged: VisitLogged) -> None:
    visit = await session.get_one(Visit, logged.visit_id)
    if await counts(session, visit):
        row = {"visit_id": visit.id, "customer_id": visit.customer_id, "at": visit.happened_at}
        await session.execute(upsert(CountedFollowup).values(row).on_conflict_do_nothing())
        await reckon(session, [visit.customer_id])


@subscribe(Undone)
async def _forget(session: AsyncSession, undone: Undone) -> None:
    """What was taken back counts no more; a customer that came back to somebody has a deadline again."""
    visits = [row_id for table, row_id in undone.gone if table == Visit.__tablename__]
    if visits:
        await session.execute(delete(CountedFollowup).where(CountedFollowup.visit_id.in_(visits)))
    touched = select(AuditEntry.subject_id).where(
        AuditEntry.op == undone.op, AuditEntry.subject_type == Customer.__tablename__
    )
    customers = select(Customer.id, Customer.owner_id, Customer.pool_due_on).where(Customer.id.in_(touched))
    rows = (await session.execute(customers)).all()
    await forget(session, [row.id for row in rows if row.owner_id is None])
    await reckon(session, [row.id for row in rows if row.owner_id is not None and row.pool_due_on is not None])
    await reckon(session, [row.id for row in rows if row.owner_id is not None and row.pool_due_on is None], fresh=True)
