"""Asking for a colleague's customer (BY10): once, to who may give it; agreed it moves, declined it has a reason.

Who asks may not even see the customer: they learn that they have asked, and what was decided, and no more.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers import errors
from crm_core.customers.models import Customer, HandoverRequest
from crm_core.customers.ownership import Kind, move
from crm_core.customers.permissions import CREATE, GIVE, READ, TIES
from crm_core.customers.service import locked
from crm_core.kit.db import AnyRow, now
from crm_core.kit.errors import NOT_ALLOWED, NOT_FOUND, REQUIRED, TOO_LONG, DomainError
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.kit.undo import undoable
from crm_core.org import queries as org
from crm_core.org.actor import Actor
from crm_core.org.errors import HAS_LEFT
from crm_core.org.models import Employee
from crm_core.org.rights import require, visible

LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it stands now, with who must hear of it and the requests that it has overtaken."""

    request: HandoverRequest
    customer: Customer
    readers: tuple[Actor, ...]
    overtaken: tuple[HandoverRequest, ...] = ()


async def ask(session: AsyncSession, actor: Actor, customer_id: int) -> Asked:
    """Ask who may give it: the owner; the owner's superior too where the owner has left or is out of sight.

    Raises `handover.own`, `handover.in_pool`, `handover.pending` while one's request waits.
    """
    await require(session, actor, CREATE)
    customer = await locked(session, customer_id)
    if customer.owner_id == actor.id:
        raise DomainError(errors.OWN)
    if customer.owner_id is None:
        raise DomainError(errors.IN_POOL)
    waiting = await session.scalar(
        select(HandoverRequest).where(
            HandoverRequest.asker_id == actor.id,
            HandoverRequest.customer_id == customer.id,
            HandoverRequest.state == "open",
        )
    )
    if waiting is not None:
        raise DomainError(errors.PENDING, at=_when(actor, waiting.asked_at))
    seen = await _may_see(session, actor, customer)
    request = HandoverRequest(
        customer_id=customer.id,
        asker_id=actor.id,
        asked_at=now(session),
        known_as=customer.name if seen else None,
        state="open",
    )
    session.add(request)
    await session.flush()
    return Asked(request, customer, await _givers(session, customer, owner_alone=seen))


async def agree(session: AsyncSession, actor: Actor, request_id: int) -> Asked:
    """Give it to who asked. Raises `handover.decided`, `employee.has_left`, `not_allowed`, `not_found`."""
    request, customer = await _open(session, actor, request_id)
    asker = await org.actor(session, request.asker_id)
    if asker is None:
        name = (await session.get_one(Employee, request.asker_id)).name
        raise DomainError(HAS_LEFT, name=name)
    await move(session, [customer], Kind.TRANSFER, by_id=actor.id, to_owner_id=asker.id)
    _decide(session, request, "agreed", actor.id)
    waiting_too = select(HandoverRequest).where(
        HandoverRequest.customer_id == customer.id,
        HandoverRequest.state == "open",
        HandoverRequest.id != request.id,
    )
    overtaken = tuple(await session.scalars(waiting_too.order_by(HandoverRequest.id)))
    for one in overtaken:
        _decide(session, one, "overtaken", actor.id)
    await session.flush()
    return Asked(request, customer, (asker,), overtaken)


async def decline(session: AsyncSession, actor: Actor, request_id: int, reason: str) -> Asked:
    """It stays where it is. Raises `required` without a reason, and as `agree`."""
    said = " ".join(reason.split())
    if not said:
        raise DomainError(REQUIRED, field="reason")
    if len(said) > LONGEST_REASON:
        raise DomainError(TOO_LONG, field="reason", max=LONGEST_REASON)
    request, customer = await _open(session, actor, request_id)
    request.reason = said
    _decide(session, request, "declined", actor.id)
    await session.flush()
    asker = await org.actor(session, request.asker_id)
    return Asked(request, customer, (asker,) if asker else ())


async def withdraw(session: AsyncSession, actor: Actor, request_id: int) -> HandoverRequest:
    """Who asked no longer wants it. Raises `handover.decided`, `not_found` for somebody else's."""
    request = await _locked(session, request_id)
    if request.asker_id != actor.id:
        raise DomainError(NOT_FOUND)
    await _refuse_decided(session, actor, request)
    _decide(session, request, "withdrawn", actor.id)
    await session.flush()
    return request


