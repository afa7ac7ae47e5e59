"""Tables of plans."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.kit.db import UNAUDITED, Base

_OPEN = "state = 'open' AND customer_id IS NOT NULL"
_MONDAY = "extract(isodow FROM week) = 1"


class Part(StrEnum):
    """When on its day."""

    DAY = "day"
    MORNING = "morning"
    AFTERNOON = "afternoon"


class LineState(StrEnum):
    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class WeekState(StrEnum):
    """Of a week's plan: it is made and worked on, it lies with the superior, the superior has said something."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    REVIEWED = "reviewed"


class WeekPlan(Base):
    """A person's plan of a week, by its Monday; its lines are those of that person and week.

    `ends_at` is when it goes to the superior by itself (PL09): the first working morning after the week. `superior_id`
    is who that was then; `told_at` when the superior heard of it. `score` is from 1 to 5.
    """

    __tablename__ = "week_plan"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    week: Mapped[date]
    state: Mapped[str] = mapped_column(server_default=WeekState.DRAFT.value)
    ends_at: Mapped[datetime] = mapped_column(info=UNAUDITED)
    submitted_at: Mapped[datetime | None]
    by_itself: Mapped[bool] = mapped_column(server_default=text("false"))
    superior_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    told_at: Mapped[datetime | None] = mapped_column(info=UNAUDITED)
    score: Mapped[int | None] = mapped_column(SmallInteger)
    comment: Mapped[str | None]  # a Remark, or own words
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))

    __table_args__ = (
        CheckConstraint("state IN ('draft','submitted','reviewed')", name="state"),
        CheckConstraint(_MONDAY, name="monday"),
        CheckConstraint("(state = 'draft') = (submitted_at IS NULL)", name="submitted"),
        CheckConstraint("(state = 'reviewed') = (num_nulls(score, reviewed_at, reviewed_by) = 0)", name="reviewed"),
        CheckConstraint("score BETWEEN 1 AND 5", name="score"),
        CheckConstraint("reviewed_by <> employee_id", name="not_one_s_own"),
        Index("uq_week_plan", "employee_id", "week", unique=True),
        Index("ix_week_plan_ends", "ends_at", postgresql_where=text("state = 'draft'")),
        Index("ix_week_plan_waiting", "superior_id", "id", postgresql_where=text("state = 'submitted'")),
    )


class PlanLine(Base):
    """One thing to do on a day (计划行): mostly a visit to a customer.

    `planned_on` is the day that was said first, `day` the one that counts now, `done_on` the actual one (PL12).
    `routine` is everyday work; else it came up (PL05). `visit_id` is the visit that did it.
    """

    __tablename__ = "plan_line"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    week: Mapped[date]  # the Monday before `day`
    day: Mapped[date]
    planned_on: Mapped[date]
    part: Mapped[str] = mapped_column(server_default=Part.DAY.value)
    routine: Mapped[bool]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    what: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=LineState.OPEN.value)
    done_on: Mapped[date | None]
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id", ondelete="SET NULL"))
    feedback: Mapped[str | None]
    created_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(info=UNAUDITED, server_default=text("1"))

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - SQLAlchemy reads it in this form
    __table_args__ = (
        CheckConstraint("customer_id IS NOT NULL OR what <> ''", name="told"),
        CheckConstraint("state IN ('open','done','dropped')", name="state"),
        CheckConstraint("part IN ('day','morning','afternoon')", name="part"),
        CheckConstraint("(state = 'done') = (done_on IS NOT NULL)", name="done"),
        CheckConstraint("visit_id IS NULL OR state = 'done'", name="visited"),
        CheckConstraint(f"{_MONDAY} AND day BETWEEN week AND week + 6", name="week"),
        Index("ix_plan_line_employee", "employee_id", "day", "id"),
        Index("ix_plan_line_customer", "customer_id", postgresql_where=text(_OPEN)),
        Index("ix_plan_line_due", "day", postgresql_where=text("state = 'open'")),
        Index("ix_plan_line_visit", "visit_id", postgresql_where=text("visit_id IS NOT NULL")),
        Index("uq_plan_line_there", "employee_id", "customer_id", "day", unique=True, postgresql_where=text(_OPEN)),
    )


class PlanFlow(Base):
    """A request that was started from a line, or about its customer in its week: both find each other (PL09)."""

    __tablename__ = "plan_flow"
    audited = False

    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), primary_key=True, autoincrement=False)
    line_id: Mapped[int] = mapped_column(ForeignKey("plan_line.id", ondelete="CASCADE"), index=True)


class PlanFeed(Base):
    """The secret address of a person's calendar feed (BY27). Only a hash of it is kept; one works at a time."""

    __tablename__ = "plan_feed"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True, info=UNAUDITED)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None] = mapped_column(info=UNAUDITED)  # by a calendar

    __table_args__ = (Index("uq_plan_feed", "employee_id", unique=True, postgresql_where=text("revoked_at IS NULL")),)
