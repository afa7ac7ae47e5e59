"""Forms about contacts, and how a form refers to one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.changes import Whose, changes
from conversations.company import own_fields
from conversations.contact_card import contact_card
from conversations.customers import CUSTOMER
from conversations.form import Amend, Answers, Field, Form, Option, Own
from conversations.kinds.base import Given, Kind, Sent, typed
from conversations.kinds.choices import Choice, Several
from conversations.kinds.plain import Phone, Text
from conversations.kinds.reference import Found, NamedRef, Picked
from conversations.kinds.yearly import YearlyDay
from crm_core.contacts import days, queries, service, standing
from crm_core.contacts.commands import AddContact, AddDay, ChangeContact
from crm_core.contacts.errors import NO_NAME
from crm_core.contacts.models import Contact, DecisionRole
from crm_core.contacts.signature import Signature, of_card, read_signature
from crm_core.customers import queries as customers
from crm_core.customers.permissions import CHANGE
from crm_core.kit.db import AnyRow
from crm_core.kit.errors import REQUIRED, TOO_LONG, DomainError
from crm_core.kit.words.yearly import write_yearly
from crm_core.org.actor import Actor
from crm_core.playbook.service import in_force
from screens.catalogue import LANGUAGES, say
from screens.screen import N_, Msg, Screen
from screens.words.contacts import FIELDS, ROLES, SAID_ROLES

if TYPE_CHECKING:
    from conversations.form import Facts

_MOST_OPTIONS: Final = 5
_LONGEST_SIGNATURE: Final = 1000


def option(row: AnyRow) -> Option:
    """A contact as a choice; the position tells people of one name apart."""
    return Option(row.id, service.called(row), row.title or "")


async def _find(session: AsyncSession, actor: Actor, text: str, held: Answers) -> Found:
    customer = held.get("customer")
    if isinstance(customer, dict):  # given at the start and never asked
        customer = CUSTOMER.load(customer)
    if not isinstance(customer, Picked):
        return Found(())
    people = await queries.whom(session, actor, customer.id, text)
    return Found(tuple(option(row) for row in people[:_MOST_OPTIONS]), len(people) > _MOST_OPTIONS)


async def _get(session: AsyncSession, actor: Actor, contact_id: int) -> Option:
    return option(await queries.find(session, actor, contact_id))


CONTACT: Final = NamedRef(find=_find, get=_get, new="contact.new", hands_on=("customer",))
"""One of the people of the customer that the form's field `customer` holds: 王总, 李经理, Mr Wang find them too."""


@dataclass(frozen=True)
class Pasted(Kind[str]):
    """A name, typed alone, at the head of a pasted signature, or on a shared contact card.

    The answer is all that was pasted, so that the form can fill its other fields from it; what counts is the name.
    """

    prose: ClassVar[bool] = True
    hint: ClassVar[Msg] = N_("Type the name, or paste the whole signature; a contact card works too.")

    def read(self, given: Given, facts: Facts, before: str | None = None) -> str:
        text = as_text(card(given)) if isinstance(given, Sent) and given.what == "contact" else typed(given)
        if not text:
            raise DomainError(REQUIRED)
        if not read_signature(text).called:
            raise DomainError(NO_NAME)
        if len(text) > _LONGEST_SIGNATURE:
            raise DomainError(TOO_LONG, max=_LONGEST_SIGNATURE)
        longest = service.LONGEST["name"]
        if len(self.value(text)) > longest:
            raise DomainError(TOO_LONG, max=longest)
        return text

    def write(self, value: str, facts: Facts) -> str:
        return value

    def show(self, value: str, facts: Facts) -> str:
        return self.value(value)

    def value(self, answer: str) -> str:
        return read_signature(answer).called

    def load(self, stored: Any) -> str:
        if not isinstance(stored, str) or not self.value(stored):
            raise ValueError
        return stored


@dataclass(frozen=True)
class Mail(Kind[str]):
    """A mail address."""

    hint: ClassVar[Msg] = N_("For example wang@huaning.com.")

    def read(self, given: Given, facts: Facts, before: str | None = None) -> str:
        address = service.checked("email", typed(given))
        if address is None:
            raise DomainError(REQUIRED)
        return address

    def write(self, value: str, facts: Facts) -> str:
        return value

    def load(self, stored: Any) -> str:
        if not isinstance(stored, str) or not stored:
            raise ValueError
        return stored


def card(sent: Sent) -> Signature:
    """A contact card that was shared."""
    return of_card(*(str(sent.data.get(key) or "") for key in ("name", "phone", "vcard")))


def as_text(one: Signature) -> str:
    """A signature on lines of its own, as `read_signature` takes it apart again."""
    born = f"生日：{write_yearly(one.birthday, 'zh')}" if one.birthday else None
    return "\n".join(filter(None, (one.name, one.title, one.phone, one.email, born, one.note)))


