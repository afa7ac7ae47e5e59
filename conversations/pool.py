"""Forms of the customer pool, its line on an archive's card and on the card of a request for more time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.approvals import announce, beside_request
from conversations.approvals_apply import sends
from conversations.archive import archive_line
from conversations.company import own_field
from conversations.form import Answers, Field, Form, Option, Own
from conversations.kinds.base import NOT_A_CHOICE, Chip, Given, Tapped
from conversations.kinds.plain import Text
from conversations.kinds.reference import Found, NamedRef
from conversations.telling import tell
from crm_core.approvals.queries import Whole, waiting_on
from crm_core.customers.models import Customer
from crm_core.customers.queries import Archive
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org import queries as org
from crm_core.org.actor import Actor
from crm_core.playbook.service import in_force
from crm_core.pool import extensions, queries, service
from crm_core.pool.extensions import Asked, AskForTime
from crm_core.pool.models import EXTENSION
from crm_core.pool.permissions import ASSIGN, KEEP
from screens.approvals_route import Line
from screens.catalogue import LANGUAGES, say
from screens.pool import (
    ASKED,
    DUE_NOW,
    GRANTED,
    KEPT_UNTIL,
    assigned_screen,
    given_back_screen,
    given_screen,
    keep_screen,
    kept_words,
    left_words,
)
from screens.screen import N_, Msg, Screen, Words
from screens.words.pool import LONGER, WHY, reason_words, rule_words

if TYPE_CHECKING:
    from conversations.form import Facts

SHOWN_DAYS: Final = 30
"""A deadline that is farther off says nothing of use on a card."""
_MOST_OPTIONS: Final = 5


@dataclass(frozen=True)
class Usual(Text):
    """A reason: one of the usual ones, or own words."""

    most: int = service.LONGEST_REASON
    words: Mapping[str, Msg] = field(default_factory=dict[str, Msg])
    hint: ClassVar[Msg] = N_("Tap one, or say it in your own words.")

    def read(self, given: Given, facts: Facts, before: str | None = None) -> str:
        if isinstance(given, Tapped):
            if given.arg not in self.words:
                raise DomainError(NOT_A_CHOICE, value=given.arg[:40])
            return given.arg
        text = super().read(given, facts, before)
        usual = {say(words, one).casefold(): key for key, words in self.words.items() for one in LANGUAGES}
        return usual.get(text.casefold(), text)

    def show(self, value: str, facts: Facts) -> Words:
        return reason_words(value, dict(self.words))

    def write(self, value: str, facts: Facts) -> str:
        return say(self.show(value, facts), facts.language)

    def chips(self, facts: Facts, held: str | None = None) -> tuple[Chip, ...]:
        return tuple(Chip(words, str(key)) for key, words in self.words.items())


@archive_line(order=30)
async def deadline_line(session: AsyncSession, actor: Actor, archive: Archive) -> Words | None:
    """还剩 6 天（90 天未跟进）, from a month before; what keeps it all the same."""
    known = await queries.deadline(session, archive.customer.id)
    if known is None or archive.customer.owner_id is None:
        return None
    keeping = await queries.keeping(session, actor, archive.customer.id)
    if keeping.days_left is None or keeping.days_left > SHOWN_DAYS:
        return None
    return kept_words(keeping) or left_words(keeping)


async def _more(session: AsyncSession, actor: Actor, _held: Answers) -> Own:
    """What the company's flow asks besides."""
    flow = (await in_force(session, actor.playbook_version)).flow_about(EXTENSION)
    return Own(tuple(own_field(one) for one in flow.form if one.key not in extensions.FORM)) if flow else Own()


async def _ask(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Asked:
    command = AskForTime(**values)
    words = say(reason_words(command.reason, LONGER), actor.language)
    asked = await extensions.ask(session, actor, replace(command, reason=words))
    if asked.case is not None:
        await announce(session, asked.case, actor)
    return asked


async def _asked(session: AsyncSession, actor: Actor, asked: Asked) -> Screen:
    said: Words = GRANTED
    if asked.case is not None:
        signers = await waiting_on(session, [asked.case.id])
        said = ASKED(name=", ".join(name for name, _ in signers[asked.case.id][:2]))
    return keep_screen(await queries.keeping(session, actor, asked.customer.id), said=said)


EXTEND: Final = Form(
    "pool.extend",
    title=N_("More time"),
    fields=(Field("reason", Usual(words=LONGER), N_("Reason"), N_("Why does it need more time?")),),
    command=AskForTime,
    submit=_ask,
    done=_asked,
    permission=KEEP,
    hidden=("customer", "days"),
    at_once=True,
    version=2,  # `customer`
    more=_more,
)
sends(EXTENSION, extensions.send)


@beside_request(EXTENSION)
async def _until_when(session: AsyncSession, _applicant: Actor, whole: Whole) -> list[Line]:
    """The last day as it stands; once it is granted, the new one."""
    until = await queries.granted_until(session, whole.row.id)
    if until is not None:
        return [Line(KEPT_UNTIL(day=f"{until:%m-%d}"))]
    known = None if whole.request.ended else await queries.deadline(session, whole.row.subject_id or 0)
    return [] if known is None else [Line(DUE_NOW(day=f"{known[0]:%m-%d}", rule=rule_words(known[1])))]


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBack:
    """Put a customer into the pool."""

    customer_id: int
    reason: str


async def _give_back(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Customer:
    given = GiveBack(**values)
    return await service.give_back(session, actor, given.customer_id, given.reason)


async def _given_back(_session: AsyncSession, _actor: Actor, customer: Customer) -> Screen:
    return given_back_screen(customer)


GIVE_BACK: Final = Form(
    "pool.return",
    title=N_("Put into the pool"),
    fields=(Field("reason", Usual(words=WHY), N_("Reason"), N_("Why do you put it back?")),),
    command=GiveBack,
    submit=_give_back,
    done=_given_back,
    permission=KEEP,
    hidden=("customer_id",),
    at_once=True,
)


async def _people(session: AsyncSession, actor: Actor, text: str, _held: Answers) -> Found:
    rows = await queries.assignees(session, actor, text, _MOST_OPTIONS + 1)
    return Found(tuple(Option(row.id, row.name) for row in rows[:_MOST_OPTIONS]), len(rows) > _MOST_OPTIONS)


async def _person(session: AsyncSession, _actor: Actor, employee_id: int) -> Option:
    person = await org.actor(session, employee_id)
    if person is None:
        raise DomainError(NOT_FOUND)
    return Option(person.id, person.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Give a pooled customer to a colleague."""

    customer_id: int
    employee: int


async def _assign(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Customer:
    given = Assign(**values)
    customer = await service.assign(session, actor, given.customer_id, given.employee)
    if given.employee != actor.id:
        await tell(session, given.employee, assigned_screen(customer, actor.name))
    return customer


async def _assigned(session: AsyncSession, _actor: Actor, customer: Customer) -> Screen:
    owner = await org.actor(session, customer.owner_id or 0)
    return given_screen(customer, owner.name if owner else "")


ASSIGN_TO: Final = Form(
    "pool.assign",
    title=N_("Give to a colleague"),
    fields=(Field("employee", NamedRef(find=_people, get=_person), N_("Colleague"), N_("Who is to have it?")),),
    command=Assign,
    submit=_assign,
    done=_assigned,
    permission=ASSIGN,
    hidden=("customer_id",),
    at_once=True,
)
