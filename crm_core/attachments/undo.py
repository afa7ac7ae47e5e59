"""How attaching files is taken back (BY08): by who may take back the record that they belong to."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.attachments.models import Attachment
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.merging import subjects_go_along
from crm_core.kit.undo import Way, undoable, ways
from crm_core.org.actor import Actor


async def _subject(session: AsyncSession, file: Attachment) -> tuple[Way, Any]:
    way = ways().get(file.subject_type)
    row = await session.get(way.model, file.subject_id) if way else None
    if way is None or row is None:
        raise DomainError(NOT_FOUND)
    return way, row


async def _allowed(session: AsyncSession, actor: Actor, file: Attachment) -> None:
    way, row = await _subject(session, file)
    await way.allowed(session, actor, row)


async def _label(session: AsyncSession, file: Attachment) -> str:
    way, row = await _subject(session, file)
    return await way.label(session, row)


undoable(Attachment, allowed=_allowed, label=_label)
subjects_go_along(Attachment)
