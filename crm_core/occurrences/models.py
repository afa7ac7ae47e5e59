"""Table of occurrences."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import Base


class Occurrence(Base):
    """One thing that is due, for one person, once.

    `occurrence_key` tells this time from the next: for a stale archive the follow-up that it counts from.
    """

    __tablename__ = "occurrence"
    audited = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    rule: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[int]
    recipient_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    occurrence_key: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="due")
    due_at: Mapped[datetime]
    snoozes: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    card_id: Mapped[int | None] = mapped_column(ForeignKey("card.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_op: Mapped[int | None]  # the operation that closed it; taking that back opens it again

    __table_args__ = (
        UniqueConstraint("rule", "subject_type", "subject_id", "recipient_id", "occurrence_key"),
        CheckConstraint("state IN ('due','sent','snoozed','done','expired','suppressed')", name="state"),
        CheckConstraint("(state IN ('done','expired','suppressed')) = (ended_at IS NOT NULL)", name="ended"),
        Index("ix_occurrence_ended_op", "ended_op", postgresql_where=text("ended_op IS NOT NULL")),
        Index(
            "ix_occurrence_open",
            "recipient_id",
            "due_at",
            postgresql_where=text("state IN ('due','sent','snoozed')"),
        ),
        Index(
            "ix_occurrence_open_subject",
            "subject_type",
            "subject_id",
            postgresql_where=text("state IN ('due','sent','snoozed')"),
        ),
    )
