"""Reading trips and claims: one's own, what one signs, and what one's rights reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import exists, extract, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.approvals.facts import Status
from crm_core.approvals.models import Approval
from crm_core.approvals.queries import readable
from crm_core.attachments.models import Attachment
from crm_core.customers.models import Customer
from crm_core.customers.permissions import READ as READ_CUSTOMER
from crm_core.customers.permissions import TIES
from crm_core.expenses.checks import Found, checks
from crm_core.expenses.models import ClaimCustomer, ExpenseClaim, ExpenseItem, Trip, TripCustomer
from crm_core.expenses.permissions import AUDIT, PAY, READ
from crm_core.kit.db import AnyRow, AnySelect
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import require, visible, within

_payer = aliased(Employee)


def _signed(actor: Actor, kind: str, column: Any) -> Any:
    """The condition that the actor reads the record's request: who signs sees what it is about."""
    of = select(Approval.id).where(Approval.subject_type == kind, Approval.subject_id == column)
    return exists(readable(of, actor).correlate_except(Approval))


def _trips(actor: Actor) -> AnySelect:
    return (
        select(
            Trip.id,
            Trip.employee_id,
            Employee.name.label("employee"),
            Trip.place,
            Trip.since,
            Trip.until,
            Trip.purpose,
            Trip.cost,
            Trip.state,
            Trip.began_at,
        )
        .join(Employee, Employee.id == Trip.employee_id)
        .where(or_(within(actor, READ, Trip.employee_id), _signed(actor, "trip", Trip.id)))
    )


