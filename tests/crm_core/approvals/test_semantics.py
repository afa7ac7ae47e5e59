"""The cases in which products differ, each as our specification says it."""

from datetime import timedelta

import pytest

from crm_core.approvals.facts import Origin, Status
from crm_core.kit.errors import DomainError
from tests.crm_core.approvals.desk import Desk, flow, users

THREE = users("王海燕", "赵敏", "钱伟")  # manager, finance, executive


async def refused(what, code: str) -> DomainError:
    with pytest.raises(DomainError) as caught:
        await what
    assert caught.value.code == code
    return caught.value


class TestModes:
    async def test_any_one_approval_closes_it(self, desk: Desk):
        await desk.publish(flow({"approvers": THREE}))
        one = await desk.apply()
        assert await desk.open(one) == ["executive", "finance", "manager"]
        await desk.approve(one, "finance")
        assert await desk.status(one) is Status.APPROVED
        await desk.check()

    async def test_any_one_rejection_ends_it(self, desk: Desk):
        await desk.publish(flow({"approvers": THREE}))
        one = await desk.apply()
        await desk.reject(one, "finance")
        assert await desk.status(one) is Status.REJECTED
        await desk.check()

    async def test_all_must_agree(self, desk: Desk):
        await desk.publish(flow({"approvers": THREE, "mode": "all"}))
        one = await desk.apply()
        await desk.approve(one, "finance")
        await desk.approve(one, "manager")
        assert await desk.status(one) is Status.RUNNING
        await desk.approve(one, "executive")
        assert await desk.status(one) is Status.APPROVED
        await desk.check()

    async def test_all_one_rejection_ends_it(self, desk: Desk):
        await desk.publish(flow({"approvers": THREE, "mode": "all"}))
        one = await desk.apply()
        await desk.approve(one, "finance")
        await desk.reject(one, "manager")
        assert await desk.status(one) is Status.REJECTED
        await desk.check()

    async def test_in_order_one_after_the_other(self, desk: Desk):
        await desk.publish(flow({"approvers": THREE, "mode": "in_order"}))
        one = await desk.apply()
        assert await desk.open(one) == ["manager"]
        await refused(desk.approve(one, "finance"), "approval.not_your_turn")
        await desk.approve(one, "manager")
        assert await desk.open(one) == ["finance"]
        await desk.approve(one, "finance")
        await desk.approve(one, "executive")
        assert await desk.status(one) is Status.APPROVED
        await desk.check()

    async def test_two_thirds_of_three(self, desk: Desk):
        await desk.publish(flow({"approvers": THREE, "mode": "ratio:0.66"}))
        one = await desk.apply()
        await desk.reject(one, "manager")
        assert await desk.status(one) is Status.RUNNING
        await desk.approve(one, "finance")
        await desk.approve(one, "executive")
        assert await desk.status(one) is Status.APPROVED
        await desk.check()

    async def test_a_ratio_that_cannot_be_reached_ends_it(self, desk: Desk):
        await desk.publish(flow({"approvers": THREE, "mode": "ratio:0.66"}))
        one = await desk.apply()
        await desk.reject(one, "manager")
        await desk.reject(one, "finance")
        assert await desk.status(one) is Status.REJECTED
        await desk.check()


class TestWay:
    async def test_steps_come_in_their_order_and_only_those_that_are_for_it(self, desk: Desk):
        when = {"all": [{"field": "amount", "op": ">", "value": 5000}]}
        await desk.publish(flow({"approvers": users("王海燕")}, {"approvers": users("赵敏"), "when": when}))
        small, large = await desk.apply(), await desk.apply(form={"amount": "5000.01"})
        for one in (small, large):
            await desk.approve(one, "manager")
        assert await desk.status(small) is Status.APPROVED
        assert await desk.open(large) == ["finance"]
        await desk.check()

    async def test_days_are_counted_from_the_first_to_the_last(self, desk: Desk):
        when = {"all": [{"field": "days", "op": ">", "value": 3}]}
        form = [
            {"key": key, "kind": "day", "title": {"zh": title, "en": key}}
            for key, title in (("since", "开始"), ("until", "结束"))
        ]
        steps = {"approvers": users("王海燕")}, {"approvers": users("赵敏"), "when": when}
        await desk.publish(flow(*steps, form=form, amount=None))
        short = await desk.apply(form={"since": "2026-03-16", "until": "2026-03-18"})
        long = await desk.apply(form={"since": "2026-03-16", "until": "2026-03-19"})
        for one in (short, long):
            await desk.approve(one, "manager")
        assert (await desk.status(short), await desk.open(long)) == (Status.APPROVED, ["finance"])
        await desk.check()

    async def test_a_request_that_no_step_is_for_is_signed_all_the_same(self, desk: Desk):
        when = {"all": [{"field": "amount", "op": ">", "value": 5000}]}
        await desk.publish(flow({"approvers": users("赵敏"), "when": when}))
        one = await desk.apply()
        assert await desk.open(one) == ["admin"]
        await desk.approve(one, "admin")
        assert await desk.status(one) is Status.APPROVED
        await desk.check()

    async def test_who_has_just_approved_is_not_asked_again(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}, {"approvers": [{"dept_head": True}]}))
        one = await desk.apply()
        await desk.approve(one, "manager")
        assert await desk.status(one) is Status.APPROVED
        facts = (await desk.request(one)).facts
        assert facts == 8  # submitted, opened, approved, passed, opened, approved (carried), passed, ended
        await desk.check()

    async def test_unless_the_flow_says_so(self, desk: Desk):
        steps = {"approvers": users("王海燕")}, {"approvers": [{"dept_head": True}]}
        await desk.publish(flow(*steps, policy={"repeat_approver": "ask_again"}))
        one = await desk.apply()
        await desk.approve(one, "manager")
        assert await desk.open(one) == ["manager"]
        await desk.check()

    async def test_a_new_version_changes_no_running_request(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}, {"approvers": users("赵敏")}))
        one = await desk.apply()
        await desk.publish(flow({"approvers": users("钱伟")}))
        await desk.approve(one, "manager")
        assert await desk.open(one) == ["finance"]
        assert await desk.open(await desk.apply()) == ["executive"]
        await desk.check()


