"""Table of attachments."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import Base


class Attachment(Base):
    """One file of a subject. `file_id` is the messenger's handle of it under the bot that received it."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    subject_type: Mapped[str]
    subject_id: Mapped[int]
    kind: Mapped[str]
    bot_id: Mapped[int]
    file_id: Mapped[str]
    file_unique_id: Mapped[str]
    created_by: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('photo','voice','document')", name="kind"),
        Index("ix_attachment_subject", "subject_type", "subject_id"),
    )
