"""Handovers that are being prepared: looked at, set right by hand, then carried out or left alone."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.service import act_as
from crm_core.customers.models import Customer
from crm_core.customers.queries import rows_for
from crm_core.handover import errors
from crm_core.handover.models import HandoverPlan
from crm_core.handover.permissions import HAND_OVER
from crm_core.handover.queries import of_part
from crm_core.handover.service import (
    MOST_RECEIVERS,
    MOST_TAKEN_BACK,
    HandOver,
    Outlook,
    hand_over,
    outlook,
    refuse_unable,
)
from crm_core.handover.shares import STAYS, Rule
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import require


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan with what would go where."""

    plan: HandoverPlan
    outlook: Outlook


async def prepare(
    session: AsyncSession, actor: Actor, from_id: int, rule: Rule, part: str | None, *, leaves: bool
) -> HandoverPlan:
    """Begin a plan; one that the actor began for the same person before and never carried out is forgotten."""
    await require(session, actor, HAND_OVER, on=from_id)
    of_part(part)
    mine = (HandoverPlan.by_id == actor.id, HandoverPlan.from_id == from_id, HandoverPlan.done_at.is_(None))
    for old in await session.scalars(select(HandoverPlan).where(*mine)):
        await session.delete(old)
    plan = HandoverPlan(
        from_id=from_id,
        by_id=actor.id,
        rule=rule.value,
        to_ids=[],
        by_hand={},
        part=part,
        leaves=leaves,
        created_at=now(session),
    )
    session.add(plan)
    await session.flush()
    return plan


async def find(session: AsyncSession, actor: Actor, plan_id: int, *, lock: bool = False) -> HandoverPlan:
    """The actor's own plan. Raises `not_found`, `handover.done`."""
    plan = await session.get(HandoverPlan, plan_id, with_for_update=lock or None, populate_existing=True)
    if plan is None or plan.by_id != actor.id:
        raise DomainError(NOT_FOUND)
    if plan.done_at is not None:
        raise DomainError(errors.DONE)
    return plan


def command_of(plan: HandoverPlan, seen: int | None = None) -> HandOver:
    return HandOver(
        from_id=plan.from_id,
        rule=Rule(plan.rule),
        to=tuple(plan.to_ids),
        by_hand={int(one): int(who) for one, who in plan.by_hand.items()},
        part=plan.part,
        leaves=plan.leaves,
        seen=seen,
    )


async def look(session: AsyncSession, actor: Actor, plan: HandoverPlan) -> Prepared:
    """What would go where, as things stand."""
    return Prepared(plan, await outlook(session, actor, command_of(plan)))


async def toggle(session: AsyncSession, actor: Actor, plan_id: int, employee_id: int) -> HandoverPlan:
    """Let a colleague be one of those who get something, or no longer; of a single receiver it is the one."""
    plan = await find(session, actor, plan_id, lock=True)
    await require(session, actor, HAND_OVER, on=plan.from_id)
    taker = await session.get(Employee, employee_id)
    if taker is None:
        raise DomainError(NOT_FOUND)
    if taker.id == plan.from_id:
        raise DomainError(errors.TO_SELF, field="to", name=taker.name)
    refuse_unable(taker)
    if plan.rule == Rule.ONE.value:
        plan.to_ids = [taker.id]
    elif taker.id in plan.to_ids:
        plan.to_ids = [one for one in plan.to_ids if one != taker.id]
    elif len(plan.to_ids) >= MOST_RECEIVERS:
        raise DomainError(errors.TOO_MANY, field="to", max=MOST_RECEIVERS)
    else:
        plan.to_ids = [*plan.to_ids, taker.id]
    await session.flush()
    return plan


async def give_by_hand(
    session: AsyncSession, actor: Actor, plan_id: int, customer_id: int, employee_id: int
) -> HandoverPlan:
    """Say for one customer who gets it; 0: it stays. Raises `not_found` for a customer that is not theirs."""
    plan = await find(session, actor, plan_id, lock=True)
    await require(session, actor, HAND_OVER, on=plan.from_id)
    theirs = select(Customer.id).where(Customer.id == customer_id, Customer.owner_id == plan.from_id)
    if await session.scalar(theirs) is None:
        raise DomainError(NOT_FOUND)
    if employee_id != STAYS:
        taker = await session.get(Employee, employee_id)
        if taker is None:
            raise DomainError(NOT_FOUND)
        refuse_unable(taker)
    plan.by_hand = plan.by_hand | {str(customer_id): employee_id}
    await session.flush()
    return plan


async def customers_of(session: AsyncSession, actor: Actor, plan: HandoverPlan, at: At = FIRST, limit: int = 6) -> Page:
    """A page of the customers that the plan is about, A-Z."""
    statement = rows_for(actor).where(Customer.owner_id == plan.from_id)
    part = of_part(plan.part)
    if part is not None:
        statement = statement.where(part)
    return await paged(session, statement, (Customer.sort_key, Customer.id), at, limit)


async def carry_out(session: AsyncSession, actor: Actor, plan_id: int, seen: int | None = None) -> Outlook:
    """Hand over as the plan says. Raises `changed_meanwhile` when it is not what was `seen`, and as `hand_over`."""
    plan = await find(session, actor, plan_id, lock=True)
    command = command_of(plan, seen)
    if (await outlook(session, actor, command)).count > MOST_TAKEN_BACK:
        act_as(session, actor.id)  # without a number that it could be taken back by
    plan.done_at = now(session)
    await session.flush()  # by the audit's first entry it is called
    return await hand_over(session, actor, command)
