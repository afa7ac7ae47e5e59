"""Claims: one winner, so many a day at once, a cool-down for the former owner, phones masked, looks logged."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_core.audit.service import act_as
from crm_core.audit.undo import undo
from crm_core.customers import queries as customers
from crm_core.customers.models import Customer
from crm_core.kit.errors import DomainError
from crm_core.pool import queries, service
from crm_core.pool.models import PoolClaim, PoolView
from tests.crm_core.pool.story import MAIN, claim, give_back, kinds, pooled, publish
from tests.support.company import Firm

ALL = ("peer", "department", "other department", "other branch", "helper")


@pytest.fixture
async def firm(firm: Firm) -> Firm:
    await publish(firm, MAIN)
    return firm


async def attempts(firm: Firm, *who_what: tuple[str, Customer]) -> list[str]:
    """All at once, each in a transaction of its own; answers what came of each."""

    async def one(who: str, customer: Customer) -> str:
        try:
            await claim(firm, customer, who)
        except DomainError as refused:
            return refused.code
        return "claimed"

    return await asyncio.gather(*(one(*pair) for pair in who_what))


async def look(firm: Firm, customer: Customer, by: str = "peer") -> queries.Card:
    async with firm.db.unit() as session:
        return await queries.card(session, await firm.actor(session, by), customer.id)


async def test_of_five_who_claim_it_at_once_one_has_it(firm: Firm):
    customer = await pooled(firm)
    for who in ALL:
        await look(firm, customer, who)
    outcomes = await attempts(firm, *((who, customer) for who in ALL))
    assert sorted(outcomes) == ["claimed", *["pool.taken"] * 4]
    now = await firm.again(customer)
    assert now.owner_id == firm.people[ALL[outcomes.index("claimed")]].id
    assert await kinds(firm, customer) == ["create", "return", "claim"]


async def test_claims_of_a_day_stay_within_the_limit_however_many_come_at_once(firm: Firm):
    await publish(firm, MAIN | {"claims_a_day": 3})
    names = ("佛山美的", "中山华帝", "江门大长江", "珠海格力", "惠州TCL", "东莞步步高", "肇庆风华")
    waiting = [await pooled(firm, f"{name}有限公司") for name in names]
    outcomes = await attempts(firm, *(("peer", one) for one in waiting))
    assert sorted(outcomes) == [*["claimed"] * 3, *["pool.claimed_enough"] * 4]
    firm.clock.advance(timedelta(days=1))
    left = [one for one, outcome in zip(waiting, outcomes, strict=True) if outcome != "claimed"]
    assert sorted(await attempts(firm, *(("peer", one) for one in left))).count("claimed") == 3


async def test_what_one_holds_stays_under_the_cap(firm: Firm):
    await publish(firm, MAIN | {"most_held": 2, "claims_a_day": 9})
    waiting = [await pooled(firm, f"{name}有限公司") for name in ("佛山美的", "中山华帝", "江门大长江", "珠海格力")]
    outcomes = await attempts(firm, *(("peer", one) for one in waiting))
    assert sorted(outcomes) == [*["claimed"] * 2, *["pool.holds_enough"] * 2]


async def test_a_second_tap_of_the_winner_changes_nothing(firm: Firm):
    customer = await pooled(firm)
    assert await attempts(firm, ("peer", customer), ("peer", customer), ("peer", customer)) == ["claimed"] * 3
    assert await kinds(firm, customer) == ["create", "return", "claim"]


async def test_who_had_it_last_waits_and_others_need_not(firm: Firm):
    customer = await pooled(firm)
    assert await attempts(firm, ("owner", customer)) == ["pool.cooling_down"]
    firm.clock.advance(timedelta(days=6, hours=23))
    assert await attempts(firm, ("owner", customer)) == ["claimed"]  # the seventh day there
    await give_back(firm, customer)
    assert await attempts(firm, ("peer", customer)) == ["claimed"]


async def test_a_claim_that_is_taken_back_counts_for_its_day(firm: Firm):
    await publish(firm, MAIN | {"claims_a_day": 1})
    first, second = await pooled(firm), await pooled(firm, "中山华帝有限公司")
    async with firm.db.unit() as session:
        actor = await firm.actor(session, "peer")
        act_as(session, actor.id, 81)
        await service.claim(session, actor, first.id)
    async with firm.db.unit() as session:
        actor = await firm.actor(session, "peer")
        act_as(session, actor.id, 82)
        await undo(session, actor, 81)
    back = await firm.again(first)
    assert (back.owner_id, back.pool, back.pool_look_at) == (None, "main", None)
    assert await attempts(firm, ("peer", second)) == ["pool.claimed_enough"]


class TestLooking:
    async def test_the_phone_is_masked_until_it_is_claimed_and_who_looked_is_known(self, firm: Firm):
        customer = await pooled(firm, contact_name="王建国", phone="13800138000")
        card = await look(firm, customer)
        assert card.phones == ("138****8000",)
        assert (card.people, card.former_owner, card.reason, card.claims_left) == (1, "李娜", "没有需求", 5)
        await look(firm, customer, "other branch")
        async with firm.db.unit() as session:
            assert [row.name for row in await queries.views_of(session, customer.id)] == ["吴佳怡", "陈晓东"]
            with pytest.raises(DomainError, match="not_found"):
                await customers.find(session, await firm.actor(session, "peer"), customer.id)
        await claim(firm, customer)
        async with firm.db.unit() as session:
            assert await customers.find(session, await firm.actor(session, "peer"), customer.id)

    async def test_who_may_not_see_pools_finds_and_opens_nothing(self, firm: Firm):
        customer = await pooled(firm)
        async with firm.db.unit() as session:
            nosy = await firm.actor(session, "finance")
            assert await queries.pools_of(session, nosy) == ()
            with pytest.raises(DomainError, match="not_found"):
                await queries.card(session, nosy, customer.id)
            assert (await session.scalars(select(PoolView))).all() == []

    async def test_a_search_goes_by_names_and_never_by_phones_or_people(self, firm: Firm):
        customer = await pooled(firm, contact_name="王建国", phone="13800138000")
        async with firm.db.unit() as session:
            actor = await firm.actor(session, "peer")
            pools = await queries.pools_of(session, actor)
            found = {
                words: [row.id for row in (await queries.search(session, actor, pools, words)).rows]
                for words in ("顺德", "shunde", "sdjd", "王建国", "8000", "138001")
            }
        there = [customer.id]
        assert found == {"顺德": there, "shunde": there, "sdjd": there, "王建国": [], "8000": [], "138001": []}

    async def test_each_pool_is_for_its_people(self, firm: Firm):
        north = MAIN | {"key": "north", "units": ["上海分公司"], "types": ["c"]}
        south = MAIN | {"key": "south", "units": ["深圳分公司"], "territories": ["south"]}
        await publish(firm, north, south, MAIN)
        seen = {}
        for who in ("peer", "other branch", "area lead", "operations"):
            async with firm.db.unit() as session:
                seen[who] = [one.key for one in await queries.pools_of(session, await firm.actor(session, who))]
        assert seen == {
            "peer": ["south", "main"],
            "other branch": ["north", "main"],
            "area lead": ["north", "south", "main"],
            "operations": ["north", "south", "main"],
        }
        customer = await pooled(firm, city="深圳")
        assert customer.pool == "south"
        assert await attempts(firm, ("other branch", customer), ("peer", customer)) == ["not_found", "claimed"]

    async def test_what_lies_in_a_pool_that_the_playbook_lost_is_in_the_first_one(self, firm: Firm):
        customer = await pooled(firm)
        await publish(firm, MAIN | {"key": "other"})
        async with firm.db.unit() as session:
            actor = await firm.actor(session, "peer")
            pools = await queries.pools_of(session, actor)
            assert [row.id for row in (await queries.listing(session, actor, pools)).rows] == [customer.id]
        assert await attempts(firm, ("peer", customer)) == ["claimed"]


class TestMoving:
    async def test_a_manager_gives_it_to_somebody_of_the_own(self, firm: Firm):
        customer = await pooled(firm)
        for by, to, code in (("peer", "peer", "not_allowed"), ("manager", "other branch", "not_allowed")):
            async with firm.db.unit() as session:
                with pytest.raises(DomainError, match=code):
                    await service.assign(session, await firm.actor(session, by), customer.id, firm.people[to].id)
        async with firm.db.unit() as session:
            await service.assign(session, await firm.actor(session, "manager"), customer.id, firm.people["peer"].id)
        assert (await firm.again(customer)).owner_id == firm.people["peer"].id
        assert await kinds(firm, customer) == ["create", "return", "assign"]

    async def test_only_who_looks_after_it_puts_it_back_and_only_once(self, firm: Firm):
        customer = await firm.customer(type="new")
        with pytest.raises(DomainError, match="not_allowed"):
            await give_back(firm, customer, "peer")
        await give_back(firm, customer, "manager")
        with pytest.raises(DomainError):
            await give_back(firm, customer)
        assert await kinds(firm, customer) == ["create", "return"]

    async def test_a_company_without_pools_has_nowhere_to_put_it(self, firm: Firm):
        customer = await firm.customer(type="new")
        await publish(firm)
        with pytest.raises(DomainError, match=r"pool\.none"):
            await give_back(firm, customer)

    async def test_each_claim_is_written_down(self, firm: Firm):
        customer = await pooled(firm)
        await claim(firm, customer)
        async with firm.db.unit() as session:
            (one,) = (await session.scalars(select(PoolClaim))).all()
        assert (one.employee_id, one.pool, str(one.day)) == (firm.people["peer"].id, "main", "2026-03-11")
