"""Table of erasures: whose data went, by number. It outlives a backup that still has them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import Base


class Who(StrEnum):
    CONTACT = "contact"
    EMPLOYEE = "employee"


class Erasure(Base):
    """That somebody's data was erased: no name, no value. `by_id` is none where it was done on the console."""

    __tablename__ = "erasure"
    audited = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str]  # Who
    subject_id: Mapped[int]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('contact','employee')", name="kind"),
        Index("uq_erasure", "kind", "subject_id", unique=True),
    )
