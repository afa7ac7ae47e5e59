"""Tables of reminders: what is due for whom, what a person wants of them, how far daily rules have looked."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import Base

_OPEN = "state IN ('due','queued','sent','seen','snoozed')"


class Occurrence(Base):
    """One thing that is due, for one person, once.

    `occurrence_key` tells this time from the next: for a stale archive the follow-up that it counts from.
    It is due, then queued (in the outbox), sent (the messenger has it), seen (its message was tapped); put off it is
    snoozed until `due_at`. In the end it is done, expired (its `expires_at` has come), or suppressed: no matter of
    this person any more, with the `reason` if one was given.
    `push_at` is when it wants a message of its own; empty, it waits for the digest. A superior who was
    not content has nudged; one who has `ignored` it does not find it in the weekly list again.
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
    push_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    snoozes: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    card_id: Mapped[int | None] = mapped_column(ForeignKey("card.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_op: Mapped[int | None]  # the operation that closed it; taking that back opens it again
    reason: Mapped[str | None]
    nudged_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    nudged_at: Mapped[datetime | None]
    ignored: Mapped[bool] = mapped_column(server_default="false")

    __table_args__ = (
        UniqueConstraint("rule", "subject_type", "subject_id", "recipient_id", "occurrence_key"),
        CheckConstraint(
            "state IN ('due','queued','sent','seen','snoozed','done','expired','suppressed')", name="state"
        ),
        CheckConstraint("(state IN ('done','expired','suppressed')) = (ended_at IS NOT NULL)", name="ended"),
        Index("ix_occurrence_ended_op", "ended_op", postgresql_where=text("ended_op IS NOT NULL")),
        Index("ix_occurrence_open", "recipient_id", "due_at", postgresql_where=text(_OPEN)),
        Index("ix_occurrence_open_subject", "subject_type", "subject_id", postgresql_where=text(_OPEN)),
        Index("ix_occurrence_push_at", "push_at", postgresql_where=text(f"push_at IS NOT NULL AND {_OPEN}")),
        Index("ix_occurrence_queued", "card_id", postgresql_where=text("state = 'queued'")),
        Index("ix_occurrence_expires_at", "expires_at", postgresql_where=text(f"expires_at IS NOT NULL AND {_OPEN}")),
    )


class ReminderChoice(Base):
    """What a person wants of a kind of reminder otherwise than usual: none of it, or only in the digest."""

    __tablename__ = "reminder_choice"
    audited = False

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    how: Mapped[str]
    chosen_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("how IN ('off','digest')", name="how"),)


class RuleDay(Base):
    """The local day up to which a daily rule has looked, where clocks show a zone."""

    __tablename__ = "rule_day"
    audited = False

    rule: Mapped[str] = mapped_column(primary_key=True)
    zone: Mapped[str] = mapped_column(primary_key=True)  # IANA name
    day: Mapped[date]
