"""Who decides at a customer, in the chat: roles, attitude, reporting lines, relations, the tree, who knows whom."""

from datetime import timedelta
from typing import Any

import pytest

from crm_core.contacts.models import DecisionRole
from crm_core.customers.team import add_member
from crm_core.org import queries
from crm_core.org.models import Role
from tests.handlers.scene import HUANING, RUIJIN, contact_of, contacts, customer_of, first_contact, visit_of
from tests.support.chat import House, Person


def photo(person: Person) -> dict[str, Any]:
    """The picture of the last message that has one, as the messenger measured it."""
    return next(one["photo"][-1] for one in reversed(person.answers()) if one.get("photo"))


async def huaning(rep: Person) -> int:
    """The director, the purchasing manager under him, an engineer."""
    customer = await customer_of(rep, contact_name="王建国", phone="13800138000", city="深圳")
    await contact_of(rep, customer, "李芳", title="采购经理")
    await contact_of(rep, customer, "陈工", title="工程师")
    return customer


async def open_contact(person: Person, name: str, words: str = "华宁") -> None:
    await person.say(words)
    await person.tap("👤 联系人")
    await person.tap(name)


class TestStanding:
    @pytest.mark.feature("CT04")
    async def test_a_person_has_several_decision_roles_each_set_with_one_tap(self, house: House):
        rep = await house.hire("李娜")
        await huaning(rep)
        await open_contact(rep, "王建国")
        await rep.tap("决策角色")
        assert rep.buttons()[:5] == ["使用者", "影响者", "购买者", "决策人", "把关者"]
        await rep.tap("决策人")
        shown = await rep.tap("使用者")
        assert "使用者、决策人" in shown
        assert rep.buttons()[:5] == ["☑ 使用者", "影响者", "购买者", "☑ 决策人", "把关者"]
        await rep.tap("☑ 使用者")
        assert "使用者、" not in rep.screen()
        await rep.tap("« 返回")
        await rep.tap("« 返回")
        assert "决策人" in rep.screen()

    async def test_a_role_is_taken_back_like_everything(self, house: House):
        rep = await house.hire("李娜")
        await huaning(rep)
        await open_contact(rep, "王建国")
        await rep.tap("决策角色")
        await rep.tap("决策人")
        await rep.tap("撤销")
        assert (await contacts(house))[0].roles == []
        assert "决策角色" in rep.screen()

    @pytest.mark.feature("CT05")
    async def test_attitude_influence_and_personal_relations_over_customers(self, house: House):
        rep = await house.hire("李娜")
        customer = await huaning(rep)
        await customer_of(rep, RUIJIN, contact_name="单小芳")
        await open_contact(rep, "王建国")
        await rep.tap("决策角色")
        await rep.tap("态度、影响力")
        await rep.tap("友好")
        assert "▲ 友好 · 影响 5/5" in await rep.tap("5")
        await rep.tap("« 返回")
        await rep.tap("« 返回")
        await rep.tap("上下级与关系")
        await rep.tap("私人关系")
        await rep.say("单小芳")
        await rep.tap("校友")
        await rep.tap("+ 备注")
        await rep.say("同济 1998 级")
        assert "校友：单小芳 · 上海瑞金医疗器械（同济 1998 级）" in await rep.tap("保存")
        await rep.tap("私人关系")
        await rep.tap("李芳")
        await rep.tap("不和")
        assert "不和：李芳 采购经理" in await rep.tap("保存")
        await open_contact(rep, "单小芳", "瑞金")
        await rep.tap("更多")
        assert "校友：王建国" in await rep.tap("上下级与关系")
        assert customer

    async def test_the_same_relation_twice_is_told(self, house: House):
        rep = await house.hire("李娜")
        await huaning(rep)
        await open_contact(rep, "王建国")
        await rep.tap("更多")
        await rep.tap("上下级与关系")
        for _ in range(2):
            await rep.tap("私人关系")
            await rep.tap("李芳")
            await rep.tap("老乡")
            await rep.tap("保存")
        assert "已经记过了" in rep.screen()
        await rep.tap("取消")
        await rep.say("华宁")


