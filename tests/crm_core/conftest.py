"""The company of `tests/support/company.py` in an empty database."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.service import act_as
from crm_core.customers.commands import NewCustomer
from crm_core.customers.models import Customer
from crm_core.customers.service import create_customer
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database
from crm_core.org import queries
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.visits.models import Visit, VisitKind
from crm_core.visits.service import LogVisit, log_visit
from tests.support.company import hire_everybody

WORDS = {"type": "a", "category": "key", "industry": "electronics", "source": "referral"}


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

    async def again(self, customer: Customer) -> Customer:
        """The customer as it stands in the database now."""
        async with self.db.unit() as session:
            return await session.get_one(Customer, customer.id)


@pytest.fixture
async def firm(db: Database, clock: FixedClock) -> Firm:
    async with db.unit() as session:
        people = await hire_everybody(session)
    return Firm(db, clock, people)
