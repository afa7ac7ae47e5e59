"""The audit writes itself: who, what, when, before and after, whatever way a record is changed."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, insert, select, update

from crm_core import registry
from crm_core.attachments.models import Attachment
from crm_core.attachments.service import FileRef
from crm_core.audit.models import AuditEntry
from crm_core.audit.service import UnauditedChange, act_as, history
from crm_core.customers.commands import ChangeCustomer
from crm_core.customers.models import Customer
from crm_core.customers.service import change_customer
from crm_core.kit.db import Base
from crm_core.org.models import Company, Employee
from crm_core.visits.models import Visit
from tests.support.company import Firm

registry.load()

# Tables that hold the machine's own state, and no business truth. A new one needs a reason here.
NO_BUSINESS = {
    "access_log": "who looked and who took along: a log itself",
    "approval": "folded from its facts",
    "approval_copy": "folded from its facts",
    "approval_effect": "what was done at an end, once; the facts tell of the end",
    "approval_fact": "an audit of its own, which nobody can change",
    "approval_seat": "folded from its facts",
    "approval_step": "folded from its facts",
    "approval_timer": "when to remind",
    "audit": "it is the audit",
    "bot": "what was seen of our bots",
    "card": "where messages of ours stand",
    "chat": "lanes",
    "counted_followup": "which visits counted when they were told",
    "draft": "not saved yet",
    "erasure": "who asked for what to be erased: a log itself",
    "file": "how bytes are fetched; what they belong to is the attachment",
    "import_row": "the lines of a sheet on their way in; what they become is audited",
    "inbox": "what came in",
    "last_time": "what a form proposes the next time",
    "loose_file": "bytes that nobody names, until they are gone",
    "notice_receipt": "who has read it; what was told is the notice",
    "occurrence": "what is due",
    "outbox": "what goes out",
    "playbook_proposal": "a file on its way in; what it becomes is a version of the playbook",
    "reminder_choice": "what a person wants to be reminded of",
    "plan_flow": "which request hangs on which line; the request has its facts, the line its audit",
    "rule_day": "how far the clock has looked",
    "pool_view": "who looked at what nobody owns",
    "serving": "which programs the migrations serve",
    "sheet_order": "a sheet that is being written",
    "said": "which message said what of a saved record, for as long as it may be corrected",
    "stale_timer": "follows from the archive, cleared by the clock",
    "swept": "how far the sweep has come",
    "whereabouts": "for ten minutes",
}


async def entries(firm: Firm, table: str, row_id: int | None = None) -> list[AuditEntry]:
    async with firm.db.unit() as session:
        known = select(AuditEntry).where(AuditEntry.subject_type == table).order_by(AuditEntry.id)
        if row_id is not None:
            known = known.where(AuditEntry.subject_id == row_id)
        return list(await session.scalars(known))


def test_every_business_table_is_audited():
    unaudited = {mapper.class_.__tablename__ for mapper in Base.registry.mappers if not mapper.class_.audited}
    assert unaudited == set(NO_BUSINESS)


class TestCustomers:
    async def test_making_one_is_written_with_all_it_began_with(self, firm: Firm):
        customer = await firm.customer(phone="13800138000", yearly_value=Decimal("12800.50"))
        (entry,) = await entries(firm, "customer", customer.id)
        assert (entry.verb, entry.actor_id, entry.at) == ("create", firm.people["owner"].id, firm.clock.now())
        assert entry.before == {}
        assert entry.after["name"] == "深圳市华宁电子有限公司"
        (first,) = await entries(firm, "contact")
        assert first.after["phone"] == "+8613800138000"
        assert entry.after["yearly_value"] == "12800.50"
        assert not {"keys", "people"} & entry.after.keys(), "derived columns say nothing of their own"

    async def test_a_change_is_written_with_before_and_after(self, firm: Firm):
        customer = await firm.customer(city="深圳")
        firm.clock.advance(timedelta(days=2))
        async with firm.db.unit() as session:
            actor = await firm.actor(session, "manager")
            await change_customer(session, actor, ChangeCustomer(customer_id=customer.id, field="city", value="东莞"))
        _, entry = await entries(firm, "customer", customer.id)
        assert (entry.verb, entry.actor_id) == ("change", firm.people["manager"].id)
        assert (entry.before["city"], entry.after["city"]) == ("深圳", "东莞")
        assert "name" not in entry.before

    async def test_emptying_a_field_is_a_change_too(self, firm: Firm):
        customer = await firm.customer(city="深圳")
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            await change_customer(session, actor, ChangeCustomer(customer_id=customer.id, field="city", value=""))
        _, entry = await entries(firm, "customer", customer.id)
        assert entry.before == {"city": "深圳"}
        assert "city" not in entry.after

    async def test_what_changed_nothing_is_not_written(self, firm: Firm):
        customer = await firm.customer(city="深圳")
        async with firm.db.unit() as session:
            (await session.get_one(Customer, customer.id)).city = "深圳"
        assert len(await entries(firm, "customer", customer.id)) == 1

    async def test_what_was_rolled_back_is_not_written(self, firm: Firm):
        customer = await firm.customer()
        with pytest.raises(ZeroDivisionError):
            await self._change_and_fail(firm, customer.id)
        assert len(await entries(firm, "customer", customer.id)) == 1

    async def _change_and_fail(self, firm: Firm, customer_id: int) -> None:
        async with firm.db.unit() as session:
            (await session.get_one(Customer, customer_id)).city = "东莞"
            await session.flush()
            raise ZeroDivisionError

    async def test_several_changes_in_one_unit_are_all_written(self, firm: Firm):
        customer = await firm.customer()
        async with firm.db.unit() as session:
            row = await session.get_one(Customer, customer.id)
            for city in ("深圳", "东莞", "惠州"):
                row.city = city
                await session.flush()
        changes = (await entries(firm, "customer"))[1:]
        cities = [(one.before.get("city"), one.after["city"]) for one in changes]
        assert cities == [(None, "深圳"), ("深圳", "东莞"), ("东莞", "惠州")]


class TestOthers:
    async def test_a_visit_and_its_photos_are_written(self, firm: Firm):
        visit = await firm.visit(await firm.customer(), photos=(FileRef(7, "a", "a"), FileRef(7, "b", "b")))
        (entry,) = await entries(firm, "visit", visit.id)
        assert entry.after["summary"] == "谈了年框，下周三送样"
        assert len(await entries(firm, "attachment")) == 2

    @pytest.mark.parametrize("table", [Visit, Attachment])
    async def test_a_deletion_is_written_with_what_is_gone(self, firm: Firm, table: type):
        await firm.visit(await firm.customer(), photos=(FileRef(7, "a", "a"),))
        async with firm.db.unit() as session:
            act_as(session, firm.people["admin"].id)
            row = await session.scalar(select(table))
            await session.delete(row)
        last = (await entries(firm, table.__tablename__))[-1]
        assert (last.verb, last.subject_id, last.actor_id) == ("delete", row.id, firm.people["admin"].id)
        assert last.before["created_at"]
        assert last.after == {}

    async def test_a_new_colleague_and_an_invite_are_written_without_the_link(self, firm: Firm):
        assert len(await entries(firm, "employee")) >= len(firm.people)
        async with firm.db.unit() as session:
            (await session.get_one(Company, 1)).name = "华宁医疗"
        last = (await entries(firm, "company"))[-1]
        assert (last.before, last.after) == ({"name": "华宁科技"}, {"name": "华宁医疗"})

    async def test_the_system_itself_is_nobody(self, firm: Firm):
        async with firm.db.unit() as session:
            act_as(session, None)
            (await session.get_one(Company, 1)).name = "华宁医疗"
        assert (await entries(firm, "company"))[-1].actor_id is None

    async def test_history_is_told_newest_first_with_names(self, firm: Firm):
        customer = await firm.customer()
        async with firm.db.unit() as session:
            actor = await firm.actor(session, "manager")
            await change_customer(session, actor, ChangeCustomer(customer_id=customer.id, field="city", value="东莞"))
        async with firm.db.unit() as session:
            told = await history(session, "customer", customer.id)
        assert [(row.verb, row.name) for row in told] == [("change", "王海燕"), ("create", "李娜")]


class TestBehindItsBack:
    @pytest.mark.parametrize(
        "statement",
        [
            update(Customer).values(city="东莞"),
            delete(Customer),
            insert(Employee).values(name="冯程"),
            update(Customer.__table__).values(city="东莞"),
            delete(Customer.__table__),
            insert(Visit.__table__).values(summary="x"),
        ],
        ids=["update", "delete", "insert", "update of the table", "delete of the table", "insert into the table"],
    )
    async def test_a_bulk_statement_on_business_records_is_refused(self, firm: Firm, statement):
        await firm.customer()
        with pytest.raises(UnauditedChange):
            async with firm.db.unit() as session:
                await session.execute(statement)
        async with firm.db.unit() as session:
            assert await session.scalar(select(func.count()).where(Customer.city == "东莞")) == 0
            assert await session.scalar(select(func.count()).select_from(Customer)) == 1

    async def test_unless_it_says_why_it_need_not_be(self, firm: Firm):
        async with firm.db.unit() as session:
            timers = update(Customer).values(pool_look_at=None)
            await session.execute(timers, execution_options={"unaudited": "a timer, no business truth"})

    async def test_a_change_within_a_nested_transaction_that_fails_leaves_no_trace(self, firm: Firm):
        customer = await firm.customer()
        async with firm.db.unit() as session:
            row = await session.get_one(Customer, customer.id)
            with suppress(ZeroDivisionError):
                async with session.begin_nested():
                    row.city = "东莞"
                    await session.flush()
                    _ = 1 / 0
        assert len(await entries(firm, "customer", customer.id)) == 1
        assert (await firm.again(customer)).city is None
