"""What a claim takes from budgets, line by line: a trip's money that was granted already pays first (EX12)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.facts import Status
from crm_core.approvals.queries import request_of
from crm_core.budgets import matching
from crm_core.budgets.matching import Prospect
from crm_core.budgets.spending import Outlay, spends
from crm_core.expenses import claims, trips
from crm_core.expenses.claims import Item
from crm_core.expenses.models import ClaimCustomer, ExpenseClaim, ExpenseItem
from crm_core.org.actor import Actor
from crm_core.org.models import Company
from crm_core.playbook.book import Playbook
from crm_core.playbook.service import in_force

Cost = tuple[str, Decimal, date]
"""The kind, the sum, and the day it was spent on."""


def _outlays(
    book: Playbook,
    costs: Iterable[Cost],
    *,
    task_kind: str,
    stage: str | None = None,
    customer: int | None = None,
    replaces: int | None = None,
) -> list[Outlay]:
    """A kind of cost without a content in the playbook is no budget's business."""
    made: list[Outlay] = []
    for key, amount, day in costs:
        kind = book.expense_kind(key)
        if kind is not None and kind.content is not None:
            made.append(
                Outlay(
                    content=kind.content,
                    amount=amount,
                    day=day,
                    task_kind=task_kind,
                    stage=stage,
                    customer=customer,
                    replaces=replaces,
                )
            )
    return made


async def _granted(session: AsyncSession, trip_id: int | None) -> int | None:
    """The request by which a trip was approved."""
    row = await request_of(session, trips.SUBJECT, trip_id) if trip_id is not None else None
    return row.id if row is not None and row.status == Status.APPROVED else None


@spends(claims.SUBJECT)
async def of_claim(session: AsyncSession, claim_id: int) -> list[Outlay]:
    claim = await session.get_one(ExpenseClaim, claim_id)
    items = await session.execute(
        select(ExpenseItem.kind, ExpenseItem.amount, ExpenseItem.spent_on)
        .where(ExpenseItem.claim_id == claim_id)
        .order_by(ExpenseItem.id)
    )
    first = select(ClaimCustomer.customer_id).where(ClaimCustomer.claim_id == claim_id).order_by(ClaimCustomer.id)
    version = await session.scalar(select(Company.playbook_version)) or 0
    return _outlays(
        await in_force(session, version),
        [(one.kind, one.amount, one.spent_on) for one in items],
        task_kind=claim.task,
        stage=claim.stage,
        customer=await session.scalar(first.limit(1)),
        replaces=await _granted(session, claim.trip_id),
    )


async def foreseen(
    session: AsyncSession, actor: Actor, items: Iterable[Item], *, trip: int | None, task: str
) -> list[Prospect]:
    """What would be left if the actor handed these lines in now."""
    book = await in_force(session, actor.playbook_version)
    costs = [(one.kind, one.amount, one.on) for one in items]
    lines = _outlays(book, costs, task_kind=task, replaces=await _granted(session, trip))
    return await matching.prospects(session, actor.id, lines)
