"""What is due of plans, for rules: statements whose cost follows what is due, and which weeks and days they look at."""

from datetime import date, timedelta
from typing import Final

from sqlalchemy import ColumnElement, exists, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.facts import Status
from crm_core.kit.calendars import WorkTable, add_working_days, is_working_day
from crm_core.kit.db import AnyRow, AnySelect
from crm_core.leave.models import Absence
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Role
from crm_core.org.rights import within
from crm_core.plans.models import LineState, PlanLine, WeekPlan, WeekState
from crm_core.plans.permissions import READ
from crm_core.plans.scores import weeks_of_month
from crm_core.plans.weeks import working_days

WEEK: Final = "week"
"""What a reminder of a week is about; its id is the ordinal of the Monday."""
NAG: Final = "plan.nag"
"""The rule of a week that has begun without a plan: what a superior's nudge brings back."""

_OPEN: Final[ColumnElement[str]] = literal_column(f"'{LineState.OPEN.value}'")
_REVIEWED: Final[ColumnElement[str]] = literal_column(f"'{WeekState.REVIEWED.value}'")
"""As literals: only so can the planner use the partial indexes."""
_KEPT: Final = PlanLine.state != LineState.DROPPED.value


def visits_between(first: date, last: date) -> AnySelect:
    """Open planned visits of some days: rows of (id, employee_id, customer_id, day, week)."""
    return select(PlanLine.id, PlanLine.employee_id, PlanLine.customer_id, PlanLine.day, PlanLine.week).where(
        PlanLine.state == _OPEN, PlanLine.customer_id.is_not(None), PlanLine.day.between(first, last)
    )


def without_plan(week: date, since: date, until: date) -> AnySelect:
    """Sales people without a line in a week: rows of (id, name, manager_id). Who is on approved leave from `since` to
    `until` is left out.
    """
    there = exists(
        select(PlanLine.id).where(
            PlanLine.employee_id == Employee.id, PlanLine.day.between(week, week + timedelta(days=6)), _KEPT
        )
    )
    away = exists(
        select(Absence.id).where(
            Absence.employee_id == Employee.id,
            Absence.state == Status.APPROVED.value,
            Absence.since <= since,
            Absence.until >= until,
        )
    )
    return select(Employee.id, Employee.name, Employee.manager_id).where(
        Employee.left_at.is_(None), Employee.roles.contains([Role.REP.value]), ~there, ~away
    )


async def reports_without_plan(session: AsyncSession, manager_id: int, week: date, today: date) -> list[AnyRow]:
    """Somebody's direct reports who have no line in a week and are not on leave today: rows of (id, name)."""
    missing = without_plan(week, today, today).where(Employee.manager_id == manager_id)
    return list((await session.execute(missing.order_by(Employee.name, Employee.id))).all())


async def is_planned(session: AsyncSession, employee_id: int, week: date) -> bool:
    """Whether somebody has planned anything for a week, by its Monday."""
    days = PlanLine.day.between(week, week + timedelta(days=6))
    statement = select(PlanLine.id).where(PlanLine.employee_id == employee_id, days, _KEPT)
    return await session.scalar(statement.limit(1)) is not None


def scored_in(month: date) -> AnySelect:
    """Weeks of a month that have a score: rows of (employee_id, manager_id)."""
    mondays = weeks_of_month(month)
    return (
        select(WeekPlan.employee_id, Employee.manager_id)
        .join(Employee, Employee.id == WeekPlan.employee_id)
        .where(WeekPlan.state == _REVIEWED, WeekPlan.week.between(mondays[0], mondays[-1]))
    )


async def waiting_for(session: AsyncSession, actor: Actor, superior_ids: list[int]) -> list[AnyRow]:
    """Weeks that lie with these superiors and that the actor may read: rows of (id, superior_id, week, employee), the
    oldest first.
    """
    statement = (
        select(WeekPlan.id, WeekPlan.superior_id, WeekPlan.week, Employee.name.label("employee"))
        .join(Employee, Employee.id == WeekPlan.employee_id)
        .where(WeekPlan.state == WeekState.SUBMITTED.value, WeekPlan.superior_id.in_(superior_ids))
        .where(within(actor, READ, WeekPlan.employee_id))
    )
    return list((await session.execute(statement.order_by(WeekPlan.submitted_at, WeekPlan.id))).all())


def prompt_day(week: date, day: int, table: WorkTable) -> date | None:
    """When in a week people are asked for the next one's plan: on its `day` (1 is Monday), or the last working day
    before it, or else the first after it; never in a week in which nobody works.
    """
    worked = working_days(week, table)
    early = [one for one in worked if one.isoweekday() <= day]
    return early[-1] if early else next(iter(worked), None)


def first_working_day(day: date, table: WorkTable) -> date | None:
    """Of the week of a day; none when nobody works in it."""
    return next(iter(working_days(day - timedelta(days=day.weekday()), table)), None)


def is_first_of_month(day: date, table: WorkTable) -> bool:
    """Whether the month's work begins on that day."""
    if not is_working_day(day, table):
        return False
    return add_working_days(day, -1, table) < day.replace(day=1)


def month_before(day: date) -> date:
    """The first day of the month before that of a day."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
