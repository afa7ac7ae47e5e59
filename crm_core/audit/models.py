"""Table of the audit: one row for each created, changed or deleted row of an audited table."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import Base

_OF_CUSTOMERS = "subject_type IN ('customer','contact','deal','need')"


class AuditEntry(Base):
    """`before` and `after` hold the changed fields only; a creation has no before, a deletion no after.

    Entries of one `op` were made by one thing that a person did; `undoes` is the op that an entry takes back (BY08).
    """

    __tablename__ = "audit"
    audited = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))  # none: the system itself
    verb: Mapped[str]
    subject_type: Mapped[str]  # the table's name
    subject_id: Mapped[int]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    op: Mapped[int | None]
    undoes: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("verb IN ('create','change','delete')", name="verb"),
        Index("ix_audit_subject", "subject_type", "subject_id", "id"),
        Index("ix_audit_op", "op", "id", postgresql_where=text("op IS NOT NULL")),
        Index("ix_audit_customers", "actor_id", "at", postgresql_where=text(_OF_CUSTOMERS)),
        Index("ix_audit_undoes", "undoes", postgresql_where=text("undoes IS NOT NULL")),
    )
