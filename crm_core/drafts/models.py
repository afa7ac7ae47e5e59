"""Table of drafts."""

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
