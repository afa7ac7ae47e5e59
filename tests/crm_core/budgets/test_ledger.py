"""Held on submit, spent on approval, free otherwise; over the limit only by name (invariant 12)."""

import asyncio
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from crm_core.approvals import service as approvals
from crm_core.approvals.facts import Status
from crm_core.approvals.service import Apply
from crm_core.budgets import spending
from crm_core.budgets.matching import outlook
from crm_core.budgets.models import EntryState
from crm_core.budgets.queries import of_request
from crm_core.budgets.spending import Outlay
from crm_core.kit.errors import DomainError
from crm_core.playbook.service import in_force
from tests.crm_core.approvals.desk import users
from tests.crm_core.approvals.test_races import together
from tests.crm_core.approvals.test_semantics import refused
from tests.crm_core.budgets.purse import MARCH, Purse


class TestTheWayOfMoney:
    async def test_held_when_sent_spent_when_approved(self, purse: Purse):
        await purse.flows()
        budget = await purse.budget(1000)
        one = await purse.ask(300)
        assert await purse.stands(budget) == (300, 0)
        await purse.approve(one, "manager")
        assert await purse.stands(budget) == (0, 300)
        await purse.check_ledger()

    @pytest.mark.parametrize("how", ["reject", "send_back", "withdraw"])
    async def test_free_again_when_it_is_not_approved(self, purse: Purse, how: str):
        await purse.flows()
        budget = await purse.budget(1000)
        one = await purse.ask(300)
        await (purse.own(how, one) if how == "withdraw" else purse.does(how, one, "manager"))
        assert await purse.stands(budget) == (0, 0)
        await purse.check_ledger()

    async def test_a_returned_one_holds_anew_what_it_asks_then(self, purse: Purse):
        await purse.flows()
        budget = await purse.budget(1000)
        one = await purse.ask(300)
        await purse.does("send_back", one, "manager")
        await purse.own("resubmit", one, "owner", {"what": "展会", "amount": "450"})
        assert await purse.stands(budget) == (450, 0)
        assert [(entry.round, entry.state) for entry in await purse.entries(one)] == [(1, "released"), (2, "held")]
        await purse.check_ledger()

    async def test_revoked_is_free_again(self, purse: Purse):
        await purse.flows(policy={"revoke": {"days": 7, "consent": "nobody"}})
        budget = await purse.budget(1000)
        one = await purse.ask(300)
        await purse.approve(one, "manager")
        await purse.own("ask_revoke", one, "owner", "展会取消")
        assert await purse.stands(budget) == (0, 0)
        await purse.check_ledger()

    async def test_a_command_that_comes_again_holds_once(self, purse: Purse):
        await purse.flows()
        budget = await purse.budget(1000)
        first, second = await purse.ask(300, key="once"), await purse.ask(300, key="once")
        assert first == second
        assert await purse.stands(budget) == (300, 0)

    async def test_without_a_budget_nothing_is_in_the_way_and_it_is_written_down(self, purse: Purse):
        await purse.flows()
        one = await purse.ask(99_999)
        await purse.approve(one, "manager")
        (entry,) = await purse.entries(one)
        assert (entry.budget_id, entry.state, entry.amount) == (None, "committed", 99_999)


