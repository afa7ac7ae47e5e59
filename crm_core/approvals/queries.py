"""Reading requests: what waits for whom, what one applied for, and everything on one of them.

Who applied, who signs, signed or passed it on, who is told, and whose permission says so read a request; nobody else
knows of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from crm_core.approvals.case import facts_of
from crm_core.approvals.facts import Fact
from crm_core.approvals.models import Approval, ApprovalCopy, ApprovalFact, ApprovalSeat
from crm_core.approvals.permissions import READ_ALL
from crm_core.approvals.state import Request, fold
from crm_core.kit.db import AnyRow, AnySelect
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import may
from crm_core.playbook.flows import Flow
from crm_core.playbook.service import in_force


def _readable(actor: Actor) -> ColumnElement[bool]:
    """The condition that the actor may read a request."""
    selves = [actor.id, *actor.stands_for]
    signs = exists().where(
        ApprovalSeat.approval_id == Approval.id,
        or_(ApprovalSeat.holder_id.in_(selves), ApprovalSeat.by_id == actor.id),
    )
    told = exists().where(ApprovalCopy.approval_id == Approval.id, ApprovalCopy.employee_id == actor.id)
    acted = exists().where(ApprovalFact.approval_id == Approval.id, ApprovalFact.actor_id == actor.id)
    return or_(Approval.applicant_id == actor.id, Approval.revoke_asked.in_(selves), signs, told, acted)


def readable(statement: AnySelect, actor: Actor) -> AnySelect:
    """The statement on requests, narrowed to those the actor may read."""
    return statement if may(actor, READ_ALL) else statement.where(_readable(actor))


async def may_read(session: AsyncSession, actor: Actor, row: Approval) -> bool:
    statement = readable(select(Approval.id).where(Approval.id == row.id), actor)
    return await session.scalar(statement) is not None


@dataclass(frozen=True, slots=True)
class Whole:
    """A request with all that happened, and the rules it runs by."""

    row: Approval
    flow: Flow
    request: Request
    facts: Sequence[Fact]
    seats: dict[int, int]
    names: dict[int, str]


async def whole(session: AsyncSession, actor: Actor, approval_id: int) -> Whole:
    """Everything on one request. Raises `not_found`, for whoever may not read it too."""
    row = await session.get(Approval, approval_id)
    if row is None or not await may_read(session, actor, row):
        raise DomainError(NOT_FOUND)
    return await unchecked(session, row)


async def unchecked(session: AsyncSession, row: Approval) -> Whole:
    """`whole` for Rounds' own use: a notice to people who are known to be on it."""
    facts = await facts_of(session, row.id)
    request = fold(facts)
    book = await in_force(session, row.playbook_version)
    statement = select(ApprovalSeat.no, ApprovalSeat.id).where(ApprovalSeat.approval_id == row.id)
    seats = dict(iter(await session.execute(statement)))
    people = {request.applicant, *request.signers(), *(one.actor for one in facts if one.actor)}
    people |= {one.for_id for one in facts if one.for_id} | {one for fact in facts for one in _told(fact)}
    if request.revoke_asked is not None:
        people.add(request.revoke_asked)
    names = await names_of(session, people)
    return Whole(row, book.flow(row.flow), request, facts, seats, names)


def _told(fact: Fact) -> list[int]:
    to = fact.data.get("to")
    found = [*cast("list[int]", to)] if isinstance(to, list) else [to, fact.data.get("from"), fact.data.get("of")]
    return [one for one in found if isinstance(one, int)]


async def names_of(session: AsyncSession, ids: set[int]) -> dict[int, str]:
    rows = await session.execute(select(Employee.id, Employee.name).where(Employee.id.in_(ids)))
    return {row.id: row.name for row in rows}


def columns() -> AnySelect:
    """What lists show of a request."""
    return select(
        Approval.id,
        Approval.flow,
        Approval.playbook_version,
        Approval.title,
        Approval.amount,
        Approval.status,
        Approval.applicant_id,
        Employee.name.label("applicant"),
        Approval.submitted_at,
        Approval.changed_at,
        Approval.ended_at,
    ).join(Employee, Employee.id == Approval.applicant_id)


def waits(actor: Actor) -> tuple[ColumnElement[bool] | InstrumentedAttribute[bool], ...]:
    """The conditions that a seat waits for the actor, on one's own account or in somebody's place. Whose own request
    it is does not sign it, by no way.
    """
    own = ApprovalSeat.holder_id == actor.id
    deputy = ApprovalSeat.holder_id.in_(actor.stands_for) & Approval.applicant_id.not_in(actor.stands_for)
    whose = or_(own, deputy) if actor.stands_for else own
    return whose, ApprovalSeat.open, Approval.applicant_id != actor.id


async def count_pending(session: AsyncSession, actor: Actor) -> int:
    statement = select(func.count()).select_from(ApprovalSeat).join(Approval, Approval.id == ApprovalSeat.approval_id)
    return await session.scalar(statement.where(*waits(actor))) or 0


async def seat_of(session: AsyncSession, actor: Actor, approval_id: int) -> AnyRow | None:
    """The actor's open seat on a request, one's own before those one stands in for: a row of (id, holder_id)."""
    statement = (
        select(ApprovalSeat.id, ApprovalSeat.holder_id)
        .join(Approval, Approval.id == ApprovalSeat.approval_id)
        .where(*waits(actor), Approval.id == approval_id)
        .order_by(ApprovalSeat.holder_id != actor.id, ApprovalSeat.id)
        .limit(1)
    )
    return (await session.execute(statement)).one_or_none()


async def waiting_on(session: AsyncSession, approval_ids: Sequence[int]) -> dict[int, list[tuple[str, datetime]]]:
    """Who is to sign each of these requests now, and since when."""
    statement = (
        select(ApprovalSeat.approval_id, Employee.name, ApprovalSeat.since)
        .join(Employee, Employee.id == ApprovalSeat.holder_id)
        .where(ApprovalSeat.approval_id.in_(approval_ids), ApprovalSeat.open)
        .order_by(ApprovalSeat.id)
    )
    found: dict[int, list[tuple[str, datetime]]] = {one: [] for one in approval_ids}
    for row in await session.execute(statement):
        found[row.approval_id].append((row.name, row.since))
    return found


async def request_of(session: AsyncSession, kind: str, subject_id: int) -> Approval | None:
    """The latest request of a record."""
    statement = select(Approval).where(Approval.subject_type == kind, Approval.subject_id == subject_id)
    return await session.scalar(statement.order_by(Approval.id.desc()).limit(1))
