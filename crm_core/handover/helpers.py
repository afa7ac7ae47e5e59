"""Whom somebody helped: who takes the duties over helps there now; who leaves helps nobody any more (HO02, HO04)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer, CustomerMember
from crm_core.kit.db import now
from crm_core.kit.events import subscribe
from crm_core.org.events import DutiesHandedOver, EmployeeLeaving


@subscribe(DutiesHandedOver)
async def take_the_place(session: AsyncSession, duties: DutiesHandedOver) -> None:
    """In the same role; not where the other one looks after the customer or helps already."""
    for member, customer in await _helped(session, duties.employee_id):
        _end(session, member, customer)
        if duties.to_id == customer.owner_id or duties.to_id in customer.team:
            continue
        session.add(
            CustomerMember(
                customer_id=customer.id,
                employee_id=duties.to_id,
                role=member.role,
                added_by=duties.by_id,
                since=now(session),
            )
        )
        customer.team = [*customer.team, duties.to_id]
    await session.flush()


@subscribe(EmployeeLeaving)
async def help_no_more(session: AsyncSession, leaving: EmployeeLeaving) -> None:
    for member, customer in await _helped(session, leaving.employee_id):
        _end(session, member, customer)
    await session.flush()


def _end(session: AsyncSession, member: CustomerMember, customer: Customer) -> None:
    member.left_at = now(session)
    customer.team = [one for one in customer.team if one != member.employee_id]


async def _helped(session: AsyncSession, employee_id: int) -> Sequence[tuple[CustomerMember, Customer]]:
    """Where somebody helps, the customers locked in the order of their ids."""
    statement = (
        select(CustomerMember, Customer)
        .join(Customer, Customer.id == CustomerMember.customer_id)
        .where(CustomerMember.employee_id == employee_id, CustomerMember.left_at.is_(None))
        .order_by(Customer.id)
        .with_for_update(of=Customer)
        .execution_options(populate_existing=True)
    )
    return [(member, customer) for member, customer in await session.execute(statement)]
