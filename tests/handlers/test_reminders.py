"""The stale-customer reminder, from the clock to the phone and back (CD05)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm_core.org.models import Role
from tests.crm_core.plans.work import everybody_has_planned
from tests.handlers.scene import HUANING, RUIJIN, customer_of, last_card, tap_on, text_of, visits
from tests.support.chat import TOKEN, House, Person, labels


def shanghai(day: str, at: str = "08:30") -> datetime:
    return datetime.fromisoformat(f"{day}T{at}").replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def pushes(person: Person) -> list[int]:
    """The digests that the person has got."""
    return [one["message_id"] for one in person.answers() if "件事等您处理" in one.get("text", "")]


async def morning(house: House, day: str, at: str = "08:30") -> None:
    house.clock.set(shanghai(day, at))
    await house.tick()


@pytest.fixture
async def rep(house: House) -> Person:
    """李娜 has a customer that is stale from Wednesday 25 March on, and has pressed Start once."""
    rep = await house.hire("李娜")
    await rep.say("/start")
    await everybody_has_planned(house.db)
    await customer_of(rep)
    return rep


@pytest.mark.feature("CD05")
async def test_the_next_morning_the_bot_pushes_a_stale_customer_and_a_visit_settles_it(house: House, rep: Person):
    await morning(house, "2026-03-24")
    assert pushes(rep) == []
    await morning(house, "2026-03-25")
    (card,) = pushes(rep)
    assert "早上好，李娜，1 件事等您处理" in rep.screen()
    assert "14 天没更新" in rep.screen()
    assert rep.buttons() == ["📝 深圳市华宁电子", "稍后 ▾", "❓ 为什么、设置"]
    rep.count_from_here()
    await rep.tap("📝 深圳市华宁电子")
    assert "谈了什么" in rep.screen()
    await rep.say("谈了年框，下周三送样")
    await rep.tap("保存")
    assert rep.actions == 3
    assert rep.new_cards() <= 2
    assert len(await visits(house)) == 1
    assert "都跟进了，李娜" in text_of(rep, card)
    assert "✓ 已跟进" in text_of(rep, card)
    assert labels(next(one for one in rep.messages() if one["message_id"] == card)) == []
    await morning(house, "2026-03-26")
    assert pushes(rep) == []


@pytest.mark.feature("CD05")
async def test_later_brings_it_back_the_next_working_morning(house: House, rep: Person):
    await morning(house, "2026-03-27")  # a Friday
    (card,) = pushes(rep)
    await tap_on(rep, card, "稍后 ▾")
    assert "超过公司规定" in rep.screen()
    await tap_on(rep, card, "明天早上")
    assert rep.toast == "推迟到 03-30。"
    assert rep.buttons()[0] == "📝 深圳市华宁电子"
    assert "稍后 ▾" not in rep.buttons()
    for day in ("2026-03-28", "2026-03-29"):
        await morning(house, day)
    assert len(pushes(rep)) == 1
    await morning(house, "2026-03-30")
    assert len(pushes(rep)) == 2


@pytest.mark.feature("CD05")
async def test_it_can_be_put_off_three_times_and_no_more(house: House, rep: Person):
    for day in ("2026-03-25", "2026-03-26", "2026-03-27"):
        await morning(house, day)
        await rep.tap("稍后 ▾")
        await rep.tap("明天早上")
        assert rep.toast.startswith("推迟到")
    await morning(house, "2026-03-30")
    await rep.tap("稍后 ▾")
    assert "已经推迟三次" in rep.screen()
    assert "明天早上" not in rep.buttons()


@pytest.mark.feature("CD05")
async def test_a_visit_logged_in_any_other_way_settles_it_too(house: House, rep: Person):
    await morning(house, "2026-03-25")
    (card,) = pushes(rep)
    await rep.say("/visit 华宁")
    await rep.say("电话里谈了年框")
    await rep.tap("保存")
    assert "✓ 已跟进" in text_of(rep, card)


async def test_confirming_the_archive_settles_it_too(house: House, rep: Person):
    await morning(house, "2026-03-25")
    (card,) = pushes(rep)
    await rep.say("华宁")
    await rep.tap("没有变化")
    assert "✓ 已跟进" in text_of(rep, card)


async def test_a_manager_s_visit_settles_the_rep_s_reminder(house: House):
    boss = await house.hire("王海燕", Role.MANAGER)
    rep = await house.hire("李娜", manager=boss)
    await rep.say("/start")
    await customer_of(rep)
    await morning(house, "2026-03-25")
    (card,) = pushes(rep)
    await boss.say("/visit 华宁")
    await boss.say("陪同拜访")
    await boss.tap("保存")
    assert "✓ 已跟进" in text_of(rep, card)
    assert pushes(boss) == []


async def test_a_push_may_be_answered_in_the_middle_of_a_form(house: House, rep: Person):
    await customer_of(rep, RUIJIN, type="b")
    await rep.say("/visit 瑞金")
    await morning(house, "2026-03-25")
    await rep.tap("📝 深圳市华宁电子")
    await rep.say("谈了年框")
    await rep.tap("保存")
    await rep.say("/today")
    assert "我的拜访：1 次" in rep.screen()
    assert [one.summary for one in await visits(house)] == ["谈了年框"]


async def test_one_of_several_is_settled_and_the_others_stay(house: House, rep: Person):
    await customer_of(rep, RUIJIN)
    await morning(house, "2026-03-25")
    (card,) = pushes(rep)
    await rep.tap("📝 深圳市华宁电子")
    await rep.say("谈了年框")
    await rep.tap("保存")
    assert "1 件事等您处理" in text_of(rep, card)
    left = labels(next(one for one in rep.messages() if one["message_id"] == card))
    assert len(left) == 3
    assert "瑞金" in left[0]


async def test_who_blocked_the_bot_is_left_in_peace_and_gets_one_digest_on_return(house: House, rep: Person):
    house.sandbox.block(TOKEN, rep.user_id)
    await house.settle()
    for day in ("2026-03-25", "2026-03-26"):
        await morning(house, day)
    assert pushes(rep) == []
    house.sandbox.unblock(TOKEN, rep.user_id)
    await house.settle()
    await morning(house, "2026-03-27")
    assert len(pushes(rep)) == 1


async def test_pressing_a_settled_reminder_says_so(house: House, rep: Person):
    await morning(house, "2026-03-25")
    card = last_card(rep)
    keyboard = rep.answers()[-1]["reply_markup"]["inline_keyboard"]
    later = keyboard[0][1]["callback_data"]
    await rep.say("/visit 华宁")
    await rep.say("谈了年框")
    await rep.tap("保存")
    await rep.tap_on(card, data=later)
    assert rep.toast == "这件事已经处理了。"


async def test_it_speaks_the_language_of_who_reads_it(house: House):
    rep = await house.hire("Maria Lopez", language="en")
    await rep.say("/start")
    await rep.tap("中文 / English")
    await rep.tap("English")
    await customer_of(rep, HUANING)
    house.clock.advance(timedelta(days=14))
    await morning(house, "2026-03-25")
    assert "Good morning Maria Lopez, 1 thing is waiting" in rep.screen()
