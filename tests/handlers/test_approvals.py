"""Requests in the chat: asked for by reps, decided with one tap, never lost (CD03, CD04, AP01-AP10)."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals import errors, service, signing
from crm_core.approvals.authority import Say
from crm_core.approvals.case import Case
from crm_core.approvals.service import Apply
from crm_core.audit.service import act_as
from crm_core.kit.errors import DomainError
from crm_core.org import queries
from crm_core.org import service as org
from crm_core.org.actor import Actor
from crm_core.org.models import Role
from crm_core.playbook import service as playbook
from tests.handlers.requests import ask_for_travel, card_of, claim, clock, firm, requests, seat_of, standing_in, travel
from tests.handlers.scene import HUANING, customer_of
from tests.support.chat import House, labels

PDF = b"%PDF-1.4\n"


class TestAsking:
    @pytest.mark.feature("CD03", "AP01", "AP03")
    async def test_a_rep_starts_a_request_from_the_chat_and_sees_who_will_sign(self, house: House):
        rep, boss, _, _ = await firm(house)
        shown = await rep.say("/apply")
        assert rep.buttons()[:3] == ["🗓 计划类 · 2 种", "📣 营销类 · 5 种", "🏢 行政类 · 4 种"]
        shown = await ask_for_travel(rep)
        assert "审批人：直接主管 王海燕" in shown, shown
        shown = await rep.tap("📤 提交")
        assert "已提交" in shown
        assert "⏳ 王海燕" in shown
        told = boss.screen()
        assert "李娜" in told
        assert "¥3,200" in told
        assert "给华宁调试贴片线" in told
        assert boss.buttons()[:2] == ["✅ 同意", "❌ 不同意"]

    @pytest.mark.feature("AP07", "AP08")
    async def test_a_larger_one_goes_to_the_department_manager_too(self, house: House):
        rep, _, _, _ = await firm(house)
        shown = await ask_for_travel(rep, "8000")
        assert "直接主管 王海燕 → 部门经理 赵立" in shown


class TestDeciding:
    @pytest.mark.feature("CD04")
    async def test_one_tap_approves_and_the_applicant_hears_it(self, house: House):
        rep, boss, _, _ = await firm(house)
        await travel(rep)
        boss.count_from_here()
        shown = await boss.tap("✅ 同意")
        assert boss.actions == 1
        assert boss.new_cards() == 0, "the card is edited"
        assert "已批准" in shown
        assert boss.buttons() == ["打开"]
        assert "✅ 已批准：出差申请" in rep.screen()
        assert "王海燕" in rep.screen()

    @pytest.mark.feature("BY18", "AP07")
    async def test_every_copy_is_edited_once_somebody_decides_and_a_late_press_is_told(self, house: House):
        rep, _, _, finance = await firm(house)
        other = await house.hire("沈岚", Role.FINANCE)
        await other.say("/start")
        boss, director = house.people["王海燕"], house.people["赵立"]
        await claim(rep)
        assert "1280" not in boss.screen(), "the department manager signs"
        await director.tap("✅ 同意")
        late = card_of(other, "费用报销")["message_id"]
        assert "财务（2人任一）" in card_of(rep, "⏳")["text"]
        await finance.tap("✅ 同意")
        copy = card_of(other, "费用报销")
        assert "已批准" in copy["text"]
        assert labels(copy) == ["打开"]
        await other.tap_on(late, data=f"approval.yes:{await seat_of(other)}:0")
        assert other.toast == f"已由赵敏 {clock(house)} 同意"
        own = [one["text"] for one in rep.answers() if "费用报销" in (one.get("text") or "")]
        assert all("⏳" not in one for one in own), own

    @pytest.mark.feature("BY18")
    async def test_two_who_press_at_once_decide_once_and_the_second_is_told(self, house: House):
        rep, boss, director, _ = await firm(house)
        await standing_in(house, boss, director)
        await travel(rep)
        await asyncio.gather(boss.tap("✅ 同意"), director.tap("✅ 同意"))
        toasts = {boss.toast, director.toast}
        assert "✅ 已同意" in toasts
        assert any("已由" in one for one in toasts if one), toasts
        assert labels(card_of(boss, "出差申请")) == labels(card_of(director, "出差申请")) == ["打开"]
        assert sum("✅ 已批准" in (one.get("text") or "") for one in rep.answers()) == 1

    @pytest.mark.feature("BY14")
    async def test_whom_the_flow_wants_told_is_told_when_it_is_approved(self, house: House):
        rep, boss, _, _ = await firm(house)
        operations = await house.hire("孙雪", Role.OPERATIONS)
        await operations.say("/start")
        book = yaml.safe_load(playbook.default_text())
        next(one for one in book["flows"] if one["key"] == "travel")["cc"] = [{"role": "operations"}]
        async with house.db.unit() as session:
            await playbook.apply(session, None, yaml.safe_dump(book, allow_unicode=True))
        await travel(rep)
        assert "出差申请" not in operations.screen()
        await boss.tap("✅ 同意")
        assert "👀 抄送您：出差申请 已批准" in operations.screen()
        assert operations.buttons() == ["打开"]

    async def test_a_no_needs_a_reason_and_the_applicant_reads_it(self, house: House):
        rep, boss, _, _ = await firm(house)
        await travel(rep)
        shown = await boss.tap("❌ 不同意")
        assert "为什么不同意" in shown
        assert boss.buttons()[:3] == ["费用偏高", "理由不充分", "暂不办理"]
        shown = await boss.say("三月预算用完了，四月再去")
        assert "✓ 已保存" in shown
        assert "未同意" in shown
        assert "❌ 王海燕 不同意：出差申请：“三月预算用完了，四月再去”" in rep.screen()


class TestFromAnArchive:
    @pytest.mark.feature("AP10", "AP05")
    async def test_resources_for_a_customer_are_asked_for_from_its_archive(self, house: House):
        rep, boss, _, _ = await firm(house)
        operations = await house.hire("孙雪", Role.OPERATIONS)
        await operations.say("/start")
        await customer_of(rep)
        await rep.say("华宁")
        await rep.tap("更多 ›")
        await rep.tap("更多 ›")
        await rep.tap("📝 申请")
        await rep.tap("计划类")
        await rep.tap("资源申请")
        await rep.tap("技术支持")
        await rep.say("派一名工程师驻厂两天，争取年框")
        shown = await rep.tap("📤 提交")
        assert "客户：深圳市华宁电子" in shown
        assert "资源类别：技术支持" in boss.screen()
        await boss.tap("✅ 同意")
        assert "孙雪" in card_of(rep, "⏳")["text"]
        assert "今年第一次" in operations.screen()
        await operations.tap("✅ 同意")
        assert (await requests(house))[0].title == HUANING
        await rep.say("华宁")
        await rep.tap("更多 ›")
        await rep.tap("更多 ›")
        await rep.tap("📝 申请")
        await rep.tap("🗂 历次申请")
        assert "资源申请" in rep.buttons()[0]

    @pytest.mark.feature("AP05")
    async def test_a_quotation_asks_for_its_customer_and_a_general_request_for_its_signer(self, house: House):
        rep, _, _, finance = await firm(house)
        await customer_of(rep)
        await rep.say("/apply 报价")
        assert "哪家客户" in rep.screen()
        await rep.say("华宁")
        await rep.say("5000 套连接器，单价 16.8 元")
        await rep.say("8.4万")
        shown = await rep.say("12%")
        assert "直接主管 王海燕 → 部门经理 赵立" in shown
        await rep.tap("✖ 取消")
        await rep.say("/apply 通用")
        await rep.say("申请一间会议室")
        assert "请谁审批" in rep.screen()
        await rep.say("赵敏")
        await rep.tap("📤 提交")
        assert "申请一间会议室" in finance.screen()

    @pytest.mark.feature("AP05")
    async def test_a_transfer_is_signed_by_whom_the_form_names_too(self, house: House):
        rep, boss, _, _ = await firm(house)
        peer = house.people["陈晓东"]
        await customer_of(rep)
        await rep.say("/apply 客户转移")
        await rep.say("华宁")
        await rep.tap("陈晓东")
        shown = await rep.say("客户搬到东莞，归他的片区")
        assert "直接主管 王海燕 → 接收人 陈晓东" in shown
        await rep.tap("📤 提交")
        assert "转给谁：陈晓东" in boss.screen()
        await boss.tap("更多 ›")
        await boss.tap("↩ 退回")
        await boss.say("先和客户打个招呼")
        await rep.tap("✎ 修改重交")
        await rep.tap("📤 提交")
        await boss.tap("✅ 同意")
        await peer.tap("更多 ›")
        await peer.tap("↩ 退回")
        assert peer.buttons()[:2] == ["✎ 申请人", "直接主管"]
        await peer.tap("直接主管")
        await peer.say("应收款还没结清")
        assert "应收款还没结清" in boss.screen()
        assert "✅ 同意" in boss.buttons()

    async def test_speaks_english_to_who_reads_english(self, house: House):
        rep, _, _, _ = await firm(house)
        boss = await house.hire("Grace Nord", Role.MANAGER, language="en")
        await boss.say("/start")
        await boss.say("/language")
        await boss.tap("English")
        await rep.say("/apply 通用")
        await rep.say("申请一间会议室")
        await rep.say("Grace")
        await rep.tap("📤 提交")
        assert "General request › 李娜" in boss.screen()
        assert boss.buttons() == ["✅ Approve", "❌ Decline", "More ›"]
        await boss.tap("❌ Decline")
        await boss.tap("Not at this time")
        assert "❌ Grace Nord 不同意：通用申请：“Not at this time”" in rep.screen()

    async def test_the_end_of_a_trip_is_not_before_its_beginning(self, house: House):
        rep, _, _, _ = await firm(house)
        await rep.say("/apply 出差")
        for words in ("东莞", "3月18日", "3月16日", "调试"):
            await rep.say(words)
        shown = await rep.tap("📤 提交")
        assert "⚠ 结束日早于开始日" in shown
        await rep.say("3月20日")
        assert "已提交" in await rep.tap("📤 提交")


class TestTheApplicant:
    @pytest.mark.feature("BY14", "AP06")
    async def test_a_returned_request_is_changed_and_sent_again(self, house: House):
        rep, boss, _, _ = await firm(house)
        await travel(rep)
        await boss.tap("更多 ›")
        await boss.tap("↩ 退回")
        await boss.say("事由写清楚，去几家客户")
        assert "↩ 王海燕 退回了申请：“事由写清楚，去几家客户”" in rep.screen()
        shown = await rep.tap("✎ 修改重交")
        assert "东莞" in shown
        await rep.tap("✎ 修改")
        await rep.tap("事由")
        shown = await rep.say("走访华宁和凯旋两家，调试贴片线")
        shown = await rep.tap("📤 提交")
        assert "⏳ 王海燕" in shown
        assert "走访华宁和凯旋" in boss.screen()
        await boss.tap("✅ 同意")
        assert (await requests(house))[0].status == "approved"

    @pytest.mark.feature("BY14")
    async def test_hurrying_once_in_four_hours_and_withdrawing(self, house: House):
        rep, boss, _, _ = await firm(house)
        await travel(rep)
        await rep.tap("⏰ 催办")
        assert "⏰ 李娜 催您审批" in boss.screen()
        await rep.tap("⏰ 催办")
        assert "刚催过了" in rep.toast
        await rep.tap("🚫 撤回")
        shown = await rep.tap("🚫 确认撤回")
        assert "已撤回" in shown
        assert all("✅ 同意" not in labels(one) for one in boss.answers()), "every copy is closed"
        old = card_of(boss, "出差申请")["message_id"]
        await boss.tap_on(old, data=f"approval.yes:{await seat_of(boss)}:0")
        assert f"这份申请已结束：{clock(house)} 已撤回" in boss.toast

    @pytest.mark.feature("BY14")
    async def test_an_approval_is_undone_with_the_consent_of_who_gave_it(self, house: House):
        rep, boss, _, _ = await firm(house)
        await travel(rep)
        await boss.tap("✅ 同意")
        await rep.tap("打开")
        await rep.tap("⤺ 申请撤销")
        await rep.say("客户改期了，不去了")
        assert "⤺ 李娜 申请撤销您批准的申请：“客户改期了，不去了”" in boss.screen()
        assert boss.buttons()[:2] == ["✅ 同意撤销", "❌ 不同意撤销"]
        await boss.tap("✅ 同意撤销")
        assert "⤺ 王海燕 同意了，批准已撤销" in rep.screen()
        assert (await requests(house))[0].status == "revoked"

    @pytest.mark.feature("AP06", "AP04")
    async def test_a_request_is_found_again_with_its_trail_and_its_flow(self, house: House):
        rep, _, _, _ = await firm(house)
        admin = house.people["蒋涛"]
        await travel(rep)
        house.clock.advance(timedelta(hours=3))
        shown = await rep.say("/requests")
        assert rep.buttons()[0].startswith("⏳ 王海燕 已等 3 小时")
        await rep.tap("出差申请")
        shown = await rep.tap("🧾 审批记录")
        assert "李娜 提交" in shown
        assert "到 直接主管：王海燕" in shown
        shown = await rep.tap("🖼 流程图")
        assert "⏳ 王海燕" in shown
        assert rep.answers()[-1].get("photo")
        await admin.say("/menu")
        await admin.tap("🔁 我的流程")
        await admin.tap("🗂 全部申请")
        assert any("李娜" in one for one in admin.buttons()), admin.buttons()
        await admin.tap("🗓 计划类")
        assert not any("李娜" in one for one in admin.buttons()), "travel is administration"
        other = house.people["陈晓东"]
        await other.tap_on(other.answers()[-1]["message_id"], data=f"approval:{(await requests(house))[0].id}:0")
        assert "没有这条记录" in other.toast


class TestSigners:
    @pytest.mark.feature("BY14")
    async def test_passing_on_adding_before_and_taking_away(self, house: House):
        rep, boss, director, finance = await firm(house)
        await travel(rep)
        await boss.tap("更多 ›")
        assert boss.buttons()[:6] == ["✅ 同意", "❌ 不同意", "↩ 退回", "➡ 转办", "➕ 前加签", "➕ 后加签"]
        await boss.tap("➕ 前加签")
        await boss.say("赵敏")
        assert "➕ 王海燕 请您也审批这份申请" in finance.screen()
        await boss.tap("打开")
        assert "✅ 同意" not in boss.buttons(), "it waits for 赵敏"
        await boss.tap("➖ 减签 赵敏")
        assert "✅ 同意" in boss.buttons()
        assert "✅ 同意" not in labels(card_of(finance, "出差申请"))
        await boss.tap("更多 ›")
        await boss.tap("➡ 转办")
        await boss.say("赵立")
        assert "➡ 王海燕 转给您审批" in director.screen()
        await director.tap("✅ 同意")
        assert "已批准" in rep.screen()

    @pytest.mark.feature("BY16", "BY14")
    async def test_the_deputy_gets_the_card_and_signs_in_the_absent_one_s_place(self, house: House):
        rep, boss, director, _ = await firm(house)
        await standing_in(house, boss, director)
        await travel(rep)
        assert "您代 王海燕 审批" in director.screen()
        await director.tap("✅ 同意")
        await rep.tap("打开")
        assert "赵立 代 王海燕 同意" in await rep.tap("🧾 审批记录")

    async def test_a_comment_reaches_the_applicant_and_the_signer(self, house: House):
        rep, boss, _, _ = await firm(house)
        await travel(rep)
        await boss.reply(card_of(boss, "出差申请")["message_id"], "不行，太贵")
        assert "您写的：“不行，太贵”" in boss.screen()
        assert boss.buttons()[:2] == ["✅ 同意", "❌ 不同意"]
        await boss.tap("✖ 取消")
        await rep.reply(card_of(rep, "出差申请")["message_id"], "可以住便宜一点的酒店")
        assert "💬 李娜 说：“可以住便宜一点的酒店”" in boss.screen()
        await boss.reply(card_of(boss, "可以住便宜")["message_id"], "不行，太贵")
        await boss.tap("❌ 不同意")
        assert "❌ 王海燕 不同意：出差申请：“不行，太贵”" in rep.screen()

    async def test_ok_typed_under_the_card_offers_the_buttons(self, house: House):
        rep, boss, _, _ = await firm(house)
        await travel(rep)
        await boss.reply(card_of(boss, "出差申请")["message_id"], "ok")
        assert (await requests(house))[0].status == "running", "words alone decide nothing"
        await boss.tap("✅ 同意")
        assert (await requests(house))[0].status == "approved"


class TestFiles:
    @pytest.mark.feature("BY14")
    async def test_what_answers_the_card_is_added_to_the_request(self, house: House):
        rep, boss, _, _ = await firm(house)
        await travel(rep, "8000")
        mine = card_of(rep, "出差申请")["message_id"]
        shown = await rep.send_file(
            "document", PDF, "会议日程.pdf", "application/pdf", reply_to=mine, caption="客户的日程"
        )
        assert "📎 已加到这份申请" in shown
        assert "📎 李娜 补了附件：“客户的日程”" in boss.screen()
        assert "📎 1 个附件" in boss.screen()
        before = len(boss.answers())
        await rep.send_file("document", PDF + b"2", "酒店报价.pdf", "application/pdf", reply_to=mine)
        assert len(boss.answers()) == before, "what follows at once is counted on the card"
        assert "📎 2 个附件" in card_of(boss, "附件")["text"]
        await boss.tap("更多 ›")
        assert "📎 附件（2）" in boss.buttons()
        await rep.tap("打开") if "打开" in rep.buttons() else await rep.tap("更多 ›")
        assert "李娜 补了附件" in await rep.tap("🧾 审批记录")

    async def test_who_signs_adds_too_and_who_does_not_is_told(self, house: House):
        rep, boss, director, _ = await firm(house)
        await travel(rep, "8000")
        sent = card_of(boss, "出差申请")["message_id"]
        await boss.send_file("document", PDF, "去年的账单.pdf", "application/pdf", reply_to=sent)
        assert "📎 王海燕 补了附件" in rep.screen()
        await boss.tap_on(sent, button="✅ 同意")
        await boss.send_file("document", PDF + b"3", "晚了.pdf", "application/pdf", reply_to=sent)
        assert "这一步不允许" in boss.screen() or "不允许" in boss.screen(), boss.screen()
        await director.tap("✅ 同意")
        last = card_of(rep, "已批准")["message_id"]
        await rep.send_file("document", PDF + b"4", "发票.pdf", "application/pdf", reply_to=last)
        assert "这份申请已结束" in rep.screen()
        await rep.send_file("document", b"MZ", "setup.exe", "application/x-msdownload", reply_to=last)
        assert "setup.exe" in rep.screen()


class TestTime:
    @pytest.mark.feature("BY16")
    async def test_half_of_the_time_then_all_of_it_then_a_superior_signs_too(self, house: House):
        house.clock.set(datetime(2026, 3, 11, 2, 0, tzinfo=UTC))  # ten in the morning in Shenzhen
        rep, boss, director, _ = await firm(house)
        await in_four_hours(house)
        await travel(rep)
        house.clock.advance(timedelta(hours=2))
        await house.tick()
        assert "⏰ 时间已过半，等您审批，还剩 2 小时" in boss.screen()
        assert "给华宁调试贴片线" in boss.screen()
        assert boss.buttons() == ["✅ 同意", "❌ 不同意", "更多 ›"]
        assert "出差申请" not in director.screen()
        house.clock.advance(timedelta(hours=2))
        await house.tick()
        assert "⏰ 已到时限，还在等您审批" in boss.screen()
        assert "⏰ 没有按时批完：已提醒 王海燕，赵立 也可以审批了" in rep.screen()
        assert "⏰ 王海燕 逾期未批，您也可以审批" in director.screen()
        assert (await requests(house))[0].status == "running", "nothing is decided by waiting"
        director.count_from_here()
        await director.tap("✅ 同意")
        assert director.actions == 1
        assert "✅ 已批准" in rep.screen()
        late = card_of(boss, "出差申请")
        assert labels(late) == ["打开"], "every copy is closed"
        house.clock.advance(timedelta(hours=8))
        before = len(boss.answers())
        await house.tick()
        assert not any("⏰" in one.get("text", "") for one in boss.answers()[before:])

    @pytest.mark.feature("BY16")
    async def test_who_stands_in_is_reminded_and_signs_in_english(self, house: House):
        house.clock.set(datetime(2026, 3, 11, 2, 0, tzinfo=UTC))
        rep, boss, _, _ = await firm(house)
        deputy = await house.hire("Grace Nord", Role.MANAGER, language="en")
        await deputy.say("/language")
        await deputy.tap("English")
        await in_four_hours(house)
        await standing_in(house, boss, deputy)
        await travel(rep)
        house.clock.advance(timedelta(hours=2))
        await house.tick()
        assert "⏰ Half of the time has gone: 2 hours are left (in the place of 王海燕)" in deputy.screen()
        await deputy.tap("✅ Approve")
        assert "已批准" in rep.screen()


async def in_four_hours(house: House) -> None:
    """The manager has four working hours for a travel request."""
    book = yaml.safe_load(playbook.default_text())
    next(one for one in book["flows"] if one["key"] == "travel")["steps"][0]["sla"] = {"hours": 4}
    async with house.db.unit() as session:
        await playbook.apply(session, None, yaml.safe_dump(book, allow_unicode=True))


class TestWhoIsNotThere:
    @pytest.mark.feature("BY15")
    async def test_who_leaves_is_replaced_and_the_successor_gets_the_card(self, house: House):
        rep, _, director, finance = await firm(house)
        admin = house.people["蒋涛"]
        await claim(rep)
        await director.tap("✅ 同意")
        async with house.db.unit() as session:
            actor = await queries.actor(session, admin.employee_id)
            act_as(session, actor.id)
            await org.leave(session, actor, finance.employee_id)
        await house.settle()
        assert "李娜" in admin.screen()
        assert admin.buttons()[0] == "✅ 同意"
        assert "⏳ 蒋涛" in card_of(rep, "费用报销")["text"]

    @pytest.mark.feature("BY15")
    async def test_a_manager_s_own_request_goes_to_the_superior(self, house: House):
        _, boss, director, _ = await firm(house)
        shown = await ask_for_travel(boss)
        assert "审批人：直接主管 赵立" in shown
        await boss.tap("📤 提交")
        await director.tap("✅ 同意")
        assert "已批准" in boss.screen()

    @pytest.mark.feature("BY14")
    async def test_an_admin_puts_somebody_else_on_the_seat(self, house: House):
        rep, boss, _, finance = await firm(house)
        admin = house.people["蒋涛"]
        await travel(rep)
        await admin.say("/menu")
        await admin.tap("🔁 我的流程")
        await admin.tap("🗂 全部申请")
        await admin.tap("李娜")
        await admin.tap("⇄ 改派 王海燕")
        await admin.say("赵敏")
        assert "李娜" in finance.screen()
        assert "这份申请现在由别人处理" in boss.screen()


class TestManyAtOnce:
    @pytest.mark.feature("BY17")
    async def test_ticks_over_pages_each_by_itself_and_a_line_for_what_fails(self, house: House):
        rep, boss, _, _ = await firm(house)
        for amount in range(8):
            await travel(rep, str(1000 + amount), week=amount)
        await boss.say("/menu")
        await boss.tap("🔁 我的流程")
        await boss.tap("✍ 待我审批（8）")
        await boss.tap("☑ 批量同意")
        await boss.tap("☑ 本页全选")
        await boss.tap("下一页")
        await boss.tap("☐ 李娜 · 出差申请 ¥1005")
        await boss.tap("☐ 李娜 · 出差申请 ¥1006")
        shown = await boss.tap("✅ 同意所选（7）")
        assert "同意 7 件申请，¥7,021" in shown
        old = boss.answers()[-1]["message_id"]
        first = (await requests(house))[0]
        async with house.db.unit() as session:
            actor = await queries.actor(session, rep.employee_id)
            await service.withdraw(session, actor, first.id)
        await boss.tap_on(old, button="✅ 全部同意（7 件）")
        assert "列表有变化" in boss.toast, "one was withdrawn meanwhile"
        shown = await boss.tap("✅ 同意所选（6）")
        shown = await boss.tap("✅ 全部同意（6 件）")
        assert "已同意 6 件" in shown
        assert [one.status for one in await requests(house)].count("approved") == 6
        assert "✅ 已批准" in rep.screen()

    @pytest.mark.feature("BY17")
    async def test_one_that_fails_is_told_and_stops_no_other(self, house: House, monkeypatch: pytest.MonkeyPatch):
        rep, boss, _, _ = await firm(house)
        for week, amount in enumerate(("6000", "3000", "4500")):
            await travel(rep, amount, week)
        really, first = signing.approve, await seat_of(boss)

        async def approve(session: AsyncSession, actor: Actor, command: Say) -> Case:
            case = await really(session, actor, command)
            if command.seat == first:
                raise DomainError(errors.NOT_YOURS)
            return case

        monkeypatch.setattr(signing, "approve", approve)
        await boss.say("/approvals")
        await boss.tap("☑ 批量同意")
        await boss.tap("☑ 本页全选")
        shown = await boss.tap("✅ 同意所选（3）")
        assert "同意 3 件申请，¥13,500" in shown, "more than 10,000 is asked once more"
        shown = await boss.tap("✅ 全部同意（3 件）")
        assert "已同意 2 件" in shown
        assert "⚠ 李娜 · 出差申请 ¥4500：这一步现在由别人审批" in shown
        assert [one.status for one in await requests(house)] == ["running", "approved", "running"], "6000 goes higher"
        assert "2 件等您审批" not in await boss.tap("« 待我审批")

    async def test_a_few_small_ones_are_not_asked_for_twice(self, house: House):
        rep, boss, _, _ = await firm(house)
        await travel(rep)
        await travel(rep, week=1)
        await boss.say("待我审批")
        await boss.tap("☑ 批量同意")
        await boss.tap("☑ 本页全选")
        assert "已同意 2 件" in await boss.tap("✅ 同意所选（2）")

    @pytest.mark.feature("BY17")
    async def test_fifty_at_once_go_in_a_few_taps(self, house: House):
        rep, boss, _, _ = await firm(house)
        async with house.db.unit() as session:
            actor = await queries.actor(session, rep.employee_id)
            for at in range(50):
                form = {"place": "东莞", "since": "2026-03-16", "until": "2026-03-16", "purpose": f"第 {at + 1} 次调试"}
                await service.submit(session, actor, Apply(flow="travel", title="东莞", form=form, key=f"{at}"))
        await boss.say("/approvals")
        assert "50 件等您审批" in boss.screen()
        await boss.tap("☑ 批量同意")
        boss.count_from_here()
        await boss.tap("☑ 全选（50）")
        assert "已选 50 件" in boss.screen()
        await boss.tap("✅ 同意所选（50）")
        shown = await boss.tap("✅ 全部同意（50 件）")
        assert "已同意 20 件" in shown
        await boss.tap("✅ 继续同意（剩 30 件）")
        shown = await boss.tap("✅ 继续同意（剩 10 件）")
        assert "已同意 10 件" in shown
        assert boss.actions == 5
        assert {one.status for one in await requests(house)} == {"approved"}

    @pytest.mark.feature("BY17")
    async def test_two_hundred_page_by_page_each_by_itself(self, house: House):
        rep, boss, _, _ = await firm(house)
        async with house.db.unit() as session:
            actor = await queries.actor(session, rep.employee_id)
            for at in range(200):
                form = {"place": "东莞", "since": "2026-03-16", "until": "2026-03-16", "purpose": f"第 {at + 1} 次调试"}
                await service.submit(session, actor, Apply(flow="travel", title="东莞", form=form, key=f"{at}"))
        await boss.say("/approvals")
        assert "200 件等您审批" in boss.screen()
        await boss.tap("☑ 批量同意")
        await boss.tap("☑ 本页全选")
        await boss.tap("下一页")
        shown = await boss.tap("☑ 本页全选")
        ticked = int(re.search(r"已选 (\d+) 件", shown)[1])
        assert ticked > 5
        shown = await boss.tap(f"✅ 同意所选（{ticked}）")
        assert f"同意 {ticked} 件申请" in shown, "more than five are asked once more"
        assert f"已同意 {ticked} 件" in await boss.tap(f"✅ 全部同意（{ticked} 件）")
        await boss.tap("« 待我审批")
        left = 200 - ticked
        assert f"{left} 件等您审批" in boss.screen()
        await boss.tap("☑ 批量同意")
        await boss.tap(f"☑ 全选（{left}）")
        await boss.tap(f"✅ 同意所选（{left}）")
        shown = await boss.tap(f"✅ 全部同意（{left} 件）")
        assert "已同意 20 件" in shown
        async with house.db.unit() as session:
            last = (await requests(house))[-1].id
            await service.withdraw(session, await queries.actor(session, rep.employee_id), last)
        await boss.tap(f"✅ 继续同意（剩 {left - 20} 件）")
        assert "列表有变化" in boss.toast, "one was withdrawn meanwhile"
        await boss.tap(f"✅ 同意所选（{left - 21}）")
        await boss.tap(f"✅ 全部同意（{left - 21} 件）")
        while "继续同意" in (go := boss.buttons()[0]):
            await boss.tap(go)
        assert "没有等您审批的申请" in await boss.tap("« 待我审批")
        found = [one.status for one in await requests(house)]
        assert (found.count("approved"), found.count("withdrawn")) == (199, 1)
