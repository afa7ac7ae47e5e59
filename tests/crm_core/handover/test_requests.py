"""A customer's transfer by the company's flow (HO02): manager and receiver sign, then it moves; undone, it is back."""

import asyncio
from datetime import timedelta

from crm_core import registry
from crm_core.approvals import service as approvals
from crm_core.approvals.service import Apply
from crm_core.customers.models import Customer
from crm_core.customers.ownership import Kind, log_of, move
from crm_core.customers.service import locked
from crm_core.handover import requests
from crm_core.handover.service import Transfer, transfer
from crm_core.kit.errors import Conflict, DomainError
from crm_core.org import service as org
from tests.crm_core.approvals.verdicts import refused, status
from tests.crm_core.pool.story import signed
from tests.support.company import Firm

registry.load()

REASON = "客户搬到东莞，归他的片区"


async def ask(firm: Firm, customer: Customer, to: str = "peer", by: str = "owner", key: str = "1") -> int:
    async with firm.db.unit() as session:
        form = {"to": firm.people[to].id, "reason": REASON}
        command = Apply(flow="transfer", title=customer.name, form=form, key=key, about=customer.id)
        return (await requests.ask(session, await firm.actor(session, by), command)).id


async def holder(firm: Firm, customer: Customer) -> str:
    now = await firm.again(customer)
    return next(name for name, one in firm.people.items() if one.id == now.owner_id)


async def given(firm: Firm, customer: Customer, to: str, by: str = "manager") -> None:
    """A superior gives it to somebody at once."""
    async with firm.db.unit() as session:
        command = Transfer(customer=customer.id, to=firm.people[to].id)
        await transfer(session, await firm.actor(session, by), command)


async def undone(firm: Firm, approval_id: int) -> None:
    async with firm.db.unit() as session:
        await approvals.ask_revoke(session, await firm.actor(session), approval_id, "客户不愿意换人")
    async with firm.db.unit() as session:
        await approvals.answer_revoke(session, await firm.actor(session, "peer"), approval_id, agreed=True)


async def test_it_moves_with_the_last_signature_and_the_log_says_by_whom_and_why(firm: Firm):
    customer = await firm.customer()
    asked = await ask(firm, customer)
    await signed(firm, asked, by="manager")
    assert await holder(firm, customer) == "owner"
    await signed(firm, asked, by="peer")
    assert await holder(firm, customer) == "peer"
    async with firm.db.unit() as session:
        entry = (await log_of(session, customer.id))[-1]
    assert (entry.kind, entry.by_id, entry.reason) == ("transfer", firm.people["peer"].id, REASON)
    assert await status(firm, asked) == "approved"


async def test_refused_it_stays(firm: Firm):
    customer = await firm.customer()
    asked = await ask(firm, customer)
    await signed(firm, asked, by="manager", granted=False)
    assert (await holder(firm, customer), await status(firm, asked)) == ("owner", "rejected")


async def test_who_may_give_it_may_ask_and_once_at_a_time(firm: Firm):
    customer = await firm.tied()
    for by in ("peer", "helper", "finance"):
        await refused("not_allowed", ask(firm, customer, by=by))
    await refused("handover.to_self", ask(firm, customer, to="owner"))
    await refused("handover.cannot_own", ask(firm, customer, to="finance"))
    asked = await ask(firm, customer)
    assert await ask(firm, customer) == asked, "sent twice, asked once"
    await refused("handover.asked_already", ask(firm, customer, key="2"))
    await refused("handover.asked_already", ask(firm, customer, by="manager", key="3"))


async def test_of_a_pool_nobody_gives(firm: Firm):
    customer = await firm.customer()
    async with firm.db.unit() as session:
        await firm.actor(session)
        await move(session, [await locked(session, customer.id)], Kind.RETURN, by_id=None, to_pool="main")
    await refused("handover.in_pool", ask(firm, customer, by="admin"))


async def test_to_who_has_left_meanwhile_nothing_is_given(firm: Firm):
    customer = await firm.customer()
    asked = await ask(firm, customer)
    await signed(firm, asked, by="manager")
    async with firm.db.unit() as session:
        await org.leave(session, await firm.actor(session, "admin"), firm.people["peer"].id)
    await refused("employee.has_left", signed(firm, asked))
    assert await holder(firm, customer) == "owner"


class TestUndone:
    async def test_it_is_back(self, firm: Firm):
        customer = await firm.customer()
        asked = await ask(firm, customer)
        await signed(firm, asked, by="manager")
        await signed(firm, asked, by="peer")
        firm.clock.advance(timedelta(hours=1))
        await undone(firm, asked)
        assert (await holder(firm, customer), await status(firm, asked)) == ("owner", "revoked")

    async def test_not_when_it_has_gone_on(self, firm: Firm):
        customer = await firm.customer()
        asked = await ask(firm, customer)
        await signed(firm, asked, by="manager")
        await signed(firm, asked, by="peer")
        for to in ("other department", "peer"):
            firm.clock.advance(timedelta(hours=1))
            await given(firm, customer, to, by="director")
        await refused("handover.moved_on", undone(firm, asked))
        assert (await holder(firm, customer), await status(firm, asked)) == ("peer", "approved")


class TestAtOnce:
    async def test_two_decide_and_it_moves_once(self, firm: Firm):
        customer = await firm.customer()
        asked = await ask(firm, customer)
        await signed(firm, asked, by="manager")
        done = await asyncio.gather(
            *(signed(firm, asked, by="peer", granted=yes) for yes in (True, False, True)), return_exceptions=True
        )
        assert [one.code for one in done if isinstance(one, DomainError)] == ["approval.decided"] * 2
        async with firm.db.unit() as session:
            moves = [one.kind for one in await log_of(session, customer.id)]
        approved = await status(firm, asked) == "approved"
        assert moves == (["create", "transfer"] if approved else ["create"])

    async def test_the_owner_changes_while_somebody_signs(self, firm: Firm):
        """A superior gives them away at once while the receiver signs: one is first, the other sees it."""
        customers = [await firm.customer(name) for name in ("长安汽车", "厦门夏商集团", "同仁堂", "合力叉车")]
        asked = [await ask(firm, one, key=f"key {at}") for at, one in enumerate(customers)]
        for one in asked:
            await signed(firm, one, by="manager")

        async def away(customer: Customer) -> None:
            while True:
                try:
                    await given(firm, customer, "other department", by="director")
                except Conflict:  # the worker tries again
                    continue
                return

        pairs = zip(customers, asked, strict=True)
        deeds = [deed for one, request in pairs for deed in (signed(firm, request, by="peer"), away(one))]
        done = await asyncio.gather(*deeds, return_exceptions=True)
        assert {getattr(one, "code", one) for one in done} <= {None, "approval.ended", "approval.decided"}
        for customer, request in zip(customers, asked, strict=True):
            assert await holder(firm, customer) == "other department"
            assert await status(firm, request) in ("approved", "withdrawn")
