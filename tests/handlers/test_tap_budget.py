"""The tap budget: what each path costs the person in actions, and the chat in messages of ours.

A card that the person's words have pushed up is sent again below them and loses its buttons where it stood
(docs/decisions/0005). So two things are counted: `living`, the messages of ours that still have buttons at the end, as
the budget's "1 card" means them, and `sent`, all that the phone received: one, and one more for each text that the
person typed into the card. Nothing sends more than two unless it says so here, or takes more than eight actions.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from crm_core.org.models import Role
from tests.handlers.scene import HUANING, RUIJIN, contact_of, customer_of, customers, pooled_of, visits
from tests.support.chat import House, Person, labels

MOST_SENT, MOST_ACTIONS = 2, 8
DOOR, STREET = (22.540512, 113.934601), (22.5405, 113.9346)


@dataclass(frozen=True)
class Cost:
    """What a path took: messages of ours, those of them that still have buttons, the person's actions."""

    sent: int
    living: int
    actions: int


def cost(person: Person, most_sent: int = MOST_SENT) -> Cost:
    """Since `count_from_here`; no path may go over the budget of all paths."""
    new = person.answers()[len(person.answers()) - person.new_cards() :]
    took = Cost(len(new), sum(bool(labels(one)) for one in new), person.actions)
    assert took.sent <= most_sent
    assert took.actions <= MOST_ACTIONS
    return took


@pytest.fixture
async def rep(house: House) -> Person:
    """A rep of two customers, one of whom she has visited."""
    rep = await house.hire("李娜")
    huaning = await customer_of(rep, location=DOOR)
    await contact_of(rep, huaning, "王建国")
    await customer_of(rep, RUIJIN)
    return rep


class TestVisits:
    async def test_in_one_line_a_message_and_a_tap_on_one_card(self, house: House, rep: Person):
        rep.count_from_here()
        await rep.say("拜访 华宁 谈了年框，下周三送样")
        await rep.tap("保存")
        assert cost(rep) == Cost(sent=1, living=1, actions=2)
        assert len(await visits(house)) == 1

    async def test_from_a_reminder_two_taps_and_a_text(self, house: House):
        """The table wants the reminder's message edited; ours comes below it, as its other lines are still wanted."""
        rep = await house.hire("李娜")
        await rep.say("/start")
        await customer_of(rep)
        house.clock.set(datetime(2026, 3, 25, 0, 30, tzinfo=UTC))
        await house.tick()
        rep.count_from_here()
        await rep.tap("📝 深圳市华宁电子")
        await rep.say("谈了年框，下周三送样")
        await rep.tap("保存")
        assert cost(rep) == Cost(sent=2, living=1, actions=3)
        assert len(await visits(house)) == 1

    async def test_location_first_two_taps_and_a_text(self, house: House, rep: Person):
        rep.count_from_here()
        await rep.share_location(*STREET)
        await rep.tap("华宁")
        await rep.say("谈了年框")
        await rep.tap("保存")
        assert cost(rep) == Cost(sent=2, living=1, actions=4)
        assert (await visits(house))[0].distance_m is not None

    async def test_checked_in_it_is_three_actions_and_three_more_at_the_end(self, house: House, rep: Person):
        rep.count_from_here()
        await rep.share_location(*STREET)
        await rep.tap("华宁")
        await rep.tap("签到")
        assert cost(rep) == Cost(sent=1, living=1, actions=3)
        house.clock.advance(timedelta(minutes=35))
        rep.count_from_here()
        await rep.tap("结束拜访")
        await rep.say("谈了年框")
        await rep.tap("保存")
        assert cost(rep) == Cost(sent=1, living=1, actions=3)

    async def test_guided_with_a_next_step_five_taps_and_a_text(self, house: House, rep: Person):
        await rep.say("/help")
        rep.count_from_here()
        await rep.tap("📝 记拜访")
        await rep.tap("华宁")
        await rep.say("谈了年框，下周三送样")
        await rep.tap("+ 下次跟进")
        await rep.tap("一周后")
        await rep.tap("保存")
        took = cost(rep)
        assert took.actions <= 5 + 1
        assert took.living <= 1
        assert str((await visits(house))[0].next_on) == "2026-03-18"

    async def test_guided_from_the_archive_two_taps_and_a_text(self, house: House, rep: Person):
        await rep.say("华宁")
        rep.count_from_here()
        await rep.tap("记拜访")
        await rep.say("谈了年框")
        await rep.tap("保存")
        assert cost(rep) == Cost(sent=1, living=1, actions=3)
        assert len(await visits(house)) == 1


