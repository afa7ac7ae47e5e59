"""Reading the organisation: actors, reports, the tree."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, BigInteger, ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.kit.db import AnyRow, AnySelect, now
from crm_core.kit.languages import language_of
from crm_core.org.actor import Actor, EmployeeId, UnitId
from crm_core.org.models import Company, Employee, Role, StandIn, Unit, UnitKind

_report = aliased(Employee)
_ancestor = aliased(Unit)


def actor_columns(moment: datetime | ColumnElement[datetime]) -> tuple[Any, ...]:
    """What `actor_of` needs of a row of (Employee, Unit, Company) at that moment."""
    away = select(StandIn.absent_id).where(
        StandIn.deputy_id == Employee.id, StandIn.starts_at <= moment, StandIn.ends_at > moment
    )
    return (
        Employee.territories,
        func.array(away.scalar_subquery(), type_=ARRAY(BigInteger)).label("stands_for"),
        Employee.id.label("employee_id"),
        Employee.name.label("employee_name"),
        Employee.roles,
        Employee.unit_id,
        Unit.path.label("unit_path"),
        Employee.chain,
        func.coalesce(Employee.zone, Company.zone).label("zone"),
        Employee.language.label("employee_language"),
        Company.language.label("company_language"),
        Company.playbook_version,
        Company.sees,
        Company.masked_roles,
        exists().where(_report.manager_id == Employee.id, _report.left_at.is_(None)).label("has_reports"),
        select(_ancestor.id)
        .where(_ancestor.id == func.any(Unit.path), _ancestor.kind == UnitKind.BRANCH)
        .order_by(func.cardinality(_ancestor.path).desc())
        .limit(1)
        .scalar_subquery()
        .label("branch_id"),
    )


def actors(moment: datetime | ColumnElement[datetime]) -> AnySelect:
    """Active employees as actor rows: what they may at that moment."""
    return (
        select(*actor_columns(moment))
        .join(Unit, Unit.id == Employee.unit_id)
        .join(Company, Company.id == 1)
        .where(Employee.left_at.is_(None))
    )


def actor_of(row: AnyRow, language: str | None = None) -> Actor:
    """The actor of a row of `actors()`; `language` is what the chat says, the employee's own choice goes first."""
    return Actor(
        id=EmployeeId(row.employee_id),
        name=row.employee_name,
        roles=frozenset(Role(role) for role in row.roles),
        unit_id=UnitId(row.unit_id),
        unit_path=tuple(row.unit_path),
        branch_id=row.branch_id,
        chain=tuple(row.chain),
        language=language_of(row.employee_language or language or row.company_language) or "zh",
        zone=ZoneInfo(row.zone),
        playbook_version=row.playbook_version,
        has_reports=row.has_reports,
        stands_for=tuple(row.stands_for),
        territories=tuple(row.territories),
        sees=tuple((Role(role), scope) for role, scope in row.sees.items()),
        masked=set(row.roles) <= set(row.masked_roles),
    )


async def actor(session: AsyncSession, employee_id: int) -> Actor | None:
    """The employee as an actor; none when unknown or left."""
    row = (await session.execute(actors(now(session)).where(Employee.id == employee_id))).one_or_none()
    return actor_of(row) if row else None


async def actors_among(session: AsyncSession, employee_ids: Collection[int]) -> Sequence[Actor]:
    """Those of them who have not left, as actors."""
    rows = await session.execute(actors(now(session)).where(Employee.id.in_(employee_ids)))
    return [actor_of(row) for row in rows]


async def in_chat(session: AsyncSession, chat_id: int) -> Actor | None:
    """Whose private chat with us this is. Its number is the person's, with whichever of our bots: who has gone over
    to another one still has what the first one sent."""
    row = (await session.execute(actors(now(session)).where(Employee.telegram_id == chat_id))).one_or_none()
    return actor_of(row) if row else None


async def seat(session: AsyncSession, employee_id: int) -> tuple[int, int] | None:
    """Where the employee can be written to: the bot's id and the chat's. None for who cannot be reached now."""
    statement = select(Employee.bot_id, Employee.telegram_id).where(
        Employee.id == employee_id,
        Employee.bot_id.is_not(None),
        Employee.telegram_id.is_not(None),
        Employee.unreachable_since.is_(None),
        Employee.left_at.is_(None),
    )
    row = (await session.execute(statement)).one_or_none()
    return (row.bot_id, row.telegram_id) if row else None


async def reports(session: AsyncSession, actor: Actor) -> Sequence[AnyRow]:
    """Direct and indirect reports still here, nearest first: rows of (id, name, depth)."""
    depth = func.cardinality(Employee.chain).label("depth")
    statement = (
        select(Employee.id, Employee.name, depth)
        .where(Employee.chain.contains([actor.id]), Employee.id != actor.id, Employee.left_at.is_(None))
        .order_by(depth, Employee.id)
    )
    return (await session.execute(statement)).all()


async def count_reports(session: AsyncSession, employee_id: int) -> int:
    """How many report directly to somebody."""
    statement = select(func.count()).where(Employee.manager_id == employee_id, Employee.left_at.is_(None))
    return await session.scalar(statement) or 0


async def units(session: AsyncSession, text: str, limit: int) -> Sequence[AnyRow]:
    """Branches and departments by a part of the name: rows of (id, name, parent)."""
    parent = aliased(Unit)
    statement = select(Unit.id, Unit.name, parent.name.label("parent")).outerjoin(parent, parent.id == Unit.parent_id)
    if text:
        statement = statement.where(Unit.name.icontains(text, autoescape=True))
    return (await session.execute(statement.order_by(func.cardinality(Unit.path), Unit.id).limit(limit))).all()


async def unit(session: AsyncSession, unit_id: int) -> Unit | None:
    return await session.get(Unit, unit_id)


async def people(
    session: AsyncSession, text: str = "", *, after: int | None = None, limit: int = 6
) -> Sequence[AnyRow]:
    """People who are here, by a part of the name: rows of (id, name, roles, unit, has_access, manager)."""
    manager = aliased(Employee)
    statement = (
        select(
            Employee.id,
            Employee.name,
            Employee.roles,
            Unit.name.label("unit"),
            Employee.telegram_id.is_not(None).label("has_access"),
            manager.name.label("manager"),
        )
        .join(Unit, Unit.id == Employee.unit_id)
        .outerjoin(manager, manager.id == Employee.manager_id)
        .where(Employee.left_at.is_(None))
        .order_by(Employee.id)
        .limit(limit)
    )
    if text:
        statement = statement.where(Employee.name.icontains(text, autoescape=True))
    if after is not None:
        statement = statement.where(Employee.id > after)
    return (await session.execute(statement)).all()


async def zone_of(session: AsyncSession, employee_id: int) -> ZoneInfo:
    """Where somebody works."""
    zone = select(func.coalesce(Employee.zone, Company.zone)).join(Company, Company.id == 1)
    return ZoneInfo(await session.scalar(zone.where(Employee.id == employee_id)) or "UTC")


async def today_of(session: AsyncSession, employee_id: int) -> date:
    """The day it is where somebody works."""
    return now(session).astimezone(await zone_of(session, employee_id)).date()


async def person(session: AsyncSession, employee_id: int) -> AnyRow | None:
    """One of `people`."""
    rows = await people(session, after=employee_id - 1, limit=1)
    return rows[0] if rows and rows[0].id == employee_id else None
