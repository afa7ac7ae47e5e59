"""Reading needs: what is open, soonest first."""

from datetime import date
from typing import Any, Final

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import AnyRow
from crm_core.needs.models import Need, NeedState
from crm_core.org.models import Employee

OPEN: Final = Need.state == NeedState.OPEN.value
SOONEST: Final[Any] = func.coalesce(Need.due_on, literal(date(9999, 12, 31)))
"""Those without a day come last."""


async def first_open(session: AsyncSession, customer_id: int) -> AnyRow | None:
    """The open need of a customer that is due first, with how many there are (`count`).

    The caller has made sure that the actor may see the customer.
    """
    statement = select(Need.id, Need.what, Need.due_on, func.count().over().label("count"))
    statement = statement.where(Need.customer_id == customer_id, OPEN).order_by(SOONEST, Need.id).limit(1)
    return (await session.execute(statement)).one_or_none()


async def names(session: AsyncSession, ids: list[int]) -> list[str]:
    """What these colleagues are called, in the order of `ids`."""
    known = {
        row.id: row.name
        for row in await session.execute(select(Employee.id, Employee.name).where(Employee.id.in_(ids)))
    }
    return [known[one] for one in ids if one in known]
