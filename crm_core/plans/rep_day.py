"""Somebody's day as a superior looks at it (VI07 PL07 PL13): plan against done, visits with time and place, gaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.models import Approval
from crm_core.kit.db import AnyRow, now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Role
from crm_core.org.rights import within
from crm_core.plans.models import LineState, PlanLine
from crm_core.plans.permissions import READ as READ_PLAN
from crm_core.plans.queries import has_lines
from crm_core.plans.queries import rows_for as lines_for
from crm_core.tasks.models import ShareState, TaskShare
from crm_core.tasks.permissions import READ as READ_TASKS
from crm_core.visits.models import Visit
from crm_core.visits.permissions import READ
from crm_core.visits.queries import bounds
from crm_core.visits.queries import rows_for as visits_for

LONG: Final = timedelta(hours=3)
"""Nothing recorded for so long is a gap."""
_MOST: Final = 60
_MOVED: Final = timedelta(days=62)  # how far from its first day a line is looked for


@dataclass(frozen=True, slots=True)
class Plan:
    """Lines of the day that nobody dropped, those done, those put on another day; `missing` are the customers of
    planned visits without a record. `week`: whether anything is planned for its week.
    """

    planned: int
    done: int
    moved: int
    missing: tuple[str, ...]
    week: bool

    @property
    def open(self) -> int:
        return self.planned - self.done


@dataclass(frozen=True, slots=True)
class Tasks:
    """Done on the day, and overdue by now."""

    done: int
    overdue: int


@dataclass(frozen=True, slots=True)
class RepDay:
    """A person's day. The plan or the tasks are none for who may not read them.

    `person` has (id, name); `visits` are rows of `visits.queries`, in time; `unplanned` the ids of those that no line
    foresaw; `gap` is the longest stretch with nothing recorded, if it is long. `requests` were started on the day.
    `before` and `after` are the neighbours in the actor's team.
    """

    person: AnyRow
    day: date
    visits: Sequence[AnyRow]
    unplanned: frozenset[int]
    gap: tuple[datetime, datetime] | None
    plan: Plan | None
    tasks: Tasks | None
    requests: int
    before: AnyRow | None
    after: AnyRow | None


async def rep_day(session: AsyncSession, actor: Actor, employee_id: int, day: date) -> RepDay:
    """The day on the actor's calendar. Raises `not_found` for who may not read the person's visits."""
    person = await _person(session, actor, employee_id)
    start, end = bounds(actor, day, day)
    made = visits_for(actor).where(
        Visit.employee_id == employee_id, Visit.happened_at >= start, Visit.happened_at < end
    )
    visits = (await session.execute(made.order_by(Visit.happened_at, Visit.id).limit(_MOST))).all()
    plan = await _plan(session, actor, employee_id, day) if person.sees_plan else None
    started = select(func.count()).where(
        Approval.applicant_id == employee_id, Approval.submitted_at >= start, Approval.submitted_at < end
    )
    before, after = await _neighbours(session, actor, person)
    return RepDay(
        person=person,
        day=day,
        visits=visits,
        unplanned=await _unplanned(session, visits) if plan is not None else frozenset(),
        gap=_gap(visits),
        plan=plan,
        tasks=await _tasks(session, actor, employee_id, day) if person.sees_tasks else None,
        requests=await session.scalar(started) or 0,
        before=before,
        after=after,
    )


async def _person(session: AsyncSession, actor: Actor, employee_id: int) -> AnyRow:
    statement = select(
        Employee.id,
        Employee.name,
        within(actor, READ_PLAN, Employee.id).label("sees_plan"),
        within(actor, READ_TASKS, Employee.id).label("sees_tasks"),
    ).where(Employee.id == employee_id, within(actor, READ, Employee.id))
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


async def _plan(session: AsyncSession, actor: Actor, employee_id: int, day: date) -> Plan:
    near = PlanLine.day.between(day - _MOVED, day + _MOVED)
    mine = lines_for(actor).where(PlanLine.employee_id == employee_id, near)
    rows = (await session.execute(mine.where(or_(PlanLine.day == day, PlanLine.planned_on == day)))).all()
    kept = [row for row in rows if row.day == day and row.state != LineState.DROPPED]
    missing = [row.customer for row in kept if row.state == LineState.OPEN and row.customer]
    return Plan(
        planned=len(kept),
        done=sum(row.state == LineState.DONE for row in kept),
        moved=sum(row.day != day for row in rows),
        missing=tuple(missing),
        week=bool(rows) or await has_lines(session, employee_id, day),
    )


async def _unplanned(session: AsyncSession, visits: Sequence[AnyRow]) -> frozenset[int]:
    ids = {row.id for row in visits}
    tied = await session.scalars(select(PlanLine.visit_id).where(PlanLine.visit_id.in_(ids))) if ids else ()
    return frozenset(ids - set(tied))


async def _tasks(session: AsyncSession, actor: Actor, employee_id: int, day: date) -> Tasks:
    is_open, is_done = TaskShare.state == ShareState.OPEN.value, TaskShare.state == ShareState.DONE.value
    counts = select(
        func.count().filter(is_done, TaskShare.done_on == day),
        func.count().filter(is_open, TaskShare.due_on < actor.today(now(session))),
    )
    return Tasks(*(await session.execute(counts.where(TaskShare.employee_id == employee_id))).one())


def _gap(visits: Sequence[AnyRow]) -> tuple[datetime, datetime] | None:
    ends = [row.ended_at or row.happened_at for row in visits]
    between = [(end, row.happened_at) for end, row in zip(ends, visits[1:], strict=False)]
    longest = max(between, key=lambda one: one[1] - one[0], default=None)
    return longest if longest is not None and longest[1] - longest[0] >= LONG else None


async def _neighbours(session: AsyncSession, actor: Actor, person: AnyRow) -> tuple[AnyRow | None, AnyRow | None]:
    """Who stands before and behind the person in the team, by name; none beside oneself."""
    if person.id == actor.id:
        return None, None
    team = select(Employee.id, Employee.name).where(
        Employee.chain.contains([actor.id]),
        Employee.id != actor.id,
        Employee.left_at.is_(None),
        or_(Employee.roles.contains([Role.REP.value]), Employee.id == person.id),
        within(actor, READ, Employee.id),
    )
    place, here = tuple_(Employee.name, Employee.id), tuple_(person.name, person.id)
    before = team.where(place < here).order_by(Employee.name.desc(), Employee.id.desc()).limit(1)
    after = team.where(place > here).order_by(Employee.name, Employee.id).limit(1)
    return (await session.execute(before)).one_or_none(), (await session.execute(after)).one_or_none()
