"""Reading deals: what a customer was worth, year by year."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import case, extract, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.deals.models import Deal

CLOSED: Final = or_(Deal.ordered_on.is_not(None), Deal.delivered_on.is_not(None), Deal.paid_on.is_not(None))
"""A quotation alone is no transaction yet."""
CLOSED_ON: Final[Any] = func.coalesce(Deal.ordered_on, Deal.delivered_on, Deal.paid_on)


@dataclass(frozen=True, slots=True)
class Worth:
    """What was bought: this year, and in all, in the company's currency; and how many deals that were."""

    this_year: Decimal
    total: Decimal
    count: int


async def worth(session: AsyncSession, customer_id: int, today: date) -> Worth:
    """What a customer has bought so far. The caller has made sure that the actor may see the customer."""
    this_year = func.sum(case((extract("year", CLOSED_ON) == today.year, Deal.amount), else_=0))
    statement = select(this_year, func.sum(Deal.amount), func.count()).where(Deal.customer_id == customer_id, CLOSED)
    year, total, count = (await session.execute(statement)).one()
    return Worth(year or Decimal(0), total or Decimal(0), count)


async def by_year(session: AsyncSession, customer_id: int, most: int = 3) -> list[tuple[int, Decimal]]:
    """The last years in which something was bought, the latest first, each with its sum."""
    year = extract("year", CLOSED_ON)
    statement = select(year, func.sum(Deal.amount)).where(Deal.customer_id == customer_id, CLOSED)
    rows = await session.execute(statement.group_by(year).order_by(year.desc()).limit(most))
    return [(int(at), total) for at, total in rows]
