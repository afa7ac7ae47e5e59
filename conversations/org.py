"""The form with which an admin adds a colleague, and how a form refers to one."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.form import Answers, Field, Form, Option
from conversations.kinds.choices import Choice
from conversations.kinds.plain import Text
from conversations.kinds.reference import Found, NamedRef
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org import queries, service
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Role
from crm_core.org.permissions import MANAGE_PEOPLE
from screens.org import hired_screen
from screens.screen import N_, Screen
from screens.words.org import ROLES

_MOST_OPTIONS: Final = 5


def _found(rows: list[Option]) -> Found:
    return Found(tuple(rows[:_MOST_OPTIONS]), len(rows) > _MOST_OPTIONS)


async def _units(session: AsyncSession, _actor: Actor, text: str, _held: Answers) -> Found:
    rows = await queries.units(session, text, _MOST_OPTIONS + 1)
    return _found([Option(row.id, row.name, row.parent or "") for row in rows])


async def _unit(session: AsyncSession, _actor: Actor, unit_id: int) -> Option:
    unit = await queries.unit(session, unit_id)
    if unit is None:
        raise DomainError(NOT_FOUND)
    return Option(unit.id, unit.name)


async def _people(session: AsyncSession, _actor: Actor, text: str, _held: Answers) -> Found:
    rows = await queries.people(session, text, limit=_MOST_OPTIONS + 1)
    return _found([Option(row.id, row.name, row.unit) for row in rows])


async def _person(session: AsyncSession, _actor: Actor, employee_id: int) -> Option:
    person = await queries.actor(session, employee_id)
    if person is None:
        raise DomainError(NOT_FOUND)
    return Option(person.id, person.name)


EMPLOYEE: Final = NamedRef(find=_people, get=_person)
UNIT: Final = NamedRef(find=_units, get=_unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hire:
    """A new colleague."""

    name: str
    role: Role
    unit: int
    manager: int | None = None


async def _hire(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Employee:
    asked = Hire(**values)
    return await service.hire(
        session, actor, name=asked.name, unit_id=asked.unit, roles=(asked.role,), manager_id=asked.manager
    )


async def _hired(_session: AsyncSession, _actor: Actor, employee: Employee) -> Screen:
    return hired_screen(employee)


HIRE: Final = Form(
    "org.hire",
    title=N_("New colleague"),
    fields=(
        Field("name", Text(most=40), N_("Full name"), N_("What is the colleague's name?")),
        Field("role", Choice(Role, ROLES), N_("Role"), N_("Which role?")),
        Field("unit", UNIT, N_("Department"), N_("In which department?")),
        Field(
            "manager",
            EMPLOYEE,
            N_("Reports to"),
            N_("Whom does the colleague report to?"),
            required=False,
        ),
    ),
    command=Hire,
    submit=_hire,
    done=_hired,
    permission=MANAGE_PEOPLE,
)
