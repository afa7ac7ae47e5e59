"""The week of a plan: it begins with its first line, goes to the superior when it is done, and is scored (PL09 TG15).

Whoever changes lines or the week holds the week's row, so two never submit or score it at once.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.calendars import WorkTable, at_local, is_working_day, next_working_day
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_ALLOWED, NOT_FOUND, TOO_LONG, DomainError
from crm_core.kit.events import publish
from crm_core.org.actor import Actor
from crm_core.org.models import Company, Employee
from crm_core.org.rights import require
from crm_core.org.workdays import work_table
from crm_core.plans import errors
from crm_core.plans.events import WeekReviewed, WeekSubmitted
from crm_core.plans.models import LineState, PlanLine, WeekPlan, WeekState
from crm_core.plans.permissions import REVIEW

LONGEST_COMMENT: Final = 300
SCORES: Final = range(1, 6)
_MORNING: Final = time(8, 30)
_NO_TRUTH: Final = {"unaudited": "a week without a line says nothing yet"}


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def working_days(week: date, table: WorkTable) -> list[date]:
    """Of a week, by its Monday, in time."""
    days = (week + timedelta(days=at) for at in range(7))
    return [day for day in days if is_working_day(day, table)]


def last_working_day(week: date, table: WorkTable) -> date:
    """Of a week, by its Monday; its Sunday when nobody works at all."""
    worked = working_days(week, table)
    return worked[-1] if worked else week + timedelta(days=6)


def ends_at(week: date, zone: ZoneInfo, table: WorkTable) -> datetime:
    """When a week's plan goes to the superior at the latest: half past eight of the first working day after it."""
    return at_local(next_working_day(week + timedelta(days=6), table), _MORNING, zone)


async def opened(session: AsyncSession, employee_id: int, week: date) -> WeekPlan:
    """The week's row, locked; made if there is none yet."""
    zone = select(func.coalesce(Employee.zone, Company.zone)).join(Company, Company.id == 1)
    name = await session.scalar(zone.where(Employee.id == employee_id))
    ends = ends_at(week, ZoneInfo(name or "UTC"), await work_table(session))
    values = {"employee_id": employee_id, "week": week, "ends_at": ends}
    made = upsert(WeekPlan).values(values).on_conflict_do_nothing(index_elements=["employee_id", "week"])
    await session.execute(made, execution_options=_NO_TRUTH)
    mine = select(WeekPlan).where(WeekPlan.employee_id == employee_id, WeekPlan.week == week)
    found = await session.scalars(mine.with_for_update().execution_options(populate_existing=True))
    return found.one()


async def open_lines(session: AsyncSession, plan: WeekPlan) -> tuple[int, int]:
    """How many lines of the week are still open, and how many there are that nobody dropped."""
    is_open = func.count().filter(PlanLine.state == LineState.OPEN.value)
    statement = select(is_open, func.count()).where(
        PlanLine.employee_id == plan.employee_id,
        PlanLine.week == plan.week,
        PlanLine.state != LineState.DROPPED.value,
    )
    left, count = (await session.execute(statement)).one()
    return left, count


async def submit(session: AsyncSession, actor: Actor, week: date) -> WeekPlan:
    """Hand the own week in before it goes by itself: from its last working day on, or when all is done.

    Raises `plan.empty`, `plan.not_done`, `plan.week_closed`.
    """
    plan = await opened(session, actor.id, week)
    if plan.state != WeekState.DRAFT:
        raise DomainError(errors.WEEK_CLOSED)
    left, count = await open_lines(session, plan)
    if count == 0:
        raise DomainError(errors.EMPTY)
    if left and actor.today(now(session)) < last_working_day(week, await work_table(session)):
        raise DomainError(errors.NOT_DONE, open=left)
    await _submit(session, plan, by_itself=False)
    return plan


