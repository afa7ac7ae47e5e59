"""Trips and expense claims in the chat (EX01-EX07, EX14, AP09): asked for, set out, claimed, checked, signed, paid."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from crm_core.approvals.models import Approval, ApprovalSeat
from crm_core.expenses.models import ExpenseClaim, ExpenseItem, Trip
from crm_core.org.models import Role
from tests.handlers.scene import customer_of, pictures, visit_of
from tests.support.chat import House, Person


class Office:
    """A rep, the department manager, finance and operations."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def open(self) -> "Office":
        sales = await self.house.department("销售一部")
        self.boss = await self.house.hire("王海燕", Role.MANAGER, unit=sales)
        self.rep = await self.house.hire("李娜", manager=self.boss, unit=sales)
        self.finance = await self.house.hire("赵敏", Role.FINANCE)
        self.operations = await self.house.hire("孙雪", Role.OPERATIONS)
        for who in (self.boss, self.finance):
            await who.say("/start")
        return self

    async def answers(self, who: Person, verb: str = "approve") -> None:
        """The latest card that waits for somebody is answered."""
        if verb == "approve":
            await who.tap("✅ 同意")
        elif verb == "reject":
            await who.tap("❌ 不同意")
            await who.say("票据不全")
        else:
            await who.tap("更多 ›")
            await who.tap("↩ 退回")
            await who.say("票据不全")
        await self.house.settle()

    async def one(self, model):
        async with self.house.db.unit() as session:
            return (await session.scalars(select(model).order_by(model.id.desc()).limit(1))).one()

    async def told_to(self, who: Person) -> str:
        """What the card of the latest request tells this person: itself, then each page of its details."""
        told = [who.screen()]
        await who.tap("更多 ›")
        told.append(await who.tap("🔎 明细"))
        while (page := await who.tap("更多 ›")) not in told if "更多 ›" in who.buttons() else False:
            told.append(page)
        await who.tap("« 返回")
        return "\n".join(told)


@pytest.fixture
async def office(house: House) -> Office:
    return await Office(house).open()


async def asked_trip(office: Office, place: str = "苏州") -> str:
    """A trip from Monday to Wednesday."""
    rep = office.rep
    await rep.say("/travel")
    await rep.say(place)
    await rep.say("3月16日")
    await rep.say("3月18日")
    await rep.say("拜访汇川，谈年框")
    return await rep.tap("提交")


async def open_trip(office: Office) -> str:
    await office.rep.say("/menu")
    await office.rep.tap("我的流程")
    await office.rep.tap("🧳 出差")
    return await office.rep.tap("苏州")


async def claimed(rep: Person, *lines: str, purpose: str = "走访华宁") -> str:
    await rep.say("/claim")
    await rep.say("\n".join(lines))
    await rep.tap("完成")
    await rep.say(purpose)
    return await rep.tap("提交")


class TestTrips:
    @pytest.mark.feature("EX01")
    async def test_asked_for_signed_and_only_then_begun(self, office: Office):
        card = await asked_trip(office)
        for fact in ("已提交", "苏州", "2026-03-16", "3 天", "拜访汇川，谈年框", "⏳ 王海燕"):
            assert fact in card
        assert "出发" not in str(office.rep.buttons())
        trip = await office.one(Trip)
        await office.rep.tap_on(office.rep.answers()[-1]["message_id"], data=f"trip.begin:{trip.id}:0")
        assert "还没批准" in (office.rep.toast or "") + office.rep.screen()
        await office.answers(office.boss)
        assert "已批准" in await open_trip(office)
        assert "已出发" in await office.rep.tap("🧳 出发")
        assert (await office.one(Trip)).began_at is not None

    async def test_refused_it_never_begins(self, office: Office):
        await asked_trip(office)
        await office.answers(office.boss, "reject")
        assert "未批准" in await open_trip(office)
        assert "出发" not in str(office.rep.buttons())

    async def test_with_cost_and_customers(self, office: Office):
        rep = office.rep
        await customer_of(rep, "苏州汇川技术有限公司")
        for line in ("出差", "苏州", "3月16日", "3月18日", "谈年框"):
            await rep.say(line)
        await rep.tap("预计费用")
        await rep.say("2600")
        await rep.tap("+ 客户")
        await rep.tap("汇川")
        await rep.tap("完成")
        card = await rep.tap("提交")
        assert "李娜 · ¥2,600" in card
        assert "客户：苏州汇川技术" in card
        assert "客户：苏州汇川技术" in office.boss.screen()

    async def test_the_last_day_is_offered_from_the_first_one_on(self, office: Office):
        rep = office.rep
        await rep.say("/travel")
        await rep.say("苏州")
        assert "今天" in rep.buttons()
        await rep.say("3月13日")
        days = ["2026-03-13 周五", "2026-03-16 周一", "2026-03-17 周二", "2026-03-19 周四"]
        assert rep.buttons()[:4] == days, "nobody works on the weekend"
        await rep.tap("« 返回")
        await rep.say("3月16日")
        days = ["2026-03-16 周一", "2026-03-17 周二", "2026-03-18 周三", "2026-03-20 周五"]
        assert rep.buttons()[:4] == days, "none of them before it has begun"
        await rep.tap("📅 日历")
        assert not {"13", "15"} & set(rep.buttons())
        assert {"16", "31"} <= set(rep.buttons())
        await rep.tap("« 返回")
        await rep.tap("2026-03-18 周三")
        assert "去做什么" in rep.screen()

    async def test_the_calendar_s_last_day_has_none_behind_it(self, office: Office):
        rep = office.rep
        for line in ("/travel", "苏州", "9999-12-31"):
            await rep.say(line)
        assert "到哪天为止" in rep.screen()
        assert rep.buttons()[:2] == ["9999-12-31 周五", "📅 日历"]
        assert "到哪天为止" in await rep.tap("📅 日历")

    async def test_days_in_the_wrong_order_are_asked_again_and_nothing_is_lost(self, office: Office):
        rep = office.rep
        for line in ("/travel", "苏州", "3月16日", "3月12日", "拜访汇川，谈年框"):
            await rep.say(line)
        assert "结束日早于开始日" in await rep.tap("提交")
        await rep.say("3月18日")
        assert "拜访汇川，谈年框" in await rep.tap("提交")


