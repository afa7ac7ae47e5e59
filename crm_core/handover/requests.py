"""A customer's transfer by the company's flow (HO02): asked for by who may give it, it moves when it is approved.

Who would like to have a colleague's customer asks its owner instead: `customers.asking`, see decision 0020.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals import moot
from crm_core.approvals import service as approvals
from crm_core.approvals.case import Case
from crm_core.approvals.events import ApprovalEnded, ApprovalSubmitted
from crm_core.approvals.facts import Kind as Did
from crm_core.approvals.facts import Status
from crm_core.approvals.models import Approval, ApprovalFact
from crm_core.approvals.queries import request_of
from crm_core.approvals.service import Apply
from crm_core.custom_fields.service import PREFIX
from crm_core.customers.events import CustomersMoved
from crm_core.customers.models import Customer, Ownership
from crm_core.customers.ownership import Kind, move
from crm_core.customers.service import locked
from crm_core.handover import errors
from crm_core.handover.permissions import TRANSFER
from crm_core.handover.service import LONGEST_REASON, Transferred, locked_taker
from crm_core.kit.errors import NOT_ALLOWED, REQUIRED, DomainError
from crm_core.kit.events import publish, subscribe
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import require

SUBJECT: Final = "customer_transfer"
"""What such requests are about: the id is the customer's, so that there is one at a time."""
TO: Final = "to"
"""The field of the flow's form that names who gets the customer."""


@dataclass(frozen=True, slots=True)
class TransferApproved:
    """A customer has moved as it was asked for; `by_id` approved last."""

    done: Transferred
    applicant_id: int
    by_id: int | None
    reason: str | None


async def ask(session: AsyncSession, actor: Actor, command: Apply) -> Case:
    """Start a request of a flow about transfers; `about` is the customer. Who stands in takes nothing for oneself.

    Raises `not_allowed`, `handover.in_pool`, `handover.to_self`, `handover.cannot_own`, `handover.asked_already`,
    `employee.has_left`, and as `approvals.service.submit`.
    """
    if command.about is None:
        raise DomainError(REQUIRED, field="customer")
    customer = await locked(session, command.about)
    await require(session, actor, TRANSFER, on=customer)
    taker = await _taker(session, customer, command.form)
    if taker.id == actor.id and customer.owner_id in actor.stands_for:
        raise DomainError(NOT_ALLOWED)
    before = await request_of(session, SUBJECT, customer.id)
    if before is not None and before.ended_at is None and before.submit_key != command.key:
        raise DomainError(errors.ASKED_ALREADY, name=customer.name)
    return await approvals.submit(session, actor, replace(command, subject=(SUBJECT, customer.id), about=customer.id))


async def _taker(session: AsyncSession, customer: Customer, form: Mapping[str, Any]) -> Employee:
    """Who is to get it, locked."""
    to = form.get(TO)
    if not isinstance(to, int):
        raise DomainError(REQUIRED, field=PREFIX + TO)
    if customer.owner_id is None:
        raise DomainError(errors.IN_POOL)
    taker = await locked_taker(session, to)
    if taker.id == customer.owner_id:
        raise DomainError(errors.TO_SELF, field=PREFIX + TO, name=taker.name)
    return taker


@subscribe(ApprovalSubmitted)
async def sent_again(session: AsyncSession, told: ApprovalSubmitted) -> None:
    """A returned request that was changed is looked at anew."""
    if told.subject_type == SUBJECT and told.subject_id is not None and told.round > 1:
        await _taker(session, await locked(session, told.subject_id), told.form)


@subscribe(ApprovalEnded)
async def ended(session: AsyncSession, told: ApprovalEnded) -> None:
    """Approved it moves; undone it comes back, unless it has gone on from there (`handover.moved_on`)."""
    if told.subject_type != SUBJECT or told.subject_id is None:
        return
    if told.status is Status.APPROVED:
        await _hand_over(session, told)
    elif told.status is Status.REVOKED:
        await _take_back(session, told)


async def _hand_over(session: AsyncSession, told: ApprovalEnded) -> None:
    assert told.subject_id is not None
    customer = await locked(session, told.subject_id)
    form = (await session.get_one(Approval, told.approval_id)).form
    taker = await _taker(session, customer, form)
    giver_id = customer.owner_id
    assert giver_id is not None, "what went to a pool has no request"
    reason = " ".join(str(form.get("reason") or "").split())[:LONGEST_REASON] or None
    signed = select(ApprovalFact.actor_id).where(
        ApprovalFact.approval_id == told.approval_id, ApprovalFact.kind == Did.APPROVED.value
    )
    by_id = await session.scalar(signed.order_by(ApprovalFact.seq.desc()).limit(1))
    await move(session, [customer], Kind.TRANSFER, by_id=by_id, to_owner_id=taker.id, reason=reason)
    done = Transferred(customer, giver_id, taker)
    await publish(session, TransferApproved(done, told.applicant_id, by_id, reason))


async def _take_back(session: AsyncSession, told: ApprovalEnded) -> None:
    assert told.subject_id is not None
    customer = await locked(session, told.subject_id)
    row = await session.get_one(Approval, told.approval_id)
    log = select(Ownership).where(Ownership.customer_id == customer.id).order_by(Ownership.id)
    since = list(await session.scalars(log.where(Ownership.at >= row.ended_at)))
    went = next((one for one in since if (one.kind, one.to_owner_id) == (Kind.TRANSFER, row.form.get(TO))), None)
    still = went is not None and went is since[-1]
    giver = await session.get(Employee, went.from_owner_id) if went is not None and went.from_owner_id else None
    if not still or giver is None or giver.left_at is not None:
        raise DomainError(errors.MOVED_ON, name=customer.name)
    await move(session, [customer], Kind.TRANSFER, by_id=told.by_id, to_owner_id=giver.id)


@subscribe(CustomersMoved)
async def end_with_the_owner(session: AsyncSession, moved: CustomersMoved) -> None:
    """What was asked for was the former owner's to give."""
    await moot.close(session, SUBJECT, moved.customer_ids)
