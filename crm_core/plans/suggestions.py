"""Whom to plan for a week (PL03): promises, what last week left, birthdays, and stale archives by their value."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.contacts.models import Contact, ContactDay
from crm_core.customers.models import Customer
from crm_core.kit.calendars import is_working_day
from crm_core.kit.db import now
from crm_core.kit.errors import DomainError
from crm_core.kit.words.yearly import Yearly
from crm_core.org.actor import Actor
from crm_core.plans import errors
from crm_core.plans.models import LineState, PlanLine
from crm_core.plans.service import AddLine, add_line
from crm_core.plans.weeks import monday_of
from crm_core.playbook.service import in_force

MOST: Final = 6
_MOST_OF_ONE_KIND: Final = 12


class Why(StrEnum):
    """Why somebody is suggested, the weightiest reason first."""

    PROMISE = "promise"  # a next step in that week, or overdue
    LEFT = "left"  # planned last week and not done
    BIRTHDAY = "birthday"  # of somebody there
    STALE = "stale"  # not kept up for the type's period


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A customer for a week, and the day that suits: of the promise or the birthday, else an emptier working day."""

    customer_id: int
    name: str
    why: Why
    day: date
    about: str = ""  # whose birthday
    on: date | None = None  # the day of the promise or the birthday itself


@dataclass(frozen=True, slots=True)
class _Found:
    customer_id: int
    name: str
    why: Why
    on: date | None = None
    about: str = ""


async def suggestions(session: AsyncSession, actor: Actor, week: date, limit: int = MOST) -> list[Suggestion]:
    """The weightiest first; of customers of one's own that the week has no line of. None for a week gone by."""
    today = actor.today(now(session))
    days = _days(week, today)
    if not days:
        return []
    planned = select(PlanLine.customer_id, PlanLine.day, PlanLine.state).where(
        PlanLine.employee_id == actor.id, PlanLine.week == week
    )
    lines = [row for row in await session.execute(planned) if row.state != LineState.DROPPED]
    busy = {day: sum(row.day == day for row in lines) for day in days}
    seen = {row.customer_id for row in lines}
    made: list[Suggestion] = []
    for one in await _found(session, actor, week, today):
        if one.customer_id in seen or len(made) == limit:
            continue
        seen.add(one.customer_id)
        day = _suits(days, busy, one.on)
        busy[day] += 1
        made.append(Suggestion(one.customer_id, one.name, one.why, day, one.about, one.on))
    return made


async def take(session: AsyncSession, actor: Actor, week: date, customer_ids: Iterable[int] | None = None) -> int:
    """Plan what is suggested for a week, or those customers of it; answers how many lines were made."""
    wanted = None if customer_ids is None else set(customer_ids)
    count = 0
    for one in await suggestions(session, actor, week):
        if wanted is None or one.customer_id in wanted:
            try:
                await add_line(session, actor, AddLine(day=one.day, customer=one.customer_id))
            except DomainError as error:
                if error.code != errors.THERE_ALREADY:
                    raise
            else:
                count += 1
    return count


def _days(week: date, today: date) -> list[date]:
    """The working days of a week from today on; all that is left of it where nobody works."""
    left = [day for at in range(7) if (day := week + timedelta(days=at)) >= today]
    return [day for day in left if is_working_day(day)] or left


def _suits(days: Sequence[date], busy: dict[date, int], wanted: date | None) -> date:
    """The last of the days up to the wanted one; without one, or when it is over, the emptiest, the earliest first."""
    if wanted is None or wanted < days[0]:
        return min(days, key=lambda day: (busy[day], day))
    return max(day for day in days if day <= wanted)


async def _found(session: AsyncSession, actor: Actor, week: date, today: date) -> list[_Found]:
    return [
        *await _promised(session, actor, week),
        *await _left(session, actor, week),
        *await _birthdays(session, actor, week, today),
        *await _stale(session, actor),
    ]


async def _promised(session: AsyncSession, actor: Actor, week: date) -> list[_Found]:
    sunday = week + timedelta(days=6)
    statement = select(Customer.id, Customer.name, Customer.next_step_on).where(
        Customer.owner_id == actor.id, Customer.next_step_on <= sunday
    )
    value = Customer.yearly_value.desc().nulls_last()
    rows = await session.execute(
        statement.order_by(Customer.next_step_on < week, Customer.next_step_on, value).limit(_MOST_OF_ONE_KIND)
    )
    return [_Found(row.id, row.name, Why.PROMISE, row.next_step_on) for row in rows]


async def _left(session: AsyncSession, actor: Actor, week: date) -> list[_Found]:
    statement = (
        select(Customer.id, Customer.name)
        .join(PlanLine, PlanLine.customer_id == Customer.id)
        .where(
            PlanLine.employee_id == actor.id,
            PlanLine.week == week - timedelta(days=7),
            PlanLine.state == LineState.OPEN.value,
            Customer.owner_id == actor.id,
        )
        .group_by(Customer.id)
        .order_by(Customer.yearly_value.desc().nulls_last(), func.min(PlanLine.day))
    )
    return [_Found(row.id, row.name, Why.LEFT) for row in await session.execute(statement.limit(_MOST_OF_ONE_KIND))]


async def _birthdays(session: AsyncSession, actor: Actor, week: date, today: date) -> list[_Found]:
    """Of people at one's own customers, in that week and not over yet; lunar ones by their own calendar."""
    days = [week + timedelta(days=at) for at in range(7)]
    solar = or_(*(and_(ContactDay.month == day.month, ContactDay.day == day.day) for day in days))
    statement = (
        select(ContactDay, Customer.id, Customer.name, Contact.name.label("contact"))
        .join(Contact, Contact.id == ContactDay.contact_id)
        .join(Customer, Customer.id == Contact.customer_id)
        .where(Customer.owner_id == actor.id, Contact.left_at.is_(None), ContactDay.title.is_(None))
        .where(or_(ContactDay.lunar, solar, and_(ContactDay.month == 2, ContactDay.day == 29)))
        .order_by(Customer.yearly_value.desc().nulls_last(), ContactDay.id)
    )
    made: list[_Found] = []
    for day, customer_id, name, contact in await session.execute(statement):
        falls = Yearly(day.month, day.day, day.year, day.lunar, day.leap).next_on(max(week, today))
        if falls is not None and monday_of(falls) == week:
            made.append(_Found(customer_id, name, Why.BIRTHDAY, falls, contact or ""))
    return made


async def _stale(session: AsyncSession, actor: Actor) -> list[_Found]:
    """One's own archives that nobody has kept up for their type's period, the most valuable first."""
    book = await in_force(session, actor.playbook_version)
    moment = now(session)
    old = [
        and_(Customer.type == one.key, Customer.maintained_at <= moment - timedelta(days=one.stale_after_days))
        for one in book.customer_types
    ]
    statement = select(Customer.id, Customer.name).where(Customer.owner_id == actor.id, or_(*old))
    order = (Customer.yearly_value.desc().nulls_last(), Customer.maintained_at, Customer.id)
    rows = await session.execute(statement.order_by(*order).limit(_MOST_OF_ONE_KIND))
    return [_Found(row.id, row.name, Why.STALE) for row in rows]
