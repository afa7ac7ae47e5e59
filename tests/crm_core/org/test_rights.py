"""Who may do what: each permission for each relation, and that reading and doing never disagree."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm_core import registry
from crm_core.customers.models import Customer
from crm_core.customers.ownership import Kind, move
from crm_core.customers.permissions import TIES
from crm_core.customers.service import locked
from crm_core.kit.db import Database
from crm_core.kit.errors import DomainError
from crm_core.org import queries, rights
from crm_core.org import service as org
from crm_core.org.actor import Actor
from crm_core.org.models import Company, Employee, Role, Unit, UnitKind
from crm_core.org.rights import Permission, Scope, may, require, scope_of, visible
from tests.support.company import OFFICE, PEOPLE, RELATIONS, SUPERIORS, TIED, Firm

registry.load()

OWNERS = frozenset({"owner", "stand-in"})
FINANCE = frozenset({"finance", "other finance"})  # money is one matter for the whole company
LEADS = SUPERIORS | OWNERS | {"operations", "admin"}
# Who may do it to something of the owner's that has no other ties. A new permission needs a row.
ALLOWED: dict[str, frozenset[str]] = {
    "customer.read": SUPERIORS | OFFICE | OWNERS | {"finance"},
    "customer.create": LEADS,
    "customer.change": LEADS,
    "customer.team": LEADS,
    "customer.give": LEADS,
    "customer.merge": LEADS,
    "customer.import": LEADS,
    "customer.export": LEADS | {"executive"},
    "access.see": frozenset({"admin"}),
    "visit.log": LEADS,
    "visit.change": LEADS,
    "visit.read": SUPERIORS | OFFICE | OWNERS,
    "people.manage": frozenset({"admin"}),
    "attachment.add": SUPERIORS | OWNERS,
    "handover": SUPERIORS | {"operations", "admin"},
    "customer.transfer": LEADS,
    "stand_in.name": SUPERIORS | OWNERS | {"admin"},
    "team.see": SUPERIORS | OFFICE | OWNERS,
    "pool.see": SUPERIORS | OFFICE | OWNERS,
    "pool.claim": LEADS,
    "pool.keep": LEADS,
    "pool.assign": SUPERIORS | {"operations", "admin"},
    "pool.decide": SUPERIORS | {"operations", "admin"},
    "approval.apply": SUPERIORS | OWNERS,
    "approval.read_all": frozenset({"operations", "admin"}),
    "approval.reassign": frozenset({"admin"}),
    "playbook.publish": frozenset({"admin"}),
    "person.erase": frozenset({"admin"}),
    "budget.see": SUPERIORS | OFFICE | OWNERS | FINANCE,
    "budget.report": SUPERIORS | OFFICE | FINANCE,
    "budget.manage": FINANCE | {"executive", "admin"},
    "budget.override": FINANCE | {"executive", "admin"},
    "expense.request": SUPERIORS | OWNERS,
    "expense.read": SUPERIORS | OFFICE | OWNERS | FINANCE,
    "expense.audit": FINANCE | {"operations", "executive"},
    "expense.pay": FINANCE,
    "leave.request": SUPERIORS | OWNERS,
    "leave.read": SUPERIORS | OFFICE | OWNERS,
    "reminder.own": SUPERIORS | OWNERS,
    "work_days.set": frozenset({"admin"}),
    "plan.make": SUPERIORS | OWNERS,
    "plan.read": SUPERIORS | OFFICE | OWNERS,
    "plan.review": SUPERIORS | OWNERS,
    "notice.tell": SUPERIORS | OFFICE | OWNERS,
    "task.give": SUPERIORS | OFFICE | OWNERS,
    "task.read": SUPERIORS | OFFICE | OWNERS,
    "sales_plan.make": SUPERIORS | OFFICE,
}
# Who else may do it to a customer that the helper helps with, in a territory that somebody leads.
TIES_TOO: dict[str, frozenset[str]] = {
    "customer.read": TIED | {"other finance"},  # of the branch that helps
    "customer.change": TIED,
    "visit.log": TIED,
    "customer.team": frozenset({"area lead"}),
    "customer.give": frozenset({"area lead"}),
    "customer.merge": frozenset({"area lead"}),
}


async def passes(session, actor: Actor, wanted: Permission, on: Any) -> bool:
    try:
        await require(session, actor, wanted, on=on)
    except DomainError as refused:
        if refused.code != "not_allowed":
            raise
        return False
    return True


@pytest.mark.parametrize("key", sorted(rights.permissions()))
async def test_each_permission_reaches_whom_it_should(firm: Firm, key: str):
    assert key in ALLOWED, f"a new permission: say in ALLOWED who has {key}"
    wanted = rights.permissions()[key]
    owner = firm.people["owner"].id
    async with firm.db.unit() as session:
        people = {one: await firm.actor(session, one) for one in PEOPLE}
        did = {one for one, actor in people.items() if await passes(session, actor, wanted, owner)}
        mine = select(Employee.id).where(Employee.id == owner)
        saw = {
            one
            for one, actor in people.items()
            if (await session.scalar(visible(mine, actor, wanted, Employee.id))) is not None
        }
    assert did == ALLOWED[key]
    assert saw == ALLOWED[key]


@pytest.mark.parametrize("key", sorted(rights.permissions()))
async def test_a_team_and_a_territory_reach_what_they_should(firm: Firm, key: str):
    wanted = rights.permissions()[key]
    customer = await firm.tied()
    async with firm.db.unit() as session:
        people = {one: await firm.actor(session, one) for one in PEOPLE}
        did = {one for one, actor in people.items() if await passes(session, actor, wanted, customer)}
        mine = select(Customer.id).where(Customer.id == customer.id)
        saw = {
            one
            for one, actor in people.items()
            if (await session.scalar(visible(mine, actor, wanted, TIES))) is not None
        }
    assert did == ALLOWED[key] | TIES_TOO.get(key, frozenset())
    assert saw == did


@pytest.mark.parametrize("key", sorted(rights.permissions()))
async def test_what_lies_in_a_pool_is_reached_by_no_owner(firm: Firm, key: str):
    wanted = rights.permissions()[key]
    customer = await firm.tied()
    async with firm.db.unit() as session:
        moved = await locked(session, customer.id)
        await move(session, [moved], Kind.RETURN, by_id=None, to_pool="main", reason="test")
        people = {one: await firm.actor(session, one) for one in PEOPLE}
        did = {one for one, actor in people.items() if await passes(session, actor, wanted, moved)}
        mine = select(Customer.id).where(Customer.id == customer.id)
        saw = {
            one
            for one, actor in people.items()
            if (await session.scalar(visible(mine, actor, wanted, TIES))) is not None
        }
    everywhere = {one for one, place in PEOPLE.items() if wanted.scopes.get(place.role) == Scope.ALL}
    assert did == everywhere | ({"area lead"} if wanted.territory else set())
    assert saw == did


def test_no_row_is_about_a_permission_that_is_gone():
    assert set(ALLOWED) == set(rights.permissions())


async def test_what_is_nobodys_yet_needs_the_right_alone(firm: Firm):
    async with firm.db.unit() as session:
        create = rights.permissions()["customer.create"]
        may_create = {one for one in RELATIONS if await passes(session, await firm.actor(session, one), create, None)}
        assert may_create == RELATIONS - {"finance", "other finance", "executive"}


async def test_a_rep_who_gets_reports_reaches_them_and_no_more(firm: Firm):
    read = rights.permissions()["customer.read"]
    async with firm.db.unit() as session:
        report = await session.get_one(Employee, firm.people["owner"].id)
        await org.set_manager(session, report, await session.get_one(Employee, firm.people["department"].id))
    async with firm.db.unit() as session:
        lead = await firm.actor(session, "department")
        assert scope_of(lead, read) == Scope.SUBORDINATES
        assert await passes(session, lead, read, firm.people["owner"].id)
        assert not await passes(session, lead, read, firm.people["peer"].id)
        assert not await passes(session, await firm.actor(session, "manager"), read, firm.people["owner"].id)


def somebody(*roles: Role, has_reports: bool = False) -> Actor:
    zone = ZoneInfo("Asia/Shanghai")
    return Actor(1, "李娜", frozenset(roles), 1, (1,), 1, (1,), "zh", zone, 0, has_reports)


class TestScopes:
    wanted = Permission("test", {Role.REP: Scope.OWN, Role.FINANCE: Scope.BRANCH})

    def test_the_widest_of_several_roles_counts(self):
        assert scope_of(somebody(Role.REP, Role.FINANCE), self.wanted) == Scope.BRANCH
        assert scope_of(somebody(Role.REP, Role.EXECUTIVE), self.wanted) == Scope.OWN

    def test_a_role_that_is_not_named_has_no_right(self):
        assert scope_of(somebody(Role.EXECUTIVE), self.wanted) == Scope.NONE
        assert not may(somebody(Role.EXECUTIVE), self.wanted)
        assert not may(somebody(), self.wanted)

    def test_reports_widen_own_but_give_no_right_that_the_role_lacks(self):
        assert scope_of(somebody(Role.REP, has_reports=True), self.wanted) == Scope.SUBORDINATES
        assert scope_of(somebody(Role.EXECUTIVE, has_reports=True), self.wanted) == Scope.NONE


# Random companies: for each unit its parent and whether it is a branch, for each person a unit, a manager, roles.
trees = st.integers(1, 5).flatmap(
    lambda n: st.tuples(*(st.tuples(st.integers(-1, at - 1), st.booleans()) for at in range(n)))
)
crowds = st.integers(2, 7).flatmap(
    lambda n: st.tuples(
        *(
            st.tuples(st.integers(0, 4), st.integers(-1, at - 1), st.sets(st.sampled_from(Role), max_size=2))
            for at in range(n)
        )
    )
)
scopes = st.dictionaries(st.sampled_from(Role), st.sampled_from(Scope), min_size=1)


@given(trees, crowds, scopes)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_what_one_sees_is_what_one_may_do_it_to(db: Database, tree, crowd, by_role):
    wanted = Permission("test.random", by_role)
    async with db.unit() as session:
        people = await _random_company(session, tree, crowd)
        for person in people:
            actor = await queries.actor(session, person.id)
            seen = set(await session.scalars(visible(select(Employee.id), actor, wanted, Employee.id)))
            passed = {one.id for one in people if await passes(session, actor, wanted, one.id)}
            assert seen == passed
            assert seen == _by_hand(actor, people, wanted, {unit.id: unit for unit in await session.scalars(_UNITS)})
        await session.rollback()


_UNITS = select(Unit)


async def _random_company(session, tree, crowd) -> list[Employee]:
    session.add(Company(id=1, name="华宁科技", zone="Asia/Shanghai", language="zh"))
    units: list[Unit] = []
    for at, (parent, branch) in enumerate(tree):
        kind = UnitKind.BRANCH if branch else UnitKind.DEPARTMENT
        above = units[parent] if parent >= 0 else None
        units.append(await org.add_unit(session, name=f"第{at}部", kind=kind, parent=above))
    people: list[Employee] = []
    for at, (unit, manager, roles) in enumerate(crowd):
        boss = people[manager] if manager >= 0 else None
        place = units[unit % len(units)]
        people.append(await org.add_employee(session, name=f"{at}号", unit=place, roles=roles, manager=boss))
    return people


def _by_hand(actor: Actor, people: list[Employee], wanted: Permission, units: dict[int, Unit]) -> set[int]:
    """Who is within reach, told again by walking the trees step by step."""
    bosses = {one.id: one.manager_id for one in people}
    above = {unit.id: unit.parent_id for unit in units.values()}
    home = list(_upwards(actor.unit_id, above))
    branch = next((one for one in home if units[one].kind == UnitKind.BRANCH), actor.unit_id)
    tops = {Scope.DEPARTMENT: actor.unit_id, Scope.BRANCH: branch}
    scope = max((wanted.scopes.get(role, Scope.NONE) for role in actor.roles), default=Scope.NONE)
    if scope in (Scope.NONE, Scope.ALL):
        return set(bosses) if scope else set()
    below = {one.id for one in people if actor.id in _upwards(one.id, bosses)}
    return below | {one.id for one in people if tops.get(scope) in _upwards(one.unit_id, above)}


def _upwards(start: int, above: dict[int, int | None]) -> Iterator[int]:
    at: int | None = start
    while at is not None:
        yield at
        at = above[at]


async def test_an_actor_knows_the_nearest_branch_and_all_superiors(firm: Firm):
    async with firm.db.unit() as session:
        actor = await firm.actor(session, "owner")
        names = {unit.id: unit.name for unit in await session.scalars(_UNITS)}
    assert names[actor.branch_id] == "深圳分公司"
    assert [names[one] for one in actor.unit_path] == ["华宁科技", "深圳分公司", "销售一部"]
    assert list(actor.chain) == [firm.people[one].id for one in ("director", "manager", "owner")]
