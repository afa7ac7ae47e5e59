"""Tables of files and of what ties them to records."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
    event,
    func,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from crm_core.kit.db import UNAUDITED, Base


class FileKind(StrEnum):
    """As what it was sent."""

    PHOTO = "photo"
    VOICE = "voice"
    DOCUMENT = "document"
    VIDEO = "video"
    AUDIO = "audio"


class FileState(StrEnum):
    PENDING = "pending"  # to be fetched
    STORED = "stored"  # we hold its bytes
    GONE = "gone"  # the messenger has it no more
    REFUSED = "refused"  # too large, or not what it claims to be


class File(Base):
    """A file that somebody sent, once for each bot that received it. How it is fetched is no business record.

    `file_id` is the messenger's handle, of use to that bot alone; `file_unique_id` says which file it is. `key` is
    where the bytes are kept: it follows from `sha256`, so files of equal content are kept once. `error` is one of
    `content.REASONS` when it is gone or refused, else what went wrong at the last attempt; nothing
    while it waits for its first one or is in hand. `look_at` is when it is asked whether any record still has it.
    """

    __tablename__ = "file"
    audited = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    bot_id: Mapped[int]
    file_id: Mapped[str]
    file_unique_id: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str | None]
    mime: Mapped[str | None]  # as claimed until it is stored, then as found
    size: Mapped[int | None]  # bytes
    duration: Mapped[int | None]  # seconds
    state: Mapped[str] = mapped_column(server_default=FileState.PENDING)
    sha256: Mapped[str | None]
    key: Mapped[str | None]
    error: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    fetched_at: Mapped[datetime | None]
    look_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("kind IN ('photo','voice','document','video','audio')", name="kind"),
        CheckConstraint("state IN ('pending','stored','gone','refused')", name="state"),
        CheckConstraint("(state = 'stored') = (key IS NOT NULL AND sha256 IS NOT NULL)", name="kept"),
        UniqueConstraint("bot_id", "file_unique_id"),
        Index("ix_file_pending", "bot_id", "due_at", postgresql_where=text("state = 'pending'")),
        Index("ix_file_look_at", "look_at", postgresql_where=text("look_at IS NOT NULL")),
        Index("ix_file_key", "key", postgresql_where=text("key IS NOT NULL")),
    )


class LooseFile(Base):
    """Bytes that are to go at `due_at`, unless a file has them by then. The key is all that is kept of them."""

    __tablename__ = "loose_file"
    audited = False

    key: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime] = mapped_column(index=True)


class Attachment(Base):
    """One file of a subject."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    subject_type: Mapped[str]
    subject_id: Mapped[int]
    file_row_id: Mapped[int] = mapped_column(ForeignKey("file.id"), index=True)  # `file_id` is the messenger's word
    created_by: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    created_at: Mapped[datetime]
    told_at: Mapped[datetime | None] = mapped_column(info=UNAUDITED)  # when its sender heard that it could not be kept

    __table_args__ = (Index("ix_attachment_subject", "subject_type", "subject_id"),)


@event.listens_for(Attachment, "after_delete")
def _look_again(_mapper: Mapper[Attachment], connection: Connection, gone: Attachment) -> None:
    """A file that a record has lost may belong to nobody now."""
    statement = update(File).where(File.id == gone.file_row_id)
    connection.execute(statement.values(look_at=func.now() + timedelta(days=30)))
