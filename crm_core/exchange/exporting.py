"""What one may take out: the customers one may see and export, contact by contact, phones masked by the rule."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.access import Access, note_access
from crm_core.contacts.models import Contact
from crm_core.customers.models import Customer
from crm_core.customers.permissions import READ, TIES
from crm_core.customers.service import DICTIONARIES
from crm_core.exchange.models import ImportRow
from crm_core.exchange.permissions import EXPORT
from crm_core.kit.phones import mask_phone, write_phone
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import is_whole, require, within
from crm_core.playbook.book import Playbook
from crm_core.playbook.service import in_force

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Out:
    """A row that leaves the house, by column; `customer_id` tells where the next customer begins."""

    customer_id: int
    cells: dict[str, Any]


async def customers(session: AsyncSession, actor: Actor) -> AsyncIterator[list[Out]]:
    """All customers that the actor may both see and export, A-Z, a row for each contact. Raises `not_allowed`."""
    await require(session, actor, EXPORT)
    book = await in_force(session, actor.playbook_version)
    there = and_(Contact.customer_id == Customer.id, Contact.left_at.is_(None))
    statement = (
        select(Customer, Contact, Employee.name)
        .outerjoin(Contact, there)
        .outerjoin(Employee, Employee.id == Customer.owner_id)
        .where(within(actor, READ, TIES), within(actor, EXPORT, TIES))
        .order_by(Customer.sort_key, Customer.id, Contact.is_primary.desc(), Contact.id)
        .execution_options(yield_per=AT_ONCE, populate_existing=True)
    )
    async for part in (await session.stream(statement)).partitions(AT_ONCE):
        yield [Out(customer.id, _cells(actor, book, customer, contact, owner)) for customer, contact, owner in part]
        session.expunge_all()  # what has been written down need not be remembered


def _cells(
    actor: Actor, book: Playbook, customer: Customer, contact: Contact | None, owner: str | None
) -> dict[str, Any]:
    cells: dict[str, Any] = {
        name: getattr(customer, name)
        for name in ("name", "short_name", "city", "address", "yearly_value", "next_step_on", "note")
    }
    for name, dictionary in DICTIONARIES.items():
        cells[name] = book.title(dictionary, getattr(customer, name), actor.language)
    cells["owner"] = owner
    if contact is not None:
        cells |= {"contact_name": contact.name, "contact_title": contact.title, "email": contact.email}
        cells["phone"] = _phone(actor, customer, contact.phone)
    return cells | {f"x.{key}": value for key, value in customer.extra.items()}


def _phone(actor: Actor, customer: Customer, phone: str | None) -> str | None:
    if phone is None:
        return None
    return write_phone(phone) if is_whole(actor, customer) else mask_phone(phone)


async def note_export(session: AsyncSession, actor: Actor, count: int) -> None:
    """Write down who took how many customers away (BY25)."""
    await note_access(session, actor.id, Access.EXPORT, "customer", count=count)


async def problems(
    session: AsyncSession, batch_id: int
) -> AsyncIterator[list[tuple[int, list[str], list[dict[str, Any]]]]]:
    """Rows of an import that did not come in, or of which something is told: number, cells, issues."""
    statement = (
        select(ImportRow.number, ImportRow.cells, ImportRow.issues)
        .where(ImportRow.batch_id == batch_id, ImportRow.issues.is_not(None))
        .order_by(ImportRow.number)
        .execution_options(yield_per=AT_ONCE)
    )
    async for part in (await session.stream(statement)).partitions(AT_ONCE):
        yield [(row.number, row.cells, row.issues["all"]) for row in part]
