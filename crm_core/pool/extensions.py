"""More time with a customer (rule 7): asked for with a reason, by the company's flow; kept here is what was granted.

Requests are approvals (flow `extension`): who decides, and how, is theirs. An ownership that ends ends its request.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals import service as approvals
from crm_core.approvals.case import Case
from crm_core.approvals.events import ApprovalEnded, ApprovalSubmitted
from crm_core.approvals.facts import Status
from crm_core.approvals.models import Approval
from crm_core.approvals.queries import request_of
from crm_core.approvals.service import Apply
from crm_core.custom_fields.service import PREFIX
from crm_core.customers.models import Customer
from crm_core.customers.service import locked
from crm_core.kit.db import now
from crm_core.kit.errors import REQUIRED, DomainError
from crm_core.kit.events import subscribe
from crm_core.org.actor import Actor
from crm_core.org.rights import require
from crm_core.playbook.service import in_force
from crm_core.pool import errors
from crm_core.pool.deadlines import put_off, reckon
from crm_core.pool.models import EXTENSION, PoolExtension
from crm_core.pool.permissions import DECIDE, KEEP
from crm_core.pool.queries import granted
from crm_core.pool.recycling import owner_s_today
from crm_core.pool.service import said

MOST_DAYS: Final = 14
MOST_TIMES: Final = 2
"""In one ownership; what was refused or undone does not count."""
FORM: Final = frozenset({"days", "reason"})
"""What every request for more time says; a company's flow may ask more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskForTime:
    """So many days more than the deadline. `extra` is what the company's flow asks besides."""

    customer: int
    days: int
    reason: str
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Asked:
    """The customer, and what became of the request; without one there is more time at once."""

    customer: Customer
    case: Case | None


async def ask(session: AsyncSession, actor: Actor, command: AskForTime) -> Asked:
    """Ask for more time with a customer. Who may give it asks nobody.

    Raises `pool.no_deadline`, `pool.too_many_days`, `pool.extended_enough`, `pool.asked_already`, `pool.no_flow`,
    `required`, and as `approvals.service.submit`.
    """
    customer = await _askable(session, actor, command.customer, command.days, "days")
    reason = said(command.reason)
    if actor.id != customer.owner_id and await _may_grant(session, actor, customer.owner_id):
        await _grant(session, customer, command.days, reason, by_id=actor.id)
        return Asked(customer, None)
    flow = (await in_force(session, actor.playbook_version)).flow_about(EXTENSION)
    if flow is None:
        raise DomainError(errors.NO_FLOW)
    count = select(func.count()).where(Approval.subject_type == EXTENSION, Approval.subject_id == customer.id)
    asked = Apply(
        flow=flow.key,
        title=customer.name,
        form={**command.extra, "days": command.days, "reason": reason},
        key=f"{EXTENSION}:{customer.id}:{await session.scalar(count)}",
        subject=(EXTENSION, customer.id),
        about=customer.id,
    )
    return Asked(customer, await approvals.submit(session, actor, asked))


async def send(session: AsyncSession, actor: Actor, command: Apply) -> Case:
    """Start a request that was filled in the flow's own form; `about` is the customer. Raises as `ask`."""
    if command.about is None:
        raise DomainError(REQUIRED, field="customer")
    customer = await _askable(session, actor, command.about, command.form.get("days"), f"{PREFIX}days", command.key)
    return await approvals.submit(session, actor, replace(command, subject=(EXTENSION, customer.id), about=customer.id))


async def _askable(
    session: AsyncSession, actor: Actor, customer_id: int, days: object, field: str, key: str | None = None
) -> Customer:
    """The customer, locked, if the actor may ask for so much more time with it now, or has by this key."""
    customer = await locked(session, customer_id)
    await require(session, actor, KEEP, on=customer)
    await _refuse(session, customer, days, field)
    before = await request_of(session, EXTENSION, customer.id)
    if before is not None and before.ended_at is None and before.submit_key != key:
        raise DomainError(errors.ASKED_ALREADY, name=customer.name)
    return customer


async def _refuse(session: AsyncSession, customer: Customer, days: object, field: str) -> None:
    if customer.owner_id is None or customer.pool_due_on is None:
        raise DomainError(errors.NO_DEADLINE)
    if not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        raise DomainError(errors.TOO_MANY_DAYS, field=field, most=MOST_DAYS)
    if await granted(session, customer) >= MOST_TIMES:
        raise DomainError(errors.EXTENDED_ENOUGH, most=MOST_TIMES)


async def _may_grant(session: AsyncSession, actor: Actor, owner_id: int | None) -> bool:
    try:
        await require(session, actor, DECIDE, on=owner_id)
    except DomainError:
        return False
    return True


async def _grant(
    session: AsyncSession,
    customer: Customer,
    days: int,
    reason: str,
    *,
    by_id: int | None = None,
    approval_id: int | None = None,
) -> None:
    """The deadline of a locked customer moves on, from where it is or from today."""
    await session.refresh(customer, ["pool_due_on"])
    today = await owner_s_today(session, customer)
    session.add(
        PoolExtension(
            customer_id=customer.id,
            held_since=customer.held_since,
            approval_id=approval_id,
            granted_by=by_id,
            granted_at=now(session),
            days=days,
            reason=reason,
            until=max(customer.pool_due_on or today, today) + timedelta(days=days),
        )
    )
    await session.flush()
    await reckon(session, [customer.id])


@subscribe(ApprovalSubmitted)
async def sent_again(session: AsyncSession, told: ApprovalSubmitted) -> None:
    """What may not be asked may not be asked for by changing a returned request either."""
    if told.subject_type == EXTENSION and told.subject_id is not None and told.round > 1:
        customer = await locked(session, told.subject_id)
        await _refuse(session, customer, told.form.get("days"), f"{PREFIX}days")


@subscribe(ApprovalEnded)
async def ended(session: AsyncSession, told: ApprovalEnded) -> None:
    """Approved, there is more time; undone, there was none: but the customer goes to nobody without a warning."""
    if told.subject_type != EXTENSION or told.subject_id is None:
        return
    if told.status is Status.APPROVED:
        form = (await session.get_one(Approval, told.approval_id)).form
        customer = await locked(session, told.subject_id)
        await _grant(session, customer, int(form["days"]), str(form.get("reason") or ""), approval_id=told.approval_id)
    elif told.status is Status.REVOKED:
        await _take_back(session, told.approval_id)


async def _take_back(session: AsyncSession, approval_id: int) -> None:
    """What has been granted counts no more. In other hands by now there is nothing left to undo."""
    given = await session.scalar(select(PoolExtension).where(PoolExtension.approval_id == approval_id))
    if given is None:
        return
    customer = await locked(session, given.customer_id)
    given.revoked_at = now(session)
    await session.flush()
    if customer.owner_id is None or customer.held_since != given.held_since:
        return
    await reckon(session, [customer.id])
    await session.refresh(customer, ["pool_due_on"])
    today = await owner_s_today(session, customer)
    if customer.pool_due_on is not None and customer.pool_due_on < today:
        await put_off(session, customer.id, today, now(session))
