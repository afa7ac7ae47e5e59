"""Table of contacts."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import UNAUDITED, Base


class Contact(Base):
    """Somebody at a customer. Who is no longer there stays in the books, with `left_at`.

    One of those present is the primary one: the first, unless somebody chose another. Of some only a number is known.
    """

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    name: Mapped[str | None]
    title: Mapped[str | None]  # position: 采购经理
    phone: Mapped[str | None]  # E.164
    email: Mapped[str | None]
    note: Mapped[str | None]
    extra: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))  # the company's own fields, by key
    is_primary: Mapped[bool]
    created_by: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(info=UNAUDITED)

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - SQLAlchemy reads it in this form
    __table_args__ = (
        CheckConstraint("coalesce(name, phone) <> ''", name="known"),
        CheckConstraint("NOT is_primary OR left_at IS NULL", name="primary_is_present"),
        Index("ix_contact_customer", "customer_id", "id"),
        Index("uq_contact_primary", "customer_id", unique=True, postgresql_where=text("is_primary")),
        Index("ix_contact_phone", "phone", postgresql_where=text("phone IS NOT NULL AND left_at IS NULL")),
    )
