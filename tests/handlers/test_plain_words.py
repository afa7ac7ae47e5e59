"""What people type as they would to a colleague: 取消, 你好, 谢谢, a tale that names nobody, nothing at all."""

import pytest
from sqlalchemy import func, select

from crm_core.customers.models import Customer
from crm_core.org.models import Role
from tests.handlers.scene import customer_of, last_card, visits
from tests.support.chat import TOKEN, House


class TestWordsOfButtons:
    async def test_cancel_in_words_is_no_answer(self, house: House):
        rep = await house.hire("李文博")
        await customer_of(rep)
        for word in ("取消", "算了", "Cancel", "取消。"):
            await rep.say("/visit 华宁")
            assert "已取消，没有保存" in await rep.say(word), word
        assert await visits(house) == []

    async def test_a_whole_visit_without_a_tap(self, house: House):
        rep = await house.hire("李文博")
        await customer_of(rep)
        await rep.say("拜访 华宁 谈了年框，下周三送样")
        assert "✓ 已记录拜访" in await rep.say("保存")
        assert len(await visits(house)) == 1
        assert "已撤销" in await rep.say("撤销")
        assert await visits(house) == []
        assert "没有" in await rep.say("撤销")

    async def test_back_and_skip_in_words(self, house: House):
        rep = await house.hire("李文博")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        assert "⚠ 这一项" in await rep.say("跳过")
        assert "是哪种方式" in await rep.say("返回")
        await rep.tap("不改")
        await rep.say("谈了年框")
        await rep.tap("+ 下次跟进")
        assert "核对并保存" in await rep.say("跳过")

    async def test_help_and_menu_lead_back_into_the_form(self, house: House):
        rep = await house.hire("李文博")
        await customer_of(rep)
        for word, shown in (("菜单", "菜单"), ("帮助", "我能做什么"), ("?", "我能做什么"), ("我的客户", "我的客户")):
            await rep.say("/visit 华宁")
            assert shown in await rep.say(word), word
            assert "回到：拜访" in rep.buttons()[-1]

    async def test_a_language_is_asked_for_by_its_name(self, house: House):
        rep = await house.hire("Emma Clarke")
        assert "English" in await rep.say("English")
        await rep.say("/visit")
        assert "Visit: cancelled" in await rep.say("Cancel")
        assert "中文" in await rep.say("/language zh")

    @pytest.mark.parametrize(
        ("language", "button", "named"),
        [("zh", "📤 提交", "核对后点“📤 提交”"), ("en", "📤 Send", "check, then “📤 Send”")],
    )
    async def test_a_card_that_is_ready_names_the_button_that_it_has(self, house: House, language, button, named):
        boss = await house.hire("王海燕", Role.MANAGER, language=language)
        rep = await house.hire("李文博", manager=boss, language=language)
        await rep.say("/travel")
        for said in ("苏州", "3月16日", "3月18日", "拜访汇川，谈年框"):
            shown = await rep.say(said)
        assert named in shown
        assert button in rep.buttons()
        shown = await rep.say("好了好了")
        assert f"“{button}”" in shown.partition("⚠")[2]


class TestSmallTalk:
    async def test_a_greeting_is_answered_by_name(self, house: House):
        rep = await house.hire("李文博")
        assert "您好，李文博" in await rep.say("你好！")
        assert "Hello Emma" in await (await house.hire("Emma Clarke", language="en")).say("Hi")
        assert not any("新建" in label for label in rep.buttons())

    async def test_thanks_are_taken(self, house: House):
        rep = await house.hire("李文博")
        for word in ("谢谢", "辛苦了", "Thanks!"):
            assert "不客气" in await rep.say(word), word

    async def test_what_has_no_words_is_not_searched_for(self, house: House):
        rep = await house.hire("李文博")
        for nothing in ("👍👍🎉", "。。。", "-"):
            assert "没找到" not in await rep.say(nothing), nothing
            assert not any("新建" in label for label in rep.buttons())


