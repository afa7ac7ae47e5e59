"""Operations on attachments."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.attachments.models import Attachment
from crm_core.kit.db import now
from crm_core.org.actor import Actor


@dataclass(frozen=True, slots=True)
class FileRef:
    """The messenger's handle of a file somebody sent."""

    bot_id: int
    file_id: str
    file_unique_id: str
    kind: str = "photo"


async def attach(
    session: AsyncSession, actor: Actor, subject_type: str, subject_id: int, files: Iterable[FileRef]
) -> None:
    """Tie files to a record. The caller has checked the right to change the record."""
    moment = now(session)
    session.add_all(
        Attachment(
            subject_type=subject_type,
            subject_id=subject_id,
            kind=file.kind,
            bot_id=file.bot_id,
            file_id=file.file_id,
            file_unique_id=file.file_unique_id,
            created_by=actor.id,
            created_at=moment,
        )
        for file in files
    )
    await session.flush()


async def of(session: AsyncSession, subject_type: str, subject_id: int) -> list[Attachment]:
    """A record's files, in the order they came. The caller has checked the right to see the record."""
    statement = select(Attachment).where(Attachment.subject_type == subject_type, Attachment.subject_id == subject_id)
    return list(await session.scalars(statement.order_by(Attachment.id)))
