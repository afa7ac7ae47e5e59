"""What a plan follows by itself: visits do its lines, requests hang on them, customers that move take theirs along."""

from datetime import date
from typing import Final

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.events import ApprovalSubmitted
from crm_core.approvals.models import Approval
from crm_core.customers.events import CustomersMoved
from crm_core.kit.calendars import local_date
from crm_core.kit.db import now
from crm_core.kit.events import publish, subscribe
from crm_core.org import queries as org
from crm_core.org.events import ManagerChanged
from crm_core.plans.events import LinesChanged
from crm_core.plans.models import LineState, PlanFlow, PlanLine, WeekPlan, WeekState
from crm_core.plans.weeks import monday_of, opened, settle
from crm_core.visits.events import VisitLogged
from crm_core.visits.models import Visit

_WEEKS: Final = select(PlanLine.employee_id, PlanLine.week).distinct()


@subscribe(VisitLogged)
async def visited(session: AsyncSession, logged: VisitLogged) -> None:
    """The open line of that customer and week that lies nearest is done by the visit (PL09)."""
    who = await org.actor(session, logged.employee_id)
    visit = await session.get(Visit, logged.visit_id)
    if who is None or visit is None:
        return
    day = local_date(visit.happened_at, who.zone)
    mine = (
        PlanLine.employee_id == logged.employee_id,
        PlanLine.customer_id == logged.customer_id,
        PlanLine.week == monday_of(day),
        PlanLine.state == LineState.OPEN.value,
    )
    if await session.scalar(select(PlanLine.id).where(*mine).limit(1)) is None:
        return
    week = await opened(session, logged.employee_id, monday_of(day))
    nearest = select(PlanLine).where(*mine).order_by(func.abs(PlanLine.day - day), PlanLine.id).limit(1)
    line = await session.scalar(nearest.execution_options(populate_existing=True))
    if line is None:
        return
    line.state, line.done_on, line.visit_id = LineState.DONE.value, day, visit.id
    await session.flush()
    await publish(session, LinesChanged((line.id,), (line.employee_id,)))
    await settle(session, week, who.today(now(session)))


@subscribe(ApprovalSubmitted)
async def asked_for(session: AsyncSession, told: ApprovalSubmitted) -> None:
    """A request about a customer hangs on the applicant's line of this week: the one of today, else the nearest."""
    who = await org.actor(session, told.applicant_id)
    about = await session.scalar(select(Approval.about_id).where(Approval.id == told.approval_id))
    if who is None or about is None:
        return
    today = who.today(now(session))
    statement = (
        select(PlanLine.id)
        .where(
            PlanLine.employee_id == who.id,
            PlanLine.customer_id == about,
            PlanLine.week == monday_of(today),
            PlanLine.state != LineState.DROPPED.value,
        )
        .order_by(func.abs(PlanLine.day - today), PlanLine.id)
        .limit(1)
    )
    line_id = await session.scalar(statement)
    if line_id is not None:
        row = {"approval_id": told.approval_id, "line_id": line_id}
        await session.execute(upsert(PlanFlow).values(row).on_conflict_do_nothing())


@subscribe(CustomersMoved)
async def go_along(session: AsyncSession, moved: CustomersMoved) -> None:
    """Open lines go to the new owner; where nobody owns the customer, or it is planned already, they are dropped.

    Weeks that are over or handed in stay as they were: what was not done there, was not done.
    """
    mine = (PlanLine.customer_id.in_(moved.customer_ids), PlanLine.state == LineState.OPEN.value)
    leaving = (*mine, PlanLine.employee_id.is_distinct_from(moved.to_owner_id))
    goes_on = and_(
        WeekPlan.employee_id == PlanLine.employee_id,
        WeekPlan.week == PlanLine.week,
        WeekPlan.state == WeekState.DRAFT.value,
        WeekPlan.ends_at > now(session),
    )
    found = await session.execute(_WEEKS.join(WeekPlan, goes_on).where(*leaving))
    weeks = {(row.employee_id, row.week) for row in found}
    if not weeks:
        return
    if moved.to_owner_id is not None:
        weeks |= {(moved.to_owner_id, week) for _, week in weeks}
    held = [await opened(session, employee_id, week) for employee_id, week in sorted(weeks)]
    drafts = {(one.employee_id, one.week) for one in held if one.state == WeekState.DRAFT}
    statement = select(PlanLine).where(*leaving).order_by(PlanLine.id).execution_options(populate_existing=True)
    lines = [line for line in await session.scalars(statement) if (line.employee_id, line.week) in drafts]
    there = set[tuple[int | None, date]]()
    if moved.to_owner_id is not None:
        planned = select(PlanLine.customer_id, PlanLine.day).where(*mine, PlanLine.employee_id == moved.to_owner_id)
        there = {(row.customer_id, row.day) for row in await session.execute(planned)}
    for line in lines:
        key = (line.customer_id, line.day)
        if moved.to_owner_id is None or key in there or (moved.to_owner_id, line.week) not in drafts:
            line.state = LineState.DROPPED.value
        else:
            line.employee_id = moved.to_owner_id
            there.add(key)
    await session.flush()
    await publish(session, LinesChanged(tuple(line.id for line in lines), tuple({one for one, _ in weeks})))


@subscribe(ManagerChanged)
async def go_to_the_new_superior(session: AsyncSession, changed: ManagerChanged) -> None:
    """Weeks that wait for a score wait for who may give one now."""
    waiting = select(WeekPlan).where(
        WeekPlan.employee_id == changed.employee_id, WeekPlan.state == WeekState.SUBMITTED.value
    )
    for plan in (await session.scalars(waiting.with_for_update())).all():
        plan.superior_id, plan.told_at = changed.manager_id, None
    await session.flush()
