"""More time with a customer (rule 7): a request that keeps the customer while it is decided, and what comes of it."""

import asyncio
from datetime import time, timedelta

import pytest
from sqlalchemy import select

from crm_core.approvals import service as approvals
from crm_core.approvals import signing
from crm_core.approvals.authority import Say
from crm_core.approvals.models import ApprovalSeat
from crm_core.approvals.service import Apply
from crm_core.customers.models import Customer
from crm_core.kit.errors import Conflict, DomainError
from crm_core.pool import extensions, queries
from crm_core.pool.extensions import AskForTime
from crm_core.pool.models import PoolExtension
from reminders.clock import Ticker
from tests.crm_core.approvals.verdicts import refused, status
from tests.crm_core.pool.story import MAIN, Days, claim, give_back, publish, signed
from tests.reminders.desk import local
from tests.support.company import Firm


@pytest.fixture
async def days(firm: Firm) -> Days:
    """From Wednesday 11 March on; a new customer's last day is Saturday 21 March."""
    await publish(firm, MAIN)
    return await Days(firm).begin("owner", "manager")


async def ask(firm: Firm, customer: Customer, days: int = 7, by: str = "owner") -> int:
    """The number of the request; 0 where there is more time at once."""
    async with firm.db.unit() as session:
        command = AskForTime(customer=customer.id, days=days, reason="客户出差")
        case = (await extensions.ask(session, await firm.actor(session, by), command)).case
        return case.id if case is not None else 0


async def due(firm: Firm, customer: Customer) -> str:
    return str((await firm.again(customer)).pool_due_on)


async def own(firm: Firm, verb: str, approval_id: int, *args, by: str = "owner") -> None:
    async with firm.db.unit() as session:
        await getattr(approvals, verb)(session, await firm.actor(session, by), approval_id, *args)


async def sent_back(firm: Firm, approval_id: int) -> None:
    async with firm.db.unit() as session:
        seat = await session.scalar(select(ApprovalSeat.id).where(ApprovalSeat.approval_id == approval_id))
        assert seat is not None
        await signing.send_back(session, await firm.actor(session, "manager"), Say(seat=seat, words="写清楚为什么"))


async def test_it_stays_while_nobody_has_decided_and_the_days_count_from_the_deadline(firm: Firm, days: Days):
    customer = await firm.customer(type="new")
    await days.until("2026-03-20")
    asked = await ask(firm, customer)
    await days.until("2026-03-25")
    assert (await firm.again(customer)).pool is None
    await signed(firm, asked)
    assert await due(firm, customer) == "2026-04-01"  # seven from the day it was decided
    await days.until("2026-04-01", time(23))
    assert len(days.heard("今晚这家客户进公海")) == 1, "not while it was kept"
    await days.until("2026-04-02")
    assert (await firm.again(customer)).pool == "main"


async def test_any_request_about_it_that_is_being_decided_keeps_it(firm: Firm, days: Days):
    customer = await firm.customer(type="new")
    async with firm.db.unit() as session:
        form = {"what": "连接器 5000 只", "amount": "84000", "discount": "8"}
        offer = Apply(flow="quotation", title="报价", form=form, key="offer", about=customer.id)
        case = await approvals.submit(session, await firm.actor(session), offer)
    await days.until("2026-03-25")
    assert (await firm.again(customer)).pool is None
    await signed(firm, case.id, granted=False)
    await days.until("2026-03-27", time(9))
    assert (await firm.again(customer)).pool is None, "warned first"
    await days.until("2026-03-28", time(9))
    assert (await firm.again(customer)).pool == "main"


async def test_what_was_returned_waits_for_the_owner_and_keeps_nothing(firm: Firm, days: Days):
    customer = await firm.customer(type="new")
    asked = await ask(firm, customer)
    await sent_back(firm, asked)
    await refused("pool.asked_already", ask(firm, customer))
    with_more = {"days": 15, "reason": "客户出差"}
    await refused("pool.too_many_days", own(firm, "resubmit", asked, with_more))
    await own(firm, "resubmit", asked, {"days": 10, "reason": "客户出差到月底"})
    await signed(firm, asked)
    assert await due(firm, customer) == "2026-03-31"
    other = await firm.customer("厦门夏商集团", type="new")
    again = await ask(firm, other)
    await sent_back(firm, again)
    await days.until("2026-03-23")
    assert (await firm.again(other)).pool == "main"
    assert await status(firm, again) == "withdrawn"


async def test_twice_in_an_ownership_and_never_more_than_a_fortnight(firm: Firm, days: Days):
    customer = await firm.customer(type="new")
    for number in (0, 15):
        await refused("pool.too_many_days", ask(firm, customer, number))
    await signed(firm, await ask(firm, customer), granted=False)
    for _ in range(2):
        asked = await ask(firm, customer, 14)
        await refused("pool.asked_already", ask(firm, customer))
        await signed(firm, asked)
    assert await due(firm, customer) == "2026-04-18"
    await refused("pool.extended_enough", ask(firm, customer))
    firm.clock.advance(timedelta(minutes=1))
    await give_back(firm, customer)
    await claim(firm, customer)
    assert await status(firm, await ask(firm, customer, by="peer")) == "running"


async def test_a_superior_s_own_wish_is_granted_at_once_and_nobody_decides_on_the_own(firm: Firm, days: Days):
    customer = await firm.customer(type="new")
    assert await ask(firm, customer, by="manager") == 0
    assert await due(firm, customer) == "2026-03-28"
    asked = await ask(firm, customer)
    for who, code in (("owner", "approval.own_request"), ("peer", "not_found"), ("other manager", "not_found")):
        await refused(code, signed(firm, asked, by=who))
    await signed(firm, asked, by="manager")
    await refused("approval.decided", signed(firm, asked, by="manager", granted=False))


