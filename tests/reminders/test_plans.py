"""What is told of plans and tasks: by whose clock, from which hour on, once; its cost follows what is due."""

import asyncio
from datetime import date, time, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from crm_core.audit.service import act_as
from crm_core.kit.db import AnySelect
from crm_core.kit.signals import connect
from crm_core.org import attention
from crm_core.org.models import StandIn
from crm_core.org.workdays import set_day
from crm_core.plans import due
from crm_core.plans.due import first_working_day, is_first_of_month, prompt_day
from crm_core.playbook import service as playbook
from crm_core.tasks.queries import due_between_days
from reminders.clock import Ticker
from reminders.preview import preview
from reminders.weeks import _from_the_prompt_on
from tests.crm_core.plans.work import plan
from tests.reminders.desk import Push, give_phone, local, occurrences, strike
from tests.support.company import Firm

MONDAY = date(2026, 3, 16)


def asking(pushes: list[Push], words: str) -> list[str]:
    return [push.to for push in pushes if words in push.text]


@pytest.mark.parametrize(
    ("day", "table", "expected"),
    [
        (5, {}, date(2026, 3, 20)),
        (7, {}, date(2026, 3, 20)),
        (5, {date(2026, 3, 20): False}, date(2026, 3, 19)),
        (1, {MONDAY: False}, date(2026, 3, 17)),
        (5, {MONDAY + timedelta(days=at): False for at in range(7)}, None),
    ],
)
def test_the_day_of_the_prompt_is_a_working_day_of_its_week(day: int, table, expected: date | None):
    assert prompt_day(MONDAY, day, table) == expected


def test_nobody_is_asked_for_a_week_in_which_nobody_works():
    off = {MONDAY + timedelta(days=at): False for at in range(7)}
    friday = MONDAY - timedelta(days=3)
    assert _from_the_prompt_on(playbook.default(), {}, friday)
    assert not _from_the_prompt_on(playbook.default(), off, friday)


def test_a_week_and_a_month_begin_with_their_first_working_day():
    assert first_working_day(date(2026, 10, 8), {}) == date(2026, 10, 8)
    assert first_working_day(MONDAY, {MONDAY: False}) == date(2026, 3, 17)
    assert is_first_of_month(date(2026, 10, 8), {})
    assert not is_first_of_month(date(2026, 10, 1), {})
    assert not is_first_of_month(date(2026, 10, 9), {})


async def test_from_the_hour_on_once_whatever_the_clock_does(firm: Firm):
    await give_phone(firm, "owner")
    await plan(firm, date(2026, 3, 12), customer=(await firm.customer()).id)
    words = "还没记拜访"
    assert asking(await strike(firm, local("2026-03-12", "17:29")), words) == []
    firm.clock.set(local("2026-03-12", "17:30"))
    await asyncio.gather(*(Ticker(firm.db).tick() for _ in range(3)))
    for at in ("17:31", "16:00", "17:30", "20:59"):
        assert asking(await strike(firm, local("2026-03-12", at)), words) == []
    assert len([one for one in await occurrences(firm) if one.rule == "plan.log"]) == 1
    assert asking(await strike(firm, local("2026-03-13", "17:30")), words) == []


async def test_it_is_half_past_five_where_the_person_is(firm: Firm):
    await give_phone(firm, "owner")
    async with firm.db.unit() as session:
        await attention.choose_zone(session, await firm.actor(session), "Europe/London")
    await plan(firm, date(2026, 3, 12), customer=(await firm.customer()).id)
    assert asking(await strike(firm, local("2026-03-12", "17:30")), "还没记拜访") == []
    assert asking(await strike(firm, local("2026-03-13", "01:30")), "还没记拜访") == ["李娜"]


async def test_another_hour_in_the_playbook_asks_nobody_twice(firm: Firm):
    await give_phone(firm, "owner")
    asked = asking(await strike(firm, local("2026-03-13", "16:00")), "下周还没排计划")
    assert asked == ["李娜"]
    for hour in ("09:00", "17:00"):
        changed = playbook.default_text().replace('{day: 5, at: "16:00"}', f'{{day: 5, at: "{hour}"}}')
        async with firm.db.unit() as session:
            await playbook.apply(session, firm.people["admin"].id, changed)
        assert asking(await strike(firm, local("2026-03-13", "17:30")), "下周还没排计划") == []


async def test_a_day_that_the_company_takes_off_asks_the_day_before(firm: Firm):
    await give_phone(firm, "owner")
    async with firm.db.unit() as session:
        await set_day(session, await firm.actor(session, "admin"), date(2026, 3, 13), works=False)
    assert asking(await strike(firm, local("2026-03-12", "16:00")), "下周还没排计划") == ["李娜"]
    assert asking(await strike(firm, local("2026-03-13", "16:00")), "下周还没排计划") == []


