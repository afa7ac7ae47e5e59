"""Deadlines: stored, named by the rule that wins, moved by what they hang on, never sooner by a change of rules."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from crm_core.attachments.service import FileRef
from crm_core.audit.service import act_as
from crm_core.audit.undo import undo
from crm_core.customers.commands import ChangeCustomer
from crm_core.customers.models import Customer
from crm_core.customers.service import change_customer
from crm_core.org.models import Employee
from crm_core.pool.service import give_back
from crm_core.visits.commands import LogVisit
from crm_core.visits.models import Visit, VisitKind
from crm_core.visits.service import log_visit
from tests.crm_core.pool.story import MAIN, REASON, claim, pooled, publish
from tests.support.company import Firm

TODAY = date(2026, 3, 11)  # in Shanghai


def on(days: int) -> date:
    return TODAY + timedelta(days=days)


async def due(firm: Firm, customer: Customer) -> tuple[date | None, str | None]:
    now = await firm.again(customer)
    return now.pool_due_on, now.pool_rule


@pytest.fixture
async def firm(firm: Firm) -> Firm:
    await publish(firm, MAIN)
    return firm


class TestWhen:
    async def test_it_is_the_day_it_came_and_so_many_days_and_the_earliest_rule_is_named(self, firm: Firm):
        assert await due(firm, await firm.customer(type="new")) == (on(10), "main no_followup 10")

    async def test_a_type_without_a_rule_has_none(self, firm: Firm):
        customer = await firm.customer(type="a")
        assert await due(firm, customer) == (None, None)
        assert (await firm.again(customer)).pool_look_at is None

    async def test_not_won_ignores_what_was_done(self, firm: Firm):
        customer = await firm.customer(type="new")
        firm.clock.advance(timedelta(days=9))
        await firm.visit(customer, summary="谈了年框，下周三送样品过去")
        assert await due(firm, customer) == (on(19), "main no_followup 10")
        for _ in range(3):
            firm.clock.advance(timedelta(days=9))
            await firm.visit(customer, summary="谈了年框，下周三送样品过去")
        assert await due(firm, customer) == (on(40), "main not_won 40")

    async def test_days_are_the_owner_s(self, firm: Firm):
        async with firm.db.unit() as session:
            (await session.get_one(Employee, firm.people["owner"].id)).zone = "America/Los_Angeles"
        assert (await due(firm, await firm.customer(type="new")))[0] == on(9)  # 10 March there

    async def test_another_owner_s_clock_begins_anew_and_what_lies_in_the_pool_has_none(self, firm: Firm):
        customer = await pooled(firm)
        assert await due(firm, customer) == (None, None)
        firm.clock.advance(timedelta(days=5))
        await claim(firm, customer)
        assert await due(firm, customer) == (on(15), "main no_followup 10")

    async def test_another_type_has_another_deadline_but_never_within_a_week(self, firm: Firm):
        customer = await firm.customer(type="a")
        firm.clock.advance(timedelta(days=300))
        async with firm.db.unit() as session:
            command = ChangeCustomer(customer_id=customer.id, field="type", value="new")
            await change_customer(session, await firm.actor(session), command)
        assert await due(firm, customer) == (on(307), "main no_followup 10")

    async def test_several_pools_the_first_that_fits(self, firm: Firm):
        south = MAIN | {"key": "south", "territories": ["south"], "rules": [{"days": 5}]}
        shanghai = MAIN | {"key": "sh", "units": ["上海分公司"], "rules": [{"days": 6}]}
        await publish(firm, south, shanghai, MAIN)
        assert (await due(firm, await firm.customer(city="深圳", type="a")))[1] == "south no_followup 5"
        there = await firm.customer("上海瑞金医疗器械有限公司", by="other branch", type="a")
        assert (await due(firm, there))[1] == "sh no_followup 6"
        assert (await due(firm, await firm.customer("成都天府软件", type="new")))[1] == "main no_followup 10"

    async def test_a_company_without_rules_recycles_nothing(self, firm: Firm):
        customer = await firm.customer(type="new")
        await publish(firm, MAIN | {"recycle": False})
        assert await due(firm, customer) == (None, None)
        await publish(firm)
        assert await due(firm, await firm.customer("成都天府软件", type="new")) == (None, None)


class TestWhatCounts:
    @pytest.mark.parametrize(
        ("told", "counts"),
        [
            ({"summary": "谈了年框和下季度的用量"}, True),
            ({"summary": "谈了年框 下季度"}, False),  # nine characters
            ({"summary": "谈了年框和下季度的用量", "kind": VisitKind.PHONE}, True),
            ({"summary": "寄了新的产品目录和报价单", "kind": VisitKind.MATERIAL}, False),
            ({"summary": "见了", "photos": (FileRef(7, "p", "p"),)}, True),
            ({"summary": "", "voice": FileRef(7, "v", "v", duration=3, kind="voice")}, True),
            ({"summary": "见了", "files": (FileRef(7, "d", "d", kind="document"),)}, False),
        ],
    )
    async def test_a_talk_that_says_something(self, firm: Firm, told: dict, counts: bool):
        customer = await firm.customer(type="new")
        firm.clock.advance(timedelta(days=3))
        await firm.visit(customer, **told)
        assert (await due(firm, customer))[0] == (on(13) if counts else on(10))

    @pytest.mark.parametrize(("ago", "day"), [(23, 12), (25, 10)])
    async def test_told_within_a_day(self, firm: Firm, ago: int, day: int):
        customer = await firm.customer(type="new")
        firm.clock.advance(timedelta(days=3))
        at = firm.clock.now() - timedelta(hours=ago)
        await firm.visit(customer, summary="谈了年框和下季度的用量", happened_at=at)
        assert (await due(firm, customer))[0] == on(day)

    async def test_a_helper_s_counts_too(self, firm: Firm):
        customer = await firm.tied(type="new")
        firm.clock.advance(timedelta(days=3))
        await firm.visit(customer, by="helper", summary="谈了年框和下季度的用量")
        assert (await due(firm, customer))[0] == on(13)

    async def test_edits_do_not_count(self, firm: Firm):
        customer = await firm.customer(type="new")
        visit = await firm.visit(customer, summary="见了")
        firm.clock.advance(timedelta(days=3))
        async with firm.db.unit() as session:
            long = {"summary": "谈了年框和下季度的用量", "happened_at": firm.clock.now()}
            for name, value in long.items():
                setattr(await session.get_one(Visit, visit.id), name, value)
        async with firm.db.unit() as session:
            command = ChangeCustomer(customer_id=customer.id, field="note", value="补记")
            await change_customer(session, await firm.actor(session), command)
        assert (await due(firm, customer))[0] == on(10)

    async def test_what_is_taken_back_counts_no_more(self, firm: Firm):
        customer = await firm.customer(type="new")
        firm.clock.advance(timedelta(days=3))
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            act_as(session, actor.id, 71)
            told = {"customer": customer.id, "kind": VisitKind.RETURN, "summary": "谈了年框和下季度的用量"}
            await log_visit(session, actor, LogVisit(**told))
        assert (await due(firm, customer))[0] == on(13)
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            act_as(session, actor.id, 72)
            await undo(session, actor, 71)
        assert await due(firm, customer) == (on(10), "main no_followup 10")

    async def test_a_return_that_is_taken_back_wins_no_time(self, firm: Firm):
        customer = await firm.customer(type="new")
        firm.clock.advance(timedelta(days=8))
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            act_as(session, actor.id, 71)
            await give_back(session, actor, customer.id, REASON)
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            act_as(session, actor.id, 72)
            await undo(session, actor, 71)
        assert await due(firm, customer) == (on(10), "main no_followup 10")


class TestAnotherRule:
    async def test_a_shorter_one_leaves_a_week_at_least(self, firm: Firm):
        customer = await firm.customer(type="c")
        firm.clock.advance(timedelta(days=4))
        await publish(firm, MAIN | {"rules": [{"days": 5, "types": ["c"]}]})
        assert await due(firm, customer) == (on(11), "main no_followup 5")
        firm.clock.advance(timedelta(days=2))
        await publish(firm, MAIN | {"rules": [{"days": 4, "types": ["c"]}]})
        assert await due(firm, customer) == (on(11), "main no_followup 4"), "and not a week more each time"

    async def test_it_keeps_that_week_whatever_else_changes(self, firm: Firm):
        customer = await firm.customer(type="c")
        firm.clock.advance(timedelta(days=4))
        await publish(firm, MAIN | {"rules": [{"days": 5, "types": ["c"]}]})
        async with firm.db.unit() as session:
            command = ChangeCustomer(customer_id=customer.id, field="note", value="补记")
            await change_customer(session, await firm.actor(session), command)
        assert (await due(firm, customer))[0] == on(11)
        await firm.visit(customer, summary="谈了年框和下季度的用量")
        assert (await due(firm, customer))[0] == on(11)
        firm.clock.advance(timedelta(days=4))
        await firm.visit(customer, summary="谈了年框和下季度的用量")
        assert (await due(firm, customer))[0] == on(13)

    async def test_a_longer_one_holds_at_once(self, firm: Firm):
        customer = await firm.customer(type="new")
        await publish(firm, MAIN | {"rules": [{"days": 90, "types": ["new"]}]})
        assert await due(firm, customer) == (on(90), "main no_followup 90")

    async def test_an_unchanged_one_moves_nothing(self, firm: Firm):
        customer = await firm.customer(type="new")
        firm.clock.advance(timedelta(days=8))
        await publish(firm, MAIN)
        assert await due(firm, customer) == (on(10), "main no_followup 10")

    async def test_the_first_rules_of_all_leave_a_week(self, firm: Firm):
        await publish(firm)
        customer = await firm.customer(type="new")
        firm.clock.advance(timedelta(days=300))
        await publish(firm, MAIN)
        assert (await due(firm, customer))[0] == on(307)

    async def test_what_was_there_before_pools_were_is_reckoned_by_the_clock(self, firm: Firm):
        from tests.crm_core.pool.story import Days

        customer = await firm.customer(type="new")
        async with firm.db.unit() as session:
            nothing = {"pool_due_on": None, "pool_rule": None, "pool_look_at": firm.clock.now()}
            statement = update(Customer).values(nothing)
            await session.execute(statement, execution_options={"unaudited": "as the migration does"})
        firm.clock.advance(timedelta(days=200))
        await Days(firm).strike()
        assert (await due(firm, customer))[0] == on(207)