class TestOver:
    async def test_who_does_not_know_is_told_how_much_is_left(self, purse: Purse):
        await purse.flows()
        budget = await purse.budget(1000)
        await purse.ask(800)
        error = await refused(purse.ask(300), "budget.over")
        assert (error.params["left"], error.params["over"]) == (200, 100)
        assert await purse.stands(budget) == (800, 0)

    async def test_who_knows_may_ask_it_holds_nothing_and_the_manager_alone_cannot_approve(self, purse: Purse):
        await purse.flows()
        budget = await purse.budget(1000)
        one = await purse.ask(1200, knows=True)
        assert await purse.stands(budget) == (0, 0)
        async with purse.firm.db.unit() as session:
            (standing,) = await of_request(session, one)
        assert (standing.waits, standing.over, standing.left, standing.allowed_by) == (True, 200, 1000, None)
        await refused(purse.approve(one, "manager"), "budget.needs_override")
        assert await purse.status(one) is Status.RUNNING
        await purse.check_ledger()

    async def test_a_signer_who_may_overrun_puts_the_name_to_it(self, purse: Purse):
        await purse.flows({"approvers": users("王海燕")}, {"approvers": users("赵敏")})
        budget = await purse.budget(1000)
        one = await purse.ask(1200, knows=True)
        await purse.approve(one, "manager")
        await purse.approve(one, "finance")
        assert await purse.stands(budget) == (0, 1200)
        assert [entry.allowed_by for entry in await purse.entries(one)] == [purse.id("finance")]
        await purse.check_ledger()

    async def test_finance_added_before_the_manager_is_enough(self, purse: Purse):
        await purse.flows()
        await purse.budget(1000)
        one = await purse.ask(1200, knows=True)
        from crm_core.approvals.facts import Origin

        await purse.does("add_signer", one, "manager", purse.id("finance"), Origin.BEFORE)
        await purse.approve(one, "finance")
        await purse.approve(one, "manager")
        assert await purse.status(one) is Status.APPROVED
        await purse.check_ledger()

    async def test_allowed_by_name_it_is_held_and_the_manager_can_approve(self, purse: Purse):
        await purse.flows()
        budget = await purse.budget(1000)
        one = await purse.ask(1200, knows=True)
        await purse.allow(one)
        assert await purse.stands(budget) == (1200, 0)
        await refused(purse.ask(1), "budget.over")
        await refused(purse.allow(one), "budget.nothing_to_allow")
        await purse.approve(one, "manager")
        assert await purse.stands(budget) == (0, 1200)
        await purse.check_ledger()

    async def test_a_name_of_an_earlier_round_does_not_count_in_this_one(self, purse: Purse):
        steps = {"approvers": users("赵敏")}, {"approvers": users("王海燕")}
        await purse.flows(*steps, policy={"resubmit": "from_rejecter"})
        await purse.budget(1000)
        one = await purse.ask(1200, knows=True)
        await purse.approve(one, "finance")
        await purse.does("send_back", one, "manager")
        await purse.own("resubmit", one, "owner", {"what": "展会", "amount": "1200", "over_budget": True})
        await refused(purse.approve(one, "manager"), "budget.needs_override")
        await purse.check_ledger()

    @pytest.mark.parametrize("by", ["owner", "manager", "operations", "stand-in"])
    async def test_who_may_not_overrun_does_not(self, purse: Purse, by: str):
        await purse.flows()
        await purse.budget(1000)
        one = await purse.ask(1200, knows=True)
        await refused(purse.allow(one, by), "not_allowed")

    async def test_nobody_allows_the_own_request(self, purse: Purse):
        await purse.flows({"approvers": users("钱伟")})
        await purse.budget(1000, unit="finance")
        one = await purse.ask(1200, knows=True, by="finance")
        await refused(purse.allow(one), "not_allowed")
        await purse.allow(one, "other finance")
        await purse.check_ledger()

    async def test_what_has_become_free_meanwhile_needs_no_name(self, purse: Purse):
        await purse.flows()
        budget = await purse.budget(1000)
        first = await purse.ask(700)
        second = await purse.ask(500, knows=True)
        await purse.own("withdraw", first)
        await purse.approve(second, "manager")
        assert await purse.stands(budget) == (0, 500)
        assert [entry.allowed_by for entry in await purse.entries(second)] == [None]
        await purse.check_ledger()

    async def test_the_table_refuses_what_nobody_allowed(self, purse: Purse):
        budget = await purse.budget(1000)
        with pytest.raises(IntegrityError, match="ck_budget_limit"):
            async with purse.firm.db.engine.begin() as connection:
                await connection.execute(text("UPDATE budget SET held = 1001 WHERE id = :id"), {"id": budget})


class TestWhichBudgetPays:
    async def test_the_narrowest_and_nearest(self, purse: Purse):
        await purse.publish(
            *(
                {**one, "key": key, "budget": {"content": "marketing", "task": "what", "task_kind": "market"}}
                for key, one in [("test", purse_flow())]
            )
        )
        above = await purse.budget(9000, unit="director", name="分公司市场费")
        own = await purse.budget(5000, name="一部市场费")
        fair = await purse.budget(2000, unit="director", task="展会", name="深圳电子展")
        other = await purse.budget(2000, task_kind="service", name="服务类")
        await purse.ask(100)
        assert await purse.stands(fair) == (100, 0), "the project's own"
        await purse.apply(form={"what": "年会", "amount": "70"})
        assert await purse.stands(own) == (70, 0), "the department's"
        await purse.apply("other department", form={"what": "年会", "amount": "30"})
        assert await purse.stands(above) == (30, 0), "else the branch's"
        assert await purse.stands(other) == (0, 0)

    async def test_another_period_or_a_closed_one_does_not(self, purse: Purse):
        await purse.flows()
        past = await purse.budget(1000, since=date(2025, 1, 1), until=date(2025, 12, 31))
        closed = await purse.budget(1000)
        await purse.close(closed)
        await purse.ask(100)
        assert await purse.stands(past) == await purse.stands(closed) == (0, 0)

    async def test_told_before_it_is_sent(self, purse: Purse):
        await purse.flows()
        await purse.budget(1000)
        await purse.ask(800)
        async with purse.firm.db.unit() as session:
            actor = await purse.firm.actor(session)
            flow = (await in_force(session, actor.playbook_version)).flow("test")
            (seen,) = await outlook(session, actor, flow, {"amount": "300"})
        assert (seen.left, seen.left_after, seen.over, seen.size) == (200, -100, 100, 1000)


