"""Customers in groups, in the chat: stages, who is stuck, key accounts from above, and what the company does."""

from datetime import timedelta

import pytest

from crm_core.org.models import Employee, Role
from tests.handlers.scene import HUANING, RUIJIN, customer_of, customers, visit_of
from tests.support.chat import House, Person


def offers(person: Person, words: str) -> bool:
    """Whether one of the buttons says this."""
    return any(words in label for label in person.buttons())


class TestStages:
    @pytest.mark.feature("CA10")
    async def test_a_customer_goes_from_stage_to_stage_and_the_history_tells(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        assert "阶段：目标客户" in await rep.say("华宁")
        await rep.tap("更多")
        await rep.tap("阶段")
        shown = await rep.tap("项目机会")
        assert "✓ 已保存" in shown
        assert "阶段：项目机会，0 天" in shown
        house.clock.advance(timedelta(days=50))
        assert "⚠ 项目机会已 50 天：确认项目时间表" in await rep.say("华宁")
        await rep.tap("更多")
        assert "阶段 目标客户 → 项目机会" in await rep.tap("变更记录")

    @pytest.mark.feature("CA11")
    async def test_stages_are_counted_and_each_leads_to_its_customers_and_what_to_do(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep, other = await house.hire("李娜", manager=boss), await house.hire("周立")
        await customer_of(rep, HUANING, stage="negotiation")
        await customer_of(rep, RUIJIN, stage="negotiation")
        await customer_of(other, "重庆长安汽车股份有限公司", stage="negotiation")
        house.clock.advance(timedelta(days=31))
        await boss.say("/menu")
        await boss.tap("工作视图")
        await boss.tap("更多")
        shown = await boss.tap("客户阶段")
        assert "2 家客户" in shown
        assert "2 家在原阶段停得太久" in shown
        assert "商务谈判 2 · ⚠ 2" in shown
        shown = await boss.tap("商务谈判")
        assert "下一步：报价、谈条件" in shown
        assert "长安" not in boss.screen()
        await boss.tap("华宁电子")
        assert HUANING in boss.screen()

    @pytest.mark.feature("CA09")
    async def test_a_status_is_set_from_the_archive(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("华宁")
        await rep.tap("更新档案")
        await rep.tap("更多")
        await rep.tap("状态")
        await rep.tap("暂停供货")
        (kept,) = await customers(house)
        assert kept.status == "paused"
        await rep.say("华宁")
        assert "暂停供货" in await rep.tap("更多")

    async def test_a_stage_that_was_set_by_mistake_is_taken_back_with_its_day(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        (before,) = await customers(house)
        house.clock.advance(timedelta(days=5))
        await rep.say("华宁")
        await rep.tap("更多")
        await rep.tap("阶段")
        await rep.tap("签单")
        await rep.tap("撤销")
        (now,) = await customers(house)
        assert (now.stage, now.stage_since) == (before.stage, before.stage_since)


class TestGroups:
    @pytest.mark.feature("CA08")
    async def test_intent_customers_are_classified_and_listed(self, house: House):
        rep = await house.hire("Li Na", language="en")
        await customer_of(rep, "Nordhaus Precision Ltd", category="prospect")
        await customer_of(rep, "Bergmann Pumps GmbH", category="regular")
        await rep.say("/menu")
        await rep.tap("Work view")
        await rep.tap("Stages")
        await rep.tap("Group by")
        await rep.tap("Category")
        await rep.tap("Prospect")
        assert offers(rep, "Nordhaus")
        assert not offers(rep, "Bergmann")

    @pytest.mark.feature("SC01")
    async def test_the_source_is_recorded_while_it_is_still_a_target(self, house: House):
        rep = await house.hire("李娜")
        await rep.say(f"/new {HUANING}")
        await rep.tap("展会活动")
        await rep.tap("保存")
        (kept,) = await customers(house)
        assert (kept.source, kept.stage) == ("exhibition", "target")
        await rep.say("/menu")
        await rep.tap("工作视图")
        await rep.tap("客户阶段")
        await rep.tap("换个分法")
        await rep.tap("来源")
        await rep.tap("展会活动")
        assert offers(rep, "华宁电子")

    @pytest.mark.feature("BR11")
    async def test_who_leads_an_area_sees_its_customers_by_territory(self, house: House):
        rep, lead = await house.hire("李娜"), await house.hire("罗兰", Role.MANAGER)
        async with house.db.unit() as session:
            (await session.get_one(Employee, lead.employee_id)).territories = ["south"]
        await customer_of(rep, HUANING, city="深圳")
        await customer_of(rep, RUIJIN, city="上海")
        await lead.say("/menu")
        await lead.tap("工作视图")
        await lead.tap("客户阶段")
        await lead.tap("换个分法")
        await lead.tap("销售区域")
        await lead.tap("华南区")
        assert offers(lead, "华宁电子")
        assert "没找到" in await lead.say("瑞金医疗")


class TestStuck:
    @pytest.mark.feature("CA22")
    async def test_customers_that_do_not_move_are_a_list_with_a_method(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, HUANING, stage="stalled")
        await customer_of(rep, RUIJIN, stage="potential")
        house.clock.advance(timedelta(days=10))
        await rep.say("/menu")
        await rep.tap("工作视图")
        shown = await rep.tap("停滞客户")
        assert "怎么办：换个人谈" in shown
        assert offers(rep, "华宁电子")
        assert not offers(rep, "瑞金")
        house.clock.advance(timedelta(days=21))
        await rep.say("/menu")
        await rep.tap("工作视图")
        await rep.tap("停滞客户")
        assert offers(rep, "瑞金")

    async def test_nobody_stuck_is_told_kindly(self, house: House):
        rep = await house.hire("李娜")
        await rep.say("/menu")
        await rep.tap("工作视图")
        assert "都在往前走" in await rep.tap("停滞客户")


class TestKeyAccounts:
    @pytest.mark.feature("CA15")
    async def test_a_manager_sees_key_accounts_from_above(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        late = await customer_of(rep, HUANING, type="a", yearly_value=1_280_000)
        await visit_of(rep, late)
        await customer_of(rep, RUIJIN, type="b", category="regular")
        house.clock.advance(timedelta(days=12))
        await boss.say("/menu")
        await boss.tap("工作视图")
        await boss.tap("更多")
        shown = await boss.tap("重点客户")
        assert "重点客户 1 家 · 年价值 ¥128万 · 1 家拜访不够" in shown
        assert offers(boss, "迟 5 天")
        assert not offers(boss, "瑞金")
        await boss.tap("华宁电子")
        assert HUANING in boss.screen()


@pytest.mark.feature("CA14")
async def test_each_type_has_its_method_resources_and_care(house: House):
    rep = await house.hire("李娜")
    await rep.say("/menu")
    await rep.tap("我的知识")
    shown = await rep.tap("A类")
    assert "销售方法：多层次关系" in shown
    assert "资源投入：专人负责" in shown
    assert "日常维护：每周联系" in shown


@pytest.mark.feature("CA07")
async def test_words_are_defined_once_for_the_company(house: House):
    """Only the company's own entries are taken, whoever types; another word is refused with the list."""
    rep = await house.hire("李娜")
    await rep.say(f"/new {HUANING}")
    shown = await rep.say("随便什么来源")
    assert offers(rep, "展会活动")
    assert "选项里没有这个" in shown
    assert await customers(house) == []
