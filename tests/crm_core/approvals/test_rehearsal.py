"""Before a flow is published (AP02): who would sign a request, and what the flow names that is not there."""

from decimal import Decimal
from typing import Any

import pytest
import yaml

from crm_core.approvals.rehearsal import Sample, Stop, rehearse
from crm_core.approvals.soundness import Doubt, Kind, doubts
from crm_core.org import service as org
from crm_core.playbook import service as playbook
from crm_core.playbook.book import Playbook, parse
from tests.crm_core.approvals.desk import Desk, flow, users

LARGE = {"all": [{"field": "amount", "op": ">", "value": 5000}]}


def book(*flows: dict[str, Any]) -> Playbook:
    body = yaml.safe_load(playbook.default_text()) | {"flows": list(flows)}
    return parse(yaml.safe_dump(body, allow_unicode=True))


async def played(desk: Desk, made: dict[str, Any], by: str = "owner", **given: Any) -> list[Stop]:
    async with desk.firm.db.unit() as session:
        sample = Sample(applicant_id=desk.id(by), **given)
        return await rehearse(session, book(made).flow("test"), sample)


def told(stops: list[Stop]) -> list[tuple[str, bool, list[tuple[str, str | None]]]]:
    return [(one.key, one.comes, [(seat.name, seat.why) for seat in one.seats]) for one in stops]


async def doubted(desk: Desk, *flows: dict[str, Any]) -> list[Doubt]:
    async with desk.firm.db.unit() as session:
        return await doubts(session, book(*flows))


class TestRehearsal:
    async def test_each_step_with_its_people_and_those_that_do_not_come(self, desk: Desk):
        made = flow({"approvers": [{"manager": 1}]}, {"approvers": [{"role": "finance"}], "when": LARGE})
        assert told(await played(desk, made, amount=Decimal(800))) == [
            ("s1", True, [("王海燕", None)]),
            ("s2", False, []),
        ]
        large = await played(desk, made, form={"amount": "8000"})
        assert told(large)[1] == ("s2", True, [("赵敏", None), ("沈岚", None)])

    async def test_it_says_why_somebody_signs_in_another_s_place(self, desk: Desk):
        made = flow({"approvers": users("王海燕")}, {"approvers": users("查无此人")}, {"approvers": users("赵敏")})
        async with desk.firm.db.unit() as session:
            await org.leave(session, await desk.firm.actor(session, "admin"), desk.id("finance"))
        assert told(await played(desk, made, "manager")) == [
            ("s1", True, [("赵立", "self")]),
            ("s2", True, [("蒋涛", "empty")]),
            ("s3", True, [("蒋涛", "empty")]),
        ]

    async def test_who_signed_just_before_is_not_asked_again(self, desk: Desk):
        steps = {"approvers": [{"manager": 1}]}, {"approvers": [{"dept_head": True}]}
        assert [one.seats[0].again for one in await played(desk, flow(*steps))] == [False, True]
        asks = flow(*steps, policy={"repeat_approver": "ask_again"})
        assert [one.seats[0].again for one in await played(desk, asks)] == [False, False]

    async def test_a_step_whose_signer_the_applicant_chooses_waits(self, desk: Desk):
        made = flow({"approvers": [{"applicant_pick": True}]})
        assert (await played(desk, made))[0].waits_for_pick
        assert told(await played(desk, made, picks={"s1": desk.id("peer")})) == [("s1", True, [("陈晓东", "picked")])]

    async def test_a_request_that_no_step_is_for_is_signed_all_the_same(self, desk: Desk):
        made = flow({"approvers": users("赵敏"), "when": LARGE})
        assert told(await played(desk, made)) == [("s1", False, []), ("unforeseen", True, [("蒋涛", "empty")])]

    @pytest.mark.parametrize("amount", [800, 8000, 30000])
    @pytest.mark.parametrize("by", ["owner", "manager", "finance", "executive"])
    async def test_what_is_played_is_what_comes(self, desk: Desk, amount: int, by: str):
        """The rehearsal and the request are of one mind: each step is signed by whom was foretold."""
        made = flow(
            {"approvers": [{"manager": 1}]},
            {"approvers": [{"role": "finance"}, {"dept_head": True}], "mode": "all", "when": LARGE},
            {"approvers": users("钱伟")},
            policy={"repeat_approver": "ask_again"},
        )
        await desk.publish(made)
        form = {"amount": str(amount)}
        foretold = [{seat.id for seat in one.seats} for one in await played(desk, made, by, form=form) if one.comes]
        one = await desk.apply(by, form=form)
        came: list[set[int]] = []
        while (request := await desk.request(one)).visit is not None:
            came.append({chair.holder for chair in request.of(request.visit)})
            for relation in await desk.open(one):
                await desk.approve(one, relation)
        assert came == foretold


