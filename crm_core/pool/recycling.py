"""The pool's clock: what is due of a customer's deadline is warned of, and in the end done (rules 3 and 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.customers.ownership import Kind, move
from crm_core.kit.calendars import at_local
from crm_core.kit.db import AnyRow, now
from crm_core.occurrences.service import choices
from crm_core.org.models import Company, Employee
from crm_core.org.queries import today_of
from crm_core.playbook.pools import Pool
from crm_core.playbook.service import in_force
from crm_core.pool import warnings
from crm_core.pool.deadlines import RECYCLES_AT, WARNS_AT, look_again, next_look, put_off, reckon
from crm_core.pool.exemptions import why_kept
from crm_core.pool.warnings import AHEAD, TO_MANAGER, TODAY

GRACE: Final = timedelta(days=3)  # once, when nothing reaches the owner
_A_DAY: Final = timedelta(days=1)


class Step(StrEnum):
    """What came of looking at a deadline."""

    NOTHING = "nothing"
    AHEAD = "ahead"  # a line of the digest
    TODAY = "today"  # to be sent at once
    TO_MANAGER = "to_manager"  # to be sent at once
    RECYCLED = "recycled"


@dataclass(frozen=True, slots=True)
class Look:
    """A step; for what is to be sent: the occurrence, to whom, not before when."""

    step: Step
    customer: Customer
    owner_id: int
    occurrence_id: int | None = None
    recipient_id: int | None = None
    not_before: datetime | None = None
    rule: str = ""  # by which it was recycled


async def due(session: AsyncSession, limit: int) -> Sequence[Customer]:
    """Customers whose deadline the clock has to look at, locked; those that somebody works on wait for a tick."""
    statement = (
        select(Customer)
        .where(Customer.pool_look_at <= now(session))
        .order_by(Customer.pool_look_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def look(session: AsyncSession, customer: Customer) -> Look:
    """Look at a locked customer's deadline: everything is checked again, and when to look next is set."""
    assert customer.owner_id is not None, "what lies in a pool has no deadline"
    nothing = Look(Step.NOTHING, customer, customer.owner_id)
    await reckon(session, [customer.id])
    await session.refresh(customer, ["pool_due_on", "pool_rule", "pool_floor_on", "pool_look_at"])
    pool = await pool_by_rule(session, customer.pool_rule)
    if customer.pool_due_on is None or customer.pool_rule is None or pool is None:
        await look_again(session, customer.id, None)
        return nothing
    owner, moment = await _owner(session, customer.owner_id), now(session)
    zone = ZoneInfo(owner.zone)
    ahead = at_local(customer.pool_due_on - timedelta(days=pool.warn_days[0]), time(0), zone)
    await look_again(session, customer.id, next_look(customer.pool_due_on, pool.warn_days, zone, moment))
    if moment < ahead:
        return nothing
    if await why_kept(session, customer, pool) is not None:
        return nothing
    if not owner.reachable:
        return await _without_owner(session, customer, owner, zone)
    return await _with_owner(session, customer, pool, zone)


async def _with_owner(session: AsyncSession, customer: Customer, pool: Pool, zone: ZoneInfo) -> Look:
    """Warn of the stage that is reached; after the last day recycle, if the owner had been warned in time."""
    assert customer.pool_due_on is not None
    assert customer.owner_id is not None
    moment = now(session)
    left = (customer.pool_due_on - moment.astimezone(zone).date()).days
    if _is_over(customer, zone, moment) and await warnings.was_warned(session, customer):
        return await _recycle(session, customer, pool)
    if left > 0:
        stage = min(days for days in pool.warn_days if days >= left)
        noted = await warnings.note(session, customer, AHEAD, customer.owner_id, stage)
        return Look(Step.AHEAD if noted else Step.NOTHING, customer, customer.owner_id, noted)
    if (await choices(session, customer.owner_id)).get(AHEAD) == "digest":
        noted = await warnings.note(session, customer, AHEAD, customer.owner_id, 0)
        return Look(Step.AHEAD if noted else Step.NOTHING, customer, customer.owner_id, noted)
    at = at_local(max(moment.astimezone(zone).date(), customer.pool_due_on), WARNS_AT, zone)
    if left == 0 and moment < at:
        return Look(Step.NOTHING, customer, customer.owner_id)
    noted = await warnings.note(session, customer, TODAY, customer.owner_id, 0)
    step = Step.TODAY if noted else Step.NOTHING
    return Look(step, customer, customer.owner_id, noted, customer.owner_id, max(at, moment))


