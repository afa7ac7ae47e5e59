"""When people hear that a budget runs out (RE08): once for each threshold, and no more when it is well again."""

from datetime import date
from decimal import Decimal

import pytest

from crm_core.budgets import service
from crm_core.budgets.service import ChangeBudget, MakeBudget
from crm_core.kit.signals import connect
from reminders import budgets as rule
from tests.crm_core.budgets.purse import Purse
from tests.reminders.desk import give_phone, local, occurrences, strike
from tests.support.company import Firm

YEAR = {"since": date(2026, 1, 1), "until": date(2026, 12, 31)}


@pytest.fixture
async def purse(firm: Firm) -> Purse:
    purse = Purse(firm)
    await purse.flows()
    return purse


async def told(purse: Purse) -> list[tuple[str, str, str]]:
    """Who hears of which threshold, and how that stands."""
    names = {one.id: one.name for one in purse.firm.people.values()}
    rows = [one for one in await occurrences(purse.firm) if one.rule == rule.KEY]
    return [(names[one.recipient_id], one.occurrence_key.split()[0], one.state) for one in rows]


async def test_the_owner_and_finance_hear_of_each_threshold_once(purse: Purse):
    manager = purse.firm.people["manager"].id
    await purse.budget(1000, owner=manager, **YEAR)
    await purse.ask(100)
    await strike(purse.firm)
    assert await told(purse) == [], "as much money as time has gone"
    await purse.ask(300)
    for _ in range(3):
        await strike(purse.firm)
    everybody = ["王海燕", "赵敏", "沈岚"]
    assert await told(purse) == [(one, "pace", "due") for one in everybody]
    await purse.ask(400)
    await strike(purse.firm)
    await purse.ask(10)
    await strike(purse.firm)
    assert [one[1] for one in await told(purse)] == ["pace"] * 3 + ["80"] * 3
    await purse.ask(190)
    await strike(purse.firm)
    assert [one[1] for one in await told(purse)][6:] == ["100"] * 3


async def test_before_a_tenth_of_the_time_nothing_is_said_of_the_pace_but_then_it_is(purse: Purse):
    await purse.budget(1000, since=date(2026, 3, 1), until=date(2026, 12, 31))
    await purse.ask(300)
    await strike(purse.firm, local("2026-03-12"))
    assert await told(purse) == []
    await strike(purse.firm, local("2026-04-01", "00:10"))
    assert {one[1] for one in await told(purse)} == {"pace"}


async def test_the_digest_tells_the_gravest_alone_and_not_what_is_well_again(purse: Purse):
    await give_phone(purse.firm, "finance")
    budget = await purse.budget(1000, **YEAR)
    await purse.ask(500)
    await strike(purse.firm)
    await purse.ask(350)
    (push,) = await strike(purse.firm, local("2026-03-12", "08:45"))
    assert "已用 85%，剩 ¥150" in push.text
    assert push.text.count("销售一部市场推广") == 1
    async with purse.firm.db.unit() as session:
        command = ChangeBudget(budget_id=budget, field="amount", value=Decimal(9000))
        await service.change_budget(session, await purse.firm.actor(session, "finance"), command)
    assert {one[2] for one in await told(purse)} == {"suppressed"}


async def test_money_that_came_back_settles_it(purse: Purse):
    await purse.budget(1000, **YEAR)
    one = await purse.ask(900)
    await strike(purse.firm)
    await purse.own("withdraw", one)
    assert {one[2] for one in await told(purse)} == {"suppressed"}
    await strike(purse.firm)
    assert {one[2] for one in await told(purse)} == {"suppressed"}


async def test_it_costs_what_is_due_not_how_many_budgets_there_are(purse: Purse):
    """A look at nothing due goes by the index of the stored times."""
    async with purse.firm.db.unit() as session:
        actor = await purse.firm.actor(session, "finance")
        for year in range(2027, 2030):
            days = {"since": date(year, 1, 1), "until": date(year, 12, 31)}
            command = MakeBudget(unit=actor.unit_id, content="travel", amount=Decimal(9), **days)
            await service.make_budget(session, actor, command)
    connection = await connect(purse.firm.db.url)
    try:
        await connection.execute("SET enable_seqscan = off")
        plan = await connection.fetch("EXPLAIN SELECT id FROM budget WHERE look_at <= now() AND status = 'open'")
    finally:
        await connection.close()
    assert "ix_budget_look_at" in "\n".join(row[0] for row in plan)
