"""Asking for a colleague's customer (BY10): once, to who may give it; who asks learns no more than rights allow."""

import asyncio
from datetime import timedelta

import pytest

from crm_core import registry
from crm_core.customers import asking
from crm_core.customers.models import Customer, HandoverRequest
from crm_core.customers.ownership import Kind, log_of, move
from crm_core.customers.service import locked
from crm_core.kit.errors import DomainError
from crm_core.org.models import Employee
from tests.support.company import Firm

registry.load()


async def asked(firm: Firm, customer: Customer, by: str = "other branch") -> asking.Asked:
    async with firm.db.unit() as session:
        return await asking.ask(session, await firm.actor(session, by), customer.id)


async def does(firm: Firm, what: str, request: int, by: str, *given: str) -> str:
    """The code of the refusal, or nothing."""
    try:
        async with firm.db.unit() as session:
            await getattr(asking, what)(session, await firm.actor(session, by), request, *given)
    except DomainError as refused:
        return refused.code
    return ""


def names(done: asking.Asked) -> list[str]:
    return [one.name for one in done.readers]


class TestAsked:
    async def test_the_owner_is_asked_and_where_out_of_sight_the_superior_too(self, firm: Firm):
        customer = await firm.tied()
        assert names(await asked(firm, customer, "helper")) == ["李娜"]
        hidden = await asked(firm, customer)
        assert names(hidden) == ["李娜", "王海燕"]
        assert hidden.request.known_as is None

    async def test_of_who_has_left_the_superior_is_asked(self, firm: Firm):
        customer = await firm.tied()
        async with firm.db.unit() as session:
            owner = await session.get_one(Employee, customer.owner_id)
            owner.left_at = firm.clock.now()
        assert names(await asked(firm, customer, "helper")) == ["王海燕"]

    async def test_once_until_it_is_decided(self, firm: Firm):
        customer = await firm.customer()
        request = (await asked(firm, customer)).request.id
        with pytest.raises(DomainError) as refused:
            await asked(firm, customer)
        assert refused.value.code == "request.pending"
        assert await does(firm, "withdraw", request, "other branch") == ""
        await asked(firm, customer)

    async def test_not_for_one_s_own_and_not_in_a_pool(self, firm: Firm):
        customer = await firm.customer()
        with pytest.raises(DomainError, match="own"):
            await asked(firm, customer, "owner")
        async with firm.db.unit() as session:
            await firm.actor(session)
            await move(session, [await locked(session, customer.id)], Kind.RETURN, by_id=None, to_pool="main")
        with pytest.raises(DomainError, match="in_pool"):
            await asked(firm, customer)

    async def test_two_asks_at_once_make_one(self, firm: Firm):
        customer = await firm.customer()
        done = await asyncio.gather(*(asked(firm, customer) for _ in range(2)), return_exceptions=True)
        assert sorted(type(one).__name__ for one in done) == ["Asked", "DomainError"]


class TestDecided:
    async def test_agreed_it_moves_and_the_log_says_so(self, firm: Firm):
        customer = await firm.customer()
        request, late = (await asked(firm, customer)).request.id, (await asked(firm, customer, "peer")).request.id
        assert await does(firm, "agree", request, "owner") == ""
        moved = await firm.again(customer)
        assert moved.owner_id == firm.people["other branch"].id
        async with firm.db.unit() as session:
            assert [one.kind for one in await log_of(session, customer.id)] == ["create", "transfer"]
            assert (await session.get_one(HandoverRequest, late)).state == "overtaken"
        assert await does(firm, "agree", request, "owner") == "request.decided"
        assert await does(firm, "decline", late, "other branch", "不行") == "request.decided"

    @pytest.mark.parametrize("by", ["peer", "other branch", "finance", "other manager", "helper", "executive"])
    async def test_nobody_else_decides(self, firm: Firm, by: str):
        customer = await firm.tied()
        request = (await asked(firm, customer)).request.id
        assert await does(firm, "agree", request, by) == "not_allowed"
        assert await does(firm, "decline", request, by, "不行") == "not_allowed"
        if by != "other branch":
            assert await does(firm, "withdraw", request, by) == "not_found"

    async def test_declining_needs_a_reason(self, firm: Firm):
        customer = await firm.customer()
        request = (await asked(firm, customer)).request.id
        assert await does(firm, "decline", request, "manager", "  ") == "required"
        assert await does(firm, "decline", request, "manager", "不" * 201) == "too_long"
        assert await does(firm, "decline", request, "manager", "在谈年框") == ""
        assert (await firm.again(customer)).owner_id == customer.owner_id

    async def test_to_who_has_left_nothing_is_given(self, firm: Firm):
        customer = await firm.customer()
        request = (await asked(firm, customer)).request.id
        async with firm.db.unit() as session:
            (await session.get_one(Employee, firm.people["other branch"].id)).left_at = firm.clock.now()
        assert await does(firm, "agree", request, "owner") == "employee.has_left"

    async def test_agreeing_and_withdrawing_at_once_decide_once(self, firm: Firm):
        customer = await firm.customer()
        request = (await asked(firm, customer)).request.id
        done = await asyncio.gather(
            does(firm, "agree", request, "owner"), does(firm, "withdraw", request, "other branch")
        )
        assert sorted(done) == ["", "request.decided"]

    async def test_what_waits_is_listed_for_who_may_give_it(self, firm: Firm):
        customer = await firm.customer()
        request = (await asked(firm, customer)).request.id
        firm.clock.advance(timedelta(days=30))
        async with firm.db.unit() as session:
            for by, wanted in (("owner", [request]), ("director", [request]), ("peer", []), ("other branch", [])):
                page = await asking.waiting(session, await firm.actor(session, by))
                assert [row.id for row in page.rows] == wanted, by
