"""Tables of what was filled into forms: half, last time, and by which message."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import Base


class Draft(Base):
    """Answers keyed by field name, as canonical JSON values, with the form's version.

    `asking` is the field a person opened on purpose (edit, add); else the form derives where it stands.
    `revision` grows with every change: a button of an older card is told from a current one by it.
    """

    __tablename__ = "draft"
    audited = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    form: Mapped[str]
    version: Mapped[int]
    answers: Mapped[dict[str, Any]]
    asking: Mapped[str | None]
    revision: Mapped[int]
    card_id: Mapped[int | None] = mapped_column(ForeignKey("card.id", ondelete="SET NULL"))
    updated_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    __table_args__ = (Index("ix_draft_expires_at", "expires_at"),)


class LastTime(Base):
    """What a person filled into a form last: the answers (JSON by field name) that are likely to fit again."""

    __tablename__ = "last_time"
    audited = False

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True)
    form: Mapped[str] = mapped_column(primary_key=True)
    answers: Mapped[dict[str, Any]]


class Said(Base):
    """What one message said of a record that was saved: editing the message corrects the record for a while.

    `read` holds the answers (JSON by field name) that the message was understood as.
    """

    __tablename__ = "said"
    audited = False

    bot_id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    form: Mapped[str]
    subject_id: Mapped[int]
    read: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]

    __table_args__ = (Index("ix_said_created_at", "created_at"),)
