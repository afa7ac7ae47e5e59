"""Budgets in the chat (EX08-EX13, EX15-EX18, RE08): made in a few taps, held and spent, told before they run out."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from crm_core.approvals import service as approvals
from crm_core.approvals import signing
from crm_core.approvals.authority import Say
from crm_core.approvals.models import Approval, ApprovalSeat
from crm_core.approvals.service import Apply
from crm_core.audit.access import AccessEntry
from crm_core.audit.models import AuditEntry
from crm_core.audit.service import act_as
from crm_core.budgets.ledger import KNOWS
from crm_core.budgets.models import Budget
from crm_core.deals.service import RecordDeal, record_deal
from crm_core.kit.errors import DomainError
from crm_core.org import queries
from crm_core.org.models import Role, UnitKind
from tests.handlers.scene import customer_of, everything, last_card, text_of
from tests.support.chat import TOKEN, House, Person
from tests.support.sheets import read

_keys = count(1)
FAIR = {"name": "深圳电子展", "held_on": "2026-03-25", "plan": "两个展位，预期 60 家客户"}
TRIP = {"place": "苏州", "since": "2026-03-16", "until": "2026-03-18", "purpose": "拜访明志机械"}


@dataclass
class Firm:
    """A head office with finance, and two branches with a rep and a manager each."""

    house: House
    finance: Person
    chief: Person
    manager: Person
    rep: Person
    shanghai: Person

    async def ask(self, by: Person, amount: int, flow: str = "activity", *, knows: bool = False, **form: Any) -> int:
        """A request by the core: what people fill in has its own tests."""
        said = {**(FAIR if flow == "activity" else TRIP), "amount": str(amount), **form}
        async with self.house.db.unit() as session:
            actor = await queries.actor(session, by.employee_id)
            act_as(session, actor.id)
            given = said | ({KNOWS: True} if knows else {})
            title = said.get("name") or f"出差 {said['place']}"
            command = Apply(flow=flow, title=title, form=given, key=f"test {next(_keys)}")
            return (await approvals.submit(session, actor, command)).id

    async def sign(self, approval_id: int, by: Person) -> None:
        async with self.house.db.unit() as session:
            seat = await session.scalar(
                select(ApprovalSeat.id).where(
                    ApprovalSeat.approval_id == approval_id, ApprovalSeat.holder_id == by.employee_id, ApprovalSeat.open
                )
            )
            actor = await queries.actor(session, by.employee_id)
            act_as(session, actor.id)
            await signing.approve(session, actor, Say(seat=seat))

    async def status(self, approval_id: int) -> str:
        async with self.house.db.unit() as session:
            return (await session.get_one(Approval, approval_id)).status

    async def budgets(self) -> list[Budget]:
        async with self.house.db.unit() as session:
            return list(await session.scalars(select(Budget).order_by(Budget.id)))

    async def budget(self, content: str = "市场推广", amount: str = "1万", where: str = "深圳分公司") -> str:
        """Made as finance makes it; answers its card."""
        await self.finance.say("/budget")
        await self.finance.tap("➕ 新预算")
        await self.finance.tap(content)
        await self.finance.say(where)
        await self.finance.say(amount)
        return await self.finance.tap("💾 保存")


@pytest.fixture
async def firm(house: House) -> AsyncIterator[Firm]:
    shenzhen = await house.department("深圳分公司", UnitKind.BRANCH)
    shanghai = await house.department("上海分公司", UnitKind.BRANCH)
    chief = await house.hire("钱伟", Role.EXECUTIVE)
    finance = await house.hire("赵敏", Role.FINANCE)
    manager = await house.hire("王海燕", Role.MANAGER, unit=shenzhen)
    rep = await house.hire("李娜", unit=shenzhen, manager=manager)
    boss = await house.hire("郑凯", Role.MANAGER, unit=shanghai)
    other = await house.hire("吴佳怡", unit=shanghai, manager=boss)
    await boss.say("/start")
    await manager.say("/start")
    return Firm(house, finance, chief, manager, rep, other)


class TestABudget:
    @pytest.mark.feature("EX08")
    async def test_finance_makes_one_in_a_few_taps_and_its_department_spends_it(self, firm: Firm):
        firm.finance.count_from_here()
        card = await firm.budget()
        assert firm.finance.actions <= 6
        for said in ("深圳分公司市场推广", "2026-01-01 – 2026-03-31", "赵敏", "剩 ¥10,000，共 ¥10,000"):
            assert said in card
        one = await firm.ask(firm.rep, 4000)
        card = await firm.manager.say("预算")
        assert "▓▓░░░ 40%🐢 深圳分公司市场推广" in firm.manager.buttons()[0]
        card = await firm.manager.tap("深圳分公司市场推广")
        assert "已用 ¥0 · 占用 ¥4,000" in card
        await firm.sign(one, firm.manager)
        await firm.manager.say("/budget")
        assert "已用 ¥4,000 · 占用 ¥0" in await firm.manager.tap("深圳分公司市场推广")
        shown = await firm.manager.tap("🧾 花费明细")
        assert "李娜 深圳电子展 ¥4,000 · 已用" in shown

    @pytest.mark.feature("EX08")
    async def test_english_too_and_what_is_missing_is_asked(self, house: House):
        finance = await house.hire("Mary Hughes", Role.FINANCE, language="en")
        await house.department("Export sales")
        assert "No budget" in await finance.say("/budget")
        await finance.tap("➕ New budget")
        await finance.tap("Travel")
        assert "Export sales" in " ".join(finance.buttons())
        await finance.tap("Export sales")
        assert "For example 12800" in await finance.say("a lot")
        await finance.say("50k")
        card = await finance.tap("💾 Save")
        assert "¥50,000 left of ¥50,000" in card
        assert "Export sales" in card

    async def test_other_days_than_this_quarter(self, firm: Firm):
        await firm.finance.say("/budget")
        await firm.finance.tap("➕ 新预算")
        await firm.finance.tap("差旅")
        await firm.finance.tap("上海分公司")
        await firm.finance.say("120000")
        await firm.finance.tap("✎ 修改")
        await firm.finance.tap("开始日期")
        await firm.finance.tap("2026")
        shown = await firm.finance.tap("💾 保存")
        assert "2026-01-01 – 2026-03-31" in shown

    @pytest.mark.feature("EX10")
    async def test_for_one_project_and_one_stage_alone(self, firm: Firm):
        await firm.budget(amount="2万")
        await firm.finance.say("/budget")
        await firm.finance.tap("➕ 新预算")
        await firm.finance.tap("市场推广")
        await firm.finance.tap("深圳分公司")
        await firm.finance.say("5000")
        await firm.finance.tap("+ 项目")
        await firm.finance.say("深圳电子展")
        await firm.finance.tap("+ 阶段")
        await firm.finance.tap("方案送样")
        await firm.finance.tap("+ 名称")
        await firm.finance.say("电子展送样阶段")
        card = await firm.finance.tap("💾 保存")
        assert "深圳分公司 · 市场推广 · 深圳电子展 · 方案送样" in card
        customer = await customer_of(firm.rep, stage="solution")
        async with firm.house.db.unit() as session:
            actor = await queries.actor(session, firm.rep.employee_id)
            command = Apply(flow="activity", title="样品展示", form={**FAIR, "amount": "1500"}, key="s", about=customer)
            await approvals.submit(session, actor, command)
        await firm.ask(firm.rep, 700, name="客户答谢会")
        general, project = await firm.budgets()
        assert (general.held, project.held) == (700, 1500), "each stage from its own money"

    async def test_changed_and_the_change_is_on_record(self, firm: Firm):
        await firm.budget()
        await firm.ask(firm.rep, 4000)
        await firm.finance.tap("✎ 修改")
        await firm.finance.tap("金额")
        said = await firm.finance.say("3000")
        assert "其中 ¥4,000 已经用掉或占用了" in said
        card = await firm.finance.say("1.5万")
        assert "剩 ¥11,000，共 ¥15,000" in card
        async with firm.house.db.unit() as session:
            last = await session.scalar(
                select(AuditEntry).where(AuditEntry.subject_type == "budget").order_by(AuditEntry.id.desc()).limit(1)
            )
        assert (last.before["amount"], last.after["amount"]) == ("10000.00", "15000.00")
        assert last.actor_id == firm.finance.employee_id

    async def test_closed_and_opened_again(self, firm: Firm):
        await firm.budget()
        assert "已停用" in await firm.finance.tap("🗄 停用")
        await firm.ask(firm.rep, 99_999)
        assert [one.held for one in await firm.budgets()] == [0]
        assert "已重新启用" in await firm.finance.tap("重新启用")

    async def test_a_rep_reads_only_the_own_and_another_branch_nothing(self, firm: Firm):
        await firm.budget()
        assert "还没有您能看的预算" in await firm.rep.say("/budget")
        assert "还没有您能看的预算" in await firm.house.people["郑凯"].say("/budget")
        (one,) = await firm.budgets()
        await firm.rep.tap_on(last_card(firm.rep), data=f"budget:{one.id}:0")
        assert "10,000" not in everything(firm.rep)


class TestThePace:
    @pytest.mark.feature("EX09")
    async def test_loose_first_is_told_while_there_is_time(self, firm: Firm):
        await firm.budget(amount="1万")  # 10 March: 77 % of the quarter
        (budget,) = await firm.budgets()
        card = await firm.finance.say("/budget")
        card = await firm.finance.tap("深圳分公司市场推广")
        assert "花费 ░░░░░░░░░░ 0%" in card
        assert "时间 ▓▓▓▓▓▓▓░░░ 78%" in card
        assert "花得偏慢" in card
        await firm.finance.tap("✎ 修改")
        await firm.finance.tap("结束日期")
        await firm.finance.say("2026-12-31")
        await firm.ask(firm.rep, 5000)
        await firm.finance.say("/budget")
        assert "50%⚡" in firm.finance.buttons()[0]
        card = await firm.finance.tap("深圳分公司市场推广")
        assert "花费 ▓▓▓▓▓░░░░░ 50%" in card
        assert "时间 ▓░░░░░░░░░ 19%" in card
        assert "当心先松后紧" in card
        assert "照这样到期会花 ¥26,071.43" in card
        assert budget.status == "open"


class TestOver:
    @pytest.mark.feature("EX12")
    async def test_finance_and_the_owner_hear_of_it_before_a_cent_is_spent(self, firm: Firm):
        await firm.budget(amount="1万")
        with pytest.raises(DomainError) as caught:
            await firm.ask(firm.rep, 12_000)
        assert (caught.value.code, caught.value.params["over"]) == ("budget.over", 2000)
        one = await firm.ask(firm.rep, 12_000, knows=True)
        await firm.house.settle()
        told = firm.finance.screen()
        assert "超预算：李娜 · 深圳电子展" in told
        assert "深圳分公司市场推广：申请 ¥12,000，超 ¥2,000" in told
        await firm.sign(one, firm.manager)
        assert [one.committed for one in await firm.budgets()] == [0]
        await firm.sign(one, firm.finance)  # of this flow: whoever may overrun budgets puts the name to it
        assert await firm.status(one) == "approved"
        await firm.finance.tap("💰 深圳分公司市场推广")
        assert "⛔ 已超预算" in firm.finance.screen()
        assert "深圳电子展 ¥12,000 · 已用 · 超支，赵敏批准" in await firm.finance.tap("🧾 花费明细")

    @pytest.mark.feature("EX12", "RE08")
    async def test_who_asks_reads_it_before_sending_and_goes_on_knowingly(self, firm: Firm):
        await firm.budget("差旅", "3000")
        rep, day = firm.rep, "2026-03-16"
        for line in ("/travel", "苏州", day, day, "拜访汇川"):
            await rep.say(line)
        await rep.tap("预计费用")
        assert "💰 深圳分公司差旅：用后剩 ¥2,000" in await rep.say("1000")
        await rep.tap("✎ 修改")
        await rep.tap("预计费用")
        assert "⚠ 深圳分公司差旅只剩 ¥3,000，这一单超 ¥1,000" in await rep.say("4000")
        asked = await rep.tap("📤 提交")
        assert "须由财务署名批准" in asked
        assert "📤 提交" not in rep.buttons()
        assert "已提交" in await rep.tap("确定，继续")
        assert "⚠ 超预算 ¥1,000：深圳分公司差旅只剩 ¥3,000" in firm.manager.screen(), "who signs reads it"
        assert "申请 ¥4,000，超 ¥1,000" in firm.finance.screen()
        await firm.manager.tap("✅ 同意")
        assert "请先加签一位财务，或请财务批准超支" in (firm.manager.toast or "")
        await firm.finance.tap("✅ 由我批准超支")
        await firm.manager.tap("✅ 同意")
        assert "✅ 已批准" in rep.screen()
        (budget,) = await firm.budgets()
        assert (budget.committed, budget.over_allowed) == (4000, 1000)

    @pytest.mark.feature("EX12", "EX13")
    async def test_a_claim_takes_the_place_of_what_its_trip_held(self, firm: Firm):
        await firm.budget("差旅", "3000")
        await firm.budget("招待", "500")
        rep = firm.rep
        for line in ("/travel", "苏州", "2026-03-12", "2026-03-13", "拜访汇川"):
            await rep.say(line)
        await rep.tap("预计费用")
        await rep.say("2500")
        await rep.tap("📤 提交")
        await firm.manager.tap("✅ 同意")
        assert [(one.held, one.committed) for one in await firm.budgets()] == [(0, 2500), (0, 0)]
        firm.house.clock.advance(timedelta(days=5))
        await rep.say("/menu")
        await rep.tap("我的流程")
        await rep.tap("🧳 出差")
        await rep.tap("苏州")
        await rep.tap("🧾 报销")
        await rep.say("火车高铁 214.50 3月12日\n业务招待 480 3月12日")
        await rep.tap("完成")
        assert "💰 深圳分公司" in rep.screen()
        await rep.tap("📤 提交")
        travel, meals = await firm.budgets()
        assert (travel.held, travel.committed) == (0, 2500), "the trip's money is there already"
        assert (meals.held, meals.committed) == (480, 0)
        await firm.manager.tap("✅ 同意")
        await firm.finance.tap("✅ 同意")
        travel, meals = await firm.budgets()
        assert (travel.held, travel.committed) == (0, Decimal("414.50")), "200 of them for the two days"
        assert (meals.held, meals.committed) == (0, 480)

    @pytest.mark.feature("EX12")
    async def test_one_tap_allows_it_by_name_and_the_manager_can_approve_a_trip(self, firm: Firm):
        await firm.budget("差旅", "3000")
        one = await firm.ask(firm.rep, 4000, "travel", knows=True)
        await firm.house.settle()
        with pytest.raises(DomainError) as caught:
            await firm.sign(one, firm.manager)
        assert caught.value.code == "budget.needs_override"
        shown = await firm.finance.tap("✅ 由我批准超支")
        assert "✓ 赵敏已批准超支" in shown
        assert firm.finance.toast == "已由您批准超支。"
        await firm.sign(one, firm.manager)
        assert await firm.status(one) == "approved"
        await firm.finance.tap("深圳分公司差旅")
        shown = await firm.finance.tap("🧾 花费明细")
        assert "出差 苏州 ¥4,000 · 已用 · 超支，赵敏批准" in shown

    async def test_from_the_budget_s_card_too_and_twice_is_explained(self, firm: Firm):
        await firm.budget("差旅", "3000")
        await firm.ask(firm.rep, 4000, "travel", knows=True)
        await firm.house.settle()
        pushed = last_card(firm.finance)
        await firm.finance.say("/budget")
        await firm.finance.tap("深圳分公司差旅")
        shown = await firm.finance.tap("⚠ 超预算申请 1 个")
        assert "李娜：出差 苏州 ¥4,000" in shown
        await firm.finance.tap("✅ 批准 李娜 出差 苏州")
        assert (await firm.budgets())[0].held == 4000
        await firm.finance.tap_on(pushed, button="✅ 由我批准超支")
        assert "已经不用批了" in (firm.finance.toast or "") + everything(firm.finance)


class TestWarned:
    @pytest.mark.feature("RE08")
    async def test_at_80_percent_owner_and_finance_read_it_once_in_the_morning(self, firm: Firm):
        await firm.budget("差旅", "3000")
        await firm.ask(firm.rep, 2500, "travel")
        await firm.house.tick()
        firm.house.clock.advance(timedelta(days=1))
        await firm.house.tick()
        digest = last_card(firm.finance)
        assert "深圳分公司差旅" in text_of(firm.finance, digest)
        assert "已用 83%，剩 ¥500" in text_of(firm.finance, digest)
        assert "深圳分公司差旅" not in everything(firm.rep)
        await firm.finance.tap("💰 深圳分公司差旅")
        assert "剩 ¥500，共 ¥3,000" in firm.finance.screen()
        assert "✓ 已看" in text_of(firm.finance, digest)
        before = len(firm.finance.answers())
        firm.house.clock.advance(timedelta(days=1))
        await firm.house.tick()
        assert len(firm.finance.answers()) == before, "once for each threshold"
        await firm.ask(firm.rep, 500, "travel")
        firm.house.clock.advance(timedelta(days=3))
        await firm.house.tick()
        assert "⛔ 已用 100%，没有剩余" in firm.finance.screen()

    @pytest.mark.feature("RE08", "EX12")
    async def test_the_pace_warns_long_before_the_money_is_gone(self, firm: Firm):
        await firm.budget("差旅", "1万")
        await firm.finance.tap("✎ 修改")
        await firm.finance.tap("结束日期")
        await firm.finance.say("2026-12-31")
        await firm.ask(firm.rep, 4000, "travel")
        await firm.house.tick()
        firm.house.clock.advance(timedelta(days=1))
        await firm.house.tick()
        assert "照这样会超支：时间过了 19%，钱花了 40%" in firm.finance.screen()

    async def test_more_money_settles_it(self, firm: Firm):
        await firm.budget("差旅", "3000")
        await firm.ask(firm.rep, 2500, "travel")
        await firm.house.tick()
        await firm.finance.tap("✎ 修改")
        await firm.finance.tap("金额")
        await firm.finance.say("3万")
        firm.house.clock.advance(timedelta(days=1))
        before = len(firm.finance.answers())
        await firm.house.tick()
        assert len(firm.finance.answers()) == before


@pytest.fixture
async def spent(firm: Firm) -> Firm:
    """Shenzhen's fair is paid out of a budget, its trip is held, Shanghai's fair was never planned."""
    await firm.budget("市场推广", "1万")
    await firm.budget("差旅", "5000")
    fair = await firm.ask(firm.rep, 4000)
    await firm.sign(fair, firm.manager)
    await firm.ask(firm.rep, 2000, "travel")
    there = await firm.ask(firm.shanghai, 3000, name="上海工博会")
    await firm.sign(there, firm.house.people["郑凯"])
    customer = await customer_of(firm.rep)
    async with firm.house.db.unit() as session:
        actor = await queries.actor(session, firm.rep.employee_id)
        act_as(session, actor.id)
        await record_deal(session, actor, RecordDeal(customer=customer, amount=Decimal(80_000), what="连接器"))
    return firm


class TestTheReport:
    @pytest.mark.feature("EX15", "EX13")
    async def test_by_content_department_and_days(self, spent: Firm):
        await spent.finance.say("/budget")
        shown = await spent.finance.tap("📊 执行报表")
        assert "预算执行 › 按内容 · 2026" in shown
        assert "市场推广：▓▓▓░░ 70% 7000 / 1万，剩 ¥3,000" in shown
        assert "差旅：▓▓░░░ 40% 2000 / 5000，剩 ¥3,000" in shown
        await spent.finance.tap("分组：内容")
        shown = await spent.finance.tap("部门")
        assert "深圳分公司：▓▓░░░ 40% 6000 / 1.5万，剩 ¥9,000" in shown
        assert "上海分公司：花 3000，没有预算" in shown
        await spent.finance.tap("部门：全部")
        shown = await spent.finance.tap("深圳分公司")
        assert "上海分公司" not in shown
        await spent.finance.tap("时间：2026")
        shown = await spent.finance.tap("2025 Q4")
        assert "这段时间没有预算" in shown
        await spent.finance.tap("时间：2025 Q4")
        shown = await spent.finance.tap("2026-03")
        assert "按部门 · 2026-03" in shown
        assert "预算 ¥5,166.66" in shown, "a month of a quarter's budget: 31 of 90 days"

    @pytest.mark.feature("EX16")
    async def test_by_kind_of_task(self, spent: Firm):
        await spent.finance.say("/budget")
        await spent.finance.tap("📊 执行报表")
        await spent.finance.tap("分组：内容")
        shown = await spent.finance.tap("任务类别")
        assert "市场任务：花 7000，没有预算" in shown
        assert "销售任务：花 2000，没有预算" in shown
        await spent.finance.tap("任务：全部")
        shown = await spent.finance.tap("销售任务")
        assert "市场任务：" not in shown

    @pytest.mark.feature("EX11", "EX13")
    async def test_by_project_with_state_and_department_in_charge(self, spent: Firm):
        await spent.finance.say("/budget")
        await spent.finance.tap("➕ 新预算")
        await spent.finance.tap("市场推广")
        await spent.finance.tap("上海分公司")
        await spent.finance.say("2000")
        await spent.finance.tap("+ 项目")
        await spent.finance.say("上海工博会")
        await spent.finance.tap("+ 任务类别")
        await spent.finance.tap("市场任务")
        await spent.finance.tap("💾 保存")
        await spent.ask(spent.shanghai, 1500, name="上海工博会")
        await spent.finance.say("/budget")
        await spent.finance.tap("📊 执行报表")
        await spent.finance.tap("分组：内容")
        shown = await spent.finance.tap("项目")
        assert "上海工博会" in shown
        assert "市场任务 · 上海分公司 · 超预算" in shown
        assert "市场任务 · 深圳分公司" in shown

    @pytest.mark.feature("EX18")
    async def test_a_region_s_cost_against_what_it_sold(self, spent: Firm):
        await spent.finance.say("/budget")
        await spent.finance.tap("📊 执行报表")
        await spent.finance.tap("分组：内容")
        shown = await spent.finance.tap("区域")
        assert "深圳分公司：花 4000，业绩 8万，费用率 5.0%" in shown
        assert "上海分公司：花 3000，没有预算" in shown
        assert "业绩 ¥80,000" in shown

    @pytest.mark.feature("EX15", "EX17")
    async def test_as_a_chart_and_as_a_spreadsheet(self, spent: Firm):
        await spent.finance.say("/budget")
        await spent.finance.tap("📊 执行报表")
        shown = await spent.finance.tap("📊 图表")
        assert "按内容 · 2026" in shown
        photo = spent.finance.answers()[-1]["photo"][-1]
        assert photo["width"] > 800
        await spent.finance.tap("⬇ 表格")
        document = spent.finance.answers()[-1]["document"]
        assert document["file_name"] == "预算执行 2026.xlsx"
        rows = read(spent.house.sandbox.world.bot(TOKEN).files.get(document["file_id"]).data)
        assert rows[0] == ["内容", "预算", "已用", "占用", "剩余", "使用率 %"]
        assert rows[1:] == [
            ["市场推广", 10000, 7000, 0, 3000, 70],
            ["差旅", 5000, 0, 2000, 3000, 40],
            ["合计", 15000, 7000, 2000, 6000, 60],
        ]
        async with spent.house.db.unit() as session:
            (entry,) = await session.scalars(select(AccessEntry).where(AccessEntry.subject_type == "budget"))
        assert (entry.what, entry.employee_id) == ("export", spent.finance.employee_id)

    @pytest.mark.feature("EX17")
    async def test_sent_to_a_colleague_who_reads_what_the_own_rights_allow(self, spent: Firm):
        await spent.finance.say("/budget")
        await spent.finance.tap("📊 执行报表")
        await spent.finance.tap("分组：内容")
        await spent.finance.tap("部门")
        await spent.finance.tap("📤 发给同事")
        assert not any("李娜" in label for label in spent.finance.buttons()), "a rep may see no reports"
        await spent.finance.say("郑凯")
        await spent.finance.tap("+ 附言")
        await spent.finance.say("上海没有预算，请补一份")
        assert "✓ 已发给郑凯" in await spent.finance.tap("💾 保存")
        boss = spent.house.people["郑凯"]
        assert "赵敏发来这份报表：上海没有预算，请补一份" in boss.screen()
        assert "上海分公司：花 3000，没有预算" in boss.screen()
        assert "深圳" not in boss.screen()
        assert "📊 图表" in boss.buttons()

    async def test_a_rep_cannot_be_sent_one_nor_forge_it(self, spent: Firm):
        await spent.finance.say("/budget")
        await spent.finance.tap("📊 执行报表")
        await spent.finance.tap("📤 发给同事")
        shown = await spent.finance.say("李娜")
        assert "没有找到" in shown or "找不到" in shown or "李娜" in shown
        await spent.rep.say("/budget")
        await spent.rep.tap_on(last_card(spent.rep), data="budget.report:0:0:d.y0..")
        await spent.rep.tap_on(last_card(spent.rep), data="budget.chart:0:0:d.y0..")
        assert "7000" not in everything(spent.rep)
        assert "深圳分公司" not in everything(spent.rep)


async def test_the_menu_leads_there(firm: Firm):
    await firm.budget()
    await firm.finance.say("/menu")
    await firm.finance.tap("我的流程")
    assert "💰 预算（1）" in firm.finance.buttons()
    assert "▓ 已用和占用" in await firm.finance.tap("💰 预算（1）")
