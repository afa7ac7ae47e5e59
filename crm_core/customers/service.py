"""Operations on customer archives."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Text, case, func, null, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.custom_fields import service as custom_fields
from crm_core.customers import errors
from crm_core.customers.commands import ChangeCustomer, NewCustomer
from crm_core.customers.duplicates import refuse_double, refuse_same_phone
from crm_core.customers.events import CustomerMaintained, CustomerTakenOn
from crm_core.customers.lookup import names_of, phones_of
from crm_core.customers.models import Customer
from crm_core.customers.ownership import Kind, note_first, territory_of
from crm_core.customers.permissions import CHANGE, CREATE
from crm_core.customers.staleness import reckon_due, set_timers, timer
from crm_core.kit import names, textkeys
from crm_core.kit.db import now
from crm_core.kit.errors import CHANGED_MEANWHILE, NOT_FOUND, REQUIRED, TOO_LONG, DomainError
from crm_core.kit.events import publish, subscribe
from crm_core.org.actor import Actor
from crm_core.org.errors import OWNS_CUSTOMERS
from crm_core.org.events import EmployeeLeaving
from crm_core.org.rights import require
from crm_core.playbook.events import PlaybookPublished
from crm_core.playbook.service import Playbook, in_force

DICTIONARIES: Final = {
    "type": "customer_types",
    "category": "categories",
    "industry": "industries",
    "source": "sources",
    "stage": "stages",
    "status": "statuses",
}
_DEFAULTED: Final = ("stage", "status")  # of a new archive, when nothing is said of them
_LONGEST: Final = {"name": 80, "short_name": 30, "city": 30, "address": 200, "note": 1000}
_REQUIRED: Final = frozenset({"name", *DICTIONARIES})
_FOLLOWS: Final = {"unaudited": "it follows from the playbook, no business truth", "synchronize_session": False}
EDITABLE: Final = (
    "name",
    "short_name",
    "type",
    "category",
    "industry",
    "source",
    "city",
    "address",
    "stage",
    "status",
    "yearly_value",
    "note",
)


async def create_customer(session: AsyncSession, actor: Actor, command: NewCustomer) -> Customer:
    """A new archive, owned by the actor (CA01).

    Raises `customer.name_taken…` for the same name, `customer.similar…` (until confirmed) for a near one,
    `customer.not_in_dictionary`, `required`, `too_long`, and what speaks against the first contact.
    """
    await require(session, actor, CREATE)
    book = await in_force(session, actor.playbook_version)
    given = {field: getattr(command, field) for field in EDITABLE}
    given |= {field: book.first(DICTIONARIES[field]) for field in _DEFAULTED if given[field] is None}
    values = {field: checked(book, field, value) for field, value in given.items()}
    await refuse_double(session, actor, values["name"], command.confirmed, city=values["city"])
    await refuse_same_phone(session, actor, command.phone, command.confirmed)
    moment = now(session)
    latitude, longitude = command.location or (None, None)
    customer = Customer(
        **values,
        latitude=latitude,
        longitude=longitude,
        owner_id=actor.id,
        held_since=moment,
        stage_since=moment,
        created_by=actor.id,
        created_at=moment,
        maintained_at=moment,
    )
    customer.extra = custom_fields.checked(book, "customer", customer.type, command.extra)
    customer.territory = territory_of(book, customer.city)
    derive(customer)
    session.add(customer)
    await session.flush()
    await set_timers(session, [timer(book, customer.id, actor.id, customer.type, moment, actor.zone)])
    await note_first(session, customer, Kind.CREATE, actor.id)
    await publish(session, CustomerTakenOn(customer.id, actor.id, command.contact_name, command.phone))
    return customer


async def change_customer(session: AsyncSession, actor: Actor, command: ChangeCustomer) -> Customer:
    """Change one field. Raises as `create_customer`, and `changed_meanwhile` when the card was out of date."""
    customer = await locked(session, command.customer_id)
    await require(session, actor, CHANGE, on=customer)
    if command.field not in (*EDITABLE, "extra"):
        raise DomainError(NOT_FOUND)
    if command.revision is not None and command.revision != customer.revision:
        raise DomainError(CHANGED_MEANWHILE)
    book = await in_force(session, actor.playbook_version)
    if command.field == "extra":
        value = custom_fields.merged(book, "customer", customer.type, customer.extra, command.value)
    else:
        value = checked(book, command.field, command.value)
    if command.field == "name":
        await refuse_double(session, actor, str(value), command.confirmed, customer.id, customer.city)
    if command.field == "stage" and value != customer.stage:
        customer.stage_since = now(session)
    setattr(customer, command.field, value)
    customer.territory = territory_of(book, customer.city)
    derive(customer)
    await maintained(session, actor, customer, now(session))
    return customer


async def confirm_archive(session: AsyncSession, actor: Actor, customer_id: int) -> Customer:
    """Somebody looked and nothing has to be changed: that is maintenance too (RE01)."""
    customer = await locked(session, customer_id)
    await require(session, actor, CHANGE, on=customer)
    await maintained(session, actor, customer, now(session))
    return customer


async def place(session: AsyncSession, actor: Actor, customer_id: int, location: tuple[float, float]) -> Customer:
    """Say where the customer is: latitude and longitude in WGS-84 degrees."""
    customer = await locked(session, customer_id)
    await require(session, actor, CHANGE, on=customer)
    customer.latitude, customer.longitude = location
    await maintained(session, actor, customer, now(session))
    return customer


async def followed_up(
    session: AsyncSession, actor: Actor, customer: Customer, at: datetime, next_on: date | None
) -> None:
    """A visit or talk took place at `at`; the latest one says what comes next."""
    if customer.last_followup_at is None or at >= customer.last_followup_at:
        customer.last_followup_at = at
        customer.next_step_on = next_on
    await maintained(session, actor, customer, at)


async def maintained(session: AsyncSession, actor: Actor, customer: Customer, at: datetime) -> None:
    """Move the clock of the stale-archive rule, and tell who waits for it."""
    customer.maintained_at = max(customer.maintained_at, at)
    await reckon_due(session, actor.playbook_version, [customer])
    await session.flush()
    await publish(session, CustomerMaintained(customer.id))


async def locked(session: AsyncSession, customer_id: int) -> Customer:
    """The customer, locked until the unit of work ends; of one that went into another archive, that one (BY11).

    Raises `not_found`.
    """
    customer = await session.get(Customer, customer_id, with_for_update=True, populate_existing=True)
    if customer is None:
        raise DomainError(NOT_FOUND)
    return customer if customer.merged_into_id is None else await locked(session, customer.merged_into_id)


def checked(book: Playbook, field: str, value: Any) -> Any:
    """The value as it is stored. Raises a DomainError that names the field."""
    if isinstance(value, str):
        value = " ".join(value.split()) if field != "note" else value.strip()
    if value is None or value == "":
        if field in _REQUIRED:
            raise DomainError(REQUIRED, field=field)
        return None
    if field in DICTIONARIES:
        return _known(book, field, value)
    if (check := _CHECKS.get(field)) is not None:
        return check(value)
    if field in _LONGEST and len(value) > _LONGEST[field]:
        raise DomainError(TOO_LONG, field=field, max=_LONGEST[field])
    return value


def _known(book: Playbook, field: str, value: str) -> str:
    if all(entry.key != value for entry in book.entries(DICTIONARIES[field])):
        raise DomainError(errors.NOT_IN_DICTIONARY, field=field, value=value)
    return value


def _name(value: str) -> str:
    if len(value) > _LONGEST["name"]:
        raise DomainError(TOO_LONG, field="name", max=_LONGEST["name"])
    if not any(character.isalnum() for character in value):
        raise DomainError(errors.NAME_TOO_SHORT, field="name")
    return value


def _yearly_value(value: Decimal) -> Decimal:
    if value < 0:
        raise DomainError(errors.AMOUNT_NEGATIVE, field="yearly_value")
    return value


_CHECKS: Final[dict[str, Callable[[Any], Any]]] = {"name": _name, "yearly_value": _yearly_value}


def derive(customer: Customer) -> None:
    """Set the columns that follow from others: search keys, sort key, the name duplicates are found by."""
    customer.keys = list(textkeys.keys(*names_of(customer), phones=phones_of(customer)))
    customer.sort_key = textkeys.sort_key(customer.name)
    customer.normal_name = names.normal_company(customer.name)
    customer.brand = names.brand(customer.name)


def met_through(customer: Customer, people: Sequence[str], phones: Sequence[str]) -> None:
    """Whom the customer is found by besides its own names; contacts tell it whenever they change."""
    customer.people, customer.people_phones = list(people), list(phones)
    derive(customer)


@subscribe(EmployeeLeaving)
async def keep_leaver_with_customers(session: AsyncSession, leaving: EmployeeLeaving) -> None:
    """Nothing is lost when people leave: who owns customers hands them over first (BY23)."""
    owned = select(func.count()).where(Customer.owner_id == leaving.employee_id)
    if count := await session.scalar(owned):
        raise DomainError(OWNS_CUSTOMERS, name=leaving.name, count=count)


@subscribe(PlaybookPublished)
async def draw_territories_anew(session: AsyncSession, published: PlaybookPublished) -> None:
    """Cities may lie in other territories now."""
    cities = (await session.scalars(select(Customer.city).where(Customer.city.is_not(None)).distinct())).all()
    lies = {city: territory_of(published.book, city) for city in cities}
    known = {city: key for city, key in lies.items() if key}
    there = case(known, value=Customer.city) if known else null().cast(Text)
    statement = update(Customer).where(Customer.territory.is_distinct_from(there)).values(territory=there)
    await session.execute(statement, execution_options=_FOLLOWS)
