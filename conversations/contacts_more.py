"""Small forms about one contact: superior, relation, important days, gift, job moves, the personal file."""

from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.company import own_field
from conversations.contact_card import contact_card
from conversations.contacts import option
from conversations.customers import CUSTOMER
from conversations.form import Answers, Done, Field, Form, Option, Own, Submit
from conversations.kinds.choices import Entry
from conversations.kinds.plain import Money, Text
from conversations.kinds.reference import Found, NamedRef, Ref
from conversations.kinds.tags import Tags
from conversations.kinds.times import Day
from conversations.kinds.yearly import YearlyDay
from crm_core.contacts import days, file, gifts, moves, queries, service, ties
from crm_core.contacts.commands import AddDay, AddGift, ChangePost, MoveContact, Relate, SendAway
from crm_core.contacts.models import Contact, ContactDay, ContactGift, ContactRelation
from crm_core.customers.models import Customer
from crm_core.customers.permissions import CHANGE
from crm_core.kit.db import now
from crm_core.kit.names import without_form
from crm_core.kit.words.yearly import Yearly
from crm_core.org import queries as org
from crm_core.org.actor import Actor
from crm_core.outbox.models import Priority
from crm_core.playbook.service import in_force
from screens import post
from screens.contacts_person import days_screen, file_screen, gift_screen, offered_screen, ties_screen, went_screen
from screens.post import Reader
from screens.screen import N_, Msg, Screen

_MOST_OPTIONS: Final = 5


async def _here(session: AsyncSession, actor: Actor, text: str, held: Answers) -> Found:
    """The others of the same customer."""
    mine = await queries.find(session, actor, held["contact_id"])
    people = await queries.whom(session, actor, mine.customer_id, text)
    others = [option(row) for row in people if row.id != mine.id]
    return Found(tuple(others[:_MOST_OPTIONS]), len(others) > _MOST_OPTIONS)


async def _anywhere(session: AsyncSession, actor: Actor, text: str, held: Answers) -> Found:
    """The others of the same customer, and whoever else the words may mean."""
    mine = await queries.find(session, actor, held["contact_id"])
    people = await ties.people(session, actor, mine.customer_id, text, _MOST_OPTIONS + 2)
    others = [
        Option(row.id, service.called(row), without_form(row.customer) if row.customer_id != mine.customer_id else "")
        for row in people
        if row.id != mine.id
    ]
    return Found(tuple(others[:_MOST_OPTIONS]), len(others) > _MOST_OPTIONS)


async def _get(session: AsyncSession, actor: Actor, contact_id: int) -> Option:
    return option(await queries.find(session, actor, contact_id))


async def _elsewhere(session: AsyncSession, actor: Actor, text: str, held: Answers) -> Found:
    """Customers but the one where the person is."""
    mine = await queries.find(session, actor, held["contact_id"])
    found = await CUSTOMER.find(session, actor, text, {})
    return Found(tuple(one for one in found.options if one.id != mine.customer_id), found.more)


ELSEWHERE: Final = Ref(find=_elsewhere, get=CUSTOMER.get, new="customer.new")
COLLEAGUE: Final = NamedRef(find=_here, get=_get)
ANYBODY: Final = NamedRef(find=_anywhere, get=_get)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Boss:
    contact_id: int
    boss: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Birthday:
    contact_id: int
    day: Yearly


@dataclass(frozen=True, slots=True, kw_only=True)
class _Anniversary:
    contact_id: int
    title: str
    day: Yearly


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hobbies:
    contact_id: int
    value: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    contact_id: int
    value: str


async def _card(session: AsyncSession, actor: Actor, contact: Contact) -> Screen:
    return await contact_card(session, actor, contact.id, saved=True)


