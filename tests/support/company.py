"""A company with one person for each relation that rights know, as seen from 李娜 and her customers.

                  华宁科技 (head office): 蒋涛 admin, 孙雪 operations, 钱伟 executive
        ┌────────────┴──────────────────────┐
深圳分公司 (branch): 赵立 manager, 赵敏 finance     上海分公司 (branch): 郑凯 manager, 吴佳怡 rep, 沈岚 finance
  ├ 销售一部: 王海燕 manager (under 赵立), 李娜 and 陈晓东 reps (under 王海燕), 周立 rep (under 赵立)
  └ 销售二部: 褚亮 rep (under 赵立)

In 上海分公司 are also the ties that reach over branches: 罗兰 leads the territory of Shenzhen, 马超 stands in for 李娜
this month, 何小雨 (under 宋佳) helps with the customers that a test gives her.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.service import act_as
from crm_core.customers.commands import NewCustomer
from crm_core.customers.models import Customer, StaleTimer
from crm_core.customers.service import create_customer
from crm_core.customers.team import add_member
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database, now
from crm_core.org import queries
from crm_core.org import service as org
from crm_core.org.actor import Actor
from crm_core.org.models import Company, Employee, Role, StandIn, Unit, UnitKind
from crm_core.visits.models import Visit, VisitKind
from crm_core.visits.service import LogVisit, log_visit
from tests.support.snapshots import built_once


@dataclass(frozen=True)
class Place:
    """Somebody's place in the company."""

    name: str
    role: Role
    unit: str
    manager: str | None = None  # a relation
    territories: tuple[str, ...] = ()
    stands_for: str | None = None  # a relation


BRANCHES: Final = ("深圳分公司", "上海分公司")
DEPARTMENTS: Final = {"销售一部": "深圳分公司", "销售二部": "深圳分公司"}
PEOPLE: Final = {
    "director": Place("赵立", Role.MANAGER, "深圳分公司"),
    "manager": Place("王海燕", Role.MANAGER, "销售一部", "director"),
    "owner": Place("李娜", Role.REP, "销售一部", "manager"),
    "peer": Place("陈晓东", Role.REP, "销售一部", "manager"),
    "department": Place("周立", Role.REP, "销售一部", "director"),
    "other department": Place("褚亮", Role.REP, "销售二部", "director"),
    "finance": Place("赵敏", Role.FINANCE, "深圳分公司"),
    "other manager": Place("郑凯", Role.MANAGER, "上海分公司"),
    "other branch": Place("吴佳怡", Role.REP, "上海分公司", "other manager"),
    "other finance": Place("沈岚", Role.FINANCE, "上海分公司"),
    "area lead": Place("罗兰", Role.MANAGER, "上海分公司", territories=("south",)),
    "helper's manager": Place("宋佳", Role.MANAGER, "上海分公司"),
    "helper": Place("何小雨", Role.REP, "上海分公司", "helper's manager"),
    "stand-in": Place("马超", Role.REP, "上海分公司", stands_for="owner"),
    "operations": Place("孙雪", Role.OPERATIONS, "华宁科技"),
    "executive": Place("钱伟", Role.EXECUTIVE, "华宁科技"),
    "admin": Place("蒋涛", Role.ADMIN, "华宁科技"),
}
RELATIONS: Final = frozenset(PEOPLE)

# Sets of relations that rules are made of.
SUPERIORS: Final = frozenset({"manager", "director"})
OFFICE: Final = frozenset({"operations", "executive", "admin"})
TIED: Final = frozenset({"area lead", "helper", "helper's manager", "stand-in"})
"""To a customer in Shenzhen that the helper helps with."""
HERE: Final = "深圳"


async def found_units(session: AsyncSession, head: Unit | None = None) -> dict[str, Unit]:
    """The company and its tree by name."""
    if head is None:
        session.add(Company(id=1, name="华宁科技", zone="Asia/Shanghai", language="zh"))
        head = await org.add_unit(session, name="华宁科技", kind=UnitKind.BRANCH)
    units = {"华宁科技": head}
    for name in BRANCHES:
        units[name] = await org.add_unit(session, name=name, kind=UnitKind.BRANCH, parent=head)
    for name, branch in DEPARTMENTS.items():
        units[name] = await org.add_unit(session, name=name, kind=UnitKind.DEPARTMENT, parent=units[branch])
    return units


async def hire_everybody(session: AsyncSession) -> dict[str, Employee]:
    """The company with all its people, by relation."""
    units = await found_units(session)
    hired: dict[str, Employee] = {}
    for relation, place in PEOPLE.items():
        hired[relation] = await org.add_employee(
            session,
            name=place.name,
            unit=units[place.unit],
            roles=[place.role],
            manager=hired[place.manager] if place.manager else None,
        )
    await tie(session, {relation: one.id for relation, one in hired.items()})
    return hired


async def tie(session: AsyncSession, people: dict[str, int]) -> None:
    """Give the people (ids by relation) the territories that they lead and those they stand in for."""
    moment = now(session)
    for relation, place in PEOPLE.items():
        person = await session.get_one(Employee, people[relation])
        person.territories = list(place.territories)
        if place.stands_for is not None:
            absent = people[place.stands_for]
            month = {"starts_at": moment - timedelta(days=3), "ends_at": moment + timedelta(days=27)}
            session.add(StandIn(absent_id=absent, deputy_id=person.id, created_by=absent, **month))
    await session.flush()


WORDS: Final = {"type": "a", "category": "key", "industry": "electronics", "source": "referral"}


@dataclass
class Firm:
    """The people by relation, and shortcuts for what they do."""

    db: Database
    clock: FixedClock
    people: dict[str, Employee]

    async def actor(self, session: AsyncSession, relation: str = "owner") -> Actor:
        """Act as this person from here on."""
        actor = await queries.actor(session, self.people[relation].id)
        assert actor is not None
        act_as(session, actor.id)
        return actor

    async def customer(self, name: str = "深圳市华宁电子有限公司", by: str = "owner", **given: Any) -> Customer:
        async with self.db.unit() as session:
            command = NewCustomer(**{"name": name, **WORDS, **given})
            return await create_customer(session, await self.actor(session, by), command)

    async def visit(self, customer: Customer, by: str = "owner", **given: Any) -> Visit:
        async with self.db.unit() as session:
            command = {"customer": customer.id, "kind": VisitKind.RETURN, "summary": "谈了年框，下周三送样", **given}
            return await log_visit(session, await self.actor(session, by), LogVisit(**command))

    async def tied(self, **given: Any) -> Customer:
        """The owner's customer in Shenzhen that the helper helps with."""
        customer = await self.customer(city=HERE, **given)
        async with self.db.unit() as session:
            helper = self.people["helper"].id
            await add_member(session, await self.actor(session), customer.id, helper, "support")
        return await self.again(customer)

    async def again(self, customer: Customer) -> Customer:
        """The customer as it stands in the database now."""
        async with self.db.unit() as session:
            return await session.get_one(Customer, customer.id)

    async def stale_from(self, customer: Customer) -> datetime | None:
        """When the stale-archive rule looks at the customer next."""
        async with self.db.unit() as session:
            return (await session.get_one(StaleTimer, customer.id)).due_at


async def found_firm(db: Database, clock: FixedClock) -> Firm:
    """The company with all its people, in an empty database."""

    async def build() -> None:
        async with db.unit() as session:
            await hire_everybody(session)

    await built_once(db, ("firm", clock.now()), build)
    async with db.unit() as session:
        people = (await session.scalars(select(Employee).order_by(Employee.id))).all()
    return Firm(db, clock, dict(zip(PEOPLE, people, strict=True)))
