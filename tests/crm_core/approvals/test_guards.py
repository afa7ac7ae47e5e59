"""Who may not, and what must not be: each promise that a fault was seen to break (tests/mutants)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from crm_core.approvals import advance, lists, queries, signing, timers
from crm_core.approvals.facts import Origin, Status
from crm_core.approvals.models import Approval, ApprovalSeat, ApprovalTimer
from crm_core.kit.db import now
from crm_core.org import service as org
from crm_core.org.models import StandIn
from tests.crm_core.approvals.desk import Desk, flow, users
from tests.crm_core.approvals.test_semantics import refused

LARGE = {"all": [{"field": "amount", "op": ">", "value": 5000}]}


async def stands_in(desk: Desk, deputy: str, absent: str) -> None:
    async with desk.firm.db.unit() as session:
        month = {"starts_at": now(session).replace(day=1), "ends_at": now(session).replace(day=31)}
        session.add(StandIn(absent_id=desk.id(absent), deputy_id=desk.id(deputy), created_by=desk.id(absent), **month))


async def reads(desk: Desk, approval_id: int, by: str) -> bool:
    """Whether somebody reads a request: by its number, in a list, and to say something of it."""
    async with desk.firm.db.unit() as session:
        actor = await desk.firm.actor(session, by)
        listed = await session.scalar(queries.readable(select(Approval.id).where(Approval.id == approval_id), actor))
        if listed is not None:
            await queries.whole(session, actor, approval_id)
            await signing.comment(session, actor, approval_id, "请尽快处理")
            return True
        await refused(queries.whole(session, actor, approval_id), "not_found")
        await refused(signing.comment(session, actor, approval_id, "请尽快处理"), "not_found")
        return False


async def waits_for(desk: Desk, by: str) -> list[int]:
    async with desk.firm.db.unit() as session:
        actor = await desk.firm.actor(session, by)
        rows = (await lists.waiting(session, actor)).rows
        assert await queries.count_pending(session, actor) == len(rows)
        seats = [await queries.seat_of(session, actor, row.id) for row in rows]
        assert [seat is not None and seat.id for seat in seats] == [row.seat for row in rows]
        return [row.id for row in rows]


class TestReading:
    """19: who is not applicant, signer, told or in an admin's scope reads nothing."""

    async def test_who_is_on_it_reads_and_nobody_else(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}, {"approvers": users("赵敏")}))
        one = await desk.apply()
        readers = {who for who in desk.firm.people if await reads(desk, one, who)}
        assert readers == {"owner", "manager", "operations", "admin"}
        await desk.approve(one, "manager")
        assert await reads(desk, one, "finance")
        assert await reads(desk, one, "manager"), "who has signed goes on reading"

    async def test_who_is_told_reads_once_it_is_approved_and_not_before(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}, cc=users("陈晓东")))
        one, refused_one = await desk.apply(), await desk.apply()
        assert not await reads(desk, one, "peer")
        await desk.approve(one, "manager")
        await desk.reject(refused_one, "manager")
        assert await reads(desk, one, "peer")
        assert not await reads(desk, refused_one, "peer")

    async def test_what_waits_is_listed_to_whom_it_waits_for(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}, {"approvers": users("赵敏")}))
        one = await desk.apply()
        assert await waits_for(desk, "manager") == [one]
        assert [await waits_for(desk, who) for who in ("owner", "peer", "finance", "admin")] == [[], [], [], []]
        await desk.approve(one, "manager")
        assert (await waits_for(desk, "manager"), await waits_for(desk, "finance")) == ([], [one])


class TestDeputies:
    """马超 stands in for 李娜 this month."""

    async def test_what_waits_for_the_absent_one_is_listed_but_not_one_s_own(self, desk: Desk):
        await desk.publish(flow({"approvers": users("李娜")}))
        theirs = await desk.apply("peer")
        await desk.apply("stand-in")
        assert await waits_for(desk, "stand-in") == [theirs]

    async def test_nor_that_of_the_absent_one(self, desk: Desk):
        await stands_in(desk, "stand-in", "manager")
        await desk.publish(flow({"approvers": users("王海燕")}))
        one, other = await desk.apply("owner"), await desk.apply("peer")
        assert await waits_for(desk, "stand-in") == [other]
        await refused(desk.approve(one, "stand-in", seat_of="manager"), "approval.not_yours")
        await desk.approve(other, "stand-in", seat_of="manager")

    async def test_it_does_not_chain(self, desk: Desk):
        await stands_in(desk, "other department", "stand-in")
        await desk.publish(flow({"approvers": users("李娜")}))
        one = await desk.apply("peer")
        assert await waits_for(desk, "other department") == []
        await refused(desk.approve(one, "other department", seat_of="owner"), "not_found")

    async def test_a_deputy_consents_but_nobody_else(self, desk: Desk):
        await stands_in(desk, "stand-in", "manager")
        await desk.publish(flow({"approvers": users("王海燕")}))
        one = await desk.apply("peer")
        await desk.approve(one, "manager")
        await desk.own("ask_revoke", one, "peer", "行程取消")
        await refused(desk.own("answer_revoke", one, "peer", agreed=True), "approval.own_request")
        await desk.own("answer_revoke", one, "stand-in", agreed=True)
        assert await desk.status(one) is Status.REVOKED


