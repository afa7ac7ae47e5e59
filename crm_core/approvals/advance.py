"""What follows from a decision: a step passes, the next one opens, the request ends. Decided by the rules the request
began with; nobody is asked, nothing is skipped silently.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals import errors
from crm_core.approvals.case import Case, note
from crm_core.approvals.conditions import Facts, comes
from crm_core.approvals.directory import people_for, units_of
from crm_core.approvals.events import ApprovalEnded
from crm_core.approvals.facts import Chair, Kind, Status, Visit, Went
from crm_core.approvals.models import ApprovalCopy, ApprovalEffect, ApprovalTimer
from crm_core.approvals.people import Asked, Chosen, People, signers
from crm_core.kit.calendars import after_working_time
from crm_core.kit.db import now
from crm_core.kit.errors import Conflict, DomainError
from crm_core.kit.events import publish
from crm_core.org.models import Company, Employee
from crm_core.org.workdays import work_table
from crm_core.playbook.flows import Sla, Step

UNFORESEEN: Final = "unforeseen"
"""The step of a request that none of its flow's steps was for: somebody signs all the same."""


async def advance(session: AsyncSession, case: Case) -> None:
    """After a decision: what the active step has come to, and everything that follows from it."""
    visit = case.request.visit
    if visit is None:
        return
    outcome = case.request.outcome(visit)
    if outcome is Went.REJECTED:
        await end(session, case, Status.REJECTED)
    elif outcome is Went.PASSED:
        await note(session, case, Kind.PASSED, data={"node": visit.node})
        await _open_after(session, case, visit)
    else:
        await _carry_over(session, case)


async def opening(session: AsyncSession, case: Case, node: str) -> None:
    """Open this step, or the first one behind it that is for this request."""
    keys = [one.id for one in case.flow.steps]
    await _open_from(session, case, keys.index(node))


async def _open_after(session: AsyncSession, case: Case, visit: Visit) -> None:
    keys = [one.id for one in case.flow.steps]
    await _open_from(session, case, keys.index(visit.node) + 1 if visit.node in keys else len(keys))


async def _open_from(session: AsyncSession, case: Case, at: int) -> None:
    facts, people = await _known(session, case)
    step = next((one for one in case.flow.steps[at:] if comes(one.when, facts)), None)
    if step is None and _signed_in_this_round(case):
        await end(session, case, Status.APPROVED)
        return
    await _open(session, case, people, step)
    await _carry_over(session, case)


def _signed_in_this_round(case: Case) -> bool:
    here = {one.seq for one in case.request.visits if one.round == case.request.round}
    return any(one.visit in here for one in case.request.approvals())


async def _known(session: AsyncSession, case: Case) -> tuple[Facts, People]:
    row, request = case.row, case.request
    picks = [int(one) for one in row.picks.values()]
    people = await people_for(session, case.flow, request.applicant, request.form, picks)
    applicant = await session.get_one(Employee, request.applicant)
    units = await units_of(session, applicant.unit_id)
    return Facts(request.form, row.amount, days_of(request.form), frozenset(applicant.roles), units), people


def days_of(form: Mapping[str, Any]) -> Decimal | None:
    """How many days a request is about: as its form says, or from its first day to its last, both counted."""
    if (said := form.get("days")) is not None:
        return Decimal(str(said))
    since, until = form.get("since"), form.get("until")
    if not since or not until:
        return None
    return Decimal((date.fromisoformat(until) - date.fromisoformat(since)).days + 1)


async def _open(session: AsyncSession, case: Case, people: People, step: Step | None) -> None:
    asked = Asked(case.request.form, {key: int(one) for key, one in case.row.picks.items()})
    rules = step.approvers if step else ()
    chosen = signers(people, step.id if step else UNFORESEEN, rules, case.flow.policy, asked)
    if not chosen:
        raise DomainError(errors.NOBODY_SIGNS)
    await _keep(session, [one.holder for one in chosen])
    due_at = await _due(session, case, step.sla) if step and step.sla else None
    data: dict[str, Any] = {
        "node": step.id if step else UNFORESEEN,
        "mode": step.mode if step else "any",
        "seats": [_seat(one) for one in chosen],
        "due_at": due_at[1].isoformat() if due_at else None,
    }
    await note(session, case, Kind.OPENED, data=data)
    if due_at:
        values = {"approval_id": case.id, "step": len(case.request.visits)}
        rows = [values | {"kind": kind, "due_at": at} for kind, at in zip(("half", "due"), due_at, strict=True)]
        await session.execute(insert(ApprovalTimer), rows)


