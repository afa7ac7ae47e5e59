"""How changes of people are taken back (BY08); what of the organisation stays as it is.

Taking a leaving back gives the very same messenger account its access again: it was the same admin's slip, minutes
ago, and what made access dangerous (an open invite) has ended and stays so.
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.errors import DomainError
from crm_core.kit.undo import stays, undoable
from crm_core.org import errors
from crm_core.org.actor import Actor
from crm_core.org.attention import next_digest
from crm_core.org.models import Company, Employee, EmployeeBirthday, Invite, StandIn, Unit, WorkDay
from crm_core.org.permissions import MANAGE_PEOPLE
from crm_core.org.rights import require


async def _allowed(session: AsyncSession, actor: Actor, _employee: Employee) -> None:
    await require(session, actor, MANAGE_PEOPLE)


async def _label(_session: AsyncSession, employee: Employee) -> str:
    return employee.name


async def _derive(session: AsyncSession, _actor: Actor, employee: Employee) -> None:
    """Who comes back needs a manager who is still here and an account that nobody else came in with meanwhile."""
    if employee.left_at is not None:
        return
    with session.no_autoflush:
        manager = await session.get(Employee, employee.manager_id) if employee.manager_id else None
        if manager is not None and manager.left_at is not None:
            raise DomainError(errors.HAS_LEFT, name=manager.name)
        same = select(Employee).where(
            Employee.telegram_id == employee.telegram_id, Employee.left_at.is_(None), Employee.id != employee.id
        )
        if employee.telegram_id is not None and (other := await session.scalar(same)) is not None:
            raise DomainError(errors.ALREADY_MEMBER, name=other.name)
        employee.digest_due_at = await next_digest(session, employee)


undoable(Employee, allowed=_allowed, label=_label, derive=_derive, minor=frozenset({"language"}))
stays(Invite, "a link is shown once; a new one ends it")
stays(Company, "it is set up at the command line")
stays(StandIn, "it ends on its day, or when somebody ends it")
stays(Unit, "units are made at the command line")
stays(WorkDay, "the same tap on the calendar turns it back")
stays(EmployeeBirthday, "it is said anew in the settings")
