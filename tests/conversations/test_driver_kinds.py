"""Every kind of field in a chat: the report of a fair, with all that people tap, type and send."""

from typing import Any

import pytest

from conversations import engine, form
from crm_core.drafts import service as drafts
from crm_core.drafts.models import Draft
from crm_core.inbox.lanes import open_draft
from crm_core.visits.models import VisitKind
from tests.conversations.conftest import Office
from tests.conversations.fair import FAIR, FILLED, Expense
from tests.conversations.phone import BOT, Phone
from tests.conversations.test_driver import asked


@pytest.fixture
async def phone(office: Office, monkeypatch: pytest.MonkeyPatch) -> Phone:
    """李娜's phone, with the form open at its first question."""
    monkeypatch.setitem(form._FORMS, FAIR.key, FAIR)
    monkeypatch.setattr(FILLED, "fairs", [])
    rep = office.rep
    async with office.db.unit() as session:
        draft = await drafts.start(session, rep.employee_id, form=FAIR.key, version=1, answers={})
        await open_draft(session, BOT, rep.user_id, draft.id)
    await rep.press(f"resume:{draft.id}:0")
    return rep


async def filled(phone: Phone) -> None:
    """Everything required, answered."""
    for words in ("华南电子展", "三十"):
        await phone.say(words)
    await phone.tap("电话联系")
    await phone.tap("✓ 完成")
    await phone.tap("是")


async def open_(phone: Phone, name: str) -> None:
    draft = await phone.draft()
    await phone.press(f"form:{draft.id}:{draft.revision}:open.{name}")


class TestSeveral:
    async def test_chips_toggle_until_done(self, phone: Phone):
        await phone.say("华南电子展")
        await phone.say("30")
        await phone.tap("电话联系")
        assert await asked(phone) == "met"
        assert "☑ 电话联系" in phone.labels
        await phone.tap("初次拜访")
        await phone.tap("☑ 电话联系")
        assert "☑ 电话联系" not in phone.labels
        await phone.say("电话、商务洽谈" if "商务洽谈" in phone.labels else "电话")
        await phone.tap("✓ 完成")
        assert await asked(phone) == "again"
        assert (await phone.answers())["met"][:2] == ["first", "phone"]

    async def test_nothing_chosen_is_not_done(self, phone: Phone):
        await phone.say("华南电子展")
        await phone.say("30")
        await phone.tap("电话联系")
        await phone.tap("☑ 电话联系")
        assert "✓ 完成" not in phone.labels
        assert await asked(phone) == "met"

    async def test_a_double_tap_is_told_and_toggles_once(self, phone: Phone):
        await phone.say("华南电子展")
        await phone.say("30")
        data = next(data for label, data in phone.buttons(phone.last) if label == "电话联系")
        await phone.press(data)
        await phone.press(data)
        assert "旧卡片" in phone.toast
        assert (await phone.answers())["met"] == ["phone"]


class TestTheCalendar:
    async def test_a_day_is_tapped_in_another_month(self, phone: Phone):
        await filled(phone)
        await open_(phone, "next_on")
        await phone.tap("📅 日历")
        assert "2026年3月" in phone.labels
        await phone.tap("4月 ›")
        assert "2026年4月" in phone.labels
        assert "调休" in phone.text
        await phone.tap("15")
        assert (await phone.answers())["next_on"] == "2026-04-15"
        assert await asked(phone) is None

    async def test_a_blank_says_what_to_tap_and_changes_nothing(self, phone: Phone):
        await filled(phone)
        await open_(phone, "next_on")
        await phone.tap("📅 日历")
        before, text, draft = dict(phone.shown), phone.text, await phone.draft()
        await phone.tap("·")
        assert phone.toast == "这里没有日期，请点一个数字。"
        assert (phone.shown, phone.text) == (before, text)
        assert (await phone.draft()).revision == draft.revision

    async def test_back_leads_to_the_chips(self, phone: Phone):
        await filled(phone)
        await open_(phone, "next_on")
        await phone.tap("📅 日历")
        await phone.tap("« 返回")
        assert "明天" in phone.labels
        assert await asked(phone) == "next_on"

    async def test_words_work_while_the_calendar_is_open(self, phone: Phone):
        await filled(phone)
        await open_(phone, "next_on")
        await phone.tap("📅 日历")
        await phone.say("下周三")
        assert (await phone.answers())["next_on"] == "2026-03-18"

    async def test_a_moment_is_a_day_and_then_its_hour(self, phone: Phone):
        await filled(phone)
        await open_(phone, "began")
        await phone.tap("📅 日历")
        await phone.tap("9")
        assert "点几点" in phone.text
        assert {"8:00", "18:00"} <= set(phone.labels)
        await phone.tap("« 返回")
        assert "2026年3月" in phone.labels
        await phone.tap("10")
        await phone.tap("15:00")
        assert (await phone.answers())["began"] == "2026-03-10T15:00:00+08:00"

    async def test_or_the_hour_is_typed(self, phone: Phone):
        await filled(phone)
        await open_(phone, "began")
        await phone.tap("📅 日历")
        await phone.tap("9")
        await phone.say("下午3点半")
        assert (await phone.answers())["began"] == "2026-03-09T15:30:00+08:00"

    @pytest.mark.parametrize("asks", ["look.²", "look.9999-99", "half.x", "half.", "look", "idle", "idle.x", "v.·"])
    async def test_no_forged_button_breaks_it(self, phone: Phone, asks: str):
        await filled(phone)
        await open_(phone, "began")
        draft = await phone.draft()
        await phone.press(f"form:{draft.id}:{draft.revision}:{asks}")
        assert phone.answered
        assert "began" not in await phone.answers()


