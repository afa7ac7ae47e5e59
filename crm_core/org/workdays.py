"""The company's own working days (RE11, BY20): where it works or rests otherwise than the official calendar says."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import DateTime, cast, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.calendars import WorkTable, is_official_year, is_working_day
from crm_core.kit.db import now
from crm_core.kit.errors import DomainError
from crm_core.kit.events import publish
from crm_core.org import errors
from crm_core.org.actor import Actor
from crm_core.org.events import WorkDaysSet
from crm_core.org.models import Company, Employee, WorkDay
from crm_core.org.permissions import SET_WORK_DAYS
from crm_core.org.rights import require

FARTHEST_YEARS: Final = 2
_KNOWN: Final = "work_days"
_A_TIMER: Final = {"unaudited": "a timer, no business truth"}


async def work_table(session: AsyncSession) -> WorkTable:
    """The days that differ from the official calendar; pass it to the functions of `kit.calendars`."""
    known: WorkTable | None = session.info.get(_KNOWN)
    if known is not None:
        return known
    rows = await session.execute(select(WorkDay.day, WorkDay.works))
    return {row.day: row.works for row in rows}


def know_table(session: AsyncSession, days: Mapping[str, bool]) -> None:
    """Spare the unit of work the reading of these days, by their ISO names."""
    session.info[_KNOWN] = {date.fromisoformat(day): works for day, works in days.items()}


async def set_day(session: AsyncSession, actor: Actor, day: date, *, works: bool) -> None:
    """An admin says that the company works (班) or rests (休) on a day, for everybody and from this moment.

    What the official calendar says anyway needs no row. Raises `not_allowed`, and `work_days.far` for a day that is
    past or lies more than two years ahead.
    """
    await require(session, actor, SET_WORK_DAYS)
    today = actor.today(now(session))
    if not today <= day <= date(today.year + FARTHEST_YEARS, 12, 31):
        raise DomainError(errors.WORK_DAY_FAR)
    row = await session.scalar(select(WorkDay).where(WorkDay.day == day).with_for_update())
    if row is not None and is_official_year(day.year) and works == is_working_day(day):
        await session.delete(row)
    elif row is not None:
        row.works, row.set_by, row.set_at = works, actor.id, now(session)
    elif not is_official_year(day.year) or works != is_working_day(day):
        session.add(WorkDay(day=day, works=works, set_by=actor.id, set_at=now(session)))
    await session.flush()
    session.info.pop(_KNOWN, None)
    if works:
        await _digests_on(session, day)
    await publish(session, WorkDaysSet(day.year))


async def _digests_on(session: AsyncSession, day: date) -> None:
    """Whose next digest lies behind a day that is worked now gets it on that day. A day off needs nothing: the clock
    looks once more before it sends.
    """
    zone = func.coalesce(Employee.zone, select(Company.zone).scalar_subquery())
    midnight = cast(literal(datetime.combine(day, datetime.min.time())), DateTime)
    at = func.timezone(zone, midnight + (Employee.digest_at - literal(datetime.min.time())))
    statement = update(Employee).where(Employee.digest_due_at > at, at > now(session), Employee.left_at.is_(None))
    await session.execute(statement.values(digest_due_at=at), execution_options=_A_TIMER)


async def days_of(session: AsyncSession, first: date, last: date) -> dict[date, bool]:
    """Whether each day from `first` to `last` is worked."""
    table = await work_table(session)
    days = (first + timedelta(days=at) for at in range((last - first).days + 1))
    return {day: is_working_day(day, table) for day in days}


def unknown_years(today: date, known: Iterable[date]) -> tuple[int, ...]:
    """The years whose holidays nobody has told yet: this one, and from 1 December on the next. `known` are the days
    that the company set itself: a year with one of them counts as told.
    """
    told = {day.year for day in known}
    asked = (today.year, today.year + 1) if today.month == 12 else (today.year,)
    return tuple(year for year in asked if not is_official_year(year) and year not in told)
