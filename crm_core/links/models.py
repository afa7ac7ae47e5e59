"""Table of links."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import Base


class CustomerLink(Base):
    """Two customers that have to do with each other: `to_id` is to `from_id` what the kind's title says."""

    __tablename__ = "customer_link"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str]  # link kind of the playbook
    created_by: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("from_id <> to_id", name="not_itself"),
        Index(
            "uq_customer_link",
            text("least(from_id, to_id)"),
            text("greatest(from_id, to_id)"),
            "kind",
            unique=True,
        ),
        Index("ix_customer_link_from", "from_id"),
        Index("ix_customer_link_to", "to_id"),
    )
