"""Requests in the chat: asked for by reps, decided with one tap, never lost (CD03, CD04, AP01-AP10)."""

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from crm_core.approvals.models import ApprovalSeat
from crm_core.org.models import Role
from tests.support.chat import House, Person, labels

SHANGHAI = ZoneInfo("Asia/Shanghai")


async def firm(house: House) -> tuple[Person, Person, Person, Person]:
    """李娜 and 陈晓东 sell for 王海燕, who is under 赵立; 赵敏 is finance, 蒋涛 the admin."""
    await house.hire("蒋涛", Role.ADMIN)
    director = await house.hire("赵立", Role.MANAGER)
    boss = await house.hire("王海燕", Role.MANAGER, manager=director)
    rep = await house.hire("李娜", manager=boss)
    await house.hire("陈晓东", manager=boss)
    finance = await house.hire("赵敏", Role.FINANCE)
    for person in house.people.values():
        await person.say("/start")  # a bot cannot write first
    return rep, boss, director, finance


async def ask_for_travel(rep: Person, amount: str = "3200") -> str:
    """A travel request that only waits to be sent."""
    await rep.say("/apply")
    await rep.tap("行政")
    await rep.tap("出差申请")
    await rep.say("东莞")
    await rep.say("3月16日")
    await rep.say("3月18日")
    await rep.say("给华宁调试贴片线")
    await rep.tap("预计费用")
    return await rep.say(amount)


async def travel(rep: Person, amount: str = "3200") -> str:
    await ask_for_travel(rep, amount)
    return await rep.tap("📤 提交")


def card_of(person: Person, words: str) -> dict:
    """The newest card of the bot's with these words."""
    return next(one for one in reversed(person.answers()) if words in (one.get("text") or ""))


class TestAsking:
    @pytest.mark.feature("CD03", "AP01", "AP03")
    async def test_a_rep_starts_a_request_from_the_chat_and_sees_who_will_sign(self, house: House):
        rep, boss, _, _ = await firm(house)
        shown = await rep.say("/apply")
        assert rep.buttons()[:3] == ["🗓 计划类（2）", "📣 营销类（5）", "🏢 行政类（4）"]
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
        await rep.say("/apply 报销")
        await rep.say("1280")
        await rep.say("请华宁王总吃饭")
        await rep.tap("📤 提交")
        assert "1280" not in boss.screen(), "the department manager signs"
        await director.tap("✅ 同意")
        late = card_of(other, "费用报销")["message_id"]
        assert "财务（2人任一）" in card_of(rep, "⏳")["text"]
        await finance.tap("✅ 同意")
        copy = card_of(other, "费用报销")
        assert "已批准" in copy["text"]
        assert labels(copy) == ["打开"]
        async with house.db.unit() as session:
            seat = await session.scalar(select(ApprovalSeat.id).where(ApprovalSeat.holder_id == other.employee_id))
        await other.tap_on(late, data=f"approval.yes:{seat}:0")
        assert other.toast == f"已由赵敏 {house.clock.now().astimezone(SHANGHAI):%H:%M} 同意"
        own = [one["text"] for one in rep.answers() if "费用报销" in (one.get("text") or "")]
        assert all("⏳" not in one for one in own), own

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
