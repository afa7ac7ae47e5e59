"""Files that were sent along with a notice."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.attachments.lost import Record, record
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.notices.models import Notice
from crm_core.org.actor import Actor

_ABOUT = 24


@record("notice")
async def notice_of(session: AsyncSession, actor: Actor, notice_id: int) -> Record:
    """One's own. Raises `not_found`."""
    notice = await session.get(Notice, notice_id)
    if notice is None or notice.by_id != actor.id:
        raise DomainError(NOT_FOUND)
    return Record("notice", notice.id, " ".join(notice.text.split())[:_ABOUT], notice.created_at)
