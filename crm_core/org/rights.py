"""Who may see and do what: permissions are declared by features with a data scope per role, and decided here.

A record belongs to an employee (`owner`): a scope is a set of owners. The widest scope of a person's roles counts, and
one's direct and indirect reports are always within reach of what one's own role allows. Whom one stands in for counts
as oneself. A record may have further ties: a team of helpers, and a territory that somebody leads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, Protocol

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    and_,
    any_,
    cast,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)
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
    """Something one may do, and how far, by role; whether a record's team, and who leads its territory, may do it."""

    key: str
    scopes: Mapping[Role, Scope]
    team: bool = False
    territory: bool = False
    reading: bool = False  # the company may say otherwise for a role that has it (data rights, BR01)


Column = InstrumentedAttribute[Any] | ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Ties:
    """What ties the records of a table to people, as columns: the owner's id, the team's ids, the territory's key.

    Records for which `there` is false are within nobody's reach: only a trace of them is kept.
    """

    owner: Column
    team: Column | None = None
    territory: Column | None = None
    there: ColumnElement[bool] | None = None


class Tied(Protocol):
    """A record with its ties: the owner's id or none, the team's ids, the territory's key or none.

    Without an owner only who leads its territory, or may see all, has a way to it.
    """

    @property
    def owner_id(self) -> Any: ...

    @property
    def team(self) -> Any: ...

    @property
    def territory(self) -> Any: ...


_NOBODY: Final[ColumnElement[Any]] = literal_column("'{}'::bigint[]")
_PERMISSIONS: Final[dict[str, Permission]] = {}


def permission(
    key: str, *, team: bool = False, territory: bool = False, reading: bool = False, **scopes: Scope
) -> Permission:
    """Declare a permission. A role that is not named has no right to it, by no tie."""
    made = Permission(key, {Role(role): scope for role, scope in scopes.items()}, team, territory, reading)
    _PERMISSIONS[key] = made
    return made


def for_oneself(key: str) -> Permission:
    """Declare what everybody may, whatever the role."""
    made = Permission(key, dict.fromkeys(Role, Scope.OWN))
    _PERMISSIONS[key] = made
    return made


def permissions() -> Mapping[str, Permission]:
    return _PERMISSIONS


def scope_of(actor: Actor, wanted: Permission) -> Scope:
    """How far the actor's roles let this permission reach."""
    said = dict(actor.sees) if wanted.reading else {}
    known = (role for role in actor.roles if wanted.scopes.get(role, Scope.NONE) > Scope.NONE)
    scope = max((Scope(said.get(role, wanted.scopes[role])) for role in known), default=Scope.NONE)
    if scope == Scope.OWN and actor.has_reports:
        return Scope.SUBORDINATES
    return scope


def may(actor: Actor, wanted: Permission) -> bool:
    """Whether the actor may do this to anything at all (menus, commands)."""
    return scope_of(actor, wanted) > Scope.NONE


def whole(actor: Actor, ties: Ties) -> ColumnElement[bool]:
    """The condition that phone numbers of the row's customer are shown whole: of one's own, and those one helps with.

    Whoever the company does not mask them for sees all.
    """
    if not actor.masked:
        return true()
    owners = [actor.id, *actor.stands_for]
    helps = [] if ties.team is None else [ties.team.op("&&")(_array(owners))]
    return or_(ties.owner.in_(owners), *helps)


def is_whole(actor: Actor, on: Tied) -> bool:
    """`whole`, asked of one record."""
    return not actor.masked or bool({on.owner_id, *(on.team or ())} & {actor.id, *actor.stands_for})


def visible(statement: AnySelect, actor: Actor, wanted: Permission, ties: Ties | Column) -> AnySelect:
    """The statement, narrowed to rows within the actor's reach; a column alone is the owner's."""
    return statement.where(within(actor, wanted, ties))


