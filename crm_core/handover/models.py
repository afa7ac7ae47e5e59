"""Table of handovers that are being prepared."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import Base


class HandoverPlan(Base):
    """What somebody is about to hand over, so that it can be looked at and set right before it is done.

    A working paper: what became of it is in the ownership log. `by_hand` says for single customers (by id) who gets
    them; 0 is nobody, the customer stays. `part` narrows it to a city or a type of customers (`city.深圳`, `type.a`).
    """

    __tablename__ = "handover_plan"
    audited = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    rule: Mapped[str]
    to_ids: Mapped[list[int]] = mapped_column(server_default=text("'{}'"))
    by_hand: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    part: Mapped[str | None]
    leaves: Mapped[bool]  # and then the person leaves the company
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("rule IN ('manager','one','evenly','city')", name="rule"),)
