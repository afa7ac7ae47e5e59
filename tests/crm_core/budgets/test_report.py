"""The execution report: planned, held, spent and left, by content, department, kind, region, task and stage."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from crm_core.budgets.pace import Level, Verdict, pace_of, tells_from
from crm_core.budgets.report import By, Report, Wanted, report
from crm_core.deals.models import DealStep
from crm_core.deals.service import RecordDeal, record_deal, step_deal
from tests.crm_core.approvals.desk import flow, users
from tests.crm_core.approvals.test_semantics import refused
from tests.crm_core.budgets.purse import Purse

YEAR = {"since": date(2026, 1, 1), "until": date(2026, 12, 31)}


async def seen(purse: Purse, by: By, who: str = "finance", **given: Any) -> Report:
    async with purse.firm.db.unit() as session:
        wanted = Wanted(**{"by": by, **YEAR, **given})
        return await report(session, await purse.firm.actor(session, who), wanted)


def plain(made: Report) -> list[tuple[Any, ...]]:
    return [(one.key, int(one.budget), int(one.held), int(one.actual), int(one.left)) for one in made.lines]


@pytest.fixture
async def spent(purse: Purse) -> Purse:
    """销售一部 has 1000 for marketing, of which 300 are spent and 100 held; 上海 spends 200 that nobody planned."""
    signed = {"approvers": users("钱伟")}
    await purse.publish(
        flow(signed, budget={"content": "marketing", "task": "what", "task_kind": "market"}),
        flow(signed, key="care", budget={"content": "service", "task_kind": "service"}, customer="may"),
    )
    await purse.budget(1000, since=date(2026, 1, 1), until=date(2026, 3, 31), task_kind="market")
    await purse.approve(await purse.ask(300), "executive")
    await purse.ask(100)
    await purse.approve(await purse.ask(200, by="other branch"), "executive")
    customer = await purse.firm.customer()
    await purse.approve(await purse.apply(flow="care", form={"amount": "50"}, about=customer.id), "executive")
    async with purse.firm.db.unit() as session:
        actor = await purse.firm.actor(session)
        deal = RecordDeal(customer=customer.id, amount=Decimal(5000), what="连接器", step=DealStep.ORDERED)
        one = await record_deal(session, actor, deal)
        await step_deal(session, actor, one.id, DealStep.PAID, one.revision)
    return purse


async def test_by_content(spent: Purse):
    assert plain(await seen(spent, By.CONTENT)) == [("marketing", 1000, 100, 500, 400), ("service", 0, 0, 50, -50)]


async def test_by_department_with_those_below_a_branch(spent: Purse):
    made = await seen(spent, By.DEPARTMENT)
    assert [(one.name, int(one.budget), int(one.actual)) for one in made.lines] == [
        ("销售一部", 1000, 350),
        ("上海分公司", 0, 200),
    ]
    branch = spent.firm.people["director"].unit_id
    only = await seen(spent, By.DEPARTMENT, unit=branch)
    assert ([one.name for one in only.lines], only.unit) == (["销售一部"], "深圳分公司")


async def test_by_kind_of_task_and_by_task(spent: Purse):
    assert plain(await seen(spent, By.KIND)) == [("market", 1000, 100, 500, 400), ("service", 0, 0, 50, -50)]
    assert [(one.key, int(one.actual)) for one in (await seen(spent, By.TASK)).lines] == [("展会", 500), ("", 50)]


async def test_by_stage_of_the_customer(spent: Purse):
    made = await seen(spent, By.STAGE)
    assert ("target", 50) in [(one.key, int(one.actual)) for one in made.lines]


async def test_a_region_against_what_it_sold(spent: Purse):
    made = await seen(spent, By.REGION)
    told = [(one.name, int(one.actual), int(one.won), int(one.paid), one.cost) for one in made.lines]
    assert told == [("深圳分公司", 350, 5000, 5000, Decimal("0.07")), ("上海分公司", 200, 0, 0, None)]
    assert (made.total.actual, made.total.won) == (550, 5000)


async def test_only_the_days_that_are_asked_for(spent: Purse):
    """A quarter's budget counts for a month by its days: 31 of 90."""
    made = await seen(spent, By.CONTENT, since=date(2026, 3, 1), until=date(2026, 3, 31), content="marketing")
    assert made.lines[0].budget == Decimal("344.44")
    assert (await seen(spent, By.CONTENT, since=date(2026, 4, 1))).lines == []


async def test_one_kind_alone(spent: Purse):
    assert plain(await seen(spent, By.CONTENT, kind="service")) == [("service", 0, 0, 50, -50)]


@pytest.mark.parametrize(
    ("who", "departments"),
    [
        ("manager", ["销售一部"]),
        ("director", ["销售一部"]),
        ("other manager", ["上海分公司"]),
        ("executive", ["销售一部", "上海分公司"]),
        ("operations", ["销售一部", "上海分公司"]),
    ],
)
async def test_a_manager_sees_the_own_department(spent: Purse, who: str, departments: list[str]):
    assert [one.name for one in (await seen(spent, By.DEPARTMENT, who)).lines] == departments


async def test_a_rep_sees_none(spent: Purse):
    await refused(seen(spent, By.CONTENT, "owner"), "not_allowed")


class TestPace:
    def test_loose_first_and_tight_later_is_told_early(self):
        """先松后紧: half of the year's money in its first quarter."""
        pace = pace_of(Decimal(1000), Decimal(500), **YEAR, today=date(2026, 3, 31))
        assert (pace.verdict, pace.level) == (Verdict.FAST, Level.PACE)
        assert pace.projected is not None
        assert int(pace.projected) == 2027

    def test_words_for_every_pace(self):
        told = [
            pace_of(Decimal(1000), Decimal(spent), **YEAR, today=day).verdict
            for spent, day in [
                (0, date(2025, 12, 1)),
                (100, date(2026, 1, 5)),
                (250, date(2026, 3, 31)),
                (200, date(2026, 9, 30)),
                (1000, date(2026, 9, 30)),
                (1001, date(2026, 9, 30)),
            ]
        ]
        assert told == [Verdict.COMING, Verdict.EARLY, Verdict.EVEN, Verdict.SLOW, Verdict.SPENT, Verdict.OVER]

    def test_it_tells_from_a_tenth_of_the_time(self):
        first = tells_from(**YEAR)
        assert pace_of(Decimal(1000), Decimal(500), **YEAR, today=first).projected is not None
        assert pace_of(Decimal(1000), Decimal(500), **YEAR, today=date(2026, 2, 1)).projected is None
