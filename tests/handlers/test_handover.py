"""Handing over, stand-ins and teams in the chat."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_core.audit.service import act_as
from crm_core.customers.models import Customer
from crm_core.needs.service import RecordNeed, record_need
from crm_core.org import queries
from crm_core.org.holdings import holdings
from crm_core.org.models import Employee, Role
from handlers import routing
from screens.held import held_keys
from tests.handlers.scene import HUANING, customer_of, customers, everything, last_card, text_of, visit_of, visits
from tests.support.chat import House, Person

NAMES = (HUANING, "东莞市华腾五金厂", "广州白云轴承有限公司", "深圳市凯旋光电有限公司")
CITIES = ("深圳", "东莞", "广州", "深圳")


async def office(house: House) -> tuple[Person, Person, Person, Person]:
    """蒋涛 is the admin, 王海燕 has 李娜 and 陈晓东; 李娜 has four customers, one of them visited."""
    admin = await house.hire("蒋涛", Role.ADMIN)
    boss = await house.hire("王海燕", Role.MANAGER)
    rep = await house.hire("李娜", manager=boss)
    peer = await house.hire("陈晓东", manager=boss)
    ids = [
        await customer_of(rep, name, city=city, contact_name="王建国", phone="13800138000" if at == 0 else None)
        for at, (name, city) in enumerate(zip(NAMES, CITIES, strict=True))
    ]
    due = house.clock.now().date() + timedelta(days=7)
    await visit_of(rep, ids[0], next_on=due)
    for person in (boss, rep, peer):
        await person.say("/start")  # a bot cannot write first
    return admin, boss, rep, peer


async def owners(house: House) -> list[str]:
    async with house.db.unit() as session:
        rows = select(Employee.name).join(Customer, Customer.owner_id == Employee.id).order_by(Customer.id)
        return list(await session.scalars(rows))


async def wants(person: Person, customer: int, what: str) -> None:
    async with person.house.db.unit() as session:
        actor = await queries.actor(session, person.employee_id)
        act_as(session, actor.id)
        await record_need(session, actor, RecordNeed(customer=customer, what=what))


async def card_of(boss: Person, name: str) -> str:
    """A report's card, from /team and the day."""
    await boss.say("/team")
    await boss.tap(name)
    return await boss.tap("名下客户")


async def test_each_kind_of_holding_has_words():
    routing.load()
    assert {one.key for one in holdings()} == held_keys()


async def behind_more(person: Person, label: str) -> str:
    """What an archive has no room for, some pages on perhaps."""
    for _ in range(3):
        await person.tap("更多 ›")
        if any(label in one for one in person.buttons()):
            return await person.tap(label)
    raise AssertionError(f"no {label} behind More")


