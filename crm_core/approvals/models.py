"""Tables of approvals. The facts are the truth; requests, steps and seats are what they come to, kept to be looked up
and to have the database refuse what must never be: two open steps, two live seats of one person, an end without a time.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import Base


class Approval(Base):
    """A request (申请): its form as it stands, and where it is.

    `flow` and `playbook_version` say by which rules it runs, to its end. `subject_type` and `subject_id` name the
    record that asks, of a feature above; `about_id` is the customer it is about.
    """

    __tablename__ = "approval"
    audited = False  # its facts are

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    flow: Mapped[str]
    kind: Mapped[str]
    playbook_version: Mapped[int]
    subject_type: Mapped[str | None]
    subject_id: Mapped[int | None]
    about_id: Mapped[int | None]
    applicant_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    title: Mapped[str]
    amount: Mapped[Decimal | None]
    form: Mapped[dict[str, Any]]
    picks: Mapped[dict[str, Any]]
    status: Mapped[str]
    round: Mapped[int] = mapped_column(SmallInteger)
    facts: Mapped[int] = mapped_column(server_default="0")  # how many there are
    submit_key: Mapped[str] = mapped_column(unique=True)
    submitted_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    revoke_asked: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))

    __table_args__ = (
        CheckConstraint(
            "status IN ('running','returned','approved','rejected','withdrawn','revoked')",
            name="status",
        ),
        CheckConstraint("(status IN ('running','returned')) = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(subject_type IS NULL) = (subject_id IS NULL)", name="subject"),
        CheckConstraint("revoke_asked IS NULL OR status = 'approved'", name="revoke_asked"),
        Index(
            "uq_approval_live",
            "subject_type",
            "subject_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND subject_id IS NOT NULL"),
        ),
        Index("ix_approval_applicant", "applicant_id", "id"),
        Index("ix_approval_live_of", "applicant_id", "id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_approval_about", "about_id", "id", postgresql_where=text("about_id IS NOT NULL")),
        Index("ix_approval_revoke_asked", "revoke_asked", postgresql_where=text("revoke_asked IS NOT NULL")),
        Index("ix_approval_flow", "flow", "id"),
    )


class ApprovalStep(Base):
    """A step of the flow that a request came to; it may come to the same one again."""

    __tablename__ = "approval_step"
    audited = False

    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    node: Mapped[str]
    round: Mapped[int] = mapped_column(SmallInteger)
    mode: Mapped[str]
    went: Mapped[str]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("went IN ('active','passed','rejected','returned','left')", name="went"),
        CheckConstraint("(went = 'active') = (closed_at IS NULL)", name="closed"),
        Index("uq_approval_step_active", "approval_id", unique=True, postgresql_where=text("went = 'active'")),
    )


class ApprovalSeat(Base):
    """Somebody's signature that a step asks for. `open`: it is this seat's turn; `by_id` may be a deputy."""

    __tablename__ = "approval_seat"
    audited = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"))
    no: Mapped[int] = mapped_column(SmallInteger)
    step: Mapped[int] = mapped_column(SmallInteger)
    holder_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    origin: Mapped[str]
    parent: Mapped[int | None] = mapped_column(SmallInteger)
    place: Mapped[int] = mapped_column(SmallInteger)
    why: Mapped[str | None]
    state: Mapped[str]
    open: Mapped[bool]
    since: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("approval_id", "no"),
        CheckConstraint("origin IN ('rule','admin','escalate','before','after')", name="origin"),
        CheckConstraint("state IN ('pending','approved','rejected','returned','closed','removed')", name="state"),
        CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("NOT open OR state = 'pending'", name="open"),
        Index(
            "uq_approval_seat_live",
            "approval_id",
            "step",
            "holder_id",
            unique=True,
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_approval_seat_open", "holder_id", "id", postgresql_where=text("open")),
        Index("ix_approval_seat_holder", "holder_id", "approval_id"),
        Index("ix_approval_seat_by", "by_id", "approval_id", postgresql_where=text("by_id IS NOT NULL")),
    )


class ApprovalFact(Base):
    """What happened, gapless by `seq`; a trigger refuses to change or delete one. `key` makes a command happen once."""

    __tablename__ = "approval_fact"
    audited = False

    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    for_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    seat: Mapped[int | None] = mapped_column(SmallInteger)
    words: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    key: Mapped[str | None] = mapped_column(unique=True)


class ApprovalCopy(Base):
    """Somebody who is told of a request without signing (抄送)."""

    __tablename__ = "approval_copy"
    audited = False

    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True, index=True)
    at: Mapped[datetime]


class ApprovalTimer(Base):
    """When a step wants looking at: halfway, when it is due. It fires once, and never on a step that is closed."""

    __tablename__ = "approval_timer"
    audited = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"))
    step: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    fired: Mapped[bool | None]

    __table_args__ = (
        UniqueConstraint("approval_id", "step", "kind"),
        CheckConstraint("kind IN ('half','due')", name="kind"),
        CheckConstraint("(done_at IS NULL) = (fired IS NULL)", name="done"),
        Index("ix_approval_timer_due", "due_at", postgresql_where=text("done_at IS NULL")),
    )


class ApprovalEffect(Base):
    """What a decision set off in another feature, once for each round."""

    __tablename__ = "approval_effect"
    audited = False

    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), primary_key=True)
    round: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