class TestCommands:
    async def test_only_the_applicant_withdraws_and_only_before_the_end(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}))
        one = await desk.apply()
        await refused(desk.own("withdraw", one, "manager"), "not_allowed")
        await refused(desk.own("withdraw", one, "peer"), "not_found")
        await desk.approve(one, "manager")
        await refused(desk.own("withdraw", one), "approval.ended")

    async def test_a_step_allows_only_what_it_says(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕"), "allow": ["comment"]}))
        one = await desk.apply()
        await refused(desk.does("transfer", one, "manager", desk.id("finance")), "approval.not_allowed_here")
        added = desk.does("add_signer", one, "manager", desk.id("finance"), Origin.BEFORE)
        await refused(added, "approval.not_allowed_here")
        await refused(desk.does("send_back", one, "manager"), "approval.not_allowed_here")

    async def test_nobody_who_has_left_gets_a_seat(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}))
        one = await desk.apply()
        async with desk.firm.db.unit() as session:
            await org.leave(session, await desk.firm.actor(session, "admin"), desk.id("finance"))
        for verb, more in (("transfer", ()), ("add_signer", (Origin.AFTER,))):
            await refused(desk.does(verb, one, "manager", desk.id("finance"), *more), "employee.has_left")

    async def test_seats_of_who_leaves_go_to_a_superior(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕", "周立"), "mode": "in_order"}))
        one = await desk.apply()
        async with desk.firm.db.unit() as session:
            await org.leave(session, await desk.firm.actor(session, "admin"), desk.id("department"))
        await desk.approve(one, "manager")
        assert await desk.open(one) == ["director"]
        await desk.check()

    async def test_whose_consent_is_awaited_may_leave_and_the_one_before_consents(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}, {"approvers": users("赵敏")}))
        one = await desk.apply()
        await desk.approve(one, "manager")
        await desk.approve(one, "finance")
        await desk.own("ask_revoke", one, "owner", "行程取消")
        async with desk.firm.db.unit() as session:
            await org.leave(session, await desk.firm.actor(session, "admin"), desk.id("finance"))
        await desk.check()
        await desk.own("answer_revoke", one, "manager", agreed=True)
        assert await desk.status(one) is Status.REVOKED
        await desk.check()

    async def test_the_end_is_told_to_the_features_once(self, desk: Desk, monkeypatch: pytest.MonkeyPatch):
        told: list[Any] = []
        publish = advance.publish

        async def heard(session: Any, event: Any) -> None:
            told.append((event.approval_id, event.status))
            await publish(session, event)

        monkeypatch.setattr(advance, "publish", heard)
        await desk.publish(flow({"approvers": users("王海燕")}))
        yes, no = await desk.apply(), await desk.apply()
        await desk.approve(yes, "manager", key="press 1")
        await desk.approve(yes, "manager", key="press 1")
        await desk.reject(no, "manager")
        assert told == [(yes, Status.APPROVED), (no, Status.REJECTED)]


class TestTables:
    """11, and what the database refuses whoever writes."""

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE approval_fact SET words = '同意' WHERE kind = 'approved'",
            "DELETE FROM approval_fact",
            "UPDATE approval SET status = 'running'",  # without its end
            "UPDATE approval_step SET went = 'active', closed_at = NULL",  # two at once
            "UPDATE approval_seat SET state = 'pending', decided_at = NULL, holder_id = 1, step = 1",  # one's second
            "INSERT INTO approval_effect SELECT * FROM approval_effect",
        ],
    )
    async def test_refuse_what_must_never_be(self, desk: Desk, statement: str):
        await desk.publish(flow({"approvers": users("王海燕")}, {"approvers": users("赵敏")}))
        one = await desk.apply()
        await desk.approve(one, "manager")
        await desk.approve(one, "finance")
        with pytest.raises(DBAPIError):
            async with desk.firm.db.unit() as session:
                await session.execute(text(statement))
        await desk.check()