class TestByTheManager:
    @pytest.mark.feature("HO01")
    async def test_all_to_one_colleague_in_a_few_taps(self, house: House):
        _, boss, rep, peer = await office(house)
        shown = await card_of(boss, "李娜")
        assert "名下 4 家客户" in shown
        assert "深圳 2" in shown
        assert "1 个下一步" in shown
        boss.count_from_here()
        await boss.tap("交接客户")
        await boss.tap("全给一位同事")
        shown = await boss.tap("陈晓东")
        assert "→ 陈晓东 4：" in shown
        assert "拜访记录仍记在原来的人名下" in shown
        assert await owners(house) == ["李娜"] * 4, "nothing is done yet"
        shown = await boss.tap("确认交接")
        assert "李娜的 4 家客户已交接" in shown
        assert boss.actions == 4
        assert boss.new_cards() == 0
        assert await owners(house) == ["陈晓东"] * 4
        assert "李娜的 4 家客户交给您了" in peer.screen()
        assert "王海燕交接了您的 4 家客户" in rep.screen()
        await rep.say("华宁")
        assert "13800138000" not in everything(rep).replace(" ", "")

    @pytest.mark.feature("HO03")
    async def test_who_takes_over_gets_the_data_and_how_far_it_is(self, house: House):
        _, boss, rep, peer = await office(house)
        await wants(rep, (await customers(house))[0].id, "5000套连接器")
        await card_of(boss, "李娜")
        await boss.tap("交接客户")
        await boss.tap("全给一位同事")
        await boss.tap("陈晓东")
        await boss.tap("确认交接")
        listed = await peer.tap("看这些客户")
        assert "交接给我的客户" in listed
        assert any("华宁" in label and "03-18" in label for label in peer.buttons())
        archive = await peer.tap("华宁")
        assert "王建国" in archive
        assert "谈了年框" in archive
        assert "下次跟进：2026-03-18" in archive
        assert "阶段：目标客户" in archive
        assert "5000套连接器" in archive
        await peer.tap("更多 ›")
        history = await peer.tap("变更记录")
        assert "由李娜交接给陈晓东" in history

    @pytest.mark.feature("HO04")
    async def test_what_goes_where_is_seen_before_and_nothing_is_lost(self, house: House):
        _, boss, rep, peer = await office(house)
        other = await house.hire("周立", manager=boss)
        await other.say("/start")
        before = [(one.name, one.stage, one.next_step_on) for one in await customers(house)]
        await card_of(boss, "李娜")
        await boss.tap("交接客户")
        await boss.tap("按城市分")
        await boss.tap("陈晓东")
        await boss.tap("周立")
        shown = await boss.tap("看分配")
        assert "→ 陈晓东 2：" in shown
        assert "→ 周立 2：" in shown
        await boss.tap("逐家看")
        await boss.tap("华腾五金厂")
        await boss.tap("不交接这家")
        assert any("华腾" in label and "不交接" in label for label in boss.buttons())
        await boss.tap("白云轴承")
        await boss.tap("王海燕")
        await boss.tap("返回")
        assert "1 家不交接" in boss.screen()
        await boss.tap("确认交接")
        whose = dict(zip(NAMES, await owners(house), strict=True))
        assert whose[NAMES[1]] == "李娜"
        assert whose[NAMES[2]] == "王海燕"
        assert whose[NAMES[0]] == whose[NAMES[3]]
        assert [(one.name, one.stage, one.next_step_on) for one in await customers(house)] == before
        (visit,) = await visits(house)
        assert visit.employee_id == rep.employee_id
        told = [person for person in (peer, other) if "交给您了" in person.screen()]
        assert len(told) == 1

    async def test_a_part_of_them_to_the_manager(self, house: House):
        _, boss, _, _ = await office(house)
        await card_of(boss, "李娜")
        await boss.tap("交接客户")
        await boss.tap("只交接一部分")
        await boss.tap("深圳 2")
        assert "2 家客户，交给谁" in boss.screen()
        await boss.tap("全给王海燕")
        await boss.tap("确认交接")
        assert await owners(house) == ["王海燕", "李娜", "李娜", "王海燕"]

    async def test_it_can_be_taken_back_for_ten_minutes(self, house: House):
        _, boss, _, peer = await office(house)
        await card_of(boss, "李娜")
        await boss.tap("交接客户")
        await boss.tap("全给一位同事")
        await boss.tap("陈晓东")
        await boss.tap("确认交接")
        assert "已撤销" in await boss.tap("撤销")
        assert await owners(house) == ["李娜"] * 4
        assert "王海燕撤销了" in peer.screen()
        assert "交接 · 李娜" in peer.screen()
        await boss.tap("打开")
        await boss.tap("确认交接")
        assert await owners(house) == ["陈晓东"] * 4

    async def test_a_second_press_and_an_older_look_are_told(self, house: House):
        _, boss, rep, _ = await office(house)
        await card_of(boss, "李娜")
        await boss.tap("交接客户")
        await boss.tap("全给王海燕")
        old = last_card(boss)
        data = next(
            one["callback_data"]
            for row in boss.answers()[-1]["reply_markup"]["inline_keyboard"]
            for one in row
            if "确认交接" in one["text"]
        )
        await customer_of(rep, "惠州市德赛电池有限公司")
        await boss.tap_on(old, data=data)
        assert "情况刚有变化" in boss.toast
        assert "→ 王海燕 5：" in boss.screen()
        await boss.tap("确认交接")
        await boss.tap_on(old, data=data)
        assert boss.toast == "这次交接已经完成。"
        assert await owners(house) == ["王海燕"] * 5

    async def test_in_english(self, house: House):
        boss = await house.hire("Grace Miller", Role.MANAGER, language="en")
        rep = await house.hire("Emma Clarke", manager=boss, language="en")
        peer = await house.hire("Tom Baker", manager=boss, language="en")
        await peer.say("/language en")
        await customer_of(rep, "Nordhaus Electronics Ltd")
        await boss.say("/team")
        await boss.tap("Emma Clarke")
        await boss.tap("Holds")
        await boss.tap("Hand over")
        await boss.tap("To one colleague")
        shown = await boss.tap("Tom Baker")
        assert "→ Tom Baker 1: Nordhaus" in shown
        assert "1 customer of Emma Clarke is handed over." in await boss.tap("✓ Hand over")
        assert "1 customer of Emma Clarke is yours now" in peer.screen()