async def _keep(session: AsyncSession, ids: Sequence[int]) -> None:
    """Those who are to sign do not leave meanwhile; if one just has, the command is tried again."""
    statement = select(Employee.left_at).where(Employee.id.in_(ids)).order_by(Employee.id)
    if any(await session.scalars(statement.with_for_update(key_share=True, read=True))):
        raise Conflict


def _seat(one: Chosen) -> dict[str, Any]:
    return {"holder": one.holder} | ({"why": one.why} if one.why else {})


async def _due(session: AsyncSession, case: Case, sla: Sla) -> tuple[datetime, datetime]:
    """When half of the time has gone, and all of it."""
    moment, half = now(session), timedelta(hours=sla.hours) / 2
    if sla.calendar == "clock":
        return moment + half, moment + 2 * half
    company, hours = await session.get_one(Company, 1), case.book.working_hours
    table = await work_table(session)
    reckoned = (
        after_working_time(moment, length, ZoneInfo(company.zone), opens=hours.start, closes=hours.end, table=table)
        for length in (half, 2 * half)
    )
    return next(reckoned), next(reckoned)


async def _carry_over(session: AsyncSession, case: Case) -> None:
    """Who has just approved in the step before need not press again (merge_consecutive)."""
    visit = case.request.visit
    if visit is None or case.flow.policy.repeat_approver != "merge_consecutive":
        return
    given = _approved_before(case, visit)
    chair = next((one for one in case.request.open_chairs() if one.holder in given and one.by is None), None)
    if chair is not None:
        before = given[chair.holder]
        deputy_of = chair.holder if before.by != chair.holder else None
        data = {"carried": before.no}
        await note(session, case, Kind.APPROVED, actor=before.by, for_id=deputy_of, seat=chair, data=data)
        await advance(session, case)


def _approved_before(case: Case, visit: Visit) -> dict[int, Chair]:
    """Who approved in the step that led straight to this one, with the seat."""
    if visit.seq < 2:
        return {}
    before = case.request.visits[visit.seq - 2]
    if before.went is not Went.PASSED or before.round != visit.round:
        return {}
    return {one.holder: one for one in case.request.approvals() if one.visit == before.seq}


async def end(session: AsyncSession, case: Case, status: Status, by: int | None = None) -> None:
    """The end of a request, told to the features above it once."""
    if status is not Status.REVOKED:  # that is a fact of its own
        await note(session, case, Kind.ENDED, data={"as": status.value})
    row = case.row
    await session.execute(
        insert(ApprovalEffect).values(
            approval_id=row.id, round=case.request.round, name=f"ended {status.value}", at=now(session)
        )
    )
    if status is Status.APPROVED:
        await _copy(session, case)
    told = ApprovalEnded(
        row.id, row.flow, row.subject_type, row.subject_id, row.applicant_id, case.request.round, status, by
    )
    await publish(session, told)


async def _copy(session: AsyncSession, case: Case) -> None:
    """Tell those the flow wants told, who do not know already."""
    if not case.flow.cc:
        return
    _, people = await _known(session, case)
    named = _reached(people, case)
    told = [one for one in named if one not in case.request.signers()]
    known = set(await session.scalars(select(ApprovalCopy.employee_id).where(ApprovalCopy.approval_id == case.id)))
    if fresh := [one for one in told if one not in known]:
        rows = [{"approval_id": case.id, "employee_id": one, "at": now(session)} for one in fresh]
        await session.execute(insert(ApprovalCopy), rows)
        await note(session, case, Kind.COPIED, data={"to": fresh})


def _reached(people: People, case: Case) -> Sequence[int]:
    asked = Asked(case.request.form)
    found: dict[int, None] = {}
    for rule in case.flow.cc:
        for one in signers(people, "cc", [rule], case.flow.policy, asked):
            if one.why is None:
                found[one.holder] = None
    return list(found)
