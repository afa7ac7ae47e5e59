"""Customers in the chat: made, listed, searched, opened, kept up to date."""

from datetime import timedelta

import pytest

from crm_core.org.models import Role
from crm_core.playbook import service as playbook
from tests.handlers.scene import HUANING, RUIJIN, contacts, customer_of, customers, last_card, text_of, visit_of
from tests.support.chat import House


class TestMaking:
    @pytest.mark.feature("CA01")
    async def test_a_rep_creates_an_archive_that_the_company_owns(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        await rep.say("/new")
        await rep.say(HUANING)
        await rep.tap("老客户介绍")
        await rep.tap("+ 联系人")
        await rep.say("王建国")
        await rep.tap("+ 电话")
        await rep.say("138 0013 8000")
        await rep.tap("+ 年价值")
        assert "¥1,280,000" in await rep.say("128万")
        assert "已存入公司档案" in await rep.tap("保存")
        (kept,) = await customers(house)
        (first,) = await contacts(house)
        assert (kept.name, first.name, first.phone) == (HUANING, "王建国", "+8613800138000")
        assert first.is_primary
        assert (kept.source, kept.industry, kept.yearly_value) == ("referral", "electronics", 1_280_000)
        assert "王建国 · 138 0013 8000" in await boss.say("华宁")

    @pytest.mark.feature("CA01")
    async def test_a_new_customer_and_the_first_visit_take_eight_steps(self, house: House):
        rep = await house.hire("李娜")
        rep.count_from_here()
        await rep.say(f"/new {HUANING}")
        await rep.tap("老客户介绍")
        await rep.tap("保存")
        await rep.tap("记拜访")
        await rep.say("看了产线，要样品")
        assert "✓ 已记录拜访" in await rep.tap("保存")
        assert rep.actions <= 8
        assert rep.new_cards() <= 2

    async def test_the_same_customer_is_not_made_twice(self, house: House):
        await customer_of(await house.hire("李娜"))
        other = await house.hire("陈晓东")
        shown = await other.say(f"/new {HUANING}")
        assert "同事" in shown
        assert "李娜" not in shown
        assert len(await customers(house)) == 1

    async def test_a_search_that_finds_nobody_offers_to_make_it(self, house: House):
        rep = await house.hire("李娜")
        assert "没找到“华宁电子”" in await rep.say("华宁电子")
        await rep.tap("新建")
        assert "华宁电子" in rep.screen()
        await rep.tap("网络咨询")
        await rep.tap("保存")
        assert [one.name for one in await customers(house)] == ["华宁电子"]

    async def test_an_english_reader_makes_one_in_english(self, house: House):
        rep = await house.hire("Maria Lopez", language="en")
        await rep.say("/new Bosch Rexroth Ltd")
        await rep.tap("Machinery")
        await rep.tap("Exhibition")
        assert "is in the company's archives" in await rep.tap("Save")


class TestArchive:
    @pytest.mark.feature("CA02")
    async def test_the_list_leads_to_an_archive_with_its_visits(self, house: House):
        rep = await house.hire("李娜")
        huaning = await customer_of(rep, contact_name="王建国", phone="13800138000", city="深圳")
        await customer_of(rep, RUIJIN)
        await visit_of(rep, huaning, summary="谈了年框，下周三送样")
        await rep.say("/customer")
        assert [label for label in rep.buttons() if "华宁" in label or "瑞金" in label] == rep.buttons()[:2]
        await rep.tap("华宁")
        for fact in (HUANING, "深圳", "王建国 · 138 0013 8000", "谈了年框，下周三送样", "A类·战略", "重点客户"):
            assert fact in rep.screen()
        await rep.tap("拜访记录")
        await rep.tap("谈了年框")
        assert "李娜" in rep.screen()
        await rep.tap("打开档案")
        await rep.tap("我的客户")
        assert any("瑞金" in label for label in rep.buttons())

    @pytest.mark.feature("CA02")
    async def test_everybody_sees_their_own_and_a_manager_sees_all_below(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep, peer = await house.hire("李娜", manager=boss), await house.hire("陈晓东", manager=boss)
        await customer_of(rep)
        await customer_of(peer, RUIJIN)
        seen = {}
        for person in (boss, rep, peer):
            await person.say("/customer")
            seen[person.name] = ["华宁" in "".join(person.buttons()), "瑞金" in "".join(person.buttons())]
        assert seen == {"王海燕": [True, True], "李娜": [True, False], "陈晓东": [False, True]}
        assert "负责人：李娜" in await boss.say("华宁")

    async def test_a_long_list_turns_pages_and_comes_back(self, house: House):
        rep = await house.hire("李娜")
        for at in range(14):
            await customer_of(rep, f"第{at:02}号工厂", confirmed=frozenset({"customer.similar"}))
        await rep.say("/customer")
        card, first = last_card(rep), rep.buttons()[:6]
        await rep.tap("下一页")
        second = rep.buttons()[:6]
        assert not set(first) & set(second)
        await rep.tap("下一页")
        assert len([label for label in rep.buttons() if "工厂" in label]) == 2
        assert "下一页 ›" not in rep.buttons()
        await rep.tap("上一页")
        assert rep.buttons()[:6] == second
        await rep.tap("上一页")
        assert rep.buttons()[:6] == first
        assert last_card(rep) == card, "a page turns in its place"

    async def test_with_no_customer_yet_the_next_step_is_said(self, house: House):
        rep = await house.hire("李娜")
        assert "还没有客户" in await rep.say("/customer")
        assert rep.buttons() == ["🌊 公海", "➕ 新客户", "☰ 菜单"]
        assert "客户的全称" in await rep.tap("新客户")

    @pytest.mark.feature("CA13")
    async def test_who_changed_what_is_told(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, city="深圳")
        await rep.say("华宁")
        await rep.tap("更新档案")
        await rep.tap("城市")
        await rep.say("东莞")
        await rep.tap("保存")
        await rep.tap("更多")
        await rep.tap("变更记录")
        assert "城市 深圳 → 东莞" in rep.screen()
        assert "李娜" in rep.screen()
        assert "建立档案" in rep.screen()


class TestChanging:
    async def test_a_field_is_changed_in_three_taps_and_a_word(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, contact_name="王建国", phone="13800138000")
        await rep.say("华宁")
        rep.count_from_here()
        await rep.tap("更新档案")
        await rep.tap("电话")
        assert "13900139000" in (await rep.say("13900139000")).replace(" ", "")
        assert "139 0013 9000" in await rep.tap("保存")
        assert "✓ 已保存" in rep.screen()
        assert rep.actions == 4
        assert (await contacts(house))[0].phone == "+8613900139000"

    async def test_a_bad_value_is_told_at_once_and_asked_again(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, phone="13800138000")
        await rep.say("华宁")
        await rep.tap("更新档案")
        await rep.tap("电话")
        assert "“明天再说”不像电话号码" in await rep.say("明天再说")
        assert "139 0013 9000" in await rep.say("13900139000")

    async def test_what_somebody_else_changed_meanwhile_is_not_overwritten(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        await customer_of(rep, city="深圳")
        await rep.say("华宁")
        await rep.tap("更新档案")
        await rep.tap("城市")
        await rep.say("惠州")
        await boss.say("华宁")
        await boss.tap("更新档案")
        await boss.tap("城市")
        await boss.say("东莞")
        await boss.tap("保存")
        assert "刚才有人改过了" in await rep.tap("保存")
        assert (await customers(house))[0].city == "东莞"

    async def test_an_old_menu_shows_itself_anew(self, house: House):
        rep = await house.hire("李娜")
        customer = await customer_of(rep, city="深圳")
        await rep.say("华宁")
        await rep.tap("更新档案")
        menu = last_card(rep)
        await visit_of(rep, customer)
        await rep.tap_on(menu, button="城市")
        assert rep.toast == "那是旧卡片，这是现在的内容。"
        await rep.tap("城市")
        assert "在哪个城市" in text_of(rep, menu)


class TestStale:
    """On opening an archive that nobody updated for its type's period, the bot asks whether to maintain it now."""

    @pytest.fixture
    async def stale(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, type="b", city="深圳")  # 30 days
        house.clock.advance(timedelta(days=45))
        return rep

    @pytest.mark.feature("RE01")
    async def test_it_asks_and_yes_it_is_still_right_settles_it(self, house: House, stale):
        assert "已 45 天没有更新，要不要现在维护一下" in await stale.say("华宁")
        await stale.tap("没有变化")
        assert "今天已维护" in stale.toast
        assert "没有更新" not in stale.screen()
        assert "没有更新" not in await stale.say("华宁")
        assert (await customers(house))[0].maintained_at == house.clock.now()

    @pytest.mark.feature("RE01")
    async def test_it_asks_and_changing_something_settles_it_too(self, house: House, stale):
        await stale.say("华宁")
        await stale.tap("更新档案")
        await stale.tap("城市")
        await stale.say("东莞")
        assert "没有更新" not in await stale.tap("保存")
        assert "没有更新" not in await stale.say("华宁")

    @pytest.mark.feature("RE01")
    async def test_opening_it_in_any_way_asks(self, house: House, stale):
        asked = [await stale.say("/find 华宁"), await stale.say("/customer 华宁")]
        await stale.say("/customer")
        asked.append(await stale.tap("华宁"))
        assert all("45 天没有更新" in one for one in asked)

    @pytest.mark.feature("RE01")
    async def test_not_answering_asks_again_the_next_time(self, house: House, stale):
        await stale.say("华宁")
        house.clock.advance(timedelta(days=1))
        assert "已 46 天没有更新" in await stale.say("华宁")

    @pytest.mark.feature("RE01")
    async def test_the_period_is_the_company_s_own_for_each_type(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, type="a")
        await customer_of(rep, RUIJIN, type="c")
        text = playbook.default_text().replace("stale_after_days: 14", "stale_after_days: 3")
        async with house.db.unit() as session:
            await playbook.apply(session, None, text)
        house.clock.advance(timedelta(days=2))
        assert "没有更新" not in await rep.say("华宁")
        house.clock.advance(timedelta(days=1))
        assert "已 3 天没有更新" in await rep.say("华宁")
        assert "没有更新" not in await rep.say("瑞金")
        house.clock.advance(timedelta(days=27))
        assert "已 30 天没有更新" in await rep.say("瑞金")

    async def test_who_may_only_read_is_told_but_not_asked(self, house: House, stale):
        money = await house.hire("赵敏", Role.FINANCE)
        assert "45 天没有更新" in await money.say("华宁")
        assert not [label for label in money.buttons() if "没有变化" in label or "更新档案" in label]


class TestSearch:
    @pytest.fixture
    async def rep(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, contact_name="王建国", phone="13800138000")
        await customer_of(rep, RUIJIN, contact_name="单小芳", phone="021-64370045")
        await customer_of(rep, "上海华宁医疗有限公司", contact_name="李建华", phone="13900139111")
        return rep

    WAYS = ("华宁电子", "huaningdianzi", "hndz", "8000", "13800138000", "王建国", "wjg", "宁电")

    @pytest.mark.feature("BY13")
    @pytest.mark.parametrize("inside", [False, True], ids=["outside a form", "inside a form"])
    async def test_typing_finds_by_characters_pinyin_initials_phone_and_contact(self, rep, inside: bool):
        for typed in self.WAYS:
            if inside:
                await rep.say("/visit")
            assert "华宁电子" in await rep.say(typed), typed
            assert "谈了什么" in rep.screen() if inside else "A类·战略" in rep.screen(), typed
            if inside:
                await rep.say("/cancel")

    @pytest.mark.feature("BY13")
    async def test_several_are_offered_told_apart_and_one_is_tapped(self, rep):
        assert "找到“华宁”" in await rep.say("华宁")
        assert len(rep.buttons()) == 2
        assert "王建国" in "".join(rep.buttons()) or "深圳" in "".join(rep.buttons())
        await rep.tap("华宁医疗")
        assert "上海华宁医疗有限公司" in rep.screen()

    @pytest.mark.feature("BY13")
    async def test_inside_a_form_several_are_offered_too(self, rep):
        await rep.say("/visit")
        assert "“hn”是哪一家" in await rep.say("hn")
        await rep.tap("华宁医疗")
        assert "客户：上海华宁医疗" in rep.screen()

    async def test_more_than_a_page_turns_on_with_the_words_kept(self, house: House):
        rep = await house.hire("李娜")
        for at in range(9):
            await customer_of(rep, f"华宁{at}号工厂", confirmed=frozenset({"customer.similar"}))
        await rep.say("工厂")
        first = rep.buttons()[:6]
        await rep.tap("下一页")
        rest = [label for label in rep.buttons() if "工厂" in label]
        assert len(rest) == 3
        assert not set(first) & set(rest)
        assert "找到“工厂”" in rep.screen()

    async def test_somebody_else_s_customer_is_not_found(self, house: House, rep):
        other = await house.hire("吴佳怡")
        for typed in ("华宁", "8000", "王建国", "hndz"):
            assert "没找到" in await other.say(typed)
            assert "华宁电子" not in "".join(other.buttons())