class TestLeaving:
    @pytest.mark.feature("BY23")
    async def test_who_owns_customers_hands_over_first_and_then_leaves(self, house: House):
        admin, _, rep, peer = await office(house)
        await admin.say("/admin")
        await admin.tap("李娜")
        shown = await admin.tap("已离职")
        assert "名下还有 4 家客户，要先交接" in shown
        assert not any("是，已离职" in label for label in admin.buttons())
        await admin.tap_on(last_card(admin), data=f"leave:{rep.employee_id}:0")
        assert admin.toast == "李娜名下还有 4 家客户，请先交接。"
        await admin.tap("先交接客户")
        assert "李娜的权限立即停止" in admin.screen()
        await admin.tap("全给一位同事")
        await admin.tap("陈晓东")
        shown = await admin.tap("确认交接并停权")
        assert "李娜的 4 家客户已交接" in shown
        assert "李娜已离职" in shown
        assert await owners(house) == ["陈晓东"] * 4
        assert "交给您了" in peer.screen()
        assert "只为公司员工服务" in await rep.say("华宁")

    @pytest.mark.feature("BY23")
    async def test_who_walked_out_is_cut_off_at_once_and_the_manager_gets_all_first(self, house: House):
        admin, boss, rep, peer = await office(house)
        await admin.say("/admin")
        await admin.tap("李娜")
        await admin.tap("已离职")
        shown = await admin.tap("立即停权，先给王海燕")
        assert "李娜已离职" in shown
        assert await owners(house) == ["王海燕"] * 4
        assert "李娜的 4 家客户交给您了" in boss.screen()
        assert "只为公司员工服务" in await rep.say("/today")
        await boss.tap("看这些客户")
        assert "华宁" in "".join(boss.buttons())
        assert "交给您了" not in everything(peer)

    async def test_a_manager_s_reports_go_to_the_superior(self, house: House):
        admin = await house.hire("蒋涛", Role.ADMIN)
        chief = await house.hire("赵立", Role.MANAGER)
        boss = await house.hire("王海燕", Role.MANAGER, manager=chief)
        rep = await house.hire("李娜", manager=boss)
        await admin.say("/admin")
        await admin.tap("王海燕")
        assert "还有 1 位下属" in await admin.tap("已离职")
        await admin.tap("立即停权，先给赵立")
        async with house.db.unit() as session:
            assert (await session.get_one(Employee, rep.employee_id)).manager_id == chief.employee_id


class TestOneCustomer:
    @pytest.mark.feature("HO03")
    async def test_the_owner_gives_one_to_a_colleague_with_a_reason(self, house: House):
        _, _, rep, peer = await office(house)
        await rep.say("华宁")
        await behind_more(rep, "移交")
        await rep.tap("陈晓东")
        await rep.tap("+ 原因")
        await rep.say("客户搬到上海")
        shown = await rep.tap("保存")
        assert "深圳市华宁电子已交给陈晓东" in shown
        told = peer.screen()
        assert "李娜把这家客户交给您了：客户搬到上海" in told
        assert "王建国" in told
        assert "谈了年框" in told
        assert "已撤销" in await rep.tap("撤销")
        assert (await owners(house))[0] == "李娜"

    async def test_a_superior_gives_it_away_and_the_owner_is_told(self, house: House):
        _, boss, rep, peer = await office(house)
        await boss.say("华宁")
        await behind_more(boss, "移交")
        await boss.tap("陈晓东")
        await boss.tap("保存")
        assert "王海燕把深圳市华宁电子交给了陈晓东" in rep.screen()
        assert "李娜把这家客户交给您了。" in peer.screen()


class TestByTheFlow:
    async def asked(self, house: House) -> tuple[Person, Person, Person]:
        """李娜 asks by the company's flow to give 华宁 to 陈晓东."""
        _, boss, rep, peer = await office(house)
        await rep.say("/apply 客户转移")
        await rep.say("华宁")
        await rep.tap("陈晓东")
        assert "直接主管 王海燕 → 接收人 陈晓东" in await rep.say("客户搬到东莞，归他的片区")
        assert "✓ 已提交" in await rep.tap("📤 提交")
        return boss, rep, peer

    @pytest.mark.feature("HO02")
    async def test_it_moves_when_the_last_has_signed(self, house: House):
        boss, rep, peer = await self.asked(house)
        shown = boss.screen()
        assert "客户：深圳市华宁电子" in shown
        assert "转给谁：陈晓东" in shown
        assert "现在由李娜负责" in shown
        await boss.tap("✅ 同意")
        assert (await owners(house))[0] == "李娜"
        await peer.tap("✅ 同意")
        assert (await owners(house))[0] == "陈晓东"
        assert "✅ 已批准：客户转移，陈晓东 终审" in rep.screen()
        told = next(one["text"] for one in peer.answers() if "把这家客户交给您了" in (one.get("text") or ""))
        assert "李娜把这家客户交给您了：客户搬到东莞，归他的片区" in told
        assert "谈了年框" in told

    @pytest.mark.feature("HO02")
    async def test_given_away_meanwhile_there_is_nothing_to_sign(self, house: House):
        boss, rep, _ = await self.asked(house)
        card = last_card(boss)
        await boss.say("华宁")
        await behind_more(boss, "移交")
        await boss.tap("陈晓东")
        await boss.tap("保存")
        assert "已撤回" in text_of(boss, card)
        assert any("情况有变，已关闭：客户转移" in (one.get("text") or "") for one in rep.answers())

    async def test_asked_twice_it_says_so(self, house: House):
        _, rep, _ = await self.asked(house)
        await rep.say("/apply 客户转移")
        await rep.say("华宁")
        await rep.tap("陈晓东")
        await rep.say("再申请一次")
        assert "已申请转移，还没有审批完" in await rep.tap("📤 提交")

    @pytest.mark.feature("HO02")
    async def test_in_english(self, house: House):
        boss, rep, peer = await self.asked(house)
        for person in (boss, rep, peer):
            await person.say("/language")
            await person.tap("English")
        await boss.say("/approvals")
        await boss.tap("Customer tran")
        assert "Looked after by 李娜 now" in boss.screen()
        await boss.tap("✅ Approve")
        await peer.tap("✅ Approve")
        assert "Approved: Customer transfer" in rep.screen()
        assert (await owners(house))[0] == "陈晓东"


