"""Reading visits, always within the actor's reach."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.contacts.models import Contact
from crm_core.contacts.queries import called_by
from crm_core.customers.models import Customer
from crm_core.customers.permissions import READ as READ_CUSTOMER
from crm_core.customers.permissions import TIES
from crm_core.customers.queries import by_ids, newest
from crm_core.kit.calendars import at_local
from crm_core.kit.db import AnyRow, AnySelect
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Role
from crm_core.org.rights import within
from crm_core.visits.models import Visit
from crm_core.visits.permissions import READ

_LOOK_BACK = 40


def rows_for(actor: Actor) -> AnySelect:
    """Visits the actor may read: those of people within reach, and all visits to customers within reach."""
    return (
        select(
            Visit.id,
            Visit.customer_id,
            Visit.employee_id,
            Visit.kind,
            Visit.happened_at,
            Visit.summary,
            Visit.next_on,
            Visit.started_at,
            Visit.ended_at,
            Visit.cost,
            Visit.latitude,
            Visit.longitude,
            Visit.distance_m,
            Visit.outside,
            Visit.place_reason,
            Visit.extra,
            Visit.contact_id,
            Visit.revision,
            Customer.name.label("customer"),
            Customer.owner_id,
            Customer.type.label("customer_type"),
            called_by(actor).label("contact"),
            Customer.latitude.is_not(None).label("customer_has_point"),
            Employee.name.label("employee"),
        )
        .join(Customer, Customer.id == Visit.customer_id)
        .join(Employee, Employee.id == Visit.employee_id)
        .outerjoin(Contact, Contact.id == Visit.contact_id)
        .where(or_(within(actor, READ, Visit.employee_id), within(actor, READ_CUSTOMER, TIES)))
    )


async def of_customer(session: AsyncSession, actor: Actor, customer_id: int, at: At = FIRST, limit: int = 6) -> Page:
    """A page of a customer's visits, newest first."""
    statement = rows_for(actor).where(Visit.customer_id == customer_id)
    return await paged(session, statement, (Visit.happened_at, Visit.id), at, limit, descending=True)


async def find(session: AsyncSession, actor: Actor, visit_id: int) -> AnyRow:
    """One visit. Raises `not_found` for who may not read it."""
    row = (await session.execute(rows_for(actor).where(Visit.id == visit_id))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


async def open_one(session: AsyncSession, actor: Actor) -> AnyRow | None:
    """The visit that the actor has begun and not ended yet (BY02)."""
    statement = rows_for(actor).where(
        Visit.employee_id == actor.id, Visit.started_at.is_not(None), Visit.ended_at.is_(None)
    )
    return (await session.execute(statement)).one_or_none()


async def last_kind(session: AsyncSession, actor: Actor) -> str | None:
    """The kind of the actor's latest visit: the default of the next one."""
    statement = select(Visit.kind).where(Visit.employee_id == actor.id)
    return await session.scalar(statement.order_by(Visit.happened_at.desc(), Visit.id.desc()).limit(1))


async def recent_customers(session: AsyncSession, actor: Actor, limit: int = 5) -> list[AnyRow]:
    """Whom the actor saw last, then whom the actor took on last. Looks at the latest visits only."""
    latest = (
        select(Visit.customer_id)
        .where(Visit.employee_id == actor.id)
        .order_by(Visit.happened_at.desc(), Visit.id.desc())
        .limit(_LOOK_BACK)
    )
    rows = await by_ids(session, actor, await session.scalars(latest))
    if len(rows) < limit:
        known = {row.id for row in rows}
        rows += [row for row in await newest(session, actor, limit) if row.id not in known]
    return rows[:limit]


def bounds(actor: Actor, first: date, last: date) -> tuple[datetime, datetime]:
    """The instants at which these days of the actor's calendar begin and are over."""
    return at_local(first, time(0), actor.zone), at_local(last + timedelta(days=1), time(0), actor.zone)


async def day_of_team(session: AsyncSession, actor: Actor, day: date) -> Sequence[AnyRow]:
    """What the actor's direct and indirect reports did on a local day (VI07): a row a person and visit.

    A rep without a visit has one row without a visit; others are there only if they made one. People in the order
    of the tree, visits in time.
    """
    start, end = bounds(actor, day, day)
    statement = (
        select(
            Employee.id.label("employee_id"),
            Employee.name.label("employee"),
            Visit.id.label("visit_id"),
            Visit.kind,
            Visit.happened_at,
            Visit.summary,
            Visit.outside,
            Customer.id.label("customer_id"),
            Customer.name.label("customer"),
        )
        .outerjoin(Visit, (Visit.employee_id == Employee.id) & (Visit.happened_at >= start) & (Visit.happened_at < end))
        .outerjoin(Customer, Customer.id == Visit.customer_id)
        .where(Employee.chain.contains([actor.id]), Employee.id != actor.id, Employee.left_at.is_(None))
        .where(within(actor, READ, Employee.id), or_(Employee.roles.contains([Role.REP.value]), Visit.id.is_not(None)))
        .order_by(func.cardinality(Employee.chain), Employee.id, Visit.happened_at, Visit.id)
    )
    return (await session.execute(statement)).all()


async def own_day(session: AsyncSession, actor: Actor, day: date) -> Sequence[AnyRow]:
    """The actor's own visits on a local day, in time."""
    start, end = bounds(actor, day, day)
    statement = rows_for(actor).where(
        Visit.employee_id == actor.id, Visit.happened_at >= start, Visit.happened_at < end
    )
    return (await session.execute(statement.order_by(Visit.happened_at, Visit.id))).all()