async def _without_owner(session: AsyncSession, customer: Customer, owner: AnyRow, zone: ZoneInfo) -> Look:
    """Nothing reaches the owner: the manager is told in place, and once there are three days more."""
    assert customer.pool_due_on is not None
    assert customer.owner_id is not None
    moment = now(session)
    nothing = Look(Step.NOTHING, customer, customer.owner_id)
    pool = await pool_by_rule(session, customer.pool_rule)
    assert pool is not None
    if _is_over(customer, zone, moment) and await warnings.was_warned(session, customer):
        return await _recycle(session, customer, pool)
    boss_id = await nearest_boss(session, owner.chain, reachable=True)
    if boss_id is None:
        return nothing
    if not await warnings.manager_was_told(session, customer):
        until = max(customer.pool_due_on, moment.astimezone(zone).date()) + GRACE
        await put_off(session, customer.id, until, next_look(until, pool.warn_days, zone, moment))
        await session.refresh(customer, ["pool_due_on", "pool_floor_on", "pool_look_at"])
    noted = await warnings.note(session, customer, TO_MANAGER, boss_id, 0)
    step = Step.TO_MANAGER if noted else Step.NOTHING
    at = at_local(moment.astimezone(zone).date(), WARNS_AT, zone)
    return Look(step, customer, customer.owner_id, noted, boss_id, max(at, moment))


def _is_over(customer: Customer, zone: ZoneInfo, moment: datetime) -> bool:
    """The deadline lies before today, and the night's hour for it has come."""
    assert customer.pool_due_on is not None
    return moment >= at_local(customer.pool_due_on + _A_DAY, RECYCLES_AT, zone)


async def _recycle(session: AsyncSession, customer: Customer, pool: Pool) -> Look:
    owner_id, rule = customer.owner_id, customer.pool_rule or ""
    assert owner_id is not None
    await move(session, [customer], Kind.RECYCLE, by_id=None, to_pool=pool.key, reason=rule)
    return Look(Step.RECYCLED, customer, owner_id, recipient_id=owner_id, rule=rule)


async def pool_by_rule(session: AsyncSession, rule: str | None) -> Pool | None:
    """The pool of a stored rule ("main no_followup 90")."""
    book = await in_force(session, await session.scalar(select(Company.playbook_version)) or 0)
    key = (rule or "").partition(" ")[0]
    return next((one for one in book.pools if one.key == key), None)


async def _owner(session: AsyncSession, employee_id: int) -> AnyRow:
    """Whether an owner can be reached now, in which zone, and who is above."""
    statement = select(
        func.coalesce(Employee.zone, Company.zone).label("zone"), Employee.chain, _reachable().label("reachable")
    ).join(Company, Company.id == 1)
    return (await session.execute(statement.where(Employee.id == employee_id))).one()


def _reachable() -> ColumnElement[bool]:
    return Employee.telegram_id.is_not(None) & Employee.bot_id.is_not(None) & Employee.unreachable_since.is_(None)


async def nearest_boss(session: AsyncSession, chain: Sequence[int], *, reachable: bool = False) -> int | None:
    """The nearest superior who is still here; who can be written to, if wanted."""
    statement = select(Employee.id).where(Employee.id.in_(chain[:-1]), Employee.left_at.is_(None))
    if reachable:
        statement = statement.where(_reachable())
    return await session.scalar(statement.order_by(func.cardinality(Employee.chain).desc()).limit(1))


async def owner_s_today(session: AsyncSession, customer: Customer) -> date:
    """The present day where the owner is."""
    assert customer.owner_id is not None
    return await today_of(session, customer.owner_id)
