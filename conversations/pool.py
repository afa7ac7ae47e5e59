"""Forms of the customer pool, its line on an archive's card, and telling those whom a request concerns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.archive import archive_line
from conversations.form import Answers, Field, Form, Option
from conversations.kinds.base import NOT_A_CHOICE, Chip, Given, Tapped
from conversations.kinds.plain import Text
from conversations.kinds.reference import Found, NamedRef
from crm_core.customers.models import Customer
from crm_core.customers.queries import Archive
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org import queries as org
from crm_core.org.actor import Actor
from crm_core.outbox.models import Priority
from crm_core.pool import extensions, queries, service
from crm_core.pool.models import Asked, PoolExtension
from crm_core.pool.permissions import ASSIGN, KEEP
from screens import post
from screens.catalogue import LANGUAGES, say
from screens.pool import (
    ASKED,
    GRANTED,
    assigned_screen,
    decision_screen,
    given_back_screen,
    given_screen,
    keep_screen,
    kept_words,
    left_words,
    request_screen,
)
from screens.post import Reader
from screens.screen import N_, Msg, Screen, Words
from screens.words.pool import LONGER, WHY, reason_words

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


async def tell(session: AsyncSession, employee_id: int, screen: Screen) -> None:
    """Push a card to somebody who can be reached, in their language."""
    who, at = await org.actor(session, employee_id), await org.seat(session, employee_id)
    if who is not None and at is not None:
        await post.send(session, Reader(*at, who.language, who.zone), screen, priority=Priority.PUSH)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskForTime:
    """More days with a customer."""

    customer_id: int
    days: int
    reason: str


async def _ask(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> PoolExtension:
    asked = AskForTime(**values)
    made = await extensions.ask(session, actor, asked.customer_id, asked.days, asked.reason)
    if made.state == Asked.WAITING:
        customer = await session.get_one(Customer, made.customer_id, populate_existing=True)
        decider = await extensions.decider(session, made)
        assert decider is not None
        await tell(session, decider, request_screen(made, customer, actor.name))
    return made


async def _asked(session: AsyncSession, actor: Actor, asked: PoolExtension) -> Screen:
    said: Words = GRANTED
    if asked.state == Asked.WAITING:
        decider = await org.actor(session, await extensions.decider(session, asked) or 0)
        said = ASKED(name=decider.name if decider else "Rounds")
    return keep_screen(await queries.keeping(session, actor, asked.customer_id), said=said)


async def told_of_decision(session: AsyncSession, actor: Actor, asked: PoolExtension, *, is_new: bool) -> Screen:
    """Tell who asked, once; answers what the one who decided sees."""
    customer = await session.get_one(Customer, asked.customer_id)
    who = await org.actor(session, asked.asked_by)
    name = who.name if who else ""
    if is_new:
        await tell(session, asked.asked_by, decision_screen(asked, customer, by=actor.name, who=name))
    return decision_screen(asked, customer, by=None, who=name)


EXTEND: Final = Form(
    "pool.extend",
    title=N_("More time"),
    fields=(Field("reason", Usual(words=LONGER), N_("Reason"), N_("Why does it need more time?")),),
    command=AskForTime,
    submit=_ask,
    done=_asked,
    permission=KEEP,
    hidden=("customer_id", "days"),
    at_once=True,
)


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