def within(actor: Actor, wanted: Permission, ties: Ties | Column) -> ColumnElement[bool]:
    """The condition that a row is within the actor's reach; a column alone is the owner's (an employee id)."""
    ties = ties if isinstance(ties, Ties) else Ties(ties)
    scope = scope_of(actor, wanted)
    if scope == Scope.ALL:
        return true() if ties.there is None else ties.there
    if scope == Scope.NONE:
        return false()
    reached = _reached(actor, wanted, ties, scope)
    return reached if ties.there is None else and_(ties.there, reached)


def _reached(actor: Actor, wanted: Permission, ties: Ties, scope: Scope) -> ColumnElement[bool]:
    owners = [actor.id, *actor.stands_for]
    ways = [_owned(actor, scope, ties.owner, owners)]
    if wanted.team and ties.team is not None:
        ways.append(_helped(actor, scope, ties.team, owners))
    if wanted.territory and ties.territory is not None and actor.territories:
        ways.append(ties.territory.in_(actor.territories))
    return or_(*ways)


def _helped(actor: Actor, scope: Scope, team: Column, owners: Sequence[int]) -> ColumnElement[bool]:
    """Where nobody helps anybody PostgreSQL knows nothing of who is in a team, and takes every two-hundredth record for
    one's own: it would walk a million customers in the order asked for to find one's three. That teams are empty it
    does know.
    """
    if scope > Scope.OWN:
        return team.op("&&")(_those(actor, scope))
    return and_(team.op("&&")(_array(owners)), team != _NOBODY)


def _owned(actor: Actor, scope: Scope, owner: Column, owners: Sequence[int]) -> ColumnElement[bool]:
    if scope > Scope.OWN:
        return owner == any_(_those(actor, scope))
    return owner == actor.id if len(owners) == 1 else owner.in_(owners)


def _those(actor: Actor, scope: Scope) -> ColumnElement[Any]:
    """The ids of everybody within a scope as one array: asked once, and then looked up in indexes."""
    return func.array(select(Employee.id).where(_reach(actor, scope)).scalar_subquery(), type_=ARRAY(BigInteger))


def _array(ids: Sequence[int]) -> ColumnElement[Any]:
    return cast(ids, ARRAY(BigInteger))


def _reach(actor: Actor, scope: Scope) -> ColumnElement[bool]:
    reports = or_(*(Employee.chain.contains([one]) for one in (actor.id, *actor.stands_for)))
    if scope == Scope.DEPARTMENT:
        return or_(reports, _unit_below(actor.unit_id))
    if scope == Scope.BRANCH:
        return or_(reports, _unit_below(actor.branch_id or actor.unit_id))
    return reports


def _unit_below(unit_id: int) -> ColumnElement[bool]:
    return Employee.unit_id.in_(select(Unit.id).where(Unit.path.contains([unit_id])))


async def require(session: AsyncSession, actor: Actor, wanted: Permission, *, on: int | Tied | None = None) -> None:
    """Raise `not_allowed` unless the actor may do this; `on` is what it is done to, or its owner (employee id)."""
    scope = scope_of(actor, wanted)
    if scope == Scope.ALL or (scope > Scope.NONE and on is None):
        return
    if scope > Scope.NONE and on is not None and await _reaches(session, actor, wanted, scope, on):
        return
    raise DomainError(NOT_ALLOWED)


async def _reaches(session: AsyncSession, actor: Actor, wanted: Permission, scope: Scope, on: int | Tied) -> bool:
    owner, team, territory = (on, (), None) if isinstance(on, int) else (on.owner_id, on.team, on.territory)
    people = {owner} if owner is not None else set[int]()
    if wanted.team:
        people |= set(team or ())  # none yet on a row that an undo puts back
    if people & {actor.id, *actor.stands_for} or (wanted.territory and territory in actor.territories):
        return True
    if scope == Scope.OWN or not people:
        return False
    reach = select(Employee.id).where(Employee.id.in_(people), _reach(actor, scope))
    return (await session.execute(reach)).first() is not None
