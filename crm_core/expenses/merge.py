"""What trips and claims of a customer do when it goes into another one (BY11): they are that one's."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.expenses.models import ClaimCustomer, TripCustomer
from crm_core.kit.merging import goes_along, repoint


def _once(model: Any, of: Any) -> None:
    """A trip or claim for both is for the one that stays, once."""

    async def go(session: AsyncSession, was: int, becomes: int) -> None:
        both = select(of).where(model.customer_id == becomes)
        for row in await session.scalars(select(model).where(model.customer_id == was, of.in_(both))):
            await session.delete(row)
        await session.flush()
        await repoint(session, model.customer_id, was, becomes)

    goes_along(model.customer_id, go)


_once(TripCustomer, TripCustomer.trip_id)
_once(ClaimCustomer, ClaimCustomer.claim_id)