async def settle(session: AsyncSession, plan: WeekPlan, today: date) -> bool:
    """Hand a locked week in by itself, if it is done: its last working day has come, and no line is open (PL09)."""
    if plan.state != WeekState.DRAFT or today < last_working_day(plan.week, await work_table(session)):
        return False
    await session.flush()
    left, count = await open_lines(session, plan)
    if left or not count:
        return False
    await _submit(session, plan, by_itself=True)
    return True


async def submit_due(session: AsyncSession, limit: int = 200) -> int:
    """Hand in what weeks are over, whatever is still open in them; a week without a line is let go. For the clock."""
    due = select(WeekPlan).where(WeekPlan.state == WeekState.DRAFT.value, WeekPlan.ends_at <= now(session))
    plans = await session.scalars(due.order_by(WeekPlan.ends_at).limit(limit).with_for_update(skip_locked=True))
    handed = 0
    for plan in plans.all():
        _, count = await open_lines(session, plan)
        if count:
            await _submit(session, plan, by_itself=True)
            handed += 1
        else:
            await session.delete(plan)
    await session.flush()
    return handed


async def _submit(session: AsyncSession, plan: WeekPlan, *, by_itself: bool) -> None:
    plan.state, plan.submitted_at, plan.by_itself = WeekState.SUBMITTED.value, now(session), by_itself
    plan.superior_id = await session.scalar(select(Employee.manager_id).where(Employee.id == plan.employee_id))
    await session.flush()
    await publish(session, WeekSubmitted(plan.id, plan.employee_id, plan.superior_id, by_itself))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewWeek:
    """What a superior says of a week: a score from 1 to 5, and a Remark or own words."""

    plan_id: int
    score: int
    comment: str | None = None


async def review(session: AsyncSession, actor: Actor, command: ReviewWeek) -> WeekPlan:
    """Score a week (TG15). Who scored it may do so again; the same twice changes nothing.

    Raises `not_found`, `not_allowed`, `plan.no_such_score`, `plan.not_submitted`, `plan.reviewed_already`.
    """
    plan = await session.get(WeekPlan, command.plan_id, with_for_update=True, populate_existing=True)
    if plan is None:
        raise DomainError(NOT_FOUND)
    await require_over(session, actor, plan.employee_id)
    if command.score not in SCORES:
        raise DomainError(errors.NO_SUCH_SCORE)
    comment = " ".join((command.comment or "").split()) or None
    if comment is not None and len(comment) > LONGEST_COMMENT:
        raise DomainError(TOO_LONG, field="comment", max=LONGEST_COMMENT)
    if plan.state == WeekState.DRAFT:
        raise DomainError(errors.NOT_SUBMITTED)
    if plan.state == WeekState.REVIEWED and plan.reviewed_by != actor.id:
        name = await session.scalar(select(Employee.name).where(Employee.id == plan.reviewed_by))
        raise DomainError(errors.REVIEWED_ALREADY, name=name or "", score=plan.score)
    if (plan.score, plan.comment) == (command.score, comment):
        return plan
    plan.state, plan.score, plan.comment = WeekState.REVIEWED.value, command.score, comment
    plan.reviewed_at, plan.reviewed_by = now(session), actor.id
    await session.flush()
    await publish(session, WeekReviewed(plan.id, plan.employee_id, plan.week, command.score))
    return plan


async def is_over(session: AsyncSession, actor: Actor, employee_id: int) -> bool:
    """Whether the actor, or whom the actor stands in for, is a direct or indirect superior of somebody."""
    above = sorted({actor.id, *actor.stands_for} - {employee_id})
    if employee_id == actor.id or not above:
        return False
    there = select(Employee.id).where(Employee.id == employee_id, Employee.chain.overlap(above))
    return await session.scalar(there) is not None


async def require_over(session: AsyncSession, actor: Actor, employee_id: int) -> None:
    await require(session, actor, REVIEW, on=employee_id)
    if not await is_over(session, actor, employee_id):
        raise DomainError(NOT_ALLOWED)
