"""Operations on comments."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.comments.mentions import named_in
from crm_core.comments.models import Comment
from crm_core.comments.subjects import Subject, commentables
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, REQUIRED, TOO_LONG, DomainError
from crm_core.org import queries as org
from crm_core.org.actor import Actor

LONGEST: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AddComment:
    """Comment on a record; about a comment it becomes one on the same record."""

    subject_type: str
    subject_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Commented:
    """The comment, and what became of the names in it.

    `told` are the colleagues it is told to, the record's owner and whom it answers among them. `unclear` are names
    that several have who may read the record, `unseen` those that nobody has who may.
    """

    comment: Comment
    subject: Subject
    told: tuple[Actor, ...]
    unclear: tuple[str, ...]
    unseen: tuple[str, ...]


async def subject_of(session: AsyncSession, actor: Actor, subject_type: str, subject_id: int) -> Subject:
    """The record. Raises `not_found` for who may not read it."""
    if subject_type == Comment.__tablename__:
        comment = await session.get(Comment, subject_id)
        if comment is None:
            raise DomainError(NOT_FOUND)
        subject_type, subject_id = comment.subject_type, comment.subject_id
    if subject_type not in commentables():
        raise DomainError(NOT_FOUND)
    _, find = commentables()[subject_type]
    return await find(session, actor, subject_id)


async def add_comment(session: AsyncSession, actor: Actor, command: AddComment) -> Commented:
    """Comment on a record (BY26). Raises `not_found`, `required`, `too_long`."""
    text = command.text.strip()
    if not text:
        raise DomainError(REQUIRED)
    if len(text) > LONGEST:
        raise DomainError(TOO_LONG, max=LONGEST)
    subject = await subject_of(session, actor, command.subject_type, command.subject_id)
    await _keep(session, subject)
    answered = await session.get(Comment, command.subject_id) if command.subject_type == Comment.__tablename__ else None
    told: dict[int, Actor] = {}
    unclear: list[str] = []
    unseen: list[str] = []
    for named in await named_in(session, text):
        if named.ids == (actor.id,):
            continue
        readers = [one for one in [await _reader(session, who, subject) for who in named.ids] if one is not None]
        if len(readers) == 1:
            told[readers[0].id] = readers[0]
        else:
            (unclear if readers else unseen).append(named.name)
    mentioned = [one for one in told if one != actor.id]
    for who in filter(None, (answered.author_id if answered else None, subject.owner_id)):
        if (reader := await _reader(session, who, subject)) is not None:
            told.setdefault(reader.id, reader)
    told.pop(actor.id, None)
    comment = Comment(
        subject_type=subject.type,
        subject_id=subject.id,
        author_id=actor.id,
        text=text,
        mentioned=mentioned,
        created_at=now(session),
    )
    session.add(comment)
    await session.flush()
    return Commented(comment, subject, tuple(told.values()), tuple(unclear), tuple(unseen))


async def _keep(session: AsyncSession, subject: Subject) -> None:
    """Keep the record from being taken back under the comment. Raises `not_found` when it has just been."""
    model, _ = commentables()[subject.type]
    if await session.get(model, subject.id, with_for_update={"read": True, "key_share": True}) is None:
        raise DomainError(NOT_FOUND)


async def _reader(session: AsyncSession, employee_id: int, subject: Subject) -> Actor | None:
    """The employee, if still here and allowed to read the record."""
    who = await org.actor(session, employee_id)
    if who is None:
        return None
    try:
        await subject_of(session, who, subject.type, subject.id)
    except DomainError:
        return None
    return who
