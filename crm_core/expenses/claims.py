"""Expense claims (EX02): handed in, corrected when they are sent back, paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals import service as approvals
from crm_core.approvals.facts import Status
from crm_core.approvals.queries import request_of
from crm_core.approvals.service import Apply
from crm_core.attachments.models import Attachment
from crm_core.attachments.service import FileRef, attach
from crm_core.customers.models import Customer
from crm_core.customers.queries import find as find_customer
from crm_core.expenses import errors, values
from crm_core.expenses.checks import mark
from crm_core.expenses.models import ClaimCustomer, ExpenseClaim, ExpenseItem, Task, Trip, TripCustomer
from crm_core.expenses.permissions import PAY, REQUEST
from crm_core.expenses.trips import Asked
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import require
from crm_core.playbook.service import in_force
from crm_core.playbook.spending import ExpenseRules

SUBJECT: Final = "expense_claim"
RECEIPTS: Final = "expense_item"
FORM: Final = frozenset({"amount", "purpose"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line of a claim; `days` are the days or nights that its sum is for."""

    kind: str
    amount: Decimal
    on: date
    days: int = 1
    city: str | None = None
    note: str | None = None
    receipts: Sequence[FileRef] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimExpenses:
    """A claim to be approved. Without customers it is for those of its trip."""

    flow: str
    items: Sequence[Item]
    purpose: str
    task: Task = Task.SALES
    trip: int | None = None
    customers: Sequence[int] = ()
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])


async def claim_expenses(session: AsyncSession, actor: Actor, command: ClaimExpenses) -> Asked:
    """Hand in a claim. Raises `expense.…`, `required`, `too_long`, `not_found` for a trip of somebody else's or a
    customer out of sight, and as `approvals.service.submit`.
    """
    await require(session, actor, REQUEST)
    flow = values.flow_of(await in_force(session, actor.playbook_version), SUBJECT, command.flow)
    trip = await _own_trip(session, actor, command.trip)
    customers = await _customers(session, actor, command.customers, trip)
    claim = ExpenseClaim(
        employee_id=actor.id,
        unit_id=actor.unit_id,
        trip_id=trip.id if trip else None,
        task=Task(command.task).value,
        stage=await session.scalar(select(Customer.stage).where(Customer.id == customers[0])) if customers else None,
        purpose=values.words("purpose", command.purpose, values.LONGEST_PURPOSE),
        amount=_sum(command.items),
        state=Status.RUNNING.value,
        claimed_on=actor.today(now(session)),
        created_at=now(session),
        flags=[],
    )
    session.add(claim)
    await session.flush()
    session.add_all(ClaimCustomer(claim_id=claim.id, customer_id=one) for one in customers)
    await _write_items(session, actor, claim, trip, command.items)
    await mark(session, claim)
    case = await approvals.submit(
        session,
        actor,
        Apply(
            flow=flow.key,
            title=claim.purpose,
            form=form_of(claim) | values.own(flow, FORM, command.extra),
            key=f"{SUBJECT}:{claim.id}",
            subject=(SUBJECT, claim.id),
            about=customers[0] if customers else None,
            amount=claim.amount,
        ),
    )
    return Asked(claim, case)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectClaim:
    """The lines and the purpose of a claim that was sent back, as they are right."""

    claim_id: int
    items: Sequence[Item]
    purpose: str


async def correct_claim(session: AsyncSession, actor: Actor, command: CorrectClaim) -> Asked:
    """Hand a returned claim in again: the next round of its request. Receipts that are not sent again stay with the
    line of the same kind and day. Raises `expense.not_returned`, and as `claim_expenses`.
    """
    claim = await locked_claim(session, command.claim_id)
    request = await request_of(session, SUBJECT, claim.id)
    if claim.employee_id != actor.id or request is None:
        raise DomainError(NOT_FOUND)
    if claim.state != Status.RETURNED:
        raise DomainError(errors.NOT_RETURNED)
    claim.purpose = values.words("purpose", command.purpose, values.LONGEST_PURPOSE)
    claim.amount = _sum(command.items)
    claim.claimed_on = actor.today(now(session))
    trip = await session.get(Trip, claim.trip_id) if claim.trip_id is not None else None
    await _write_items(session, actor, claim, trip, command.items)
    await mark(session, claim)
    case = await approvals.resubmit(session, actor, request.id, {**request.form, **form_of(claim)})
    return Asked(claim, case)


