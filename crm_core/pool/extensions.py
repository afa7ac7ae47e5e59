"""More time with a customer: asked for with a reason, decided by a manager (rule 7).

`settle` decides without asking for rights: an approval engine that has decided calls it.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.customers.service import locked
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Role
from crm_core.org.rights import require
from crm_core.pool import errors
from crm_core.pool.deadlines import reckon
from crm_core.pool.models import Asked, PoolExtension
from crm_core.pool.permissions import DECIDE, KEEP
from crm_core.pool.recycling import nearest_boss, owner_s_today
from crm_core.pool.service import said

MOST_DAYS: Final = 14
MOST_TIMES: Final = 2
"""In one ownership; refused ones do not count."""


async def ask(session: AsyncSession, actor: Actor, customer_id: int, days: int, reason: str) -> PoolExtension:
    """Ask for so many days more than the deadline. Who may decide on it has decided.

    Raises `pool.no_deadline`, `pool.too_many_days`, `pool.extended_enough`, `pool.asked_already`, `required`.
    """
    customer = await locked(session, customer_id)
    await require(session, actor, KEEP, on=customer)
    if customer.owner_id is None or customer.pool_due_on is None:
        raise DomainError(errors.NO_DEADLINE)
    if not 1 <= days <= MOST_DAYS:
        raise DomainError(errors.TOO_MANY_DAYS, field="days", most=MOST_DAYS)
    reason = said(reason)
    waiting, granted = await _so_far(session, customer)
    if waiting:
        raise DomainError(errors.ASKED_ALREADY, name=customer.name)
    if granted >= MOST_TIMES:
        raise DomainError(errors.EXTENDED_ENOUGH, most=MOST_TIMES)
    asked = PoolExtension(
        customer_id=customer.id,
        held_since=customer.held_since,
        asked_by=actor.id,
        asked_at=now(session),
        days=days,
        reason=reason,
        state=Asked.WAITING,
    )
    session.add(asked)
    await session.flush()
    if actor.id != customer.owner_id and await _may_decide(session, actor, customer.owner_id):
        await settle(session, asked, customer, granted=True, by_id=actor.id)
    elif await decider(session, asked) is None:
        raise DomainError(errors.NOBODY_DECIDES)
    return asked


async def _so_far(session: AsyncSession, customer: Customer) -> tuple[int, int]:
    """How many requests of this ownership wait, and how many were granted."""
    states = select(PoolExtension.state, func.count()).where(
        PoolExtension.customer_id == customer.id, PoolExtension.held_since == customer.held_since
    )
    counts = {row.state: row[1] for row in await session.execute(states.group_by(PoolExtension.state))}
    return counts.get(Asked.WAITING, 0), counts.get(Asked.GRANTED, 0)


async def _may_decide(session: AsyncSession, actor: Actor, owner_id: int) -> bool:
    try:
        await require(session, actor, DECIDE, on=owner_id)
    except DomainError:
        return False
    return True


async def decider(session: AsyncSession, asked: PoolExtension) -> int | None:
    """Who is to decide: the nearest superior of who asks; where there is none, an admin."""
    chain = await session.scalar(select(Employee.chain).where(Employee.id == asked.asked_by)) or []
    boss = await nearest_boss(session, chain)
    if boss is not None:
        return boss
    admins = select(Employee.id).where(
        Employee.roles.contains([Role.ADMIN.value]), Employee.left_at.is_(None), Employee.id != asked.asked_by
    )
    return await session.scalar(admins.order_by(Employee.telegram_id.is_(None), Employee.id).limit(1))


async def decide(
    session: AsyncSession, actor: Actor, extension_id: int, *, granted: bool
) -> tuple[PoolExtension, bool]:
    """Say yes or no; answers whether that is new, as the same answer twice changes nothing.

    Raises `pool.decided_already`, `not_found`.
    """
    known = await session.get(PoolExtension, extension_id)
    if known is None:
        raise DomainError(NOT_FOUND)
    customer = await locked(session, known.customer_id)
    asked = await session.get_one(PoolExtension, extension_id, with_for_update=True, populate_existing=True)
    if asked.asked_by == actor.id or not await _may_decide(session, actor, asked.asked_by):
        raise DomainError(NOT_FOUND)
    if asked.state == (Asked.GRANTED if granted else Asked.REFUSED):
        return asked, False
    if asked.state != Asked.WAITING:
        raise DomainError(errors.DECIDED_ALREADY, name=await _who_decided(session, asked))
    await settle(session, asked, customer, granted=granted, by_id=actor.id)
    return asked, True


async def _who_decided(session: AsyncSession, asked: PoolExtension) -> str:
    name = select(Employee.name).where(Employee.id == asked.decided_by)
    return await session.scalar(name) or "Rounds"


async def settle(
    session: AsyncSession, asked: PoolExtension, customer: Customer, *, granted: bool, by_id: int | None
) -> None:
    """Decide on a waiting request about a locked customer: granted, the deadline moves on from where it is."""
    until = None
    if granted:
        await session.refresh(customer, ["pool_due_on"])
        today = await owner_s_today(session, customer)
        until = max(customer.pool_due_on or today, today) + timedelta(days=asked.days)
    asked.state, asked.until = (Asked.GRANTED, until) if granted else (Asked.REFUSED, None)
    asked.decided_by, asked.decided_at = by_id, now(session)
    await session.flush()
    await reckon(session, [customer.id])
