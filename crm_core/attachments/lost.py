"""Files that could not be kept: their senders are told once, record by record, and may send them again."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.attachments import errors
from crm_core.attachments.models import Attachment, File, FileState
from crm_core.attachments.service import FileRef, attach
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.actor import Actor

_LOST: Final = File.state.in_((FileState.GONE, FileState.REFUSED))


@dataclass(frozen=True, slots=True)
class Record:
    """How a record with files is called: whom it is about, and when it happened. `id` is the record's own."""

    type: str
    id: int
    about: str
    at: datetime


FindRecord = Callable[[AsyncSession, Actor, int], Awaitable[Record]]
_RECORDS: Final[dict[str, FindRecord]] = {}


def record(subject_type: str) -> Callable[[FindRecord], FindRecord]:
    """The decorated function finds a record of this type that the actor may add files to.

    It raises `not_found` or `not_allowed` otherwise. Each feature whose records have files declares one.
    """

    def add(find: FindRecord) -> FindRecord:
        _RECORDS[subject_type] = find
        return find

    return add


def records() -> Mapping[str, FindRecord]:
    return _RECORDS


@dataclass(frozen=True, slots=True)
class Lost:
    """What one person sent to one record and we could not keep: rows of (attachment, kind, name, reason)."""

    employee_id: int
    subject_type: str
    subject_id: int
    attachment_id: int  # the first of them
    kinds: tuple[str, ...]
    names: tuple[str, ...]
    reasons: tuple[str, ...]


async def untold(session: AsyncSession, file_row_id: int) -> list[Lost]:
    """What is to be told now that this file is settled, and counts as told with this unit of work.

    A record's losses are told together: nothing is said while another file of it is in hand or due.
    """
    records_of_file = (
        select(Attachment.subject_type, Attachment.subject_id, File.bot_id)
        .join(File, File.id == Attachment.file_row_id)
        .where(File.id == file_row_id)
        .distinct()
    )
    found: list[Lost] = []
    for subject_type, subject_id, bot_id in (await session.execute(records_of_file)).all():
        found += await _of_record(session, subject_type, subject_id, bot_id)
    return found


async def _of_record(session: AsyncSession, subject_type: str, subject_id: int, bot_id: int) -> list[Lost]:
    here = and_(Attachment.subject_type == subject_type, Attachment.subject_id == subject_id)
    # Whoever settles another file of this record waits here, and then sees what we wrote.
    await session.execute(select(Attachment.id).where(here).order_by(Attachment.id).with_for_update())
    statement = select(Attachment.id, Attachment.created_by, Attachment.told_at, File.kind, File.name)
    open_ = and_(File.bot_id == bot_id, File.state == FileState.PENDING)
    busy = and_(open_, or_(File.error.is_(None), File.due_at <= now(session)))
    statement = statement.add_columns(File.state, File.error, busy.label("busy"))
    rows = (
        await session.execute(
            statement.join(File, File.id == Attachment.file_row_id).where(here).order_by(Attachment.id)
        )
    ).all()
    if any(row.busy for row in rows):
        return []
    new = [row for row in rows if row.state in (FileState.GONE, FileState.REFUSED) and row.told_at is None]
    if not new:
        return []
    told = update(Attachment).where(Attachment.id.in_([row.id for row in new])).values(told_at=now(session))
    await session.execute(told, execution_options={"unaudited": "that it was told changes no record"})
    by_sender = {row.created_by: [one for one in new if one.created_by == row.created_by] for row in new}
    return [
        Lost(
            employee_id=sender,
            subject_type=subject_type,
            subject_id=subject_id,
            attachment_id=mine[0].id,
            kinds=tuple(row.kind for row in mine),
            names=tuple(row.name for row in mine if row.name),
            reasons=tuple(dict.fromkeys(row.error for row in mine)),
        )
        for sender, mine in by_sender.items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAgain:
    """Files in place of those that were lost with `attachment`: of its record, sent by the same person."""

    attachment: int
    files: tuple[FileRef, ...]


async def to_send_again(session: AsyncSession, actor: Actor, attachment_id: int) -> Record:
    """The record that lost what the actor sent to it.

    Raises `not_found` for another's, `attachment.nothing_lost` when all is there, and what the record's `find` raises.
    """
    lost = await session.get(Attachment, attachment_id)
    if lost is None:
        raise DomainError(errors.NOTHING_LOST)  # what was sent again has taken its place
    if lost.created_by != actor.id:
        raise DomainError(NOT_FOUND)
    found = await _RECORDS[lost.subject_type](session, actor, lost.subject_id)
    if not await _missing(session, actor, found):
        raise DomainError(errors.NOTHING_LOST)
    return found


async def send_again(session: AsyncSession, actor: Actor, command: SendAgain) -> Record:
    """Put new files in the place of the lost ones. Raises what `to_send_again` raises."""
    found = await to_send_again(session, actor, command.attachment)
    for gone in await _missing(session, actor, found):
        await session.delete(gone)
    await session.flush()
    await attach(session, actor, found.type, found.id, command.files)
    return found


async def _missing(session: AsyncSession, actor: Actor, found: Record) -> list[Attachment]:
    """The actor's own attachments of a record whose files are lost."""
    statement = (
        select(Attachment)
        .join(File, File.id == Attachment.file_row_id)
        .where(Attachment.subject_type == found.type, Attachment.subject_id == found.id)
        .where(Attachment.created_by == actor.id, _LOST)
        .order_by(Attachment.id)
    )
    return list(await session.scalars(statement))