class TestReturn:
    async def test_to_the_applicant_and_again_from_the_start(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}, {"approvers": users("赵敏")}))
        one = await desk.apply()
        await desk.approve(one, "manager")
        await desk.does("send_back", one, "finance")
        assert await desk.status(one) is Status.RETURNED
        before = (await desk.request(one)).visits
        await desk.own("resubmit", one, "owner", {"what": "年会", "amount": "600"})
        request = await desk.request(one)
        assert (request.status, request.round) == (Status.RUNNING, 2)
        assert request.visits[: len(before)] == before, "9: earlier rounds stay as they are"
        assert await desk.open(one) == ["manager"]
        await desk.check()

    async def test_from_who_returned_it_where_nothing_that_decides_the_way_was_changed(self, desk: Desk):
        steps = {"approvers": users("王海燕")}, {"approvers": users("赵敏")}
        await desk.publish(flow(*steps, policy={"resubmit": "from_rejecter"}))
        same, other = await desk.apply(), await desk.apply()
        for one in (same, other):
            await desk.approve(one, "manager")
            await desk.does("send_back", one, "finance")
        await desk.own("resubmit", same, "owner", {"what": "年会场地", "amount": "800"})
        await desk.own("resubmit", other, "owner", {"what": "年会", "amount": "900"})
        assert (await desk.open(same), await desk.open(other)) == (["finance"], ["manager"])
        await desk.check()

    async def test_to_an_earlier_step_in_the_same_round(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}, {"approvers": users("赵敏")}))
        one = await desk.apply()
        await desk.approve(one, "manager")
        await desk.does("send_back", one, "finance", to="s1")
        assert (await desk.open(one), (await desk.request(one)).round) == (["manager"], 1)
        await desk.approve(one, "manager")
        assert await desk.open(one) == ["finance"]
        await desk.check()

    async def test_needs_a_reason_as_a_rejection_does(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}))
        one = await desk.apply()
        await refused(desk.does("send_back", one, "manager", words=" "), "required")
        await refused(desk.reject(one, "manager", words=None), "required")


class TestTakingBack:
    async def test_withdrawn_before_the_end(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}, {"approvers": users("赵敏")}))
        one = await desk.apply()
        await desk.approve(one, "manager")
        await desk.own("withdraw", one)
        assert await desk.status(one) is Status.WITHDRAWN
        error = await refused(desk.approve(one, "finance"), "approval.ended")
        assert error.params["status"] == "withdrawn"
        await desk.check()

    async def test_not_after_the_first_decision_where_the_flow_says_so(self, desk: Desk):
        steps = {"approvers": users("王海燕")}, {"approvers": users("赵敏")}
        await desk.publish(flow(*steps, policy={"withdraw": "until_first_decision"}))
        one = await desk.apply()
        await desk.approve(one, "manager")
        await refused(desk.own("withdraw", one), "approval.withdraw_too_late")

    async def test_revoked_with_the_consent_of_who_approved_last(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}, {"approvers": users("赵敏")}))
        one = await desk.apply()
        await desk.approve(one, "manager")
        await desk.approve(one, "finance")
        await desk.own("ask_revoke", one, "owner", "行程取消")
        await refused(desk.own("answer_revoke", one, "manager", agreed=True), "approval.not_yours")
        await desk.own("answer_revoke", one, "finance", agreed=True)
        assert await desk.status(one) is Status.REVOKED
        await desk.check()

    async def test_not_revoked_when_it_is_refused_or_too_late(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}))
        one = await desk.apply()
        await desk.approve(one, "manager")
        await desk.own("ask_revoke", one, "owner", "行程取消")
        await desk.own("answer_revoke", one, "manager", agreed=False)
        assert await desk.status(one) is Status.APPROVED
        desk.firm.clock.advance(timedelta(days=8))
        await refused(desk.own("ask_revoke", one, "owner", "行程取消"), "approval.revoke_too_late")
        await desk.check()


