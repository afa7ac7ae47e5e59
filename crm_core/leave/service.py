"""Asking for leave, and what follows from its approval: the pool's clocks and reminders rest meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals import service as approvals
from crm_core.approvals.case import Case
from crm_core.approvals.events import ApprovalEnded, ApprovalReturned, ApprovalSubmitted
from crm_core.approvals.facts import Status
from crm_core.approvals.service import Apply
from crm_core.customers.models import Customer
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.errors import TOO_LONG as WORDS_TOO_LONG
from crm_core.kit.events import publish, subscribe
from crm_core.leave import errors
from crm_core.leave.models import COUNTS, Absence
from crm_core.leave.permissions import REQUEST
from crm_core.leave.queries import balances, is_away, working_days
from crm_core.org.actor import Actor
from crm_core.org.models import Company
from crm_core.org.queries import today_of
from crm_core.org.rights import require
from crm_core.org.workdays import work_table
from crm_core.playbook.book import Playbook
from crm_core.playbook.fields import Entry
from crm_core.playbook.pools import Pool
from crm_core.playbook.service import in_force
from crm_core.pool.events import DeadlinesMoved
from crm_core.pool.exemptions import exempt

SUBJECT: Final = "absence"
KIND: Final = "sort"
"""The field of the flow's form that names the kind of leave."""
FORM: Final = frozenset({KIND, "since", "until", "reason", "days"})
LONGEST: Final = 366
BACK: Final = 30  # days: who fell ill tells afterwards
LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLeave:
    """Leave to be approved. `extra` is what the company's flow asks besides."""

    flow: str
    kind: str
    since: date
    until: date
    reason: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Asked:
    """A leave, and what became of its request."""

    record: Absence
    case: Case

    @property
    def id(self) -> int:
        return self.record.id


def kinds(book: Playbook, said: str | None = None) -> tuple[Entry, ...]:
    """The kinds of leave that the flow's form lists, the first such flow's if none is said; none without a flow."""
    flow = book.flow_about(SUBJECT) if said is None else book.flow_or_none(said)
    return next((one.options for one in flow.form if one.key == KIND), ()) if flow else ()


async def request_leave(session: AsyncSession, actor: Actor, command: RequestLeave) -> Asked:
    """Ask for leave. Raises `leave.…`, and as `approvals.service.submit`."""
    await require(session, actor, REQUEST)
    book = await in_force(session, actor.playbook_version)
    flow = book.flow_or_none(command.flow)
    if flow is None or flow.subject != SUBJECT:
        raise DomainError(errors.NO_FLOW)
    absence = Absence(employee_id=actor.id, state=Status.RUNNING.value, created_at=now(session))
    await _set(session, book, absence, command, actor.today(now(session)))
    session.add(absence)
    await session.flush()
    form = form_of(absence)
    asked = {one.key for one in flow.form} - FORM
    form |= {key: value for key, value in command.extra.items() if key in asked}
    title = f"{absence.since.isoformat()} – {absence.until.isoformat()}"
    case = await approvals.submit(
        session,
        actor,
        Apply(
            flow=flow.key,
            title=title,
            form=form,
            key=f"{SUBJECT}:{absence.id}",
            subject=(SUBJECT, absence.id),
        ),
    )
    return Asked(absence, case)


def form_of(absence: Absence) -> dict[str, Any]:
    """The leave as the form of its request has it: JSON by key."""
    form: dict[str, Any] = {
        KIND: absence.kind,
        "since": absence.since.isoformat(),
        "until": absence.until.isoformat(),
        "days": absence.days,
    }
    return form if absence.reason is None else form | {"reason": absence.reason}


async def _set(session: AsyncSession, book: Playbook, absence: Absence, said: RequestLeave, today: date) -> None:
    """The values of a leave, checked against the days that its person has left."""
    if said.kind not in {one.key for one in kinds(book, said.flow)}:
        raise DomainError(errors.UNKNOWN_KIND, field="kind")
    if said.until < said.since:
        raise DomainError(errors.ENDS_BEFORE, field="until")
    if (today - said.since).days > BACK:
        raise DomainError(errors.TOO_LONG_AGO, field="since", days=BACK)
    if (said.until - said.since).days >= LONGEST:
        raise DomainError(errors.TOO_LONG, field="until", most=LONGEST)
    absence.kind, absence.since, absence.until = said.kind, said.since, said.until
    absence.days = working_days(said.since, said.until, await work_table(session))
    if absence.days == 0:
        raise DomainError(errors.NO_WORKING_DAY, field="until")
    reason = " ".join((said.reason or "").split())
    if len(reason) > LONGEST_REASON:
        raise DomainError(WORDS_TOO_LONG, field="reason", max=LONGEST_REASON)
    absence.reason = reason or None
    with session.no_autoflush:
        await _refuse_overlap(session, absence)
        await _refuse_too_much(session, book, absence)


