"""Whom we met: our people by theirs (CT10), the contact status (CT02), and how often who decides was met (CT11).

A check-in that was not ended yet counts: one is there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.contacts.models import ContactRole, DecisionRole
from crm_core.kit.db import AnyRow
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Role
from crm_core.org.rights import require, within
from crm_core.visits.models import Visit
from crm_core.visits.permissions import READ
from crm_core.visits.queries import bounds


@dataclass(frozen=True, slots=True)
class Met:
    """How often somebody of ours met somebody of theirs, and the last time."""

    employee_id: int
    employee: str
    contact_id: int
    count: int
    last: datetime


async def met_at(session: AsyncSession, customer_id: int) -> list[Met]:
    """All meetings at a customer by pairs. The caller has made sure that the actor may see the customer."""
    return await _pairs(session, Visit.customer_id == customer_id)


async def met_with(session: AsyncSession, contact_id: int) -> list[Met]:
    """Who of ours met this person, the latest first. The caller has made sure that the actor may see the contact."""
    return await _pairs(session, Visit.contact_id == contact_id)


async def _pairs(session: AsyncSession, which: ColumnElement[bool]) -> list[Met]:
    last = func.max(Visit.happened_at).label("last")
    statement = (
        select(Visit.employee_id, Employee.name, Visit.contact_id, func.count().label("meetings"), last)
        .join(Employee, Employee.id == Visit.employee_id)
        .where(which, Visit.contact_id.is_not(None))
        .group_by(Visit.employee_id, Employee.name, Visit.contact_id)
        .order_by(last.desc(), Visit.employee_id)
    )
    rows = await session.execute(statement)
    return [Met(row.employee_id, row.name, row.contact_id, row.meetings, row.last) for row in rows]


def _decided() -> ColumnElement[bool]:
    """The condition that the visit was with somebody who decided at the time."""
    return exists().where(
        ContactRole.contact_id == Visit.contact_id,
        ContactRole.role == DecisionRole.DECIDER.value,
        ContactRole.since <= Visit.happened_at,
        or_(ContactRole.until.is_(None), ContactRole.until > Visit.happened_at),
    )


@dataclass(frozen=True, slots=True)
class Times:
    """How often who decides was met, how many people that were, and the last time."""

    visits: int = 0
    people: int = 0
    last: datetime | None = None


_TIMES = (
    func.count().label("visits"),
    func.count(Visit.contact_id.distinct()).label("people"),
    func.max(Visit.happened_at).label("last"),
)


async def deciders_met(session: AsyncSession, customer_id: int) -> Times:
    """At a customer, ever (CT11). The caller has made sure that the actor may see the customer."""
    row = (await session.execute(select(*_TIMES).where(Visit.customer_id == customer_id, _decided()))).one()
    return Times(row.visits, row.people, row.last)


@dataclass(frozen=True, slots=True)
class Month:
    """A page of reps with how often each met who decides in a month, and all of them together."""

    page: Page
    times: Mapping[int, Times]
    total: Times


async def month_of_team(
    session: AsyncSession, actor: Actor, first: date, last: date, at: At = FIRST, limit: int = 6
) -> Month:
    """Reps whose visits the actor may read, the actor among them, and whoever met one who decides; days are local.

    Raises `not_allowed`.
    """
    await require(session, actor, READ)
    start, end = bounds(actor, first, last)
    then = and_(Visit.happened_at >= start, Visit.happened_at < end, _decided())
    met = exists().where(Visit.employee_id == Employee.id, then)
    reps = select(Employee.id, Employee.name).where(
        within(actor, READ, Employee.id),
        or_(and_(Employee.roles.contains([Role.REP.value]), Employee.left_at.is_(None)), met),
    )
    page = await paged(session, reps, (Employee.name, Employee.id), at, limit)
    whole = select(*_TIMES).where(then, within(actor, READ, Visit.employee_id))
    total = (await session.execute(whole)).one()
    times = await _by_rep(session, then, [row.id for row in page.rows])
    return Month(page, times, Times(total.visits, total.people, total.last))


async def _by_rep(session: AsyncSession, then: ColumnElement[bool], people: Sequence[int]) -> dict[int, Times]:
    statement = select(Visit.employee_id, *_TIMES).where(then, Visit.employee_id.in_(people))
    rows = await session.execute(statement.group_by(Visit.employee_id))
    return {row.employee_id: Times(row.visits, row.people, row.last) for row in rows}


async def own_month(session: AsyncSession, actor: Actor, first: date, last: date) -> Times:
    """What the actor reads of a month on the work view: of one's own and of all whose visits one may read."""
    start, end = bounds(actor, first, last)
    statement = select(*_TIMES).where(Visit.happened_at >= start, Visit.happened_at < end, _decided())
    row: AnyRow = (await session.execute(statement.where(within(actor, READ, Visit.employee_id)))).one()
    return Times(row.visits, row.people, row.last)
