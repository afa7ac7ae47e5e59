"""Reminders on the phone: birthdays, promises, later, no more of this kind, the weekly list, working days."""

import pytest
from sqlalchemy import select

from crm_core.kit.db import now
from crm_core.kit.words.yearly import Yearly
from crm_core.occurrences.models import Occurrence
from crm_core.org.models import Role
from crm_core.outbox.models import Card
from tests.crm_core.plans.work import everybody_has_planned
from tests.handlers.scene import contact_of, customer_of, last_card, text_of
from tests.handlers.test_reminders import morning, pushes, shanghai
from tests.support.chat import TOKEN, House, Person


@pytest.fixture
async def boss(house: House) -> Person:
    boss = await house.hire("王海燕", Role.MANAGER)
    await boss.say("/start")
    return boss


@pytest.fixture
async def rep(house: House, boss: Person) -> Person:
    """李娜, who has pressed Start once."""
    rep = await house.hire("李娜", manager=boss)
    await rep.say("/start")
    await everybody_has_planned(house.db)
    return rep


async def press(person: Person, data: str) -> str:
    """Tap a button of that data on the last message."""
    return await person.tap_on(last_card(person), data=data)


async def states(house: House) -> dict[str, str]:
    async with house.db.unit() as session:
        return {row.rule: row.state for row in await session.scalars(select(Occurrence).order_by(Occurrence.id))}


class TestBirthdays:
    @pytest.fixture
    async def wang(self, rep: Person) -> int:
        """王建国 was born on the 15th of the 8th lunar month of 1968: in 2026 that is Friday 25 September."""
        customer = await customer_of(rep, type="b")
        born = Yearly(8, 15, 1968, lunar=True)
        return await contact_of(rep, customer, "王建国", birthday=born)

    @pytest.mark.feature("BY21", "RE03")
    async def test_three_days_before_it_stands_in_the_digest_with_both_dates(
        self, house: House, rep: Person, wang: int
    ):
        await morning(house, "2026-09-21")
        assert "王建国" not in rep.screen()
        await morning(house, "2026-09-22")
        assert "2026-09-25（3 天后）" in rep.screen()
        assert "八月十五" in rep.screen()
        assert "58 岁" in rep.screen()

    @pytest.mark.feature("CD06", "BY21")
    async def test_on_the_day_a_card_brings_a_greeting_to_copy_and_one_tap_says_it_is_done(
        self, house: House, rep: Person, wang: int
    ):
        """25 September is the Mid-Autumn holiday: the card waits for the first working morning and says so."""
        await morning(house, "2026-09-22")
        await morning(house, "2026-09-25")
        assert not any("点一下祝福语" in one.get("text", "") for one in rep.answers())
        await morning(house, "2026-09-28")
        card = next(one for one in rep.answers() if "点一下祝福语" in one.get("text", ""))
        assert "已过（2026-09-25）" in card["text"]
        assert "王建国，生日快乐！" in card["text"]
        assert "李娜敬上" in card["text"]
        await rep.tap_on(card["message_id"], button="🎉 已祝福")
        assert "✓ 已祝福" in text_of(rep, card["message_id"])
        assert (await states(house))["contact.birthday"] == "done"

    @pytest.mark.feature("CD06", "RE03")
    async def test_an_ordinary_day_brings_it_on_the_day(self, house: House, rep: Person):
        customer = await customer_of(rep, type="b")
        await contact_of(rep, customer, "林小红", birthday=Yearly(3, 25, 1979))
        await morning(house, "2026-03-25")
        assert any("林小红，生日快乐！" in one.get("text", "") for one in rep.answers())

    @pytest.mark.feature("BY21")
    async def test_one_s_own_birthday_is_told_to_the_manager(self, house: House, rep: Person, boss: Person):
        await rep.say("/due")
        await press(rep, "due.rules:0:0")
        await rep.tap("🎂 我的生日")
        await rep.say("农历八月十五")
        assert "已保存" in rep.screen()
        await morning(house, "2026-09-23")
        assert "李娜" in boss.screen()
        assert "2026-09-25（2 天后）生日：农历八月十五" in boss.screen()


