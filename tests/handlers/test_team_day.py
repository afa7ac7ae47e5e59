"""A rep's day as one card, nudges about it, and what changed at customers since yesterday (VI07 PL07 PL13 RE09)."""

from datetime import date

import pytest

from crm_core.audit.service import act_as
from crm_core.customers.models import Customer
from crm_core.org import queries
from crm_core.org.models import Role
from crm_core.plans import service as plans
from crm_core.plans.service import AddLine
from crm_core.tasks.service import GiveTask, finish_share, give_task
from crm_core.visits.commands import FinishVisit, StartVisit
from crm_core.visits.models import VisitKind
from crm_core.visits.service import finish_visit, start_visit
from tests.crm_core.plans.work import everybody_has_planned
from tests.handlers.scene import RUIJIN, customer_of, last_card, visit_of
from tests.handlers.test_reminders import morning, shanghai
from tests.support.chat import House, Person


@pytest.fixture
async def boss(house: House) -> Person:
    boss = await house.hire("王海燕", Role.MANAGER)
    await boss.say("/start")
    return boss


@pytest.fixture
async def rep(house: House, boss: Person) -> Person:
    rep = await house.hire("李娜", manager=boss)
    await rep.say("/start")
    return rep


async def plan(person: Person, day: date, customer: int | None = None, what: str | None = None) -> int:
    async with person.house.db.unit() as session:
        actor = await queries.actor(session, person.employee_id)
        act_as(session, actor.id)
        return (await plans.add_line(session, actor, AddLine(day=day, customer=customer, what=what))).id


async def act(person: Person, verb, *args):
    async with person.house.db.unit() as session:
        actor = await queries.actor(session, person.employee_id)
        act_as(session, actor.id)
        return await verb(session, actor, *args)


def _begins(customer: int, where: tuple[float, float]) -> StartVisit:
    return StartVisit(customer=customer, kind=VisitKind.RETURN, location=where)


async def place_of(house: House, customer_id: int, latitude: float, longitude: float) -> None:
    """Where the customer is known to be."""
    async with house.db.unit() as session:
        customer = await session.get_one(Customer, customer_id)
        customer.latitude, customer.longitude = latitude, longitude


WEDNESDAY = date(2026, 3, 11)


