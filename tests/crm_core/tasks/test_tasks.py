"""Tasks: who may give one to whom, what becomes of each share, and sales plans that are broken down."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from crm_core.kit.events import publish
from crm_core.org.events import DutiesHandedOver
from crm_core.tasks import queries, service
from crm_core.tasks.models import ShareState
from crm_core.tasks.service import GiveTask, PlanSales
from tests.crm_core.plans.work import code_of
from tests.support.company import Firm

DUE = date(2026, 3, 20)
BOSSES = {"manager", "director", "operations", "executive", "admin"}


async def give(firm: Firm, by: str = "manager", to: str | None = "owner", **given: Any) -> int:
    async with firm.db.unit() as session:
        if to is not None:
            given["employee"] = firm.people[to].id
        command = GiveTask(**{"what": "收集三家对手的报价", "due_on": DUE, **given})
        return (await service.give_task(session, await firm.actor(session, by), command)).id


async def shares(firm: Firm, task_id: int, by: str = "manager") -> list[Any]:
    async with firm.db.unit() as session:
        page = await queries.shares_of(session, await firm.actor(session, by), task_id, limit=50)
        return list(page.rows)


async def finish(firm: Firm, share_id: int, by: str = "owner", feedback: str | None = None) -> Any:
    async with firm.db.unit() as session:
        return await service.finish_share(session, await firm.actor(session, by), share_id, feedback)


async def test_tasks_go_down_to_direct_and_indirect_reports_only(firm: Firm):
    for relation in firm.people:
        expected = None if relation in BOSSES | {"owner", "stand-in"} else "task.out_of_reach"
        assert await code_of(give(firm, relation)) == expected, relation
        assert await code_of(give(firm, relation, to=None)) is None, relation  # a to-do of one's own


async def test_a_unit_gets_it_as_far_as_one_reaches(firm: Firm):
    unit = firm.people["owner"].unit_id
    task_id = await give(firm, "director", to=None, unit=unit)
    assert {row.employee for row in await shares(firm, task_id, "director")} == {"王海燕", "李娜", "陈晓东", "周立"}
    task_id = await give(firm, "manager", to=None, unit=unit)
    assert {row.employee for row in await shares(firm, task_id)} == {"李娜", "陈晓东"}
    assert await code_of(give(firm, "owner", to=None, unit=unit)) == "task.nobody"
    task_id = await give(firm, "operations", to=None, unit=firm.people["admin"].unit_id)
    assert len(await shares(firm, task_id, "operations")) == len(firm.people) - 1


async def test_each_share_says_when_it_was_done_and_how(firm: Firm):
    task_id = await give(firm, to=None, unit=firm.people["owner"].unit_id)
    mine = next(row for row in await shares(firm, task_id) if row.employee == "李娜")
    assert await code_of(finish(firm, mine.id, "peer")) == "not_allowed"
    assert await code_of(finish(firm, mine.id, "manager")) == "not_allowed"
    await finish(firm, mine.id, feedback="三家都拿到了")
    rows = {row.employee: row for row in await shares(firm, task_id)}
    done = rows["李娜"]
    assert (done.state, done.due_on, done.done_on, done.feedback) == ("done", DUE, date(2026, 3, 11), "三家都拿到了")
    assert rows["陈晓东"].state == ShareState.OPEN


async def test_peers_read_their_own_share_only(firm: Firm):
    task_id = await give(firm, to=None, unit=firm.people["owner"].unit_id)
    assert [row.employee for row in await shares(firm, task_id, "peer")] == ["陈晓东"]
    assert await shares(firm, task_id, "other branch") == []


async def test_done_twice_at_once_is_done_once(firm: Firm):
    task_id = await give(firm)
    (mine,) = await shares(firm, task_id)
    codes = await asyncio.gather(*(code_of(finish(firm, mine.id)) for _ in range(3)))
    assert codes == [None] * 3


async def test_who_gave_it_drops_what_is_open(firm: Firm):
    task_id = await give(firm, to=None, unit=firm.people["owner"].unit_id)
    rows = {row.employee: row for row in await shares(firm, task_id)}
    await finish(firm, rows["李娜"].id)
    async with firm.db.unit() as session:
        assert (
            await code_of(service.drop_task(session, await firm.actor(session, "director"), task_id)) == "not_allowed"
        )
        await service.drop_task(session, await firm.actor(session, "manager"), task_id)
    assert {row.employee: row.state for row in await shares(firm, task_id)} == {"李娜": "done", "陈晓东": "dropped"}
    assert await code_of(finish(firm, rows["陈晓东"].id, "peer")) == "task.not_open"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"what": " "}, "required"),
        ({"due_on": date(2026, 3, 10)}, "task.due_over"),
        ({"due_on": date(2027, 5, 1)}, "task.too_far"),
        ({"what": "字" * 201}, "too_long"),
        ({"customer": 999}, "not_found"),
    ],
)
async def test_what_cannot_be_is_refused(firm: Firm, given: dict[str, Any], code: str):
    assert await code_of(give(firm, **given)) == code


async def test_a_sales_plan_is_broken_down_into_tasks(firm: Firm):
    """PL14."""
    async with firm.db.unit() as session:
        boss = await firm.actor(session, "manager")
        command = PlanSales(title="二季度华南", amount=Decimal(1_000_000), since=DUE, until=date(2026, 6, 30))
        plan = await service.plan_sales(session, boss, command)
    first = await give(firm, plan=plan.id, amount=Decimal(600_000))
    await give(firm, to="peer", plan=plan.id, amount=Decimal(300_000))
    (mine,) = await shares(firm, first)
    await finish(firm, mine.id)
    assert await code_of(give(firm, "director", plan=plan.id)) == "not_found"
    assert await code_of(give(firm, plan=plan.id, due_on=date(2026, 7, 1))) == "task.plan_over"
    async with firm.db.unit() as session:
        row = await queries.sales_plan(session, await firm.actor(session, "director"), plan.id)
        assert (row.parts, row.tasks, row.done) == (Decimal(900_000), 2, 1)
        owner = await firm.actor(session)
        assert await code_of(queries.sales_plan(session, owner, plan.id)) == "not_found"
        assert await code_of(service.plan_sales(session, owner, command)) == "not_allowed"


async def test_a_task_that_was_dropped_is_no_done_part_of_its_sales_plan(firm: Firm):
    """PL14: neither its amount nor itself counts any more."""
    async with firm.db.unit() as session:
        boss = await firm.actor(session, "manager")
        command = PlanSales(title="二季度华南", amount=Decimal(1_000_000), since=DUE, until=date(2026, 6, 30))
        plan = await service.plan_sales(session, boss, command)
    dropped = await give(firm, plan=plan.id, amount=Decimal(600_000))
    await give(firm, to="peer", plan=plan.id, amount=Decimal(300_000))
    async with firm.db.unit() as session:
        boss = await firm.actor(session, "manager")
        await service.drop_task(session, boss, dropped)
        row = await queries.sales_plan(session, boss, plan.id)
    assert (row.parts, row.tasks, row.done) == (Decimal(300_000), 1, 0)


async def test_open_shares_go_to_who_takes_over(firm: Firm):
    both = await give(firm, to=None, unit=firm.people["owner"].unit_id)
    single = await give(firm)
    async with firm.db.unit() as session:
        boss = await firm.actor(session, "manager")
        await publish(session, DutiesHandedOver(firm.people["owner"].id, firm.people["peer"].id, boss.id))
    assert {row.employee: row.state for row in await shares(firm, both)} == {"李娜": "dropped", "陈晓东": "open"}
    assert [row.employee for row in await shares(firm, single)] == ["陈晓东"]
