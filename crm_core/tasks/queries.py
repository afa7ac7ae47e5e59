"""Reading tasks: one's own to-do list (PL11), those one gave, how each person got on (PL13), and sales plans."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import and_, exists, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.customers.models import Customer
from crm_core.kit.db import AnyRow, AnySelect
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Unit
from crm_core.org.reach import people_within, units_within
from crm_core.org.rights import within
from crm_core.tasks.models import SalesPlan, ShareState, Task, TaskShare
from crm_core.tasks.permissions import GIVE, READ

SHARE: Final = "task_share"
"""What a reminder of a share is about."""
_giver = aliased(Employee)
_OPEN = TaskShare.state == literal_column(f"'{ShareState.OPEN.value}'")  # only so the indexes of open shares serve


def rows_for(actor: Actor) -> AnySelect:
    """Shares the actor may read: of people within reach, and of tasks one gave."""
    return (
        select(
            TaskShare.id,
            TaskShare.task_id,
            TaskShare.employee_id,
            TaskShare.state,
            TaskShare.seen_at,
            TaskShare.due_on,
            TaskShare.done_on,
            TaskShare.feedback,
            Task.what,
            Task.by_id,
            Task.customer_id,
            Task.plan_id,
            Task.amount,
            Task.created_at,
            Customer.name.label("customer"),
            Employee.name.label("employee"),
            _giver.name.label("giver"),
        )
        .join(Task, Task.id == TaskShare.task_id)
        .join(Employee, Employee.id == TaskShare.employee_id)
        .join(_giver, _giver.id == Task.by_id)
        .outerjoin(Customer, Customer.id == Task.customer_id)
        .where(or_(within(actor, READ, TaskShare.employee_id), Task.by_id == actor.id))
    )


async def share(session: AsyncSession, actor: Actor, share_id: int) -> AnyRow:
    """One share. Raises `not_found` for who may not read it."""
    row = (await session.execute(rows_for(actor).where(TaskShare.id == share_id))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


async def open_of(session: AsyncSession, actor: Actor, employee_id: int, at: At = FIRST, limit: int = 6) -> Page:
    """A page of what somebody still has to do, the most urgent first (PL11)."""
    statement = rows_for(actor).where(TaskShare.employee_id == employee_id, _OPEN)
    return await paged(session, statement, (TaskShare.due_on, TaskShare.id), at, limit)


async def due_between(
    session: AsyncSession, actor: Actor, employee_id: int, first: date, last: date
) -> Sequence[AnyRow]:
    """Somebody's open shares due from one day to another."""
    statement = rows_for(actor).where(
        TaskShare.employee_id == employee_id, _OPEN, TaskShare.due_on.between(first, last)
    )
    return (await session.execute(statement.order_by(TaskShare.due_on, TaskShare.id).limit(_MOST))).all()


_MOST = 60


def _given(actor: Actor) -> AnySelect:
    def counted(state: ShareState | None) -> AnySelect:
        mine = TaskShare.task_id == Task.id
        return select(func.count()).where(mine if state is None else and_(mine, TaskShare.state == state.value))

    return (
        select(
            Task.id,
            Task.what,
            Task.by_id,
            Task.due_on,
            Task.customer_id,
            Task.plan_id,
            Task.amount,
            Unit.name.label("unit"),
            Customer.name.label("customer"),
            _giver.name.label("giver"),
            counted(None).correlate(Task).scalar_subquery().label("people"),
            counted(ShareState.DONE).correlate(Task).scalar_subquery().label("done"),
            counted(ShareState.OPEN).correlate(Task).scalar_subquery().label("open"),
        )
        .join(_giver, _giver.id == Task.by_id)
        .outerjoin(Unit, Unit.id == Task.unit_id)
        .outerjoin(Customer, Customer.id == Task.customer_id)
        .where(or_(Task.by_id == actor.id, exists(rows_for(actor).where(TaskShare.task_id == Task.id).correlate(Task))))
    )


