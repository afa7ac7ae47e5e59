"""Giving tasks, doing them, and planning what is to be sold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.customers.permissions import READ as READ_CUSTOMER
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_ALLOWED, NOT_FOUND, REQUIRED, TOO_LONG, DomainError
from crm_core.kit.events import publish
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Unit
from crm_core.org.rights import require, within
from crm_core.tasks import errors
from crm_core.tasks.events import ShareEnded, TaskGiven
from crm_core.tasks.models import SalesPlan, ShareState, Task, TaskShare
from crm_core.tasks.permissions import GIVE, PLAN_SALES

LONGEST_WHAT: Final = 200
LONGEST_TITLE: Final = 60
LONGEST_FEEDBACK: Final = 500
FARTHEST: Final = 366  # days


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveTask:
    """A task for one person, or for everybody of a unit that one reaches; for oneself, if neither is said."""

    what: str
    due_on: date
    employee: int | None = None
    unit: int | None = None
    customer: int | None = None
    plan: int | None = None
    amount: Decimal | None = None


async def give_task(session: AsyncSession, actor: Actor, command: GiveTask) -> Task:
    """Give a task (PL07 PL08). Of a unit, everybody below it within reach gets a share, but for oneself.

    Raises `required`, `too_long`, `task.due_over`, `task.too_far`, `task.nobody`, `task.out_of_reach`, `not_found`,
    `task.amount`, `task.plan_over`.
    """
    await require(session, actor, GIVE)
    today = actor.today(now(session))
    what = _words("what", command.what, LONGEST_WHAT)
    if command.due_on < today:
        raise DomainError(errors.DUE_OVER, field="due_on")
    if command.due_on - today > timedelta(days=FARTHEST):
        raise DomainError(errors.TOO_FAR, field="due_on", days=FARTHEST)
    if command.customer is not None:
        customer = await session.get(Customer, command.customer)
        if customer is None:
            raise DomainError(NOT_FOUND, field="customer")
        await require(session, actor, READ_CUSTOMER, on=customer)
    plan_id = await _part_of(session, actor, command)
    people = await _people(session, actor, command)
    task = Task(
        what=what,
        by_id=actor.id,
        due_on=command.due_on,
        customer_id=command.customer,
        unit_id=command.unit if command.employee is None else None,
        plan_id=plan_id,
        amount=command.amount if plan_id is not None else None,
        created_at=now(session),
    )
    session.add(task)
    await session.flush()
    session.add_all(TaskShare(task_id=task.id, employee_id=one, due_on=task.due_on) for one in people)
    await session.flush()
    await publish(session, TaskGiven(task.id, actor.id, tuple(people)))
    return task


async def _people(session: AsyncSession, actor: Actor, command: GiveTask) -> Sequence[int]:
    here = select(Employee.id).where(Employee.left_at.is_(None))
    if command.employee is None and command.unit is not None:
        below = select(Unit.id).where(Unit.path.contains([command.unit]))
        theirs = here.where(Employee.unit_id.in_(below), Employee.id != actor.id, within(actor, GIVE, Employee.id))
        people = (await session.scalars(theirs.order_by(Employee.id))).all()
        if not people:
            raise DomainError(errors.NOBODY, field="unit")
        return people
    one = command.employee or actor.id
    if one == actor.id:
        return [one]
    if await session.scalar(here.where(Employee.id == one, within(actor, GIVE, Employee.id))) is None:
        raise DomainError(errors.OUT_OF_REACH, field="employee")
    return [one]


async def _part_of(session: AsyncSession, actor: Actor, command: GiveTask) -> int | None:
    """The sales plan that it is a part of, one of the actor's own."""
    if command.amount is not None and command.amount <= 0:
        raise DomainError(errors.AMOUNT, field="amount")
    if command.plan is None:
        return None
    plan = await session.get(SalesPlan, command.plan, with_for_update=True, populate_existing=True)
    if plan is None or plan.owner_id != actor.id:
        raise DomainError(NOT_FOUND)
    if plan.until < command.due_on:
        raise DomainError(errors.PLAN_OVER, field="due_on")
    return plan.id


