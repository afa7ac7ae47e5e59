"""Doubles in the chat: warned before one is made, asked for handover (BY10); merged, and taken apart again (BY11)."""

from typing import Any

import pytest

from crm_core.customers.models import Customer
from crm_core.org.models import Role
from tests.handlers.scene import (
    HUANING,
    RUIJIN,
    contact_of,
    customer_of,
    customers,
    last_card,
    text_of,
    visit_of,
    visits,
)
from tests.support.chat import House, Person

KETE = "东莞市科特五金厂"
SIMILAR = frozenset({"customer.similar", "customer.similar_hidden"})


async def three(house: House, language: str = "zh") -> tuple[Person, Person, Person]:
    """A manager and two reps."""
    boss = await house.hire("王海燕", Role.MANAGER, language=language)
    rep, other = [await house.hire(name, manager=boss, language=language) for name in ("李娜", "陈晓东")]
    for person in (boss, rep, other):
        await person.say("/start")
    return boss, rep, other


async def at(house: House, customer_id: int) -> Customer:
    return next(one for one in await customers(house) if one.id == customer_id)


class TestWarned:
    @pytest.mark.feature("BY10")
    async def test_a_manager_reads_who_looks_after_it(self, house: House):
        boss, rep, _ = await three(house)
        await customer_of(rep)
        shown = await boss.say("/new 深圳华宁电子科技有限公司")
        assert f"“{HUANING}”" in shown
        assert "李娜" in shown
        assert {"🙋 申请移交", "打开档案"} <= set(boss.buttons())
        assert "华宁电子" in await boss.tap("打开档案")

    @pytest.mark.feature("BY10")
    async def test_who_may_not_see_it_reads_only_that_it_is_taken(self, house: House):
        _, rep, other = await three(house)
        await customer_of(rep)
        shown = await other.say("/new 深圳市 华宁电子 有限责任公司")
        assert "已有同事在负责" in shown
        assert "李娜" not in shown
        assert "🙋 申请移交" in other.buttons()
        assert "打开档案" not in other.buttons()

    async def test_the_same_number_is_a_doubt_that_one_overrules(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, contact_name="王建国", phone="13800138000")
        await rep.say(f"新客户 {RUIJIN} 陈立 13800138000")
        shown = rep.screen()
        assert "有人用这个号码" in shown
        await rep.tap("继续")
        assert "有人用这个号码" not in rep.screen()


class TestAsked:
    async def asked(self, house: House) -> tuple[Person, Person, Person, int]:
        boss, rep, other = await three(house)
        customer = await customer_of(rep)
        await other.say(f"/new {HUANING}")
        await other.tap("🙋 申请移交")
        return boss, rep, other, customer

    @pytest.mark.feature("BY10")
    async def test_the_owner_agrees_and_it_moves(self, house: House):
        boss, rep, other, customer = await self.asked(house)
        assert "已申请移交" in other.screen()
        assert "华宁" not in other.screen()
        assert "陈晓东申请移交深圳市华宁电子有限公司" in rep.screen()
        assert "陈晓东申请移交" in boss.screen()  # the owner is out of the asker's sight
        assert "现在由陈晓东负责" in await rep.tap("✓ 同意")
        assert "李娜同意了" in other.screen()
        assert "现在由陈晓东负责" in boss.screen()
        assert "华宁电子" in await other.tap("打开档案")
        assert (await at(house, customer)).owner_id == other.employee_id

    @pytest.mark.feature("BY10")
    async def test_declined_with_a_reason_that_names_nothing_else(self, house: House):
        _, rep, other, customer = await self.asked(house)
        await rep.tap("✗ 不同意…")
        assert "不同意：正在谈年框" in await rep.say("正在谈年框")
        assert "您申请的客户没有移交给您" in other.screen()
        assert "原因：正在谈年框" in other.screen()
        assert "华宁" not in other.screen()
        assert "李娜" not in other.screen()
        assert (await at(house, customer)).owner_id == rep.employee_id

    async def test_asked_once_and_taken_back(self, house: House):
        _, rep, other, _ = await self.asked(house)
        card = last_card(rep)
        await other.say(f"/new {HUANING}")
        await other.tap("🙋 申请移交")
        assert "已经申请过了" in (other.toast or other.screen())
        await other.tap("撤回申请")
        assert "陈晓东撤回了申请" in text_of(rep, card)
        await rep.tap_on(card, data="request.agree:1:0")
        assert "已经处理过" in (rep.toast or rep.screen())

    async def test_what_waits_is_in_the_menu(self, house: House):
        _, rep, _, _ = await self.asked(house)
        await rep.say("/menu")
        await rep.tap("我的流程")
        await rep.tap("移交申请")
        await rep.tap(rep.buttons()[0])
        assert "✓ 同意" in rep.buttons()

    async def test_in_english(self, house: House):
        _, rep, other = await three(house, "en")
        for person in (rep, other):
            await person.say("/language")
            await person.tap("English")
        await customer_of(rep)
        assert "is taken by a colleague" in await other.say(f"/new {HUANING}")
        await other.tap("🙋 Ask for handover")
        assert "asks you to hand over" in rep.screen()
        await rep.tap("✓ Agree")
        assert "agreed" in other.screen()


