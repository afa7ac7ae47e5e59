"""The form that links two customers (CA12, CA16): an end customer of a dealer, a subsidiary, a partner."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.archive import archive_line
from conversations.customers import CUSTOMER
from conversations.form import Answers, Field, Form
from conversations.kinds.choices import Listed
from conversations.kinds.reference import Found, Picked
from crm_core.customers import queries as customers
from crm_core.customers.permissions import CHANGE
from crm_core.customers.queries import Archive
from crm_core.links import queries, service
from crm_core.links.models import CustomerLink
from crm_core.links.service import AddLink
from crm_core.org.actor import Actor
from crm_core.playbook.service import in_force
from screens import links as screens
from screens.screen import N_, Screen, Words

if TYPE_CHECKING:
    from conversations.form import Facts


@dataclass(frozen=True)
class LinkKinds(Listed):
    """What one customer is to another, in the company's words; each kind from both of its ends."""

    def options(self, facts: Facts) -> tuple[tuple[str, Words], ...]:
        return tuple(screens.kinds(facts.book))

    def said(self, key: str, words: Words, facts: Facts) -> list[str]:
        titled = dict(screens.kinds(facts.book))[key]
        return [text.casefold() for text in titled.texts.values()]


async def _others(session: AsyncSession, actor: Actor, text: str, held: Answers) -> Found:
    """Of those that come first everybody but the customer itself."""
    found = await CUSTOMER.find(session, actor, text, held)
    mine = held.get("customer")
    if text or not isinstance(mine, Picked):
        return found
    return replace(found, options=tuple(one for one in found.options if one.id != mine.id))


OTHER: Final = replace(CUSTOMER, find=_others)


@dataclass(frozen=True, slots=True)
class Linked:
    """A new link, and the customer from whose archive it was made."""

    link: CustomerLink
    customer_id: int

    @property
    def id(self) -> int:
        return self.link.id


async def links_card(session: AsyncSession, actor: Actor, customer_id: int, at: Any = queries.FIRST) -> Screen:
    """The list of a customer's links."""
    archive = await customers.archive(session, actor, customer_id, (CHANGE,))
    links = await queries.of_customer(session, actor, archive.customer.id, at)
    book = await in_force(session, actor.playbook_version)
    return screens.links_screen(links, archive.customer, book, actor.language, changeable=archive.may(CHANGE))


async def _add(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Linked:
    command = AddLink(**values)
    return Linked(await service.add_link(session, actor, command), command.customer)


async def _added(session: AsyncSession, actor: Actor, done: Linked) -> Screen:
    return await links_card(session, actor, done.customer_id)


NEW_LINK: Final = Form(
    "link.new",
    title=N_("Link customers"),
    fields=(
        Field("customer", CUSTOMER, N_("Customer"), N_("Which customer is it about?")),
        Field("kind", LinkKinds(), N_("Kind"), N_("What is the other one to them?")),
        Field("other", OTHER, N_("The other one"), N_("Which customer is the other one?")),
    ),
    command=AddLink,
    submit=_add,
    done=_added,
    permission=CHANGE,
)


@archive_line(order=70)
async def line(session: AsyncSession, actor: Actor, archive: Archive) -> Words | None:
    book = await in_force(session, actor.playbook_version)
    counted = await queries.counted(session, archive.customer.id)
    return screens.archive_line(counted, book, actor.language)