class TestClaims:
    @pytest.mark.feature("EX02", "EX14", "AP09")
    async def test_department_manager_then_finance_then_paid(self, office: Office):
        card = await claimed(office.rep, "打车 45 昨天", "业务招待 680.50 昨天 请王总")
        for fact in ("¥725.50", "没有疑点", "打车公交 ¥45；业务招待 ¥680.50", "⏳ 王海燕"):
            assert fact in card
        assert "柒佰贰拾伍元伍角整" in await office.told_to(office.boss)
        await office.answers(office.boss)
        async with office.house.db.unit() as session:
            open_ = select(ApprovalSeat.holder_id).where(ApprovalSeat.open)
            assert list(await session.scalars(open_)) == [office.finance.employee_id]
        await office.answers(office.finance)
        await office.finance.say("/menu")
        await office.finance.tap("我的流程")
        assert "李娜" in str([office.finance.screen(), await office.finance.tap("待付款"), office.finance.buttons()])
        await office.finance.tap("李娜 ¥725.50")
        assert "赵敏已付款" in await office.finance.tap("标记已付")
        claim = await office.one(ExpenseClaim)
        assert claim.paid_by == office.finance.employee_id
        await office.finance.tap("撤销")
        assert (await office.one(ExpenseClaim)).paid_at is None

    @pytest.mark.feature("EX02")
    async def test_receipts_come_as_photos_with_their_line(self, office: Office):
        rep = office.rep
        await rep.say("/claim")
        await rep.say("打车 45 昨天")
        await rep.send_photo(*pictures(2))
        await rep.tap("完成")
        await rep.say("走访华宁")
        await rep.tap("提交")
        await office.house.fetched()
        await rep.tap("更多 ›")
        await rep.tap("审批记录")
        await rep.tap("查看报销单")
        assert "📷2" in await rep.tap("明细与核查")
        await rep.tap("返回")
        await rep.tap("📷 票据")
        assert sum("photo" in one for one in rep.answers()) == 2

    async def test_of_a_trip_its_days_money_stands_there_already(self, office: Office):
        await customer_of(office.rep, "苏州汇川技术有限公司")
        await asked_trip(office)
        await office.answers(office.boss)
        office.house.clock.set(datetime(2026, 3, 19, 2, 0, tzinfo=UTC))
        await open_trip(office)
        assert "出差补贴" in await office.rep.tap("🧾 报销")
        await office.rep.say("高铁 214.50 3月16日\n住宿 780 3月16日 2晚")
        await office.rep.tap("完成")
        card = await office.rep.tap("提交")
        assert "¥1,294.50" in card
        assert "出差：苏州 03-16–03-18" in await office.told_to(office.boss)
        async with office.house.db.unit() as session:
            items = (await session.scalars(select(ExpenseItem).order_by(ExpenseItem.id))).all()
        assert [(one.kind, one.days, one.city_class) for one in items] == [
            ("allowance", 3, "second"),
            ("train", 1, "second"),
            ("hotel", 2, "second"),
        ]

    async def test_sent_back_its_lines_are_corrected(self, office: Office):
        await claimed(office.rep, "住宿 880 昨天", "打车 45 昨天")
        await office.answers(office.boss, "send_back")
        await office.rep.say("/menu")
        await office.rep.tap("我的流程")
        await office.rep.tap("🧾 报销单")
        assert "已退回" in await office.rep.tap("走访华宁")
        await office.rep.tap("修改后再交")
        await office.rep.tap("1. ")
        await office.rep.tap("✎ ¥880")
        await office.rep.say("280")
        await office.rep.tap("完成")
        card = await office.rep.tap("📤 提交")
        assert "¥325" in card
        assert "⏳ 王海燕" in card
        assert (await office.one(Approval)).round == 2

    @pytest.mark.feature("EX02")
    async def test_english_too(self, office: Office):
        rep = await office.house.hire("Anna Berg", language="en", manager=office.boss)
        await rep.say("/claim")
        await rep.say("taxi 45 yesterday")
        await rep.tap("Done")
        await rep.say("visits in Shenzhen")
        await rep.tap("Send")
        await rep.tap("More ›")
        assert "RMB forty-five only" in await rep.tap("Details")


