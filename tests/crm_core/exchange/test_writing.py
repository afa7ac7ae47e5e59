"""Customers of a sheet are what they would have been had somebody made them by hand, column for column."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from crm_core.audit.models import AuditEntry
from crm_core.contacts.models import Contact
from crm_core.customers.models import Customer, Ownership, StaleTimer
from crm_core.kit.db import Base
from crm_core.playbook import service as playbook
from tests.crm_core.exchange.story import taken_back, taken_in, written
from tests.crm_core.pool.story import MAIN, publish
from tests.support.company import Firm

HEADINGS = [
    "客户名称",
    "简称",
    "客户类型",
    "分类",
    "行业",
    "来源",
    "客户阶段",
    "客户状态",
    "城市",
    "地址",
    "联系人",
    "电话",
    "年采购额",
    "备注",
]
HUANING = [
    "深圳市华宁电子有限公司",
    "华宁",
    "新客户",
    "意向客户",
    "电子制造",
    "展会活动",
    "潜在客户",
    "重点关注",
    "深圳",
    "南山区科技南路 16 号",
    "王建国",
    "138 0013 8000",
    "12.8万",
    "展会认识，已寄样品",
]
BY_HAND: dict[str, Any] = {
    "name": HUANING[0],
    "short_name": "华宁",
    "type": "new",
    "category": "prospect",
    "industry": "electronics",
    "stage": "potential",
    "status": "watch",
    "city": "深圳",
    "address": "南山区科技南路 16 号",
    "contact_name": "王建国",
    "phone": "13800138000",
    "yearly_value": Decimal("128000.00"),
    "note": "展会认识，已寄样品",
}
COUNTERS = {"revision"}  # how often a row was written on the way: an archive is told of its first contact


async def rows_of(firm: Firm, model: type[Base], besides: set[str]) -> list[dict[str, Any]]:
    async with firm.db.unit() as session:
        found = (await session.scalars(select(model).order_by(*model.__mapper__.primary_key))).all()  # type: ignore[attr-defined]
        names = {one.key for one in model.__mapper__.column_attrs} - besides - COUNTERS
        return [{name: getattr(one, name) for name in sorted(names)} for one in found]


async def audited(firm: Firm) -> list[tuple[str, dict[str, Any]]]:
    """What the audit has of each creation, without ids and times."""
    async with firm.db.unit() as session:
        entries = select(AuditEntry.subject_type, AuditEntry.after).where(
            AuditEntry.verb == "create", AuditEntry.subject_type.in_(("customer", "contact", "ownership"))
        )
        found = await session.execute(entries.order_by(AuditEntry.id))
        return [
            (kind, {key: one for key, one in after.items() if key not in ("id", "customer_id")})
            for kind, after in found
        ]


async def everything(firm: Firm) -> dict[str, list[dict[str, Any]]]:
    return {
        "customers": await rows_of(firm, Customer, {"id"}),
        "contacts": await rows_of(firm, Contact, {"id", "customer_id"}),
        "moves": await rows_of(firm, Ownership, {"id", "customer_id", "kind"}),
        "timers": await rows_of(firm, StaleTimer, {"customer_id"}),
    }


async def source_key(firm: Firm) -> str:
    async with firm.db.unit() as session:
        book = await playbook.in_force(session, (await firm.actor(session)).playbook_version)
        return next(one.key for one in book.sources if one.title["zh"] == "展会活动")


class TestAlike:
    async def test_all_columns_are_those_of_an_archive_made_by_hand(self, firm: Firm):
        await publish(firm, MAIN)
        batch = await taken_in(firm, [HEADINGS, HUANING])
        assert "" not in batch.columns
        assert await written(firm, batch) == {"made": 1}
        imported, told = await everything(firm), await audited(firm)
        (one,) = imported["customers"]
        assert (one["pool_due_on"], one["territory"], one["stage"]) != (None, None, None)
        assert one["keys"]
        assert one["people_phones"] == ["+8613800138000"]
        await taken_back(firm, batch)
        assert await everything(firm) == {"customers": [], "contacts": [], "moves": [], "timers": []}
        before = len(told)

        await firm.customer(**BY_HAND | {"source": await source_key(firm)})
        assert imported == await everything(firm)
        again = (await audited(firm))[before:]
        again = [(kind, after | {"kind": "import"} if kind == "ownership" else after) for kind, after in again]
        assert sorted(told, key=str) == sorted(again, key=str)

    async def test_a_bare_name_takes_what_a_new_archive_takes(self, firm: Firm):
        await publish(firm, MAIN)
        batch = await taken_in(firm, [["客户名称"], ["苏州汇川技术有限公司"]])
        await written(firm, batch)
        imported = await everything(firm)
        defaults = {name: batch.defaults[name] for name in ("type", "category", "industry", "source")}
        await taken_back(firm, batch)
        await firm.customer("苏州汇川技术有限公司", **defaults)
        assert imported == await everything(firm)

    async def test_the_log_says_that_it_was_an_import(self, firm: Firm):
        await written(firm, await taken_in(firm, [HEADINGS, HUANING]))
        async with firm.db.unit() as session:
            assert await session.scalar(select(Ownership.kind)) == "import"


class TestPool:
    async def test_who_has_no_owner_lies_in_the_pool_that_fits_and_has_no_deadline(self, firm: Firm):
        async with firm.db.unit() as session:
            book = await playbook.in_force(session, (await firm.actor(session, "manager")).playbook_version)
        batch = await taken_in(firm, [HEADINGS, HUANING], by="manager", owner_id=None, pool=book.pools[0].key)
        await written(firm, batch)
        (one,) = await rows_of(firm, Customer, set())
        assert (one["owner_id"], one["pool"], one["pool_due_on"]) == (None, book.pools[0].key, None)
        (timer,) = await rows_of(firm, StaleTimer, set())
        assert (timer["customer_id"], timer["due_at"]) == (one["id"], None)
