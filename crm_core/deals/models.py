"""Table of deals."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from crm_core.matters.models import Matter


class DealStep(StrEnum):
    """How far a deal has come, in the order of time."""

    QUOTED = "quoted"
    ORDERED = "ordered"
    DELIVERED = "delivered"
    PAID = "paid"


class Deal(Matter):
    """A transaction (CA06). Each step that it has taken has its day; the last one that has is where it stands."""

    __tablename__ = "deal"

    amount: Mapped[Decimal]
    quoted_on: Mapped[date | None]
    ordered_on: Mapped[date | None]
    delivered_on: Mapped[date | None]
    paid_on: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("num_nonnulls(quoted_on, ordered_on, delivered_on, paid_on) > 0", name="begun"),
        Index("ix_deal_customer", "customer_id", "created_at", "id"),
    )
