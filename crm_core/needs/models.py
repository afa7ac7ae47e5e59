"""Table of needs."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.matters.models import Matter


class NeedState(StrEnum):
    OPEN = "open"
    MET = "met"
    LOST = "lost"


class Need(Matter):
    """What a customer wants (CA04). `told` are the colleagues who got word of it; a lost one has a `reason`."""

    __tablename__ = "need"

    quantity: Mapped[int | None]
    amount: Mapped[Decimal | None]  # what it is worth, in the company's currency
    due_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(server_default=NeedState.OPEN.value)
    reason: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    told: Mapped[list[int]] = mapped_column(server_default=text("'{}'"))

    __table_args__ = (
        CheckConstraint("state IN ('open','met','lost')", name="state"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("state <> 'lost' OR reason <> ''", name="reason"),
        CheckConstraint("quantity > 0 AND amount >= 0", name="amounts"),
        Index("ix_need_customer", "customer_id", "created_at", "id"),
        Index("ix_need_open", "customer_id", "due_on", postgresql_where=text("state = 'open'")),
    )
