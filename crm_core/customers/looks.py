"""Looking at a colleague's archive needs nobody's leave, where rights allow it; it is on record (BR12)."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.access import Access, AccessEntry, note_access
from crm_core.customers.models import Customer
from crm_core.kit.db import now
from crm_core.org.actor import Actor

ONE_LOOK: Final = timedelta(hours=1)
"""Whoever comes back within it is still looking."""


async def note_look(session: AsyncSession, actor: Actor, customer: Customer) -> None:
    """Write down who looked at an archive that is neither theirs, nor one they help or stand in with, nor a pool's."""
    if customer.owner_id is None or customer.owner_id in (actor.id, *actor.stands_for) or actor.id in customer.team:
        return
    subject = Customer.__tablename__
    lately = select(AccessEntry.id).where(
        AccessEntry.subject_type == subject,
        AccessEntry.subject_id == customer.id,
        AccessEntry.employee_id == actor.id,
        AccessEntry.what == Access.LOOK,
        AccessEntry.at > now(session) - ONE_LOOK,
    )
    if await session.scalar(lately.limit(1)) is None:
        await note_access(session, actor.id, Access.LOOK, subject, customer.id, name=customer.name)
