"""Matters of the customers that a person looks after: they go along with them."""

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.matters.models import Matter
from crm_core.org.holdings import holding


def held(model: type[Matter], is_open: ColumnElement[bool] | Any, *, order: int) -> None:
    """Matters of this kind that are open count as held by the customer's owner."""

    async def count(session: AsyncSession, employee_id: int) -> int:
        statement = select(func.count()).select_from(model).join(Customer, Customer.id == model.customer_id)
        return await session.scalar(statement.where(Customer.owner_id == employee_id, is_open)) or 0

    holding(model.__tablename__, order=order)(count)
