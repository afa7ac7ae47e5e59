"""Reading links: those whom one may see by name, of the others only that they are there."""

from dataclasses import dataclass

from sqlalchemy import case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.customers.permissions import READ, TIES
from crm_core.customers.queries import find as find_customer
from crm_core.kit.db import AnyRow
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.links.models import CustomerLink
from crm_core.org.actor import Actor
from crm_core.org.rights import within


@dataclass(frozen=True, slots=True)
class Links:
    """A page of a customer's links to those that one may see, and how many others there are."""

    page: Page
    hidden: int


def _ends(customer_id: int):
    """The customer at the other end."""
    other = case((CustomerLink.from_id == customer_id, CustomerLink.to_id), else_=CustomerLink.from_id)
    mine = or_(CustomerLink.from_id == customer_id, CustomerLink.to_id == customer_id)
    return other, mine


async def of_customer(session: AsyncSession, actor: Actor, customer_id: int, at: At = FIRST, limit: int = 6) -> Links:
    """A page of the links, in the order they were made: rows of (id, kind, turned, other_id, name, followed).

    `turned` is true where the other one stands at the kind's other end. Raises `not_found`.
    """
    await find_customer(session, actor, customer_id)
    other, mine = _ends(customer_id)
    seen = within(actor, READ, TIES)
    statement = (
        select(
            CustomerLink.id,
            CustomerLink.kind,
            (CustomerLink.to_id == customer_id).label("turned"),
            Customer.id.label("other_id"),
            Customer.name,
            Customer.short_name,
            Customer.last_followup_at,
        )
        .join(Customer, Customer.id == other)
        .where(mine)
    )
    page = await paged(session, statement.where(seen), (CustomerLink.created_at, CustomerLink.id), at, limit)
    hidden = select(func.count()).select_from(CustomerLink).join(Customer, Customer.id == other).where(mine, ~seen)
    return Links(page, await session.scalar(hidden) or 0)


async def counted(session: AsyncSession, customer_id: int) -> list[AnyRow]:
    """How many links of each kind a customer has: rows of (kind, turned, count), the most first.

    The caller has made sure that the actor may see the customer.
    """
    turned = (CustomerLink.to_id == customer_id).label("turned")
    _, mine = _ends(customer_id)
    statement = select(CustomerLink.kind, turned, func.count().label("count")).where(mine)
    return list(await session.execute(statement.group_by(CustomerLink.kind, turned).order_by(func.count().desc())))
