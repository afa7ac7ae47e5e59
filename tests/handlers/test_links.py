"""Links between customers in the chat (CA12, CA16): walked along, made, removed; names only for who may see them."""

import pytest
from sqlalchemy import select

from crm_core.links.models import CustomerLink
from crm_core.org.models import Role
from tests.handlers.scene import HUANING, RUIJIN, customer_of, customers, visit_of
from tests.support.chat import House, Person


async def links(house: House) -> list[CustomerLink]:
    async with house.db.unit() as session:
        return list(await session.scalars(select(CustomerLink).order_by(CustomerLink.id)))


async def link(person: Person, kind: str, other: str, of: str = "华宁") -> str:
    await person.say(of)
    await person.tap("更多")
    await person.tap("🔗 关联客户")
    await person.tap("➕ 关联")
    await person.tap(kind)
    await person.say(other)
    return await person.tap("保存") if "💾 保存" in person.buttons() else person.screen()


class TestWalk:
    @pytest.mark.feature("CA16")
    async def test_a_dealer_and_its_end_customers_lead_to_each_other(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        ruijin = await customer_of(rep, RUIJIN)
        await visit_of(rep, ruijin)
        await link(rep, "终端客户", "瑞金")
        assert "终端客户 · 上海瑞金医疗器械" in rep.buttons()[0]
        assert "瑞金医疗器械" in await rep.tap("终端客户 · 上海瑞金医疗器械")
        assert "🔗 经销商 1" in rep.screen()
        await rep.tap("更多")
        await rep.tap("🔗 关联客户")
        assert rep.buttons()[0].startswith("经销商 · 深圳市华宁电子")

    @pytest.mark.feature("CA12")
    async def test_a_customer_s_customers_are_shown_as_opportunities_until_visited(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        ruijin = await customer_of(rep, RUIJIN)
        shown = await link(rep, "客户的客户", "瑞金")
        assert "☆ 还没拜访过，是机会" in shown
        assert rep.buttons()[0] == "客户的客户 · 上海瑞金医疗器械 ☆"
        await visit_of(rep, ruijin)
        await rep.say("华宁")
        assert "🔗 客户的客户 1" in rep.screen()
        await rep.tap("更多")
        await rep.tap("🔗 关联客户")
        assert rep.buttons()[0] == "客户的客户 · 上海瑞金医疗器械"

    @pytest.mark.feature("CA16")
    async def test_a_new_end_customer_is_made_on_the_way(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("华宁")
        await rep.tap("更多")
        await rep.tap("🔗 关联客户")
        await rep.tap("➕ 关联")
        await rep.tap("终端客户")
        await rep.say("苏州汇川传感器有限公司")
        await rep.tap("➕ 新建")
        await rep.tap("保存")
        assert "对方：苏州汇川传感器有限公司" in rep.screen()
        await rep.tap("保存")
        assert "终端客户 · 苏州汇川传感器 ☆" in rep.buttons()
        assert len(await customers(house)) == 2


class TestRefused:
    async def test_not_itself_and_not_twice_in_either_direction(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await customer_of(rep, RUIJIN)
        assert "同一家客户" in await link(rep, "合作伙伴", "华宁")
        await rep.tap("取消")
        await link(rep, "合作伙伴", "瑞金")
        shown = await link(rep, "合作伙伴", "华宁", of="瑞金")
        assert "已经和深圳市华宁电子有限公司这样关联了" in shown
        assert len(await links(house)) == 1

    async def test_nobody_is_the_parent_of_the_own_parent(self, house: House):
        rep = await house.hire("李娜")
        for name in (HUANING, RUIJIN, "厦门夏商集团"):
            await customer_of(rep, name)
        await link(rep, "子公司", "瑞金")
        await link(rep, "子公司", "夏商", of="瑞金")
        assert "已经是这家的上级了" in await link(rep, "子公司", "华宁", of="夏商")
        assert len(await links(house)) == 2


class TestRights:
    @pytest.mark.feature("CA16")
    async def test_who_may_not_see_the_other_one_learns_only_that_there_is_one(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep, other = await house.hire("李娜", manager=boss), await house.hire("陈晓东", manager=boss)
        await customer_of(rep)
        await customer_of(other, RUIJIN)
        await link(boss, "终端客户", "瑞金")
        await rep.say("华宁")
        await rep.tap("更多")
        shown = await rep.tap("🔗 关联客户")
        assert "另有 1 家有关联，您没有权限看" in shown
        assert "瑞金" not in shown + "".join(rep.buttons())


class TestRemoved:
    @pytest.mark.feature("CA16")
    async def test_a_link_goes_by_two_taps_and_comes_back_by_undo(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await customer_of(rep, RUIJIN)
        await link(rep, "合作伙伴", "瑞金")
        await rep.tap("✂ 解除关联")
        await rep.tap("✂ 合作伙伴 · 上海瑞金医疗器械")
        assert "关联已解除" in rep.toast
        assert await links(house) == []
        await rep.tap("撤销")
        assert len(await links(house)) == 1
