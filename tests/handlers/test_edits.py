"""Editing a sent message (BY07) when things went on meanwhile, and when the new words say something else altogether."""

from datetime import timedelta

import pytest

from crm_core.org.models import Employee, Role
from tests.handlers.scene import RUIJIN, contact_of, contacts, customer_of, customers, last_card, pictures, visits
from tests.support.chat import House, Person

LINE = "拜访 华宁 谈了年筐，下周三送样"


async def logged(house: House, line: str = LINE) -> tuple[Person, int]:
    """A visit saved from one line; who wrote it, and the message."""
    rep = await house.hire("李娜")
    await customer_of(rep)
    await customer_of(rep, RUIJIN)
    await rep.say(line, date=house.clock.now().isoformat())
    message = rep.own()[-1]["message_id"]
    await rep.tap("保存")
    return rep, message


class TestSavedRecords:
    @pytest.mark.feature("BY07")
    async def test_twice(self, house: House):
        rep, message = await logged(house)
        shown = await rep.edit(message, "拜访 华宁 谈了年框，下周三送样")
        assert "谈了年筐，下周三送样 → 谈了年框，下周三送样" in shown
        shown = await rep.edit(message, "拜访 华宁 谈了年框，下周五送样")
        assert "2026-03-18 周三 → 2026-03-20 周五" in shown
        assert "筐" not in shown
        (visit,) = await visits(house)
        assert (visit.summary, str(visit.next_on)) == ("谈了年框，下周五送样", "2026-03-20")
        assert "说的内容没变" in await rep.edit(message, "拜访华宁 谈了年框，下周五送样")

    @pytest.mark.feature("BY07")
    async def test_words_of_time_are_those_of_the_day_it_was_written(self, house: House):
        rep, message = await logged(house, "拜访 华宁 谈了年筐，明天送样")
        house.clock.advance(timedelta(hours=20))
        shown = await rep.edit(message, "拜访 华宁 谈了年框，明天送样")
        assert "谈了年框" in shown
        assert str((await visits(house))[0].next_on) == "2026-03-12"

    async def test_another_customer_is_refused_and_nothing_changes(self, house: House):
        rep, message = await logged(house)
        assert "说的是另一家" in await rep.edit(message, "拜访 瑞金 谈了年框，下周五送样")
        (visit,) = await visits(house)
        assert (visit.summary, str(visit.next_on)) == ("谈了年筐，下周三送样", "2026-03-18")

    @pytest.mark.parametrize(
        "words",
        ["哈哈哈", "😀", "拜访", "拜访 远大五金 谈了年框", "拜访 华宁", "新客户 远大五金有限公司", "晚点再说吧"],
    )
    async def test_words_that_are_no_such_line_change_nothing(self, house: House, words: str):
        rep, message = await logged(house)
        assert "没读懂" in await rep.edit(message, words)
        assert (await visits(house))[0].summary == "谈了年筐，下周三送样"

    async def test_after_undo_there_is_nothing_to_correct(self, house: House):
        rep, message = await logged(house)
        await rep.tap("撤销")
        shown = await rep.edit(message, "拜访 华宁 谈了年框，下周三送样")
        assert "没有这条记录" in shown
        assert await visits(house) == []

    async def test_who_lost_the_right_corrects_nothing(self, house: House):
        rep, message = await logged(house)
        async with house.db.unit() as session:
            (await session.get_one(Employee, rep.employee_id)).roles = [Role.FINANCE.value]
        shown = await rep.edit(message, "拜访 华宁 谈了年框，下周三送样")
        assert "corrected" not in shown
        assert "已更正" not in shown
        assert (await visits(house))[0].summary == "谈了年筐，下周三送样"

    @pytest.mark.feature("BY07")
    async def test_a_contact_s_line(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("新联系人 华宁 王建国 采购经理 13800138000")
        message = rep.own()[-1]["message_id"]
        await rep.tap("保存")
        await rep.edit(message, "新联系人 华宁 王建军 采购经理 13800138000")
        assert [one.name for one in await contacts(house)] == ["王建军"]


class TestWhatIsNoLongerSaid:
    """An optional part that the edited words leave out is taken back, if the message itself had given it."""

    @pytest.mark.feature("BY07")
    async def test_a_next_step(self, house: House):
        rep, message = await logged(house)
        shown = await rep.edit(message, "拜访 华宁 谈了年框")
        assert "下次跟进：2026-03-18 周三 → 无" in shown
        (visit,) = await visits(house)
        assert (visit.summary, visit.next_on) == ("谈了年框", None)
        assert (await customers(house))[0].next_step_on is None
        assert "说的内容没变" in await rep.edit(message, "拜访华宁 谈了年框")
        assert "下次跟进：无 → 2026-03-20 周五" in await rep.edit(message, "拜访 华宁 谈了年框，下周五送样")

    @pytest.mark.feature("BY07")
    async def test_in_english_it_is_in_the_history_and_can_be_undone(self, house: House):
        rep = await house.hire("Emma Clarke", language="en")
        await customer_of(rep, "Acme Electronics Ltd")
        await rep.say("visited Acme, talked price, next wed samples", date=house.clock.now().isoformat())
        message = rep.own()[-1]["message_id"]
        await rep.tap("Save")
        shown = await rep.edit(message, "visited Acme, talked price")
        assert "Next step: Wed 18 Mar 2026 → none" in shown
        undo = data_of(rep, "Undo")
        card = last_card(rep)
        await rep.tap("Open")
        assert "2026-03-18 → –" in await rep.tap("History")
        await rep.say("/help")
        await rep.tap_on(card, data=undo)
        assert str((await visits(house))[0].next_on) == "2026-03-18"

    async def test_what_a_button_changed_since_stays(self, house: House):
        rep, message = await logged(house)
        await rep.tap("📅 定下次")
        await rep.say("下周五")
        shown = await rep.edit(message, "拜访 华宁 谈了年框")
        assert "下次跟进：保持不变，后来另外改过" in shown
        (visit,) = await visits(house)
        assert (visit.summary, str(visit.next_on)) == ("谈了年框", "2026-03-20")

    async def test_what_another_message_gave_stays(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("拜访 华宁 谈了年筐")
        message = rep.own()[-1]["message_id"]
        await rep.tap("+ 下次跟进")
        await rep.say("下周三")
        await rep.tap("保存")
        shown = await rep.edit(message, "拜访 华宁 谈了年框")
        assert "下次跟进" not in shown
        (visit,) = await visits(house)
        assert (visit.summary, str(visit.next_on)) == ("谈了年框", "2026-03-18")

    @pytest.mark.feature("BY07")
    async def test_whom_one_talked_with(self, house: House):
        rep = await house.hire("李娜")
        customer = await customer_of(rep, contact_name="王建国", phone="13800138000")
        await contact_of(rep, customer, "李芳")
        await rep.say("拜访 华宁 王总 谈了年框")
        message = rep.own()[-1]["message_id"]
        await rep.tap("保存")
        assert "联系人：王建国 → 李芳" in await rep.edit(message, "拜访 华宁 李芳 谈了年框")
        assert "联系人：李芳 → 无" in await rep.edit(message, "拜访 华宁 谈了年框")
        assert (await visits(house))[0].contact_id is None

    async def test_when_it_was(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("昨天下午3点拜访 华宁 谈了年框", date=house.clock.now().isoformat())
        message = rep.own()[-1]["message_id"]
        await rep.tap("保存")
        assert (await visits(house))[0].happened_at < house.clock.now()
        written = house.clock.now()
        house.clock.advance(timedelta(hours=2))
        await rep.edit(message, "拜访 华宁 谈了年框")
        assert (await visits(house))[0].happened_at == written

    async def test_the_first_contact_of_a_new_archive(self, house: House):
        rep = await house.hire("李娜")
        await rep.say("新客户 深圳市华宁电子有限公司 王建国 13800138000 深圳")
        message = rep.own()[-1]["message_id"]
        await rep.tap("展会活动")
        await rep.tap("保存")
        shown = await rep.edit(message, "新客户 深圳市华宁电子有限公司 王建国")
        assert "城市：深圳 → 无" in shown
        assert "138 0013 8000 → 无" in shown
        (contact,) = await contacts(house)
        assert (contact.name, contact.phone) == ("王建国", None)
        await rep.edit(message, "新客户 深圳市华宁电子有限公司")
        assert (await contacts(house))[0].left_at is not None

    async def test_what_a_signature_said_besides_the_name(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("新联系人 华宁 王建国 采购经理 13800138000")
        message = rep.own()[-1]["message_id"]
        await rep.tap("保存")
        shown = await rep.edit(message, "新联系人 华宁 王建国 采购总监")
        assert "采购经理 → 采购总监" in shown
        assert "138 0013 8000 → 无" in shown
        assert "王建国 →" not in shown
        (contact,) = await contacts(house)
        assert (contact.name, contact.title, contact.phone) == ("王建国", "采购总监", None)

    async def test_an_answer_to_what_the_company_asks(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("拜访 华宁 谈了年框")
        await rep.tap("+ 对手动态")
        await rep.say("立迅在送样")
        message = rep.own()[-1]["message_id"]
        await rep.tap("保存")
        assert "对手动态：立迅在送样 → 立讯在送样" in await rep.edit(message, "立讯在送样")
        assert (await visits(house))[0].extra == {"rival_seen": "立讯在送样"}


def data_of(person: Person, label: str) -> str:
    """What the last card's button of this label carries."""
    rows = person.answers()[-1]["reply_markup"]["inline_keyboard"]
    return next(button["callback_data"] for row in rows for button in row if label in button["text"])


class TestOpenForms:
    @pytest.mark.feature("BY07")
    async def test_a_line_may_name_another_customer_while_nothing_is_saved(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await customer_of(rep, RUIJIN)
        await rep.say(LINE)
        shown = await rep.edit(rep.own()[-1]["message_id"], "拜访 瑞金 谈了年框，下周五送样")
        assert "上海瑞金" in shown
        assert "华宁" not in shown

    @pytest.mark.parametrize("words", ["哈哈哈", "拜访 远大五金 谈了年框", "拜访 华宁"])
    async def test_words_that_are_no_such_line_leave_the_card_as_it_was(self, house: House, words: str):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say(LINE)
        assert "没读懂" in await rep.edit(rep.own()[-1]["message_id"], words)
        await rep.tap("保存")
        assert [visit.summary for visit in await visits(house)] == ["谈了年筐，下周三送样"]

    @pytest.mark.feature("BY07")
    async def test_what_was_unsure_is_sure_after_the_edit(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        assert "⚠" in await rep.say("拜访 华宁 谈了年框，3月5号再看样品")
        assert "⚠" not in await rep.edit(rep.own()[-1]["message_id"], "拜访 华宁 谈了年框，3月25号再看样品")

    @pytest.mark.feature("BY07")
    async def test_after_a_line_was_edited_other_messages_still_correct(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("拜访 华宁")
        line = rep.own()[-1]["message_id"]
        await rep.say("谈了年筐")
        summary = rep.own()[-1]["message_id"]
        await rep.edit(line, "拜访 华宁电子")
        await rep.edit(summary, "谈了年框")
        await rep.tap("保存")
        assert [visit.summary for visit in await visits(house)] == ["谈了年框"]

    async def test_a_message_of_a_cancelled_form(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say(LINE)
        message = rep.own()[-1]["message_id"]
        await rep.tap("取消")
        assert "已保存的内容没有变" in await rep.edit(message, "拜访 华宁 谈了年框")
        assert await visits(house) == []

    async def test_the_caption_of_a_photo(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.send_photo(*pictures(1), caption="产线")
        answers = len(rep.answers())
        await rep.edit(rep.own()[-1]["message_id"], "产线和仓库")
        assert len(rep.answers()) > answers
        assert "小结：产线和仓库" in rep.screen()
