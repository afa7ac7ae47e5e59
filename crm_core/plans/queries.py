"""Reading plans: days, weeks and months of one person, a team's weeks, what waits for a score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ARRAY, Text, and_, cast, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.approvals.models import Approval
from crm_core.customers.models import Customer
from crm_core.kit.db import AnyRow, AnySelect
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import require, within
from crm_core.plans.models import LineState, PlanFlow, PlanLine, WeekPlan, WeekState
from crm_core.plans.permissions import READ
from crm_core.plans.weeks import monday_of
from crm_core.visits.models import Visit
from crm_core.visits.queries import bounds

_reviewer = aliased(Employee)
_KEPT = PlanLine.state != LineState.DROPPED.value


@dataclass(frozen=True, slots=True)
class Count:
    """Lines of a while: how many nobody dropped, and how many of those are done."""

    planned: int = 0
    done: int = 0


@dataclass(frozen=True, slots=True)
class Sum:
    """A week as its superior sees it: plan against done, visits that nobody planned, requests (PL09)."""

    count: Count
    late: int  # done on another day than was planned first
    visits: int
    unplanned: int
    flows: int


def rows_for(actor: Actor) -> AnySelect:
    """Lines the actor may read: those of people within reach."""
    return (
        select(
            PlanLine.id,
            PlanLine.employee_id,
            PlanLine.week,
            PlanLine.day,
            PlanLine.planned_on,
            PlanLine.part,
            PlanLine.routine,
            PlanLine.customer_id,
            PlanLine.what,
            PlanLine.state,
            PlanLine.done_on,
            PlanLine.visit_id,
            PlanLine.feedback,
            PlanLine.revision,
            Customer.name.label("customer"),
            Employee.name.label("employee"),
        )
        .join(Employee, Employee.id == PlanLine.employee_id)
        .outerjoin(Customer, Customer.id == PlanLine.customer_id)
        .where(within(actor, READ, PlanLine.employee_id))
    )


async def find(session: AsyncSession, actor: Actor, line_id: int) -> AnyRow:
    """One line. Raises `not_found` for who may not read it."""
    row = (await session.execute(rows_for(actor).where(PlanLine.id == line_id))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


async def person(session: AsyncSession, actor: Actor, employee_id: int) -> AnyRow:
    """Whose plan it is: a row of (id, name). Raises `not_allowed`."""
    await require(session, actor, READ, on=employee_id)
    statement = select(Employee.id, Employee.name).where(Employee.id == employee_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


async def lines_of(session: AsyncSession, actor: Actor, employee_id: int, first: date, last: date) -> Sequence[AnyRow]:
    """Somebody's lines from one day to another, by day and part; those that were dropped come last in their day."""
    part = func.array_position(cast(_PARTS, ARRAY(Text)), PlanLine.part)
    statement = rows_for(actor).where(PlanLine.employee_id == employee_id, PlanLine.day.between(first, last))
    dropped = PlanLine.state == LineState.DROPPED.value
    return (await session.execute(statement.order_by(PlanLine.day, dropped, part, PlanLine.id))).all()


_PARTS = ["morning", "day", "afternoon"]


async def flows_of(session: AsyncSession, line_ids: Sequence[int]) -> Sequence[AnyRow]:
    """Requests that hang on these lines: rows of (line_id, id, flow, title, status). The lines are known readable."""
    statement = (
        select(PlanFlow.line_id, Approval.id, Approval.flow, Approval.title, Approval.status)
        .join(Approval, Approval.id == PlanFlow.approval_id)
        .where(PlanFlow.line_id.in_(line_ids))
        .order_by(Approval.id)
    )
    return (await session.execute(statement)).all()


async def counts_by_week(
    session: AsyncSession, actor: Actor, employee_id: int, first: date, last: date
) -> Mapping[date, Count]:
    """By Monday, of lines whose day lies from one to another."""
    done = func.count().filter(PlanLine.state == LineState.DONE.value)
    statement = select(PlanLine.week, func.count(), done).where(
        within(actor, READ, PlanLine.employee_id),
        PlanLine.employee_id == employee_id,
        PlanLine.day.between(first, last),
        _KEPT,
    )
    found = await session.execute(statement.group_by(PlanLine.week))
    return {week: Count(planned, ready) for week, planned, ready in found}


def _weeks(actor: Actor) -> AnySelect:
    return (
        select(
            WeekPlan.id,
            WeekPlan.employee_id,
            WeekPlan.week,
            WeekPlan.state,
            WeekPlan.submitted_at,
            WeekPlan.by_itself,
            WeekPlan.superior_id,
            WeekPlan.score,
            WeekPlan.comment,
            WeekPlan.reviewed_by,
            Employee.name.label("employee"),
            _reviewer.name.label("reviewer"),
        )
        .join(Employee, Employee.id == WeekPlan.employee_id)
        .outerjoin(_reviewer, _reviewer.id == WeekPlan.reviewed_by)
        .where(within(actor, READ, WeekPlan.employee_id))
    )


