"""Operations on the organisation: the company, its units and people."""

from collections.abc import Iterable
from zoneinfo import available_timezones

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.events import publish
from crm_core.kit.languages import Language
from crm_core.org import errors
from crm_core.org.actor import Actor
from crm_core.org.attention import next_digest
from crm_core.org.events import AccessEnded, EmployeeLeaving, EmployeeLeft, ManagerChanged
from crm_core.org.invites import issue_invite, revoke_invites
from crm_core.org.models import Company, Employee, Role, Unit, UnitKind
from crm_core.org.permissions import MANAGE_PEOPLE
from crm_core.org.rights import require


async def found_company(session: AsyncSession, *, company: str, admin: str, zone: str, language: str) -> str:
    """Make the company, its head office and the first admin; answers the token of the admin's invite.

    Raises `company.exists` when this database already holds one, `company.zone_unknown` for no IANA zone.
    """
    if zone not in available_timezones():
        raise DomainError(errors.ZONE_UNKNOWN, field="zone", zone=zone)
    if await session.get(Company, 1) is not None:
        raise DomainError(errors.COMPANY_EXISTS)
    session.add(Company(id=1, name=company, zone=zone, language=language))
    head = await add_unit(session, name=company, kind=UnitKind.BRANCH)
    first = await add_employee(session, name=admin, unit=head, roles=(Role.ADMIN,))
    return await issue_invite(session, None, first)


async def add_unit(session: AsyncSession, *, name: str, kind: UnitKind, parent: Unit | None = None) -> Unit:
    """A new branch or department under `parent`."""
    unit = Unit(name=name, kind=kind, parent_id=parent.id if parent else None)
    session.add(unit)
    await session.flush()
    unit.path = [*(parent.path if parent else ()), unit.id]
    await session.flush()
    return unit


async def add_employee(
    session: AsyncSession,
    *,
    name: str,
    unit: Unit,
    roles: Iterable[Role],
    manager: Employee | None = None,
    zone: str | None = None,
    language: str | None = None,
) -> Employee:
    """A new person of the company. Access needs an invite."""
    employee = Employee(
        name=name,
        unit_id=unit.id,
        manager_id=manager.id if manager else None,
        roles=[role.value for role in roles],
        zone=zone,
        language=language,
        created_at=now(session),
    )
    session.add(employee)
    await session.flush()
    employee.chain = [*(manager.chain if manager else ()), employee.id]
    employee.digest_due_at = await next_digest(session, employee)
    await session.flush()
    return employee


async def hire(
    session: AsyncSession,
    actor: Actor,
    *,
    name: str,
    unit_id: int,
    roles: Iterable[Role],
    manager_id: int | None = None,
) -> Employee:
    """An admin adds a person (who then needs an invite)."""
    await require(session, actor, MANAGE_PEOPLE)
    unit = await session.get(Unit, unit_id)
    if unit is None:
        raise DomainError(NOT_FOUND, field="unit")
    manager = await session.get(Employee, manager_id) if manager_id else None
    if manager is not None and manager.left_at is not None:
        raise DomainError(errors.HAS_LEFT, field="manager", name=manager.name)
    return await add_employee(session, name=name, unit=unit, roles=roles, manager=manager)


async def set_manager(session: AsyncSession, employee: Employee, manager: Employee | None) -> None:
    """Change the reporting line; the whole branch of the tree below moves along. Raises `org.cycle`."""
    if manager is not None and employee.id in manager.chain:
        raise DomainError(errors.CYCLE, field="manager")
    below = (await session.scalars(select(Employee).where(Employee.chain.contains([employee.id])))).all()
    employee.manager_id = manager.id if manager else None
    start = list(manager.chain) if manager else []
    for person in below:
        person.chain = start + person.chain[person.chain.index(employee.id) :]
    await session.flush()
    await publish(session, ManagerChanged(employee.id, employee.manager_id))


async def leave(session: AsyncSession, actor: Actor, employee_id: int) -> Employee:
    """The person leaves: access ends with this very change.

    Refused while reports or customers hang on the person (BY23), for oneself, and for the last admin.
    Other features raise their own reasons through `EmployeeLeaving`.
    """
    await require(session, actor, MANAGE_PEOPLE)
    if employee_id == actor.id:
        raise DomainError(errors.NOT_YOURSELF)
    employee = await session.get(Employee, employee_id, with_for_update=True)
    if employee is None:
        raise DomainError(NOT_FOUND)
    if employee.left_at is not None:
        raise DomainError(errors.HAS_LEFT, name=employee.name)
    await _refuse_holes(session, employee)
    await publish(session, EmployeeLeaving(employee.id, employee.name))
    employee.left_at = now(session)
    employee.digest_due_at = None
    await _shut(session, employee)
    await publish(session, EmployeeLeft(employee.id))
    return employee


async def cut_off(session: AsyncSession, actor: Actor | None, employee_id: int) -> Employee:
    """A phone is lost or stolen: what comes from its account is heard no more, and nothing goes there.

    The person keeps all that is theirs, and comes in again by a new invite. None as the actor is the operator at the
    command line. Raises `employee.no_access`.
    """
    if actor is not None:
        await require(session, actor, MANAGE_PEOPLE)
    employee = await session.get(Employee, employee_id, with_for_update=True)
    if employee is None:
        raise DomainError(NOT_FOUND)
    if employee.left_at is not None:
        raise DomainError(errors.HAS_LEFT, name=employee.name)
    if employee.telegram_id is None:
        raise DomainError(errors.NO_ACCESS, name=employee.name)
    if actor is not None and employee_id == actor.id:
        raise DomainError(errors.NOT_YOURSELF)
    await _shut(session, employee)
    return employee


async def _shut(session: AsyncSession, employee: Employee) -> None:
    """Neither the account nor an open invite lets anybody in as this person."""
    chat_id, employee.telegram_id = employee.telegram_id, None
    await revoke_invites(session, employee.id)
    await session.flush()
    if chat_id is not None:
        await publish(session, AccessEnded(employee.id, employee.bot_id, chat_id))


async def _refuse_holes(session: AsyncSession, employee: Employee) -> None:
    reports = select(func.count()).where(Employee.manager_id == employee.id, Employee.left_at.is_(None))
    if count := await session.scalar(reports):
        raise DomainError(errors.HAS_REPORTS, name=employee.name, count=count)
    admins = select(func.count()).where(
        Employee.roles.contains([Role.ADMIN.value]), Employee.left_at.is_(None), Employee.id != employee.id
    )
    if Role.ADMIN in employee.roles and not await session.scalar(admins):
        raise DomainError(errors.LAST_ADMIN)


async def choose_language(session: AsyncSession, actor: Actor, language: Language) -> None:
    """A person's own choice, over what the messenger says."""
    employee = await session.get_one(Employee, actor.id)
    employee.language = language
    await session.flush()
