"""Moving customers out of a pool and into it: claim, assign, give back. All through `ownership.move`."""

from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals import moot
from crm_core.customers.events import CustomersMoved
from crm_core.customers.models import Customer, Ownership
from crm_core.customers.ownership import Kind, move
from crm_core.customers.service import locked
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, REQUIRED, TOO_LONG, DomainError
from crm_core.kit.events import subscribe
from crm_core.org.actor import Actor
from crm_core.org.errors import HAS_LEFT
from crm_core.org.models import Company, Employee, Unit
from crm_core.org.rights import require
from crm_core.playbook.pools import Pool
from crm_core.playbook.service import in_force
from crm_core.pool import errors
from crm_core.pool.deadlines import pool_of
from crm_core.pool.models import EXTENSION, PoolClaim, PoolLock
from crm_core.pool.permissions import ASSIGN, CLAIM, KEEP
from crm_core.pool.queries import find_pooled, taken

LONGEST_REASON = 100


async def claim(session: AsyncSession, actor: Actor, customer_id: int) -> Customer:
    """Take a customer out of a pool for oneself. One's own already is no error: a second tap changes nothing.

    One lock on the person holds for the day's count and the cap on what is held; the customer is taken by one statement
    that asks for one without an owner, so of two who claim it one has it. Raises `pool.taken`, `pool.claimed_enough`,
    `pool.holds_enough`, `pool.cooling_down`, `not_found` for what lies in none of one's pools.
    """
    await require(session, actor, CLAIM)
    await _lock_person(session, actor.id)
    mine = await session.get(Customer, customer_id, populate_existing=True)
    if mine is not None and mine.owner_id == actor.id:
        return mine
    pool = await find_pooled(session, actor, customer_id)
    await _refuse_too_many(session, actor, pool)
    await _refuse_former_owner(session, actor, customer_id, pool)
    customer = await _take(session, customer_id)
    today = actor.today(now(session))
    session.add(PoolClaim(customer_id=customer.id, employee_id=actor.id, pool=pool.key, at=now(session), day=today))
    await move(session, [customer], Kind.CLAIM, by_id=actor.id, to_owner_id=actor.id)
    return customer


async def assign(session: AsyncSession, actor: Actor, customer_id: int, employee_id: int) -> Customer:
    """Give a pooled customer to somebody within the actor's reach. Raises `pool.taken`, `org.has_left`."""
    await find_pooled(session, actor, customer_id)
    await require(session, actor, ASSIGN, on=employee_id)
    colleague = await session.get(Employee, employee_id)
    if colleague is None:
        raise DomainError(NOT_FOUND, field="employee")
    if colleague.left_at is not None:
        raise DomainError(HAS_LEFT, field="employee", name=colleague.name)
    customer = await _take(session, customer_id)
    await move(session, [customer], Kind.ASSIGN, by_id=actor.id, to_owner_id=employee_id)
    return customer


async def give_back(session: AsyncSession, actor: Actor, customer_id: int, reason: str) -> Customer:
    """Put a customer into its pool: by the owner, or a manager. Raises `pool.in_pool`, `pool.none`, `required`."""
    customer = await locked(session, customer_id)
    await require(session, actor, KEEP, on=customer)
    if customer.owner_id is None:
        raise DomainError(errors.IN_POOL, name=customer.name)
    reason = said(reason)
    pool = await pool_for(session, actor, customer)
    await move(session, [customer], Kind.RETURN, by_id=actor.id, to_pool=pool.key, reason=reason)
    return customer


async def pool_for(session: AsyncSession, actor: Actor, customer: Customer) -> Pool:
    """The pool that an owned customer falls into; the first one where none fits. Raises `pool.none`."""
    book = await in_force(session, actor.playbook_version)
    statement = (
        select(pool_of(book))
        .select_from(Customer)
        .join(Employee, Employee.id == Customer.owner_id)
        .join(Unit, Unit.id == Employee.unit_id)
        .join(Company, Company.id == 1)
    )
    pool = book.pool(await session.scalar(statement.where(Customer.id == customer.id)))
    if pool is None:
        raise DomainError(errors.NO_POOL)
    return pool


def said(reason: str) -> str:
    """A reason as it is kept."""
    reason = " ".join(reason.split())
    if not reason:
        raise DomainError(REQUIRED, field="reason")
    if len(reason) > LONGEST_REASON:
        raise DomainError(TOO_LONG, field="reason", max=LONGEST_REASON)
    return reason


