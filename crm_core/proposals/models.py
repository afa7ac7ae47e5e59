"""Table of playbooks that were sent to be published."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import Base


class State(StrEnum):
    READING = "reading"
    REFUSED = "refused"  # something is wrong with it: mended, it is sent anew
    READY = "ready"  # right: the admin looks at it
    PUBLISHED = "published"
    DROPPED = "dropped"


class PlaybookProposal(Base):
    """A playbook that an admin sent. What comes of it is the version, which is on record.

    `base` is the version that was in force when it was checked, and `made_from` the one that its first line names.
    `problems` say what is wrong with its text: rows of {line, where, what, mend}; `error` what is wrong with the file:
    code and facts. `due_at` and `attempts` are the claim of whoever reads it.
    """

    __tablename__ = "playbook_proposal"
    audited = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    name: Mapped[str]  # the file's
    file_row_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    bot_id: Mapped[int]
    chat_id: Mapped[int]
    card_id: Mapped[int | None] = mapped_column(ForeignKey("card.id", ondelete="SET NULL"))
    state: Mapped[str]
    text: Mapped[str | None]
    base: Mapped[int | None]
    made_from: Mapped[int | None]
    problems: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    sample_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))  # for whom one looks who would sign
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('reading','refused','ready','published','dropped')", name="state"),
        CheckConstraint("state <> 'ready' OR (text IS NOT NULL AND base IS NOT NULL)", name="ready"),
        Index("ix_playbook_proposal_due", "due_at", postgresql_where=sql("state = 'reading'")),
    )
