"""Table of leave."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.approvals.facts import Status
from crm_core.kit.db import Base

COUNTS = (Status.RUNNING.value, Status.RETURNED.value, Status.APPROVED.value)


class Absence(Base):
    """Somebody's leave (请假): from one local day to another, both included; `days` are the working days among them.

    `state` is that of its request. `kind` is a key of the leave flow's form.
    """

    __tablename__ = "absence"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    kind: Mapped[str]
    since: Mapped[date]
    until: Mapped[date]
    days: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=Status.RUNNING.value)
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("state IN ('running','returned','approved','rejected','withdrawn','revoked')", name="state"),
        CheckConstraint("since <= until", name="order"),
        CheckConstraint("days > 0", name="days"),
        Index("ix_absence_employee", "employee_id", "since", "id"),
        Index("ix_absence_granted", "employee_id", "until", postgresql_where=text("state = 'approved'")),
    )