async def _lock_person(session: AsyncSession, employee_id: int) -> None:
    """What a person may claim, hold and lock is counted by one at a time."""
    await session.execute(select(Employee.id).where(Employee.id == employee_id).with_for_update(key_share=True))


async def _refuse_too_many(session: AsyncSession, actor: Actor, pool: Pool) -> None:
    today = actor.today(now(session))
    claimed = select(func.count()).where(
        PoolClaim.employee_id == actor.id, PoolClaim.day == today, PoolClaim.pool == pool.key
    )
    if (await session.scalar(claimed) or 0) >= pool.claims_a_day:
        raise DomainError(errors.CLAIMED_ENOUGH, most=pool.claims_a_day)
    if pool.most_held is None:
        return
    held = select(func.count()).where(Customer.owner_id == actor.id)
    if (await session.scalar(held) or 0) >= pool.most_held:
        raise DomainError(errors.HOLDS_ENOUGH, most=pool.most_held)


async def _refuse_former_owner(session: AsyncSession, actor: Actor, customer_id: int, pool: Pool) -> None:
    """Who had it last may have it again only after a while."""
    last = select(Ownership).where(Ownership.customer_id == customer_id).order_by(Ownership.id.desc()).limit(1)
    entry = await session.scalar(last)
    if entry is None or entry.from_owner_id != actor.id:
        return
    free_on = free_again(actor, entry, pool)
    if free_on > actor.today(now(session)):
        raise DomainError(errors.COOLING_DOWN, day=f"{free_on:%m-%d}")


def free_again(actor: Actor, entry: Ownership, pool: Pool) -> date:
    """The day from which who lost a customer may claim it again."""
    return actor.today(entry.at) + timedelta(days=pool.cool_down_days)


async def _take(session: AsyncSession, customer_id: int) -> Customer:
    """The customer, locked, if nobody owns it; who comes second finds it taken."""
    statement = select(Customer).where(Customer.id == customer_id, Customer.owner_id.is_(None)).with_for_update()
    customer = await session.scalar(statement.execution_options(populate_existing=True))
    if customer is None:
        raise await taken(session, customer_id)
    return customer


async def lock(session: AsyncSession, actor: Actor, customer_id: int) -> PoolLock:
    """Keep a customer out of the pool. Raises `pool.locked_enough` for more than the pool allows its owner."""
    customer = await _kept(session, actor, customer_id)
    assert customer.owner_id is not None
    await _lock_person(session, customer.owner_id)
    held = await _lock_of(session, customer.id)
    if held is not None:
        return held
    pool = await pool_for(session, actor, customer)
    count = select(func.count()).where(PoolLock.employee_id == customer.owner_id, PoolLock.ended_at.is_(None))
    if (await session.scalar(count) or 0) >= pool.locks_most:
        raise DomainError(errors.LOCKED_ENOUGH, most=pool.locks_most)
    made = PoolLock(customer_id=customer.id, employee_id=customer.owner_id, at=now(session))
    session.add(made)
    await session.flush()
    return made


async def unlock(session: AsyncSession, actor: Actor, customer_id: int) -> None:
    """Keep it out no longer; one that is not locked stays as it is."""
    customer = await _kept(session, actor, customer_id)
    held = await _lock_of(session, customer.id)
    if held is not None:
        held.ended_at = now(session)
        await session.flush()


async def _kept(session: AsyncSession, actor: Actor, customer_id: int) -> Customer:
    customer = await locked(session, customer_id)
    await require(session, actor, KEEP, on=customer)
    if customer.owner_id is None:
        raise DomainError(errors.IN_POOL, name=customer.name)
    return customer


async def _lock_of(session: AsyncSession, customer_id: int) -> PoolLock | None:
    return await session.scalar(
        select(PoolLock).where(PoolLock.customer_id == customer_id, PoolLock.ended_at.is_(None))
    )


@subscribe(CustomersMoved)
async def end_what_hung_on_the_owner(session: AsyncSession, moved: CustomersMoved) -> None:
    """Locks and requests for more time were the former owner's."""
    locks = select(PoolLock).where(PoolLock.customer_id.in_(moved.customer_ids), PoolLock.ended_at.is_(None))
    for one in await session.scalars(locks):
        one.ended_at = now(session)
    await session.flush()
    await moot.close(session, EXTENSION, moved.customer_ids)