class TestTree:
    @pytest.mark.feature("CT03")
    async def test_reporting_lines_make_a_tree_opened_from_the_archive(self, house: House):
        rep = await house.hire("李娜")
        await huaning(rep)
        await open_contact(rep, "李芳")
        await rep.tap("更多")
        await rep.tap("上下级与关系")
        await rep.tap("汇报给")
        assert "王建国" in await rep.tap("王建国")
        await rep.say("华宁")
        await rep.tap("更多")
        rep.count_from_here()
        shown = await rep.tap("决策树")
        assert rep.actions == 1
        assert "共 3 人" in shown
        assert rep.buttons()[:3] == ["王建国", "李芳", "陈工"]
        assert photo(rep)["width"] > 500
        text = await rep.tap("看文字")
        assert text.splitlines()[1:4] == ["王建国", "└ 李芳 采购经理", "陈工 工程师"]
        await rep.tap("李芳")
        assert "采购经理" in rep.screen()

    async def test_nobody_reports_to_somebody_below(self, house: House):
        rep = await house.hire("李娜")
        await huaning(rep)
        await open_contact(rep, "李芳")
        await rep.tap("更多")
        await rep.tap("上下级与关系")
        await rep.tap("汇报给")
        await rep.tap("王建国")
        await open_contact(rep, "王建国")
        await rep.tap("更多")
        await rep.tap("上下级与关系")
        await rep.tap("汇报给")
        assert "李芳已经汇报给王建国" in await rep.tap("李芳")
        await rep.tap("取消")

    async def test_who_has_gone_stays_in_the_tree(self, house: House):
        rep = await house.hire("李娜")
        await huaning(rep)
        await open_contact(rep, "陈工")
        await rep.tap("不在这家了")
        await rep.tap("是，不在了")
        await rep.say("华宁")
        await rep.tap("更多")
        assert "共 2 人" in await rep.tap("决策树")
        assert "陈工 工程师 · 已离开" in await rep.tap("看文字")

    async def test_sixty_people_are_shown_in_pages(self, house: House):
        rep = await house.hire("李娜", language="en")
        customer = await customer_of(rep, "Nordhaus Precision Ltd")
        for at in range(60):
            await contact_of(rep, customer, f"Anna K {at:02d}")
        await rep.say("Nordhaus")
        await rep.tap("More")
        assert "60 people" in await rep.tap("Decision tree")
        card = rep.answers()[-1]["message_id"]
        for _ in range(7):
            await rep.tap("Next")
        assert rep.answers()[-1]["message_id"] == card, "its pages turn in one message"
        assert rep.buttons()[:1] == ["Anna K 56"]
        assert not [one for one in rep.buttons() if "Next" in one]