class TestMerged:
    async def pair(self, house: House) -> tuple[Person, Person, int, int]:
        boss, rep, other = await three(house)
        kept = await customer_of(rep, city="深圳", address="科技园南区", contact_name="王建国", phone="13800138000")
        gone = await customer_of(other, "华宁电子科技有限公司", address="高新中一道", confirmed=SIMILAR)
        await visit_of(other, gone)
        return boss, rep, kept, gone

    @pytest.mark.feature("BY11")
    async def test_compared_chosen_merged_and_taken_apart_again(self, house: House):
        boss, rep, kept, gone = await self.pair(house)
        await boss.say("/duplicates")
        assert "疑似重复的客户" in boss.screen()
        shown = await boss.tap("≈")
        assert f"留下：{HUANING} · 深圳 · 李娜" in shown
        assert "并进来：华宁电子科技有限公司 · 陈晓东" in shown
        assert "拜访记录 1" in shown
        await boss.tap("地址：科技园南区")
        assert "⇄ 地址：高新中一道" in boss.buttons()
        assert "已合并" in await boss.tap("⇥ 合并")
        left = await at(house, kept)
        assert (left.address, left.city, (await at(house, gone)).merged_into_id) == ("高新中一道", "深圳", kept)
        assert [one.customer_id for one in await visits(house)] == [kept]
        assert HUANING in await rep.say("华宁电子科技有限公司")
        assert "已撤销" in await boss.tap("撤销")
        back = await at(house, gone)
        assert (back.merged_into_id, back.owner_id is not None) == (None, True)
        assert [one.customer_id for one in await visits(house)] == [gone]

    @pytest.mark.feature("BY11")
    async def test_old_buttons_and_replies_lead_to_the_one_that_is_left(self, house: House):
        boss, _, _, gone = await self.pair(house)
        await boss.say("华宁电子科技有限公司")
        older = last_card(boss)
        await boss.say("华宁电子科技有限公司")
        old = last_card(boss)
        await boss.say("/duplicates")
        await boss.tap("≈")
        await boss.tap("⇥ 合并")
        await boss.tap_on(old, data=f"customer:{gone}:0")
        assert "“华宁电子科技有限公司”已并入这份档案。" in text_of(boss, old)
        assert HUANING in text_of(boss, old)
        await boss.tap_on(old, data=f"vl:{gone}:0")
        assert "年框" in "".join(_labels(boss, old))
        await boss.reply(older, "账期六十天")
        assert f"评论已保存：{HUANING}" in boss.screen()

    async def test_they_are_two_and_nobody_asks_again(self, house: House):
        boss, *_ = await self.pair(house)
        await boss.say("/duplicates")
        await boss.tap("≈")
        await boss.tap("≠ 是两家")
        assert "没有疑似重复" in boss.screen()

    @pytest.mark.feature("BY11")
    async def test_not_undone_when_somebody_built_on_it(self, house: House):
        boss, rep, kept, _ = await self.pair(house)
        await boss.say("/duplicates")
        await boss.tap("≈")
        await boss.tap("⇥ 合并")
        await contact_of(rep, kept, "陈工", phone="13900139000")
        await boss.tap("撤销")
        assert "李娜" in boss.toast
        assert len([one for one in await customers(house) if one.merged_into_id]) == 1

    async def test_a_card_out_of_date_changes_nothing(self, house: House):
        boss, rep, kept, _ = await self.pair(house)
        await boss.say("/duplicates")
        await boss.tap("≈")
        await contact_of(rep, kept, "陈工")
        await boss.tap("⇥ 合并")
        assert "那是旧卡片" in boss.toast
        assert "已合并" in await boss.tap("⇥ 合并")

    async def test_a_rep_merges_two_own_ones_from_the_archive(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        gone = await customer_of(rep, KETE)
        await rep.say("华宁")
        await rep.tap("更新档案")
        while "⇥ 合并档案…" not in rep.buttons():
            await rep.tap("更多 ›")
        await rep.tap("⇥ 合并档案…")
        shown = await rep.say("科特")
        assert f"并进来：{KETE}" in shown
        await rep.tap("⇅ 换一份留")
        assert f"留下：{KETE}" in rep.screen()
        assert "已合并" in await rep.tap("⇥ 合并")
        assert (await at(house, gone)).merged_into_id is None


def _labels(person: Person, message_id: int) -> list[str]:
    shown: dict[str, Any] = next(one for one in person.messages() if one["message_id"] == message_id)
    rows = (shown.get("reply_markup") or {}).get("inline_keyboard", ())
    return [shown.get("text", ""), *(button["text"] for row in rows for button in row)]
