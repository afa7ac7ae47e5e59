"""What changed at the customers of one's people: what counts, what was taken back, and what it costs (RE09)."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql

from crm_core.audit import undo
from crm_core.audit.service import act_as
from crm_core.changes import queries
from crm_core.changes.queries import What, changes
from crm_core.contacts.commands import AddContact
from crm_core.contacts.service import add_contact
from crm_core.customers.commands import ChangeCustomer
from crm_core.customers.ownership import Kind, move
from crm_core.customers.service import change_customer, locked
from crm_core.deals.service import RecordDeal, record_deal
from crm_core.kit.calendars import at_local
from crm_core.needs.models import NeedState
from crm_core.needs.service import RecordNeed, end_need, record_need
from crm_core.org.models import Employee
from tests.support.company import Firm

MOST_PAGES = 300


async def seen(firm: Firm, by: str = "manager") -> list[tuple[What, str]]:
    async with firm.db.unit() as session:
        return [(row.what, row.employee) for row in (await changes(session, await firm.actor(session, by))).rows]


async def test_each_kind_of_change_is_told_to_who_stands_above_and_to_nobody_else(firm: Firm):
    customer = await firm.customer(type="c")
    firm.clock.advance(timedelta(days=7))
    async with firm.db.unit() as session:
        owner = await firm.actor(session)
        await add_contact(session, owner, AddContact(customer=customer.id, name="李芳", title="采购经理"))
        await record_deal(session, owner, RecordDeal(customer=customer.id, what="连接器", amount=Decimal(8000)))
        need = (await record_need(session, owner, RecordNeed(customer=customer.id, what="线束"))).need
        await end_need(session, owner, need.id, NeedState.LOST, "嫌贵")
        await change_customer(session, owner, ChangeCustomer(customer_id=customer.id, field="type", value="b"))
    kinds = {What.JOINED, What.WON, What.LOST, What.TYPE}
    for boss in ("manager", "director"):
        assert {what for what, _ in await seen(firm, boss)} == kinds
        assert {person for _, person in await seen(firm, boss)} == {"李娜"}
    for other in ("other manager", "owner", "admin"):
        assert await seen(firm, other) == []


async def test_a_customer_that_moves_within_the_team_is_told_once(firm: Firm):
    customer = await firm.customer()
    firm.clock.advance(timedelta(days=7))
    async with firm.db.unit() as session:
        moved = await locked(session, customer.id)
        peer = firm.people["peer"].id
        await move(session, [moved], Kind.TRANSFER, by_id=None, to_owner_id=peer, reason="test")
    assert await seen(firm) == [(What.OWNER, "陈晓东")]


async def test_what_was_taken_back_is_not_told(firm: Firm):
    customer = await firm.customer(type="c")
    firm.clock.advance(timedelta(days=7))
    async with firm.db.unit() as session:
        owner = await firm.actor(session)
        act_as(session, owner.id, 77)
        await change_customer(session, owner, ChangeCustomer(customer_id=customer.id, field="type", value="b"))
    assert await seen(firm) == [(What.TYPE, "李娜")]
    async with firm.db.unit() as session:
        owner = await firm.actor(session)
        act_as(session, owner.id, 78)
        await undo.undo(session, owner, 77)
    assert await seen(firm) == []


async def test_a_hundred_thousand_old_changes_cost_nothing(firm: Firm):
    customer = await firm.customer()
    many = text(
        "INSERT INTO audit (at, actor_id, verb, subject_type, subject_id, before, after)"
        " SELECT now() - interval '400 days', :owner, 'change', 'customer', :customer, '{\"type\": \"a\"}', '{}'"
        " FROM generate_series(1, 100000)"
    )
    ids = {"owner": firm.people["owner"].id, "customer": customer.id}
    async with firm.db.engine.begin() as connection:
        await connection.execute(many, ids)
        await connection.execute(text("ANALYZE audit, customer, employee"))
    async with firm.db.unit() as session:
        boss = await firm.actor(session, "manager")
        people = select(Employee.id).where(Employee.chain.contains([boss.id]), Employee.id != boss.id)
        day = await queries.first_day(session, boss)
        start = at_local(day, firm.clock.now().time().min, boss.zone)
        statement = queries._entries(boss, people, start)
        compiled = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
        typed = re.sub(r"ARRAY\[(\d+)\]", r"ARRAY[\1]::bigint[]", str(compiled))
        explain = text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {typed}")
        plan: dict[str, Any] = (await session.scalar(explain))[0]["Plan"]
    assert plan["Actual Rows"] == 1
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= MOST_PAGES, plan