class TestNewCustomers:
    async def test_the_first_customer_of_all_and_its_first_visit(self, house: House):
        """Nothing is known yet that could be proposed."""
        rep = await house.hire("李娜")
        rep.count_from_here()
        await rep.say(f"/new {HUANING}")
        while "核对并保存" not in rep.screen():
            await rep.tap(rep.buttons()[0])
        await rep.tap("保存")
        await rep.tap("记拜访")
        await rep.say("第一次见面")
        await rep.tap("保存")
        assert cost(rep).living == 1
        assert (len(await customers(house)), len(await visits(house))) == (1, 1)

    async def test_in_one_line_with_a_name_that_is_not_known(self, house: House, rep: Person):
        rep.count_from_here()
        await rep.say("/visit 东莞市立讯精密")
        await rep.tap("➕ 新建")
        while "核对并保存" not in rep.screen():
            await rep.tap(rep.buttons()[0])
        await rep.tap("保存")
        await rep.say("第一次见面")
        await rep.tap("保存")
        assert cost(rep).living == 1
        assert (len(await customers(house)), len(await visits(house))) == (3, 1)

    async def test_where_one_stands(self, house: House, rep: Person):
        """Two texts, the name and the talk, so the one card comes down twice: over the budget of two messages."""
        rep.count_from_here()
        await rep.share_location(22.5530, 113.8830)
        await rep.tap("新客户在这里")
        await rep.say("深圳市凯旋光电有限公司")
        while "核对并保存" not in rep.screen():
            await rep.tap(rep.buttons()[0])
        await rep.tap("保存")
        await rep.say("第一次见面")
        await rep.tap("保存")
        assert len(await visits(house)) == 1
        assert cost(rep, most_sent=3).living == 1


class TestThePool:
    async def test_a_pooled_customer_is_claimed_with_two_taps_and_no_new_message(self, house: House, rep: Person):
        await pooled_of(await house.hire("陈晓东"), "佛山市顺德家电有限公司")
        await rep.say("/pool")
        rep.count_from_here()
        await rep.tap("顺德家电")
        await rep.tap("领取")
        assert cost(rep) == Cost(sent=0, living=0, actions=2)
        assert (await customers(house))[-1].owner_id == rep.employee_id

    async def test_one_is_put_back_with_two_taps_and_more_time_asked_for_with_two_and_a_reason(self, house: House):
        rep = await house.hire("李娜", manager=await house.hire("王海燕", Role.MANAGER))
        await customer_of(rep, "佛山市顺德家电有限公司", type="new")
        await rep.say("顺德家电")
        await rep.tap("更多 ›")
        rep.count_from_here()
        await rep.tap("公海期限")
        await rep.tap("延期7天")
        await rep.say("客户月底才回来")
        assert cost(rep).actions == 3
        await rep.say("顺德家电")
        await rep.tap("更多 ›")
        await rep.tap("公海期限")
        rep.count_from_here()
        await rep.tap("放回公海")
        await rep.tap("暂无需求")
        assert cost(rep) == Cost(sent=0, living=0, actions=2)


class TestAfterwards:
    async def test_undoing_is_one_tap_and_no_new_message(self, house: House, rep: Person):
        await rep.say("拜访 华宁 谈了年框")
        await rep.tap("保存")
        rep.count_from_here()
        await rep.tap("撤销")
        assert cost(rep) == Cost(sent=0, living=0, actions=1)
        assert await visits(house) == []

    async def test_a_stale_archive_is_confirmed_with_one_tap_and_no_new_message(self, house: House, rep: Person):
        house.clock.advance(timedelta(days=60))
        await rep.say("华宁")
        rep.count_from_here()
        await rep.tap("没有变化")
        assert cost(rep) == Cost(sent=0, living=0, actions=1)

    async def test_a_field_of_the_archive_is_changed_with_two_taps_a_text(self, rep: Person):
        await rep.say("华宁")
        rep.count_from_here()
        await rep.tap("更新档案")
        await rep.tap("城市")
        assert "东莞" in await rep.say("东莞")
        took = cost(rep)
        assert took.living <= 1
        assert took.actions <= 4