class TestSoundness:
    async def test_the_playbook_that_ships_has_nobody_missing_below_the_top(self, desk: Desk):
        async with desk.firm.db.unit() as session:
            found = await doubts(session, playbook.default())
        assert {one.kind for one in found} <= {Kind.NOBODY}
        assert all("李娜" not in one.names for one in found)

    async def test_people_who_are_not_there_and_who_have_left(self, desk: Desk):
        made = flow({"approvers": users("王海燕", "赵敏", "王海雁")}, cc=users("孙血"))
        async with desk.firm.db.unit() as session:
            await org.leave(session, await desk.firm.actor(session, "admin"), desk.id("finance"))
        assert await doubted(desk, made) == [
            Doubt(Kind.HAS_LEFT, "test", "s1", ("赵敏",)),
            Doubt(Kind.NO_SUCH_PERSON, "test", "s1", ("王海雁",)),
            Doubt(Kind.NO_SUCH_PERSON, "test", None, ("孙血",)),
        ]

    async def test_the_one_for_exceptions_must_be_there_too(self, desk: Desk):
        made = flow({"approvers": users("王海燕")}, policy={"empty_approver": "user:无名"})
        assert await doubted(desk, made) == [Doubt(Kind.NO_SUCH_PERSON, "test", None, ("无名",))]

    async def test_units_that_are_not_there(self, desk: Desk):
        here, gone = ({"all": [{"field": "dept", "op": "in_tree", "value": one}]} for one in ("销售一部", "销售九部"))
        made = flow({"approvers": users("王海燕"), "when": here}, {"approvers": users("赵敏"), "when": gone})
        assert await doubted(desk, made) == [Doubt(Kind.NO_SUCH_UNIT, "test", "s2", ("销售九部",))]

    async def test_applicants_for_whom_the_rules_come_to_nobody(self, desk: Desk):
        (one,) = await doubted(desk, flow({"approvers": [{"manager": 1}]}))
        assert (one.kind, one.step, one.instead) == (Kind.NOBODY, "s1", ("蒋涛", "钱伟"))
        assert {"赵立", "钱伟", "蒋涛"} <= set(one.names)
        assert not {"李娜", "王海燕", "褚亮"} & set(one.names)
        assert not one.forbids

    async def test_only_those_count_whom_the_step_is_for(self, desk: Desk):
        reps = {"all": [{"field": "role", "op": "in", "value": ["rep"]}]}
        sales = {"all": [{"field": "dept", "op": "in_tree", "value": "深圳分公司"}]}
        assert {"赵立", "钱伟"}.isdisjoint(
            name
            for one in await doubted(desk, flow({"approvers": [{"manager": 1}], "when": reps}))
            for name in one.names
        )
        (found,) = await doubted(desk, flow({"approvers": [{"manager": 1}], "when": sales}))
        assert set(found.names) == {"赵立", "赵敏"}

    async def test_a_flow_that_nobody_it_names_could_ever_sign_is_not_to_be_published(self, desk: Desk):
        made = flow({"approvers": users("查无此人")}, {"approvers": users("无此人")})
        found = await doubted(desk, made)
        assert [one.kind for one in found] == [Kind.NO_SUCH_PERSON, Kind.NO_SUCH_PERSON, Kind.NEVER]
        assert [one.forbids for one in found] == [False, False, True]

    async def test_what_is_withdrawn_is_left_alone(self, desk: Desk):
        assert await doubted(desk, flow({"approvers": users("查无此人")}, withdrawn=True)) == []
