"""A leaver's customers go to the manager first, and never straight into a pool (rule 9)."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.customers.ownership import Kind, move
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.models import Employee
from crm_core.pool.errors import NOBODY_DECIDES
from crm_core.pool.recycling import nearest_boss


async def to_manager(session: AsyncSession, employee_id: int, *, by_id: int | None) -> int:
    """Move all that a leaver owns to the nearest superior who is still here; answers how many.

    Whether one may is the caller's matter. Raises `pool.nobody_decides` for who has no superior.
    """
    leaver = await session.get(Employee, employee_id)
    if leaver is None:
        raise DomainError(NOT_FOUND)
    statement = select(Customer).where(Customer.owner_id == employee_id).order_by(Customer.id).with_for_update()
    customers = (await session.scalars(statement.execution_options(populate_existing=True))).all()
    if not customers:
        return 0
    boss_id = await nearest_boss(session, leaver.chain)
    if boss_id is None:
        raise DomainError(NOBODY_DECIDES)
    await move(session, customers, Kind.HANDOVER, by_id=by_id, to_owner_id=boss_id, reason=leaver.name)
    return len(customers)
