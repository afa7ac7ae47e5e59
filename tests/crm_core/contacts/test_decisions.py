"""Who decides at a customer: roles in time, reporting lines without circles, relations, moves, what was spent."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from crm_core.contacts import days, file, gifts, moves, queries, service, standing, ties
from crm_core.contacts.commands import AddContact, AddDay, AddGift, ChangePost, MoveContact, Relate, SendAway
from crm_core.contacts.models import Attitude, Contact, ContactRole, DecisionRole
from crm_core.contacts.tree import page_of_tree, tree_of
from crm_core.customers.models import Customer
from crm_core.kit.errors import DomainError
from crm_core.kit.words.yearly import Yearly
from crm_core.visits.met import deciders_met, met_at
from tests.support.company import Firm

RUIJIN = "上海瑞金医疗器械有限公司"


async def add(firm: Firm, customer: Customer, name: str, by: str = "owner", **given) -> Contact:
    async with firm.db.unit() as session:
        command = AddContact(customer=customer.id, name=name, **given)
        return await service.add_contact(session, await firm.actor(session, by), command)


async def do(firm: Firm, operation, *given, by: str = "owner", **named):
    async with firm.db.unit() as session:
        return await operation(session, await firm.actor(session, by), *given, **named)


async def refused(firm: Firm, operation, *given, by: str = "owner", **named) -> str:
    with pytest.raises(DomainError) as error:
        await do(firm, operation, *given, by=by, **named)
    return error.value.code


async def times(firm: Firm, customer: Customer) -> int:
    async with firm.db.unit() as session:
        return (await deciders_met(session, customer.id)).visits


class TestRoles:
    async def test_are_kept_in_their_order_and_told_with_the_name(self, firm: Firm):
        customer = await firm.customer()
        roles = (DecisionRole.DECIDER, DecisionRole.USER)
        wang = await add(firm, customer, "王建国", roles=roles, birthday=Yearly(8, 15, lunar=True))
        assert wang.roles == ["user", "decider"]
        async with firm.db.unit() as session:
            assert [days.yearly(one) for one in await days.of_contact(session, wang.id)] == [Yearly(8, 15, lunar=True)]

    async def test_a_visit_counts_by_the_role_of_its_time(self, firm: Firm):
        customer = await firm.customer()
        wang = await add(firm, customer, "王建国")
        await firm.visit(customer, contact=wang.id)
        firm.clock.advance(timedelta(days=1))
        await do(firm, standing.set_role, wang.id, DecisionRole.DECIDER, has=True)
        await firm.visit(customer, contact=wang.id)
        assert await times(firm, customer) == 1, "not what was before one knew"
        firm.clock.advance(timedelta(days=1))
        await do(firm, standing.set_role, wang.id, DecisionRole.DECIDER, has=False)
        firm.clock.advance(timedelta(hours=1))
        await firm.visit(customer, contact=wang.id)
        assert await times(firm, customer) == 1
        await do(firm, standing.set_role, wang.id, DecisionRole.DECIDER, has=True)
        assert await times(firm, customer) == 2, "of the day on which it is told the whole day counts"

    async def test_the_same_tap_twice_is_one_role(self, firm: Firm):
        wang = await add(firm, await firm.customer(), "王建国")
        await asyncio.gather(
            *(do(firm, standing.set_role, wang.id, DecisionRole.BUYER, has=True) for _ in range(4)),
        )
        async with firm.db.unit() as session:
            assert await session.scalar(select(func.count()).select_from(ContactRole)) == 1

    @pytest.mark.parametrize("by", ["peer", "finance", "other branch"])
    async def test_only_who_may_change_the_customer(self, firm: Firm, by: str):
        wang = await add(firm, await firm.customer(), "王建国")
        for operation, values, named in (
            (standing.set_role, (DecisionRole.BUYER,), {"has": True}),
            (standing.set_attitude, (Attitude.FRIENDLY,), {}),
            (standing.set_influence, (5,), {}),
            (standing.set_minder, (None,), {}),
            (ties.report_to, (None,), {}),
            (file.set_hobbies, (["钓鱼"],), {}),
            (file.change_file, ("birthplace", "长沙"), {}),
        ):
            assert await refused(firm, operation, wang.id, *values, by=by, **named) == "not_allowed"

    async def test_only_one_of_ours_who_is_there_looks_after_somebody(self, firm: Firm):
        customer = await firm.tied()
        wang = await add(firm, customer, "王建国")
        helper, peer = firm.people["helper"].id, firm.people["peer"].id
        assert (await do(firm, standing.set_minder, wang.id, helper)).minded_by == helper
        assert await refused(firm, standing.set_minder, wang.id, peer) == "contact.no_colleague_here"


class TestReporting:
    async def test_never_runs_in_a_circle_whoever_draws_it(self, firm: Firm):
        customer = await firm.customer()
        wang, li, chen = [await add(firm, customer, name) for name in ("王建国", "李芳", "陈工")]
        await do(firm, ties.report_to, li.id, wang.id)
        await do(firm, ties.report_to, chen.id, li.id)
        for boss in (li, chen, wang):
            assert await refused(firm, ties.report_to, wang.id, boss.id) == "contact.reports_in_circle"

    async def test_two_at_once_draw_no_circle(self, firm: Firm):
        customer = await firm.customer()
        wang, li = await add(firm, customer, "王建国"), await add(firm, customer, "李芳")
        done = await asyncio.gather(
            do(firm, ties.report_to, li.id, wang.id),
            do(firm, ties.report_to, wang.id, li.id, by="manager"),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in done) == ["Contact", "DomainError"]

    async def test_not_to_somebody_at_another_customer(self, firm: Firm):
        wang = await add(firm, await firm.customer(), "王建国")
        other = await add(firm, await firm.customer(RUIJIN), "单小芳")
        assert await refused(firm, ties.report_to, wang.id, other.id) == "contact.not_there"


@st.composite
def people(draw: st.DrawFn) -> list[SimpleNamespace]:
    count = draw(st.integers(0, 60))
    gone = st.sampled_from([None, None, date(2026, 1, 1)])
    bosses = [draw(st.none() | st.integers(1, count)) for _ in range(count)]
    return [SimpleNamespace(id=at, reports_to_id=boss, left_at=draw(gone)) for at, boss in enumerate(bosses, 1)]


@settings(suppress_health_check=[HealthCheck.too_slow])  # of a machine with much else to do
@given(people())
def test_a_tree_holds_everybody_who_hangs_on_its_top_once_and_below_the_superior(known: list[SimpleNamespace]):
    nodes = tree_of(known)
    at = {node.person.id: place for place, node in enumerate(nodes)}
    assert len(at) == len(nodes)
    for node in nodes:
        if node.boss is not None:
            assert at[node.boss.id] < at[node.person.id]
            assert node.depth == nodes[at[node.boss.id]].depth + 1
    if not any(one.reports_to_id for one in known):
        assert len(nodes) == len(known)


def test_pages_of_a_tree_hold_everybody_once():
    nodes = tree_of([SimpleNamespace(id=at, reports_to_id=None, left_at=None) for at in range(1, 61)])
    pages = [page_of_tree(nodes, page, 12)[0] for page in range(5)]
    assert [node.person.id for page in pages for node in page] == list(range(1, 61))
    assert page_of_tree(nodes, 99, 12)[1:] == (4, 5)
    assert page_of_tree([], 3, 12) == ([], 0, 1)


class TestRelations:
    async def test_are_seen_from_both_sides_by_who_may_see_the_other(self, firm: Firm):
        wang = await add(firm, await firm.customer(), "王建国")
        shan = await add(firm, await firm.customer(RUIJIN, by="peer"), "单小芳", by="peer")
        command = Relate(contact_id=wang.id, other=shan.id, kind="schoolmates")
        assert await refused(firm, ties.relate, command) == "not_found"
        await do(firm, ties.relate, command, by="manager")
        for by, mine, seen in (("manager", wang, 1), ("manager", shan, 1), ("owner", wang, 0), ("peer", shan, 0)):
            async with firm.db.unit() as session:
                actor = await firm.actor(session, by)
                assert len(await ties.relations_of(session, actor, [mine.id])) == seen

    async def test_are_of_the_playbook_s_kinds_and_each_once(self, firm: Firm):
        customer = await firm.customer()
        wang, li = await add(firm, customer, "王建国"), await add(firm, customer, "李芳")
        made = await do(firm, ties.relate, Relate(contact_id=li.id, other=wang.id, kind="family"))
        assert (made.one_id, made.other_id) == (wang.id, li.id)
        again = Relate(contact_id=wang.id, other=li.id, kind="family")
        assert await refused(firm, ties.relate, again) == "contact.related_already"
        assert await refused(firm, ties.relate, Relate(contact_id=wang.id, other=wang.id, kind="family")) == (
            "contact.not_oneself"
        )
        strange = Relate(contact_id=wang.id, other=li.id, kind="enemies")
        assert await refused(firm, ties.relate, strange) == "contact.not_in_playbook"
        assert await refused(firm, ties.unrelate, made.id, by="finance") == "not_allowed"
        await do(firm, ties.unrelate, made.id)
        assert await refused(firm, ties.unrelate, made.id) == "not_found"


class TestSpending:
    async def test_is_summed_by_year(self, firm: Firm):
        li = await add(firm, await firm.customer(), "李芳")
        for amount, on in (("800", date(2025, 12, 20)), ("1280", None), ("300.50", date(2026, 1, 2))):
            await do(firm, gifts.add_gift, AddGift(contact_id=li.id, kind="gift", amount=Decimal(amount), on=on))
        async with firm.db.unit() as session:
            told = [(one.year, one.amount, one.count) for one in await gifts.spent(session, li.id)]
        assert told == [(2026, Decimal("1580.50"), 2), (2025, Decimal("800.00"), 1)]

    async def test_refuses_what_cannot_be(self, firm: Firm):
        li = await add(firm, await firm.customer(), "李芳")
        free = AddGift(contact_id=li.id, kind="gift", amount=Decimal(-1))
        assert await refused(firm, gifts.add_gift, free) == "contact.amount_negative"
        later = AddGift(contact_id=li.id, kind="gift", amount=Decimal(1), on=date(2026, 3, 12))
        assert await refused(firm, gifts.add_gift, later) == "contact.day_ahead"
        strange = AddGift(contact_id=li.id, kind="bribe", amount=Decimal(1))
        assert await refused(firm, gifts.add_gift, strange) == "contact.not_in_playbook"


class TestMoves:
    async def test_to_another_customer_need_the_right_at_both(self, firm: Firm):
        li = await add(firm, await firm.customer(), "李芳", title="采购经理")
        there = await firm.customer(RUIJIN, by="peer")
        move = MoveContact(contact_id=li.id, customer=there.id, title="副总")
        assert await refused(firm, moves.move_contact, move) == "not_allowed"
        assert await refused(firm, moves.move_contact, move, by="peer") == "not_allowed"
        new = await do(firm, moves.move_contact, move, by="manager")
        assert (new.came_from_id, new.name, new.title, new.is_primary) == (li.id, "李芳", "副总", True)
        async with firm.db.unit() as session:
            posts = await moves.posts_of(session, await firm.actor(session, "peer"), new.id)
        assert [(one.customer, one.title) for one in posts] == [(RUIJIN, "副总"), (None, "采购经理")]

    async def test_take_along_what_is_the_person_s(self, firm: Firm):
        here, there = await firm.customer(), await firm.customer(RUIJIN)
        wang, li = await add(firm, here, "王建国"), await add(firm, here, "李芳", phone="13800138000")
        await do(firm, file.set_hobbies, li.id, ["钓鱼"])
        await do(firm, days.add_day, AddDay(contact_id=li.id, day=Yearly(3, 5)))
        await do(firm, ties.relate, Relate(contact_id=wang.id, other=li.id, kind="hometown"))
        await do(firm, gifts.add_gift, AddGift(contact_id=li.id, kind="gift", amount=Decimal(300)))
        new = await do(firm, moves.move_contact, MoveContact(contact_id=li.id, customer=there.id))
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            assert (new.hobbies, new.phone, new.roles) == (["钓鱼"], "+8613800138000", [])
            assert len(await days.of_contact(session, new.id)) == 1
            assert [one.other_id for one in await ties.relations_of(session, actor, [wang.id])] == [new.id]
            assert await gifts.spent(session, new.id) == []
            assert (await session.get_one(Customer, there.id)).people == ["李芳"]
            assert (await session.get_one(Customer, here.id)).people == ["王建国"]
            old = await queries.find(session, actor, li.id)
            assert old.left_at is not None
        assert await refused(firm, moves.move_contact, MoveContact(contact_id=li.id, customer=there.id)) == (
            "contact.gone"
        )

    async def test_posts_follow_each_other(self, firm: Firm):
        li = await add(firm, await firm.customer(), "李芳", title="采购经理")
        await do(firm, moves.change_post, ChangePost(contact_id=li.id, title="采购总监", on=date(2026, 3, 1)))
        early = ChangePost(contact_id=li.id, title="副总", on=date(2026, 2, 1))
        assert await refused(firm, moves.change_post, early) == "contact.post_before"
        later = ChangePost(contact_id=li.id, title="副总", on=date(2026, 3, 12))
        assert await refused(firm, moves.change_post, later) == "contact.day_ahead"

    async def test_an_offer_is_taken_once_by_who_looks_after_the_customer(self, firm: Firm):
        li = await add(firm, await firm.customer(), "李芳")
        await firm.customer(RUIJIN, by="peer")
        gone = await do(firm, moves.send_away, SendAway(contact_id=li.id, company="上海瑞金医疗器械"))
        assert gone.left_at is not None
        assert await refused(firm, moves.take_over, li.id) == "not_allowed"
        taken = await asyncio.gather(
            *(do(firm, moves.take_over, li.id, by=by) for by in ("peer", "manager", "peer")), return_exceptions=True
        )
        assert sorted(type(one).__name__ for one in taken) == ["Contact", "DomainError", "DomainError"]

    async def test_to_a_company_that_is_the_actor_s_own_it_is_a_move(self, firm: Firm):
        li = await add(firm, await firm.customer(), "李芳")
        there = await firm.customer(RUIJIN)
        new = await do(firm, moves.send_away, SendAway(contact_id=li.id, company=RUIJIN))
        assert (new.customer_id, new.came_from_id) == (there.id, li.id)


async def test_who_met_whom_is_counted_by_pairs(firm: Firm):
    customer = await firm.customer()
    wang = await add(firm, customer, "王建国")
    for by in ("owner", "owner", "manager"):
        await firm.visit(customer, by=by, contact=wang.id)
    await firm.visit(customer)
    async with firm.db.unit() as session:
        pairs = {one.employee: one.count for one in await met_at(session, customer.id)}
    assert pairs == {"李娜": 2, "王海燕": 1}
