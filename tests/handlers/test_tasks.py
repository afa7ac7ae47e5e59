"""Tasks in the chat: one's own list, tasks for reports and units, who did what when, sales plans broken down."""

from datetime import UTC, datetime, timedelta

import pytest

from crm_core.org.models import Role
from tests.support.chat import House, Person


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


@pytest.mark.feature("PL11")
async def test_a_to_do_of_one_s_own_is_on_the_list_until_it_is_done(rep: Person):
    assert "现在没有该办的事" in await rep.say("待办")
    await rep.tap("☑ 任务")
    await rep.tap("记给自己")
    await rep.say("交月报")
    await rep.say("明天")
    assert "已加进任务" in await rep.tap("保存")
    rep.house.clock.advance(timedelta(hours=22, minutes=35))  # the next morning
    await rep.house.tick()
    assert "交月报 · 任务，今天到期" in await rep.say("待办")
    await rep.say("/tasks")
    await rep.tap("03-12 交月报")
    assert "✓ 已完成" in await rep.tap("完成")
    assert "交月报" not in await rep.say("待办")
    await rep.say("/tasks")
    assert "没有未完成的任务" in rep.screen()


@pytest.mark.feature("PL07", "PL13")
async def test_a_task_for_a_report_comes_back_with_how_it_went(house: House, rep: Person, boss: Person):
    await boss.say("任务")
    await boss.tap("交办任务")
    await boss.tap("李娜")
    await boss.say("收集三家对手的报价")
    await boss.say("下周五")
    assert "未看" in "".join((await boss.tap("交办"), *boss.buttons()))
    assert "王海燕 交办给您" in rep.screen()
    house.clock.set(datetime(2026, 3, 17, 2, 0, tzinfo=UTC))
    await rep.tap("打开")
    await rep.tap("写反馈")
    await rep.say("三家都拿到了")
    for fact in ("您交办的任务完成了", "截止 2026-03-20", "完成于：2026-03-17", "执行反馈：三家都拿到了"):
        assert fact in boss.screen()


@pytest.mark.feature("PL08", "BR10")
async def test_headquarters_gives_a_whole_unit_a_task_and_sees_who_has_seen_it(house: House, rep: Person, boss: Person):
    office = await house.hire("孙雪", Role.OPERATIONS)
    await office.say("/tasks")
    await office.tap("已交办")
    await office.tap("交办给部门")
    await office.tap(house.head.name)
    await office.say("周五前更新全部客户档案")
    await office.say("周五")
    await office.tap("交办")
    assert "孙雪 交办给您" in rep.screen()
    assert "孙雪 交办给您" in boss.screen()
    await rep.tap("打开")
    await rep.tap("完成")
    await office.say("/tasks")
    await office.tap("已交办")
    await office.tap("1/2 · 03-13")
    assert any(label.startswith("✓ 李娜 · 03-11") for label in office.buttons())
    assert any(label.startswith("○ 王海燕 · 未看") for label in office.buttons())


@pytest.mark.feature("PL14")
async def test_a_sales_plan_is_broken_down_into_tasks(rep: Person, boss: Person):
    await boss.say("/menu")
    await boss.tap("工作视图")
    await boss.tap("销售计划")
    await boss.tap("新销售计划")
    for words in ("二季度华南", "100万", "4月1日", "6月30日"):
        await boss.say(words)
    await boss.tap("保存")
    await boss.tap("加任务")
    await boss.tap("李娜")
    for words in ("60万", "拿下华宁年框", "6月15日"):
        await boss.say(words)
    card = await boss.tap("交办")
    assert "拿下华宁年框" in rep.screen()
    await rep.tap("完成")
    await boss.say("/menu")
    await boss.tap("工作视图")
    await boss.tap("销售计划")
    card = await boss.tap("二季度华南")
    for fact in ("100万", "已分 60万", "还剩 40万", "任务完成 1/1"):
        assert fact in card


async def test_a_rep_gives_tasks_to_nobody_but_oneself(rep: Person):
    await rep.say("/tasks")
    assert not [label for label in rep.buttons() if "交办" in label]
