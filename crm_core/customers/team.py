"""The team of a customer (HO02): colleagues who help the owner, each with a role of the company's own words."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers import errors
from crm_core.customers.models import CustomerMember
from crm_core.customers.permissions import TEAM
from crm_core.customers.queries import find
from crm_core.customers.service import locked
from crm_core.kit.db import AnyRow, now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.actor import Actor
from crm_core.org.errors import HAS_LEFT
from crm_core.org.models import Employee
from crm_core.org.rights import require
from crm_core.playbook.service import in_force


async def add_member(
    session: AsyncSession, actor: Actor, customer_id: int, employee_id: int, role: str
) -> CustomerMember:
    """Let a colleague help. For who helps already the role changes.

    Raises `customer.is_owner`, `customer.not_in_dictionary` for an unknown role, `org.has_left`.
    """
    customer = await locked(session, customer_id)
    await require(session, actor, TEAM, on=customer)
    book = await in_force(session, actor.playbook_version)
    if all(entry.key != role for entry in book.team_roles):
        raise DomainError(errors.NOT_IN_DICTIONARY, field="role", value=role)
    colleague = await session.get(Employee, employee_id)
    if colleague is None:
        raise DomainError(NOT_FOUND, field="employee")
    if colleague.left_at is not None:
        raise DomainError(HAS_LEFT, field="employee", name=colleague.name)
    if employee_id == customer.owner_id or customer.owner_id is None:
        raise DomainError(errors.IS_OWNER, field="employee", name=colleague.name)
    member = await _member(session, customer.id, employee_id)
    if member is not None:
        member.role = role
    else:
        member = CustomerMember(
            customer_id=customer.id, employee_id=employee_id, role=role, added_by=actor.id, since=now(session)
        )
        session.add(member)
        customer.team = [*customer.team, employee_id]
    await session.flush()
    return member


async def remove_member(session: AsyncSession, actor: Actor, customer_id: int, employee_id: int) -> CustomerMember:
    """A colleague helps no longer; one may always step back oneself. Raises `not_found` for who does not help."""
    customer = await locked(session, customer_id)
    if employee_id != actor.id:
        await require(session, actor, TEAM, on=customer)
    member = await _member(session, customer.id, employee_id)
    if member is None:
        raise DomainError(NOT_FOUND)
    member.left_at = now(session)
    customer.team = [one for one in customer.team if one != employee_id]
    await session.flush()
    return member


async def team_of(session: AsyncSession, actor: Actor, customer_id: int) -> list[AnyRow]:
    """Who helps, in the order they came: rows of (employee_id, name, role, since)."""
    customer = await find(session, actor, customer_id)
    statement = (
        select(CustomerMember.employee_id, Employee.name, CustomerMember.role, CustomerMember.since)
        .join(Employee, Employee.id == CustomerMember.employee_id)
        .where(CustomerMember.customer_id == customer.id, CustomerMember.left_at.is_(None))
    )
    return list(await session.execute(statement.order_by(CustomerMember.id)))


async def members(session: AsyncSession, customer_id: int) -> list[int]:
    """The ids of who helps, in the order they came."""
    statement = select(CustomerMember.employee_id).where(
        CustomerMember.customer_id == customer_id, CustomerMember.left_at.is_(None)
    )
    return list(await session.scalars(statement.order_by(CustomerMember.id)))


async def _member(session: AsyncSession, customer_id: int, employee_id: int) -> CustomerMember | None:
    return await session.scalar(
        select(CustomerMember).where(
            CustomerMember.customer_id == customer_id,
            CustomerMember.employee_id == employee_id,
            CustomerMember.left_at.is_(None),
        )
    )
