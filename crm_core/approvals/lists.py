"""Lists of requests, page by page; what an applicant asked for before; who stands in for those who sign."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.facts import Status
from crm_core.approvals.models import Approval, ApprovalCopy, ApprovalSeat, ApprovalStep
from crm_core.approvals.permissions import READ_ALL
from crm_core.approvals.queries import columns, readable, waits
from crm_core.kit.db import AnyRow, AnySelect, now
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, StandIn
from crm_core.org.rights import may


def _waiting(actor: Actor) -> AnySelect:
    return (
        columns()
        .add_columns(ApprovalSeat.id.label("seat"), ApprovalSeat.holder_id, ApprovalSeat.since, ApprovalStep.due_at)
        .join(ApprovalSeat, ApprovalSeat.approval_id == Approval.id)
        .join(
            ApprovalStep,
            (ApprovalStep.approval_id == ApprovalSeat.approval_id) & (ApprovalStep.seq == ApprovalSeat.step),
        )
        .where(*waits(actor))
    )


async def waiting(session: AsyncSession, actor: Actor, at: At = FIRST, limit: int = 6) -> Page:
    """What waits for the actor's signature, the oldest first, in pages keyed by the seat."""
    return await paged(session, _waiting(actor), (ApprovalSeat.id, ApprovalSeat.id), at, limit)


async def waiting_among(session: AsyncSession, actor: Actor, seats: Iterable[int]) -> Sequence[AnyRow]:
    """Those of these seats that wait for the actor, in the order of their requests."""
    statement = _waiting(actor).where(ApprovalSeat.id.in_(list(seats))).order_by(Approval.id, ApprovalSeat.id)
    return (await session.execute(statement)).all()


async def all_waiting(session: AsyncSession, actor: Actor, limit: int) -> list[int]:
    """The seats that wait for the actor, the oldest first."""
    statement = select(ApprovalSeat.id).join(Approval, Approval.id == ApprovalSeat.approval_id).where(*waits(actor))
    return list(await session.scalars(statement.order_by(ApprovalSeat.id).limit(limit)))


async def own(session: AsyncSession, actor: Actor, at: At = FIRST, limit: int = 6) -> Page:
    """What the actor applied for, the newest first."""
    statement = columns().where(Approval.applicant_id == actor.id)
    return await paged(session, statement, (Approval.id, Approval.id), at, limit, descending=True)


async def count_own(session: AsyncSession, actor: Actor) -> int:
    """How many of the actor's requests are under way."""
    statement = select(func.count()).where(Approval.applicant_id == actor.id, Approval.ended_at.is_(None))
    return await session.scalar(statement) or 0


async def all_of(session: AsyncSession, actor: Actor, kind: str | None, at: At = FIRST, limit: int = 6) -> Page:
    """Every request that the actor may read, of a kind of flow if one is named; the newest first."""
    statement = columns()
    if not may(actor, READ_ALL):
        statement = statement.where(Approval.id.in_(_readable_ids(actor)))
    if kind is not None:
        statement = statement.where(Approval.kind == kind)
    return await paged(session, statement, (Approval.id, Approval.id), at, limit, descending=True)


async def about(session: AsyncSession, actor: Actor, customer_id: int, at: At = FIRST, limit: int = 6) -> Page:
    """The requests about a customer that the actor may read, the newest first."""
    statement = readable(columns().where(Approval.about_id == customer_id), actor)
    return await paged(session, statement, (Approval.id, Approval.id), at, limit, descending=True)


def _readable_ids(actor: Actor) -> AnySelect:
    """Found by whose they are, so that the cost does not grow with the company's."""
    selves = [actor.id, *actor.stands_for]
    return select(
        union(
            select(Approval.id.label("id")).where(Approval.applicant_id == actor.id),
            select(Approval.id).where(Approval.revoke_asked.in_(selves)),
            select(ApprovalSeat.approval_id).where(ApprovalSeat.holder_id.in_(selves)),
            select(ApprovalSeat.approval_id).where(ApprovalSeat.by_id == actor.id),
            select(ApprovalCopy.approval_id).where(ApprovalCopy.employee_id == actor.id),
        ).subquery()
    )


@dataclass(frozen=True, slots=True)
class Past:
    """What an applicant got by the same flow before, in this year: how often, and the sum."""

    count: int = 0
    total: Decimal = Decimal(0)


async def past(session: AsyncSession, row: Approval, since: datetime) -> Past:
    """The applicant's approved requests of the same flow from then on, without this one."""
    statement = select(func.count(), func.coalesce(func.sum(Approval.amount), 0)).where(
        Approval.applicant_id == row.applicant_id,
        Approval.flow == row.flow,
        Approval.status == Status.APPROVED.value,
        Approval.submitted_at >= since,
        Approval.id != row.id,
    )
    count, total = (await session.execute(statement)).one()
    return Past(count, Decimal(total or 0))


async def deputies(session: AsyncSession, absent: Iterable[int], applicant: int) -> dict[int, int]:
    """Who may sign in these people's places now: whom each stands in for, by id. Nobody who stands in for the
    applicant, nor the applicant.
    """
    moment = now(session)
    statement = (
        select(StandIn.deputy_id, StandIn.absent_id)
        .join(Employee, Employee.id == StandIn.deputy_id)
        .where(StandIn.starts_at <= moment, StandIn.ends_at > moment, Employee.left_at.is_(None))
        .where(StandIn.absent_id.in_([*absent, applicant]))
    )
    rows = (await session.execute(statement)).all()
    barred = {applicant, *(row.deputy_id for row in rows if row.absent_id == applicant)}
    return {row.deputy_id: row.absent_id for row in rows if row.deputy_id not in barred}


async def colleagues(
    session: AsyncSession, text: str, *, without: Iterable[int] = (), near: int | None = None, limit: int = 6
) -> Sequence[AnyRow]:
    """Colleagues who can be asked to sign, by a part of the name: rows of (id, name); those of a unit first."""
    statement = select(Employee.id, Employee.name).where(Employee.left_at.is_(None), Employee.id.not_in(list(without)))
    if text:
        statement = statement.where(Employee.name.icontains(text, autoescape=True))
    return (await session.execute(statement.order_by(Employee.unit_id != near, Employee.id).limit(limit))).all()
