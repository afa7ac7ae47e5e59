"""Lines of a plan: added, moved, done, dropped, told how it went; and tied by themselves to visits and requests."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.customers.permissions import READ as READ_CUSTOMER
from crm_core.kit.behind import nested
from crm_core.kit.db import now
from crm_core.kit.errors import CHANGED_MEANWHILE, NOT_ALLOWED, NOT_FOUND, TOO_LONG, DomainError
from crm_core.kit.events import publish
from crm_core.org.actor import Actor
from crm_core.org.rights import require
from crm_core.plans import errors
from crm_core.plans.events import LinesChanged
from crm_core.plans.models import LineState, Part, PlanLine, WeekPlan, WeekState
from crm_core.plans.permissions import MAKE
from crm_core.plans.weeks import monday_of, opened, settle

LONGEST_WHAT: Final = 120
LONGEST_FEEDBACK: Final = 500
FARTHEST: Final = 366  # days
MOST_A_DAY: Final = 30
_THERE: Final = "uq_plan_line_there"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLine:
    """Something to do on a day from today on: a customer to see, or work in words, or both."""

    day: date
    customer: int | None = None
    what: str | None = None
    part: Part = Part.DAY
    routine: bool = True


async def add_line(session: AsyncSession, actor: Actor, command: AddLine) -> PlanLine:
    """Plan something for oneself (PL06).

    Raises `not_found`, `plan.nothing_said`, `plan.day_over`, `plan.too_far`, `plan.week_closed`, `plan.there_already`,
    `plan.too_many`.
    """
    await require(session, actor, MAKE, on=actor.id)
    today = actor.today(now(session))
    _refuse_day(command.day, today)
    what = _words("what", command.what, LONGEST_WHAT)
    customer = None if command.customer is None else await session.get(Customer, command.customer)
    if command.customer is not None:
        if customer is None:
            raise DomainError(NOT_FOUND, field="customer")
        await require(session, actor, READ_CUSTOMER, on=customer)
    elif what is None:
        raise DomainError(errors.NOTHING_SAID, field="customer")
    week = await _unsubmitted(session, actor.id, command.day)
    count = select(func.count()).where(PlanLine.employee_id == actor.id, PlanLine.day == command.day)
    if (await session.scalar(count) or 0) >= MOST_A_DAY:
        raise DomainError(errors.TOO_MANY, field="day", most=MOST_A_DAY)
    line = PlanLine(
        employee_id=actor.id,
        week=week.week,
        day=command.day,
        planned_on=command.day,
        part=Part(command.part).value,
        routine=command.routine,
        customer_id=command.customer,
        what=what,
        state=LineState.OPEN.value,
        created_at=now(session),
    )
    await _put(session, line, customer)
    return line


async def move_line(session: AsyncSession, actor: Actor, line_id: int, day: date, revision: int | None = None) -> bool:
    """Put an open line on another day from today on; the day that was planned first stays known (PL12).

    Answers whether it moved. Raises as `add_line`, and `plan.not_open`.
    """
    line = await own_line(session, actor, line_id, revision)
    _refuse_day(day, actor.today(now(session)))
    if line.day == day:
        return False
    line = await _of_open_weeks(session, actor, line, day)
    if line.state != LineState.OPEN:
        raise DomainError(errors.NOT_OPEN)
    customer = await session.get(Customer, line.customer_id) if line.customer_id else None
    await _put(session, line, customer, day=day, week=monday_of(day))
    return True


async def finish_line(session: AsyncSession, actor: Actor, line_id: int, revision: int | None = None) -> PlanLine:
    """Say that it is done: today, or on its day if that has gone by. Twice changes nothing. Raises `plan.not_open`."""
    line, week = await _locked(session, actor, line_id, revision)
    if line.state == LineState.DONE:
        return line
    if line.state != LineState.OPEN:
        raise DomainError(errors.NOT_OPEN)
    today = actor.today(now(session))
    line.state, line.done_on = LineState.DONE.value, min(line.day, today)
    await _told(session, line, week, today)
    return line


async def drop_line(session: AsyncSession, actor: Actor, line_id: int, revision: int | None = None) -> PlanLine:
    """It will not be done. Twice changes nothing.

    Raises `plan.not_open` for what is done, `plan.week_closed`: what was handed in open stays on the record.
    """
    line, week = await _locked(session, actor, line_id, revision)
    if line.state == LineState.DROPPED:
        return line
    if line.state != LineState.OPEN:
        raise DomainError(errors.NOT_OPEN)
    _refuse_closed(week)
    line.state = LineState.DROPPED.value
    await _told(session, line, week, actor.today(now(session)))
    return line


async def reopen_line(session: AsyncSession, actor: Actor, line_id: int, revision: int | None = None) -> PlanLine:
    """It was a slip: the line waits again. What a visit has done stays done. Raises `plan.week_closed`."""
    line, week = await _locked(session, actor, line_id, revision)
    if line.state == LineState.OPEN:
        return line
    if line.visit_id is not None:
        raise DomainError(errors.NOT_OPEN)
    _refuse_closed(week)
    customer = await session.get(Customer, line.customer_id) if line.customer_id else None
    await _put(session, line, customer, state=LineState.OPEN.value, done_on=None)
    return line


@dataclass(frozen=True, slots=True, kw_only=True)
class TellLine:
    """How it went (执行反馈)."""

    line_id: int
    feedback: str


async def tell_line(session: AsyncSession, actor: Actor, command: TellLine) -> PlanLine:
    """Feedback on a line of one's own (PL06), at any time. Raises `required`, `too_long`."""
    line, _ = await _locked(session, actor, command.line_id, None)
    line.feedback = _words("feedback", command.feedback, LONGEST_FEEDBACK)
    await session.flush()
    return line