class TestTimers:
    """16: no timer goes off on a step that is closed."""

    async def test_what_is_decided_is_looked_at_no_more(self, desk: Desk):
        hours = {"hours": 2, "calendar": "clock"}
        await desk.publish(flow({"approvers": users("王海燕"), "sla": hours}, {"approvers": users("赵敏")}))
        passed, ended, back = [await desk.apply() for _ in range(3)]
        async with desk.firm.db.unit() as session:
            waiting = [(row.id, row.approval_id) for row in await session.scalars(select(ApprovalTimer))]
        await desk.approve(passed, "manager")
        await desk.own("withdraw", ended)
        await desk.does("send_back", back, "manager")
        desk.firm.clock.advance(timedelta(hours=3))
        async with desk.firm.db.unit() as session:
            assert await timers.due(session) == []
            assert await timers.next_due(session) is None
        for timer_id, approval_id in waiting:  # a clock that had read them before
            async with desk.firm.db.unit() as session:
                assert await timers.fire(session, timer_id, approval_id) is None
        await desk.check()

    async def test_who_is_late_keeps_the_seat_and_the_second_one_s_yes_is_enough(self, desk: Desk):
        hours = {"hours": 2, "calendar": "clock"}
        await desk.publish(flow({"approvers": users("王海燕", "赵敏"), "mode": "all", "sla": hours}))
        one = await desk.apply()
        desk.firm.clock.advance(timedelta(hours=2))
        async with desk.firm.db.unit() as session:
            due = await timers.due(session)
        for timer_id, approval_id in due:
            async with desk.firm.db.unit() as session:
                await timers.fire(session, timer_id, approval_id)
        assert await desk.open(one) == ["admin", "director", "finance", "manager"]
        await desk.approve(one, "director")
        assert await desk.open(one) == ["admin", "finance"], "one yes for the vote of 王海燕"
        await desk.approve(one, "finance")
        assert await desk.status(one) is Status.APPROVED
        await desk.check()


class TestWay:
    async def test_an_approval_of_an_earlier_round_approves_nothing(self, desk: Desk):
        """7: what was signed before it was returned does not sign what comes back."""
        await desk.publish(
            flow({"approvers": users("王海燕"), "when": LARGE}, {"approvers": users("赵敏"), "when": LARGE})
        )
        one = await desk.apply(form={"what": "年会", "amount": "8000"})
        await desk.approve(one, "manager")
        await desk.does("send_back", one, "finance")
        await desk.own("resubmit", one, "owner", {"what": "年会", "amount": "100"})
        assert await desk.open(one) == ["admin"]
        await desk.check()

    async def test_what_was_signed_in_a_step_that_was_returned_is_asked_again(self, desk: Desk):
        both = {"approvers": users("王海燕", "赵敏"), "mode": "all"}
        await desk.publish(flow({"approvers": users("王海燕")}, both))
        one = await desk.apply()
        await desk.approve(one, "manager")
        await desk.does("send_back", one, "finance", to="s1")
        assert await desk.open(one) == ["manager"]
        await desk.check()

    async def test_a_rejection_out_of_turn_counts_as_little_as_an_approval(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕", "赵敏"), "mode": "in_order"}))
        one = await desk.apply()
        await refused(desk.reject(one, "finance"), "approval.not_your_turn")

    async def test_one_rejection_of_three_in_order_ends_it(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕", "赵敏", "钱伟"), "mode": "in_order"}))
        one = await desk.apply()
        await desk.approve(one, "manager")
        await desk.reject(one, "finance")
        assert await desk.status(one) is Status.REJECTED
        await desk.check()


class TestPlans:
    async def test_what_waits_is_read_by_what_waits(self, desk: Desk):
        """By the index of open seats: all that somebody ever signed lies under the same holder."""
        async with desk.firm.db.unit() as session:
            manager = await desk.firm.actor(session, "manager")
            statement = select(ApprovalSeat.id).join(Approval, Approval.id == ApprovalSeat.approval_id)
            shown = statement.where(*queries.waits(manager)).compile(
                dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
            )
            await session.execute(text("SET LOCAL enable_seqscan = off"))
            plan = "\n".join(await session.scalars(text(f"EXPLAIN {shown}")))
        assert "ix_approval_seat_open" in plan, plan