async def _refuse_overlap(session: AsyncSession, absence: Absence) -> None:
    there = select(Absence).where(
        Absence.employee_id == absence.employee_id,
        Absence.state.in_(COUNTS),
        Absence.since <= absence.until,
        Absence.until >= absence.since,
        Absence.id.is_distinct_from(absence.id),
    )
    other = await session.scalar(there.order_by(Absence.since).limit(1))
    if other is not None:
        facts = {"since": other.since.isoformat(), "until": other.until.isoformat()}
        raise DomainError(errors.OVERLAPS, field="since", **facts)


async def _refuse_too_much(session: AsyncSession, book: Playbook, absence: Absence) -> None:
    table = await work_table(session)
    for year in range(absence.since.year, absence.until.year + 1):
        wanted = working_days(absence.since, absence.until, table, year)
        for one in await balances(session, book, absence.employee_id, year, but=absence.id):
            if one.kind == absence.kind and one.left is not None and wanted > one.left:
                raise DomainError(errors.NOT_ENOUGH, field="until", left=one.left, wanted=wanted, year=year)


async def _locked(session: AsyncSession, told: Any) -> Absence | None:
    if told.subject_type != SUBJECT or told.subject_id is None:
        return None
    absence = await session.get(Absence, told.subject_id, with_for_update=True, populate_existing=True)
    if absence is None:
        raise DomainError(NOT_FOUND)
    return absence


@subscribe(ApprovalSubmitted)
async def submitted(session: AsyncSession, told: ApprovalSubmitted) -> None:
    """On its way, for the first time or again: then the form says how the leave is now."""
    absence = await _locked(session, told)
    if absence is None:
        return
    if told.round > 1:
        book = await in_force(session, await session.scalar(select(Company.playbook_version)) or 0)
        said = RequestLeave(
            flow=told.flow,
            kind=told.form.get(KIND, absence.kind),
            since=date.fromisoformat(told.form.get("since", absence.since.isoformat())),
            until=date.fromisoformat(told.form.get("until", absence.until.isoformat())),
            reason=told.form.get("reason"),
        )
        await _set(session, book, absence, said, await today_of(session, absence.employee_id))
    absence.state = Status.RUNNING.value
    await session.flush()


@subscribe(ApprovalReturned)
async def returned(session: AsyncSession, told: ApprovalReturned) -> None:
    if (absence := await _locked(session, told)) is not None:
        absence.state = Status.RETURNED.value
        await session.flush()


@subscribe(ApprovalEnded)
async def ended(session: AsyncSession, told: ApprovalEnded) -> None:
    """Granted leave stops the clocks; time that was given so is not taken away again when the leave is."""
    absence = await _locked(session, told)
    if absence is None:
        return
    absence.state = told.status.value
    await session.flush()
    if told.status is Status.APPROVED:
        await _stop_clocks(session, absence)


async def _stop_clocks(session: AsyncSession, absence: Absence) -> None:
    """The pool's deadlines that are still ahead when the leave begins come later by its length."""
    later = timedelta(days=(absence.until - absence.since).days + 1)
    statement = (
        update(Customer)
        .where(Customer.owner_id == absence.employee_id, Customer.pool_due_on >= absence.since)
        .values(pool_due_on=Customer.pool_due_on + later, pool_floor_on=Customer.pool_due_on + later)
        .returning(Customer.id)
    )
    options = {"unaudited": "a timer, no business truth", "synchronize_session": False}
    if ids := tuple(await session.scalars(statement, execution_options=options)):
        await publish(session, DeadlinesMoved(ids))


@exempt("on_leave")
async def _on_leave(session: AsyncSession, customer: Customer, _pool: Pool) -> bool:
    """Nobody loses a customer while on leave, whoever stands in or not."""
    return customer.owner_id is not None and await is_away(session, customer.owner_id, now(session))
