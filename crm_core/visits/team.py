"""How many visits each person made in a while (VI14), and what somebody's day was (VI07)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import exists, extract, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import AnyRow
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Role
from crm_core.org.permissions import SEE_TEAM
from crm_core.org.rights import require, within
from crm_core.visits.models import Visit
from crm_core.visits.permissions import READ
from crm_core.visits.queries import bounds, rows_for


class While(StrEnum):
    """Since when visits are counted, up to today."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def first_day(self, today: date) -> date:
        """Weeks begin on Monday."""
        if self is While.WEEK:
            return today - timedelta(days=today.weekday())
        return today.replace(day=1) if self is While.MONTH else today


@dataclass(frozen=True, slots=True)
class Count:
    """A person's visits: how many, how long those took that were begun on the spot, how many were logged far off."""

    visits: int = 0
    minutes: int | None = None
    outside: int = 0


@dataclass(frozen=True, slots=True)
class Team:
    """A page of the team, with each person's count, and the count of all."""

    page: Page
    counts: Mapping[int, Count]
    total: Count
    idle: int  # reps without any visit


async def team(session: AsyncSession, actor: Actor, since: While, today: date, at: At = FIRST, limit: int = 6) -> Team:
    """The actor's direct and indirect reports, by name: every rep, and others who made a visit.

    Raises `not_allowed`.
    """
    await require(session, actor, SEE_TEAM)
    start, end = bounds(actor, since.first_day(today), today)
    made = exists().where(Visit.employee_id == Employee.id, Visit.happened_at >= start, Visit.happened_at < end)
    is_rep = Employee.roles.contains([Role.REP.value])
    reports = (
        select(Employee.id, Employee.name)
        .where(Employee.chain.contains([actor.id]), Employee.id != actor.id, Employee.left_at.is_(None))
        .where(within(actor, READ, Employee.id), or_(is_rep, made))
    )
    page = await paged(session, reports, (Employee.name, Employee.id), at, limit)
    counts = await _counts(session, actor, since, today, [row.id for row in page.rows])
    whole = select(*_SUMS).where(Visit.employee_id.in_(reports.with_only_columns(Employee.id)))
    total = (await session.execute(whole.where(Visit.happened_at >= start, Visit.happened_at < end))).one()
    idle = await session.scalar(select(func.count()).select_from(reports.where(is_rep, ~made).subquery()))
    return Team(page, counts, _count(total), idle or 0)


async def own(session: AsyncSession, actor: Actor, today: date) -> dict[While, Count]:
    """The actor's own counts, for each while."""
    return {since: (await _counts(session, actor, since, today, [actor.id])).get(actor.id, Count()) for since in While}


_SUMS = (
    func.count().label("visits"),
    func.avg(extract("epoch", Visit.ended_at - Visit.started_at)).label("seconds"),
    func.count().filter(Visit.outside).label("outside"),
)


async def _counts(
    session: AsyncSession, actor: Actor, since: While, today: date, people: list[int]
) -> dict[int, Count]:
    start, end = bounds(actor, since.first_day(today), today)
    statement = (
        select(Visit.employee_id, *_SUMS)
        .where(Visit.employee_id.in_(people), Visit.happened_at >= start, Visit.happened_at < end)
        .group_by(Visit.employee_id)
    )
    return {row.employee_id: _count(row) for row in await session.execute(statement)}


def _count(row: AnyRow) -> Count:
    return Count(row.visits, None if row.seconds is None else max(1, round(row.seconds / 60)), row.outside)


async def person(session: AsyncSession, actor: Actor, employee_id: int) -> AnyRow:
    """Somebody whose visits the actor may read. Raises `not_found`."""
    statement = select(Employee.id, Employee.name).where(Employee.id == employee_id)
    row = (await session.execute(statement.where(within(actor, READ, Employee.id)))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


async def day_of(
    session: AsyncSession, actor: Actor, employee_id: int, day: date, at: At = FIRST, limit: int = 6
) -> Page:
    """A page of a person's visits on a day of the actor's calendar, in time (VI07)."""
    start, end = bounds(actor, day, day)
    statement = rows_for(actor).where(
        Visit.employee_id == employee_id, Visit.happened_at >= start, Visit.happened_at < end
    )
    return await paged(session, statement, (Visit.happened_at, Visit.id), at, limit)
