"""Needs, samples, deals (CA04, CA18, CA06): who may, what is refused, and that two at once make one story."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from crm_core.contacts.models import Contact
from crm_core.customers.models import Customer
from crm_core.deals import queries as worths
from crm_core.deals.models import Deal, DealStep
from crm_core.deals.service import RecordDeal, change_deal, record_deal, step_deal
from crm_core.kit.errors import DomainError
from crm_core.matters import queries
from crm_core.needs.models import Need, NeedState
from crm_core.needs.service import RecordNeed, change_need, end_need, record_need
from crm_core.trials.models import Trial
from crm_core.trials.service import SendTrial, change_trial, send_trial
from tests.support.company import OFFICE, PEOPLE, SUPERIORS, TIED, Firm

READERS = SUPERIORS | OFFICE | TIED | {"owner", "finance", "other finance"}
DOERS = SUPERIORS | TIED | {"owner", "operations", "admin"}
TODAY = date(2026, 3, 11)
MAKE: dict[type, Callable[[Any, Any, int], Awaitable[Any]]] = {
    Need: lambda session, actor, of: record_need(session, actor, RecordNeed(customer=of, what="5000套连接器")),
    Trial: lambda session, actor, of: send_trial(session, actor, SendTrial(customer=of, what="3个样品")),
    Deal: lambda session, actor, of: record_deal(
        session, actor, RecordDeal(customer=of, what="年框", amount=Decimal(128_000))
    ),
}
CHANGE: dict[type, Any] = {Need: change_need, Trial: change_trial, Deal: change_deal}


async def made(firm: Firm, model: type, customer: Customer, by: str = "owner") -> int:
    async with firm.db.unit() as session:
        return (await MAKE[model](session, await firm.actor(session, by), customer.id)).id


async def code(firm: Firm, operation: Callable[[Any, Any], Awaitable[Any]], by: str = "owner") -> str:
    """How the operation was refused, or nothing."""
    try:
        async with firm.db.unit() as session:
            await operation(session, await firm.actor(session, by))
    except DomainError as refused:
        return refused.code
    return ""


@pytest.mark.parametrize("model", MAKE)
class TestRights:
    async def test_who_may_read_the_customer_reads_it_and_nobody_else(self, firm: Firm, model: type):
        customer = await firm.tied()
        matter = await made(firm, model, customer)
        saw, listed = set[str](), set[str]()
        for relation in PEOPLE:
            async with firm.db.unit() as session:
                actor = await firm.actor(session, relation)
                if (await queries.of_customer(session, actor, model, customer.id)).rows:
                    listed.add(relation)
            if not await code(firm, lambda session, actor: queries.find(session, actor, model, matter), relation):
                saw.add(relation)
        assert saw == listed == READERS

    async def test_who_may_change_the_customer_writes_it_down_and_corrects_it(self, firm: Firm, model: type):
        customer = await firm.tied()
        matter = await made(firm, model, customer)
        wrote, changed = set[str](), set[str]()
        for relation in PEOPLE:
            if not await code(firm, lambda session, actor: MAKE[model](session, actor, customer.id), relation):
                wrote.add(relation)
            if not await code(
                firm, lambda session, actor: CHANGE[model](session, actor, matter, "what", "改过的"), relation
            ):
                changed.add(relation)
        assert wrote == changed == DOERS

    async def test_somebody_of_another_customer_has_nothing_to_do_with_it(self, firm: Firm, model: type):
        customer = await firm.customer()
        await firm.customer(name="上海瑞金医疗器械有限公司", contact_name="沈志强")
        matter = await made(firm, model, customer)
        async with firm.db.unit() as session:
            stranger = await session.scalar(select(Contact.id))
        refused = await code(firm, lambda s, actor: CHANGE[model](s, actor, matter, "contact", stranger))
        assert refused == "not_found"

    @pytest.mark.parametrize("field", ["customer_id", "created_by", "state", "told", "revision", "nothing"])
    async def test_only_what_may_be_changed_is(self, firm: Firm, model: type, field: str):
        matter = await made(firm, model, await firm.customer())
        assert await code(firm, lambda s, actor: CHANGE[model](s, actor, matter, field, 1)) == "not_found"

    async def test_of_two_changes_from_one_card_the_second_is_refused(self, firm: Firm, model: type):
        matter = await made(firm, model, await firm.customer())
        told = await asyncio.gather(
            *(
                code(firm, lambda s, actor, what=what: CHANGE[model](s, actor, matter, "what", what, 1))
                for what in ("6000套", "7000套")
            )
        )
        assert sorted(told) == ["", "changed_meanwhile"]


class TestNeed:
    async def test_what_makes_no_sense_is_refused(self, firm: Firm):
        customer = await firm.customer()
        for given, expected in (
            ({"what": " "}, "required"),
            ({"what": "长" * 201}, "too_long"),
            ({"quantity": 0}, "matter.not_one"),
            ({"amount": Decimal(-1)}, "matter.negative"),
            ({"due_on": TODAY - timedelta(days=1)}, "matter.day_in_past"),
        ):
            command = RecordNeed(**{"customer": customer.id, "what": "连接器", **given})
            assert await code(firm, lambda s, actor, command=command: record_need(s, actor, command)) == expected

    async def test_it_is_closed_once_and_lost_for_a_reason(self, firm: Firm):
        need = await made(firm, Need, await firm.customer())
        assert await code(firm, lambda s, actor: end_need(s, actor, need, NeedState.LOST, " ")) == "required"
        told = await asyncio.gather(
            code(firm, lambda s, actor: end_need(s, actor, need, NeedState.MET)),
            code(firm, lambda s, actor: end_need(s, actor, need, NeedState.LOST, "嫌贵")),
        )
        assert sorted(told) == ["", "matter.ended"]

    async def test_the_owner_and_the_team_are_told_but_who_says_it_and_who_may_not_see_it(self, firm: Firm):
        customer = await firm.tied()
        async with firm.db.unit() as session:
            actor = await firm.actor(session, "manager")
            told = await record_need(session, actor, RecordNeed(customer=customer.id, what="5000套连接器"))
            assert {one.name for one in told.readers} == {"李娜", "何小雨"}
        other = RecordNeed(customer=customer.id, what="200个探头", tell=firm.people["other department"].id)
        assert await code(firm, lambda s, actor: record_need(s, actor, other)) == "need.not_for_them"


class TestDeal:
    async def test_a_year_s_sum_counts_what_was_ordered_then_and_no_quotation(self, firm: Firm):
        customer = await firm.customer()
        deals = [(128_000, DealStep.ORDERED, None), (50_000, DealStep.PAID, date(2025, 11, 3))]
        for amount, step, on in [*deals, (900_000, DealStep.QUOTED, None)]:
            command = RecordDeal(customer=customer.id, what="年框", amount=Decimal(amount), step=step, on=on)
            assert await code(firm, lambda s, actor, command=command: record_deal(s, actor, command)) == ""
        async with firm.db.unit() as session:
            assert await worths.worth(session, customer.id, TODAY) == worths.Worth(
                Decimal(128_000), Decimal(178_000), 2
            )
            assert await worths.by_year(session, customer.id) == [(2026, Decimal(128_000)), (2025, Decimal(50_000))]

    async def test_two_taps_at_once_take_one_step(self, firm: Firm):
        deal = await made(firm, Deal, await firm.customer())
        told = await asyncio.gather(
            *(code(firm, lambda s, actor: step_deal(s, actor, deal, DealStep.DELIVERED, 1)) for _ in range(2))
        )
        assert sorted(told) == ["", "changed_meanwhile"]

    async def test_days_stand_in_the_order_of_the_steps(self, firm: Firm):
        deal = await made(firm, Deal, await firm.customer())
        early = TODAY - timedelta(days=3)
        assert await code(firm, lambda s, a: change_deal(s, a, deal, "paid_on", early)) == "deal.out_of_order"
        assert await code(firm, lambda s, a: change_deal(s, a, deal, "quoted_on", early)) == ""
        tomorrow = TODAY + timedelta(days=1)
        assert await code(firm, lambda s, a: change_deal(s, a, deal, "paid_on", tomorrow)) == "matter.day_in_future"
