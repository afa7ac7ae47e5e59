"""The week chain on the phone: visits of the day, next week's plan, who has none, weeks to score, the month, tasks."""

from datetime import date

import pytest
from sqlalchemy import select

from crm_core.audit.service import act_as
from crm_core.customers.models import Customer
from crm_core.leave.models import Absence
from crm_core.occurrences.models import Occurrence
from crm_core.org import queries
from crm_core.org.models import Role
from crm_core.plans import service, weeks
from crm_core.plans.models import WeekPlan
from crm_core.plans.service import AddLine
from crm_core.plans.weeks import ReviewWeek
from crm_core.playbook import service as playbook
from crm_core.tasks.service import GiveTask, give_task
from tests.handlers.requests import firm, travel
from tests.handlers.scene import HUANING, RUIJIN, customer_of, text_of
from tests.handlers.test_reminders import morning
from tests.support.chat import House, Person

WEDNESDAY, THURSDAY, FRIDAY = date(2026, 3, 11), date(2026, 3, 12), date(2026, 3, 13)
MONDAY, NEXT = date(2026, 3, 16), date(2026, 3, 23)


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


async def planned(person: Person, day: date, customer: int | None = None, what: str | None = None) -> int:
    async with person.house.db.unit() as session:
        act_as(session, person.employee_id)
        actor = await queries.actor(session, person.employee_id)
        assert actor is not None
        line = await service.add_line(session, actor, AddLine(day=day, customer=customer, what=what))
    await person.house.settle()
    return line.id


async def tick(house: House, day: date, at: str = "08:30") -> None:
    await morning(house, day.isoformat(), at)


def said(person: Person, words: str) -> list[int]:
    """The messages with these words, as they read now."""
    return [one["message_id"] for one in person.answers() if words in (one.get("text") or "")]


async def states(house: House, rule: str) -> list[str]:
    async with house.db.unit() as session:
        found = select(Occurrence.state).where(Occurrence.rule == rule).order_by(Occurrence.id)
        return list(await session.scalars(found))


class TestVisits:
    @pytest.mark.feature("RE02")
    async def test_a_planned_visit_stands_in_the_digest_of_the_day_before_and_of_the_day(
        self, house: House, rep: Person
    ):
        await planned(rep, FRIDAY, await customer_of(rep))
        await tick(house, THURSDAY)
        assert "计划明天拜访" in rep.screen()
        await tick(house, FRIDAY)
        assert "计划今天拜访" in rep.screen()
        (card,) = said(rep, "计划今天拜访")
        await rep.tap_on(card, button="🗓 深圳市华宁电子")
        await rep.say("谈了年框，下周三送样")
        await rep.tap("保存")
        assert "✓ 已处理" in text_of(rep, card)
        assert await states(house, "plan.visit") == ["done"]

    async def test_a_line_that_moves_is_told_by_its_new_day(self, house: House, rep: Person):
        line = await planned(rep, THURSDAY, await customer_of(rep))
        await tick(house, WEDNESDAY, "10:00")
        async with house.db.unit() as session:
            act_as(session, rep.employee_id)
            actor = await queries.actor(session, rep.employee_id)
            await service.move_line(session, actor, line, FRIDAY)
        await tick(house, THURSDAY)
        assert "计划明天拜访" in rep.screen()
        assert (await states(house, "plan.visit"))[0] == "done"

    async def test_of_one_customer_the_digest_has_one_line(self, house: House, rep: Person):
        huaning = await customer_of(rep)
        await tick(house, date(2026, 3, 24), "10:00")
        await planned(rep, date(2026, 3, 26), huaning)
        await tick(house, date(2026, 3, 25))
        assert "1 件事等您处理" in rep.screen()
        assert "计划明天拜访" in rep.screen()

    @pytest.mark.feature("RE02")
    async def test_at_half_past_five_one_message_asks_for_the_visits_without_a_record(self, house: House, rep: Person):
        for name in (HUANING, RUIJIN):
            await planned(rep, THURSDAY, await customer_of(rep, name))
        await tick(house, THURSDAY)
        await tick(house, THURSDAY, "17:29")
        assert said(rep, "还没记拜访") == []
        await tick(house, THURSDAY, "17:30")
        await tick(house, THURSDAY, "17:40")
        (card,) = said(rep, "还没记拜访：2 家")
        await rep.tap_on(card, button="📝 深圳市华宁电子")
        await rep.say("谈了年框")
        await rep.tap("保存")
        assert "还没记拜访：1 家" in text_of(rep, card)
        await rep.tap_on(card, button="📝 上海瑞金医疗器械")
        await rep.say("送了样品")
        await rep.tap("保存")
        assert "✓ 都记好了" in text_of(rep, card)
        assert await states(house, "plan.log") == ["done"]

    async def test_all_logged_or_a_day_off_is_not_asked(self, house: House, rep: Person):
        huaning = await customer_of(rep)
        await planned(rep, THURSDAY, huaning)
        await planned(rep, date(2026, 3, 14), huaning)
        house.clock.set(house.clock.now().replace(day=12, hour=6))
        await rep.say("拜访 华宁 谈了年框")
        await rep.tap("保存")
        for day in (THURSDAY, date(2026, 3, 14), MONDAY):
            await tick(house, day, "17:30")
        assert said(rep, "还没记拜访") == []