async def trip(session: AsyncSession, actor: Actor, trip_id: int) -> AnyRow:
    """One trip. Raises `not_found` for who may not read it."""
    row = (await session.execute(_trips(actor).where(Trip.id == trip_id))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


async def customers_of(session: AsyncSession, actor: Actor, trip_id: int) -> list[str]:
    """The names of whom a trip is to see, as far as the actor sees them."""
    names = select(Customer.name).join(TripCustomer, TripCustomer.customer_id == Customer.id)
    names = visible(names.where(TripCustomer.trip_id == trip_id), actor, READ_CUSTOMER, TIES)
    return list(await session.scalars(names.order_by(TripCustomer.id)))


async def trips_of(session: AsyncSession, actor: Actor, employee_id: int, at: At = FIRST, limit: int = 6) -> Page:
    """A page of somebody's trips, the latest first."""
    statement = _trips(actor).where(Trip.employee_id == employee_id)
    return await paged(session, statement, (Trip.since, Trip.id), at, limit, descending=True)


async def trips_to_claim(session: AsyncSession, actor: Actor, text: str, limit: int = 6) -> Sequence[AnyRow]:
    """The actor's own approved trips that have begun by now, the latest first; those whose place has the words."""
    statement = select(Trip.id, Trip.place, Trip.since, Trip.until).where(
        Trip.employee_id == actor.id, Trip.state == Status.APPROVED.value
    )
    if text:
        statement = statement.where(Trip.place.icontains(text, autoescape=True))
    return (await session.execute(statement.order_by(Trip.since.desc(), Trip.id.desc()).limit(limit))).all()


def _claims(actor: Actor) -> AnySelect:
    return (
        select(
            ExpenseClaim.id,
            ExpenseClaim.employee_id,
            Employee.name.label("employee"),
            ExpenseClaim.trip_id,
            ExpenseClaim.task,
            ExpenseClaim.stage,
            ExpenseClaim.purpose,
            ExpenseClaim.amount,
            ExpenseClaim.state,
            ExpenseClaim.claimed_on,
            ExpenseClaim.paid_at,
            _payer.name.label("paid_by"),
            ExpenseClaim.flags,
        )
        .join(Employee, Employee.id == ExpenseClaim.employee_id)
        .outerjoin(_payer, _payer.id == ExpenseClaim.paid_by)
        .where(or_(within(actor, READ, ExpenseClaim.employee_id), _signed(actor, "expense_claim", ExpenseClaim.id)))
    )


@dataclass(frozen=True, slots=True)
class WholeClaim:
    """A claim with its lines (each with `receipts`, how many it has), whom it was for as far as the actor sees them,
    its trip, and the findings.
    """

    row: AnyRow
    items: Sequence[AnyRow]
    customers: Sequence[str]
    trip: Trip | None
    found: Sequence[Found]


async def claim(session: AsyncSession, actor: Actor, claim_id: int) -> WholeClaim:
    """Everything on one claim. Raises `not_found` for who may not read it."""
    row = (await session.execute(_claims(actor).where(ExpenseClaim.id == claim_id))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    receipts = (
        select(func.count())
        .where(Attachment.subject_type == "expense_item", Attachment.subject_id == ExpenseItem.id)
        .scalar_subquery()
    )
    lines = select(
        ExpenseItem.id,
        ExpenseItem.kind,
        ExpenseItem.amount,
        ExpenseItem.spent_on,
        ExpenseItem.days,
        ExpenseItem.city,
        ExpenseItem.note,
        receipts.label("receipts"),
    )
    items = (await session.execute(lines.where(ExpenseItem.claim_id == claim_id).order_by(ExpenseItem.id))).all()
    names = select(Customer.name).join(ClaimCustomer, ClaimCustomer.customer_id == Customer.id)
    names = visible(names.where(ClaimCustomer.claim_id == claim_id), actor, READ_CUSTOMER, TIES)
    of = await session.get_one(ExpenseClaim, claim_id)
    trip_ = await session.get(Trip, row.trip_id) if row.trip_id is not None else None
    return WholeClaim(
        row, items, list(await session.scalars(names.order_by(ClaimCustomer.id))), trip_, await checks(session, of)
    )


async def claims_of(session: AsyncSession, actor: Actor, employee_id: int, at: At = FIRST, limit: int = 6) -> Page:
    """A page of somebody's claims, the latest first."""
    statement = _claims(actor).where(ExpenseClaim.employee_id == employee_id)
    return await paged(session, statement, (ExpenseClaim.created_at, ExpenseClaim.id), at, limit, descending=True)


async def to_pay(session: AsyncSession, actor: Actor, at: At = FIRST, limit: int = 6) -> Page:
    """A page of approved claims that finance has yet to pay, the oldest first. Raises `not_allowed`."""
    await require(session, actor, PAY)
    statement = _claims(actor).where(ExpenseClaim.state == Status.APPROVED.value, ExpenseClaim.paid_at.is_(None))
    return await paged(session, statement, (ExpenseClaim.created_at, ExpenseClaim.id), at, limit)


async def count_to_pay(session: AsyncSession) -> int:
    there = (ExpenseClaim.state == Status.APPROVED.value, ExpenseClaim.paid_at.is_(None))
    return await session.scalar(select(func.count()).select_from(ExpenseClaim).where(*there)) or 0


async def audit(session: AsyncSession, actor: Actor, at: At = FIRST, limit: int = 6, *, flagged: bool = False) -> Page:
    """A page of all claims for operations (EX05), the latest first; with `flagged` those that a check found something
    about. Raises `not_allowed`.
    """
    await require(session, actor, AUDIT)
    statement = _claims(actor)
    if flagged:
        statement = statement.where(ExpenseClaim.flags != [])
    return await paged(session, statement, (ExpenseClaim.created_at, ExpenseClaim.id), at, limit, descending=True)


@dataclass(frozen=True, slots=True)
class Spent:
    """What somebody spent in a month, or of a kind, in a year."""

    year: int
    month: int
    kind: str
    amount: Decimal
    lines: int


async def history(session: AsyncSession, actor: Actor, employee_id: int) -> list[Spent]:
    """All that was approved of somebody's expenses (EX06), by year, month and kind, the latest first.

    Raises `not_allowed` for who is not to know.
    """
    await require(session, actor, READ, on=employee_id)
    year, month = extract("year", ExpenseItem.spent_on), extract("month", ExpenseItem.spent_on)
    statement = (
        select(
            year.label("year"),
            month.label("month"),
            ExpenseItem.kind,
            func.sum(ExpenseItem.amount).label("amount"),
            func.count().label("lines"),
        )
        .join(ExpenseClaim, ExpenseClaim.id == ExpenseItem.claim_id)
        .where(ExpenseClaim.employee_id == employee_id, ExpenseClaim.state == Status.APPROVED.value)
        .group_by(year, month, ExpenseItem.kind)
        .order_by(year.desc(), month.desc(), func.sum(ExpenseItem.amount).desc())
    )
    rows = await session.execute(statement)
    return [Spent(int(row.year), int(row.month), row.kind, row.amount, row.lines) for row in rows]