async def finish_share(session: AsyncSession, actor: Actor, share_id: int, feedback: str | None = None) -> TaskShare:
    """One's own share is done today (PL12), and how it went (PL13). Once more only adds what is said.

    Raises `not_found`, `not_allowed`, `task.not_open`, `too_long`.
    """
    share = await _locked(session, share_id)
    if share.employee_id != actor.id:
        raise DomainError(NOT_ALLOWED)
    if share.state == ShareState.DROPPED:
        raise DomainError(errors.NOT_OPEN)
    said = _words("feedback", feedback, LONGEST_FEEDBACK) if feedback else share.feedback
    if share.state == ShareState.DONE and said == share.feedback:
        return share
    share.done_on = share.done_on or actor.today(now(session))
    share.state, share.feedback = ShareState.DONE.value, said
    await session.flush()
    await publish(session, ShareEnded(share.id, share.task_id, share.employee_id, actor.id, share.state))
    return share


@dataclass(frozen=True, slots=True, kw_only=True)
class TellShare:
    """How one's share of a task went; it is done with it."""

    share_id: int
    feedback: str


async def tell_share(session: AsyncSession, actor: Actor, command: TellShare) -> TaskShare:
    """`finish_share` in words. Raises as it does, and `required`."""
    _words("feedback", command.feedback, LONGEST_FEEDBACK)
    return await finish_share(session, actor, command.share_id, command.feedback)


async def drop_task(session: AsyncSession, actor: Actor, task_id: int) -> Task:
    """What is still open of a task one gave needs not be done any more. Raises `not_found`, `not_allowed`."""
    task = await session.get(Task, task_id, with_for_update=True, populate_existing=True)
    if task is None:
        raise DomainError(NOT_FOUND)
    if task.by_id != actor.id:
        raise DomainError(NOT_ALLOWED)
    still = select(TaskShare).where(TaskShare.task_id == task.id, TaskShare.state == ShareState.OPEN.value)
    for share in (await session.scalars(still.order_by(TaskShare.id).with_for_update())).all():
        share.state = ShareState.DROPPED.value
        await session.flush()
        await publish(session, ShareEnded(share.id, task.id, share.employee_id, actor.id, share.state))
    return task


async def see(session: AsyncSession, actor: Actor, share_id: int) -> None:
    """The person has it on the screen, for the first time."""
    share = await _locked(session, share_id)
    if share.employee_id == actor.id and share.seen_at is None:
        share.seen_at = now(session)
        await session.flush()


async def _locked(session: AsyncSession, share_id: int) -> TaskShare:
    share = await session.get(TaskShare, share_id, with_for_update=True, populate_existing=True)
    if share is None:
        raise DomainError(NOT_FOUND)
    return share


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSales:
    """What is to be sold from one day to another, both included."""

    title: str
    amount: Decimal
    since: date
    until: date


async def plan_sales(session: AsyncSession, actor: Actor, command: PlanSales) -> SalesPlan:
    """Make a sales plan (PL14). Raises `required`, `too_long`, `task.amount`, `task.ends_before`, `task.due_over`."""
    await require(session, actor, PLAN_SALES)
    if command.amount <= 0:
        raise DomainError(errors.AMOUNT, field="amount")
    if command.until < command.since:
        raise DomainError(errors.ENDS_BEFORE, field="until")
    if command.until < actor.today(now(session)):
        raise DomainError(errors.DUE_OVER, field="until")
    plan = SalesPlan(
        title=_words("title", command.title, LONGEST_TITLE),
        amount=command.amount,
        since=command.since,
        until=command.until,
        owner_id=actor.id,
        created_at=now(session),
    )
    session.add(plan)
    await session.flush()
    return plan


def _words(field: str, said: str | None, most: int) -> str:
    text = " ".join((said or "").split())
    if not text:
        raise DomainError(REQUIRED, field=field)
    if len(text) > most:
        raise DomainError(TOO_LONG, field=field, max=most)
    return text