KINDS: Final[dict[str, Kind[Any]]] = {
    "name": Text(most=service.LONGEST["name"]),
    "title": Text(most=service.LONGEST["title"]),
    "phone": Phone(),
    "email": Mail(),
    "note": Text(most=service.LONGEST["note"], lines=True),
}

_PART: Final = N_("Which part do they play when something is bought?")
PARTS: Final = Several(Choice(DecisionRole, ROLES))
BIRTHDAY: Final = YearlyDay()
_ROLE_NAMES: Final = {
    role: {say(words, language).casefold() for language in LANGUAGES} | SAID_ROLES[role]
    for role, words in ROLES.items()
}

_ASK: Final[dict[str, Msg]] = {
    "name": N_("Who is it?"),
    "title": N_("What is their position?"),
    "phone": N_("What is the phone number?"),
    "email": N_("What is the email address?"),
    "note": N_("What else should be known?"),
}


async def _take_apart(_session: AsyncSession, _actor: Actor, answers: Answers) -> dict[str, Any]:
    """What a pasted signature says besides the name fills the fields it belongs to."""
    return _told_besides(answers)


def _told_besides(answers: Answers) -> dict[str, Any]:
    if "name" not in answers:
        return {}
    told = read_signature(answers["name"])
    title, roles = _parts_played(told.title)
    found = {"title": title, "phone": told.phone, "email": told.email, "note": told.note}
    short = {name: value for name, value in found.items() if value and len(value) <= service.LONGEST.get(name, 80)}
    birthday = BIRTHDAY.dump(told.birthday) if told.birthday else None
    return short | {"roles": roles or None, "birthday": birthday}


def _parts_played(title: str | None) -> tuple[str | None, list[str]]:
    """决策人 采购总监 is a decision role and a position."""
    left: list[str] = []
    roles: list[str] = []
    for word in (title or "").split():
        known = next((role.value for role, names in _ROLE_NAMES.items() if word.casefold() in names), None)
        (left if known is None else roles).append(known or word)
    return " ".join(left) or None, roles


async def _own(session: AsyncSession, actor: Actor, answers: Answers) -> Own:
    """The company's fields for contacts of such a customer."""
    if "customer" not in answers:
        return Own()
    customer = await customers.find(session, actor, answers["customer"].id)
    book = await in_force(session, actor.playbook_version)
    return Own(own_fields(book, "contact", customer.type))


async def _add(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Contact:
    return await service.add_contact(session, actor, AddContact(**values))


async def _saved(session: AsyncSession, actor: Actor, contact: Contact) -> Screen:
    return await contact_card(session, actor, contact.id, saved=True)


async def _amended(session: AsyncSession, actor: Actor, contact_id: int, field: str, value: Any) -> None:
    if field == "roles":
        for role in DecisionRole:
            await standing.set_role(session, actor, contact_id, role, has=role in value)
        return
    if field == "birthday":
        await days.add_day(session, actor, AddDay(contact_id=contact_id, day=value))
        return
    await service.change_contact(session, actor, ChangeContact(contact_id=contact_id, field=field, value=value))


async def _held(session: AsyncSession, actor: Actor, contact_id: int) -> dict[str, Any]:
    row = await queries.find(session, actor, contact_id)
    own = {name: getattr(row, name) for name in service.EDITABLE}
    return own | {"customer": Picked(row.customer_id, row.customer)}


def _field(name: str, *, required: bool = True) -> Field:
    return Field(name, KINDS[name], FIELDS[name], _ASK[name], required=required)


NEW_CONTACT: Final = Form(
    "contact.new",
    title=N_("New contact"),
    fields=(
        Field("customer", CUSTOMER, N_("Customer"), N_("At which customer?"), from_line=True),
        Field("name", Pasted(), FIELDS["name"], _ASK["name"], from_line=True),
        *(_field(name, required=False) for name in ("title", "phone", "email", "note")),
        Field("roles", PARTS, N_("Decision role"), _PART, required=False),
        Field("birthday", BIRTHDAY, N_("Birthday"), N_("When is the birthday?"), required=False),
    ),
    command=AddContact,
    submit=_add,
    done=_saved,
    permission=CHANGE,
    prefill=_take_apart,
    more=_own,
    verbs={verb: {} for verb in ("联系人", "新联系人", "新建联系人", "添加联系人", "new contact", "add contact")},
    amend=Amend("contact", _amended, _held, _told_besides),
)


async def _whose(session: AsyncSession, actor: Actor, contact_id: int) -> Whose:
    row = await queries.find(session, actor, contact_id)
    return Whose(f"{service.called(row)} · {row.customer}", row.customer_type, row)


CHANGES: Final = changes(
    "contact",
    N_("Change contact"),
    {name: _field(name) for name in service.EDITABLE},
    command=ChangeContact,
    operation=service.change_contact,
    find=_whose,
    permission=CHANGE,
    done=_saved,
)
