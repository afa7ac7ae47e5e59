"""Requests that wait (BY16): who is reminded when, who may sign as well, and what it costs to look."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from crm_core.approvals import timers
from crm_core.approvals.facts import Status
from crm_core.approvals.models import ApprovalTimer
from crm_core.kit.signals import connect
from crm_core.org.models import Employee
from crm_core.org.workdays import set_day
from reminders import approvals as rule
from tests.crm_core.approvals.desk import WEDNESDAY, Desk, flow, users
from tests.reminders.desk import BOT, Push, local, strike
from tests.support.company import Firm


@pytest.fixture
async def desk(firm: Firm) -> Desk:
    firm.clock.set(WEDNESDAY)  # ten in the morning in Shenzhen
    async with firm.db.unit() as session:
        for at, person in enumerate(firm.people.values()):
            (await session.get_one(Employee, person.id)).telegram_id = 9001 + at
            (await session.get_one(Employee, person.id)).bot_id = BOT
    return Desk(firm)


def about(what: str) -> dict[str, str]:
    return {"what": what, "amount": "800"}


async def struck(desk: Desk, at: datetime) -> dict[str, Push]:
    """What goes out about requests at this time, by who gets it."""
    pushed = [one for one in await strike(desk.firm, at) if one.text.startswith("⏰")]
    assert len({one.to for one in pushed}) == len(pushed), "nobody hears it twice"
    return {one.to: one for one in pushed}


async def test_at_half_of_the_time_who_is_to_sign_is_reminded(desk: Desk):
    await desk.publish(flow({"approvers": users("王海燕", "赵敏"), "sla": {"hours": 4}}))
    await desk.apply(form=about("去厦门拜访夏商集团"))
    assert await struck(desk, local("2026-03-11", "11:59")) == {}
    pushed = await struck(desk, local("2026-03-11", "12:00"))
    assert sorted(pushed) == ["王海燕", "赵敏"]
    said = pushed["王海燕"]
    assert "去厦门拜访夏商集团" in said.text
    assert "李娜" in said.text
    assert "2" in said.text
    assert said.buttons == ["✅ 同意", "❌ 不同意", "更多 ›"], "one tap decides"
    assert await struck(desk, local("2026-03-11", "12:10")) == {}, "once"


async def test_at_the_end_the_applicant_hears_it_and_a_superior_may_sign_as_well(desk: Desk):
    await desk.publish(flow({"approvers": users("王海燕"), "sla": {"hours": 4}}))
    one = await desk.apply(form=about("去厦门拜访夏商集团"))
    await struck(desk, local("2026-03-11", "12:00"))
    pushed = await struck(desk, local("2026-03-11", "14:00"))
    assert sorted(pushed) == ["李娜", "王海燕", "赵立"]
    assert "王海燕" in pushed["赵立"].text
    assert "赵立" in pushed["李娜"].text
    assert await desk.open(one) == ["director", "manager"]
    assert await desk.status(one) is Status.RUNNING, "nothing is decided by waiting"
    await desk.approve(one, "director")
    assert await desk.status(one) is Status.APPROVED
    await desk.check()


async def test_where_the_flow_only_reminds_nobody_is_added(desk: Desk):
    await desk.publish(flow({"approvers": users("王海燕"), "sla": {"hours": 4, "then": "remind"}}))
    one = await desk.apply()
    await struck(desk, local("2026-03-11", "12:00"))
    assert sorted(await struck(desk, local("2026-03-11", "14:00"))) == ["李娜", "王海燕"]
    assert await desk.open(one) == ["manager"]


async def test_who_stands_in_is_reminded_too_but_not_of_the_absent_one_s_own(desk: Desk):
    await desk.publish(flow({"approvers": users("李娜", "王海燕"), "mode": "all", "sla": {"hours": 4}}))
    await desk.apply("peer")
    pushed = await struck(desk, local("2026-03-11", "12:00"))
    assert sorted(pushed) == ["李娜", "王海燕", "马超"]
    assert "李娜" in pushed["马超"].text
    await desk.publish(flow({"approvers": users("王海燕"), "sla": {"hours": 1}}))
    await desk.apply("owner")
    assert "马超" not in await struck(desk, local("2026-03-11", "12:30"))


async def test_a_clock_that_was_away_reminds_once(desk: Desk):
    await desk.publish(flow({"approvers": users("王海燕"), "sla": {"hours": 4}}))
    await desk.apply()
    assert sorted(await struck(desk, local("2026-03-12", "09:00"))) == ["李娜", "王海燕", "赵立"]


async def test_what_is_decided_is_not_reminded_of(desk: Desk):
    await desk.publish(flow({"approvers": users("王海燕"), "sla": {"hours": 4}}))
    one = await desk.apply()
    await desk.approve(one, "manager")
    assert await struck(desk, local("2026-03-12", "09:00")) == {}
    await desk.check()


async def test_hours_of_work_and_hours_of_the_clock(desk: Desk):
    slow, fast = (
        flow({"approvers": users("王海燕"), "sla": {"hours": 16}}),
        flow({"approvers": users("赵敏"), "sla": {"hours": 16, "calendar": "clock"}}, key="fast"),
    )
    await desk.publish(slow, fast)
    await desk.apply()
    await desk.apply(flow="fast")
    assert sorted(await struck(desk, local("2026-03-11", "18:00"))) == ["赵敏"]
    assert "王海燕" in await struck(desk, local("2026-03-12", "09:30"))


async def test_days_the_company_rests_are_no_hours_of_work(desk: Desk):
    async with desk.firm.db.unit() as session:
        await set_day(session, await desk.firm.actor(session, "admin"), date(2026, 3, 12), works=False)
    await desk.publish(flow({"approvers": users("王海燕"), "sla": {"hours": 16}}))
    await desk.apply(form=about("去厦门拜访夏商集团"))
    assert await struck(desk, local("2026-03-12", "09:30")) == {}
    assert "王海燕" in await struck(desk, local("2026-03-13", "09:30"))


async def test_one_request_s_trouble_stops_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    await desk.publish(flow({"approvers": users("王海燕"), "sla": {"hours": 4, "then": "remind"}}))
    bad, good = await desk.apply(form=about("坏的")), await desk.apply(form=about("好的"))
    fire = timers.fire

    async def failing(session, timer_id, approval_id):
        if approval_id == bad:
            raise RuntimeError("poison")
        return await fire(session, timer_id, approval_id)

    monkeypatch.setattr(timers, "fire", failing)
    pushed = await struck(desk, local("2026-03-11", "12:00"))
    assert "好的" in pushed["王海燕"].text
    async with desk.firm.db.unit() as session:
        waits = select(ApprovalTimer.due_at).where(ApprovalTimer.approval_id == bad, ApprovalTimer.kind == "half")
        assert await session.scalar(waits) == local("2026-03-11", "13:00"), "it stands in nobody's way meanwhile"
    monkeypatch.undo()
    assert "坏的" in (await struck(desk, local("2026-03-11", "13:00")))["王海燕"].text
    assert good != bad


async def test_the_cost_follows_what_is_due_and_not_how_much_there_is(desk: Desk):
    await desk.publish(flow({"approvers": users("王海燕"), "sla": {"hours": 4}}))
    one = await desk.apply()
    async with desk.firm.db.engine.begin() as connection:
        await connection.execute(_MANY, {"owner": desk.id("owner")})
        await connection.execute(_TIMERS)
        await connection.execute(text("ANALYZE approval_timer"))
    desk.firm.clock.set(local("2026-03-11", "12:00"))
    plain = await connect(desk.firm.db.url)
    try:
        due = (
            select(ApprovalTimer.id, ApprovalTimer.approval_id)
            .where(ApprovalTimer.done_at.is_(None), ApprovalTimer.due_at <= desk.firm.clock.now())
            .order_by(ApprovalTimer.due_at, ApprovalTimer.id)
            .limit(rule.MOST_A_TICK)
        )
        rendered = due.compile(compile_kwargs={"literal_binds": True})
        plan = [row[0] for row in await plain.fetch(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {rendered}")]
    finally:
        await plain.close()
    assert any("ix_approval_timer_due" in line for line in plan), plan
    pages = sum(int(word.split("=")[1]) for line in plan[:3] for word in line.split() if word.startswith("hit="))
    assert pages < 20, plan
    assert await rule.strike(desk.firm.db) == 1
    assert await rule.strike(desk.firm.db) == 0
    desk.firm.clock.advance(timedelta(hours=2))
    async with desk.firm.db.unit() as session:
        assert [row[1] for row in await timers.due(session)] == [one]


_MANY = text("""
    INSERT INTO approval (flow, kind, playbook_version, applicant_id, title, form, picks, status, round, facts,
                          submit_key, submitted_at, changed_at)
    SELECT 'test', 'administration', 1, :owner, '申请' || n, '{}', '{}', 'running', 1, 0, 'many ' || n,
           timestamptz '2026-03-01', timestamptz '2026-03-01'
    FROM generate_series(1, 20000) AS n
""")
_TIMERS = text("""
    INSERT INTO approval_timer (approval_id, step, kind, due_at, done_at, fired)
    SELECT id, 1, 'half', timestamptz '2026-03-02' + id * interval '1 second', timestamptz '2026-03-02', true
    FROM approval WHERE submit_key LIKE 'many %'
    UNION ALL
    SELECT id, 1, 'due', timestamptz '2026-06-01' + id * interval '1 second', null, null
    FROM approval WHERE submit_key LIKE 'many %'
""")
