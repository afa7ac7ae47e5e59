"""When a sample is to be asked about (CA18): once, on the owner's morning, at a cost that follows what is due."""

from datetime import date

import pytest
from sqlalchemy import select, text

from crm_core.customers.models import Customer
from crm_core.customers.ownership import Kind, move
from crm_core.customers.service import locked
from crm_core.kit.signals import connect
from crm_core.trials.models import Trial, TrialState
from crm_core.trials.service import SendTrial, answer_trial, change_trial, send_trial
from reminders import trials as rule
from reminders.noticing import notice
from tests.reminders.desk import give_phone, local, occurrences, strike
from tests.support.company import Firm

NEXT_WEEK = date(2026, 3, 18)


async def sent(firm: Firm, customer: Customer, check_on: date | None = NEXT_WEEK) -> int:
    async with firm.db.unit() as session:
        command = SendTrial(customer=customer.id, what="3个样品", check_on=check_on)
        return (await send_trial(session, await firm.actor(session), command)).id


async def states(firm: Firm) -> list[str]:
    return [one.state for one in await occurrences(firm) if one.rule == rule.KEY]


async def test_it_is_noticed_once_on_the_morning_of_the_day_and_not_before(firm: Firm):
    trial = await sent(firm, await firm.customer(type="c"))
    await strike(firm, local("2026-03-17", "23:59"))
    assert await states(firm) == []
    for hour in range(3):
        await strike(firm, local("2026-03-18", f"0{hour}:00"))
    (one,) = await occurrences(firm)
    assert (one.subject_id, one.recipient_id, one.state) == (trial, firm.people["owner"].id, "due")


async def test_the_digest_asks_and_an_answer_settles_it(firm: Firm):
    await give_phone(firm, "owner")
    trial = await sent(firm, await firm.customer(type="c"))
    (push,) = await strike(firm, local("2026-03-18", "08:45"))
    assert "3个样品" in push.text
    async with firm.db.unit() as session:
        await answer_trial(session, await firm.actor(session), trial, TrialState.FAILED, "老化不过")
    assert await states(firm) == ["done"]


async def test_without_a_day_nobody_is_asked(firm: Firm):
    await sent(firm, await firm.customer(type="c"), None)
    await strike(firm, local("2026-03-25", "09:00"))
    assert await states(firm) == []


async def test_another_day_asks_again_on_that_day(firm: Firm):
    trial = await sent(firm, await firm.customer(type="c"))
    await strike(firm, local("2026-03-18", "00:00"))
    async with firm.db.unit() as session:
        await change_trial(session, await firm.actor(session), trial, "check_on", date(2026, 3, 20))
    await strike(firm, local("2026-03-20", "00:00"))
    assert await states(firm) == ["done", "due"]


@pytest.mark.parametrize("state", [TrialState.PASSED, TrialState.NO_ANSWER])
async def test_what_has_ended_is_asked_about_no_more(firm: Firm, state: TrialState):
    trial = await sent(firm, await firm.customer(type="c"))
    async with firm.db.unit() as session:
        await answer_trial(session, await firm.actor(session), trial, state)
    await strike(firm, local("2026-03-18", "09:00"))
    assert await states(firm) == []


async def test_the_new_owner_is_asked_and_the_former_one_left_alone(firm: Firm):
    customer = await firm.customer(type="c")
    await sent(firm, customer)
    await strike(firm, local("2026-03-18", "00:00"))
    async with firm.db.unit() as session:
        boss = await firm.actor(session, "admin")
        moved = [await locked(session, customer.id)]
        await move(session, moved, Kind.TRANSFER, by_id=boss.id, to_owner_id=firm.people["peer"].id)
    await strike(firm, local("2026-03-18", "00:05"))
    told = [(one.recipient_id, one.state) for one in await occurrences(firm) if one.rule == rule.KEY]
    assert told == [(firm.people["owner"].id, "suppressed"), (firm.people["peer"].id, "due")]


async def test_in_a_pool_nobody_is_asked(firm: Firm):
    customer = await firm.customer(type="c")
    await sent(firm, customer)
    async with firm.db.unit() as session:
        boss = await firm.actor(session, "admin")
        await move(session, [await locked(session, customer.id)], Kind.RETURN, by_id=boss.id, to_pool="main")
    await strike(firm, local("2026-03-18", "09:00"))
    assert await states(firm) == []


async def test_the_cost_follows_what_is_due(firm: Firm):
    customer = await firm.customer(type="c")
    trial = await sent(firm, customer)
    async with firm.db.engine.begin() as connection:
        await connection.execute(_MANY, {"of": customer.id, "by": customer.owner_id})
        await connection.execute(text("ANALYZE trial"))
    firm.clock.set(local("2026-03-18", "00:00"))
    plain = await connect(firm.db.url)
    try:
        due = select(Trial.id).where(Trial.check_due_at <= firm.clock.now())
        rendered = due.compile(compile_kwargs={"literal_binds": True})
        plan = [row[0] for row in await plain.fetch(f"EXPLAIN {rendered}")]
    finally:
        await plain.close()
    assert any("ix_trial_check_due_at" in line for line in plan), plan
    async with firm.db.unit() as session:
        assert await notice(session, rule.CHECK) == 1
        assert await notice(session, rule.CHECK) == 0
    assert [one.subject_id for one in await occurrences(firm) if one.rule == rule.KEY] == [trial]


_MANY = text("""
    INSERT INTO trial (customer_id, what, created_by, created_at, revision, sent_on, check_on, check_due_at)
    SELECT :of, '样品' || n, :by, now(), 1, date '2026-03-11', date '2027-03-01' + n % 300,
           timestamptz '2027-03-01' + n * interval '1 minute'
    FROM generate_series(1, 8000) AS n
""")