class TestMet:
    @pytest.mark.feature("CT11")
    async def test_meetings_with_who_decided_then_are_counted_by_customer_rep_and_month(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        other = await house.hire("陈晓东", manager=boss)
        customer = await huaning(rep)
        await open_contact(rep, "王建国")
        await rep.tap("决策角色")
        await rep.tap("决策人")
        wang = await first_contact(house, customer)
        await visit_of(rep, customer, contact=wang)
        await visit_of(rep, customer)
        assert "见到决策人 1 次，最近 2026-03-11" in await rep.say("华宁")
        house.clock.advance(timedelta(days=1))
        await open_contact(rep, "王建国")
        await rep.tap("决策角色")
        await rep.tap("☑ 决策人")
        house.clock.advance(timedelta(days=1))
        await visit_of(rep, customer, contact=wang)
        assert "见到决策人 1 次" in await rep.say("华宁")
        await boss.say("/menu")
        assert "本月见到决策人 1 次" in await boss.tap("工作视图")
        await boss.tap("更多")
        shown = await boss.tap("见决策人")
        assert "李娜：1 次，见了 1 位" in shown
        assert "陈晓东：还没见到" in shown
        assert "李娜：还没见到" in await boss.tap("上月")
        assert "陈晓东：还没见到" in boss.screen()
        await other.say("/menu")
        assert "本月见到决策人 0 次" in await other.tap("工作视图")
        assert "李娜" not in await other.tap("见决策人")

    @pytest.mark.feature("CT10")
    async def test_who_of_us_knows_whom_of_them(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        customer = await huaning(rep)
        wang, li, _ = [one.id for one in await contacts(house)]
        for _ in range(2):
            await visit_of(rep, customer, contact=wang)
        await visit_of(boss, customer, contact=li)
        await rep.say("华宁")
        await rep.tap("更多")
        await rep.tap("更多")
        shown = await rep.tap("人脉矩阵")
        assert "还没见过：陈工" in shown
        assert photo(rep)["width"] > 400
        text = await rep.tap("看文字")
        assert "王建国：★李娜 2 次（03-11）" in text
        assert "李芳 采购经理：王海燕 1 次（03-11）；★李娜" in text
        assert "陈工 工程师：还没见过；★李娜" in text

    @pytest.mark.feature("CT02")
    async def test_the_status_with_us_is_found_by_customer_and_by_contact(self, house: House):
        rep = await house.hire("李娜")
        customer = await huaning(rep)
        wang = await first_contact(house, customer)
        await visit_of(rep, customer, contact=wang)
        house.clock.advance(timedelta(days=3))
        await visit_of(rep, customer, contact=wang)
        assert HUANING in await rep.say("王建国")
        await rep.tap("👤 联系人")
        await rep.tap("★ 王建国")
        assert "上次见面 2026-03-14 · 李娜 · 共 2 次" in rep.screen()
        await open_contact(rep, "陈工")
        assert "还没见过" in rep.screen()
        await rep.say("华宁")
        await rep.tap("更多")
        await rep.tap("更多")
        await rep.tap("人脉矩阵")
        assert "王建国：★李娜 2 次（03-14）" in await rep.tap("看文字")

    async def test_a_colleague_of_the_team_looks_after_one_of_them(self, house: House):
        rep, helper = await house.hire("李娜"), await house.hire("何小雨")
        customer = await huaning(rep)
        async with house.db.unit() as session:
            actor = await queries.actor(session, rep.employee_id)
            await add_member(session, actor, customer, helper.employee_id, "technical")
        await open_contact(helper, "陈工")
        await helper.tap("更多")
        assert "负责人：李娜" in await helper.tap("谁负责")
        assert helper.buttons()[:2] == ["✓ 李娜", "何小雨"]
        assert "负责人：何小雨" in await helper.tap("何小雨")
        await rep.say("华宁")
        await rep.tap("更多")
        await rep.tap("更多")
        await rep.tap("人脉矩阵")
        assert "陈工 工程师：还没见过；★何小雨" in await rep.tap("看文字")


class TestRights:
    async def test_who_may_only_read_sees_the_tree_and_changes_nothing(self, house: House):
        rep, money = await house.hire("李娜"), await house.hire("赵敏", Role.FINANCE)
        await huaning(rep)
        await open_contact(money, "李芳")
        await money.tap("更多")
        await money.tap("决策角色")
        assert money.buttons() == ["« 返回"]
        await money.say("华宁")
        await money.tap("更多")
        assert "共 3 人" in await money.tap("决策树")

    async def test_roles_are_told_with_a_new_contact_in_one_line(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        shown = await rep.say("联系人 华宁 王建国 决策人 采购总监")
        assert "王建国" in shown
        await rep.tap("保存")
        made = (await contacts(house))[-1]
        assert (made.name, made.title, made.roles) == ("王建国", "采购总监", [DecisionRole.DECIDER])
