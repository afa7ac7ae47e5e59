"""Tables of tasks."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import UNAUDITED, Base


class ShareState(StrEnum):
    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"  # by who gave it


class SalesPlan(Base):
    """What is to be sold in a while (销售计划), to be broken down into tasks (PL14)."""

    __tablename__ = "sales_plan"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    title: Mapped[str]
    amount: Mapped[Decimal]
    since: Mapped[date]
    until: Mapped[date]
    owner_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("title <> ''", name="title"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("since <= until", name="period"),
        Index("ix_sales_plan_owner", "owner_id", "until", "id"),
    )


class Task(Base):
    """Something to be done until a day, by everybody who has a share of it. `amount` is its part of a sales plan."""

    __tablename__ = "task"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    what: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    due_on: Mapped[date]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))  # that it was given to as a whole
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("sales_plan.id"))
    amount: Mapped[Decimal | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("what <> ''", name="told"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("amount IS NULL OR plan_id IS NOT NULL", name="part"),
        Index("ix_task_by", "by_id", "id"),
        Index("ix_task_customer", "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
        Index("ix_task_plan", "plan_id", postgresql_where=text("plan_id IS NOT NULL")),
    )


class TaskShare(Base):
    """One person's share of a task: planned for its `due_on`, `done_on` the actual day (PL12), and how it went (PL13).

    `seen_at` is when the person first had it on the screen.
    """

    __tablename__ = "task_share"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    due_on: Mapped[date]  # as the task's
    state: Mapped[str] = mapped_column(server_default=ShareState.OPEN.value)
    seen_at: Mapped[datetime | None] = mapped_column(info=UNAUDITED)
    done_on: Mapped[date | None]
    feedback: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("state IN ('open','done','dropped')", name="state"),
        CheckConstraint("(state = 'done') = (done_on IS NOT NULL)", name="done"),
        Index("uq_task_share", "task_id", "employee_id", unique=True),
        Index("ix_task_share_open", "employee_id", "due_on", "id", postgresql_where=text("state = 'open'")),
        Index("ix_task_share_due", "due_on", postgresql_where=text("state = 'open'")),
        Index("ix_task_share_employee", "employee_id", "id"),
    )
