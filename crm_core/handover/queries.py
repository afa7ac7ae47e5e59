"""Reading what somebody holds, who may get it, and what came from whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.customers.models import Customer, Ownership
from crm_core.customers.ownership import Kind
from crm_core.customers.permissions import CHANGE
from crm_core.customers.queries import rows_for
from crm_core.handover.permissions import HAND_OVER
from crm_core.kit.db import AnyRow
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.org.actor import Actor
from crm_core.org.holdings import holdings as kinds
from crm_core.org.models import Employee, Unit
from crm_core.org.rights import require

_MOST_CITIES = 8
GIVEN = (Kind.HANDOVER.value, Kind.TRANSFER.value)
"""Moves from one colleague to another."""
CAN_OWN = tuple(role.value for role in CHANGE.scopes)
"""Roles that can do something with a customer of their own."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a person holds: customers by type and by city, the most first, and how many of each other kind."""

    person: AnyRow
    customers: int
    types: tuple[tuple[str, int], ...]
    cities: tuple[tuple[str, int], ...]
    others: tuple[tuple[str, int], ...]


async def holdings(session: AsyncSession, actor: Actor, employee_id: int) -> Holdings:
    """What somebody holds, for who may hand it over. Raises `not_found`, `not_allowed`."""
    person = await colleague(session, actor, employee_id)
    await require(session, actor, HAND_OVER, on=employee_id)
    types = await _counted(session, employee_id, Customer.type)
    cities = await _counted(session, employee_id, Customer.city, _MOST_CITIES)
    others = [(one.key, await one.count(session, employee_id)) for one in kinds()]
    there = tuple((key, count) for key, count in others if count)
    return Holdings(person, sum(count for _, count in types), types, cities, there)


async def colleague(session: AsyncSession, _actor: Actor, employee_id: int) -> AnyRow:
    """Somebody who is here: a row of (id, name, unit, chain). Raises `not_found`."""
    statement = select(Employee.id, Employee.name, Unit.name.label("unit"), Employee.chain)
    statement = statement.join(Unit, Unit.id == Employee.unit_id)
    row = (await session.execute(statement.where(Employee.id == employee_id, Employee.left_at.is_(None)))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


async def _counted(
    session: AsyncSession, owner_id: int, column: Any, most: int | None = None
) -> tuple[tuple[str, int], ...]:
    count = func.count()
    statement = (
        select(column, count)
        .where(Customer.owner_id == owner_id, column.is_not(None))
        .group_by(column)
        .order_by(count.desc(), column)
    )
    return tuple((key, number) for key, number in await session.execute(statement.limit(most)))


def of_part(part: str | None) -> ColumnElement[bool] | None:
    """The condition that a customer belongs to a part (`city.深圳`, `type.a`). Raises `not_found` for no such part."""
    if part is None:
        return None
    by, _, key = part.partition(".")
    columns = {"city": Customer.city, "type": Customer.type}
    if by not in columns:
        raise DomainError(NOT_FOUND)
    return columns[by] == key


def able() -> ColumnElement[bool]:
    """Who is here and can look after customers."""
    return and_(Employee.left_at.is_(None), Employee.roles.overlap(CAN_OWN))


async def boss_of(session: AsyncSession, employee_id: int) -> AnyRow | None:
    """The nearest superior who is here: a row of (id, name)."""
    chain = await session.scalar(select(Employee.chain).where(Employee.id == employee_id)) or []
    above = [one for one in reversed(chain) if one != employee_id]
    found = await session.execute(select(Employee.id, Employee.name).where(Employee.id.in_(above), able()))
    here = {row.id: row for row in found}
    return next((here[one] for one in above if one in here), None)


async def receivers(
    session: AsyncSession, from_id: int, text: str = "", *, limit: int = 6, without: Sequence[int] = ()
) -> list[AnyRow]:
    """Colleagues who can take customers, who work closest to somebody first: rows of (id, name, unit)."""
    person = aliased(Employee)
    near = select(person.manager_id, person.unit_id).where(person.id == from_id).subquery()
    statement = (
        select(Employee.id, Employee.name, Unit.name.label("unit"))
        .join(Unit, Unit.id == Employee.unit_id)
        .join(near, or_(near.c.unit_id.is_not(None)))
        .where(able(), Employee.id != from_id, Employee.id.not_in(without))
    )
    if text:
        statement = statement.where(Employee.name.icontains(text, autoescape=True))
    same_boss = func.coalesce(Employee.manager_id == near.c.manager_id, False)
    by = (same_boss.desc(), (Employee.unit_id == near.c.unit_id).desc(), Employee.id)
    return list(await session.execute(statement.order_by(*by).limit(limit)))


async def names(session: AsyncSession, ids: Sequence[int]) -> dict[int, str]:
    """What these colleagues are called."""
    found = await session.execute(select(Employee.id, Employee.name).where(Employee.id.in_(ids)))
    return {row.id: row.name for row in found}


async def received(session: AsyncSession, actor: Actor, from_id: int, at: At = FIRST, limit: int = 6) -> Page:
    """A page of the actor's customers that came from this colleague, the next step due first."""
    came = exists().where(
        Ownership.customer_id == Customer.id,
        Ownership.to_owner_id == actor.id,
        Ownership.from_owner_id == from_id,
        Ownership.at == Customer.held_since,
        Ownership.kind.in_(GIVEN),
    )
    statement = rows_for(actor).add_columns(Customer.stage).where(Customer.owner_id == actor.id, came)
    return await paged(session, statement, (Customer.sort_key, Customer.id), at, limit)


async def moves_of(session: AsyncSession, customer_id: int, limit: int = 7) -> list[AnyRow]:
    """How a customer came from one colleague to another, the latest first (HO03).

    Rows of (at, name, kind, giver, taker, reason). The caller has made sure that the actor may see the customer.
    """
    giver, taker = aliased(Employee), aliased(Employee)
    statement = (
        select(
            Ownership.at,
            Employee.name,
            Ownership.kind,
            giver.name.label("giver"),
            taker.name.label("taker"),
            Ownership.reason,
        )
        .outerjoin(Employee, Employee.id == Ownership.by_id)
        .join(giver, giver.id == Ownership.from_owner_id)
        .join(taker, taker.id == Ownership.to_owner_id)
        .where(Ownership.customer_id == customer_id, Ownership.kind.in_(GIVEN))
    )
    return list(await session.execute(statement.order_by(Ownership.id.desc()).limit(limit)))
