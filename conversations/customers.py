"""Forms about customers, and how a form refers to one."""

from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.archive import lines_of
from conversations.changes import Whose, changes
from conversations.company import own_fields
from conversations.form import Amend, Answers, Field, Form, Option, Own
from conversations.kinds.base import Kind
from conversations.kinds.choices import Entry
from conversations.kinds.media import Place
from conversations.kinds.plain import Money, Phone, Text
from conversations.kinds.reference import Found, Ref
from crm_core.comments import queries as comments
from crm_core.contacts import service as contacts
from crm_core.contacts.commands import ChangeContact
from crm_core.contacts.queries import first_of
from crm_core.customers import queries, service
from crm_core.customers.commands import ChangeCustomer, NewCustomer
from crm_core.customers.duplicates import refuse_double, refuse_same_phone
from crm_core.customers.looks import note_look
from crm_core.customers.models import Customer
from crm_core.customers.nearby import nearest
from crm_core.customers.permissions import CHANGE, CREATE
from crm_core.kit.db import AnyRow
from crm_core.kit.errors import CHANGED_MEANWHILE, DomainError
from crm_core.kit.names import is_person, is_place
from crm_core.org.actor import Actor
from crm_core.playbook.book import Entry as DictionaryEntry
from crm_core.playbook.service import in_force
from crm_core.visits.ahead import ahead_of_all
from crm_core.visits.queries import of_customer, recent_customers
from screens.catalogue import say
from screens.customers import archive_screen, asked_of_archive, created_screen
from screens.screen import N_, Msg, Screen
from screens.words.customers import FIELDS
from screens.words.places import distance, near_words

_MOST_OPTIONS: Final = 5
_MOST_NEAR: Final = 4  # under them is the button for a new customer here


def option(row: AnyRow, hint: str = "") -> Option:
    """A customer as a choice; a hint, the city or somebody there tells doubtful names apart."""
    return Option(row.id, row.name, hint or row.city or next(iter(row.people), ""))


def _told_apart(row: AnyRow, actor: Actor) -> str:
    """Where it is, and the month and day of the last visit."""
    seen = f"{actor.local(row.last_followup_at):%m-%d}" if row.last_followup_at else None
    return " · ".join(filter(None, (row.city, seen)))


async def _find(session: AsyncSession, actor: Actor, text: str, held: Answers) -> Found:
    """For no words, who comes first in every list: planned today, nearest, recent; or who is near a held place."""
    if not text and "location" in held:
        return await _near(session, actor, held["location"])
    if not text:
        ahead = await ahead_of_all(session, actor)
        near = {key: say(distance(metres), actor.language) for key, metres in ahead.metres.items()}
        return Found(tuple(option(row, near.get(row.id, "")) for row in ahead.rows[:_MOST_OPTIONS]))
    page = await queries.search(session, actor, text, limit=_MOST_OPTIONS)
    return Found(tuple(option(row, _told_apart(row, actor)) for row in page.rows), page.more_after)


async def _near(session: AsyncSession, actor: Actor, location: tuple[float, float]) -> Found:
    """The nearest ones with metres and days since the last visit (BY04), then recent ones."""
    near = await nearest(session, actor, *location, limit=_MOST_NEAR)
    options = [
        Option(one.row.id, one.row.short_name or one.row.name, say(near_words(one), actor.language)) for one in near
    ]
    known = {one.id for one in options}
    recent = await recent_customers(session, actor, _MOST_OPTIONS)
    options += [option(row) for row in recent if row.id not in known]
    return Found(tuple(options[:_MOST_NEAR]))


async def _get(session: AsyncSession, actor: Actor, customer_id: int) -> Option:
    customer = await queries.find(session, actor, customer_id)
    return Option(customer.id, customer.name)


CUSTOMER: Final = Ref(find=_find, get=_get, new="customer.new")

KINDS: Final[dict[str, Kind[Any]]] = {
    "name": Text(most=80),
    "short_name": Text(most=30),
    "type": Entry("customer_types"),
    "category": Entry("categories"),
    "industry": Entry("industries"),
    "source": Entry("sources"),
    "stage": Entry("stages"),
    "status": Entry("statuses"),
    "city": Text(most=30, likely=is_place),
    "address": Text(most=200),
    "contact_name": Text(most=40, likely=is_person),
    "phone": Phone(),
    "yearly_value": Money(),
    "note": Text(most=1000, lines=True),
}

_ASK: Final[dict[str, Msg]] = {
    "name": N_("What is the customer's full name?"),
    "short_name": N_("What do you call them for short?"),
    "type": N_("Which type of customer is it?"),
    "category": N_("Which category?"),
    "industry": N_("Which industry are they in?"),
    "source": N_("How did we come to know them?"),
    "stage": N_("How far are we with them?"),
    "status": N_("How do we stand with each other?"),
    "city": N_("In which city?"),
    "address": N_("What is the address?"),
    "contact_name": N_("Who is our contact there?"),
    "phone": N_("What is the phone number?"),
    "yearly_value": N_("What could a year with them be worth?"),
    "note": N_("What else should be known?"),
}


async def _not_here_yet(session: AsyncSession, actor: Actor, value: Any, confirmed: frozenset[str]) -> None:
    await refuse_double(session, actor, value, confirmed)


async def _nobodys_number(session: AsyncSession, actor: Actor, value: Any, confirmed: frozenset[str]) -> None:
    await refuse_same_phone(session, actor, value, confirmed)


