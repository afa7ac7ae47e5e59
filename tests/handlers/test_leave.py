"""Leave in the chat: asked for with what is left in sight, granted, covered by a stand-in; the digest rests."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from crm_core.approvals import signing
from crm_core.approvals.authority import Say
from crm_core.approvals.models import ApprovalSeat
from crm_core.org import queries as org
from crm_core.org.models import Role, StandIn
from tests.handlers.scene import customer_of
from tests.support.chat import House, Person


async def ask(rep: Person, *lines: str) -> str:
    await rep.say("请假")
    for line in lines:
        await rep.say(line)
    return await rep.tap("提交")


async def grant(house: House, boss: Person) -> None:
    async with house.db.unit() as session:
        seat = await session.scalar(select(ApprovalSeat.id).where(ApprovalSeat.open))
        await signing.approve(session, await org.actor(session, boss.employee_id), Say(seat=seat))
    await house.settle()


@pytest.fixture
async def boss(house: House) -> Person:
    return await house.hire("王海燕", Role.MANAGER)


@pytest.fixture
async def rep(house: House, boss: Person) -> Person:
    return await house.hire("李娜", manager=boss)


async def test_what_is_left_stands_above_the_questions_and_on_the_card(rep: Person):
    assert "年假剩 10/10 天" in await rep.say("/leave")
    await rep.tap("年假")
    await rep.say("4月1日")
    await rep.say("4月8日")
    card = await rep.tap("提交")
    for fact in ("已提交", "年假：5 个工作日，今年还剩 5 天", "⏳ 王海燕"):
        assert fact in card


async def test_more_than_one_has_is_refused_and_nothing_typed_is_lost(rep: Person):
    assert "还剩 10 天，这次要" in await ask(rep, "年假", "4月1日", "4月30日")
    await rep.say("4月2日")
    assert "2 个工作日" in await rep.tap("提交")


async def test_granted_a_stand_in_is_named_for_just_these_days(house: House, rep: Person, boss: Person):
    peer = await house.hire("陈晓东", manager=boss)
    await ask(rep, "年假", "4月1日", "4月2日")
    await grant(house, boss)
    assert "请假已批准。谁替你？" in rep.screen()
    await rep.tap("找人替班")
    await rep.tap("陈晓东")
    await rep.tap("保存")
    async with house.db.unit() as session:
        row = (await session.scalars(select(StandIn))).one()
    assert (row.absent_id, row.deputy_id) == (rep.employee_id, peer.employee_id)
    assert row.starts_at == datetime(2026, 3, 31, 16, tzinfo=UTC)
    assert row.ends_at == datetime(2026, 4, 2, 16, tzinfo=UTC)
    await rep.say("/menu")
    await rep.tap("我的流程")
    await rep.tap("🌴 请假")
    assert "替班：陈晓东" in await rep.tap("04-01–04-02 年假")


async def test_reminders_wait_for_the_first_morning_back(house: House, rep: Person, boss: Person):
    """A customer that has gone stale is told of after the leave, not in it."""
    await customer_of(rep, type="a")
    await ask(rep, "年假", "4月1日", "4月3日")
    await grant(house, boss)
    seen = len(rep.answers())
    for day in (1, 2, 3):
        house.clock.set(datetime(2026, 4, day, 0, 40, tzinfo=UTC))
        await house.tick()
    assert len(rep.answers()) == seen
    house.clock.set(datetime(2026, 4, 7, 0, 40, tzinfo=UTC))
    await house.tick()
    assert "华宁" in rep.screen()
