"""Operations on contacts. Who may change a customer may change its people."""

import re
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.contacts import errors
from crm_core.contacts.commands import AddContact, ChangeContact
from crm_core.contacts.known import start_with
from crm_core.contacts.models import Contact
from crm_core.custom_fields import service as custom_fields
from crm_core.customers.events import CustomerTakenOn
from crm_core.customers.models import Customer
from crm_core.customers.permissions import CHANGE
from crm_core.customers.service import locked as locked_customer
from crm_core.customers.service import maintained, met_through
from crm_core.kit.db import now
from crm_core.kit.errors import CHANGED_MEANWHILE, NOT_FOUND, REQUIRED, TOO_LONG, DomainError
from crm_core.kit.events import subscribe
from crm_core.kit.phones import read_phone, write_phone
from crm_core.org.actor import Actor
from crm_core.org.rights import require
from crm_core.playbook.service import in_force

EDITABLE: Final = ("name", "title", "phone", "email", "note")
LONGEST: Final = {"name": 40, "title": 40, "email": 80, "note": 500}
_EMAIL: Final = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]{2,}")


async def add_contact(session: AsyncSession, actor: Actor, command: AddContact) -> Contact:
    """Somebody new at a customer; the first one is the primary contact.

    Raises `contact.similar` for the same name and `contact.phone.similar` for the same number at this customer (until
    confirmed), `contact.phone_unreadable`, `contact.email_unreadable`, `required`, `too_long`.
    """
    customer = await locked_customer(session, command.customer)
    await require(session, actor, CHANGE, on=customer)
    values = {field: checked(field, getattr(command, field)) for field in EDITABLE}
    if values["name"] is None:
        raise DomainError(REQUIRED, field="name")
    present = await _present(session, customer.id)
    for field in ("name", "phone"):
        _refuse_double(present, field, values[field], command.confirmed)
    book = await in_force(session, actor.playbook_version)
    extra = custom_fields.checked(book, "contact", customer.type, command.extra)
    contact = await introduce(session, customer, actor.id, values | {"extra": extra})
    await start_with(session, actor, contact, command.roles, command.birthday)
    await maintained(session, actor, customer, now(session))
    return contact


async def change_contact(session: AsyncSession, actor: Actor, command: ChangeContact) -> Contact:
    """Change one field. Raises as `add_contact`, `contact.gone`, and `changed_meanwhile` for a card out of date."""
    contact, customer = await locked(session, actor, command.contact_id)
    if command.field not in (*EDITABLE, "extra"):
        raise DomainError(NOT_FOUND)
    if command.revision is not None and command.revision != contact.revision:
        raise DomainError(CHANGED_MEANWHILE)
    if command.field == "extra":
        book = await in_force(session, actor.playbook_version)
        contact.extra = custom_fields.merged(book, "contact", customer.type, contact.extra, command.value)
        await told(session, actor, customer)
        return contact
    value = checked(command.field, command.value)
    called_by = {"name": contact.name, "phone": contact.phone}
    if command.field in called_by and not any((called_by | {command.field: value}).values()):
        raise DomainError(REQUIRED, field=command.field)
    others = [one for one in await _present(session, customer.id) if one.id != contact.id]
    _refuse_double(others, command.field, value, command.confirmed)
    setattr(contact, command.field, value)
    await told(session, actor, customer)
    return contact


async def make_primary(session: AsyncSession, actor: Actor, contact_id: int) -> Contact:
    """From now on this is whom one calls first. Choosing the one who is it already changes nothing."""
    contact, customer = await locked(session, actor, contact_id)
    if contact.is_primary:
        return contact
    for one in await _present(session, customer.id):
        one.is_primary = False
    await session.flush()  # there is never a second one, not even between two statements
    contact.is_primary = True
    await told(session, actor, customer)
    return contact


async def remove_contact(session: AsyncSession, actor: Actor, contact_id: int) -> Contact:
    """Is no longer there: kept, marked gone, not found any more. The next in line becomes the primary contact."""
    contact, customer = await locked(session, actor, contact_id)
    was_primary, contact.is_primary, contact.left_at = contact.is_primary, False, now(session)
    await session.flush()
    present = await _present(session, customer.id)
    if was_primary and present:
        present[0].is_primary = True
    await told(session, actor, customer)
    return contact


