"""What keeps a customer with its owner though its deadline is over (rule 4): declared beside each feature."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.facts import Status
from crm_core.approvals.models import Approval
from crm_core.customers.models import Customer, Ownership
from crm_core.customers.ownership import Kind
from crm_core.kit.db import now
from crm_core.org.models import StandIn
from crm_core.playbook.pools import Pool
from crm_core.pool.models import EXTENSION, PoolLock

Check = Callable[[AsyncSession, Customer, Pool], Awaitable[bool]]
"""Whether an owned customer, whose pool would take it, is kept just now."""

_CHECKS: Final[dict[str, Check]] = {}


def exempt(name: str) -> Callable[[Check], Check]:
    """The decorated function answers whether a customer is kept: won, an open opportunity, an approval under way."""

    def add(check: Check) -> Check:
        assert name not in _CHECKS, f"exemption {name} is declared twice"
        _CHECKS[name] = check
        return check

    return add


async def why_kept(session: AsyncSession, customer: Customer, pool: Pool) -> str | None:
    """The name of the first exemption that holds; none when nothing keeps the customer."""
    for name, check in _CHECKS.items():
        if await check(session, customer, pool):
            return name
    return None


@exempt("locked")
async def _locked(session: AsyncSession, customer: Customer, _pool: Pool) -> bool:
    statement = select(PoolLock.id).where(PoolLock.customer_id == customer.id, PoolLock.ended_at.is_(None))
    return await session.scalar(statement) is not None


@exempt("protected")
async def _protected(session: AsyncSession, customer: Customer, pool: Pool) -> bool:
    """It came to its owner only a few days ago."""
    latest = select(Ownership.kind).where(Ownership.customer_id == customer.id).order_by(Ownership.id.desc()).limit(1)
    days = _protected_days(pool, await session.scalar(latest))
    return customer.held_since + timedelta(days=days) > now(session)


def _protected_days(pool: Pool, kind: str | None) -> int:
    protects = pool.protected_days
    days = {
        Kind.CLAIM: protects.claimed,
        Kind.IMPORT: protects.imported,
        Kind.ASSIGN: protects.assigned,
        Kind.TRANSFER: protects.assigned,
        Kind.HANDOVER: protects.assigned,
    }
    return days.get(Kind(kind), 0) if kind in set(Kind) else 0


@exempt("asked")
async def _asked(session: AsyncSession, customer: Customer, _pool: Pool) -> bool:
    """Somebody has yet to decide on more time; what was returned waits for the owner, and keeps nothing."""
    return await _under_way(session, Approval.subject_type == EXTENSION, Approval.subject_id == customer.id)


@exempt("approval")
async def _approval(session: AsyncSession, customer: Customer, _pool: Pool) -> bool:
    """Somebody has yet to decide on a request about the customer: an offer, a contract."""
    return await _under_way(session, Approval.about_id == customer.id)


async def _under_way(session: AsyncSession, *about: ColumnElement[bool]) -> bool:
    statement = select(Approval.id).where(*about, Approval.status == Status.RUNNING.value)
    return await session.scalar(statement.limit(1)) is not None


@exempt("away")
async def _away(session: AsyncSession, customer: Customer, _pool: Pool) -> bool:
    """The owner is on leave: somebody stands in."""
    moment = now(session)
    statement = select(StandIn.id).where(
        StandIn.absent_id == customer.owner_id, StandIn.starts_at <= moment, StandIn.ends_at > moment
    )
    return await session.scalar(statement.limit(1)) is not None