async def test_who_stands_in_for_the_superior_hears_of_the_weeks_too(firm: Firm):
    await give_phone(firm, "manager", "other manager")
    boss, deputy = firm.people["manager"].id, firm.people["other manager"].id
    async with firm.db.unit() as session:
        month = {"starts_at": local("2026-03-10"), "ends_at": local("2026-04-10")}
        session.add(StandIn(absent_id=boss, deputy_id=deputy, created_by=boss, **month))
        act_as(session, boss)
    await plan(firm, date(2026, 3, 12), what="整理样品间")
    await strike(firm, local("2026-03-16"))
    assert asking(await strike(firm, local("2026-03-16", "08:31")), "待评价的周计划：1 份") == ["王海燕", "郑凯"]
    assert asking(await strike(firm, local("2026-03-16", "08:32")), "待评价的周计划") == []


async def test_what_comes_at_a_later_hour_can_be_seen_beforehand(firm: Firm):
    await give_phone(firm, "owner", "manager")
    await plan(firm, date(2026, 3, 13), customer=(await firm.customer(type="c")).id)
    async with firm.db.unit() as session:
        morning, prompt, log = await preview(session, firm.people["owner"].id, date(2026, 3, 13))
        told = await preview(session, firm.people["manager"].id, MONDAY)
    assert "计划今天拜访" in morning
    assert "下周还没排计划" in prompt
    assert "还没记拜访：1 家" in log
    assert any("陈晓东" in one and "这周还没有计划" in one for one in told)


@pytest.mark.parametrize("said", ['"22:00"', "21:00", '"08:29"'])
def test_the_hour_of_the_prompt_is_no_quiet_one(said: str):
    with pytest.raises(playbook.PlaybookError) as caught:
        playbook.parse(playbook.default_text().replace('at: "16:00"', f"at: {said}"))
    (line,) = caught.value.lines
    assert line.startswith("line 127: reminders.plan_prompt.at: ")
    assert line.endswith('lies in the quiet hours; write a time from 08:30 to 20:59, such as "16:00"')


def test_an_hour_may_stand_without_quotes():
    book = playbook.parse(playbook.default_text().replace('at: "16:00"', "at: 15:30").replace('"17:30"', "18:00"))
    assert (book.reminders.plan_prompt.at, book.working_hours.end) == (time(15, 30), time(18))


_MANY = text("""
    INSERT INTO plan_line (employee_id, week, day, planned_on, routine, customer_id, what, created_at)
    SELECT :owner, day - extract(isodow FROM day)::int + 1, day, day, true, :customer, 'n' || n, now()
    FROM (SELECT n, date '2027-01-01' + n AS day FROM generate_series(1, 12000) AS n) AS days
""")
_WEEKS = text("""
    INSERT INTO week_plan (employee_id, week, state, ends_at, submitted_at, score, reviewed_at, reviewed_by)
    SELECT :owner, date '2027-01-04' + 7 * n, 'reviewed', now(), now(), 4, now(), :boss
    FROM generate_series(1, 6000) AS n
""")
_TASKS = text("""
    WITH made AS (INSERT INTO task (what, by_id, due_on, created_at)
                  SELECT '任务' || n, :boss, date '2027-01-01' + n, now() FROM generate_series(1, 8000) AS n
                  RETURNING id, due_on)
    INSERT INTO task_share (task_id, employee_id, due_on) SELECT id, :owner, due_on FROM made
""")


async def test_the_cost_follows_what_is_due_and_not_how_much_there_is(firm: Firm):
    customer = await firm.customer()
    who = {"owner": firm.people["owner"].id, "boss": firm.people["manager"].id, "customer": customer.id}
    async with firm.db.engine.begin() as connection:
        await connection.execute(_MANY, {name: who[name] for name in ("owner", "customer")})
        await connection.execute(_WEEKS, {name: who[name] for name in ("owner", "boss")})
        await connection.execute(_TASKS, {name: who[name] for name in ("owner", "boss")})
        for table in ("plan_line", "week_plan", "task_share"):
            await connection.execute(text(f"ANALYZE {table}"))
    asked = {
        "ix_plan_line_day": due.visits_between(date(2026, 3, 12), date(2026, 3, 13)),
        "ix_week_plan_reviewed": due.scored_in(date(2026, 3, 1)),
        "ix_task_share_due": due_between_days(date(2026, 3, 10), date(2026, 3, 13)),
        "ix_plan_line_employee": due.without_plan(MONDAY, MONDAY, MONDAY),
    }
    for index, statement in asked.items():
        plan_ = await explained(firm, statement)
        assert any(index in line for line in plan_), plan_
        pages = sum(int(word.split("=")[1]) for line in plan_[:3] for word in line.split() if word.startswith("hit="))
        assert pages < 120, plan_


async def explained(firm: Firm, statement: AnySelect) -> list[str]:
    plain = await connect(firm.db.url)
    try:
        rendered = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
        return [row[0] for row in await plain.fetch(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {rendered}")]
    finally:
        await plain.close()
