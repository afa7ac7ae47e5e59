"""Whose a customer is: one owner's or one pool's, never both, never neither; every move is written to the log.

All that moves customers (claims, hand-overs, merges, recycling) goes through `move`: what hangs on the owner goes along
in the same unit of work.
"""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.events import CustomersMoved
from crm_core.customers.models import Customer, CustomerMember, Ownership
from crm_core.customers.staleness import reckon_due
from crm_core.kit.db import now
from crm_core.kit.events import publish
from crm_core.org.models import Company
from crm_core.playbook.service import Playbook


class Kind(StrEnum):
    """What moved a customer."""

    CREATE = "create"
    IMPORT = "import"
    CLAIM = "claim"  # from the pool
    ASSIGN = "assign"  # from the pool, by a manager
    RETURN = "return"  # to the pool, by the owner or a manager
    RECYCLE = "recycle"  # to the pool, by the clock
    TRANSFER = "transfer"  # to a colleague
    HANDOVER = "handover"  # a leaver's or a mover's
    MERGE = "merge"


async def note_first(session: AsyncSession, customer: Customer, kind: Kind, by_id: int | None) -> None:
    """Write where a new customer begins."""
    session.add(
        Ownership(
            customer_id=customer.id,
            at=customer.held_since,
            by_id=by_id,
            kind=kind,
            to_owner_id=customer.owner_id,
            to_pool=customer.pool,
        )
    )
    await session.flush()


async def move(
    session: AsyncSession,
    customers: Sequence[Customer],
    kind: Kind,
    *,
    by_id: int | None,
    to_owner_id: int | None = None,
    to_pool: str | None = None,
    reason: str | None = None,
) -> None:
    """Move locked customers to an owner or into a pool, and all that hangs on whose they are.

    Whether one may is the caller's matter. In a pool nobody helps with them any more: the team's work ends with the
    owner's. A customer that is there already stays as it is.
    """
    moving = [one for one in customers if (one.owner_id, one.pool) != (to_owner_id, to_pool)]
    if not moving:
        return
    moment = now(session)
    session.add_all(
        Ownership(
            customer_id=one.id,
            at=moment,
            by_id=by_id,
            kind=kind,
            from_owner_id=one.owner_id,
            from_pool=one.pool,
            to_owner_id=to_owner_id,
            to_pool=to_pool,
            reason=reason,
        )
        for one in moving
    )
    for one in moving:
        one.owner_id, one.pool, one.held_since = to_owner_id, to_pool, moment
    with session.no_autoflush:  # one update a customer: each writes all its search keys anew
        await _without_members(session, [one for one in moving if one.team], to_owner_id)
        version = await session.scalar(select(Company.playbook_version)) or 0
        await reckon_due(session, version, moving)  # the new owner's days count
    await session.flush()
    await publish(session, CustomersMoved(tuple(one.id for one in moving), to_owner_id, kind))


async def _without_members(session: AsyncSession, customers: Sequence[Customer], owner_id: int | None) -> None:
    """Who becomes the owner is no helper any more; where there is no owner there is no team."""
    statement = select(CustomerMember).where(
        CustomerMember.customer_id.in_(one.id for one in customers), CustomerMember.left_at.is_(None)
    )
    if owner_id is not None:
        statement = statement.where(CustomerMember.employee_id == owner_id)
    for member in await session.scalars(statement) if customers else ():
        member.left_at = now(session)
    for one in customers:
        one.team = [] if owner_id is None else [helper for helper in one.team if helper != owner_id]


async def log_of(session: AsyncSession, customer_id: int) -> list[Ownership]:
    """The moves, the oldest first. The caller has made sure that the actor may see the customer."""
    return list(
        await session.scalars(select(Ownership).where(Ownership.customer_id == customer_id).order_by(Ownership.id))
    )


def territory_of(book: Playbook, city: str | None) -> str | None:
    """The territory that a city belongs to (BR11)."""
    if not city:
        return None
    return next((one.key for one in book.territories if _plain(city) in map(_plain, one.cities)), None)


def _plain(city: str) -> str:
    return city.strip().removesuffix("市").casefold()
