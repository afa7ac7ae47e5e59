"""The stale-archive rule (RE01, CD05): noticed once, at the right midnight, at a cost that follows what is due."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from crm_core.customers import service
from crm_core.customers.models import StaleTimer
from crm_core.kit.signals import connect
from crm_core.playbook import service as playbook
from reminders import customers as rule
from reminders.clock import Ticker
from reminders.noticing import notice
from tests.crm_core.plans.work import everybody_has_planned
from tests.reminders.desk import local, occurrences, strike
from tests.support.company import Firm


@pytest.fixture(autouse=True)
async def planned(firm: Firm) -> None:
    await everybody_has_planned(firm.db)


async def states(firm: Firm) -> list[str]:
    return [one.state for one in await occurrences(firm)]


async def test_a_customer_is_noticed_on_the_day_its_type_says_and_not_before(firm: Firm):
    customer = await firm.customer(type="a")  # 14 days, made on 11 March
    await strike(firm, local("2026-03-24", "23:59"))
    assert await occurrences(firm) == []
    await strike(firm, local("2026-03-25", "00:00"))
    (one,) = await occurrences(firm)
    assert (one.subject_id, one.recipient_id, one.state) == (customer.id, firm.people["owner"].id, "due")


async def test_it_is_noticed_once_however_often_the_clock_strikes(firm: Firm):
    await firm.customer(type="a")
    for hour in range(6):
        await strike(firm, local("2026-03-25", f"{hour:02}:00"))
    assert await states(firm) == ["due"]


@pytest.mark.chaos
async def test_two_clocks_that_strike_together_notice_it_once(firm: Firm):
    for name in ("深圳市华宁电子有限公司", "上海瑞金医疗器械有限公司", "厦门夏商集团"):
        await firm.customer(name=name, type="a")
    firm.clock.set(local("2026-03-25", "00:00"))
    await asyncio.gather(*(Ticker(firm.db).tick() for _ in range(4)))
    assert await states(firm) == ["due"] * 3


async def test_a_visit_settles_it_and_the_next_period_begins(firm: Firm):
    customer = await firm.customer(type="a")
    await strike(firm, local("2026-03-25", "00:00"))
    firm.clock.set(local("2026-03-25", "15:00"))
    await firm.visit(customer)
    assert await states(firm) == ["done"]
    await strike(firm, local("2026-04-07", "23:59"))
    assert await states(firm) == ["done"]
    await strike(firm, local("2026-04-08", "00:00"))
    assert await states(firm) == ["done", "due"]


async def test_confirming_that_all_is_still_right_settles_it_too(firm: Firm):
    customer = await firm.customer(type="a")
    await strike(firm, local("2026-03-25", "00:00"))
    async with firm.db.unit() as session:
        await service.confirm_archive(session, await firm.actor(session), customer.id)
    assert await states(firm) == ["done"]


async def test_a_visit_of_long_ago_told_now_settles_nothing_for_good(firm: Firm):
    customer = await firm.customer(type="a")
    await strike(firm, local("2026-03-27", "00:00"))
    await firm.visit(customer, happened_at=local("2026-03-12", "10:00"))
    await strike(firm)
    assert (await states(firm))[-1] == "due"


async def test_each_type_has_its_own_period(firm: Firm):
    for kind, name in {"new": "厦门夏商集团", "a": "深圳市华宁电子有限公司", "b": "重庆长安汽车"}.items():
        await firm.customer(name=name, type=kind)
    noticed = []
    for day in ("2026-03-18", "2026-03-25", "2026-04-10"):
        await strike(firm, local(day, "00:00"))
        noticed.append(len(await occurrences(firm)))
    assert noticed == [1, 2, 3]


async def test_a_period_that_the_playbook_shortens_counts_from_then_on(firm: Firm):
    await firm.customer(type="a")
    text_ = playbook.default_text().replace("stale_after_days: 14", "stale_after_days: 3")
    async with firm.db.unit() as session:
        await playbook.apply(session, firm.people["admin"].id, text_)
    await strike(firm, local("2026-03-13", "23:59"))
    assert await occurrences(firm) == []
    await strike(firm, local("2026-03-14", "00:00"))
    assert await states(firm) == ["due"]


async def test_a_period_that_the_playbook_lengthens_waits_longer_but_takes_nothing_back(firm: Firm):
    await firm.customer(type="a")
    await firm.customer(name="厦门夏商集团", type="new")
    await strike(firm, local("2026-03-18", "00:00"))
    longer = playbook.default_text().replace("stale_after_days: 14", "stale_after_days: 40")
    async with firm.db.unit() as session:
        await playbook.apply(
            session, firm.people["admin"].id, longer.replace("stale_after_days: 7", "stale_after_days: 9")
        )
    await strike(firm, local("2026-04-19", "23:59"))
    assert await states(firm) == ["due"]
    await strike(firm, local("2026-04-20", "00:00"))
    assert await states(firm) == ["due", "due"]


async def test_the_cost_follows_what_is_due_and_not_how_much_there_is(firm: Firm):
    customer = await firm.customer(type="a")
    async with firm.db.engine.begin() as connection:
        await connection.execute(_MANY, {"owner": customer.owner_id, "due": firm.clock.now() + timedelta(days=300)})
        await connection.execute(text("ANALYZE customer, stale_timer"))
    firm.clock.set(local("2026-03-25", "00:00"))
    plain = await connect(firm.db.url)
    try:
        due = select(StaleTimer.customer_id).where(StaleTimer.due_at <= firm.clock.now())
        rendered = due.compile(compile_kwargs={"literal_binds": True})
        plan = [row[0] for row in await plain.fetch(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {rendered}")]
    finally:
        await plain.close()
    assert any("ix_stale_timer_due_at" in line for line in plan), plan
    pages = sum(int(word.split("=")[1]) for line in plan[:3] for word in line.split() if word.startswith("hit="))
    assert pages < 20, plan
    async with firm.db.unit() as session:
        assert await notice(session, rule.STALE) == 1
        assert await notice(session, rule.STALE) == 0


_MANY = text("""
    WITH made AS (INSERT INTO customer (name, type, stage, stage_since, status, category, industry, source, owner_id,
                          created_by, created_at, held_since, maintained_at, normal_name, sort_key, keys,
                          revision)
    SELECT '客户' || n, 'a', 'target', now(), 'normal', 'key', 'food', 'advert', :owner, :owner, now(), now(),
           now(), n::text, n::text, '{}', 1
    FROM generate_series(1, 8000) AS n RETURNING id)
    INSERT INTO stale_timer SELECT id, :owner, 'a', cast(:due AS timestamptz) + id * interval '1 minute' FROM made
""")
