"""Reading trials: what is under way, soonest first."""

from datetime import date
from typing import Any, Final

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import AnyRow
from crm_core.trials.models import UNDER_WAY, Trial

OPEN: Final = Trial.state.in_(UNDER_WAY)
SOONEST: Final[Any] = func.coalesce(Trial.check_on, literal(date(9999, 12, 31)))
"""Those that nobody said when to ask about come last."""


async def first_open(session: AsyncSession, customer_id: int) -> AnyRow | None:
    """The trial under way at a customer that is to be asked about first, with how many there are (`count`).

    The caller has made sure that the actor may see the customer.
    """
    statement = select(Trial.id, Trial.what, Trial.check_on, func.count().over().label("count"))
    statement = statement.where(Trial.customer_id == customer_id, OPEN).order_by(SOONEST, Trial.id).limit(1)
    return (await session.execute(statement)).one_or_none()