@subscribe(CustomerTakenOn)
async def meet_the_first(session: AsyncSession, taken: CustomerTakenOn) -> None:
    """The contact that a new archive names, in the same unit of work."""
    name = checked("name", taken.contact_name, as_field="contact_name")
    phone = checked("phone", taken.phone)
    if name is None and phone is None:
        return
    customer = await session.get_one(Customer, taken.customer_id)
    await introduce(session, customer, taken.created_by, {"name": name, "phone": phone})


async def introduce(session: AsyncSession, customer: Customer, by: int, values: dict[str, Any]) -> Contact:
    contact = Contact(
        **values,
        customer_id=customer.id,
        is_primary=not await _present(session, customer.id),
        created_by=by,
        created_at=now(session),
    )
    session.add(contact)
    await session.flush()
    await tell(session, customer)
    return contact


async def locked(session: AsyncSession, actor: Actor, contact_id: int) -> tuple[Contact, Customer]:
    """The contact and its customer, which is locked. Raises `not_found`, `not_allowed`, `contact.gone`."""
    customer_id = await session.scalar(select(Contact.customer_id).where(Contact.id == contact_id))
    if customer_id is None:
        raise DomainError(NOT_FOUND)
    customer = await locked_customer(session, customer_id)
    await require(session, actor, CHANGE, on=customer)
    contact = await session.get_one(Contact, contact_id, populate_existing=True)
    if contact.left_at is not None:
        raise DomainError(errors.GONE, name=called(contact))
    return contact, customer


async def _present(session: AsyncSession, customer_id: int) -> list[Contact]:
    statement = select(Contact).where(Contact.customer_id == customer_id, Contact.left_at.is_(None))
    return list(await session.scalars(statement.order_by(Contact.is_primary.desc(), Contact.id)))


async def told(session: AsyncSession, actor: Actor, customer: Customer) -> None:
    """People changed: the customer is found by them as they are now, and counts as looked after."""
    await session.flush()
    await tell(session, customer)
    await maintained(session, actor, customer, now(session))


async def tell(session: AsyncSession, customer: Customer) -> None:
    """The customer is found by the names and numbers of who is there."""
    present = await _present(session, customer.id)
    met_through(customer, [one.name for one in present if one.name], [one.phone for one in present if one.phone])
    await session.flush()


def _refuse_double(others: list[Contact], field: str, value: str | None, confirmed: frozenset[str]) -> None:
    """The same name, blanks and case aside, or the same number may be the same person."""
    if value is None:
        return
    if field == "name" and errors.SIMILAR not in confirmed:
        if any(one.name and _plain(one.name) == _plain(value) for one in others):
            raise DomainError(errors.SIMILAR, field=field, name=value)
    elif field == "phone" and errors.PHONE_SIMILAR not in confirmed:
        same = next((one for one in others if one.phone == value), None)
        if same is not None:
            raise DomainError(errors.PHONE_SIMILAR, field=field, name=called(same), phone=write_phone(value))


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()


def called(contact: Any) -> str:
    """What a contact, or a row with its columns, goes by: the name, else the number."""
    return contact.name or write_phone(contact.phone)


def checked(field: str, value: str | None, *, as_field: str | None = None) -> str | None:
    """The value as it is stored; none for nothing. Raises a DomainError that names the field (`as_field`)."""
    at_fault = as_field or field
    text = (value or "").strip() if field == "note" else " ".join((value or "").split())
    if not text:
        return None
    if field in LONGEST and len(text) > LONGEST[field]:
        raise DomainError(TOO_LONG, field=at_fault, max=LONGEST[field])
    return _CHECKS[field](text) if field in _CHECKS else text


def _phone(text: str) -> str:
    number = read_phone(text)
    if number is None:
        raise DomainError(errors.PHONE_UNREADABLE, field="phone", value=text[:40])
    return number


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise DomainError(errors.EMAIL_UNREADABLE, field="email", value=text[:40])
    return text


_CHECKS: Final[dict[str, Callable[[str], str]]] = {"phone": _phone, "email": _email}
