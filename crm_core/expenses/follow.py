"""Trips and claims follow their requests: in the same transaction, by what approvals tell."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.events import ApprovalEnded, ApprovalReturned, ApprovalSubmitted
from crm_core.approvals.facts import Status
from crm_core.expenses import claims, errors, trips, values
from crm_core.expenses.checks import mark
from crm_core.expenses.claims import locked_claim
from crm_core.expenses.models import ExpenseClaim, Trip
from crm_core.expenses.trips import locked_trip, refuse_overlap
from crm_core.kit.errors import DomainError
from crm_core.kit.events import subscribe
from crm_core.org.models import Employee
from crm_core.org.queries import today_of


async def _record(session: AsyncSession, told: Any) -> Trip | ExpenseClaim | None:
    if told.subject_id is None:
        return None
    if told.subject_type == trips.SUBJECT:
        return await locked_trip(session, told.subject_id)
    return await locked_claim(session, told.subject_id) if told.subject_type == claims.SUBJECT else None


@subscribe(ApprovalSubmitted)
async def submitted(session: AsyncSession, told: ApprovalSubmitted) -> None:
    """On its way, for the first time or again: then the form says how the trip is now.

    A claim's sum is changed by its lines alone: raises `expense.sum_of_lines` for another one.
    """
    record = await _record(session, told)
    if record is None:
        return
    if isinstance(record, Trip) and told.round > 1:
        await _as_the_form_says(session, record, told)
    if isinstance(record, ExpenseClaim):
        if Decimal(str(told.form.get("amount", record.amount))) != record.amount:
            raise DomainError(errors.SUM_OF_LINES)
        record.purpose = values.words("purpose", told.form.get("purpose", record.purpose), values.LONGEST_PURPOSE)
    record.state = Status.RUNNING.value
    await session.flush()


async def _as_the_form_says(session: AsyncSession, trip: Trip, told: ApprovalSubmitted) -> None:
    since = date.fromisoformat(told.form.get("since") or trip.since.isoformat())
    until = date.fromisoformat(told.form.get("until") or trip.until.isoformat())
    values.days(since, until, await today_of(session, trip.employee_id))
    await refuse_overlap(session, trip.employee_id, since, until, but=trip.id)
    trip.since, trip.until = since, until
    trip.place = values.words("place", told.form.get("place", trip.place), values.LONGEST_PLACE)
    trip.purpose = values.words("purpose", told.form.get("purpose", trip.purpose), values.LONGEST_PURPOSE)
    amount = told.form.get("amount")
    trip.cost = values.money("amount", Decimal(str(amount)) if amount is not None else None)


@subscribe(ApprovalReturned)
async def returned(session: AsyncSession, told: ApprovalReturned) -> None:
    if (record := await _record(session, told)) is not None:
        record.state = Status.RETURNED.value
        await session.flush()


@subscribe(ApprovalEnded)
async def ended(session: AsyncSession, told: ApprovalEnded) -> None:
    """Approved, refused, taken back. Raises `expense.paid_already`: money that went out stays claimed."""
    record = await _record(session, told)
    if record is None:
        return
    if isinstance(record, ExpenseClaim) and record.paid_at is not None:
        name = await session.scalar(select(Employee.name).where(Employee.id == record.paid_by))
        raise DomainError(errors.PAID_ALREADY, name=name, at=record.paid_at)
    record.state = told.status.value
    await session.flush()
    if isinstance(record, ExpenseClaim):
        await mark(session, record)
