"""One-line entry in the chat: a line, a look at the card, one tap."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from crm_core.customers.models import Customer
from tests.handlers.scene import RUIJIN, customer_of, customers, visit_of, visits
from tests.support.chat import House


class TestVisits:
    @pytest.mark.feature("BY09", "NF03")
    async def test_a_matched_customer_takes_one_line_and_one_tap(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        rep.count_from_here()
        shown = await rep.say("拜访 华宁 谈了年框，下周三送样")
        assert "华宁电子" in shown
        assert "2026-03-18 周三" in shown
        await rep.tap("保存")
        assert (rep.actions, rep.new_cards()) == (2, 1)
        (visit,) = await visits(house)
        assert (visit.summary, str(visit.next_on)) == ("谈了年框，下周三送样", "2026-03-18")
        assert visit.happened_at == house.clock.now()

    @pytest.mark.feature("BY09")
    async def test_in_english_by_pinyin(self, house: House):
        rep = await house.hire("Emma Clarke", language="en")
        await customer_of(rep)
        await rep.say("visited Huaning, talked price, next wed samples")
        await rep.tap("Save")
        (visit,) = await visits(house)
        assert (visit.summary, str(visit.next_on)) == ("talked price, next wed samples", "2026-03-18")

    @pytest.mark.parametrize(
        ("line", "kind", "summary"),
        [
            ("拜访华宁电子谈了年框", "first", "谈了年框"),
            ("拜访了华宁，谈了年框", "first", "谈了年框"),
            ("我刚才拜访 hndz 谈了年框", "first", "谈了年框"),
            ("打电话给华宁 催了尾款", "phone", "催了尾款"),
            ("回访 华宁电子 样品不错", "return", "样品不错"),
            ("called Huaning about the samples", "phone", "about the samples"),
            ("拜访 华宁 商务谈判，让了两个点", "negotiation", "商务谈判，让了两个点"),
        ],
    )
    async def test_it_is_read_as_people_write_it(self, house: House, line: str, kind: str, summary: str):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say(line)
        await rep.tap("保存")
        (visit,) = await visits(house)
        assert (visit.kind, visit.summary, visit.next_on) == (kind, summary, None)

    async def test_when_it_was_may_stand_before_the_verb(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        shown = await rep.say("昨天下午3点拜访华宁，谈了年框")
        assert "2026-03-10 周二 15:00" in shown
        await rep.tap("保存")
        (visit,) = await visits(house)
        assert visit.happened_at == datetime(2026, 3, 10, 7, 0, tzinfo=UTC)

    async def test_what_is_unsure_is_marked_and_a_tap_away(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        shown = await rep.say("拜访 华宁 谈了年框，3月5号再看样品")
        assert "⚠" in shown
        (doubt,) = [label for label in rep.buttons() if label.startswith("⚠")]
        await rep.tap(doubt)
        await rep.say("3月20号")
        assert "⚠" not in rep.screen()
        await rep.tap("保存")
        assert str((await visits(house))[0].next_on) == "2026-03-20"

    async def test_several_customers_are_buttons_and_nothing_typed_is_lost(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await customer_of(rep, "深圳市华宁科技有限公司")
        shown = await rep.say("拜访 华宁 谈了年框，下周三送样")
        assert "是哪一家" in shown
        await rep.tap("华宁科技")
        assert "谈了年框，下周三送样" in rep.screen()
        await rep.tap("保存")
        assert [visit.summary for visit in await visits(house)] == ["谈了年框，下周三送样"]

    async def test_an_unknown_customer_can_be_made_on_the_way(self, house: House):
        rep = await house.hire("李娜")
        shown = await rep.say("拜访 天成机械 谈了设备升级")
        assert "没找到“天成机械”" in shown
        await rep.tap("新建 天成机械")
        await rep.tap("陌生拜访")
        await rep.tap("保存")
        assert "谈了设备升级" in rep.screen()
        await rep.tap("保存")
        assert [visit.summary for visit in await visits(house)] == ["谈了设备升级"]

    async def test_what_is_missing_is_asked(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        assert "谈了什么" in await rep.say("拜访华宁")
        await rep.say("/cancel")
        await customer_of(rep, "拜访易网络科技有限公司")
        assert "拜访了哪家客户" in await rep.say("拜访")

    async def test_a_customer_named_like_a_verb_is_found(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, "拜访易网络科技有限公司")
        assert "拜访易网络科技有限公司" in await rep.say("拜访易网络")
        assert "记拜访" in " ".join(rep.buttons())
        assert await visits(house) == []

    async def test_from_the_card_of_another_form_and_back(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await customer_of(rep, RUIJIN)
        await rep.say("拜访 瑞金 看了产线")
        await rep.say("拜访 华宁 谈了年框")
        await rep.tap("保存")
        await rep.tap("回到：拜访 上海瑞金")
        await rep.tap("保存")
        assert [visit.summary for visit in await visits(house)] == ["谈了年框", "看了产线"]

    async def test_without_a_verb_a_customer_and_a_talk_are_a_visit(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        assert "核对并保存" in await rep.say("华宁 谈了年框，下周三送样")
        await rep.tap("保存")
        (visit,) = await visits(house)
        assert (visit.summary, str(visit.next_on)) == ("谈了年框，下周三送样", "2026-03-18")

    async def test_a_customer_and_a_word_are_a_search(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        assert "没找到" in await rep.say("华宁 样品")
        assert "没找到" in await rep.say("/find 华宁 谈了年框，下周三送样")

    async def test_a_verb_of_meeting_is_no_phone_call(self, house: House):
        rep = await house.hire("李娜")
        customer = await customer_of(rep)
        await visit_of(rep, customer, kind="phone")
        await rep.say("拜访 华宁 谈了年框")
        await rep.tap("保存")
        assert [visit.kind for visit in await visits(house)] == ["phone", "return"]

    async def test_a_name_typed_on_a_card_looks_somebody_up_and_the_form_waits(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await customer_of(rep, RUIJIN)
        await rep.say("拜访 华宁 谈了年框")
        assert "上海瑞金医疗器械有限公司" in await rep.say("瑞金")
        await rep.tap("回到：拜访")
        await rep.tap("保存")
        assert [visit.summary for visit in await visits(house)] == ["谈了年框"]

    async def test_a_question_takes_every_answer_even_one_with_a_verb(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.say("拜访华宁的采购，谈了年框")
        await rep.tap("保存")
        assert [visit.summary for visit in await visits(house)] == ["拜访华宁的采购，谈了年框"]


class TestCustomers:
    @pytest.mark.feature("BY09")
    async def test_a_new_one_with_contact_phone_and_city(self, house: House):
        rep = await house.hire("李娜")
        shown = await rep.say("新客户 深圳市华宁电子有限公司 王建国 13800138000 深圳 展会上认识的")
        for part in ("华宁电子", "王建国", "138 0013 8000", "展会上认识的"):
            assert part in shown
        await rep.tap("展会活动")
        await rep.tap("保存")
        assert "华宁电子" in await rep.say("8000")

    async def test_a_double_is_told_before_anything_else(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        assert "已有档案，由李娜负责" in await rep.say("新客户 深圳市华宁电子有限公司 王建国")


class TestLateMessages:
    @pytest.mark.feature("BY06")
    async def test_a_line_typed_offline_keeps_its_time(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        written = house.clock.now() - timedelta(hours=5)
        await rep.say("拜访华宁 谈了年框", date=written.isoformat())
        await rep.tap("保存")
        (visit,) = await visits(house)
        assert visit.happened_at == written
        assert visit.created_at == house.clock.now()

    @pytest.mark.feature("BY06")
    async def test_words_of_time_are_read_from_when_it_was_written(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        written = house.clock.now() - timedelta(hours=14)  # 20:00 on Tuesday
        await rep.say("拜访华宁 谈了年框，明天送样", date=written.isoformat())
        await rep.tap("保存")
        assert str((await visits(house))[0].next_on) == "2026-03-11"

    @pytest.mark.feature("BY06")
    async def test_older_than_a_day_it_is_asked(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        written = house.clock.now() - timedelta(days=2)
        shown = await rep.say("拜访华宁 谈了年框", date=written.isoformat())
        assert "⚠ 时间" in shown
        await rep.tap("⚠ 时间")
        await rep.tap("现在")
        await rep.tap("保存")
        assert (await visits(house))[0].happened_at == house.clock.now()


class TestEditedMessages:
    @pytest.mark.feature("BY07")
    async def test_an_open_form_takes_the_edited_words(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.say("谈了年筐")
        shown = await rep.edit(rep.own()[-1]["message_id"], "谈了年框")
        assert "谈了年框" in shown
        await rep.tap("保存")
        assert [visit.summary for visit in await visits(house)] == ["谈了年框"]

    @pytest.mark.feature("BY07")
    async def test_a_line_is_read_anew(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("拜访 华宁 谈了年框，下周三送样")
        shown = await rep.edit(rep.own()[-1]["message_id"], "拜访 华宁 谈了年框，下周五送样")
        assert "2026-03-20 周五" in shown
        await rep.tap("保存")
        assert str((await visits(house))[0].next_on) == "2026-03-20"


class TestEditingSavedRecords:
    @pytest.mark.feature("BY07")
    async def test_the_archive_follows_its_message_with_history(self, house: House):
        rep = await house.hire("李娜")
        await rep.say("新客户 深圳市华宁电子有限公司 王建国 13800138000")
        await rep.tap("展会活动")
        await rep.tap("保存")
        line = next(one["message_id"] for one in rep.own() if "新客户" in one["text"])
        shown = await rep.edit(line, "新客户 深圳市华宁电子有限公司 王建国 13900139000")
        assert "138 0013 8000 → 139 0013 9000" in shown
        assert "139 0013 9000" in await rep.tap("打开")

    @pytest.mark.feature("BY07")
    async def test_after_a_day_the_record_stays(self, house: House):
        rep = await house.hire("李娜")
        await rep.say("新客户 深圳市华宁电子有限公司 王建国 13800138000")
        await rep.tap("展会活动")
        await rep.tap("保存")
        line = next(one["message_id"] for one in rep.own() if "新客户" in one["text"])
        house.clock.advance(timedelta(hours=25))
        assert "已保存的内容没有变" in await rep.edit(line, "新客户 深圳市华宁电子有限公司 王建国 13900139000")
        assert (await customers(house))[0].people_phones == ["+8613800138000"]

    async def test_unreadable_words_change_nothing(self, house: House):
        rep = await house.hire("李娜")
        await rep.say("/new")
        await rep.say("深圳市华宁电子有限公司")
        await rep.tap("展会活动")
        await rep.tap("+ 电话")
        await rep.say("13800138000")
        await rep.tap("保存")
        phone = next(one["message_id"] for one in rep.own() if one["text"] == "13800138000")
        assert "不像电话号码" in await rep.edit(phone, "等会儿再打")
        assert (await customers(house))[0].people_phones == ["+8613800138000"]
        await rep.edit(phone, "13900139000")
        assert (await customers(house))[0].people_phones == ["+8613900139000"]


class TestRightsLostMeanwhile:
    async def test_a_customer_who_has_gone_to_somebody_else_is_refused_and_nothing_typed_is_lost(self, house: House):
        rep, other = await house.hire("李娜"), await house.hire("周立")
        customer = await customer_of(rep)
        await rep.say("拜访 华宁 谈了年框，下周三送样")
        async with house.db.unit() as session:
            there = update(Customer).where(Customer.id == customer).values(owner_id=other.employee_id)
            await session.execute(there, execution_options={"unaudited": "handing over comes later"})
        await rep.tap("保存")
        assert await visits(house) == []
        assert "现在不归您负责了" in rep.screen()
        await rep.say("/menu")
        await rep.tap("我的流程")
        await rep.tap("▸ 拜访")
        assert "谈了年框，下周三送样" in rep.screen()


class TestLastTime:
    async def test_one_tap_takes_the_values_of_the_last_record(self, house: House):
        rep = await house.hire("李娜")
        await rep.say("新客户 深圳市华宁电子有限公司")
        await rep.tap("展会活动")
        await rep.tap("修改")
        await rep.tap("分类")
        await rep.tap("重点客户")
        await rep.tap("保存")
        await rep.say("新客户 上海瑞金医疗器械有限公司")
        (again,) = [label for label in rep.buttons() if label.startswith("↺")]
        assert "重点客户" in again
        await rep.tap(again)
        await rep.tap("保存")
        assert [one.category for one in await customers(house)] == ["key", "key"]


class TestWhatIsNoEntry:
    @pytest.mark.parametrize(
        "words", ["你好", "在吗？", "收到", "好的👌", "谢谢啦", "辛苦了", "ok", "Thanks!", "lol", "hi there", "OK."]
    )
    async def test_small_talk_gets_a_helpful_line(self, house: House, words: str):
        rep = await house.hire("李娜")
        await customer_of(rep)
        shown = await rep.say(words)
        assert "一句话" in shown
        assert "新建" not in " ".join(rep.buttons())
        assert await visits(house) == []

    async def test_in_english_too(self, house: House):
        rep = await house.hire("Emma Clarke", language="en")
        await customer_of(rep)
        assert "in one line" in await rep.say("thanks")

    async def test_small_talk_is_no_note_of_a_visit_and_no_answer_is_lost(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        assert "好的" in await rep.say("好的")  # what was talked about is asked: every answer counts
        await rep.tap("保存")
        assert [visit.summary for visit in await visits(house)] == ["好的"]

    @pytest.mark.parametrize(
        "words", ["saw blades", "met 3 people", "met nobody", "call waiting", "called it", "rang twice", "见了再说"]
    )
    async def test_a_verb_of_everyday_words_is_no_visit(self, house: House, words: str):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await customer_of(rep, "Ironbridge Tools (Kunshan) Co., Ltd.")
        shown = await rep.say(words)
        assert "没找到" in shown
        assert "拜访 ›" not in shown
        assert await visits(house) == []

    @pytest.mark.parametrize("words", ["华宁", "huaning", "hndz", "8000", "王建国"])
    async def test_a_name_pinyin_and_a_phone_tail_are_looked_up(self, house: House, words: str):
        rep = await house.hire("李娜")
        await customer_of(rep, contact_name="王建国", phone="13800138000")
        await customer_of(rep, RUIJIN)
        shown = await rep.say(words)
        assert "华宁电子" in shown
        assert "瑞金" not in shown
        assert await visits(house) == []
