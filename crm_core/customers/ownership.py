"""Whose a customer is: one owner's or one pool's, never both, never neither; every move is written to the log.

All that moves customers (claims, hand-overs, merges, recycling) goes through `move`: what hangs on the owner goes along
in the same unit of work.
"""

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.events import CustomerMoved
from crm_core.customers.models import Customer, CustomerMember, Ownership
from crm_core.kit.db import now
from crm_core.kit.events import publish
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
    customer: Customer,
    kind: Kind,
    *,
    by_id: int | None,
    to_owner_id: int | None = None,
    to_pool: str | None = None,
    reason: str | None = None,
) -> Ownership:
    """Move a locked customer to an owner or a pool, and all that hangs on it; whether one may is the caller's matter.

    In a pool nobody helps with it any more: the team's work ends with the owner's.
    """
    entry = Ownership(
        customer_id=customer.id,
        at=now(session),
        by_id=by_id,
        kind=kind,
        from_owner_id=customer.owner_id,
        from_pool=customer.pool,
        to_owner_id=to_owner_id,
        to_pool=to_pool,
        reason=reason,
    )
    session.add(entry)
    customer.owner_id, customer.pool, customer.held_since = to_owner_id, to_pool, entry.at
    await _team_without(session, customer, None if to_owner_id is None else to_owner_id)
    await session.flush()
    await publish(session, CustomerMoved(customer.id, entry.from_owner_id, to_owner_id, kind))
    return entry


async def _team_without(session: AsyncSession, customer: Customer, owner_id: int | None) -> None:
    """Who becomes the owner is no helper any more; with no owner there is no team."""
    if not customer.team:
        return
    members = select(CustomerMember).where(CustomerMember.customer_id == customer.id, CustomerMember.left_at.is_(None))
    for member in await session.scalars(members):
        if owner_id is None or member.employee_id == owner_id:
            member.left_at = now(session)
    customer.team = [one for one in customer.team if owner_id is not None and one != owner_id]


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
