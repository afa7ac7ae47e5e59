"""Taking back in the chat (BY08): one tap within ten minutes, told plainly when it can't be."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from crm_core.audit.models import AuditEntry
from crm_core.org.models import Employee, Role
from tests.handlers.scene import HUANING, contacts, customer_of, customers, last_card, text_of, visits
from tests.support.chat import House, Person, labels

UNDO = "↩ 撤销 · 10 分钟"


def buttons_of(person: Person, message_id: int) -> list[str]:
    return labels(next(one for one in person.messages() if one["message_id"] == message_id))


async def logged(rep: Person, summary: str = "谈了年框，下周三送样") -> int:
    """A visit is logged through the chat; answers the card that says so."""
    await rep.say("/visit 华宁")
    await rep.say(summary)
    assert "✓ 已记录拜访" in await rep.tap("保存")
    return last_card(rep)


@pytest.mark.feature("BY08")
async def test_a_visit_is_taken_back_with_one_tap_and_the_archive_stands_as_before(house: House):
    rep = await house.hire("李娜")
    await customer_of(rep)
    card = await logged(rep)
    assert buttons_of(rep, card)[-1] == UNDO
    rep.count_from_here()
    await rep.tap("撤销")
    assert (rep.actions, rep.new_cards()) == (1, 0)
    assert rep.toast == "已撤销。"
    assert text_of(rep, card).startswith("↩ 已撤销：拜访记录 · 深圳市华宁电子有限公司")
    assert UNDO not in buttons_of(rep, card)
    assert await visits(house) == []
    assert (await customers(house))[0].last_followup_at is None
    assert "还没有拜访" in await rep.say("华宁")


@pytest.mark.feature("BY08")
async def test_what_was_done_and_taken_back_is_both_in_the_history(house: House):
    rep = await house.hire("李娜")
    await customer_of(rep)
    await logged(rep)
    await rep.tap("撤销")
    await rep.say("华宁")
    await rep.tap("更多")
    history = await rep.tap("变更记录")
    assert "李娜：已撤销，跟进" in history
    async with house.db.unit() as session:
        entries = (await session.scalars(select(AuditEntry).where(AuditEntry.subject_type == "visit"))).all()
    assert [(one.verb, one.actor_id) for one in entries] == [("create", rep.employee_id), ("delete", rep.employee_id)]
    assert entries[1].undoes == entries[0].op


@pytest.mark.feature("BY08")
async def test_after_ten_minutes_a_tap_explains_and_takes_the_button_away(house: House):
    rep = await house.hire("李娜")
    await customer_of(rep)
    card = await logged(rep)
    shown, before = text_of(rep, card), buttons_of(rep, card)
    house.clock.advance(timedelta(minutes=10, seconds=1))
    await rep.tap("撤销")
    assert "撤销只在 10 分钟内有效" in rep.toast
    assert before[-1] == UNDO
    assert buttons_of(rep, card) == before[:-1]
    assert text_of(rep, card) == shown
    assert len(await visits(house)) == 1


@pytest.mark.feature("BY08")
async def test_it_is_refused_with_a_reason_when_a_colleague_changed_the_record_since(house: House):
    boss = await house.hire("王海燕", Role.MANAGER)
    rep = await house.hire("李娜", manager=boss)
    await customer_of(rep)
    card = await logged(rep)
    house.clock.advance(timedelta(minutes=2))
    await boss.say("华宁")
    await boss.tap("更新")
    await boss.tap("城市")
    await boss.say("东莞")
    await boss.tap("保存")
    await rep.tap_on(card, button="撤销")
    assert "不能撤销了：王海燕在 10:02 又改过“深圳市华宁电子有限公司”" in rep.toast
    assert UNDO in buttons_of(rep, card)
    assert len(await visits(house)) == 1
    await boss.tap("撤销")
    assert "已恢复：城市" in boss.screen()
    await rep.tap_on(card, button="撤销")
    assert await visits(house) == []


@pytest.mark.feature("BY08")
async def test_it_is_refused_with_a_reason_when_something_was_built_on_it(house: House):
    boss = await house.hire("王海燕", Role.MANAGER)
    rep = await house.hire("李娜", manager=boss)
    await rep.say(f"/new {HUANING}")
    await rep.tap("展会活动")
    await rep.tap("保存")
    card = last_card(rep)
    assert UNDO in buttons_of(rep, card)
    await boss.say("华宁")
    await boss.reply(last_card(boss), "先别报价")
    await rep.tap_on(card, button="撤销")
    assert "不能撤销了：王海燕在 10:00 已经添加了评论" in rep.toast
    assert len(await customers(house)) == 1


@pytest.mark.feature("BY08")
async def test_pressing_it_twice_takes_back_once_and_says_so(house: House):
    rep = await house.hire("李娜")
    await customer_of(rep)
    card = await logged(rep)
    row = next(one for one in rep.messages() if one["message_id"] == card)["reply_markup"]["inline_keyboard"][-1]
    for _ in range(3):
        await rep.tap_on(card, data=row[0]["callback_data"])
        assert rep.answered
    assert "已经撤销过了" in rep.toast
    assert text_of(rep, card).startswith("↩ 已撤销")
    async with house.db.unit() as session:
        assert len((await session.scalars(select(AuditEntry).where(AuditEntry.verb == "delete"))).all()) == 1


@pytest.mark.feature("BY08")
async def test_every_write_has_the_button(house: House):
    admin = await house.hire("蒋涛", Role.ADMIN)
    rep = await house.hire("李娜")
    await rep.say(f"/new {HUANING}")
    await rep.tap("展会活动")
    await rep.tap("保存")
    assert rep.buttons()[-1] == UNDO
    await rep.tap("打开档案")
    assert UNDO not in rep.buttons()
    await rep.tap("更新")
    await rep.tap("城市")
    await rep.say("东莞")
    await rep.tap("保存")
    assert rep.buttons()[-3:] == [UNDO, "« 我的客户", "更多 ›"]
    house.clock.advance(timedelta(days=60))
    await rep.say("华宁")
    await rep.tap("没有变化")
    assert UNDO in rep.buttons()
    await rep.tap("撤销")
    assert "记录还在" in rep.screen()
    await rep.tap("打开")
    assert "已 60 天没有更新" in rep.screen()
    await admin.say("/admin")
    await admin.tap("李娜")
    await admin.tap("离职")
    assert "名下还有 1 家客户" in admin.screen()  # nobody leaves with customers in hand
    await admin.tap("立即停权")
    assert UNDO in admin.buttons()


@pytest.mark.feature("BY08")
async def test_a_changed_field_goes_back_and_the_archive_is_one_tap_away(house: House):
    rep = await house.hire("Maria Lopez", language="en")
    await customer_of(rep, "Acme Electronics Ltd", city="Shenzhen")
    await rep.say("acme")
    await rep.tap("Update")
    await rep.tap("City")
    await rep.say("Dongguan")
    await rep.tap("Save")
    await rep.tap("Undo")
    assert rep.screen().startswith("↩ Undone: archive · Acme Electronics Ltd")
    assert "As it was before: City" in rep.screen()
    assert "Shenzhen" in await rep.tap("Open")


@pytest.mark.feature("BY08")
async def test_a_leaving_by_mistake_gives_the_same_account_its_access_again(house: House):
    admin = await house.hire("蒋涛", Role.ADMIN)
    rep = await house.hire("李娜")
    await rep.say("/start")
    await admin.say("/admin")
    await admin.tap("李娜")
    await admin.tap("离职")
    assert "李娜已离职" in await admin.tap("是，已离职")
    assert "邀请链接" in await rep.say("/today")
    await admin.tap("撤销")
    assert "已撤销：同事 · 李娜" in admin.screen()
    assert "我的拜访" in await rep.say("/today")
    async with house.db.unit() as session:
        person = await session.get_one(Employee, rep.employee_id)
    assert (person.telegram_id, person.left_at) == (rep.user_id, None)


async def test_choosing_a_language_has_no_button(house: House):
    rep = await house.hire("李娜")
    await rep.say("/language")
    await rep.tap("English")
    assert rep.buttons() == []


async def test_a_forged_button_takes_back_nothing_of_others(house: House):
    boss = await house.hire("王海燕", Role.MANAGER)
    rep = await house.hire("李娜", manager=boss)
    await customer_of(rep)
    await logged(rep)
    data = next(b for row in _keyboard(rep) for b in row if b["text"] == UNDO)["callback_data"]
    await boss.say("/help")
    await boss.tap_on(last_card(boss), data=data)
    assert boss.toast == "这里没有您可以撤销的操作。"
    assert len(await visits(house)) == 1


async def test_a_copy_of_the_card_says_that_the_record_is_gone(house: House):
    boss = await house.hire("王海燕", Role.MANAGER, language="en")
    rep = await house.hire("李娜", manager=boss)
    await customer_of(rep)
    card = await logged(rep)
    await boss.say("/language")
    await boss.tap("English")
    await boss.say("/today")
    await boss.tap("李娜")
    copy = last_card(boss)
    assert "谈了年框" in text_of(boss, copy)
    await rep.tap_on(card, button="撤销")
    assert text_of(boss, copy).startswith("↩ 李娜 took this back: visit")


def _keyboard(person: Person) -> list:
    return person.answers()[-1]["reply_markup"]["inline_keyboard"]


class TestACustomerMadeInsideAVisitsForm:
    """One path, two saves: first the visit goes, then the customer may go as well."""

    async def both(self, house: House, person: Person, name: str, words: tuple[str, str, str]) -> int:
        new, review, save = words
        await person.say(f"/visit {name}")
        await person.tap(new)
        for _ in range(6):
            if review in person.screen():
                break
            await person.tap(person.buttons()[0])
        await person.tap(save)
        await person.say("第一次见面")
        await person.tap(save)
        assert (len(await customers(house)), len(await visits(house))) == (1, 1)
        return last_card(person)

    async def zh(self, house: House, rep: Person) -> int:
        return await self.both(house, rep, "东莞市立讯精密", ("➕ 新建", "核对并保存", "保存"))

    @pytest.mark.feature("BY08")
    async def test_both_are_taken_back(self, house: House):
        rep = await house.hire("李娜")
        card = await self.zh(house, rep)
        await rep.tap("撤销")
        assert text_of(rep, card).startswith("↩ 已撤销：拜访记录 · 东莞市立讯精密")
        assert "↩ 同时撤销新建的客户档案：东莞市立讯精密" in buttons_of(rep, card)
        rep.count_from_here()
        await rep.tap("同时撤销")
        assert text_of(rep, card).startswith("↩ 已撤销：客户档案 · 东莞市立讯精密")
        assert (rep.actions, rep.new_cards()) == (1, 0)
        assert await customers(house) == []

    @pytest.mark.feature("BY08")
    async def test_in_english(self, house: House):
        rep = await house.hire("Emma Clarke", language="en")
        card = await self.both(house, rep, "Acme Electronics Ltd", ("➕ New", "check and save", "Save"))
        await rep.tap("Undo")
        assert "↩ Undo the new archive too: Acme Electronics" in buttons_of(rep, card)
        await rep.tap("too: Acme")
        assert text_of(rep, card).startswith("↩ Undone: archive · Acme Electronics Ltd")
        assert await customers(house) == []

    @pytest.mark.feature("BY08")
    async def test_it_is_refused_with_a_reason_when_something_was_built_on_it(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        card = await self.zh(house, rep)
        await rep.tap("撤销")
        await boss.say("立讯")
        await boss.reply(last_card(boss), "先别报价")
        await rep.tap_on(card, button="同时撤销")
        assert "王海燕在 10:00 已经添加了评论" in rep.toast
        assert len(await customers(house)) == 1

    async def test_a_contact_that_was_made_for_the_visit_too(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.say("谈了年框")
        await rep.tap("+ 联系人")
        await rep.say("李芳")
        await rep.tap("➕ 新建")
        if "保存" not in "".join(rep.buttons()):
            await rep.say("李芳")
        await rep.tap("保存")
        await rep.tap("保存")
        assert (await visits(house))[0].contact_id is not None
        await rep.tap("撤销")
        await rep.tap("同时撤销新建的联系人：李芳")
        assert await contacts(house) == []
        assert len(await customers(house)) == 1

    async def test_it_is_not_offered_when_its_ten_minutes_are_over(self, house: House):
        rep = await house.hire("李娜")
        await rep.say("/new 东莞市立讯精密")
        while "核对并保存" not in rep.screen():
            await rep.tap(rep.buttons()[0])
        await rep.tap("保存")
        house.clock.advance(timedelta(minutes=8))
        await rep.say("拜访 立讯 谈了年框")
        await rep.tap("保存")
        card = last_card(rep)
        house.clock.advance(timedelta(minutes=3))
        await rep.tap("撤销")
        assert buttons_of(rep, card) == ["📝 记拜访"]

    async def test_nor_for_one_that_was_there_before(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        card = await logged(rep)
        await rep.tap("撤销")
        assert buttons_of(rep, card) == ["📝 记拜访"]


class TestReminders:
    """What the write closed by itself is open again."""

    async def morning(self, house: House, day: str) -> None:
        house.clock.set(datetime.fromisoformat(f"{day}T08:30").replace(tzinfo=ZoneInfo("Asia/Shanghai")))
        await house.tick()

    @pytest.mark.feature("BY08")
    async def test_the_reminder_that_the_visit_settled_comes_back_once(self, house: House):
        rep = await house.hire("李娜")
        await rep.say("/start")
        await customer_of(rep)
        await self.morning(house, "2026-03-25")
        digest = last_card(rep)
        before = text_of(rep, digest)
        assert "14 天没更新" in before
        await logged(rep)
        assert "✓ 已跟进" in text_of(rep, digest)
        await rep.tap("撤销")
        assert text_of(rep, digest) == before
        assert buttons_of(rep, digest) == ["📝 深圳市华宁电子", "稍后 ▾", "❓ 为什么、设置"]
        rep.count_from_here()
        await house.tick()
        assert rep.new_cards() == 0
        await self.morning(house, "2026-03-26")
        assert rep.new_cards() == 1
        assert "1 件事等您处理" in rep.screen()
        assert "15 天没更新" in rep.screen()
        await logged(rep)
        await self.morning(house, "2026-03-27")
        assert "件事等您处理" not in rep.screen()

    @pytest.mark.feature("BY08")
    async def test_one_that_was_put_off_stays_put_off(self, house: House):
        rep = await house.hire("李娜")
        await rep.say("/start")
        await customer_of(rep)
        await self.morning(house, "2026-03-25")
        digest = last_card(rep)
        await rep.tap_on(digest, button="稍后")
        await logged(rep)
        await rep.tap("撤销")
        rep.count_from_here()
        await house.tick()
        assert rep.new_cards() == 0
        await self.morning(house, "2026-03-26")
        assert rep.new_cards() == 1