def _form(
    name: str,
    title: Msg,
    fields: tuple[Field, ...],
    command: type[Any],
    submit: Submit,
    done: Done = _card,
    *,
    at_once: bool = False,
) -> Form:
    return Form(
        f"contact.{name}",
        title=title,
        fields=fields,
        command=command,
        submit=submit,
        done=done,
        permission=CHANGE,
        hidden=("contact_id",),
        at_once=at_once,
    )


async def _report(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Contact:
    return await ties.report_to(session, actor, given["contact_id"], given["boss"])


async def _reported(session: AsyncSession, actor: Actor, contact: Contact) -> Screen:
    return await _ties(session, actor, contact.id)


async def _ties(session: AsyncSession, actor: Actor, contact_id: int) -> Screen:
    row = await queries.find(session, actor, contact_id)
    book = await in_force(session, actor.playbook_version)
    return ties_screen(row, await ties.ties_of(session, actor, row), book, actor, saved=True)


async def _relate(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> tuple[ContactRelation, int]:
    return await ties.relate(session, actor, Relate(**given)), given["contact_id"]


async def _related(session: AsyncSession, actor: Actor, made: tuple[ContactRelation, int]) -> Screen:
    return await _ties(session, actor, made[1])


async def _add_day(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> ContactDay:
    return await days.add_day(session, actor, AddDay(**given))


async def _day_added(session: AsyncSession, actor: Actor, day: ContactDay) -> Screen:
    row = await queries.find(session, actor, day.contact_id)
    return days_screen(row, await days.of_contact(session, row.id), actor.today(now(session)), actor, saved=True)


async def _add_gift(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> ContactGift:
    return await gifts.add_gift(session, actor, AddGift(**given))


async def _gift_added(session: AsyncSession, actor: Actor, gift: ContactGift) -> Screen:
    row = await queries.find(session, actor, gift.contact_id)
    return gift_screen(row, gift, await in_force(session, actor.playbook_version), actor, saved=True)


async def _post(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Contact:
    return await moves.change_post(session, actor, ChangePost(**given))


async def _move(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Contact:
    return await moves.move_contact(session, actor, MoveContact(**given))


async def _send_away(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Contact:
    return await moves.send_away(session, actor, SendAway(**given))


async def _sent_away(session: AsyncSession, actor: Actor, contact: Contact) -> Screen:
    """Who looks after the customer that somebody went to is told, and may continue the card there."""
    if contact.left_at is None:  # the customer is the actor's own: the card is there
        return await _card(session, actor, contact)
    row = await queries.find(session, actor, contact.id)
    customer = await session.get(Customer, contact.went_to_id) if contact.went_to_id else None
    owner = await org.actor(session, customer.owner_id) if customer is not None and customer.owner_id else None
    at = await org.seat(session, owner.id) if owner is not None else None
    if customer is not None and owner is not None and at is not None:
        reader = Reader(*at, owner.language, owner.zone)
        offer = offered_screen(row, customer.name, actor.name)
        await post.send(session, reader, offer, priority=Priority.PUSH)
    return went_screen(row)


async def _hobbies(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Contact:
    return await file.set_hobbies(session, actor, given["contact_id"], given["value"])


async def _about(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Contact:
    return await file.set_about(session, actor, given["contact_id"], given["value"])


async def _filed(session: AsyncSession, actor: Actor, contact: Contact) -> Screen:
    row = await queries.find(session, actor, contact.id)
    return file_screen(row, await in_force(session, actor.playbook_version), actor, saved=True)


_NOTE: Final = Field(
    "note", Text(most=service.LONGEST["note"], lines=True), N_("Note"), N_("What else should be known?"), required=False
)
_ON: Final = Field("on", Day(past=True), N_("Day"), N_("On which day?"), required=False)
_TITLE: Final = Field("title", Text(most=service.LONGEST["title"]), N_("Position"), N_("What is their position?"))
_SINCE: Final = Field("on", Day(past=True), N_("Since"), N_("Since when?"), required=False)

FORMS: Final[dict[str, Form]] = {
    "boss": _form(
        "boss",
        N_("Reports to"),
        (Field("boss", COLLEAGUE, N_("Superior"), N_("Whom does this person report to?")),),
        _Boss,
        _report,
        _reported,
        at_once=True,
    ),
    "relate": _form(
        "relate",
        N_("Relation"),
        (
            Field("other", ANYBODY, N_("Person"), N_("Who is the other one? People of other customers can be typed.")),
            Field("kind", Entry("relation_kinds"), N_("Relation"), N_("How do the two know each other?")),
            _NOTE,
        ),
        Relate,
        _relate,
        _related,
    ),
    "birthday": _form(
        "birthday",
        N_("Birthday"),
        (Field("day", YearlyDay(), N_("Birthday"), N_("When is the birthday?")),),
        _Birthday,
        _add_day,
        _day_added,
        at_once=True,
    ),
    "anniversary": _form(
        "anniversary",
        N_("Anniversary"),
        (
            Field("title", Text(most=days.LONGEST_TITLE), N_("Title"), N_("Which anniversary is it?")),
            Field("day", YearlyDay(), N_("Day"), N_("On which day of the year?")),
        ),
        _Anniversary,
        _add_day,
        _day_added,
    ),
    "gift": _form(
        "gift",
        N_("Gift or cost"),
        (
            Field("kind", Entry("gift_kinds"), N_("Kind"), N_("What kind is it?")),
            Field("amount", Money(), N_("Amount"), N_("How much was it?")),
            _ON,
            _NOTE,
        ),
        AddGift,
        _add_gift,
        _gift_added,
    ),
    "post": _form("post", N_("New post"), (_TITLE, _SINCE), ChangePost, _post),
    "move": _form(
        "move",
        N_("To another customer"),
        (
            Field("customer", ELSEWHERE, N_("Customer"), N_("To which customer?")),
            Field("title", _TITLE.kind, _TITLE.label, _TITLE.ask, required=False),
            _SINCE,
        ),
        MoveContact,
        _move,
    ),
    "away": _form(
        "away",
        N_("To another company"),
        (Field("company", Text(most=80), N_("Company"), N_("To which company? Type its name.")), _SINCE),
        SendAway,
        _send_away,
        _sent_away,
    ),
    "hobbies": _form(
        "hobbies",
        N_("Hobbies"),
        (
            Field(
                "value", Tags(file.MOST_HOBBIES, file.LONGEST_HOBBY), N_("Hobbies"), N_("What does this person like?")
            ),
        ),
        _Hobbies,
        _hobbies,
        _filed,
        at_once=True,
    ),
    "about": _form(
        "about",
        N_("Personal file"),
        (
            Field(
                "value",
                Text(most=file.LONGEST_ABOUT, lines=True),
                N_("Note"),
                N_("What else is to be known of this person?"),
            ),
        ),
        _About,
        _about,
        _filed,
        at_once=True,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _ChangeFile:
    contact_id: int
    key: str  # of the playbook's field
    extra: dict[str, Any]


async def _field_of(session: AsyncSession, actor: Actor, answers: Answers) -> Own:
    row = await queries.find(session, actor, answers["contact_id"])
    book = await in_force(session, actor.playbook_version)
    fitting = (one for one in book.personal_file if one.fits(row.customer_type))
    asked = next((one for one in fitting if one.key == answers["key"]), None)
    return Own(() if asked is None else (replace(own_field(asked), required=True),), brief=service.called(row))


async def _change_file(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Contact:
    key = given["key"]
    return await file.change_file(session, actor, given["contact_id"], key, given.get("extra", {}).get(key))


FILE: Final = Form(
    "contact.file",
    title=N_("Personal file"),
    fields=(),
    command=_ChangeFile,
    submit=_change_file,
    done=_filed,
    permission=CHANGE,
    hidden=("contact_id", "key"),
    more=_field_of,
    at_once=True,
)