async def find(session: AsyncSession, actor: Actor, request_id: int) -> AnyRow:
    """A request that the actor may decide on, or has made. Raises `not_found`."""
    row = (await session.execute(_rows().where(HandoverRequest.id == request_id))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    if row.asker_id != actor.id:
        customer = await session.get_one(Customer, row.customer_id)
        try:
            await require(session, actor, GIVE, on=customer)
        except DomainError as error:
            raise DomainError(NOT_FOUND if error.code == NOT_ALLOWED else error.code) from error
    return row


async def waiting(session: AsyncSession, actor: Actor, at: At = FIRST, limit: int = 6) -> Page:
    """A page of the open requests that the actor may decide on, the oldest first."""
    statement = visible(_rows().where(HandoverRequest.state == "open"), actor, GIVE, TIES)
    others = statement.where(HandoverRequest.asker_id != actor.id)
    return await paged(session, others, (HandoverRequest.asked_at, HandoverRequest.id), at, limit)


def _rows():
    return (
        select(
            HandoverRequest.id,
            HandoverRequest.customer_id,
            HandoverRequest.asker_id,
            HandoverRequest.asked_at,
            HandoverRequest.known_as,
            HandoverRequest.state,
            HandoverRequest.reason,
            Customer.name.label("customer"),
            Employee.name.label("asker"),
        )
        .join(Customer, Customer.id == HandoverRequest.customer_id)
        .join(Employee, Employee.id == HandoverRequest.asker_id)
    )


async def _open(session: AsyncSession, actor: Actor, request_id: int) -> tuple[HandoverRequest, Customer]:
    """The request and its customer, both locked, for who may give it."""
    customer_id = await session.scalar(select(HandoverRequest.customer_id).where(HandoverRequest.id == request_id))
    if customer_id is None:
        raise DomainError(NOT_FOUND)
    customer = await locked(session, customer_id)
    request = await _locked(session, request_id)
    if request.state != "open" and actor.id == request.decided_by:
        await _refuse_decided(session, actor, request)
    await require(session, actor, GIVE, on=customer)
    await _refuse_decided(session, actor, request)
    return request, customer


async def _locked(session: AsyncSession, request_id: int) -> HandoverRequest:
    request = await session.get(HandoverRequest, request_id, with_for_update=True, populate_existing=True)
    if request is None:
        raise DomainError(NOT_FOUND)
    return request


async def _refuse_decided(session: AsyncSession, actor: Actor, request: HandoverRequest) -> None:
    if request.state == "open" or request.decided_at is None:
        return
    who = await session.get(Employee, request.decided_by) if request.decided_by else None
    raise DomainError(errors.DECIDED, who=who.name if who else "Rounds", at=_when(actor, request.decided_at))


def _decide(session: AsyncSession, request: HandoverRequest, state: str, by_id: int) -> None:
    request.state, request.decided_by, request.decided_at = state, by_id, now(session)


async def _may_see(session: AsyncSession, actor: Actor, customer: Customer) -> bool:
    try:
        await require(session, actor, READ, on=customer)
    except DomainError:
        return False
    return True


async def _givers(session: AsyncSession, customer: Customer, *, owner_alone: bool) -> tuple[Actor, ...]:
    """The owner; unless that is enough, or nobody is there, the nearest superior who is."""
    owner = await session.get_one(Employee, customer.owner_id)
    there = await org.actor(session, owner.id)
    givers = [there] if there is not None else []
    if there is None or not owner_alone:
        for superior in reversed([one for one in owner.chain if one != owner.id]):
            if (who := await org.actor(session, superior)) is not None:
                givers.append(who)
                break
    return tuple(givers)


def _when(actor: Actor, at: datetime) -> str:
    return f"{actor.local(at):%m-%d %H:%M}"


async def _allowed(session: AsyncSession, actor: Actor, request: HandoverRequest) -> None:
    if request.asker_id != actor.id:
        await require(session, actor, GIVE, on=await session.get_one(Customer, request.customer_id))


async def _label(_session: AsyncSession, request: HandoverRequest) -> str:
    return request.known_as or ""


undoable(HandoverRequest, allowed=_allowed, label=_label)
