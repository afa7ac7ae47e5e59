"""Job moves (CT08): another post at the customer, a post at another customer, or away to a company we do not follow.

A person who goes to another customer has a new card there, which continues the old one (`came_from_id`): the personal
file, the important days and the relations go along; what was spent stays with the old customer.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.contacts import errors
from crm_core.contacts.commands import ChangePost, MoveContact, SendAway
from crm_core.contacts.models import Contact, ContactDay, ContactPost, ContactRelation
from crm_core.contacts.service import called, checked, introduce, locked, remove_contact, tell, told
from crm_core.customers.models import Customer
from crm_core.customers.permissions import CHANGE, READ, TIES
from crm_core.customers.service import locked as locked_customer
from crm_core.customers.service import maintained
from crm_core.kit.db import AnyRow, now
from crm_core.kit.errors import NOT_FOUND, REQUIRED, DomainError
from crm_core.kit.names import normal_company
from crm_core.org.actor import Actor
from crm_core.org.rights import require, visible, within

_MOST_POSTS = 30
_LONGEST_CHAIN = 20


async def change_post(session: AsyncSession, actor: Actor, command: ChangePost) -> Contact:
    """Another post at the same customer; the one before stays in the history.

    Raises `contact.day_ahead`, `contact.post_before` for a day before the present post began, `required`, `too_long`.
    """
    contact, customer = await locked(session, actor, command.contact_id)
    title = checked("title", command.title)
    if title is None:
        raise DomainError(REQUIRED, field="title")
    day = _day(session, actor, contact, command.on)
    _close(session, contact, day)
    contact.title, contact.post_since = title, day
    await told(session, actor, customer)
    return contact


def _day(session: AsyncSession, actor: Actor, contact: Contact, on: date | None) -> date:
    today = actor.today(now(session))
    if on is not None and on > today:
        raise DomainError(errors.DAY_AHEAD, field="on")
    if on is not None and contact.post_since is not None and on < contact.post_since:
        raise DomainError(errors.POST_BEFORE, field="on", day=contact.post_since.isoformat())
    return on or today


def _close(session: AsyncSession, contact: Contact, day: date) -> None:
    """The present post becomes a past one."""
    session.add(ContactPost(contact_id=contact.id, title=contact.title, since=contact.post_since, until=day))


async def move_contact(session: AsyncSession, actor: Actor, command: MoveContact) -> Contact:
    """To another customer, where the actor may change people too: the old card is marked gone, a new one continues it.

    Raises `contact.here_already`, `contact.day_ahead`, `contact.post_before`, `not_allowed`.
    """
    customer_id = await session.scalar(select(Contact.customer_id).where(Contact.id == command.contact_id))
    if customer_id is None:
        raise DomainError(NOT_FOUND)
    for one in sorted({customer_id, command.customer}):  # always in this order: two moves never wait for each other
        await locked_customer(session, one)
    contact, _ = await locked(session, actor, command.contact_id)
    if command.customer == contact.customer_id:
        raise DomainError(errors.HERE_ALREADY, field="customer", name=called(contact))
    customer = await session.get_one(Customer, command.customer)
    await require(session, actor, CHANGE, on=customer)
    day = _day(session, actor, contact, command.on)
    title = checked("title", command.title)
    _close(session, contact, day)
    await session.flush()
    await remove_contact(session, actor, contact.id)
    return await _continued(session, actor, contact, customer, title, day)


async def send_away(session: AsyncSession, actor: Actor, command: SendAway) -> Contact:
    """To a company that is none of the actor's customers. If it is a colleague's, the card is offered there.

    Whether it is one is told to nobody but who looks after it. Raises `contact.day_ahead`, `contact.post_before`.
    """
    contact, _ = await locked(session, actor, command.contact_id)
    company = " ".join(command.company.split())
    if not company:
        raise DomainError(REQUIRED, field="company")
    known = await _customer_of_name(session, company, contact.customer_id)
    if known is not None and await _may_change(session, actor, known):
        return await move_contact(session, actor, MoveContact(contact_id=contact.id, customer=known, on=command.on))
    day = _day(session, actor, contact, command.on)
    contact.went_to, contact.went_to_id = company[:80], known
    _close(session, contact, day)
    await session.flush()
    return await remove_contact(session, actor, contact.id)


async def _may_change(session: AsyncSession, actor: Actor, customer_id: int) -> bool:
    mine = visible(select(Customer.id).where(Customer.id == customer_id), actor, CHANGE, TIES)
    return await session.scalar(mine) is not None


async def _customer_of_name(session: AsyncSession, company: str, but: int) -> int | None:
    """The one customer of that name, whoever looks after it."""
    statement = select(Customer.id).where(
        or_(Customer.normal_name == normal_company(company), Customer.short_name == company), Customer.id != but
    )
    found = list(await session.scalars(statement.limit(2)))
    return found[0] if len(found) == 1 else None


async def take_over(session: AsyncSession, actor: Actor, contact_id: int) -> Contact:
    """Follow somebody who was sent away to a customer of the actor's: a new card there continues the person.

    Raises `not_found` for who has not been offered there, `contact.followed_already`, `not_allowed`.
    """
    went_to = await session.scalar(select(Contact.went_to_id).where(Contact.id == contact_id))
    if went_to is None:
        raise DomainError(NOT_FOUND)
    customer = await locked_customer(session, went_to)
    await require(session, actor, CHANGE, on=customer)
    contact = await session.get_one(Contact, contact_id, with_for_update=True, populate_existing=True)
    if await successor_id(session, contact.id) is not None:
        raise DomainError(errors.FOLLOWED_ALREADY, name=called(contact))
    return await _continued(session, actor, contact, customer, None, None)


async def _continued(
    session: AsyncSession, actor: Actor, contact: Contact, customer: Customer, title: str | None, since: date | None
) -> Contact:
    """The new card, with all that belongs to the person and not to the post."""
    kept = {name: getattr(contact, name) for name in ("name", "phone", "email", "hobbies", "about", "file")}
    values = kept | {"title": title, "post_since": since, "came_from_id": contact.id}
    new = await introduce(session, customer, actor.id, values)
    for day in await session.scalars(select(ContactDay).where(ContactDay.contact_id == contact.id)):
        day.contact_id = new.id
    touching = or_(ContactRelation.one_id == contact.id, ContactRelation.other_id == contact.id)
    for relation in await session.scalars(select(ContactRelation).where(touching)):
        other = relation.other_id if relation.one_id == contact.id else relation.one_id
        relation.one_id, relation.other_id = sorted((other, new.id))
    await session.flush()
    await tell(session, customer)
    await maintained(session, actor, customer, now(session))
    return new


async def successor_id(session: AsyncSession, contact_id: int) -> int | None:
    """The card that continues this one at another customer."""
    return await session.scalar(select(Contact.id).where(Contact.came_from_id == contact_id))


@dataclass(frozen=True, slots=True)
class Post:
    """A post that somebody has or had; `until` is empty for the present one. A customer out of sight has no name."""

    contact_id: int
    customer: str | None
    title: str | None
    since: date | None
    until: date | None


async def posts_of(session: AsyncSession, actor: Actor, contact_id: int) -> list[Post]:
    """All posts that we know of, the latest first, over all customers the person came through (CT08)."""
    cards = await _cards(session, actor, contact_id)
    past = await session.scalars(
        select(ContactPost).where(ContactPost.contact_id.in_([card.id for card in cards])).order_by(ContactPost.id)
    )
    by_card: dict[int, list[ContactPost]] = {}
    for row in past:
        by_card.setdefault(row.contact_id, []).append(row)
    posts: list[Post] = []
    for card in cards:
        name = card.customer if card.seen else None
        posts += [Post(card.id, name, row.title, row.since, row.until) for row in by_card.get(card.id, ())]
        if card.left_at is None:
            posts.append(Post(card.id, name, card.title, card.post_since, None))
        elif not by_card.get(card.id):
            posts.append(Post(card.id, name, card.title, card.post_since, actor.today(card.left_at)))
    return posts[::-1][:_MOST_POSTS]


async def _cards(session: AsyncSession, actor: Actor, contact_id: int) -> list[AnyRow]:
    """The person's cards from the first to the last, whoever may see their customers."""
    statement = select(
        Contact.id,
        Contact.came_from_id,
        Contact.title,
        Contact.post_since,
        Contact.left_at,
        Customer.name.label("customer"),
        within(actor, READ, TIES).label("seen"),
    ).join(Customer, Customer.id == Contact.customer_id)
    cards: list[AnyRow] = []
    at: int | None = contact_id
    while at is not None and len(cards) < _LONGEST_CHAIN:
        row = (await session.execute(statement.where(Contact.id == at))).one()
        cards.insert(0, row)
        at = row.came_from_id
    at = await successor_id(session, contact_id)
    while at is not None and len(cards) < _LONGEST_CHAIN:
        cards.append((await session.execute(statement.where(Contact.id == at))).one())
        at = await successor_id(session, at)
    return cards
