"""Table of trials."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import UNAUDITED
from crm_core.matters.models import Matter


class TrialState(StrEnum):
    SENT = "sent"
    TESTING = "testing"
    PASSED = "passed"
    FAILED = "failed"
    NO_ANSWER = "no_answer"


UNDER_WAY = (TrialState.SENT.value, TrialState.TESTING.value)


class Trial(Matter):
    """A sample that a customer tries (CA18); the contact is who got it.

    `check_due_at` is when the reminder looks at it next: the owner's morning of `check_on`; empty once it has spoken,
    and while nothing is to be asked.
    """

    __tablename__ = "trial"

    quantity: Mapped[int | None]
    sent_on: Mapped[date]
    check_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(server_default=TrialState.SENT.value)
    result: Mapped[str | None]
    check_due_at: Mapped[datetime | None] = mapped_column(info=UNAUDITED)

    __table_args__ = (
        CheckConstraint("state IN ('sent','testing','passed','failed','no_answer')", name="state"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_trial_customer", "customer_id", "created_at", "id"),
        Index("ix_trial_under_way", "customer_id", "check_on", postgresql_where=text("state IN ('sent','testing')")),
        Index("ix_trial_check_due_at", "check_due_at", postgresql_where=text("check_due_at IS NOT NULL")),
    )