class TestChecks:
    @pytest.mark.feature("EX03", "EX04")
    async def test_the_approver_sees_what_is_odd_and_may_approve_all_the_same(self, office: Office):
        huaning = await customer_of(office.rep)
        await asked_trip(office)
        await office.answers(office.boss)
        office.house.clock.set(datetime(2026, 3, 19, 2, 0, tzinfo=UTC))
        await visit_of(office.rep, huaning, happened_at=datetime(2026, 3, 16, 3, 0, tzinfo=UTC))
        await open_trip(office)
        await office.rep.tap("🧾 报销")
        await office.rep.say("住宿 1680 3月16日 2晚\n高铁 214.50 3月19日")
        await office.rep.tap("完成")
        card = await office.rep.tap("提交")
        assert "⚠ 核查：03-19 不在出差日期内（03-16–03-18）" in card
        told = await office.told_to(office.boss)
        assert "贰仟壹佰玖拾肆元伍角整" in told
        assert "03-17, 03-18 没有拜访记录" in told
        assert "超标：03-16 住宿费 ¥1,680，标准 ¥800" in told
        await office.answers(office.boss)
        assert (await office.one(ExpenseClaim)).state == "running"

    @pytest.mark.feature("EX04")
    async def test_the_same_photo_in_a_second_claim(self, office: Office):
        peer = await office.house.hire("陈晓东", manager=office.boss)
        for person in (peer, office.rep):
            await person.say("/claim")
            await person.say("业务招待 300 昨天")
            await person.send_photo(*pictures(1))
            await person.tap("完成")
            await person.say("请客户吃饭")
            await person.tap("提交")
            await office.house.fetched()
        assert "票据重复：陈晓东 的报销单" in await office.told_to(office.boss)

    @pytest.mark.feature("EX07")
    async def test_the_like_cost_others_much_less(self, office: Office):
        for name, amount in (("陈晓东", 280), ("周立", 300), ("褚亮", 340)):
            person = await office.house.hire(name, manager=office.boss)
            await claimed(person, f"会务展位 {amount} 昨天 苏州展会")
            for who in (office.boss, office.finance):
                await office.answers(who)
        await claimed(office.rep, "会务展位 900 昨天 苏州展会")
        assert "偏高：会务展位 ¥900，同类中位数 ¥300（3 笔）" in await office.told_to(office.boss)


class TestAudit:
    @pytest.mark.feature("EX05")
    async def test_operations_see_all_claims_and_those_with_findings(self, office: Office):
        await claimed(office.rep, "打车 45 昨天", purpose="走访华宁")
        await claimed(office.rep, "住宿 980 昨天", purpose="去了趟苏州")
        await office.operations.say("/expenses")
        assert len([one for one in office.operations.buttons() if "李娜" in one]) == 2
        await office.operations.tap("只看有疑点的")
        (odd,) = [one for one in office.operations.buttons() if "李娜" in one]
        assert odd.startswith("⚠3 李娜 ¥980")
        assert "没有批准的出差申请" in await office.operations.tap("李娜 ¥980")
        await office.rep.say("/expenses")
        assert "没有这个权限" in office.rep.screen() or "去了趟苏州" not in office.rep.screen()

    @pytest.mark.feature("EX06")
    async def test_the_whole_history_of_a_person(self, office: Office):
        await claimed(office.rep, "打车 45 昨天", "业务招待 680 2月20日")
        await claimed(office.rep, "打车 30 2025年12月30日")
        for who in (office.boss, office.boss, office.finance, office.finance):
            await office.answers(who)
        await office.operations.say("/expenses")
        await office.operations.tap("李娜 ¥725")
        shown = await office.operations.tap("历史费用")
        for fact in ("李娜", "2026：¥725", "3月 ¥45", "2月 ¥680", "业务招待 ¥680"):
            assert fact in shown
        assert "12月 ¥30" in await office.operations.tap("2025")
