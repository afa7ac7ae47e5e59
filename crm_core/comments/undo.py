"""How comments are taken back (BY08): by who may still read what they are about."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.comments.models import Comment
from crm_core.comments.service import subject_of
from crm_core.kit.merging import subjects_go_along
from crm_core.kit.undo import undoable, ways
from crm_core.org.actor import Actor


async def _allowed(session: AsyncSession, actor: Actor, comment: Comment) -> None:
    await subject_of(session, actor, comment.subject_type, comment.subject_id)


async def _label(session: AsyncSession, comment: Comment) -> str:
    way = ways().get(comment.subject_type)
    row = await session.get(way.model, comment.subject_id) if way else None
    return await way.label(session, row) if way and row is not None else ""


undoable(Comment, allowed=_allowed, label=_label)
subjects_go_along(Comment)
