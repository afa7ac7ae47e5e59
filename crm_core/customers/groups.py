"""Customers by what the company's dictionaries say of them: how many in each stage, type, source…, and who they are.

Stages (CA10, CA11) are counted with those that are stuck: longer in the stage than the playbook allows. The stuck and
the stalled are a list of their own (CA22).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.customers.permissions import READ, TIES
from crm_core.customers.queries import rows_for
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.org.actor import Actor
from crm_core.org.rights import visible
from crm_core.playbook.book import Playbook, Progress
from crm_core.playbook.service import in_force

BY: Final[Mapping[str, tuple[Any, str]]] = {
    "stage": (Customer.stage, "stages"),
    "type": (Customer.type, "customer_types"),
    "category": (Customer.category, "categories"),
    "source": (Customer.source, "sources"),
    "industry": (Customer.industry, "industries"),
    "status": (Customer.status, "statuses"),
    "territory": (Customer.territory, "territories"),
}
"""What customers are grouped by: the column, and its dictionary in the playbook."""


@dataclass(frozen=True, slots=True)
class Group:
    """The customers of one entry of a dictionary; `key` is None for those that have none."""

    key: str | None
    count: int
    stuck: int


async def counts(session: AsyncSession, actor: Actor, by: str) -> list[Group]:
    """How many of the customers the actor may see are in each group, in the dictionary's order; empty ones too."""
    column, dictionary = _by(by)
    book = await in_force(session, actor.playbook_version)
    stuck = func.count().filter(_stuck(session, book)) if by == "stage" else func.count().filter(false())
    statement = select(column.label("key"), func.count().label("there"), stuck.label("slow")).group_by(column)
    rows = await session.execute(visible(statement, actor, READ, TIES))
    found = {row.key: Group(row.key, row.there, row.slow) for row in rows}
    known = [entry.key for entry in book.entries(dictionary)]
    return [found.get(key, Group(key, 0, 0)) for key in known] + [
        group for key, group in found.items() if key not in known
    ]


async def of_group(session: AsyncSession, actor: Actor, by: str, key: str, at: At = FIRST, limit: int = 6) -> Page:
    """A page of a group's customers: those of a stage by how long they have been in it, others A-Z."""
    column, _ = _by(by)
    statement = rows_for(actor).add_columns(Customer.stage_since).where(column == key)
    order = (Customer.stage_since, Customer.id) if by == "stage" else (Customer.sort_key, Customer.id)
    return await paged(session, statement, order, at, limit)


async def stuck(session: AsyncSession, actor: Actor, at: At = FIRST, limit: int = 6) -> Page:
    """A page of those that do not move (CA22): stalled ones, and those too long in their stage; the longest first."""
    book = await in_force(session, actor.playbook_version)
    stalled = [one.key for one in book.stages if one.progress == Progress.STALLED]
    still = or_(Customer.stage.in_(stalled), _stuck(session, book))
    statement = rows_for(actor).add_columns(Customer.stage, Customer.stage_since).where(still)
    return await paged(session, statement, (Customer.stage_since, Customer.id), at, limit)


def _by(by: str) -> tuple[Any, str]:
    if by not in BY:
        raise DomainError(NOT_FOUND)
    return BY[by]


def _stuck(session: AsyncSession, book: Playbook) -> ColumnElement[bool]:
    """Longer in the stage than it may be."""
    moment = now(session)
    slow = [
        and_(Customer.stage == one.key, Customer.stage_since < moment - timedelta(days=one.stuck_after_days))
        for one in book.stages
        if one.stuck_after_days is not None
    ]
    return or_(*slow) if slow else false()
