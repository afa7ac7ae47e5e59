"""Reading matters: who may read the customer may read what hangs on it."""

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.contacts.models import Contact
from crm_core.contacts.queries import called_by
from crm_core.customers.models import Customer
from crm_core.customers.permissions import CHANGE, READ, TIES
from crm_core.kit.db import AnyRow, AnySelect
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.matters.models import Matter
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import visible, within

_owner = aliased(Employee)


def rows_of(actor: Actor, model: type[Matter]) -> AnySelect:
    """All columns of the table, with the names of the customer, its owner, the contact and who wrote it down.

    `changeable` says whether the actor may change it.
    """
    statement = (
        select(
            *model.__table__.columns,
            Customer.name.label("customer"),
            Customer.owner_id,
            _owner.name.label("owner"),
            called_by(actor).label("contact"),
            Employee.name.label("by"),
            within(actor, CHANGE, TIES).label("changeable"),
        )
        .select_from(model)
        .join(Customer, Customer.id == model.customer_id)
        .join(Employee, Employee.id == model.created_by)
        .outerjoin(_owner, _owner.id == Customer.owner_id)
        .outerjoin(Contact, Contact.id == model.contact_id)
    )
    return visible(statement, actor, READ, TIES)


async def find(session: AsyncSession, actor: Actor, model: type[Matter], matter_id: int) -> AnyRow:
    """One matter. Raises `not_found` for who may not read the customer."""
    row = (await session.execute(rows_of(actor, model).where(model.id == matter_id))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


async def of_customer(
    session: AsyncSession, actor: Actor, model: type[Matter], customer_id: int, at: At = FIRST, limit: int = 6
) -> Page:
    """A page of a customer's, the latest first."""
    statement = rows_of(actor, model).where(model.customer_id == customer_id)
    return await paged(session, statement, (model.created_at, model.id), at, limit, descending=True)


async def under_way(
    session: AsyncSession,
    actor: Actor,
    model: type[Matter],
    condition: ColumnElement[bool],
    by: Any,
    at: At = FIRST,
    limit: int = 6,
) -> Page:
    """A page of those that meet a condition at all customers within the actor's reach, in the order of `by`."""
    return await paged(session, rows_of(actor, model).where(condition), (by, model.id), at, limit)


async def count(session: AsyncSession, actor: Actor, model: type[Matter], condition: ColumnElement[bool]) -> int:
    """How many meet a condition, at the customers within the actor's reach."""
    statement = select(func.count()).select_from(model).join(Customer, Customer.id == model.customer_id)
    return await session.scalar(visible(statement.where(condition), actor, READ, TIES)) or 0
