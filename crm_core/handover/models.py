"""Table of handovers that are being prepared."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import UNAUDITED, Base

_NOBODY = text("'{}'")


class HandoverPlan(Base):
    """What somebody is about to hand over, so that it can be looked at and set right before it is done.

    A working paper: the audit knows of it only when it was carried out, and by that it is taken back as one. `by_hand`
    says for single customers (by id) who gets them; 0 is nobody, the customer stays. `part` narrows it to a city or a
    type of customers (`city.深圳`, `type.a`).
    """

    __tablename__ = "handover_plan"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), info=UNAUDITED)
    by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True, info=UNAUDITED)
    rule: Mapped[str] = mapped_column(info=UNAUDITED)
    to_ids: Mapped[list[int]] = mapped_column(server_default=_NOBODY, info=UNAUDITED)
    by_hand: Mapped[dict[str, Any]] = mapped_column(server_default=_NOBODY, info=UNAUDITED)
    part: Mapped[str | None] = mapped_column(info=UNAUDITED)
    leaves: Mapped[bool] = mapped_column(info=UNAUDITED)  # and then the person leaves the company
    created_at: Mapped[datetime] = mapped_column(info=UNAUDITED)
    done_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("rule IN ('manager','one','evenly','city')", name="rule"),)