async def week_plan(session: AsyncSession, actor: Actor, plan_id: int) -> AnyRow:
    """One week. Raises `not_found` for who may not read it."""
    row = (await session.execute(_weeks(actor).where(WeekPlan.id == plan_id))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


async def week_of(session: AsyncSession, actor: Actor, employee_id: int, week: date) -> AnyRow | None:
    """Somebody's week by its Monday; none while it has no line."""
    statement = _weeks(actor).where(WeekPlan.employee_id == employee_id, WeekPlan.week == week)
    return (await session.execute(statement)).one_or_none()


async def weeks_between(
    session: AsyncSession, actor: Actor, employee_id: int, first: date, last: date
) -> Sequence[AnyRow]:
    """Somebody's weeks whose Monday lies from one day to another, in time."""
    statement = _weeks(actor).where(WeekPlan.employee_id == employee_id, WeekPlan.week.between(first, last))
    return (await session.execute(statement.order_by(WeekPlan.week))).all()


async def sum_of(session: AsyncSession, actor: Actor, employee_id: int, week: date) -> Sum:
    """What a week came to. The caller has made sure that the actor may read it."""
    mine = and_(PlanLine.employee_id == employee_id, PlanLine.week == week)
    is_done = PlanLine.state == LineState.DONE.value
    lines = select(
        func.count().filter(_KEPT),
        func.count().filter(is_done),
        func.count().filter(is_done, PlanLine.done_on != PlanLine.planned_on),
    )
    planned, done, late = (await session.execute(lines.where(mine))).one()
    start, end = bounds(actor, week, week + timedelta(days=6))
    made = select(
        func.count(), func.count().filter(~exists(select(PlanLine.id).where(PlanLine.visit_id == Visit.id)))
    ).where(Visit.employee_id == employee_id, Visit.happened_at >= start, Visit.happened_at < end, Visit.summary != "")
    visits, unplanned = (await session.execute(made)).one()
    hanging = select(func.count()).select_from(PlanFlow).join(PlanLine, PlanLine.id == PlanFlow.line_id)
    flows = await session.scalar(hanging.where(mine)) or 0
    return Sum(Count(planned, done), late, visits, unplanned, flows)


async def team_weeks(session: AsyncSession, actor: Actor, week: date, at: At = FIRST, limit: int = 6) -> Page:
    """A page of the actor's direct and indirect reports with their plan of a week (PL07): rows of (id, name, state,
    plan_id, score, planned, done); without a plan the state is none and the counts are 0.
    """
    kept = and_(PlanLine.employee_id == Employee.id, PlanLine.week == week, _KEPT)
    planned = select(func.count()).where(kept).correlate(Employee).scalar_subquery()
    done = (
        select(func.count()).where(kept, PlanLine.state == LineState.DONE.value).correlate(Employee).scalar_subquery()
    )
    statement = (
        select(
            Employee.id,
            Employee.name,
            WeekPlan.id.label("plan_id"),
            WeekPlan.state,
            WeekPlan.score,
            planned.label("planned"),
            done.label("done"),
        )
        .outerjoin(WeekPlan, and_(WeekPlan.employee_id == Employee.id, WeekPlan.week == week))
        .where(Employee.chain.contains([actor.id]), Employee.id != actor.id, Employee.left_at.is_(None))
        .where(within(actor, READ, Employee.id))
    )
    return await paged(session, statement, (Employee.name, Employee.id), at, limit)


async def reviews_waiting(session: AsyncSession, actor: Actor, at: At = FIRST, limit: int = 6) -> Page:
    """Weeks that wait for what the actor, or whom the actor stands in for, says of them; the oldest first."""
    mine = [actor.id, *actor.stands_for]
    statement = _weeks(actor).where(
        WeekPlan.state == WeekState.SUBMITTED.value, WeekPlan.superior_id.in_(mine), WeekPlan.employee_id != actor.id
    )
    return await paged(session, statement, (WeekPlan.submitted_at, WeekPlan.id), at, limit)


async def has_lines(session: AsyncSession, employee_id: int, week: date) -> bool:
    """Whether somebody has planned anything for a week."""
    statement = select(PlanLine.id).where(PlanLine.employee_id == employee_id, PlanLine.week == monday_of(week), _KEPT)
    return await session.scalar(statement.limit(1)) is not None