async def task(session: AsyncSession, actor: Actor, task_id: int) -> AnyRow:
    """A task with how many people have it and have done it. Raises `not_found` for who may read none of its shares."""
    row = (await session.execute(_given(actor).where(Task.id == task_id))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


async def shares_of(session: AsyncSession, actor: Actor, task_id: int, at: At = FIRST, limit: int = 6) -> Page:
    """A page of who has a task, and how each got on (PL13)."""
    statement = rows_for(actor).where(TaskShare.task_id == task_id)
    return await paged(session, statement, (Employee.name, TaskShare.id), at, limit)


async def given_by(session: AsyncSession, actor: Actor, at: At = FIRST, limit: int = 6) -> Page:
    """A page of the tasks that the actor gave to others, the latest first."""
    others = select(TaskShare.id).where(TaskShare.task_id == Task.id, TaskShare.employee_id != actor.id)
    statement = _given(actor).where(Task.by_id == actor.id, exists(others.correlate(Task)))
    return await paged(session, statement, (Task.id, Task.id), at, limit, descending=True)


async def sales_plan(session: AsyncSession, actor: Actor, plan_id: int) -> AnyRow:
    """A sales plan of one's own, or of somebody within reach: with the sum of its tasks and what of it is done. Tasks
    that were dropped do not count.
    """
    row = (await session.execute(_sales(actor).where(SalesPlan.id == plan_id))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


async def sales_plans(session: AsyncSession, actor: Actor, at: At = FIRST, limit: int = 6) -> Page:
    """A page of them, those that end last first."""
    return await paged(session, _sales(actor), (SalesPlan.until, SalesPlan.id), at, limit, descending=True)


def _sales(actor: Actor) -> AnySelect:
    kept = select(TaskShare.id).where(TaskShare.task_id == Task.id, TaskShare.state != ShareState.DROPPED.value)
    mine = and_(Task.plan_id == SalesPlan.id, exists(kept))
    waits = exists(select(TaskShare.id).where(TaskShare.task_id == Task.id, _OPEN))
    parts = select(func.coalesce(func.sum(Task.amount), 0)).where(mine)
    count = select(func.count()).select_from(Task).where(mine)
    return (
        select(
            SalesPlan.id,
            SalesPlan.title,
            SalesPlan.amount,
            SalesPlan.since,
            SalesPlan.until,
            SalesPlan.owner_id,
            Employee.name.label("owner"),
            parts.correlate(SalesPlan).scalar_subquery().label("parts"),
            count.correlate(SalesPlan).scalar_subquery().label("tasks"),
            count.where(~waits).correlate(SalesPlan).scalar_subquery().label("done"),
        )
        .join(Employee, Employee.id == SalesPlan.owner_id)
        .where(within(actor, READ, SalesPlan.owner_id))
    )


async def tasks_of_plan(session: AsyncSession, actor: Actor, plan_id: int, at: At = FIRST, limit: int = 6) -> Page:
    """A page of what a sales plan is broken down into, in the order of their days."""
    statement = _given(actor).where(Task.plan_id == plan_id)
    return await paged(session, statement, (Task.due_on, Task.id), at, limit)


def due_between_days(after: date, until: date) -> AnySelect:
    """Open shares due after one day and not after another, for rules: rows of (id, employee_id, due_on)."""
    return select(TaskShare.id, TaskShare.employee_id, TaskShare.due_on).where(
        TaskShare.state == literal_column("'open'"), TaskShare.due_on > after, TaskShare.due_on <= until
    )


async def receivers(session: AsyncSession, actor: Actor, text: str, limit: int) -> Sequence[AnyRow]:
    """Whom the actor may give tasks to, by a part of the name, nearest first: rows of (id, name, unit)."""
    statement = people_within(actor, GIVE, text)
    return (await session.execute(statement.order_by(func.cardinality(Employee.chain), Employee.id).limit(limit))).all()


async def receiver(session: AsyncSession, actor: Actor, employee_id: int) -> AnyRow:
    """One of `receivers`. Raises `not_found`."""
    row = (await session.execute(people_within(actor, GIVE).where(Employee.id == employee_id))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


async def receiving_units(
    session: AsyncSession, actor: Actor, text: str, limit: int, unit_id: int | None = None
) -> Sequence[AnyRow]:
    """Units, with all below them, in which the actor may give tasks to somebody: rows of (id, name, parent)."""
    statement = units_within(actor, GIVE, text)
    if unit_id is not None:
        statement = statement.where(Unit.id == unit_id)
    return (await session.execute(statement.order_by(func.cardinality(Unit.path).desc(), Unit.id).limit(limit))).all()
