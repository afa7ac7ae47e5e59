"""Operations on attachments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.attachments.models import Attachment, File, FileState
from crm_core.kit.db import now
from crm_core.org.actor import Actor

LOOSE_FOR: Final = timedelta(days=30)
"""How long a file may belong to no record: longer than a form may lie half filled."""


@dataclass(frozen=True, slots=True)
class FileRef:
    """The messenger's handle of a file somebody sent, and what the messenger says of it (bytes, seconds)."""

    bot_id: int
    file_id: str
    file_unique_id: str
    kind: str = "photo"
    name: str | None = None
    mime: str | None = None
    size: int | None = None
    duration: int | None = None


@dataclass(frozen=True, slots=True)
class Attached:
    """A record's file as one reads it. `key` is where its bytes are kept, once it is stored."""

    id: int
    kind: str
    bot_id: int = 0
    file_id: str = ""
    name: str | None = None
    mime: str | None = None
    size: int | None = None
    duration: int | None = None
    state: str = FileState.PENDING
    sha256: str | None = None
    key: str | None = None
    error: str | None = None
    created_by: int = 0
    created_at: datetime | None = None

    @property
    def is_lost(self) -> bool:
        """Whether it can't be shown any more, by anybody."""
        return self.state in (FileState.GONE, FileState.REFUSED)


async def attach(
    session: AsyncSession, actor: Actor, subject_type: str, subject_id: int, files: Iterable[FileRef]
) -> None:
    """Tie files to a record, each once; those that we do not hold are fetched in the background.

    The caller has checked the right to change the record.
    """
    known = await _rows_of(session, list(files))
    here = (Attachment.subject_type == subject_type, Attachment.subject_id == subject_id)
    held = set(await session.scalars(select(Attachment.file_row_id).where(*here))) if known else set[int]()
    moment = now(session)
    session.add_all(
        Attachment(
            subject_type=subject_type,
            subject_id=subject_id,
            file_row_id=row_id,
            created_by=actor.id,
            created_at=moment,
        )
        for row_id in known
        if row_id not in held
    )
    await session.flush()


async def receive(session: AsyncSession, file: FileRef) -> int:
    """A file that belongs to no record: it is fetched in the background all the same. Answers its row's id."""
    return (await _rows_of(session, [file]))[0]


async def _rows_of(session: AsyncSession, files: Sequence[FileRef]) -> list[int]:
    """The files' rows, in the order given, made where there are none.

    One that was lost gets another chance, by the handle that has just come. Rows are written in the order of their
    keys, so that two who send the same files never wait for each other.
    """
    refs = {(file.bot_id, file.file_unique_id): file for file in files}
    if not refs:
        return []
    moment = now(session)
    values = [_values(refs[key], moment) for key in sorted(refs)]
    statement = insert(File).values(values)
    lost = File.state.in_((FileState.GONE, FileState.REFUSED))
    new: Any = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=[File.bot_id, File.file_unique_id],
        set_={
            "file_id": new.file_id,
            "name": func.coalesce(File.name, new.name),
            "state": case((lost, FileState.PENDING.value), else_=File.state),
            "attempts": case((lost, 0), else_=File.attempts),
            "error": case((lost, None), else_=File.error),
            "due_at": case((lost, new.due_at), else_=File.due_at),
        },
    )
    rows = await session.execute(statement.returning(File.bot_id, File.file_unique_id, File.id))
    ids = {(bot_id, unique): row_id for bot_id, unique, row_id in rows}
    return [ids[key] for key in refs]


def _values(file: FileRef, moment: datetime) -> dict[str, Any]:
    return {
        "bot_id": file.bot_id,
        "file_id": file.file_id,
        "file_unique_id": file.file_unique_id,
        "kind": file.kind,
        "name": file.name,
        "mime": file.mime,
        "size": file.size,
        "duration": file.duration,
        "due_at": moment,
        "created_at": moment,
        "look_at": moment + LOOSE_FOR,
    }


async def of(session: AsyncSession, subject_type: str, subject_id: int) -> list[Attached]:
    """A record's files, in the order they came. The caller has checked the right to see the record."""
    statement = (
        select(
            Attachment.id,
            File.kind,
            File.bot_id,
            File.file_id,
            File.name,
            File.mime,
            File.size,
            File.duration,
            File.state,
            File.sha256,
            File.key,
            File.error,
            Attachment.created_by,
            Attachment.created_at,
        )
        .join(File, File.id == Attachment.file_row_id)
        .where(Attachment.subject_type == subject_type, Attachment.subject_id == subject_id)
        .order_by(Attachment.id)
    )
    return [Attached(*row) for row in await session.execute(statement)]
