"""Whose a customer is: one owner's or one pool's; the log says how it came there; what hangs on it goes along."""

import asyncio
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm_core.audit.service import act_as
from crm_core.audit.undo import undo
from crm_core.customers import queries, team
from crm_core.customers.models import Customer, CustomerMember
from crm_core.customers.ownership import Kind, log_of, move, territory_of
from crm_core.customers.service import locked
from crm_core.kit.errors import DomainError
from crm_core.playbook.service import default
from tests.reminders.desk import local, occurrences, strike
from tests.support.company import Firm

_NUMBERS = count(1)
HOLDERS = ("owner", "peer", "other branch", None)  # none: the pool


async def give(
    firm: Firm, customer: Customer, to: str | None, kind: Kind = Kind.TRANSFER, op: int | None = None
) -> None:
    async with firm.db.unit() as session:
        boss = await firm.actor(session, "admin")
        act_as(session, boss.id, op)
        target = {"to_pool": "main"} if to is None else {"to_owner_id": firm.people[to].id}
        await move(session, [await locked(session, customer.id)], kind, by_id=boss.id, reason="调整区域", **target)


async def replayed(firm: Firm, customer: Customer) -> tuple[int | None, str | None]:
    """Who holds the customer as the log tells it; each line begins where the one before ended."""
    held: tuple[int | None, str | None] = (None, None)
    async with firm.db.unit() as session:
        for entry in await log_of(session, customer.id):
            assert (entry.from_owner_id, entry.from_pool) == held
            held = (entry.to_owner_id, entry.to_pool)
    return held


@given(st.lists(st.sampled_from(HOLDERS), max_size=8))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_log_replayed_gives_who_holds_it_now(firm: Firm, way: list[str | None]):
    customer = await firm.customer(
        name=f"深圳市{len(way)}号电子 {next(_NUMBERS)}", confirmed=frozenset({"customer.similar"})
    )
    for to in way:
        await give(firm, customer, to)
    now = await firm.again(customer)
    assert await replayed(firm, customer) == (now.owner_id, now.pool)
    last = way[-1] if way else "owner"
    assert now.owner_id == (firm.people[last].id if last else None)
    assert (now.pool is None) == (now.owner_id is not None)


async def test_a_customer_that_is_there_already_is_not_moved(firm: Firm):
    customer = await firm.customer()
    await give(firm, customer, "owner")
    async with firm.db.unit() as session:
        assert [entry.kind for entry in await log_of(session, customer.id)] == ["create"]


async def test_a_new_owner_sees_it_and_the_former_one_does_not(firm: Firm):
    customer = await firm.customer()
    await give(firm, customer, "other branch")
    async with firm.db.unit() as session:
        assert (await queries.find(session, await firm.actor(session, "other branch"), customer.id)).id == customer.id
        with pytest.raises(DomainError):
            await queries.find(session, await firm.actor(session, "owner"), customer.id)


async def test_a_move_that_is_taken_back_leaves_the_log_true(firm: Firm):
    customer = await firm.tied()
    due = await firm.stale_from(customer)
    await give(firm, customer, None, Kind.RETURN, op=41)
    async with firm.db.unit() as session:
        boss = await firm.actor(session, "admin")
        act_as(session, boss.id, 42)
        await undo(session, boss, 41)
    back = await firm.again(customer)
    assert (back.owner_id, back.pool, back.team) == (firm.people["owner"].id, None, [firm.people["helper"].id])
    assert await firm.stale_from(back) == due
    assert await replayed(firm, customer) == (back.owner_id, None)


async def test_the_team_s_work_ends_with_the_owner_s(firm: Firm):
    customer = await firm.tied()
    await give(firm, customer, None, Kind.RETURN)
    assert (await firm.again(customer)).team == []
    async with firm.db.unit() as session:
        assert [one.left_at is not None for one in await session.scalars(select(CustomerMember))] == [True]


async def test_a_helper_who_becomes_the_owner_is_no_helper_any_more(firm: Firm):
    customer = await firm.tied()
    await give(firm, customer, "helper")
    now = await firm.again(customer)
    assert (now.owner_id, now.team) == (firm.people["helper"].id, [])


async def test_reminders_leave_the_former_owner_and_come_to_the_new_one(firm: Firm):
    customer = await firm.customer(type="a")
    await strike(firm, local("2026-03-25", "00:00"))
    await give(firm, customer, "peer")
    moved = [(firm.people["owner"].id, "suppressed"), (firm.people["peer"].id, "due")]
    assert [(one.recipient_id, one.state) for one in await occurrences(firm)] == moved, "with the customer, at once"
    await strike(firm, local("2026-03-25", "00:01"))
    assert [(one.recipient_id, one.state) for one in await occurrences(firm)] == moved


async def test_nobody_is_reminded_of_what_lies_in_a_pool(firm: Firm):
    customer = await firm.customer(type="a")
    await give(firm, customer, None, Kind.RETURN)
    assert await firm.stale_from(customer) is None
    await strike(firm, local("2026-06-25", "00:00"))
    assert await occurrences(firm) == []


async def test_two_who_move_it_at_once_move_it_one_after_the_other(firm: Firm):
    customer = await firm.customer()
    await asyncio.gather(*(give(firm, customer, to) for to in ("peer", "other branch", None)))
    now = await firm.again(customer)
    assert await replayed(firm, customer) == (now.owner_id, now.pool)


class TestTeam:
    async def test_the_owner_lets_a_colleague_help_and_ends_it(self, firm: Firm):
        customer = await firm.customer()
        helper = firm.people["other branch"].id
        async with firm.db.unit() as session:
            await team.add_member(session, await firm.actor(session), customer.id, helper, "technical")
        async with firm.db.unit() as session:
            actor = await firm.actor(session, "other branch")
            assert (await queries.find(session, actor, customer.id)).id == customer.id
            (row,) = await team.team_of(session, actor, customer.id)
            assert (row.name, row.role) == ("吴佳怡", "technical")
            await team.remove_member(session, actor, customer.id, helper)  # steps back herself
        async with firm.db.unit() as session:
            with pytest.raises(DomainError) as caught:
                await queries.find(session, await firm.actor(session, "other branch"), customer.id)
        assert caught.value.code == "not_found"

    @pytest.mark.parametrize(
        ("who", "role", "code"),
        [
            ("owner", "technical", "customer.is_owner"),
            ("peer", "chief", "customer.not_in_dictionary"),
        ],
    )
    async def test_what_makes_no_team_is_refused(self, firm: Firm, who: str, role: str, code: str):
        customer = await firm.customer()
        async with firm.db.unit() as session:
            with pytest.raises(DomainError) as caught:
                await team.add_member(session, await firm.actor(session), customer.id, firm.people[who].id, role)
        assert caught.value.code == code

    async def test_who_helps_already_gets_the_new_role(self, firm: Firm):
        customer = await firm.tied()
        async with firm.db.unit() as session:
            await team.add_member(session, await firm.actor(session), customer.id, firm.people["helper"].id, "service")
        async with firm.db.unit() as session:
            rows = await team.team_of(session, await firm.actor(session), customer.id)
        assert [(row.name, row.role) for row in rows] == [("何小雨", "service")]
        assert (await firm.again(customer)).team == [firm.people["helper"].id]


@pytest.mark.parametrize(
    ("city", "territory"),
    [("深圳", "south"), ("深圳市", "south"), (" shenzhen ", "south"), ("苏州", "east"), ("拉萨", None), (None, None)],
)
def test_a_city_lies_in_its_territory(city: str | None, territory: str | None):
    assert territory_of(default(), city) == territory