class TestTheWeek:
    @pytest.mark.feature("RE04", "CD07")
    async def test_on_friday_at_four_the_next_week_is_asked_for_with_a_way_into_its_suggestions(
        self, house: House, rep: Person
    ):
        huaning = await customer_of(rep)
        async with house.db.unit() as session:
            act_as(session, rep.employee_id)
            (await session.get_one(Customer, huaning)).next_step_on = date(2026, 3, 18)
        await tick(house, FRIDAY, "15:59")
        assert said(rep, "下周还没排计划") == []
        await tick(house, FRIDAY, "16:00")
        await tick(house, FRIDAY, "16:20")
        (card,) = said(rep, "下周还没排计划")
        await rep.tap_on(card, button="💡 建议")
        assert "💡 建议 03-16 – 03-22" in rep.screen()
        await rep.tap("全部加入")
        assert "✓ 已排计划" in text_of(rep, card)
        await tick(house, MONDAY)
        assert said(rep, "这周还没有计划") == []

    @pytest.mark.feature("CD07")
    async def test_it_is_asked_when_the_company_says(self, house: House, rep: Person):
        text = playbook.default_text().replace(
            'plan_prompt: {day: 5, at: "16:00"}', 'plan_prompt: {day: 4, at: "14:30"}'
        )
        async with house.db.unit() as session:
            await playbook.apply(session, rep.employee_id, text)
        await tick(house, THURSDAY, "14:29")
        assert said(rep, "下周还没排计划") == []
        await tick(house, THURSDAY, "14:30")
        assert len(said(rep, "下周还没排计划")) == 1
        await tick(house, FRIDAY, "16:00")
        assert len(await states(house, "plan.prompt")) == 1

    @pytest.mark.feature("RE04", "BY19")
    async def test_it_can_be_put_off(self, house: House, rep: Person):
        await tick(house, FRIDAY, "16:00")
        await rep.tap("稍后 ▾")
        await rep.tap("1 小时后")
        before = len(rep.answers())
        await tick(house, FRIDAY, "17:00")
        assert len(rep.answers()) == before + 1
        assert "下周还没排计划" in rep.screen()

    @pytest.mark.feature("RE04")
    async def test_on_monday_who_has_none_hears_it_in_the_digest_and_at_noon_the_manager_does_who_nudges(
        self, house: House, rep: Person, boss: Person
    ):
        peer = await house.hire("陈晓东", manager=boss)
        await peer.say("/start")
        away = await house.hire("周立", manager=boss)
        ready = await house.hire("何小雨", manager=boss)
        await planned(ready, MONDAY, what="整理样品间")
        async with house.db.unit() as session:
            act_as(session, away.employee_id)
            session.add(
                Absence(
                    employee_id=away.employee_id,
                    kind="annual",
                    since=MONDAY,
                    until=date(2026, 3, 18),
                    days=3,
                    state="approved",
                    created_at=house.clock.now(),
                )
            )
        await tick(house, MONDAY)
        assert "这周还没有计划" in rep.screen()
        assert said(ready, "这周还没有计划") == []
        await tick(house, MONDAY, "11:59")
        assert said(boss, "这周还没有计划") == []
        await tick(house, MONDAY, "12:00")
        (card,) = said(boss, "这周还没有计划：2 人")
        assert "周立" not in text_of(boss, card)
        await boss.tap_on(card, button="👋 李娜")
        assert boss.toast == "👋 已催 1 人。"
        await boss.tap_on(card, button="👋 李娜")
        assert boss.toast == "今天已经催过，或者已经办好了。"
        await tick(house, MONDAY, "12:10")
        (asked,) = said(rep, "王海燕催您尽快办一下")
        assert said(peer, "王海燕催您尽快办一下") == []
        await rep.tap_on(asked, button="💡 建议")
        assert "03-16 – 03-22" in rep.screen()
        await planned(rep, THURSDAY.replace(day=19), what="写方案")
        assert "✓ 已排计划" in text_of(rep, asked)
        assert "这周还没有计划：1 人" in text_of(boss, card)
        await boss.tap_on(card, button="👥 全部名单")
        assert "没有计划：1 人" in boss.screen()
        await boss.tap("👋 陈晓东")
        assert "✓ 陈晓东" in boss.buttons()
        await planned(peer, THURSDAY.replace(day=19), what="写方案")
        assert "✓ 都有计划了" in text_of(boss, card)

    async def test_all_are_nudged_at_once_even_who_has_switched_the_kind_off(
        self, house: House, rep: Person, boss: Person
    ):
        peer = await house.hire("陈晓东", manager=boss)
        await peer.say("/start")
        await tick(house, MONDAY)
        await rep.tap("稍后 ▾")
        await rep.tap("🔕 不再提醒此类")
        await tick(house, MONDAY, "12:00")
        await boss.tap("👋 全部催一下")
        assert boss.toast == "👋 已催 2 人。"
        await tick(house, MONDAY, "12:10")
        for person in (rep, peer):
            assert len(said(person, "王海燕催您尽快办一下")) == 1