class TestTheDay:
    @pytest.mark.feature("VI07", "PL07")
    async def test_plan_against_done_places_gaps_and_what_has_no_record(self, house: House, boss: Person, rep: Person):
        house.clock.set(shanghai("2026-03-11", "08:40"))
        huaning = await customer_of(rep)
        ruijin = await customer_of(rep, RUIJIN)
        kaixuan = await customer_of(rep, "深圳市凯旋光电有限公司")
        changying = await customer_of(rep, "东莞市长盈精密有限公司")
        for one in (huaning, ruijin):
            await plan(rep, WEDNESDAY, one)
        moved = await plan(rep, WEDNESDAY, kaixuan)
        await act(rep, plans.move_line, moved, date(2026, 3, 13))
        house.clock.set(shanghai("2026-03-11", "17:30"))
        await visit_of(rep, huaning, summary="谈了年框", happened_at=shanghai("2026-03-11", "09:10"))
        await visit_of(rep, changying, summary="路过送样", happened_at=shanghai("2026-03-11", "16:20"))
        await boss.say("/team")
        shown = await boss.tap("李娜")
        assert "李娜 · 2026-03-11" in shown
        assert "计划 2 项：✓ 完成 1 · ○ 未做 1 · → 改期 1" in shown
        assert "○ 没有记录：上海瑞金医疗器械" in shown
        assert "拜访：2 · 签到：0 · 计划外：1" in shown
        assert "最早 09:10，最晚 16:20 · ⏸ 空档 09:10–16:20" in shown
        assert "09:10 深圳市华宁电子 · 拜访 · 谈了年框" in shown
        assert "16:20 东莞市长盈精密 · 拜访 · 计划外 · 路过送样" in shown
        assert len([line for line in shown.splitlines() if line]) <= 8
        assert {"🏢 拜访", "📅 计划", "☑ 任务", "👋 催一下", "✉ 说一句", "‹ 前一天"} <= set(boss.buttons())

    @pytest.mark.feature("VI07")
    async def test_where_a_visit_began_and_how_far_from_the_customer(self, house: House, boss: Person, rep: Person):
        near = await customer_of(rep)
        far = await customer_of(rep, RUIJIN)
        for one in (near, far):
            await place_of(house, one, 22.5405, 113.9346)
        house.clock.set(shanghai("2026-03-11", "09:00"))
        begun = await act(rep, start_visit, _begins(near, (22.5406, 113.9347)))
        house.clock.set(shanghai("2026-03-11", "09:45"))
        await act(rep, finish_visit, FinishVisit(visit_id=begun.id, kind=VisitKind.RETURN, summary="谈了年框"))
        await visit_of(rep, far, summary="电话说下周再约", location=(22.60, 114.05))
        await boss.say("/team")
        shown = await boss.tap("李娜")
        assert "拜访：2 · 签到：1 · ⚠ 1" in shown
        assert "09:00 深圳市华宁电子 · 拜访 · 已签到 · 45 分钟 · 谈了年框" in shown
        assert "09:45 上海瑞金医疗器械 · 拜访 · ⚠ 远离客户 13" in shown
        await boss.tap("🏢 拜访")
        await boss.tap("09:45 上海瑞金")
        assert "电话说下周再约" in boss.screen()

    @pytest.mark.feature("PL13", "PL07")
    async def test_tasks_done_and_overdue_stand_on_the_day_and_the_list_is_a_tap_away(
        self, house: House, boss: Person, rep: Person
    ):
        done, late = [
            await act(boss, give_task, GiveTask(what=what, due_on=WEDNESDAY, employee=rep.employee_id))
            for what in ("收集三家对手的报价", "交月报")
        ]
        house.clock.set(shanghai("2026-03-12", "10:00"))
        await act(rep, finish_share, done.id, "三家都拿到了")
        await boss.say("/team")
        shown = await boss.tap("李娜")
        assert "完成任务：1 · ⚠ 逾期任务：1" in shown
        await boss.tap("☑ 任务")
        assert any("交月报" in one for one in boss.buttons())
        assert late.id

    @pytest.mark.feature("VI07")
    async def test_from_person_to_person_and_day_to_day(self, house: House, boss: Person, rep: Person):
        for name in ("陈晓东", "周立"):
            await house.hire(name, manager=boss)
        await boss.say("/team")
        await boss.tap("李娜")
        beside = [one for one in boss.buttons() if one.startswith("‹ ") or one.endswith(" ›")]
        assert "‹ 前一天" in beside
        await boss.tap("‹ 前一天")
        assert "2026-03-10" in boss.screen()
        steps = 0
        while any(one.endswith(" ›") and "后一天" not in one for one in boss.buttons()):
            await boss.tap(next(one for one in boss.buttons() if one.endswith(" ›") and "后一天" not in one))
            assert "2026-03-10" in boss.screen()
            steps += 1
        while any(one.startswith("‹ ") and "前一天" not in one for one in boss.buttons()):
            await boss.tap(next(one for one in boss.buttons() if one.startswith("‹ ") and "前一天" not in one))
            steps += 1
        assert steps >= 2


