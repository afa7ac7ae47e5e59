"""The menu: my customers, my flows, my knowledge, work view; and the list of customers in the order of the day."""

from datetime import date, timedelta

import pytest

from crm_core.org.models import Role
from tests.handlers.scene import HUANING, RUIJIN, customer_of, customers, last_card, visit_of, visits
from tests.support.chat import House

MODULES = ["👥 我的客户", "🔁 我的流程", "📖 我的知识", "📊 工作视图"]


class TestMenu:
    @pytest.mark.feature("NF08")
    async def test_the_main_menu_has_the_four_core_modules(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/menu")
        card = last_card(rep)
        assert rep.buttons() == [*MODULES, "❓ 帮助", "中文 / English"]
        await rep.tap("我的客户")
        assert "华宁" in rep.buttons()[0]
        await rep.tap("菜单")
        await rep.tap("我的流程")
        assert "没有进行中的事" in rep.screen()
        await rep.tap("« 菜单")
        await rep.tap("我的知识")
        assert "A类·战略：每 7 天拜访一次，14 天没动静就提醒" in rep.screen()
        await rep.tap("A类·战略")
        assert "年采购额大" in rep.screen()
        await rep.tap("« 返回")
        await rep.tap("« 菜单")
        await rep.tap("工作视图")
        await rep.tap("今天：我的拜访")
        assert "我的拜访" in rep.screen()
        assert last_card(rep) == card, "the menu is one message"

    @pytest.mark.feature("BY28")
    @pytest.mark.feature("NF08")
    async def test_it_speaks_both_languages_and_switches_at_any_time(self, house: House):
        rep = await house.hire("Maria Lopez", language="en")
        assert "Menu" in await rep.say("/menu")
        assert rep.buttons()[:4] == ["👥 My customers", "🔁 My flows", "📖 My knowledge", "📊 Work view"]
        await rep.tap("My knowledge")
        assert "A · strategic: visit every 7 days" in rep.screen()
        await rep.tap("« Menu")
        await rep.tap("中文 / English")
        await rep.tap("中文")
        await rep.say("/menu")
        assert rep.buttons()[:4] == MODULES

    async def test_a_manager_s_work_view_leads_to_the_team(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        await visit_of(rep, await customer_of(rep))
        await boss.say("/menu")
        await boss.tap("工作视图")
        await boss.tap("今天：团队和我")
        assert "李娜" in boss.screen()

    async def test_a_module_that_is_none_shows_the_menu(self, house: House):
        rep = await house.hire("李娜")
        await rep.say("/menu")
        await rep.tap_on(last_card(rep), data="menu:0:0:salaries")
        assert rep.buttons()[:4] == MODULES


class TestFlows:
    async def test_an_open_form_is_gone_on_with(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.say("/menu")
        await rep.tap("我的流程")
        assert "1 份" in rep.screen()
        await rep.tap("▸ 拜访")
        await rep.say("谈了年框")
        await rep.tap("保存")
        assert len(await visits(house)) == 1

    async def test_or_given_up_and_its_card_says_so(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        form = last_card(rep)
        await rep.say("/menu")
        await rep.tap("我的流程")
        await rep.tap("放弃")
        assert rep.toast == "已放弃，没有保存。"
        assert "没有进行中的事" in rep.screen()
        assert "📝 申请" in rep.buttons()
        assert not next(one for one in rep.answers() if one["message_id"] == form).get("reply_markup")
        assert "A类·战略" in await rep.say("华宁"), "what is typed goes to no form"

    async def test_twice_given_up_is_told(self, house: House):
        rep = await house.hire("李娜")
        await rep.say("/new")
        await rep.say("/menu")
        await rep.tap("我的流程")
        data = next(
            one["callback_data"]
            for row in rep.answers()[-1]["reply_markup"]["inline_keyboard"]
            for one in row
            if "放弃" in one["text"]
        )
        await rep.tap_on(last_card(rep), data=data)
        await rep.tap_on(last_card(rep), data=data)
        assert "已经填完或取消" in rep.toast


class TestOrderOfTheDay:
    async def test_planned_then_near_then_recent_then_a_to_z(self, house: House):
        rep = await house.hire("李娜")
        known = {}
        for name in (
            "安徽合力叉车",
            "北京同仁堂",
            "重庆长安汽车",
            "广州白云电器",
            "厦门会展中心",
            "珠海格力",
            "成都天府",
        ):
            known[name] = await customer_of(rep, name, city=name[:2])
        far = {"location": (22.5405, 113.9346)}
        near = await customer_of(rep, "深圳华宁电子", city="深圳", **far)
        for at in range(5):
            await customer_of(rep, f"第{at}号仓库", city="惠州", confirmed=frozenset({"customer.similar"}))
        await visit_of(rep, known["珠海格力"], next_on=date(2026, 3, 12))
        await visit_of(rep, known["厦门会展中心"], next_on=date(2026, 3, 11))
        house.clock.advance(timedelta(days=1))
        await rep.say("/customer")
        assert rep.buttons()[:2] == ["珠海格力 · 今天", "厦门会展中心 · 过期 1 天"]
        assert not any(" m" in label for label in rep.buttons())
        await rep.share_location(22.5410, 113.9350, date=int(house.clock.now().timestamp()))
        await rep.tap("取消")
        await rep.say("/customer")
        assert rep.buttons()[2] == "深圳华宁电子 · 69 m"
        assert len([label for label in rep.buttons() if " · " in label]) == 6
        assert rep.buttons()[6:] == ["下一页 ›", "🌊 公海", "☰ 菜单", "➕ 新客户"]
        seen = rep.buttons()[:6]
        await rep.tap("下一页")
        seen += [label for label in rep.buttons()[:6] if " · " in label]
        await rep.tap("下一页")
        seen += [label for label in rep.buttons()[:6] if " · " in label]
        assert len(seen) == len(set(seen)) == 13
        assert seen[-1].startswith("广州")
        house.clock.advance(timedelta(minutes=11))
        await rep.say("/customer")
        assert not any(" m" in label for label in rep.buttons()), "an old place is not used again"
        assert near

    async def test_the_visit_form_offers_them_in_the_same_order(self, house: House):
        rep = await house.hire("李娜")
        ruijin = await customer_of(rep, RUIJIN)
        huaning = await customer_of(rep)
        await visit_of(rep, ruijin, next_on=date(2026, 3, 12))
        await visit_of(rep, huaning)
        house.clock.advance(timedelta(days=1))
        await rep.say("/visit")
        assert ["瑞金" in rep.buttons()[0], "华宁" in rep.buttons()[1]] == [True, True]

    @pytest.mark.feature("BY13")
    async def test_names_much_alike_are_told_apart_by_city_and_last_visit(self, house: House):
        rep = await house.hire("李娜")
        shenzhen = await customer_of(rep, city="深圳")
        await customer_of(rep, "上海华宁医疗有限公司", city="上海")
        await visit_of(rep, shenzhen)
        await rep.say("华宁")
        assert sorted(rep.buttons()) == ["上海华宁医疗 · 上海", "深圳市华宁电子 · 深圳 · 03-11"]

    async def test_nobody_found_offers_new_other_words_and_all(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("汇川")
        assert rep.buttons() == ["➕ 新建 汇川", "换个词", "看全部"]
        assert "首字母" in await rep.tap("换个词")
        await rep.tap("看全部")
        assert "华宁" in rep.buttons()[0]


class TestLittleWriting:
    @pytest.mark.feature("NF03")
    @pytest.mark.feature("NF01")
    async def test_a_new_customer_takes_one_text_and_two_taps(self, house: House):
        """On a phone: the name is typed, the rest is proposed or tapped."""
        rep = await house.hire("李娜")
        rep.count_from_here()
        await rep.say(f"/new {HUANING}")
        await rep.tap("老客户介绍")
        await rep.tap("保存")
        assert (rep.actions, rep.new_cards()) == (3, 1)
        (kept,) = await customers(house)
        assert (kept.name, kept.industry, kept.type) == (HUANING, "electronics", "new")

    @pytest.mark.feature("NF04")
    async def test_what_the_first_line_enters_is_the_company_s_truth_at_once(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        await rep.say(f"/new {HUANING}")
        await rep.tap("老客户介绍")
        await rep.tap("保存")
        await rep.tap("记拜访")
        await rep.say("王总要 8.5 折，下周三送样")
        await rep.tap("保存")
        shown = await boss.say("华宁")
        assert "王总要 8.5 折" in shown
        assert "负责人：李娜" in shown
        await boss.tap("更多")
        assert "李娜：建立档案" in await boss.tap("变更记录")

    @pytest.mark.feature("NF01")
    async def test_help_fits_one_screen_of_a_phone_and_tells_quick_entry_by_example(self, house: House):
        for name, language, example in (
            ("李娜", "zh", "拜访 华宁 王总 谈了年框，下周三送样"),
            ("Maria Lopez", "en", "visit Nordhaus Mr Keller"),
        ):
            person = await house.hire(name, language=language)
            shown = await person.say("/help")
            assert example in shown
            assert len(shown) <= 600
            assert sum(bool(line) for line in shown.splitlines()) <= 8