async def handed_in(house: House, *people: Person, day: date = THURSDAY) -> None:
    """Their weeks are over on the next Monday."""
    for person in people:
        await planned(person, day, what="整理样品间")


class TestScores:
    @pytest.mark.feature("PL09", "TG15")
    async def test_a_superior_hears_once_of_all_weeks_and_the_message_is_done_with_the_last_score(
        self, house: House, rep: Person, boss: Person
    ):
        peer = await house.hire("陈晓东", manager=boss)
        await peer.say("/start")
        await handed_in(house, rep, peer)
        await tick(house, date(2026, 3, 15), "10:00")  # Sunday
        assert said(boss, "待评价的周计划") == []
        await tick(house, MONDAY)
        await tick(house, MONDAY, "09:00")
        (card,) = said(boss, "待评价的周计划：2 份")
        await boss.tap_on(card, button="李娜 · 03-09 – 03-15")
        await boss.tap("4 分")
        await boss.tap("干得好")
        assert "待评价的周计划：1 份" in text_of(boss, card)
        await tick(house, date(2026, 3, 17))
        assert len(said(boss, "待评价的周计划：1 份")) == 2, "the digest lists what still waits"
        await boss.tap_on(card, button="陈晓东 · 03-09 – 03-15")
        await boss.tap("5 分")
        await boss.tap("干得好")
        assert await states(house, "plan.review") == ["done"]

    @pytest.mark.feature("PL10")
    async def test_in_a_new_month_everybody_hears_the_score_of_the_last_and_the_superior_all_of_them(
        self, house: House, rep: Person, boss: Person
    ):
        await handed_in(house, rep)
        await tick(house, MONDAY)
        async with house.db.unit() as session:
            act_as(session, boss.employee_id)
            actor = await queries.actor(session, boss.employee_id)
            plan_id = await session.scalar(select(WeekPlan.id))
            await weeks.review(session, actor, ReviewWeek(plan_id=plan_id, score=4))
        await tick(house, date(2026, 3, 31))
        assert said(rep, "上个月得分") == []
        await tick(house, date(2026, 4, 1))
        (card,) = said(rep, "上个月得分：4.0 分")
        await rep.tap_on(card, button="⭐ 2026-03")
        assert "本月得分：4.0 分" in rep.screen()
        assert "✓ 已看" in text_of(rep, card)
        (list_,) = said(boss, "上个月有得分：1 人")
        await boss.tap_on(list_, button="👥 2026-03")
        assert boss.buttons()[0] == "⭐ 4.0 · 李娜"
        await boss.tap("⭐ 4.0 · 李娜")
        assert "本月得分：4.0 分" in boss.screen()
        await tick(house, date(2026, 4, 2))
        assert len(said(rep, "上个月得分：4.0 分")) == 0


class TestTasks:
    @pytest.mark.feature("RE10")
    async def test_a_task_is_told_the_day_before_and_done_with_one_tap_on_the_digest(
        self, house: House, rep: Person, boss: Person
    ):
        await given(boss, rep, FRIDAY)
        await tick(house, THURSDAY)
        (card,) = said(rep, "任务，明天到期")
        await rep.tap_on(card, button="✓ 交三家对手的报价")
        assert "✓ 已处理" in text_of(rep, card)
        assert "任务完成了" in boss.screen()
        assert await states(house, "task.due") == ["done"]

    @pytest.mark.feature("RE10", "RE09")
    async def test_who_gave_it_finds_what_is_overdue_for_long_in_the_weekly_list(self, house: House, rep: Person):
        office = await house.hire("孙雪", Role.OPERATIONS)
        await office.say("/start")
        await given(office, rep, FRIDAY)
        for day in (THURSDAY, MONDAY):
            await tick(house, day)
        assert "超期 3 天" in rep.screen()
        await tick(house, NEXT)
        await office.tap("李娜 · 交三家对手的报价")
        assert "任务，超期 10 天" in office.screen()
        await office.tap("👋 催一下")
        await tick(house, NEXT, "09:00")
        assert "孙雪催您尽快办一下" in rep.screen()

    @pytest.mark.feature("RE10")
    async def test_the_next_in_a_flow_is_prompted_when_it_is_their_turn(self, house: House):
        rep, boss, director, _finance = await firm(house)
        await travel(rep, "8000")
        assert "出差申请" in boss.screen()
        before = said(director, "出差申请")
        await boss.tap("✅ 同意")
        assert len(said(director, "出差申请")) == len(before) + 1


async def given(by: Person, to: Person, due_on: date) -> None:
    async with by.house.db.unit() as session:
        act_as(session, by.employee_id)
        actor = await queries.actor(session, by.employee_id)
        assert actor is not None
        await give_task(session, actor, GiveTask(what="交三家对手的报价", due_on=due_on, employee=to.employee_id))
