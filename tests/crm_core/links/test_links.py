"""Links between customers (CA12, CA16): once, in no circle, never to itself; out of sight they have no name."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from crm_core.customers.models import Customer
from crm_core.kit.errors import DomainError
from crm_core.links import queries, service
from crm_core.links.models import CustomerLink
from crm_core.links.service import BACK, AddLink
from tests.support.company import Firm

NAMES = ("深圳市华宁电子有限公司", "上海瑞金医疗器械有限公司", "厦门夏商集团", "重庆长安汽车股份有限公司")


async def link(firm: Firm, one: Customer, kind: str, other: Customer, by: str = "owner") -> str:
    """The code of the refusal, or nothing."""
    try:
        async with firm.db.unit() as session:
            actor = await firm.actor(session, by)
            await service.add_link(session, actor, AddLink(customer=one.id, kind=kind, other=other.id))
    except DomainError as refused:
        return refused.code
    return ""


async def four(firm: Firm) -> list[Customer]:
    return [await firm.customer(name=name) for name in NAMES]


async def test_a_link_is_the_same_from_either_end(firm: Firm):
    one, two, *_ = await four(firm)
    assert await link(firm, one, "dealer", two) == ""
    assert await link(firm, one, "dealer", two) == "link.there"
    assert await link(firm, two, "dealer" + BACK, one) == "link.there"
    assert await link(firm, two, "dealer", one) == "link.there"
    assert await link(firm, two, "partner", one) == ""
    async with firm.db.unit() as session:
        actor = await firm.actor(session)
        seen = await queries.of_customer(session, actor, two.id)
        assert [(row.kind, row.turned, row.name) for row in seen.page.rows] == [
            ("dealer", True, one.name),
            ("partner", False, one.name),
        ]


@pytest.mark.parametrize("kind", ["uncle", "<", "", "dealer<<"])
async def test_a_kind_that_the_company_does_not_know(firm: Firm, kind: str):
    one, two, *_ = await four(firm)
    assert await link(firm, one, kind, two) == "link.unknown_kind"


async def test_nothing_is_linked_to_itself(firm: Firm):
    one, *_ = await four(firm)
    assert await link(firm, one, "partner", one) == "link.itself"


edges = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), max_size=8)


@given(edges)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_is_tried_groups_have_no_circle(firm: Firm, tried: list[tuple[int, int, bool]]):
    made = str(id(tried))
    customers = [
        await firm.customer(name=f"{name[:4]}{made}{at}", confirmed=frozenset({"customer.similar"}))
        for at, name in enumerate(NAMES)
    ]
    for one, other, turned in tried:
        await link(firm, customers[one], "group" + BACK if turned else "group", customers[other])
    ids = {one.id for one in customers}
    async with firm.db.unit() as session:
        statement = select(CustomerLink.from_id, CustomerLink.to_id).where(CustomerLink.from_id.in_(ids))
        below = [tuple(row) for row in await session.execute(statement)]
    left = set(ids)
    while leaves := {one for one in left if not any(up == one and down in left for up, down in below)}:
        left -= leaves
    assert not left, f"a circle among {left}: {below}"


async def test_two_who_link_the_same_at_once_make_one_link(firm: Firm):
    one, two, *_ = await four(firm)
    told = await asyncio.gather(
        link(firm, one, "partner", two), link(firm, two, "partner", one), link(firm, one, "partner", two)
    )
    assert sorted(told) == ["", "link.there", "link.there"]


async def test_two_halves_of_a_circle_at_once_make_one_half(firm: Firm):
    one, two, three, four_ = await four(firm)
    assert await link(firm, one, "group", two) == ""
    assert await link(firm, three, "group", four_) == ""
    told = await asyncio.gather(link(firm, two, "group", three), link(firm, four_, "group", one))
    assert sorted(told) == ["", "link.circle"]


class TestRights:
    async def test_one_must_be_one_s_own_to_change_and_the_other_within_sight(self, firm: Firm):
        mine = await firm.customer(by="owner")
        theirs = await firm.customer(name=NAMES[1], by="peer")
        assert await link(firm, mine, "partner", theirs, by="owner") == "not_found"
        assert await link(firm, theirs, "partner", mine, by="owner") == "not_allowed"
        assert await link(firm, mine, "partner", theirs, by="finance") == "not_allowed"
        assert await link(firm, mine, "partner", theirs, by="manager") == ""

    async def test_what_is_out_of_sight_is_counted_and_has_no_name(self, firm: Firm):
        mine = await firm.customer(by="owner")
        theirs = await firm.customer(name=NAMES[1], by="peer")
        await link(firm, mine, "partner", theirs, by="manager")
        async with firm.db.unit() as session:
            seen = await queries.of_customer(session, await firm.actor(session, "owner"), mine.id)
            assert (list(seen.page.rows), seen.hidden) == ([], 1)
            whole = await queries.of_customer(session, await firm.actor(session, "manager"), mine.id)
            assert ([row.name for row in whole.page.rows], whole.hidden) == ([theirs.name], 0)
            with pytest.raises(DomainError, match="not_found"):
                await queries.of_customer(session, await firm.actor(session, "owner"), theirs.id)

    async def test_who_may_change_neither_end_removes_nothing(self, firm: Firm):
        one = await firm.customer(by="owner")
        two = await firm.customer(name=NAMES[1], by="owner")
        await link(firm, one, "partner", two)
        async with firm.db.unit() as session:
            there = await session.scalar(select(CustomerLink.id))
        for by in ("peer", "finance", "executive"):
            with pytest.raises(DomainError, match="not_allowed"):
                async with firm.db.unit() as session:
                    await service.remove_link(session, await firm.actor(session, by), there)
        async with firm.db.unit() as session:
            await service.remove_link(session, await firm.actor(session, "manager"), there)
            assert await session.scalar(select(func.count()).select_from(CustomerLink)) == 0