class TestTales:
    TALE = "刚出来，王总说下个月下单，还要再送一次样"

    async def test_a_tale_without_a_name_becomes_a_visit(self, house: House):
        rep = await house.hire("李文博")
        await customer_of(rep)
        shown = await rep.say(self.TALE)
        assert "拜访了哪家客户" in shown
        assert self.TALE in shown
        await rep.tap("华宁")
        await rep.tap("保存")
        assert (await visits(house))[0].summary == self.TALE

    @pytest.mark.parametrize(
        "tale", ["今天去了华宁，和王总谈了年框，下周三送样", "刚从华宁电子出来，谈了年框，下周三送样"]
    )
    async def test_a_tale_that_names_a_customer_inside_is_about_that_one_perhaps(self, house: House, tale: str):
        rep = await house.hire("李文博")
        await customer_of(rep)
        await customer_of(rep, "上海瑞金医疗器械有限公司")
        shown = await rep.say(tale)
        assert "⚠ 客户：深圳市华宁电子有限公司" in shown
        assert "下次跟进：2026-03-18" in shown
        await rep.tap("保存")
        (visit,) = await visits(house)
        assert visit.summary == tale

    async def test_a_tale_in_english_too(self, house: House):
        rep = await house.hire("Emma Clarke", language="en")
        await customer_of(rep, "Nordhaus Precision Connectors Ltd")
        shown = await rep.say("Just left Nordhaus, they liked the sample and want a quote next Wednesday")
        assert "⚠ Customer: Nordhaus" in shown
        await rep.tap("Save")
        assert (await visits(house))[0].next_on is not None

    async def test_a_tale_that_names_two_customers_asks(self, house: House):
        rep = await house.hire("李文博")
        await customer_of(rep)
        await customer_of(rep, "上海瑞金医疗器械有限公司")
        assert "拜访了哪家客户" in await rep.say("今天跑了华宁和瑞金，都谈了年框")

    async def test_a_tale_where_the_customer_is_asked_is_kept(self, house: House):
        rep = await house.hire("李文博")
        await customer_of(rep)
        await rep.share_location(22.6, 114.05)
        assert "小结：看了样机，客户满意，月底下单" in await rep.say("看了样机，客户满意，月底下单")
        await rep.tap("华宁")
        await rep.tap("保存")
        assert (await visits(house))[0].summary == "看了样机，客户满意，月底下单"

    async def test_what_is_typed_below_the_ready_card_goes_on_with_the_tale(self, house: House):
        rep = await house.hire("李文博")
        await customer_of(rep)
        await rep.say("拜访 华宁 谈了年框")
        assert "他们还要看样品" in await rep.say("他们还要看样品")
        assert "点“💾 保存”" in await rep.say("好的")
        await rep.tap("保存")
        assert (await visits(house))[0].summary == "谈了年框\n他们还要看样品"

    async def test_who_logs_no_visits_is_told_nothing_of_them(self, house: House):
        money = await house.hire("赵丽华", Role.FINANCE)
        assert "没找到" in await money.say(self.TALE)
        for words in ("/help", "你好", "/start"):
            shown = await money.say(words)
            assert "拜访" not in shown, words
            assert not any("拜访" in label for label in money.buttons())

    @pytest.mark.parametrize("words", ["深圳市腾云智能科技有限公司", "Sunrise Foods Co., Ltd.", "腾云"])
    async def test_a_name_is_no_tale(self, house: House, words: str):
        rep = await house.hire("李文博")
        assert "没找到" in await rep.say(words)
        assert any("新建" in label for label in rep.buttons())

    async def test_a_question_is_offered_as_no_name(self, house: House):
        rep = await house.hire("李文博")
        await rep.say("怎么看上个月的业绩？")
        assert not any("新建" in label for label in rep.buttons())
        async with house.db.unit() as session:
            assert await session.scalar(select(func.count()).select_from(Customer)) == 0


async def test_a_line_behind_a_stroke_is_read(house: House):
    rep = await house.hire("李文博")
    await customer_of(rep)
    assert "小结：谈了年框" in await rep.say("/拜访 华宁 谈了年框")


async def test_nothing_but_invisible_signs_is_answered(house: House):
    rep = await house.hire("李文博")
    sent = house.sandbox.say(TOKEN, rep.user_id, "华宁")
    await house.settle()
    for nothing in ("\u200b\u200b", " \n ", "\u3164"):
        house.sandbox.inject(TOKEN, {"message": {**sent, "message_id": sent["message_id"] + 1000, "text": nothing}})
        await house.settle()
        assert "要有文字" in rep.screen()
        assert not any("新建" in label for label in rep.buttons())


async def test_a_photo_that_answers_an_archive_is_of_that_customer(house: House):
    rep = await house.hire("李文博")
    await customer_of(rep)
    await rep.say("华宁")
    await rep.send_file("document", b"%PDF-1.4", "报价单.pdf", "application/pdf", reply_to=last_card(rep))
    assert "客户：深圳市华宁电子有限公司" in rep.screen()