def purse_flow() -> dict[str, object]:
    from tests.crm_core.approvals.desk import flow

    return flow({"approvers": users("王海燕")})


class TestAClaimTakesThePlaceOfItsTrip:
    @pytest.fixture(autouse=True)
    def lines(self, monkeypatch: pytest.MonkeyPatch) -> dict[int, list[Outlay]]:
        """What claims spend, as the feature that keeps them will tell."""
        known: dict[int, list[Outlay]] = {}

        async def lines_of(_session: object, number: int) -> list[Outlay]:
            return known[number]

        monkeypatch.setitem(spending._LINES, "claim", lines_of)
        return known

    async def claim(
        self, purse: Purse, lines: dict[int, list[Outlay]], trip: int, *amounts: int, **given: object
    ) -> int:
        number = len(lines) + 1
        day = date(2026, 3, 10)
        lines[number] = [Outlay(content="marketing", amount=Decimal(one), day=day, replaces=trip) for one in amounts]
        return await purse.apply(subject=("claim", number), form={"what": "报销", **given})

    async def test_it_needs_no_second_budget(self, purse: Purse, lines: dict[int, list[Outlay]]):
        await purse.flows()
        budget = await purse.budget(1000)
        trip = await purse.ask(900)
        await purse.approve(trip, "manager")
        claim = await self.claim(purse, lines, trip, 500, 450)
        assert await purse.stands(budget) == (50, 900), "only what goes beyond the trip is held"
        await purse.approve(claim, "manager")
        assert await purse.stands(budget) == (0, 950)
        assert [one.state for one in await purse.entries(trip)] == [EntryState.REPLACED]
        await purse.check_ledger()

    async def test_a_rejected_claim_leaves_the_trip_as_it_was(self, purse: Purse, lines: dict[int, list[Outlay]]):
        await purse.flows()
        budget = await purse.budget(1000)
        trip = await purse.ask(900)
        await purse.approve(trip, "manager")
        claim = await self.claim(purse, lines, trip, 700)
        await purse.reject(claim, "manager")
        assert await purse.stands(budget) == (0, 900)
        await purse.check_ledger()

    async def test_a_cheaper_trip_gives_money_back(self, purse: Purse, lines: dict[int, list[Outlay]]):
        await purse.flows()
        budget = await purse.budget(1000)
        trip = await purse.ask(900)
        await purse.approve(trip, "manager")
        await purse.approve(await self.claim(purse, lines, trip, 600), "manager")
        assert await purse.stands(budget) == (0, 600)
        await purse.check_ledger()

    async def test_the_trip_was_revoked_meanwhile(self, purse: Purse, lines: dict[int, list[Outlay]]):
        await purse.flows(policy={"revoke": {"days": 7, "consent": "nobody"}})
        budget = await purse.budget(1000)
        trip = await purse.ask(900)
        await purse.approve(trip, "manager")
        claim = await self.claim(purse, lines, trip, 900)
        await purse.own("ask_revoke", trip, "owner", "不去了")
        await purse.ask(600)
        await refused(purse.approve(claim, "manager"), "budget.needs_override")
        assert await purse.stands(budget) == (600, 0)
        await purse.check_ledger()

    async def test_two_claims_of_one_trip_do_not_count_on_the_same_money(
        self, purse: Purse, lines: dict[int, list[Outlay]]
    ):
        await purse.flows()
        budget = await purse.budget(1000)
        trip = await purse.ask(900)
        await purse.approve(trip, "manager")
        await self.claim(purse, lines, trip, 600)
        error = await refused(self.claim(purse, lines, trip, 600), "budget.over")
        assert error.params["over"] == 200
        assert await purse.stands(budget) == (0, 900)
        await purse.check_ledger()


