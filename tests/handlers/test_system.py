"""Help, languages, nonsense, old buttons, and the sandbox that needs no Telegram account."""

import pytest

from crm_core.org.models import Role
from handlers import routing
from sandbox.files import Upload
from tests.handlers.scene import customer_of, last_card, pictures, text_of, visits
from tests.support.chat import TOKEN, House

NONSENSE = (
    *("。。", "🤷", "%s %(name)s {{7*7}}", "<b>", "</b>&amp;", "\u202e.\u200b", "a" * 4096, "\n\n.", "0", "-1"),
    *("' OR 1=1 --", "visit", "None", "保存", "[object Object]"),
)


class TestHelp:
    async def test_help_names_what_this_person_may_do(self, house: House):
        rep = await house.hire("李娜")
        shown = await rep.say("/help")
        assert "我能做什么" in shown
        for command in ("/visit", "/customer", "/new", "/find", "/today", "/language"):
            assert command in shown
        assert "/admin" not in shown
        assert "/admin" in await (await house.hire("蒋涛", Role.ADMIN)).say("/help")

    async def test_start_greets_and_says_the_same(self, house: House):
        rep = await house.hire("李娜")
        assert "您好，李娜！我能做这些：" in await rep.say("/start")
        assert "一句话记拜访" in rep.screen()

    async def test_the_messenger_s_menu_is_the_person_s_own(self, house: House):
        rep, admin = await house.hire("李娜"), await house.hire("蒋涛", Role.ADMIN)
        for person in (rep, admin):
            await person.say("/start")
        menus = [
            [one["command"] for one in house.sandbox.view(TOKEN, person.user_id)["commands"]] for person in (rep, admin)
        ]
        assert "visit" in menus[0]
        assert ("admin" in menus[0], "admin" in menus[1]) == (False, True)

    async def test_an_unknown_command_says_what_there_is(self, house: House):
        rep = await house.hire("李娜")
        for words in ("/fly", "/拜访", "/VISITS", "/" + "x" * 300, "/<b>"):
            assert "我能做" in await rep.say(words), words
            assert "/visit" in rep.screen()

    async def test_a_command_is_known_however_it_is_written(self, house: House):
        rep = await house.hire("李娜")
        for words in ("/TODAY", "/today@huaning_rounds_bot", "/today\n", "/Today x"):
            assert "我的拜访" in await rep.say(words), words

    def test_every_command_has_a_line_and_can_be_reached(self):
        routing.load()
        for name, command in routing.commands().items():
            assert name.islower()
            assert name.isascii()
            assert len(name) <= 32
            assert command.menu.id