class TestLines:
    async def test_are_typed_tapped_changed_and_removed_on_one_card(self, phone: Phone):
        await filled(phone)
        await open_(phone, "costs")
        assert "打车 45 昨天" in phone.text
        await phone.say("打车 45 昨天")
        assert "合计 ¥45" in phone.text
        await phone.tap("➕ 再加一项")
        await phone.tap("meal 餐饮")
        await phone.say("320")
        await phone.tap("今天")
        assert "共 2 项，合计 ¥365" in phone.text
        await phone.tap("1. ")
        await phone.tap("✎ ¥45")
        await phone.say("54")
        assert "合计 ¥374" in phone.text
        await phone.send_photo("发票")
        assert "📷 1" in phone.text
        await phone.say("住宿 480 昨天")
        await phone.tap("🗑 删最后一项")
        await phone.tap("✓ 完成")
        assert await asked(phone) is None
        await phone.tap("💾 保存")
        told = FILLED.fairs[-1].costs
        assert [(one["kind"], str(one["amount"])) for one in told] == [
            (Expense.TRANSPORT, "54.00"),
            (Expense.MEAL, "320.00"),
        ]
        assert len(told[1]["receipt"]) == 1

    async def test_half_a_line_survives_a_digression_and_is_asked_before_saving(self, phone: Phone):
        await filled(phone)
        await open_(phone, "costs")
        await phone.say("打车 45")
        assert "哪天" in phone.text
        await phone.say("/today")
        await phone.tap("回到：")
        assert "哪天" in phone.text
        draft = await phone.draft()
        await phone.press(f"form:{draft.id}:{draft.revision}:save")
        assert await asked(phone) == "costs"
        assert not FILLED.fairs
        await phone.tap("昨天")
        await phone.tap("✓ 完成")
        await phone.tap("💾 保存")
        assert len(FILLED.fairs[-1].costs) == 1

    async def test_a_day_of_a_line_has_the_calendar(self, phone: Phone):
        await filled(phone)
        await open_(phone, "costs")
        await phone.say("打车 45")
        await phone.tap("📅 日历")
        await phone.tap("‹ 2月")
        await phone.tap("27")
        assert (await phone.answers())["costs"]["lines"][0]["on"] == "2026-02-27"


class TestTheRest:
    async def test_numbers_percentages_times_yes_and_no(self, phone: Phone):
        await filled(phone)
        for name, words in {"share": "8个点", "took": "一个半小时", "budget": "1.2万"}.items():
            await open_(phone, name)
            await phone.say(words)
        assert "8%" in phone.text
        assert "1小时30分钟" in phone.text
        await phone.tap("✎ 修改")
        await phone.tap("Again")
        await phone.say("不去" if "不去" in phone.labels else "不")
        assert await asked(phone) == "why_not"
        await phone.say("客户太少")
        await phone.tap("💾 保存")
        made = FILLED.fairs[-1]
        assert (made.visitors, made.met, made.again) == (30, (VisitKind.PHONE,), False)
        assert (str(made.share), made.took, made.why_not) == ("8.00", 90, "客户太少")

    async def test_a_draft_survives_what_a_deploy_takes_away(self, phone: Phone, office: Office):
        await filled(phone)
        draft = await phone.draft()
        async with office.db.unit() as session:
            row = await session.get_one(Draft, draft.id)
            row.answers = {**row.answers, "met": ["telex", "phone"], "again": "maybe", "costs": [1]}
        await phone.press(f"resume:{draft.id}:0")
        assert await asked(phone) == "again"
        held: dict[str, Any] = engine.values(*await phone.standing())
        assert held["met"] == ("phone",)
        assert "costs" not in held
