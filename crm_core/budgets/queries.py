"""Reading budgets, as far as one may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.approvals.models import Approval
from crm_core.budgets.models import Budget, BudgetEntry, EntryState
from crm_core.budgets.permissions import SEE
from crm_core.kit.db import AnyRow, AnySelect
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.org.actor import Actor
from crm_core.org.models import Company, Employee, Role, Unit
from crm_core.org.rights import Column, Permission, Scope, scope_of

A_PAGE: Final = 6
_Allowing: Final = aliased(Employee)


def within(actor: Actor, wanted: Permission, *, unit: Column, owner: Column) -> ColumnElement[bool]:
    """The condition that a row is within the actor's reach: by the path of its unit, or because it is one's own."""
    scope = scope_of(actor, wanted)
    if scope == Scope.ALL:
        return true()
    own = owner.in_([actor.id, *actor.stands_for])
    if scope < Scope.DEPARTMENT:
        return own
    at = (actor.branch_id or actor.unit_id) if scope == Scope.BRANCH else actor.unit_id
    return or_(own, unit.contains([at]))


def _rows(actor: Actor) -> AnySelect:
    return (
        select(
            Budget.id,
            Budget.name,
            Budget.content,
            Budget.since,
            Budget.until,
            Budget.task,
            Budget.task_kind,
            Budget.stage,
            Budget.amount,
            Budget.held,
            Budget.committed,
            Budget.status,
            Budget.revision,
            Budget.unit_id,
            Unit.name.label("unit"),
            Budget.owner_id,
            Employee.name.label("owner"),
        )
        .join(Unit, Unit.id == Budget.unit_id)
        .join(Employee, Employee.id == Budget.owner_id)
        .where(within(actor, SEE, unit=Unit.path, owner=Budget.owner_id))
    )


async def page(session: AsyncSession, actor: Actor, at: At = FIRST, *, live: bool = True) -> Page:
    """The budgets that the actor may see, the newest first; the open ones, or all."""
    statement = _rows(actor)
    if live:
        statement = statement.where(Budget.status == "open")
    return await paged(session, statement, (Budget.since, Budget.id), at, A_PAGE, descending=True)


async def count(session: AsyncSession, actor: Actor) -> int:
    """How many open ones the actor may see."""
    statement = _rows(actor).where(Budget.status == "open").with_only_columns(func.count())
    return await session.scalar(statement) or 0


async def are_any(session: AsyncSession) -> bool:
    """Whether the company works with budgets at all."""
    return await session.scalar(select(Budget.id).where(Budget.status == "open").limit(1)) is not None


async def find(session: AsyncSession, actor: Actor, budget_id: int) -> AnyRow:
    """One of them. Raises `not_found`, for whoever may not see it too."""
    row = (await session.execute(_rows(actor).where(Budget.id == budget_id))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


async def spent(session: AsyncSession, actor: Actor, budget_id: int, at: At = FIRST) -> Page:
    """What was asked of a budget, the newest first; what was freed again is left out."""
    await find(session, actor, budget_id)
    statement = (
        select(
            BudgetEntry.id,
            BudgetEntry.approval_id,
            BudgetEntry.amount,
            BudgetEntry.over,
            BudgetEntry.state,
            BudgetEntry.day,
            Approval.title,
            Employee.name.label("applicant"),
            _Allowing.name.label("allowed_by"),
        )
        .join(Approval, Approval.id == BudgetEntry.approval_id)
        .join(Employee, Employee.id == BudgetEntry.employee_id)
        .outerjoin(_Allowing, _Allowing.id == BudgetEntry.allowed_by)
        .where(BudgetEntry.budget_id == budget_id, BudgetEntry.state != EntryState.RELEASED)
    )
    return await paged(session, statement, (BudgetEntry.at, BudgetEntry.id), at, A_PAGE, descending=True)


async def asking(session: AsyncSession, budget_id: int) -> Sequence[AnyRow]:
    """The requests that wait for somebody to let them go over, the oldest first: rows of (approval_id, title, …)."""
    statement = (
        select(
            BudgetEntry.approval_id,
            Approval.title,
            Employee.name.label("applicant"),
            func.sum(BudgetEntry.amount - BudgetEntry.covered).label("amount"),
        )
        .join(Approval, Approval.id == BudgetEntry.approval_id)
        .join(Employee, Employee.id == BudgetEntry.employee_id)
        .where(BudgetEntry.budget_id == budget_id, BudgetEntry.state == EntryState.ASKED)
        .group_by(BudgetEntry.approval_id, Approval.title, Employee.name)
        .order_by(BudgetEntry.approval_id)
    )
    return (await session.execute(statement)).all()


@dataclass(frozen=True, slots=True)
class Standing:
    """What a request means to a budget, for who decides on it; without `name` there is no budget for it.

    `left` is what is left beside this request; `over` how far it goes beyond, `allowed_by` who let it.
    """

    content: str
    amount: Decimal
    budget_id: int | None
    name: str | None
    size: Decimal
    left: Decimal
    over: Decimal
    allowed_by: str | None
    waits: bool


async def of_request(session: AsyncSession, approval_id: int) -> list[Standing]:
    """The budgets of a request's latest round. The caller has made sure that the reader may read the request."""
    latest = select(func.max(BudgetEntry.round)).where(BudgetEntry.approval_id == approval_id).scalar_subquery()
    statement = (
        select(BudgetEntry, Budget, _Allowing.name)
        .outerjoin(Budget, Budget.id == BudgetEntry.budget_id)
        .outerjoin(_Allowing, _Allowing.id == BudgetEntry.allowed_by)
        .where(BudgetEntry.approval_id == approval_id, BudgetEntry.round == latest)
        .order_by(BudgetEntry.line)
        .execution_options(populate_existing=True)
    )
    found: dict[tuple[int, str], Standing] = {}
    for entry, budget, name in await session.execute(statement):
        key = (entry.budget_id or 0, "" if budget else entry.content)
        known = found.get(key)
        before = known or Standing(
            entry.content, Decimal(0), None, None, Decimal(0), Decimal(0), Decimal(0), None, False
        )
        counted = _counted(entry)
        left = (before.left if known else _left(budget)) + counted
        found[key] = Standing(
            content=before.content,
            amount=before.amount + entry.amount,
            budget_id=entry.budget_id,
            name=budget.name if budget else None,
            size=budget.amount if budget else Decimal(0),
            left=left,
            over=before.over + entry.over,
            allowed_by=before.allowed_by or name,
            waits=before.waits or entry.state == EntryState.ASKED,
        )
    return list(found.values())


def _left(budget: Budget | None) -> Decimal:
    return budget.amount - budget.held - budget.committed if budget else Decimal(0)


def _counted(entry: BudgetEntry) -> Decimal:
    """What of an entry is in its budget's sums."""
    if entry.state == EntryState.HELD:
        return entry.amount - entry.covered
    return entry.amount if entry.state == EntryState.COMMITTED else Decimal(0)


async def recipients(session: AsyncSession, owner_id: int) -> list[int]:
    """Who hears of a budget that is or will be overrun: its owner and finance; without finance the executives."""
    for role in (Role.FINANCE, Role.EXECUTIVE, Role.ADMIN):
        staff = select(Employee.id).where(Employee.roles.contains([role.value]), Employee.left_at.is_(None))
        if found := list(await session.scalars(staff.order_by(Employee.id))):
            return list(dict.fromkeys((owner_id, *found)))
    return [owner_id]


async def company_zone(session: AsyncSession) -> ZoneInfo:
    """A budget's days begin and end where the company is."""
    return ZoneInfo(await session.scalar(select(Company.zone)) or "UTC")
