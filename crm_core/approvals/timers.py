"""Time that goes by: reminders at half of a step's time, at its end the applicant is told and a superior may sign too.

Nothing is ever approved by waiting. Who leaves the company is replaced on open seats.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals import errors
from crm_core.approvals.case import Case, note, open_case, settle
from crm_core.approvals.directory import people_for
from crm_core.approvals.events import SeatsReplaced
from crm_core.approvals.facts import Chair, Kind, Origin, Status
from crm_core.approvals.models import Approval, ApprovalSeat, ApprovalTimer
from crm_core.approvals.people import People
from crm_core.approvals.permissions import REASSIGN
from crm_core.approvals.service import consents
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.events import publish, subscribe
from crm_core.org.actor import Actor
from crm_core.org.errors import HAS_LEFT
from crm_core.org.events import EmployeeLeft
from crm_core.org.holdings import holding
from crm_core.org.models import Employee
from crm_core.org.rights import require


@dataclass(frozen=True, slots=True)
class Fired:
    """A timer that went off: who is reminded, and whether the applicant is told and somebody may sign besides."""

    case: Case
    late: bool
    reminded: tuple[Chair, ...]


async def due(session: AsyncSession, limit: int = 100) -> list[tuple[int, int]]:
    """What is due now, the longest due first: the timers' ids, and those of their requests."""
    statement = (
        select(ApprovalTimer.id, ApprovalTimer.approval_id)
        .where(ApprovalTimer.done_at.is_(None), ApprovalTimer.due_at <= now(session))
        .order_by(ApprovalTimer.due_at, ApprovalTimer.id)
        .limit(limit)
    )
    return [(row.id, row.approval_id) for row in await session.execute(statement)]


async def next_due(session: AsyncSession) -> datetime | None:
    return await session.scalar(select(func.min(ApprovalTimer.due_at)).where(ApprovalTimer.done_at.is_(None)))


async def put_off(session: AsyncSession, timer_id: int, until: datetime) -> None:
    """Look at a timer again later: letting it go off failed, and others are due."""
    timer = await session.get(ApprovalTimer, timer_id, with_for_update=True, populate_existing=True)
    if timer is not None and timer.done_at is None:
        timer.due_at = until
        await session.flush()


async def fire(session: AsyncSession, timer_id: int, approval_id: int) -> Fired | None:
    """Let a timer go off, once; nothing if its step is closed or another clock was quicker."""
    case = await open_case(session, approval_id)
    timer = await session.get(ApprovalTimer, timer_id, with_for_update=True, populate_existing=True)
    if timer is None or timer.done_at is not None or timer.due_at > now(session):
        return None
    visit = case.request.visit
    alive = visit is not None and visit.seq == timer.step and case.request.status is Status.RUNNING
    timer.done_at, timer.fired = now(session), alive
    await session.flush()
    if not alive or visit is None:
        return None
    waiting = tuple(case.request.open_chairs())
    late = timer.kind == "due"
    data = {"late": late, "to": [one.holder for one in waiting]}
    await note(session, case, Kind.REMINDED, data=data)
    step = next((one for one in case.flow.steps if one.id == visit.node), None)
    if late and step is not None and step.sla is not None and step.sla.then == "escalate":
        people = await people_for(session, case.flow, case.request.applicant, {}, [one.holder for one in waiting])
        for chair in waiting:
            await _escalate(session, case, people, chair)
    await settle(session, case)
    return Fired(case, late, waiting)


async def _escalate(session: AsyncSession, case: Case, people: People, chair: Chair) -> None:
    """A second hand on the vote: the nearest superior of who is late. Nobody loses a seat by it."""
    if chair.origin in {Origin.BEFORE, Origin.AFTER}:
        return  # whoever added them may sign or remove them
    visit = case.request.visit
    assert visit is not None
    above = (one.id for one in people.superiors(chair.holder) if people.fit(one.id))
    admins = (one for one in people.with_role("admin") if people.fit(one))
    to = next((one for one in (*above, *admins) if case.request.live_of(one, visit) is None), None)
    if to is not None:
        await note(session, case, Kind.ESCALATED, seat=chair, data={"to": to})