class TestNudges:
    @pytest.mark.feature("VI07", "PL07")
    async def test_what_is_missing_is_asked_for_once_a_day_and_settled_by_the_visit(
        self, house: House, boss: Person, rep: Person
    ):
        house.clock.set(shanghai("2026-03-11", "08:40"))
        await plan(rep, WEDNESDAY, await customer_of(rep))
        house.clock.set(shanghai("2026-03-11", "17:40"))
        await boss.say("/team")
        await boss.tap("李娜")
        await boss.tap("👋 催一下")
        assert boss.toast == "👋 已催。"
        await boss.tap("👋 催一下")
        assert "今天已经催过" in (boss.toast or "")
        await house.tick()
        asked = next(one for one in rep.answers() if "请补记" in one.get("text", ""))
        assert "请补记 2026-03-11 的拜访：深圳市华宁电子" in asked["text"]
        assert "王海燕催您尽快办一下" in asked["text"]
        card = asked["message_id"]
        await rep.say("拜访 华宁 谈了年框，下周三送样")
        await rep.tap("保存")
        settled = next(one["text"] for one in rep.answers() if one["message_id"] == card)
        assert "✓ 已补上" in settled
        await boss.say("/team")
        await boss.tap("李娜")
        await boss.tap("👋 催一下")
        assert "没有缺的" in (boss.toast or "")

    @pytest.mark.feature("PL07")
    async def test_at_night_a_nudge_waits_for_the_morning(self, house: House, boss: Person, rep: Person):
        house.clock.set(shanghai("2026-03-11", "21:30"))
        await boss.say("/team")
        await boss.tap("李娜")
        await boss.tap("👋 催一下")
        await house.tick()
        assert "请补记" not in rep.screen()
        await morning(house, "2026-03-12", "09:00")
        assert any("请补记 2026-03-11 做了什么" in one.get("text", "") for one in rep.answers())


class TestChanges:
    @pytest.mark.feature("RE09")
    async def test_what_changed_since_the_last_working_day_stands_in_the_digest_and_on_one_card(
        self, house: House, boss: Person, rep: Person
    ):
        """客户是否发生变化?"""
        house.clock.set(shanghai("2026-03-06", "10:00"))
        old = await customer_of(rep, "深圳市凯旋光电有限公司", type="c")
        house.clock.set(shanghai("2026-03-11", "10:00"))
        await customer_of(rep, contact_name="王建国", phone="13800138000")
        await rep.say("凯旋")
        await rep.tap_on(last_card(rep), data=f"customer.field:{old}:1:type")
        await rep.tap("B类·成长")
        await morning(house, "2026-03-12")
        assert "团队客户变化" in boss.screen()
        assert "2026-03-11 起 2 家客户有 3 处变化" in boss.screen()
        await boss.tap("🔄 团队客户变化")
        assert "李娜 · 新客户 1 · 换类型 1 · 新联系人 1" in boss.screen()
        await boss.tap("李娜")
        assert "深圳市华宁电子 · 新客户 · 新联系人" in boss.screen()
        assert "深圳市凯旋光电 · 换类型" in boss.screen()
        await boss.tap("深圳市华宁电子")
        assert "王建国" in boss.screen()
        assert "客户变化" not in rep.screen()

    @pytest.mark.feature("RE09")
    async def test_on_monday_it_tells_of_friday_and_without_changes_nothing_comes(
        self, house: House, boss: Person, rep: Person
    ):
        await everybody_has_planned(house.db)
        house.clock.set(shanghai("2026-03-13", "16:00"))
        await customer_of(rep)
        await morning(house, "2026-03-16")
        assert "2026-03-13 起 1 家客户有 1 处变化" in boss.screen()
        before = len(boss.answers())
        await morning(house, "2026-03-18")
        assert len(boss.answers()) == before
        await boss.say("客户变化")
        assert "没有变化" in boss.screen()

    @pytest.mark.feature("RE09")
    async def test_another_team_s_customers_are_nobody_else_s_matter(self, house: House, boss: Person, rep: Person):
        other = await house.hire("郑凯", Role.MANAGER)
        await house.hire("吴佳怡", manager=other)
        await customer_of(rep)
        await other.say("客户变化")
        assert "没有变化" in other.screen()
        await other.tap_on(last_card(other), data=f"changes.of:{rep.employee_id}:0")
        assert "华宁" not in other.screen()