class TestWhatOneWants:
    @pytest.fixture
    async def stale(self, rep: Person) -> Person:
        await customer_of(rep)
        return rep

    @pytest.mark.feature("BY19")
    async def test_each_push_says_why_and_offers_done_later_and_never(self, house: House, stale: Person):
        await morning(house, "2026-03-25")
        await stale.tap("稍后 ▾")
        assert "为什么收到" in stale.screen()
        later = ["1 小时后", "今天下午", "明天早上", "下周一", "📅 选日子"]
        assert stale.buttons() == ["📝 记拜访", *later, "✓ 完成", "🔕 不再提醒此类", "« 返回"]
        await stale.tap("1 小时后")
        assert stale.toast == "推迟到 03-25 09:30。"
        assert "⏸ 推迟到 03-25 09:30" in stale.screen()
        await morning(house, "2026-03-25", "09:29")
        before = len(stale.answers())
        await morning(house, "2026-03-25", "09:30")
        assert len(stale.answers()) == before + 1
        await stale.tap("✓ 完成")
        assert (await states(house))["customer.stale"] == "done"

    @pytest.mark.feature("BY19")
    async def test_a_tap_faster_than_the_note_of_the_messages_number_leaves_two_cards_and_both_work(
        self, house: House, stale: Person
    ):
        await morning(house, "2026-03-25")
        here = {"bot_id": int(TOKEN.partition(":")[0]), "chat_id": stale.user_id, "message_id": last_card(stale)}
        async with house.db.unit() as session:
            session.add(Card(**here, created_at=now(session)))
        await stale.tap("稍后 ▾")
        assert "为什么收到" in stale.screen()
        assert await states(house) == {"customer.stale": "seen"}

    @pytest.mark.feature("BY19")
    async def test_no_more_of_this_kind_and_back_again(self, house: House, stale: Person):
        await morning(house, "2026-03-25")
        await stale.tap("稍后 ▾")
        await stale.tap("🔕 不再提醒此类")
        assert "不再提醒此类" in stale.screen()
        await morning(house, "2026-03-26")
        assert len(pushes(stale)) == 0
        assert await states(house) == {"customer.stale": "seen"}

    @pytest.mark.feature("BY19")
    async def test_after_the_third_time_it_is_dropped_with_a_reason(self, house: House, stale: Person):
        for day in ("2026-03-25", "2026-03-26", "2026-03-27"):
            await morning(house, day)
            await stale.tap("稍后 ▾")
            await stale.tap("明天早上")
        await morning(house, "2026-03-30")
        await stale.tap("稍后 ▾")
        await stale.tap("放弃，写原因")
        await stale.say("工厂搬走了")
        assert "已放弃" in stale.screen()
        async with house.db.unit() as session:
            row = await session.scalar(select(Occurrence))
        assert (row.state, row.reason) == ("suppressed", "工厂搬走了")

    @pytest.mark.feature("BY20", "RE11")
    async def test_one_s_digest_comes_at_one_s_own_hour(self, house: House, stale: Person):
        await stale.say("/due")
        assert "现在没有该办的事" in stale.screen()
        await press(stale, "due.rules:0:0")
        assert "提醒设置" in stale.screen()
        await stale.tap("⏰ 08:30")
        await stale.tap("10:00")
        assert "工作日 10:00 发早报" in stale.screen()
        await morning(house, "2026-03-25", "09:59")
        assert pushes(stale) == []
        await morning(house, "2026-03-25", "10:00")
        assert len(pushes(stale)) == 1


class TestPromises:
    @pytest.mark.feature("RE02")
    async def test_a_promised_day_is_told_in_the_morning_and_a_visit_settles_it(self, house: House, rep: Person):
        await customer_of(rep, type="c")
        await rep.say("拜访 华宁 谈了年框，周五送样")
        await rep.tap("保存")
        await morning(house, "2026-03-13")
        assert "约好今天联系" in rep.screen()
        await rep.say("拜访 华宁 样品送到了")
        await rep.tap("保存")
        assert (await states(house))["customer.step"] == "done"


class TestManagers:
    @pytest.mark.feature("RE09")
    async def test_the_weekly_list_brings_what_was_left_and_a_nudge_reaches_the_rep(
        self, house: House, rep: Person, boss: Person
    ):
        await customer_of(rep)
        await morning(house, "2026-03-25")
        await morning(house, "2026-04-07")
        assert "每周清单" in boss.screen()
        await boss.tap("李娜 · 深圳市华宁电子有限公司")
        assert {"👋 催一下", "🙈 忽略", "改派", "放公海"} <= set(boss.buttons())
        await boss.tap("👋 催一下")
        await morning(house, "2026-04-07", "09:00")
        assert "王海燕催您尽快办一下" in rep.screen()

    @pytest.mark.feature("BY22")
    async def test_a_blocked_bot_is_told_to_the_manager_and_one_digest_catches_up(
        self, house: House, rep: Person, boss: Person
    ):
        await customer_of(rep)
        house.clock.set(shanghai("2026-03-24", "10:00"))
        house.sandbox.block(TOKEN, rep.user_id)
        await house.settle()
        await morning(house, "2026-03-25")
        await morning(house, "2026-03-26")
        assert "停用了机器人" in boss.screen()
        house.clock.set(shanghai("2026-03-26", "14:00"))
        house.sandbox.unblock(TOKEN, rep.user_id)
        await house.settle()
        await house.tick()
        assert len(pushes(rep)) == 1


class TestWorkingDays:
    @pytest.mark.feature("BY20")
    async def test_an_admin_marks_a_make_up_day_and_the_digest_comes_on_it(self, house: House, rep: Person):
        admin = await house.hire("蒋涛", Role.ADMIN)
        await customer_of(rep)
        house.clock.set(shanghai("2026-03-27", "10:00"))
        await admin.say("/workdays")
        await press(admin, "workdays.set:20260328:0:work")
        assert "2026-03-28 改为上班" in admin.screen()
        assert "28班" in admin.buttons()
        await morning(house, "2026-03-28")
        assert len(pushes(rep)) == 1
