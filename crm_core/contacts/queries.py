"""Reading contacts, always within the reach that the actor has to their customer."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.models import AuditEntry
from crm_core.contacts.lookup import meant
from crm_core.contacts.models import Contact
from crm_core.customers.models import Customer
from crm_core.customers.permissions import CHANGE, READ, TIES
from crm_core.kit.db import AnyRow, AnySelect
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import Column, visible, whole, within

_MOST_AT_ONE = 200
_MASKS = (
    (r"^\+86(1[3-9]\d)\d+(\d{4})$", r"\1****\2"),
    (r"^\+86(10|2\d)\d+(\d{4})$", r"0\1****\2"),
    (r"^\+86(\d{3})\d+(\d{4})$", r"0\1****\2"),
    (r"^\+\d+(\d{4})$", r"****\1"),
)
MOST_IN_TREE = 240


@dataclass(frozen=True, slots=True)
class First:
    """The primary contact of a customer, and how many there are."""

    contact: AnyRow | None
    count: int


def phone_for(actor: Actor) -> Column:
    """A contact's number as the actor may see it; its middle hidden as `mask_phone` does where it is to be."""
    if not actor.masked:
        return Contact.phone
    hidden: Column = Contact.phone
    for pattern, shown in _MASKS:
        hidden = func.regexp_replace(hidden, pattern, shown)
    return case((whole(actor, TIES), Contact.phone), else_=hidden)


def called_by(actor: Actor) -> ColumnElement[Any]:
    """What a contact is called: the name, else the number as the actor may see it."""
    return func.coalesce(Contact.name, phone_for(actor))


def _rows(actor: Actor) -> AnySelect:
    statement = select(
        Contact.id,
        Contact.customer_id,
        Contact.name,
        Contact.title,
        phone_for(actor).label("phone"),
        Contact.email,
        Contact.note,
        Contact.extra,
        Contact.is_primary,
        Contact.left_at,
        Contact.erased_at,
        Contact.revision,
        Contact.roles,
        Contact.attitude,
        Contact.influence,
        Contact.reports_to_id,
        Contact.minded_by,
        Contact.came_from_id,
        Contact.went_to,
        Contact.hobbies,
        Contact.about,
        Contact.file,
        Customer.type.label("customer_type"),
        Customer.name.label("customer"),
        Customer.type.label("customer_type"),
        Customer.owner_id,
        within(actor, CHANGE, TIES).label("changeable"),
    ).join(Customer, Customer.id == Contact.customer_id)
    return visible(statement, actor, READ, TIES)


async def find(session: AsyncSession, actor: Actor, contact_id: int) -> AnyRow:
    """One contact. Raises `not_found` for who may not see the customer."""
    row = (await session.execute(_rows(actor).where(Contact.id == contact_id))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


async def of_customer(session: AsyncSession, actor: Actor, customer_id: int, at: At = FIRST, limit: int = 6) -> Page:
    """A page of those who are there, in the order they were met."""
    statement = _rows(actor).where(Contact.customer_id == customer_id, Contact.left_at.is_(None))
    return await paged(session, statement, (Contact.created_at, Contact.id), at, limit)


async def first_of(session: AsyncSession, actor: Actor, customer_id: int) -> First:
    """Whom one calls first; nobody for who may not see the customer."""
    statement = _rows(actor).add_columns(func.count().over().label("there"))
    statement = statement.where(Contact.customer_id == customer_id, Contact.left_at.is_(None))
    row = (await session.execute(statement.order_by(Contact.is_primary.desc(), Contact.id).limit(1))).one_or_none()
    return First(row, row.there) if row else First(None, 0)


async def whom(session: AsyncSession, actor: Actor, customer_id: int, text: str = "") -> list[AnyRow]:
    """Those of a customer's people whom the words may mean (王总, Mr Wang, a name); all of them for no words.

    The primary one first.
    """
    statement = _rows(actor).where(Contact.customer_id == customer_id, Contact.left_at.is_(None))
    ordered = statement.order_by(Contact.is_primary.desc(), Contact.id).limit(_MOST_AT_ONE)
    people = list(await session.execute(ordered))
    return meant(text, people) if text.strip() else people


async def by_phone(session: AsyncSession, actor: Actor, phone: str, limit: int = 6) -> list[AnyRow]:
    """Whose number this is (E.164), as far as the actor may know."""
    statement = _rows(actor).where(Contact.phone == phone, Contact.left_at.is_(None))
    return list(await session.execute(statement.order_by(Contact.id).limit(limit)))


async def history(session: AsyncSession, actor: Actor, customer_id: int, limit: int = 50) -> list[AnyRow]:
    """Who changed what about a customer's people, newest first: rows of (at, verb, before, after, name, contact).

    Numbers in a row that is not `whole` are to be masked.
    """
    statement = (
        select(
            AuditEntry.at,
            AuditEntry.verb,
            AuditEntry.before,
            AuditEntry.after,
            Employee.name,
            called_by(actor).label("contact"),
            whole(actor, TIES).label("whole"),
        )
        .join(Contact, Contact.id == AuditEntry.subject_id)
        .join(Customer, Customer.id == Contact.customer_id)
        .outerjoin(Employee, Employee.id == AuditEntry.actor_id)
        .where(AuditEntry.subject_type == "contact", Contact.customer_id == customer_id)
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    return list(await session.execute(visible(statement, actor, READ, TIES)))


async def everybody(session: AsyncSession, actor: Actor, customer_id: int) -> list[AnyRow]:
    """All people of a customer, those who have gone too, in the order they were met; the most is `MOST_IN_TREE`."""
    statement = _rows(actor).where(Contact.customer_id == customer_id)
    return list(await session.execute(statement.order_by(Contact.id).limit(MOST_IN_TREE)))