class TestLanguage:
    async def test_the_language_is_switched_at_any_time(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.say("/language")
        await rep.tap("English")
        assert "I speak English with you from now on" in rep.screen()
        await rep.tap("Back to: Visit")
        assert "What did you talk about" in rep.screen()
        await rep.say("/language")
        await rep.tap("中文")
        assert "以后和您说中文" in rep.screen()

    async def test_the_first_language_is_the_messenger_s(self, house: House):
        rep = await house.hire("Maria Lopez", language="en")
        assert "What I can do" in await rep.say("/help")

    async def test_the_menu_speaks_the_chosen_language(self, house: House):
        rep = await house.hire("李娜")
        await rep.say("/language")
        await rep.tap("English")
        menu = {one["command"]: one["description"] for one in house.sandbox.view(TOKEN, rep.user_id)["commands"]}
        assert "Log a visit" in menu["visit"]


class TestNonsense:
    async def test_words_without_sense_are_answered(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        for words in NONSENSE:
            rep.count_from_here()
            shown = await rep.say(words)
            assert rep.new_cards() == 1, words
            assert shown.strip()
            assert "49" not in shown

    async def test_what_cannot_be_used_is_declined_politely(self, house: House):
        money = await house.hire("赵敏", Role.FINANCE)  # who logs no visits that they could belong to
        for kind in ("voice", "document", "audio", "video"):
            money.count_from_here()
            house.sandbox.send(TOKEN, money.user_id, {kind: [Upload("a.bin", "application/octet-stream", b"1234")]})
            await house.settle()
            assert money.new_cards() == 1
            assert "这个我还用不上" in money.screen(), kind

    async def test_a_photo_of_somebody_who_logs_no_visits_is_declined(self, house: House):
        money = await house.hire("赵敏", Role.FINANCE)
        assert "这个我还用不上" in await money.send_photo(*pictures(1))

    async def test_an_edited_message_says_what_became_of_it(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        sent = house.sandbox.say(TOKEN, rep.user_id, "华宁")
        await house.settle()
        assert "已保存的内容没有变" in await rep.edit(sent["message_id"], "华宁电子")


class TestButtons:
    async def test_a_button_that_nobody_knows_is_answered(self, house: House):
        rep = await house.hire("李娜")
        await rep.say("/help")
        for data in (
            "",
            "x",
            "::",
            "customer:abc:0",
            "customer:-1:0",
            "nothing:1:1",
            f"customer:{'9' * 20}:0",
            "🤷:1:1",
        ):
            await rep.tap_on(last_card(rep), data=data)
            assert rep.answered
            assert "这个按钮已失效" in (rep.toast or ""), data

    async def test_a_button_of_something_that_is_not_there_says_so(self, house: House):
        rep = await house.hire("李娜")
        await rep.say("/help")
        for key in (
            "customer",
            "visit",
            "vl",
            "customer.edit",
            "customer.history",
            "visit.photos",
            "visit.log",
            "snooze",
        ):
            await rep.tap_on(last_card(rep), data=f"{key}:424242:0")
            assert "没有这条记录" in rep.toast, key

    async def test_double_taps_do_a_thing_once(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("华宁")
        card = last_card(rep)
        log = next(
            one["callback_data"]
            for row in rep.answers()[-1]["reply_markup"]["inline_keyboard"]
            for one in row
            if "记拜访" in one["text"]
        )
        await rep.tap_on(card, data=log)
        await rep.tap_on(card, data=log)
        await rep.say("谈了年框")
        await rep.tap("保存")
        assert len(await visits(house)) == 1

    async def test_put_away_is_put_away(self, house: House):
        rep = await house.hire("李娜")
        await rep.say("/help")
        card = last_card(rep)
        await rep.tap_on(card, data="dismiss:0:0")
        assert rep.toast == "好的。"
        assert text_of(rep, card) == "好的，收起来了。"
        assert rep.buttons() == []


class TestDrafts:
    async def test_a_draft_is_resumed_after_looking_something_up(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.say("/today")
        assert rep.buttons()[-1].startswith("回到：拜访 深圳市华宁")
        await rep.tap("回到：拜访")
        await rep.say("谈了年框")
        await rep.tap("保存")
        assert len(await visits(house)) == 1
        assert not any("回到" in label for label in rep.buttons())

    async def test_cancelling_without_a_form_says_so(self, house: House):
        rep = await house.hire("李娜")
        assert "没有在填的表" in await rep.say("/cancel")

    async def test_what_was_typed_is_not_lost_by_a_wrong_button(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.say("谈了年框，下周三送样")
        await rep.tap("修改")
        await rep.tap("小结")
        assert "谈了年框，下周三送样" in rep.screen()
        await rep.tap("不改")
        await rep.tap("保存")
        assert (await visits(house))[0].summary == "谈了年框，下周三送样"


@pytest.mark.feature("BY29")
async def test_a_whole_visit_goes_over_the_bot_api_with_no_telegram_account(house: House):
    rep = await house.hire("李娜")
    await customer_of(rep)
    await rep.say("/visit")
    await rep.tap("华宁")
    await rep.say("谈了年框，下周三送样")
    await rep.tap("保存")
    assert len(await visits(house)) == 1
    calls = house.sandbox.log(TOKEN)
    methods = {one["method"] for one in calls}
    assert {"getUpdates", "sendMessage", "editMessageText", "answerCallbackQuery"} <= {
        m[0].lower() + m[1:] for m in methods
    }
    assert house.sandbox.url.startswith("http://127.0.0.1:")