def form_of(claim: ExpenseClaim) -> dict[str, Any]:
    """The claim as the form of its request has it: JSON by key."""
    return {"amount": str(claim.amount), "purpose": claim.purpose}


def _sum(items: Sequence[Item]) -> Decimal:
    if not items:
        raise DomainError(errors.NO_LINES, field="items")
    if any(one.amount <= 0 or one.days < 1 for one in items):
        raise DomainError(errors.COST_NEGATIVE, field="items")
    return sum((one.amount for one in items), Decimal(0))


async def _write_items(
    session: AsyncSession, actor: Actor, claim: ExpenseClaim, trip: Trip | None, items: Sequence[Item]
) -> None:
    """The lines as they are now, in place of those that were."""
    was = list(await session.scalars(select(ExpenseItem).where(ExpenseItem.claim_id == claim.id)))
    book, today = await in_force(session, actor.playbook_version), actor.today(now(session))
    new = [_item(book.expense_rules, claim, trip, one, today) for one in items]
    session.add_all(new)
    await session.flush()
    for row, one in zip(new, items, strict=True):
        await attach(session, actor, RECEIPTS, row.id, one.receipts)
    for old in was:
        await _keep_receipts(session, old, new)
        await session.delete(old)
    await session.flush()


def _item(rules: ExpenseRules, claim: ExpenseClaim, trip: Trip | None, one: Item, today: date) -> ExpenseItem:
    city = values.optional_words("items", one.city, values.LONGEST_PLACE)
    note = values.optional_words("items", one.note, values.LONGEST_NOTE)
    return ExpenseItem(
        claim_id=claim.id,
        kind=one.kind,
        amount=one.amount,
        spent_on=values.spent_on(one.on, today),
        days=one.days,
        city=city,
        city_class=rules.city_class(city) if city else rules.city_class(note, trip.place if trip else None),
        note=note,
    )


async def _keep_receipts(session: AsyncSession, old: ExpenseItem, new: Sequence[ExpenseItem]) -> None:
    """The receipts of a line that was written anew go to the one in its place; else to the first one."""
    same = (one for one in new if (one.kind, one.spent_on) == (old.kind, old.spent_on))
    to = next(same, new[0])
    here = (Attachment.subject_type == RECEIPTS, Attachment.subject_id.in_((old.id, to.id)))
    files = list(await session.scalars(select(Attachment).where(*here).order_by(Attachment.id)))
    held = {one.file_row_id for one in files if one.subject_id == to.id}
    for file in files:
        if file.subject_id == old.id and file.file_row_id in held:
            await session.delete(file)
        elif file.subject_id == old.id:
            file.subject_id = to.id
    await session.flush()


async def _own_trip(session: AsyncSession, actor: Actor, trip_id: int | None) -> Trip | None:
    if trip_id is None:
        return None
    trip = await session.get(Trip, trip_id)
    if trip is None or trip.employee_id != actor.id:
        raise DomainError(NOT_FOUND, field="trip")
    return trip


async def _customers(session: AsyncSession, actor: Actor, ids: Sequence[int], trip: Trip | None) -> list[int]:
    """Those that were named, who must be in sight; else those of the trip."""
    if ids or trip is None:
        return list(dict.fromkeys([(await find_customer(session, actor, one)).id for one in ids]))
    of_trip = select(TripCustomer.customer_id).where(TripCustomer.trip_id == trip.id).order_by(TripCustomer.id)
    return list(await session.scalars(of_trip))


async def pay(session: AsyncSession, actor: Actor, claim_id: int) -> ExpenseClaim:
    """Finance has paid it. Raises `expense.not_to_be_paid`, `expense.paid_already`, `expense.own_claim`."""
    await require(session, actor, PAY)
    claim = await locked_claim(session, claim_id)
    if claim.paid_at is not None:
        name = await session.scalar(select(Employee.name).where(Employee.id == claim.paid_by))
        raise DomainError(errors.PAID_ALREADY, name=name, at=claim.paid_at)
    if claim.state != Status.APPROVED:
        raise DomainError(errors.NOT_TO_BE_PAID)
    if claim.employee_id == actor.id:
        raise DomainError(errors.OWN_CLAIM)
    claim.paid_at, claim.paid_by = now(session), actor.id
    await session.flush()
    return claim


async def locked_claim(session: AsyncSession, claim_id: int) -> ExpenseClaim:
    claim = await session.get(ExpenseClaim, claim_id, with_for_update=True, populate_existing=True)
    if claim is None:
        raise DomainError(NOT_FOUND)
    return claim
