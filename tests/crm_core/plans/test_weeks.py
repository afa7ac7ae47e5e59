"""The week: handed in by itself when it is done, scored once, by who stands above; whatever happens at once."""

import asyncio
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from crm_core.kit.calendars import is_working_day
from crm_core.org.models import Employee
from crm_core.plans import queries, scores, weeks
from crm_core.plans.models import LineState, PlanLine, WeekPlan, WeekState
from crm_core.plans.weeks import SCORES, last_working_day, monday_of
from tests.crm_core.plans.work import FRIDAY, THURSDAY, WEEK, code_of, do, plan, score, submit, week_of
from tests.support.company import Firm

FRIDAY_NOON = datetime(2026, 3, 13, 4, tzinfo=UTC)
MONDAY_MORNING = datetime(2026, 3, 16, 0, 30, tzinfo=UTC)


async def handed_in(firm: Firm, by: str = "owner") -> WeekPlan:
    """A week of one line, that is done on Friday."""
    line = await plan(firm, FRIDAY, what="整理样品间", by=by)
    firm.clock.set(FRIDAY_NOON)
    await do(firm, "finish", line, by=by)
    return await week_of(firm, by)


async def sweep(firm: Firm) -> int:
    async with firm.db.unit() as session:
        return await weeks.submit_due(session)


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_every_day_is_of_one_week_and_every_week_has_a_last_day_of_work(day: date):
    week = monday_of(day)
    assert week.weekday() == 0
    assert week <= day <= week + timedelta(days=6)
    assert week <= last_working_day(week, {}) <= week + timedelta(days=6)


@given(st.dates(date(2000, 1, 1), date(2060, 12, 31)))
def test_every_week_is_of_one_month(day: date):
    week = monday_of(day)
    months = {(week + timedelta(days=at)).replace(day=1) for at in range(7)}
    assert sum(week in scores.weeks_of_month(month) for month in months) == 1
    assert 4 <= len(scores.weeks_of_month(day)) <= 5


def test_a_make_up_saturday_is_the_last_day_of_its_week():
    """Saturday 10 October 2026 is worked for the holidays before it."""
    assert is_working_day(date(2026, 10, 10))
    assert last_working_day(date(2026, 10, 5), {}) == date(2026, 10, 10)


async def test_when_the_last_line_is_done_on_the_last_day_it_goes_by_itself(firm: Firm):
    huaning = await firm.customer()
    early = await plan(firm, THURSDAY, what="写周报")
    await do(firm, "finish", early)
    assert (await week_of(firm)).state == WeekState.DRAFT  # it is Wednesday: more may come
    await plan(firm, FRIDAY, customer=huaning.id)
    firm.clock.set(FRIDAY_NOON)
    await firm.visit(huaning)
    week = await week_of(firm)
    assert (week.state, week.by_itself, week.superior_id) == (WeekState.SUBMITTED, True, firm.people["manager"].id)
    async with firm.db.unit() as session:
        owner = await firm.actor(session)
        told = await queries.sum_of(session, owner, owner.id, WEEK)
    assert (told.count.planned, told.count.done, told.late, told.visits, told.unplanned) == (2, 2, 1, 1, 0)


async def test_a_week_that_is_over_goes_by_itself_whatever_is_open(firm: Firm):
    await plan(firm, what="整理样品间")
    await plan(firm, date(2026, 3, 17), what="下周的事")
    firm.clock.set(MONDAY_MORNING - timedelta(seconds=1))
    assert await sweep(firm) == 0
    firm.clock.set(MONDAY_MORNING)
    assert await sweep(firm) == 1
    assert await sweep(firm) == 0
    assert (await week_of(firm)).state == WeekState.SUBMITTED
    assert (await week_of(firm, week=date(2026, 3, 16))).state == WeekState.DRAFT


async def test_a_week_without_a_line_goes_to_nobody(firm: Firm):
    line = await plan(firm, what="整理样品间")
    await do(firm, "drop", line)
    assert await code_of(submit(firm)) == "plan.empty"
    firm.clock.set(MONDAY_MORNING)
    assert await sweep(firm) == 0


async def test_one_hands_in_oneself_from_the_last_day_of_work_on(firm: Firm):
    await plan(firm, FRIDAY, what="整理样品间")
    assert await code_of(submit(firm)) == "plan.not_done"
    firm.clock.set(FRIDAY_NOON)
    assert (await submit(firm)).by_itself is False
    assert await code_of(submit(firm)) == "plan.week_closed"
    assert await code_of(plan(firm, FRIDAY, what="再加一件")) == "plan.week_closed"


async def test_only_who_stands_above_scores(firm: Firm):
    week = await handed_in(firm)
    for relation in sorted(set(firm.people) - {"manager", "director"}):
        assert await code_of(score(firm, week.id, relation)) == "not_allowed", relation
    assert (await score(firm, week.id, "director", 5)).reviewed_by == firm.people["director"].id


async def test_what_is_not_handed_in_is_not_scored_and_scores_are_from_1_to_5(firm: Firm):
    await plan(firm, what="整理样品间")
    week = await week_of(firm)
    assert await code_of(score(firm, week.id)) == "plan.not_submitted"
    for points in (0, 6, -1):
        assert await code_of(score(firm, week.id, points=points)) == "plan.no_such_score"


