"""Reading comments: who may read the record may read them."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.comments.models import Comment
from crm_core.comments.service import subject_of
from crm_core.comments.subjects import Subject
from crm_core.kit.db import AnyRow, AnySelect
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.org.actor import Actor
from crm_core.org.models import Employee


def _rows() -> AnySelect:
    return select(
        Comment.id,
        Comment.subject_type,
        Comment.subject_id,
        Comment.author_id,
        Comment.text,
        Comment.created_at,
        Employee.name.label("author"),
    ).join(Employee, Employee.id == Comment.author_id)


async def find(session: AsyncSession, actor: Actor, comment_id: int) -> tuple[AnyRow, Subject]:
    """One comment and what it is about. Raises `not_found` for who may not read that."""
    row = (await session.execute(_rows().where(Comment.id == comment_id))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row, await subject_of(session, actor, row.subject_type, row.subject_id)


async def of_subject(
    session: AsyncSession, actor: Actor, subject_type: str, subject_id: int, at: At = FIRST, limit: int = 6
) -> tuple[Page, Subject]:
    """A page of a record's comments, newest first. Raises `not_found` for who may not read the record."""
    subject = await subject_of(session, actor, subject_type, subject_id)
    statement = _rows().where(Comment.subject_type == subject.type, Comment.subject_id == subject.id)
    page = await paged(session, statement, (Comment.created_at, Comment.id), at, limit, descending=True)
    return page, subject


async def latest(session: AsyncSession, subject_type: str, subject_id: int) -> AnyRow | None:
    """A record's latest comment with how many there are (`count`). The caller has checked the right to read it."""
    statement = _rows().add_columns(func.count().over().label("count"))
    statement = statement.where(Comment.subject_type == subject_type, Comment.subject_id == subject_id)
    return (await session.execute(statement.order_by(Comment.id.desc()).limit(1))).one_or_none()
