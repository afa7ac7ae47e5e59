"""The people and units that the rules of one request may come to: read at once, and no more than those."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.people import People, Person
from crm_core.org.models import Employee, Role, Unit
from crm_core.playbook.flows import Flow, Signer

_RESORTS: Final = (Role.ADMIN.value, Role.EXECUTIVE.value, Role.OPERATIONS.value)
_COLUMNS: Final = (Employee.id, Employee.name, Employee.unit_id, Employee.manager_id, Employee.roles, Employee.left_at)


async def people_for(
    session: AsyncSession, flow: Flow, applicant: int, form: Mapping[str, Any], also: Iterable[int] = ()
) -> People:
    """Everybody whom the flow's rules, and its rules for exceptions, can come to for this applicant."""
    rules = [*flow.cc, *(rule for step in flow.steps for rule in step.approvers)]
    ids, names, roles = _mentioned(flow, rules, form)
    ids |= {applicant, *also}
    rows = list(await session.execute(select(*_COLUMNS, Employee.chain).where(_any_of(ids, names, roles))))
    above = {one for row in rows for one in row.chain} - {row.id for row in rows}
    if above:
        rows += await session.execute(select(*_COLUMNS, Employee.chain).where(Employee.id.in_(above)))
    people = People({row.id: _person(row) for row in rows}, applicant)
    if not any(people.fit(one) for one in people.known):
        rest = select(*_COLUMNS).where(Employee.left_at.is_(None), Employee.id != applicant).order_by(Employee.id)
        found = {row.id: _person(row) for row in await session.execute(rest.limit(1))}
        people = People({**people.known, **found}, applicant)
    return people


def _mentioned(flow: Flow, rules: list[Signer], form: Mapping[str, Any]) -> tuple[set[int], set[str], set[str]]:
    users = {one.user for one in rules if one.user}
    if flow.policy.empty_approver.startswith("user:"):
        users.add(flow.policy.empty_approver.removeprefix("user:"))
    asked = {form.get(one.form_user) for one in rules if one.form_user}
    ids = {int(one) for one in users if one.isdigit()} | {one for one in asked if isinstance(one, int)}
    return ids, {one for one in users if not one.isdigit()}, {one.role.value for one in rules if one.role} | {*_RESORTS}


def _any_of(ids: set[int], names: set[str], roles: set[str]) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = [Employee.id.in_(ids)]
    if names:
        ways.append(Employee.name.in_(names))
    ways.append(Employee.left_at.is_(None) & Employee.roles.overlap(sorted(roles)))
    return or_(*ways)


def _person(row: Any) -> Person:
    return Person(row.id, row.name, row.unit_id, row.manager_id, frozenset(row.roles), row.left_at is None)


async def units_of(session: AsyncSession, unit_id: int) -> tuple[str, ...]:
    """The names of a unit and those it lies in, from the root down."""
    path = await session.scalar(select(Unit.path).where(Unit.id == unit_id)) or []
    names = {row.id: row.name for row in await session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(path)))}
    return tuple(names[one] for one in path if one in names)