async def test_who_scored_may_do_so_again_and_nobody_else(firm: Firm):
    week = await handed_in(firm)
    await score(firm, week.id, points=4)
    assert await code_of(score(firm, week.id, "director", 2)) == "plan.reviewed_already"
    assert (await score(firm, week.id, points=3, comment="重点客户再多跑")).comment == "重点客户再多跑"


@pytest.mark.parametrize("_", range(3))
async def test_two_superiors_at_once_give_one_score(firm: Firm, _: int):
    week = await handed_in(firm)
    both = (code_of(score(firm, week.id, "manager", 4)), code_of(score(firm, week.id, "director", 2)))
    codes = await asyncio.gather(*both)
    assert sorted(codes, key=str) == [None, "plan.reviewed_already"]


@pytest.mark.parametrize("_", range(3))
async def test_the_person_and_two_clocks_at_once_hand_a_week_in_once(firm: Firm, _: int):
    await plan(firm, what="整理样品间")
    firm.clock.set(MONDAY_MORNING)
    own, first, second = await asyncio.gather(code_of(submit(firm)), sweep(firm), sweep(firm))
    assert (own is None) + first + second == 1
    assert own in (None, "plan.week_closed")


async def test_the_same_line_planned_twice_at_once_is_one(firm: Firm):
    huaning = await firm.customer()
    codes = await asyncio.gather(*(code_of(plan(firm, customer=huaning.id)) for _ in range(4)))
    assert codes.count(None) == 1
    assert set(codes) == {None, "plan.there_already"}


async def test_the_month_s_score_is_the_mean_of_its_weeks(firm: Firm):
    week = await handed_in(firm)
    await score(firm, week.id, points=4)
    firm.clock.set(datetime(2026, 3, 16, 2, tzinfo=UTC))
    line = await plan(firm, date(2026, 3, 20), what="整理样品间")
    firm.clock.set(datetime(2026, 3, 20, 2, tzinfo=UTC))
    await do(firm, "finish", line)
    await score(firm, (await week_of(firm, week=date(2026, 3, 16))).id, points=3)
    async with firm.db.unit() as session:
        boss = await firm.actor(session, "manager")
        month = await scores.month_score(session, boss, firm.people["owner"].id, date(2026, 3, 31))
        assert month.score == Decimal("3.5")
        assert [one.score for one in month.weeks] == [4, 3]
        assert await scores.scores_of_month(session, boss, date(2026, 3, 1)) == {
            firm.people["owner"].id: Decimal("3.5")
        }
        peer = await firm.actor(session, "peer")
        assert await scores.scores_of_month(session, peer, date(2026, 3, 1)) == {}


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_is_done_in_whatever_order_a_week_only_goes_forward(firm: Firm, seed: int):
    """A walk through all that can be done to a plan: nothing reopens a week, and a closed one takes no new line."""
    dice = random.Random(seed)
    huaning = await firm.customer()
    order = list(WeekState)
    lines: list[PlanLine] = []
    stood = WeekState.DRAFT
    for _ in range(30):
        match dice.randrange(7):
            case 0 | 1:
                day = firm.clock.now().date() + timedelta(days=dice.randrange(3))
                given = {"customer": huaning.id} if dice.random() < 0.4 else {"what": "整理样品间"}
                closed = stood != WeekState.DRAFT and monday_of(day) == WEEK
                async with firm.db.unit() as session:
                    today = (await firm.actor(session)).today(firm.clock.now())
                code = await code_of(plan(firm, max(day, today), **given))
                assert code in {None, "plan.week_closed", "plan.there_already"}
                assert not (code is None and closed and max(day, today) == day)
                if code is None:
                    async with firm.db.unit() as session:
                        newest = select(PlanLine).order_by(PlanLine.id.desc()).limit(1)
                        lines.append((await session.scalars(newest)).one())
            case 2 | 3 if lines:
                verb = dice.choice(["finish", "drop", "reopen"])
                assert await code_of(do(firm, verb, dice.choice(lines))) in {
                    None,
                    "plan.not_open",
                    "plan.week_closed",
                    "plan.there_already",
                }
            case 4:
                await code_of(submit(firm))
            case 5:
                await code_of(score(firm, (await week_of(firm)).id, points=dice.choice(list(SCORES))))
            case _:
                firm.clock.advance(timedelta(hours=dice.randrange(1, 14)))
                if dice.random() < 0.3:
                    await firm.visit(huaning)
                await sweep(firm)
        async with firm.db.unit() as session:
            state = await session.scalar(
                select(WeekPlan.state).where(WeekPlan.week == WEEK, WeekPlan.employee_id == firm.people["owner"].id)
            )
            done = select(func.count()).where(PlanLine.state != LineState.DONE.value, PlanLine.visit_id.is_not(None))
            assert await session.scalar(done) == 0
        now_stands = WeekState(state or stood)
        assert order.index(now_stands) >= order.index(stood)
        stood = now_stands


async def test_a_superior_is_who_it_was_when_it_was_handed_in(firm: Firm):
    week = await handed_in(firm)
    async with firm.db.unit() as session:
        boss = await firm.actor(session, "manager")
        waiting = await queries.reviews_waiting(session, boss)
        assert [row.id for row in waiting.rows] == [week.id]
        director = await firm.actor(session, "director")
        assert not (await queries.reviews_waiting(session, director)).rows
        team = await queries.team_weeks(session, director, WEEK)
        assert {row.name: row.done for row in team.rows}["李娜"] == 1
        assert await session.scalar(select(Employee.manager_id).where(Employee.id == week.employee_id)) == boss.id
