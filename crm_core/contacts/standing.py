"""What somebody has to do with our business: decision roles (CT04), attitude, influence (CT05), who of us cares."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.contacts import errors
from crm_core.contacts.known import start_of_today
from crm_core.contacts.models import Attitude, Contact, ContactRole, DecisionRole
from crm_core.contacts.service import locked, told
from crm_core.customers.models import Customer
from crm_core.customers.team import members
from crm_core.kit.db import AnyRow, now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.actor import Actor
from crm_core.org.models import Employee


async def set_role(session: AsyncSession, actor: Actor, contact_id: int, role: DecisionRole, *, has: bool) -> Contact:
    """Somebody has this role from today on, or no longer; what is so already stays.

    Raises as `locked`. Visits count by the role of their day (CT11).
    """
    contact, customer = await locked(session, actor, contact_id)
    held = await session.scalar(
        select(ContactRole).where(
            ContactRole.contact_id == contact.id, ContactRole.role == role.value, ContactRole.until.is_(None)
        )
    )
    if has == (held is not None):
        return contact
    if held is not None:
        held.until = now(session)
    else:
        session.add(ContactRole(contact_id=contact.id, role=role.value, since=start_of_today(session, actor)))
    await session.flush()
    await note_roles(session, contact)
    await told(session, actor, customer)
    return contact


async def note_roles(session: AsyncSession, contact: Contact) -> None:
    """The contact shows the roles that are open."""
    statement = select(ContactRole.role).where(ContactRole.contact_id == contact.id, ContactRole.until.is_(None))
    there = set(await session.scalars(statement))
    contact.roles = [one.value for one in DecisionRole if one.value in there]


async def set_attitude(session: AsyncSession, actor: Actor, contact_id: int, attitude: Attitude | None) -> Contact:
    """What somebody thinks of us; none: not known."""
    contact, customer = await locked(session, actor, contact_id)
    contact.attitude = attitude.value if attitude else None
    await told(session, actor, customer)
    return contact


async def set_influence(session: AsyncSession, actor: Actor, contact_id: int, influence: int | None) -> Contact:
    """How much somebody's word weighs when they buy, 1 to 5; none: not known."""
    if influence is not None and not 1 <= influence <= 5:
        raise DomainError(NOT_FOUND)
    contact, customer = await locked(session, actor, contact_id)
    contact.influence = influence
    await told(session, actor, customer)
    return contact


async def set_minder(session: AsyncSession, actor: Actor, contact_id: int, employee_id: int | None) -> Contact:
    """Who of us looks after this person (CT10): the owner or one of the team; none: the owner, whoever that is.

    Raises `contact.no_colleague_here` for anybody else.
    """
    contact, customer = await locked(session, actor, contact_id)
    if employee_id is not None and employee_id not in {customer.owner_id, *await members(session, customer.id)}:
        colleague = await session.get(Employee, employee_id)
        raise DomainError(errors.NO_COLLEAGUE_HERE, name=colleague.name if colleague else "?")
    contact.minded_by = employee_id
    await told(session, actor, customer)
    return contact


async def minders(session: AsyncSession, customer_id: int) -> list[AnyRow]:
    """Who of us may look after people there: rows of (id, name), the owner first.

    The caller has made sure that the actor may see the customer.
    """
    customer = await session.get_one(Customer, customer_id)
    ids = [one for one in (customer.owner_id, *await members(session, customer_id)) if one is not None]
    statement = select(Employee.id, Employee.name).where(Employee.id.in_(ids))
    return sorted(await session.execute(statement), key=lambda row: ids.index(row.id))