class TestTeam:
    @pytest.mark.feature("HO02")
    async def test_colleagues_are_added_changed_and_taken_off(self, house: House):
        _, _, rep, peer = await office(house)
        await peer.say("华宁")
        assert "谈了年框" not in peer.screen()
        await rep.say("华宁")
        assert "还没有同事协助" in await behind_more(rep, "团队")
        await rep.tap("➕ 同事")
        await rep.tap("技术支持")
        shown = await rep.tap("陈晓东")
        assert "陈晓东 · 技术支持" in shown
        assert "李娜请您协助深圳市华宁电子：技术支持" in peer.screen()
        assert "谈了年框" in await peer.tap("打开档案")
        await rep.tap("陈晓东")
        assert "陈晓东 · 交付实施" in await rep.tap("交付实施")
        assert "深圳市华宁电子：交付实施" in peer.screen()
        await rep.tap("陈晓东")
        assert "还没有同事协助" in await rep.tap("不再协助")
        assert "您不再协助深圳市华宁电子" in peer.screen()
        assert "谈了年框" not in await peer.say("华宁")

    async def test_who_helps_may_step_back(self, house: House):
        _, _, rep, peer = await office(house)
        await rep.say("华宁")
        await behind_more(rep, "团队")
        await rep.tap("➕ 同事")
        await rep.tap("技术支持")
        await rep.tap("陈晓东")
        await peer.tap("打开档案")
        await behind_more(peer, "团队")
        assert "您不再协助深圳市华宁电子" in await peer.tap("我不再协助")
        assert "谈了年框" not in await peer.say("华宁")


class TestStandIns:
    @pytest.mark.feature("HO02")
    async def test_a_rep_names_one_for_the_own_leave_and_it_ends_by_itself(self, house: House):
        _, boss, rep, peer = await office(house)
        await rep.say("替班")
        await rep.tap("安排替班")
        await rep.tap("陈晓东")
        await rep.tap("今天")
        await rep.say("后天")
        await rep.tap("+ 原因")
        await rep.say("休年假")
        shown = await rep.tap("保存")
        assert "陈晓东替李娜的班" in shown
        assert "2026-03-11" in shown
        assert "2026-03-13" in shown
        assert "陈晓东替李娜的班" in peer.screen()
        assert "谈了年框" in await peer.say("华宁")
        assert "陈晓东替李娜的班" in await card_of(boss, "李娜")
        house.clock.advance(timedelta(days=3))
        assert "谈了年框" not in await peer.say("华宁")
        assert "目前没有人替班" in await rep.say("替班")

    @pytest.mark.feature("HO02")
    async def test_a_manager_names_one_for_a_report_and_ends_it_early(self, house: House):
        _, boss, rep, peer = await office(house)
        await card_of(boss, "李娜")
        await boss.tap("🧍 替班")
        await boss.tap("安排替班")
        await boss.tap("陈晓东")
        await boss.tap("今天")
        await boss.say("下周三")
        await boss.tap("保存")
        assert "陈晓东替李娜的班" in rep.screen()
        assert "陈晓东替李娜的班" in peer.screen()
        assert "谈了年框" in await peer.say("华宁")
        shown = await boss.tap("结束：陈晓东")
        assert "目前没有人替班" in shown
        assert "陈晓东不再替李娜的班" in rep.screen()
        assert "谈了年框" not in await peer.say("华宁")

    async def test_two_at_once_and_days_that_are_over_are_told(self, house: House):
        _, _, rep, _ = await office(house)
        for expected in ("已保存", "已有陈晓东替班"):
            await rep.say("/away")
            await rep.tap("安排替班")
            await rep.tap("陈晓东")
            await rep.tap("今天")
            await rep.say("后天")
            assert expected in await rep.tap("保存")
        assert "从哪天开始" in rep.screen()