async def reassign(session: AsyncSession, actor: Actor, seat_id: int, to: int, *, key: str | None = None) -> Case:
    """An admin puts somebody else on a seat. Raises `not_allowed`, `not_found`, `approval.decided`,
    `approval.own_request`, `approval.signs_already`, `employee.has_left`.
    """
    await require(session, actor, REASSIGN)
    where = select(ApprovalSeat.approval_id, ApprovalSeat.no).where(ApprovalSeat.id == seat_id)
    found = (await session.execute(where)).one_or_none()
    if found is None:
        raise DomainError(NOT_FOUND)
    case = await open_case(session, found.approval_id, key)
    if case.again:
        return case
    chair = case.request.chairs[found.no]
    if not chair.pending:
        raise DomainError(errors.DECIDED, name=None, at=chair.decided_at, how=chair.state.value)
    person = await session.get(Employee, to, with_for_update={"key_share": True}, populate_existing=True)
    if person is None or person.left_at is not None:
        raise DomainError(HAS_LEFT, field="to", name=person.name if person else "?")
    if case.request.applicant in {to, actor.id}:
        raise DomainError(errors.OWN_REQUEST, field="to")
    if case.request.live_of(to, case.request.visits[chair.visit - 1]) is not None:
        raise DomainError(errors.SIGNS_ALREADY, field="to", name=person.name)
    await note(session, case, Kind.REASSIGNED, actor=actor.id, seat=chair, data={"from": chair.holder, "to": to})
    await settle(session, case)
    return case


@subscribe(EmployeeLeft)
async def replace_who_left(session: AsyncSession, event: EmployeeLeft) -> None:
    """Open and waiting seats of who has left go to the nearest superior who may sign, else to an admin; a consent that
    was awaited is asked of whoever approved before.
    """
    left = event.employee_id
    sits = select(ApprovalSeat.approval_id).where(ApprovalSeat.holder_id == left, ApprovalSeat.state == "pending")
    asked = select(Approval.id).where(Approval.revoke_asked == left)
    for approval_id in sorted({*await session.scalars(sits), *await session.scalars(asked)}):
        case = await open_case(session, approval_id)
        people = await people_for(session, case.flow, case.request.applicant, {}, [left])
        for chair in [one for one in case.request.chairs.values() if one.pending and one.holder == left]:
            to = _successor(case, people, chair)
            if to is None:
                raise DomainError(errors.NOBODY_SIGNS)
            await note(session, case, Kind.REASSIGNED, seat=chair, data={"from": left, "to": to, "why": "left"})
        if case.request.revoke_asked == left:
            await note(session, case, Kind.REVOKE_ASKED, data={"of": await consents(session, case), "why": "left"})
        await settle(session, case)
        await publish(session, SeatsReplaced(case))


def _successor(case: Case, people: People, chair: Chair) -> int | None:
    visit = case.request.visits[chair.visit - 1]
    above = (one.id for one in people.superiors(chair.holder) if people.fit(one.id))
    others = (one for one in sorted(people.known) if people.fit(one))
    fitting = (one for one in (*above, *people.with_role("admin"), *others) if people.fit(one))
    return next((one for one in fitting if case.request.live_of(one, visit) is None), None)


@holding("signatures", order=30)
async def signatures(session: AsyncSession, employee_id: int) -> int:
    """How many requests wait for somebody's signature."""
    statement = select(func.count()).where(ApprovalSeat.holder_id == employee_id, ApprovalSeat.state == "pending")
    return await session.scalar(statement) or 0


@holding("requests", order=31)
async def requests(session: AsyncSession, employee_id: int) -> int:
    """How many of somebody's own requests are on their way."""
    statement = select(func.count()).where(Approval.applicant_id == employee_id, Approval.ended_at.is_(None))
    return await session.scalar(statement) or 0
