"""Who may see and do what: permissions are declared by features with a data scope per role, and decided here.

A record belongs to an employee (`owner`): a scope is a set of owners. The widest scope of a person's roles counts, and
one's direct and indirect reports are always within reach of what one's own role allows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from crm_core.kit.db import AnySelect
from crm_core.kit.errors import NOT_ALLOWED, DomainError
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Role, Unit


class Scope(IntEnum):
    """How far a permission reaches; a larger one contains the smaller ones for the same person."""

    NONE = 0
    OWN = 1
    SUBORDINATES = 2  # direct and indirect
    DEPARTMENT = 3
    BRANCH = 4
    ALL = 5


@dataclass(frozen=True, slots=True)
class Permission:
    """Something one may do, and how far, by role."""

    key: str
    scopes: Mapping[Role, Scope]


_PERMISSIONS: Final[dict[str, Permission]] = {}


def permission(key: str, **scopes: Scope) -> Permission:
    """Declare a permission. A role that is not named has no right to it."""
    made = Permission(key, {Role(role): scope for role, scope in scopes.items()})
    _PERMISSIONS[key] = made
    return made


def permissions() -> Mapping[str, Permission]:
    return _PERMISSIONS


def scope_of(actor: Actor, wanted: Permission) -> Scope:
    """How far the actor's roles let this permission reach."""
    scope = max((wanted.scopes.get(role, Scope.NONE) for role in actor.roles), default=Scope.NONE)
    if scope == Scope.OWN and actor.has_reports:
        return Scope.SUBORDINATES
    return scope


def may(actor: Actor, wanted: Permission) -> bool:
    """Whether the actor may do this to anything at all (menus, commands)."""
    return scope_of(actor, wanted) > Scope.NONE


def visible(
    statement: AnySelect, actor: Actor, wanted: Permission, owner: InstrumentedAttribute[Any] | ColumnElement[Any]
) -> AnySelect:
    """The statement, narrowed to rows whose `owner` column is within the actor's reach."""
    return statement.where(within(actor, wanted, owner))


def within(
    actor: Actor, wanted: Permission, owner: InstrumentedAttribute[Any] | ColumnElement[Any]
) -> ColumnElement[bool]:
    """The condition that `owner` (an employee id) is within the actor's reach."""
    scope = scope_of(actor, wanted)
    if scope == Scope.ALL:
        return true()
    if scope == Scope.NONE:
        return owner.in_(())
    if scope == Scope.OWN:
        return owner == actor.id
    return owner.in_(select(Employee.id).where(_reach(actor, scope)))


def _reach(actor: Actor, scope: Scope) -> ColumnElement[bool]:
    reports = Employee.chain.contains([actor.id])
    if scope == Scope.DEPARTMENT:
        return or_(reports, _unit_below(actor.unit_id))
    if scope == Scope.BRANCH:
        return or_(reports, _unit_below(actor.branch_id or actor.unit_id))
    return reports


def _unit_below(unit_id: int) -> ColumnElement[bool]:
    return Employee.unit_id.in_(select(Unit.id).where(Unit.path.contains([unit_id])))


async def require(session: AsyncSession, actor: Actor, wanted: Permission, *, on: int | None = None) -> None:
    """Raise `not_allowed` unless the actor may do this; `on` is the owner (employee id) of what it is done to."""
    scope = scope_of(actor, wanted)
    if scope == Scope.ALL or (scope > Scope.NONE and (on is None or on == actor.id)):
        return
    if scope > Scope.OWN and on is not None:
        reach = select(Employee.id).where(Employee.id == on, _reach(actor, scope))
        if (await session.execute(reach)).first() is not None:
            return
    raise DomainError(NOT_ALLOWED)
