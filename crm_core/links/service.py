"""Operations on links. Who may change a customer may link it to any other that they may see."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.customers.permissions import CHANGE, READ
from crm_core.customers.service import maintained
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.links import errors
from crm_core.links.models import CustomerLink
from crm_core.org.actor import Actor
from crm_core.org.rights import require
from crm_core.playbook.book import LinkKind
from crm_core.playbook.service import in_force

_TREES: Final = 7_301_204  # one lock for all trees: groups are linked seldom
BACK: Final = "<"
"""Behind a kind's key: the other one stands at its other end (a dealer, seen from the end customer)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLink:
    """`other` is to `customer` what `kind` says: a key of the playbook, with BACK for the other end of it."""

    customer: int
    kind: str
    other: int


async def add_link(session: AsyncSession, actor: Actor, command: AddLink) -> CustomerLink:
    """Link two customers. One must be the actor's to change, the other be within sight.

    Raises `link.itself`, `link.there` for the same link in either direction, `link.circle` where a parent would become
    its own child, `link.unknown_kind`.
    """
    if command.other == command.customer:
        raise DomainError(errors.ITSELF, field="other")
    key, turned = command.kind.removesuffix(BACK), command.kind.endswith(BACK)
    book = await in_force(session, actor.playbook_version)
    kind = next((one for one in book.link_kinds if one.key == key), None)
    if kind is None:
        raise DomainError(errors.UNKNOWN_KIND, field="kind")
    customer, other = await _both(session, command.customer, command.other)
    await require(session, actor, CHANGE, on=customer)
    try:
        await require(session, actor, READ, on=other)
    except DomainError as error:
        raise DomainError(NOT_FOUND, field="other") from error
    first, second = (other, customer) if turned else (customer, other)
    if await session.scalar(select(CustomerLink.id).where(_between(first.id, second.id), CustomerLink.kind == key)):
        raise DomainError(errors.THERE, field="other", name=other.name)
    if kind.tree:  # the other half of a circle may be made among quite other customers at this moment
        await session.execute(select(func.pg_advisory_xact_lock(_TREES)))
    if kind.tree and await _leads_to(session, kind, second.id, first.id):
        raise DomainError(errors.CIRCLE, field="other", name=other.name)
    link = CustomerLink(from_id=first.id, to_id=second.id, kind=key, created_by=actor.id, created_at=now(session))
    session.add(link)
    await session.flush()
    await maintained(session, actor, customer, now(session))
    return link


async def remove_link(session: AsyncSession, actor: Actor, link_id: int) -> CustomerLink:
    """They have nothing to do with each other any more. Who may change one of the two may say so."""
    link = await session.get(CustomerLink, link_id, with_for_update=True, populate_existing=True)
    if link is None:
        raise DomainError(NOT_FOUND)
    await may_change(session, actor, link)
    await session.delete(link)
    await session.flush()
    return link


async def may_change(session: AsyncSession, actor: Actor, link: CustomerLink) -> None:
    """Raise `not_allowed` for who may change neither of the two."""
    try:
        await require(session, actor, CHANGE, on=await session.get_one(Customer, link.from_id))
    except DomainError:
        await require(session, actor, CHANGE, on=await session.get_one(Customer, link.to_id))


async def _both(session: AsyncSession, customer_id: int, other_id: int) -> tuple[Customer, Customer]:
    """Both locked, always in the same order, so that two who link them wait for each other."""
    wanted = select(Customer).where(Customer.id.in_((customer_id, other_id))).order_by(Customer.id)
    there = {
        one.id: one for one in await session.scalars(wanted.with_for_update().execution_options(populate_existing=True))
    }
    if customer_id not in there:
        raise DomainError(NOT_FOUND)
    if other_id not in there:
        raise DomainError(NOT_FOUND, field="other")
    return there[customer_id], there[other_id]


def _between(one: int, other: int):
    return or_(
        and_(CustomerLink.from_id == one, CustomerLink.to_id == other),
        and_(CustomerLink.from_id == other, CustomerLink.to_id == one),
    )


async def in_a_circle(session: AsyncSession, kind: LinkKind, link: CustomerLink) -> bool:
    """Whether one gets from a link of a tree's kind back to where it begins."""
    return await _leads_to(session, kind, link.to_id, link.from_id)


async def _leads_to(session: AsyncSession, kind: LinkKind, start: int, goal: int) -> bool:
    """Whether one gets from a parent down to `goal` by links of this kind."""
    below = select(CustomerLink.to_id.label("id")).where(CustomerLink.from_id == start, CustomerLink.kind == kind.key)
    tree = below.cte("below", recursive=True)
    further = select(CustomerLink.to_id).join(tree, CustomerLink.from_id == tree.c.id)
    tree = tree.union(further.where(CustomerLink.kind == kind.key))
    return (await session.scalar(select(tree.c.id).where(tree.c.id == goal).limit(1))) is not None
