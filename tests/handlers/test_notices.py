"""Notices on the phone: told, read, nudged, withdrawn, replaced; policies that newcomers find (KN11 BR03 BR10)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm_core.notices.models import NoticeReceipt
from crm_core.org.models import Role, UnitKind
from tests.handlers.scene import last_card, text_of
from tests.handlers.test_reminders import morning, shanghai
from tests.support.chat import TOKEN, House, Person

RULES = "差旅标准从四月起调整：\n一线城市住宿 600 元一晚\n其他城市 400 元一晚\n高铁二等座，飞机要先申请"


@pytest.fixture
async def boss(house: House) -> Person:
    boss = await house.hire("王海燕", Role.MANAGER)
    await boss.say("/start")
    return boss


@pytest.fixture
async def reps(house: House, boss: Person) -> list[Person]:
    made = [await house.hire(name, manager=boss) for name in ("李娜", "陈晓东", "周立")]
    for one in made:
        await one.say("/start")
    return made


@pytest.mark.feature("PL07", "VI07")
async def test_a_manager_tells_all_and_sees_live_who_has_read_it(house: House, boss: Person, reps: list[Person]):
    await boss.say("/team")
    await boss.tap("📢 全体说一句")
    assert "要说什么" in boss.screen()
    shown = await boss.say("明早九点在公司开晨会，\n带上本周的计划")
    assert "3 人会收到" in shown
    await boss.tap("📨 发送")
    assert "0/3 已阅" in boss.screen()
    assert "未读：周立、李娜、陈晓东" in boss.screen()
    card = last_card(boss)
    for one in reps:
        assert "王海燕" in one.screen()
        assert "明早九点在公司开晨会，\n带上本周的计划" in one.screen()
    await reps[0].tap("✓ 已阅")
    assert "✓ 您已阅" in reps[0].screen()
    assert "1/3 已阅" in text_of(boss, card)
    await reps[1].tap("✓ 已阅")
    assert "1/3 已阅" in text_of(boss, card)
    house.clock.advance(timedelta(seconds=11))
    await house.tick()
    assert "2/3 已阅" in text_of(boss, card)
    assert "未读：周立" in text_of(boss, card)
    await reps[0].tap_on(last_card(reps[0]), data="notice.read:1:0")
    assert "已经读过" in (reps[0].toast or "")


@pytest.mark.feature("VI07")
async def test_a_word_to_one_person_from_the_person_s_day(house: House, boss: Person, reps: list[Person]):
    await boss.say("/team")
    await boss.tap("李娜")
    await boss.tap("✉ 说一句")
    assert "1 人会收到" in await boss.say("华宁的报价今天发我看一下")
    await boss.tap("📨 发送")
    assert "→ 李娜" in boss.screen()
    assert "华宁的报价今天发我看一下" in reps[0].screen()
    assert "华宁的报价" not in reps[1].screen()
    await reps[1].tap_on(last_card(reps[1]), data="notice:1:0")
    assert "没有这条记录" in (reps[1].toast or "")
    await reps[1].say("公告")
    assert "还没有给您的公告" in reps[1].screen()


@pytest.mark.feature("BR10")
async def test_headquarters_instructs_a_branch_and_everybody_below_it(house: House):
    office = await house.hire("孙雪", Role.OPERATIONS)
    shenzhen = await house.department("深圳分公司", UnitKind.BRANCH)
    sales = await house.department("销售一部", parent=shenzhen)
    shanghai_ = await house.department("上海分公司", UnitKind.BRANCH)
    rep, far = await house.hire("李娜", unit=sales), await house.hire("吴佳怡", unit=shanghai_)
    for one in (office, rep, far):
        await one.say("/start")
    await office.say("公告")
    await office.tap("✍ 发公告")
    await office.tap("📌 指令")
    await office.tap("深圳分公司 · 华宁科技")
    assert "1 人会收到" in await office.say("台风周四登陆，外出拜访改电话联系")
    await office.tap("📨 发送")
    assert "📌 指令 · 孙雪" in rep.screen()
    assert "台风周四登陆" in rep.screen()
    assert "台风" not in far.screen()
    assert "→ 深圳分公司" in office.screen()


@pytest.mark.feature("BR03", "KN11")
async def test_one_policy_reaches_all_at_once_and_is_found_by_who_comes_later(house: House, boss: Person):
    office = await house.hire("孙雪", Role.OPERATIONS, language="en")
    rep = await house.hire("李娜", manager=boss)
    for one in (office, rep):
        await one.say("/start")
    await office.say("/notices")
    await office.tap("✍ Tell others")
    await office.tap("📜 Policy")
    await office.tap("The whole company")
    assert "2 will read it" in await office.say(RULES)
    await office.tap("+ In force from")
    await office.say("2026-04-01")
    await office.tap("📨 Send")
    assert "0/2 have read it" in office.screen()
    for one in (boss, rep):
        assert "📜 制度 · 孙雪" in one.screen()
        assert "2026-04-01" in one.screen()
        assert "一线城市住宿 600 元一晚" in one.screen()
    await rep.tap("✓ 已阅")
    late = await house.hire("吴新人", manager=boss)
    await late.say("/start")
    await morning(house, "2026-03-12")
    assert "您来之前已有 1 项制度在执行" in late.screen()
    await late.tap("📜 现行制度")
    assert "现行制度" in late.screen()
    await late.tap("● ")
    assert "一线城市住宿 600 元一晚" in late.screen()
    await late.tap("✓ 已阅")
    await late.say("/notices 住宿")
    assert any("孙雪" in one for one in late.buttons())
    await late.say("/notices 奖金")
    assert "没有找到" in late.screen() or "奖金" in late.screen()
    assert not any("孙雪" in one for one in late.buttons())


@pytest.mark.feature("KN11")
async def test_who_has_not_read_it_is_reminded_and_after_three_days_the_superior_sees_it(
    house: House, boss: Person, reps: list[Person]
):
    house.clock.set(shanghai("2026-03-11", "10:00"))
    await boss.say("/team")
    await boss.tap("📢 全体说一句")
    await boss.say("客户资料周五前补齐电话")
    await boss.tap("📨 发送")
    await reps[0].tap("✓ 已阅")
    await morning(house, "2026-03-12")
    assert "早上好" not in reps[1].screen()
    await morning(house, "2026-03-13")
    assert "客户资料周五前补齐电话" in reps[1].screen()
    assert "王海燕 发的，还没读" in reps[1].screen()
    assert "早上好" not in reps[0].screen()
    await morning(house, "2026-03-16")
    digest = last_card(reps[1])
    assert "每周清单" in boss.screen()
    await boss.tap("陈晓东")
    await boss.tap("👋 催一下")
    await reps[1].say("公告")
    await reps[1].tap("● ")
    await reps[1].tap("✓ 已阅")
    assert "✓ 已阅" in text_of(reps[1], digest)


@pytest.mark.feature("BR03")
async def test_the_rest_is_nudged_once_a_day_and_what_is_withdrawn_says_so(
    house: House, boss: Person, reps: list[Person]
):
    await boss.say("/team")
    await boss.tap("📢 全体说一句")
    await boss.say("周六加班盘点")
    await boss.tap("📨 发送")
    await reps[0].tap("✓ 已阅")
    before = [len(one.answers()) for one in reps]
    await boss.tap("👋 催未读")
    assert "又提醒了 2 人" in (boss.toast or "")
    await house.tick()
    assert [len(one.answers()) for one in reps] == [before[0], before[1] + 1, before[2] + 1]
    assert "请尽快看一下" in reps[1].screen()
    await boss.tap("👋 催未读")
    assert "今天已经催过" in (boss.toast or "")
    await boss.tap("👀 谁没读")
    assert {"周立", "陈晓东"} <= set(boss.buttons())
    await boss.tap("« 返回")
    await boss.tap("↩ 撤回")
    assert "3 人里已有 1 人读过" in boss.screen()
    await boss.tap("↩ 是的，撤回")
    await house.tick()
    for one in reps:
        assert "已撤回" in one.screen()
        assert "周六加班盘点" not in one.screen()
    await reps[1].tap_on(last_card(reps[1]), data="notice.read:1:0")
    assert "撤回" in (reps[1].toast or reps[1].screen())


@pytest.mark.feature("BR03", "KN11")
async def test_a_policy_is_replaced_by_a_new_one(house: House, boss: Person, reps: list[Person]):
    await boss.say("制度")
    await boss.tap("✍ 发公告")
    await boss.tap("📜 制度")
    await boss.tap("我的全部下属")
    await boss.say("每天至少三次拜访")
    await boss.tap("📨 发送")
    await boss.tap("🔁 换新的")
    await boss.say("每天至少四次拜访，其中两次上门")
    await boss.tap("📨 发送")
    await house.tick()
    old, new = (one["text"] for one in reps[0].answers()[-2:])
    assert "已换成新的" in old
    assert "每天至少四次拜访" in new
    await reps[0].say("制度")
    await reps[0].tap("📜 现行制度")
    assert sum("每天至少" in one for one in reps[0].buttons()) == 1


@pytest.mark.feature("KN11")
async def test_a_department_head_passes_on_what_came_from_above(house: House, boss: Person, reps: list[Person]):
    """规章制度、营销政策、工作任务要通过部门主管向一线人员传达."""
    office = await house.hire("孙雪", Role.OPERATIONS)
    await office.say("公告")
    await office.tap("✍ 发公告")
    await office.tap("✉ 告诉一人")
    await office.tap("王海燕")
    await office.say("四月主推 X200，老客户返点 3%")
    await office.tap("📨 发送")
    await boss.tap("↪ 转达下属")
    assert "3 人会收到" in boss.screen()
    await boss.tap("📨 发送")
    assert "四月主推 X200" in reps[2].screen()
    assert "王海燕" in reps[2].screen()


async def test_at_night_it_waits_for_the_morning_and_withdrawn_before_it_is_never_told(
    house: House, boss: Person, reps: list[Person]
):
    house.clock.set(shanghai("2026-03-11", "22:30"))
    for words in ("明天带样品", "写错了"):
        await boss.say("/team")
        await boss.tap("📢 全体说一句")
        await boss.say(words)
        await boss.tap("📨 发送")
    await boss.tap("↩ 撤回")
    await boss.tap("↩ 是的，撤回")
    await house.tick()
    assert "明天带样品" not in reps[0].screen()
    await morning(house, "2026-03-12")
    assert "明天带样品" in reps[0].screen()
    assert not any("写错了" in one.get("text", "") for one in reps[0].answers())


async def test_who_stopped_the_bot_is_told_when_it_is_let_in_again(house: House, boss: Person, reps: list[Person]):
    house.sandbox.block(TOKEN, reps[0].user_id)
    await house.settle()
    await boss.say("/team")
    await boss.tap("📢 全体说一句")
    await boss.say("周五交月报")
    await boss.tap("📨 发送")
    await boss.tap("👀 谁没读")
    assert "○ 李娜" in boss.buttons()
    house.sandbox.unblock(TOKEN, reps[0].user_id)
    await house.settle()
    await house.tick()
    assert "周五交月报" in reps[0].screen()


async def test_who_leads_nobody_has_nobody_to_tell(house: House, reps: list[Person]):
    await reps[0].say("公告")
    assert "✍ 发公告" not in reps[0].buttons()
    await reps[0].tap_on(last_card(reps[0]), data="notice.new:0:0:all")
    assert "权限" in (reps[0].toast or reps[0].screen())
    async with house.db.unit() as session:
        assert await session.scalar(select(func.count()).select_from(NoticeReceipt)) == 0
