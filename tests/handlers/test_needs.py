"""Needs in the chat (CA04): written down in a line, told to who must know, met, lost, taken back, commented on."""

import pytest
from sqlalchemy import select

from crm_core.needs.models import Need
from crm_core.org.models import Role
from tests.handlers.scene import customer_of, last_card
from tests.support.chat import House, Person


async def needs(house: House) -> list[Need]:
    async with house.db.unit() as session:
        return list(await session.scalars(select(Need).order_by(Need.id)))


async def boss_and_rep(house: House) -> tuple[Person, Person]:
    """Both have opened their chats: so they can be written to."""
    boss = await house.hire("王海燕", Role.MANAGER)
    rep = await house.hire("李娜", manager=boss)
    for person in (boss, rep):
        await person.say("/start")
    return boss, rep


async def written_down(rep: Person, line: str = "需求 华宁 5000套连接器 下月底") -> str:
    await rep.say(line)
    return await rep.tap("保存")


class TestWrittenDown:
    @pytest.mark.feature("CA04")
    async def test_one_line_keeps_what_by_when_and_how_many_and_the_archive_shows_it(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, contact_name="王建国")
        shown = await rep.say("需求 华宁 王总 5000套连接器 预算30万 下月底")
        for fact in ("客户：深圳市华宁电子", "联系人：王建国", "2026-04-30", "¥300,000", "5,000"):
            assert fact in shown
        assert "✓ 已保存" in await rep.tap("保存")
        (need,) = await needs(house)
        assert (need.what, need.quantity, need.amount) == ("5000套连接器 预算30万", 5000, 300_000)
        assert need.due_on.isoformat() == "2026-04-30"
        assert "🎯 需求：5000套连接器" in await rep.say("华宁")
        await rep.tap("更多")
        await rep.tap("🎯 需求")
        assert rep.buttons()[0].startswith("5000套连接器")
        await rep.tap("5000套连接器")
        assert "5000套连接器" in rep.screen()

    @pytest.mark.feature("CA04")
    async def test_english_too(self, house: House):
        rep = await house.hire("Anna Berg", language="en")
        await customer_of(rep, "Nordhaus Precision Ltd")
        shown = await rep.say("need Nordhaus 200 pumps by end of May")
        assert "31 May" in shown
        await rep.tap("Save")
        (need,) = await needs(house)
        assert (need.what, need.quantity) == ("200 pumps", 200)
        assert "🎯 Need: 200 pumps" in await rep.say("Nordhaus")

    async def test_to_need_to_do_something_is_no_need_of_a_customer(self, house: House):
        rep = await house.hire("Anna Berg", language="en")
        await customer_of(rep, "Nordhaus Precision Ltd")
        assert "Need" not in (await rep.say("need to call Nordhaus")).split("\n")[0]
        assert await needs(house) == []

    async def test_from_the_archive_by_questions(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("华宁")
        await rep.tap("更多")
        await rep.tap("🎯 需求")
        assert "还没有需求" in rep.screen()
        await rep.tap("➕ 需求")
        await rep.say("两条产线的传感器")
        assert "✓ 已保存" in await rep.tap("保存")
        assert [one.what for one in await needs(house)] == ["两条产线的传感器"]


class TestWhoMustKnow:
    @pytest.mark.feature("CA04")
    async def test_who_is_named_gets_the_card_at_once_and_can_answer(self, house: House):
        boss, rep = await boss_and_rep(house)
        await customer_of(rep)
        await rep.say("需求 华宁 5000套连接器 下月底")
        await rep.tap("+ 告知")
        await rep.say("王海燕")
        assert "已告知：王海燕" in await rep.tap("保存")
        assert "李娜告诉您一条需求" in boss.screen()
        assert "5000套连接器" in boss.screen()
        await boss.reply(last_card(boss), "库存只有三千，月中补")
        assert "库存只有三千" in rep.screen()

    async def test_who_may_not_see_the_customer_is_told_nothing(self, house: House):
        rep, other = await house.hire("李娜"), await house.hire("吴佳怡")
        await customer_of(rep)
        await rep.say("需求 华宁 5000套连接器")
        await rep.tap("+ 告知")
        await rep.say("吴佳怡")
        shown = await rep.tap("保存")
        assert "吴佳怡" in shown
        assert "看不到这家客户" in shown
        assert await needs(house) == []
        assert "连接器" not in other.screen()

    @pytest.mark.feature("CA04")
    async def test_the_owner_hears_of_what_a_manager_writes_down(self, house: House):
        boss, rep = await boss_and_rep(house)
        await customer_of(rep)
        assert "已告知：李娜" in await written_down(boss)
        assert "王海燕告诉您一条需求" in rep.screen()

    async def test_one_more_colleague_is_told_later(self, house: House):
        boss, rep = await boss_and_rep(house)
        await customer_of(rep)
        await written_down(rep)
        await rep.tap("告诉同事")
        assert "已告知：王海燕" in await rep.say("王海燕")
        assert "5000套连接器" in boss.screen()


class TestClosed:
    @pytest.mark.feature("CA04")
    async def test_met_and_undone_lost_with_a_reason_and_wanted_again(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await written_down(rep)
        await rep.tap("✓ 已满足")
        assert "✓ 已满足" in rep.screen()
        assert (await needs(house))[0].state == "met"
        await rep.tap("撤销")
        assert (await needs(house))[0].state == "open"
        await rep.say("华宁")
        await rep.tap("更多")
        await rep.tap("🎯 需求")
        await rep.tap("5000套连接器")
        await rep.tap("✗ 丢了")
        shown = await rep.say("价格比对手高一成")
        assert "价格比对手高一成" in shown
        await rep.tap("变更记录")
        assert "状态 进行中 → 已丢" in rep.screen()
        await rep.tap("« 返回")
        await rep.tap("重新打开")
        assert (await needs(house))[0].state == "open"

    async def test_a_field_is_corrected_by_an_answer_or_by_editing_the_line(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await written_down(rep)
        line = rep.own()[-1]["message_id"]
        await rep.edit(line, "需求 华宁 6000套连接器 下月底")
        assert [(one.what, one.quantity) for one in await needs(house)] == [("6000套连接器", 6000)]
        await rep.say("华宁")
        await rep.tap("更多")
        await rep.tap("🎯 需求")
        await rep.tap("6000套连接器")
        await rep.tap("✎ 修改")
        await rep.tap("期限")
        assert "2026-05-15" in await rep.say("5月15号")

    async def test_of_two_who_close_it_the_second_is_told(self, house: House):
        boss, rep = await boss_and_rep(house)
        await customer_of(rep)
        await written_down(boss)
        theirs = last_card(rep)
        await boss.tap("✓ 已满足")
        await rep.tap_on(theirs, button="✓ 已满足")
        assert "已经关闭" in rep.toast


class TestOpenOnes:
    @pytest.mark.feature("CA04")
    async def test_a_rep_sees_the_own_and_a_manager_the_team_s_soonest_first(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep, other = await house.hire("李娜", manager=boss), await house.hire("陈晓东", manager=boss)
        await customer_of(rep)
        await customer_of(other, "上海瑞金医疗器械有限公司")
        await written_down(rep)
        await written_down(other, "需求 瑞金 200个探头 下周五")
        await boss.say("/menu")
        await boss.tap("工作视图")
        await boss.tap("更多")
        await boss.tap("🎯 进行中的需求（2）")
        assert [one.split(" · ")[0] for one in boss.buttons()[:2]] == ["陈晓东", "李娜"]
        await rep.say("/menu")
        await rep.tap("工作视图")
        await rep.tap("🎯 进行中的需求（1）")
        assert "5000套" in rep.buttons()[0]