async def own_line(session: AsyncSession, actor: Actor, line_id: int, revision: int | None = None) -> PlanLine:
    """A line that the actor may change: one's own. Raises `not_found`, `changed_meanwhile`."""
    line = await session.get(PlanLine, line_id, populate_existing=True)
    if line is None:
        raise DomainError(NOT_FOUND)
    if line.employee_id != actor.id:
        raise DomainError(NOT_ALLOWED)
    if revision is not None and revision != line.revision:
        raise DomainError(CHANGED_MEANWHILE)
    return line


async def _locked(session: AsyncSession, actor: Actor, line_id: int, revision: int | None) -> tuple[PlanLine, WeekPlan]:
    """A line of one's own with its week's row held."""
    line = await own_line(session, actor, line_id)
    week = await opened(session, line.employee_id, line.week)
    return await own_line(session, actor, line_id, revision), week


async def _of_open_weeks(session: AsyncSession, actor: Actor, line: PlanLine, day: date) -> PlanLine:
    """The line, with the weeks it leaves and comes to held in the order of time; both still take changes."""
    for week in sorted({line.week, monday_of(day)}):
        _refuse_closed(await opened(session, line.employee_id, week))
    return await own_line(session, actor, line.id)


async def _unsubmitted(session: AsyncSession, employee_id: int, day: date) -> WeekPlan:
    week = await opened(session, employee_id, monday_of(day))
    _refuse_closed(week)
    return week


def _refuse_closed(week: WeekPlan) -> None:
    if week.state != WeekState.DRAFT:
        raise DomainError(errors.WEEK_CLOSED, field="day")


def _refuse_day(day: date, today: date) -> None:
    if day < today:
        raise DomainError(errors.DAY_OVER, field="day")
    if day - today > timedelta(days=FARTHEST):
        raise DomainError(errors.TOO_FAR, field="day", days=FARTHEST)


def _words(field: str, said: str | None, most: int) -> str | None:
    text = " ".join((said or "").split())
    if len(text) > most:
        raise DomainError(TOO_LONG, field=field, max=most)
    return text or None


async def _put(session: AsyncSession, line: PlanLine, customer: Customer | None, **values: Any) -> None:
    """Write the line, with these values; the same customer is planned once a day."""
    day = values.get("day", line.day)
    try:
        async with nested(session):
            for name, value in values.items():
                setattr(line, name, value)
            session.add(line)
            await session.flush()
    except IntegrityError as error:
        if _THERE not in str(error.orig):
            raise
        name = customer.name if customer is not None else ""
        raise DomainError(errors.THERE_ALREADY, field="day", customer=name, day=day.isoformat()) from error
    await publish(session, LinesChanged((line.id,), (line.employee_id,)))


async def _told(session: AsyncSession, line: PlanLine, week: WeekPlan, today: date) -> None:
    await session.flush()
    await publish(session, LinesChanged((line.id,), (line.employee_id,)))
    await settle(session, week, today)