class TestChanging:
    async def test_not_below_what_is_spent(self, purse: Purse):
        await purse.flows()
        budget = await purse.budget(1000)
        await purse.ask(800)
        await refused(purse.change(budget, "amount", Decimal(700)), "budget.below_spent")
        await purse.change(budget, "amount", Decimal(800))
        await purse.check_ledger()

    async def test_a_day_that_was_spent_on_stays_within(self, purse: Purse):
        await purse.flows()
        budget = await purse.budget(1000)
        await purse.ask(800)
        await refused(purse.change(budget, "until", date(2026, 3, 1)), "budget.outside")

    async def test_no_second_one_for_the_same(self, purse: Purse):
        await purse.budget(1000)
        await refused(purse.budget(2000), "budget.twice")
        await purse.budget(2000, since=date(2026, 4, 1), until=date(2026, 6, 30))

    @pytest.mark.parametrize("by", ["owner", "manager", "director", "operations"])
    async def test_only_finance_executives_and_admins(self, purse: Purse, by: str):
        await refused(purse.budget(1000, by), "not_allowed")

    async def test_bad_periods_and_sums(self, purse: Purse):
        await refused(purse.budget(0), "budget.not_positive")
        backwards = {"since": MARCH["until"], "until": MARCH["since"]}
        await refused(purse.budget(1, **backwards), "budget.ends_before_it_begins")
        await refused(purse.budget(1, until=date(2036, 1, 1)), "budget.too_long_period")


class TestRaces:
    @pytest.mark.parametrize("_", range(8))
    async def test_two_ask_for_the_last_money_at_once(self, purse: Purse, _: int):
        await purse.flows()
        budget = await purse.budget(1000)
        asked = purse.ask(600), purse.ask(600, by="peer")
        assert await together(*asked) == ["budget.over", "done"]
        assert await purse.stands(budget) == (600, 0)
        await purse.check_ledger()

    async def test_ten_at_once_hold_what_fits(self, purse: Purse):
        await purse.flows()
        budget = await purse.budget(1000)
        ended = await together(*(purse.ask(300) for _ in range(10)))
        assert ended == ["budget.over"] * 7 + ["done"] * 3
        assert await purse.stands(budget) == (900, 0)
        await purse.check_ledger()

    @pytest.mark.parametrize("_", range(6))
    async def test_allowed_twice_and_approved_at_once(self, purse: Purse, _: int):
        await purse.flows()
        budget = await purse.budget(1000)
        one = await purse.ask(1200, knows=True)
        ended = await together(purse.allow(one), purse.allow(one, "executive"), purse.approve(one, "manager"))
        assert ended.count("done") >= 1
        assert set(ended) <= {"done", "budget.nothing_to_allow", "budget.needs_override"}
        assert sum(await purse.stands(budget)) == 1200
        await purse.check_ledger()

    @pytest.mark.parametrize("_", range(6))
    async def test_made_smaller_while_it_is_spent(self, purse: Purse, _: int):
        await purse.flows()
        budget = await purse.budget(1000)
        ended = await together(purse.ask(800), purse.change(budget, "amount", Decimal(500)))
        assert ended in (["budget.over", "done"], ["budget.below_spent", "done"])
        await purse.check_ledger()

    async def test_two_claims_over_two_budgets_in_opposite_order(self, purse: Purse, monkeypatch: pytest.MonkeyPatch):
        """Rows are locked in one order: nobody waits for the other."""
        day = date(2026, 3, 10)
        lines = [Outlay(content=one, amount=Decimal(10), day=day) for one in ("marketing", "travel")]

        async def lines_of(_session: object, number: int) -> list[Outlay]:
            return lines if number % 2 else lines[::-1]

        monkeypatch.setitem(spending._LINES, "claim", lines_of)
        await purse.flows()
        budgets = [await purse.budget(1000), await purse.budget(1000, content="travel")]

        async def claim(number: int) -> None:
            async with purse.firm.db.unit() as session:
                actor = await purse.firm.actor(session)
                command = Apply(flow="test", title="报销", key=f"claim {number}", subject=("claim", number))
                await approvals.submit(session, actor, command)

        await asyncio.gather(*(claim(number) for number in range(1, 9)))
        assert [await purse.stands(one) for one in budgets] == [(80, 0), (80, 0)]
        await purse.check_ledger()


async def test_a_flow_whose_budget_is_wrong_is_refused(purse: Purse):
    from crm_core.playbook.book import PlaybookError

    for budget, said in (
        ({"content": "fireworks"}, "'fireworks' is not among the budget_contents"),
        ({"content": "travel", "day": "what"}, "budget.day: 'what' is no field of kind day"),
    ):
        with pytest.raises(PlaybookError, match="budget") as caught:
            await purse.publish(purse_flow() | {"budget": budget})
        assert said in str(caught.value)
    with pytest.raises(DomainError):
        await purse.apply(flow="unknown")
