"""Plans in the chat: the schedule, a week in a few taps, a line in one line, visits that do it, scores in two taps."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from crm_core.audit.service import act_as
from crm_core.customers.models import Customer
from crm_core.org.models import Role
from crm_core.plans import weeks
from crm_core.plans.models import PlanLine, WeekPlan
from tests.handlers.scene import HUANING, RUIJIN, customer_of, everything
from tests.support.chat import House, Person

FRIDAY = datetime(2026, 3, 13, 8, 0, tzinfo=UTC)  # 16:00 in Shanghai
MONDAY = datetime(2026, 3, 16, 0, 40, tzinfo=UTC)


@pytest.fixture
async def boss(house: House) -> Person:
    boss = await house.hire("王海燕", Role.MANAGER)
    await boss.say("/start")
    return boss


@pytest.fixture
async def rep(house: House, boss: Person) -> Person:
    rep = await house.hire("李娜", manager=boss)
    await rep.say("/start")
    return rep


async def lines(house: House) -> list[PlanLine]:
    async with house.db.unit() as session:
        return list(await session.scalars(select(PlanLine).order_by(PlanLine.id)))


async def promised(rep: Person, customer_id: int, day: date) -> None:
    async with rep.house.db.unit() as session:
        act_as(session, rep.employee_id)
        (await session.get_one(Customer, customer_id)).next_step_on = day


@pytest.mark.feature("PL02", "PL03")
async def test_next_week_s_plan_is_made_in_two_taps(house: House, rep: Person):
    await promised(rep, await customer_of(rep), date(2026, 3, 18))
    await promised(rep, await customer_of(rep, RUIJIN), date(2026, 3, 5))
    card = await rep.say("排下周")
    assert "03-16 – 03-22" in card
    assert any("华宁" in label and "说好的" in label and "周三 03-18" in label for label in rep.buttons())
    await rep.tap("全部加入")
    assert "共 2 项，完成 0 项" in rep.screen()
    assert [(one.day, one.customer_id is not None) for one in await lines(house)] == [
        (date(2026, 3, 18), True),
        (date(2026, 3, 16), True),
    ]


@pytest.mark.feature("PL03")
async def test_suggestions_are_taken_one_by_one(rep: Person, house: House):
    await promised(rep, await customer_of(rep), date(2026, 3, 12))
    await rep.say("/plan")
    await rep.tap("建议")
    await rep.tap("华宁")
    assert "都照顾到了" in rep.screen()
    assert len(await lines(house)) == 1


@pytest.mark.feature("PL01", "PL04")
async def test_the_schedule_is_switched_in_place(rep: Person):
    await customer_of(rep)
    await rep.say("明天下午拜访华宁")
    await rep.tap("保存")
    await rep.say("日程")
    count = len(rep.answers())
    assert "周四 03-12 · ○深圳市华宁电子" in rep.screen()
    await rep.tap("周四 03-12")
    assert any("○ 深圳市华宁电子" in label for label in rep.buttons())
    assert "2026-03" in await rep.tap("📆 月")
    assert "03-09 – 03-15 · 共 1 项，完成 0 项" in rep.screen()
    assert "周四 03-12" in await rep.tap("03-09 – 03-15")
    assert "03-16 – 03-22" in await rep.tap("› 03-16")
    assert len(rep.answers()) == count  # one living message


@pytest.mark.feature("PL06")
async def test_a_day_to_come_before_the_verb_is_a_plan(house: House, rep: Person):
    await customer_of(rep)
    card = await rep.say("下周三拜访华宁 送样")
    for fact in ("计划拜访", "华宁", "2026-03-18", "送样"):
        assert fact in card
    assert "已计划" in await rep.tap("保存")
    (line,) = await lines(house)
    assert (line.day, line.what, line.routine) == (date(2026, 3, 18), "送样", True)


@pytest.mark.feature("PL04")
async def test_the_part_of_the_day_that_is_named_is_kept(house: House, rep: Person):
    """It is Wednesday, ten in the morning: this afternoon is still to come."""
    await customer_of(rep)
    for said in ("周五上午拜访华宁", "明天下午拜访华宁", "今天下午拜访华宁", "next tue morning visit 华宁"):
        assert "计划拜访" in await rep.say(said), said
        await rep.tap("保存")
    assert [(str(one.day), one.part) for one in await lines(house)] == [
        ("2026-03-13", "morning"),
        ("2026-03-12", "afternoon"),
        ("2026-03-11", "afternoon"),
        ("2026-03-17", "morning"),
    ]


async def test_a_day_gone_by_before_the_verb_is_a_visit_as_ever(rep: Person):
    await customer_of(rep)
    assert "计划拜访" not in await rep.say("昨天拜访华宁 谈了年框")
    assert "谈了年框" in rep.screen()


@pytest.mark.feature("PL05", "PL06")
async def test_work_without_a_customer_routine_or_not_with_feedback(house: House, rep: Person):
    await rep.say("/plan")
    await rep.tap("周三 03-11")
    await rep.tap("其他")
    await rep.say("整理样品间")
    await rep.tap("今天")
    await rep.tap("日常工作")
    await rep.tap("否")
    assert "临时任务" in await rep.tap("保存")
    await rep.tap("完成")
    await rep.tap("反馈")
    assert "执行反馈：少了三套连接器" in await rep.say("少了三套连接器")
    (line,) = await lines(house)
    assert (line.state, line.done_on, line.routine) == ("done", date(2026, 3, 11), False)


@pytest.mark.feature("PL12")
async def test_planned_and_actual_day_stand_side_by_side(house: House, rep: Person):
    await customer_of(rep)
    await rep.say("明天拜访华宁")
    await rep.tap("保存")
    await rep.tap("改天")
    card = await rep.say("周五")
    assert "原定：周四 03-12" in card
    house.clock.set(FRIDAY)
    await rep.say("拜访 华宁 谈了年框")
    await rep.tap("保存")
    await rep.say("/plan")
    await rep.tap("周五 03-13")
    card = await rep.tap("✓ 深圳市华宁")
    for fact in ("原定：周四 03-12", "完成于：周五 03-13"):
        assert fact in card


@pytest.mark.feature("PL09", "TG15")
async def test_the_week_goes_up_by_itself_and_is_scored_in_two_taps(house: House, rep: Person, boss: Person):
    await customer_of(rep)
    await rep.say("周五拜访华宁")
    await rep.tap("保存")
    house.clock.set(FRIDAY)
    await rep.say("拜访 华宁 谈了年框")
    await rep.tap("保存")
    await house.tick()
    assert "待评价的周计划" in boss.screen()
    await boss.tap("李娜")
    for fact in ("计划 1 项，完成 1 项", "拜访 1 次，其中计划外 0 次", "自动提交"):
        assert fact in boss.screen()
    await boss.tap("4 分")
    assert "已评分，本人已收到" in await boss.tap("干得好")
    assert "王海燕 评了 4 分" in rep.screen()
    assert "干得好" in rep.screen()


async def test_a_superior_is_told_of_all_weeks_at_once_on_a_working_morning(house: House, rep: Person, boss: Person):
    peer = await house.hire("陈晓东", manager=boss)
    for person in (rep, peer):
        await person.say("/plan")
        await person.tap("周三 03-11")
        await person.tap("其他")
        await person.say("整理样品间")
        await person.tap("今天")
        await person.tap("保存")
    before = len(boss.answers())
    house.clock.set(datetime(2026, 3, 15, 2, 0, tzinfo=UTC))  # Sunday
    await house.tick()
    assert len(boss.answers()) == before
    house.clock.set(MONDAY)
    await house.tick()
    await house.tick()
    assert [label for label in boss.buttons() if "03-09" in label] == ["李娜 · 03-09 – 03-15", "陈晓东 · 03-09 – 03-15"]
    assert sum("待评价的周计划" in (one.get("text") or "") for one in boss.answers()) == 1


@pytest.mark.feature("PL10")
async def test_the_month_s_score_and_what_it_is_made_of(house: House, rep: Person, boss: Person):
    await rep.say("/plan")
    await rep.tap("周三 03-11")
    await rep.tap("其他")
    await rep.say("整理样品间")
    await rep.tap("今天")
    await rep.tap("保存")
    house.clock.set(MONDAY)
    async with house.db.unit() as session:
        assert await weeks.submit_due(session) == 1
        plan_id = await session.scalar(select(WeekPlan.id))
    await boss.say("/menu")
    await boss.tap("工作视图")
    assert "待评价：1 份" in boss.screen()
    await boss.tap("待评价的周计划")
    await boss.tap("李娜")
    await boss.tap("3 分")
    await boss.tap("用自己的话")
    assert "重点客户一家没去" in await boss.say("重点客户一家没去")
    await rep.say("/plan")
    await rep.tap("📆 月")
    assert "本月得分：3.0 分" in rep.screen()
    assert "⭐ 3" in rep.screen()
    assert plan_id


@pytest.mark.feature("PL07")
async def test_superiors_see_plans_and_execution_of_everybody_below(house: House, rep: Person, boss: Person):
    director = await house.hire("赵立", Role.MANAGER)
    async with house.db.unit() as session:
        from crm_core.org import service as org
        from crm_core.org.models import Employee

        person = await session.get_one(Employee, boss.employee_id)
        await org.set_manager(session, person, await session.get_one(Employee, director.employee_id))
    await customer_of(rep)
    await rep.say("明天拜访华宁")
    await rep.tap("保存")
    await director.say("/menu")
    await director.tap("工作视图")
    await director.tap("团队计划")
    assert any("李娜 · 0/1" in label for label in director.buttons())
    assert "华宁" in await director.tap("李娜 · 0/1")
    await director.tap("周四 03-12")
    await director.tap("○ 深圳市华宁")
    assert "改天" not in "".join(director.buttons())


@pytest.mark.feature("BY27")
async def test_the_calendar_s_address_is_shown_once_and_can_be_closed(rep: Person):
    await rep.say("/plan")
    await rep.tap("📆 月")
    await rep.tap("日历")
    card = await rep.tap("新地址")
    assert "/calendar/" in card
    assert "/calendar/" not in await rep.tap("停用")
    assert "已停用" in rep.screen()
    assert HUANING not in everything(rep)