_CHECKS: Final = {"name": _not_here_yet, "phone": _nobodys_number}


def _field(name: str, *, required: bool) -> Field:
    check = _CHECKS.get(name)
    told = name in ("name", "contact_name", "phone", "city", "note")
    return Field(name, KINDS[name], FIELDS[name], _ASK[name], required=required, from_line=told, check=check)


async def _propose(session: AsyncSession, actor: Actor, answers: Answers) -> dict[str, Any]:
    """The playbook's defaults, and the industry and source of the last customer this person took on."""
    book = await in_force(session, actor.playbook_version)
    proposed: dict[str, Any] = {"type": book.default("customer_types"), "category": book.default("categories")}
    if "name" not in answers:
        return {}
    named = next((entry.key for entry in book.industries if _says(answers["name"], entry)), None)
    last = await queries.newest_archive(session, actor)
    proposed["industry"] = named or (last.industry if last else None)
    proposed["source"] = last.source if last else None
    known = {"industry": book.industries, "source": book.sources}
    for field, entries in known.items():
        if all(entry.key != proposed[field] for entry in entries):
            proposed[field] = None
    return proposed


def _says(name: str, industry: DictionaryEntry) -> bool:
    """Whether a company's name tells its industry: 华宁电子, Acme Electronics Ltd."""
    first = industry.title["en"].split()[0].casefold()
    return industry.title["zh"][:2] in name or first in name.casefold().split()


async def archive_card(session: AsyncSession, actor: Actor, customer_id: int, *, said: Msg | None = None) -> Screen:
    """The archive with whom one calls and its last visits; `said` comes before everything."""
    archive = await queries.archive(session, actor, customer_id, asked_of_archive())
    if archive.customer.id != customer_id:
        gone = await session.get_one(Customer, customer_id)
        customer_id, said = archive.customer.id, said or N_("“%(name)s” went into this archive.")(name=gone.name)
    await note_look(session, actor, archive.customer)
    visits = await of_customer(session, actor, customer_id, limit=3)
    book = await in_force(session, actor.playbook_version)
    first = await first_of(session, actor, customer_id)
    comment = await comments.latest(session, "customer", customer_id)
    more = await lines_of(session, actor, archive)
    return archive_screen(archive, actor, book, visits.rows, first=first, comment=comment, said=said, more=more)


async def _own(session: AsyncSession, actor: Actor, answers: Answers) -> Own:
    """The company's fields for customers of the chosen type."""
    book = await in_force(session, actor.playbook_version)
    return Own(own_fields(book, "customer", answers.get("type")))


async def _create(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Customer:
    return await service.create_customer(session, actor, NewCustomer(**values))


_OF_CONTACT: Final = {"contact_name": "name", "phone": "phone"}


async def _amended(session: AsyncSession, actor: Actor, customer_id: int, field: str, value: Any) -> None:
    """A new archive's message was edited; the contact's name and number are the primary contact's."""
    of_contact = _OF_CONTACT.get(field)
    if of_contact is None:
        await service.change_customer(session, actor, ChangeCustomer(customer_id=customer_id, field=field, value=value))
        return
    contact = (await first_of(session, actor, customer_id)).contact
    if contact is None:
        raise DomainError(CHANGED_MEANWHILE)
    other = contact.phone if of_contact == "name" else contact.name
    if value is None and other is None:  # nothing is left to call this person by
        await contacts.remove_contact(session, actor, contact.id)
        return
    command = ChangeContact(contact_id=contact.id, field=of_contact, value=value)
    await contacts.change_contact(session, actor, command)


async def _held(session: AsyncSession, actor: Actor, customer_id: int) -> dict[str, Any]:
    customer, first = await queries.find(session, actor, customer_id), await first_of(session, actor, customer_id)
    own = {name: getattr(customer, name) for name in service.EDITABLE}
    return own | {name: getattr(first.contact, field, None) for name, field in _OF_CONTACT.items()}


async def _created(session: AsyncSession, actor: Actor, customer: Customer) -> Screen:
    return created_screen(customer)


NEW_CUSTOMER: Final = Form(
    "customer.new",
    title=N_("New customer"),
    fields=(
        *(_field(name, required=True) for name in ("name", "industry", "source", "category", "type")),
        *(_field(name, required=False) for name in ("contact_name", "phone", "city", "stage", "address")),
        *(_field(name, required=False) for name in ("short_name", "status")),
        *(_field(name, required=False) for name in ("yearly_value", "note")),
        Field("location", Place(), N_("Place"), N_("Where are they?"), required=False),
    ),
    command=NewCustomer,
    submit=_create,
    done=_created,
    permission=CREATE,
    prefill=_propose,
    verbs={verb: {} for verb in ("新客户", "新建客户", "新增客户", "添加客户", "new customer", "add customer")},
    more=_own,
    amend=Amend("customer", _amended, _held),
)


async def _changed(session: AsyncSession, actor: Actor, customer: Customer) -> Screen:
    return await archive_card(session, actor, customer.id, said=N_("✓ Saved."))


async def _whose(session: AsyncSession, actor: Actor, customer_id: int) -> Whose:
    customer = await queries.find(session, actor, customer_id)
    return Whose(customer.name, customer.type, customer)


CHANGES: Final = changes(
    "customer",
    N_("Update archive"),
    {name: _field(name, required=True) for name in service.EDITABLE},
    command=ChangeCustomer,
    operation=service.change_customer,
    find=_whose,
    permission=CHANGE,
    done=_changed,
    at_once=service.DICTIONARIES,
)
