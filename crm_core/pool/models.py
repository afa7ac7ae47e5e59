"""Tables of the customer pool. The deadlines themselves are columns of the customer."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import Base


class CountedFollowup(Base):
    """A visit or talk that counted as a follow-up when it was told; what is edited later does not change that.

    It has no foreign keys, as it is no reason against taking its visit back: without the visit it counts no more.
    """

    __tablename__ = "counted_followup"
    audited = False

    visit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[int]
    at: Mapped[datetime]  # event time

    __table_args__ = (Index("ix_counted_followup_customer", "customer_id", "at"),)


class PoolClaim(Base):
    """A claim. It counts for its day also when it was taken back: what was masked has been read."""

    __tablename__ = "pool_claim"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    pool: Mapped[str]
    at: Mapped[datetime]
    day: Mapped[date]  # local to who claimed

    __table_args__ = (
        Index("ix_pool_claim_day", "employee_id", "day"),
        Index("ix_pool_claim_customer", "customer_id"),
    )


class PoolView(Base):
    """Who looked at which pooled customer's masked card."""

    __tablename__ = "pool_view"
    audited = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id", ondelete="SET NULL"))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    at: Mapped[datetime]

    __table_args__ = (
        Index("ix_pool_view_customer", "customer_id", "at"),
        Index("ix_pool_view_employee", "employee_id", "at"),
    )


class PoolLock(Base):
    """A customer that its owner keeps out of the pool, until it is unlocked or changes hands."""

    __tablename__ = "pool_lock"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))  # the owner
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_pool_lock", "customer_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_pool_lock_employee", "employee_id", postgresql_where=text("ended_at IS NULL")),
    )


EXTENSION: Final = "pool_extension"
"""What requests for more time are about: the id is the customer's, so that there is one at a time."""


class PoolExtension(Base):
    """More time that was granted, of the ownership that began at `held_since`: the customer is kept until that day.

    By a request (`approval_id`), whose approval may be undone; or by a superior, who asks nobody (`granted_by`).
    """

    __tablename__ = "pool_extension"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    held_since: Mapped[datetime]
    approval_id: Mapped[int | None] = mapped_column(ForeignKey("approval.id"), unique=True)
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    granted_at: Mapped[datetime]
    days: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str]
    until: Mapped[date]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("(approval_id IS NULL) = (granted_by IS NOT NULL)", name="granted"),
        CheckConstraint("days BETWEEN 1 AND 14", name="days"),
        Index("ix_pool_extension_customer", "customer_id", "held_since"),
    )
