"""Key accounts from above (CA15): what they are worth, how long we work together, and whether they are visited as
their type wants it. For everybody within whose reach they lie.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.customers.permissions import READ, TIES
from crm_core.customers.queries import days_between, rows_for
from crm_core.kit.db import AnyRow, now
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.org.actor import Actor
from crm_core.org.rights import visible
from crm_core.playbook.book import Playbook
from crm_core.playbook.service import in_force

QUARTER: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Overview:
    """All key accounts within reach: how many, their yearly value, how many were not visited in their rhythm."""

    count: int
    value: Decimal
    late: int


async def overview(session: AsyncSession, actor: Actor) -> Overview:
    book = await in_force(session, actor.playbook_version)
    moment = now(session)
    due = [
        (Customer.type == kind.key)
        & (
            func.coalesce(Customer.last_followup_at, Customer.created_at)
            < moment - timedelta(days=kind.visit_every_days)
        )
        for kind in book.customer_types
    ]
    statement = select(
        func.count(), func.coalesce(func.sum(Customer.yearly_value), 0), func.count().filter(or_(*due))
    ).where(_key(book))
    row = (await session.execute(visible(statement, actor, READ, TIES))).one()
    return Overview(row[0], Decimal(row[1]), row[2])


async def page_of(session: AsyncSession, actor: Actor, at: At = FIRST, limit: int = 6) -> Page:
    """A page of them, the most valuable first."""
    book = await in_force(session, actor.playbook_version)
    statement = rows_for(actor).add_columns(Customer.yearly_value, Customer.created_at).where(_key(book))
    worth = func.coalesce(Customer.yearly_value, 0)
    return await paged(session, statement, (worth, Customer.id), at, limit, descending=True)


def late_days(actor: Actor, book: Playbook, row: AnyRow, moment: datetime) -> int:
    """Days beyond the rhythm of its type since somebody last followed up; none or less: in good time."""
    idle = days_between(actor, row.last_followup_at or row.created_at, moment)
    return idle - book.customer_type(row.type).visit_every_days


def is_key(book: Playbook, customer: Any) -> bool:
    return customer.category in book.key_accounts.categories or customer.type in book.key_accounts.types


def _key(book: Playbook) -> ColumnElement[bool]:
    which = book.key_accounts
    if not which.categories and not which.types:
        return false()
    return or_(Customer.category.in_(which.categories), Customer.type.in_(which.types))