class TestAdded:
    async def test_before_blocks_its_seat(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}))
        one = await desk.apply()
        await desk.does("add_signer", one, "manager", desk.id("finance"), Origin.BEFORE)
        assert await desk.open(one) == ["finance"]
        await refused(desk.approve(one, "manager"), "approval.not_your_turn")
        await desk.approve(one, "finance")
        await desk.approve(one, "manager")
        assert await desk.status(one) is Status.APPROVED
        await desk.check()

    async def test_after_blocks_the_step(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕", "钱伟")}))
        one = await desk.apply()
        await desk.does("add_signer", one, "manager", desk.id("finance"), Origin.AFTER)
        assert await desk.open(one) == ["executive", "manager"]
        await desk.approve(one, "executive")
        assert await desk.open(one) == ["finance"]
        await desk.approve(one, "finance")
        assert await desk.status(one) is Status.APPROVED
        await desk.check()

    async def test_a_transfer_takes_the_added_along(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}))
        one = await desk.apply()
        await desk.does("add_signer", one, "manager", desk.id("finance"), Origin.AFTER)
        await desk.does("transfer", one, "manager", desk.id("executive"))
        await desk.approve(one, "executive")
        assert await desk.open(one) == ["finance"]
        await desk.check()

    async def test_removed_by_who_added_it(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}))
        one = await desk.apply()
        await desk.does("add_signer", one, "manager", desk.id("finance"), Origin.BEFORE)
        await refused(desk.does("remove_added", one, "finance"), "approval.not_added")
        await desk.does("remove_added", one, "manager", seat_of="finance")
        assert await desk.open(one) == ["manager"]
        await desk.check()

    async def test_a_step_whose_last_blocker_is_removed_goes_on(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}))
        one = await desk.apply()
        await desk.does("add_signer", one, "manager", desk.id("finance"), Origin.AFTER)
        await desk.approve(one, "manager")
        await desk.does("remove_added", one, "manager", seat_of="finance")
        assert await desk.status(one) is Status.APPROVED
        await desk.check()

    async def test_nobody_who_signs_already_nor_the_applicant(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕", "赵敏")}))
        one = await desk.apply()
        for verb, more in (("transfer", ()), ("add_signer", (Origin.BEFORE,))):
            await refused(desk.does(verb, one, "manager", desk.id("finance"), *more), "approval.signs_already")
            await refused(desk.does(verb, one, "manager", desk.id("owner"), *more), "approval.own_request")


class TestDeputies:
    """马超 stands in for 李娜 this month."""

    async def test_a_deputy_signs_in_the_absent_one_s_place(self, desk: Desk):
        await desk.publish(flow({"approvers": users("李娜")}))
        one = await desk.apply("peer")
        case = await desk.approve(one, "stand-in", seat_of="owner")
        fact = case.fresh[0]
        assert (fact.actor, fact.for_id) == (desk.id("stand-in"), desk.id("owner"))
        assert await desk.status(one) is Status.APPROVED
        await desk.check()

    async def test_not_on_the_request_of_the_one_who_delegates_nor_on_one_s_own(self, desk: Desk):
        await desk.publish(flow({"approvers": users("李娜", "王海燕")}))
        own = await desk.apply("stand-in")
        await refused(desk.approve(own, "stand-in", seat_of="owner"), "approval.own_request")
        theirs = await desk.apply("owner")
        await refused(desk.approve(theirs, "stand-in", seat_of="manager"), "approval.not_yours")

    async def test_no_longer_once_it_is_over(self, desk: Desk):
        await desk.publish(flow({"approvers": users("李娜")}))
        one = await desk.apply("peer")
        desk.firm.clock.advance(timedelta(days=40))
        await refused(desk.approve(one, "stand-in", seat_of="owner"), "not_found")


class TestOnce:
    async def test_the_same_press_counts_once(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕", "赵敏"), "mode": "all"}))
        one = await desk.apply()
        await desk.approve(one, "manager", key="press 7")
        facts = (await desk.request(one)).facts
        assert (await desk.approve(one, "manager", key="press 7")).again
        assert (await desk.request(one)).facts == facts

    async def test_the_same_submit_starts_once(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}))
        assert await desk.apply(key="submit 7") == await desk.apply(key="submit 7")

    async def test_pressed_too_late_one_hears_who_was_quicker(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕", "赵敏")}))
        one = await desk.apply()
        await desk.approve(one, "manager")
        error = await refused(desk.approve(one, "finance"), "approval.decided")
        assert (error.params["name"], error.params["how"]) == ("王海燕", "approved")
        assert error.params["at"] == desk.firm.clock.now()

    async def test_nudged_once_in_four_hours(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}))
        one = await desk.apply()
        await desk.own("nudge", one)
        await refused(desk.own("nudge", one), "approval.nudged_just_now")
        desk.firm.clock.advance(timedelta(hours=4))
        await desk.own("nudge", one)
        await desk.check()

    async def test_strangers_to_a_request_do_not_know_of_it(self, desk: Desk):
        await desk.publish(flow({"approvers": users("王海燕")}))
        one = await desk.apply()
        await refused(desk.approve(one, "peer", seat_of="manager"), "not_found")