async def test_a_request_goes_with_the_owner(firm: Firm, days: Days):
    customer = await firm.customer(type="new")
    asked = await ask(firm, customer)
    await give_back(firm, customer)
    assert await status(firm, asked) == "withdrawn"
    await refused("approval.ended", signed(firm, asked, by="manager"))


class TestUndone:
    async def undo(self, firm: Firm, approval_id: int) -> None:
        await own(firm, "ask_revoke", approval_id, "客户已经签了")
        async with firm.db.unit() as session:
            boss = await firm.actor(session, "manager")
            await approvals.answer_revoke(session, boss, approval_id, agreed=True)

    async def test_the_deadline_is_what_it_was_and_the_request_does_not_count(self, firm: Firm, days: Days):
        customer = await firm.customer(type="new")
        asked = await ask(firm, customer)
        await signed(firm, asked)
        assert await due(firm, customer) == "2026-03-28"
        await self.undo(firm, asked)
        assert await due(firm, customer) == "2026-03-21"
        async with firm.db.unit() as session:
            assert await queries.granted(session, await session.get_one(Customer, customer.id)) == 0

    async def test_after_the_first_deadline_it_goes_to_nobody_without_a_warning(self, firm: Firm, days: Days):
        customer = await firm.customer(type="new")
        asked = await ask(firm, customer, 14)
        await signed(firm, asked)
        await days.until("2026-03-17")
        await own(firm, "ask_revoke", asked, "客户已经签了")
        await days.until("2026-03-24")
        async with firm.db.unit() as session:
            boss = await firm.actor(session, "manager")
            await approvals.answer_revoke(session, boss, asked, agreed=True)
        assert await due(firm, customer) == "2026-03-24"
        await days.until("2026-03-26", time(3))
        assert (await firm.again(customer)).pool is None, "not a day yet since the warning arrived"
        await days.until("2026-03-27", time(3))
        assert (await firm.again(customer)).pool == "main"

    async def test_in_other_hands_nothing_is_left_to_undo(self, firm: Firm, days: Days):
        customer = await firm.customer(type="new")
        asked = await ask(firm, customer)
        await signed(firm, asked)
        firm.clock.advance(timedelta(minutes=1))
        await give_back(firm, customer)
        await claim(firm, customer)
        before = await due(firm, customer)
        await self.undo(firm, asked)
        assert await due(firm, customer) == before


class TestAtOnce:
    async def test_two_decide_and_it_is_decided_once(self, firm: Firm, days: Days):
        """王海燕 on two phones: one says yes, the other no."""
        customer = await firm.customer(type="new")
        asked = await ask(firm, customer)
        done = await asyncio.gather(
            signed(firm, asked, by="manager"),
            signed(firm, asked, by="manager", granted=False),
            signed(firm, asked, by="manager"),
            return_exceptions=True,
        )
        failed = [one for one in done if one is not None]
        assert [one.code for one in failed if isinstance(one, DomainError)] == ["approval.decided"] * 2
        async with firm.db.unit() as session:
            given = (await session.scalars(select(PoolExtension.days))).all()
        approved = await status(firm, asked) == "approved"
        assert given == ([7] if approved else [])

    async def test_two_ask_and_one_request_is_made(self, firm: Firm, days: Days):
        customer = await firm.customer(type="new")
        done = await asyncio.gather(*(ask(firm, customer) for _ in range(3)), return_exceptions=True)
        assert sum(isinstance(one, int) for one in done) == 1
        assert [one.code for one in done if isinstance(one, DomainError)] == ["pool.asked_already"] * 2

    async def test_the_night_s_recycling_against_a_request_that_waits(self, firm: Firm, days: Days):
        """At two in the night: what was asked for stays, whoever is first; what was not goes."""
        names = ("长安汽车", "厦门夏商集团", "同仁堂", "合力叉车")
        customers = [await firm.customer(name=name, type="new") for name in names]
        asked = [await ask(firm, one) for one in customers[:3]]
        await days.until("2026-03-19")  # nothing is warned of while it is kept
        await signed(firm, asked[0], granted=False)
        await days.until("2026-03-22", time(1, 59))
        firm.clock.set(local("2026-03-22", "02:00"))
        tick = Ticker(firm.db).tick
        await asyncio.gather(tick(), signed(firm, asked[1]), tick(), signed(firm, asked[2], granted=False))
        holders = [(await firm.again(one)).pool for one in customers]
        assert holders == ["main", None, None, "main"]
        assert await due(firm, customers[1]) == "2026-03-29"

    async def test_the_owner_changes_while_somebody_decides(self, firm: Firm, days: Days):
        """Approved first, the time was the former owner's; moved first, there is nothing to decide. Nobody hangs."""
        names = ("长安汽车", "厦门夏商集团", "同仁堂", "合力叉车")
        customers = [await firm.customer(name=name, type="new") for name in names]
        asked = [await ask(firm, one) for one in customers]

        async def back(customer: Customer) -> None:
            while True:
                try:
                    await give_back(firm, customer)
                except Conflict:  # the worker tries again
                    continue
                return

        pairs = zip(customers, asked, strict=True)
        deeds = [deed for one, request in pairs for deed in (signed(firm, request, by="manager"), back(one))]
        done = await asyncio.gather(*deeds, return_exceptions=True)
        assert {getattr(one, "code", one) for one in done} <= {None, "approval.ended", "approval.decided"}
        for customer, request in zip(customers, asked, strict=True):
            now = await firm.again(customer)
            assert (now.pool, now.pool_due_on) == ("main", None)
            assert await status(firm, request) in ("approved", "withdrawn")
