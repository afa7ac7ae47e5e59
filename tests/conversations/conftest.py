"""A small company with phones, for the tests of forms."""

from dataclasses import dataclass

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.service import act_as
from crm_core.customers.commands import NewCustomer
from crm_core.customers.service import create_customer
from crm_core.kit.db import Database
from crm_core.org import queries
from crm_core.org import service as org
from crm_core.org.models import Company, Role, UnitKind
from handlers import routing
from tests.conversations.phone import BOT, Phone
from tests.support.company import WORDS
from tests.support.snapshots import built_once


@dataclass
class Office:
    """李娜 sells, 王海燕 runs the office; one customer of 李娜's is known."""

    db: Database
    rep: Phone
    admin: Phone
    customer_id: int
    other_customer_id: int


async def _open(session: AsyncSession) -> None:
    session.add(Company(id=1, name="华宁科技", zone="Asia/Shanghai", language="zh"))
    head = await org.add_unit(session, name="华宁科技", kind=UnitKind.BRANCH)
    await org.add_unit(session, name="深圳销售部", kind=UnitKind.DEPARTMENT, parent=head)
    boss = await org.add_employee(session, name="王海燕", unit=head, roles=[Role.ADMIN])
    rep = await org.add_employee(session, name="李娜", unit=head, roles=[Role.REP], manager=boss)
    for at, person in enumerate((rep, boss)):
        person.telegram_id, person.bot_id = 8001 + at, BOT
    actor = await queries.actor(session, rep.id)
    assert actor is not None
    act_as(session, rep.id)
    await create_customer(
        session, actor, NewCustomer(name="深圳市华宁电子有限公司", city="深圳", contact_name="王建国", **WORDS)
    )
    await create_customer(session, actor, NewCustomer(name="上海瑞金医疗器械有限公司", city="上海", **WORDS))


@pytest.fixture
async def office(db: Database) -> Office:
    routing.load()

    async def build() -> None:
        async with db.unit() as session:
            await _open(session)

    await built_once(db, ("office", db.clock.now()), build)
    return Office(db, rep=Phone(db, 8001, 2), admin=Phone(db, 8002, 1), customer_id=1, other_customer_id=2)
