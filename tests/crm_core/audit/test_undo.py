"""Taking back (BY08): everything is as it was before, or nothing is and the reason is told."""

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from crm_core import registry
from crm_core.attachments.models import Attachment
from crm_core.attachments.service import FileRef
from crm_core.audit import errors
from crm_core.audit.models import AuditEntry
from crm_core.audit.service import act_as, undoable_op
from crm_core.audit.undo import undo
from crm_core.comments.service import AddComment, add_comment
from crm_core.contacts.commands import ChangeContact
from crm_core.contacts.models import Contact
from crm_core.contacts.service import change_contact
from crm_core.customers.commands import ChangeCustomer, NewCustomer
from crm_core.customers.models import Customer
from crm_core.customers.ownership import log_of
from crm_core.customers.service import change_customer, confirm_archive, create_customer
from crm_core.kit.db import Base
from crm_core.kit.errors import NOT_ALLOWED, NOT_FOUND, DomainError
from crm_core.kit.undo import staying, ways
from crm_core.org import errors as org_errors
from crm_core.org import invites
from crm_core.org import service as org
from crm_core.org.models import Employee, Invite, Role
from crm_core.visits.models import Visit, VisitKind
from crm_core.visits.service import LogVisit, log_visit
from screens.things import things
from screens.wording import load as load_words
from tests.support.company import WORDS, Firm

registry.load()


def test_every_audited_table_says_how_its_changes_are_taken_back_or_why_not():
    audited = {mapper.class_.__tablename__ for mapper in Base.registry.mappers if mapper.class_.audited}
    assert set(ways()) | set(staying()) == audited
    assert not set(ways()) & set(staying())


def test_what_can_be_taken_back_has_a_name_that_people_know():
    load_words()
    assert set(ways()) <= set(things())


@asynccontextmanager
async def doing(firm: Firm, op: int | None, by: str = "owner"):
    """A unit of work in which somebody does something under a number."""
    async with firm.db.unit() as session:
        actor = await firm.actor(session, by)
        act_as(session, actor.id, op)
        yield session, actor


async def change(firm: Firm, op: int | None, customer: Customer, field: str, value: Any, by: str = "owner") -> None:
    async with doing(firm, op, by) as (session, actor):
        await change_customer(session, actor, ChangeCustomer(customer_id=customer.id, field=field, value=value))


async def primary(firm: Firm, customer: Customer) -> Contact:
    """Whom one calls first there, as it stands in the database now."""
    async with firm.db.unit() as session:
        contact = await session.scalar(select(Contact).where(Contact.customer_id == customer.id, Contact.is_primary))
    assert contact is not None
    return contact


async def change_number(firm: Firm, op: int, contact: Contact, value: str) -> None:
    async with doing(firm, op) as (session, actor):
        await change_contact(session, actor, ChangeContact(contact_id=contact.id, field="phone", value=value))


async def visit(firm: Firm, op: int, customer: Customer, by: str = "owner", **given: Any) -> Visit:
    async with doing(firm, op, by) as (session, actor):
        told = {"customer": customer.id, "kind": VisitKind.RETURN, "summary": "谈了年框", **given}
        return await log_visit(session, actor, LogVisit(**told))


async def back(firm: Firm, op: int, by: str = "owner", as_op: int = 900):
    async with doing(firm, as_op, by) as (session, actor):
        return await undo(session, actor, op)


async def refused(firm: Firm, op: int, by: str = "owner") -> DomainError:
    with pytest.raises(DomainError) as caught:
        await back(firm, op, by)
    return caught.value


def truth(row: Base) -> dict[str, Any]:
    """All columns but the counter of changes."""
    return {key: value for key, value in vars(row).items() if not key.startswith("_") and key != "revision"}


async def count(firm: Firm, table: type[Base]) -> int:
    async with firm.db.unit() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


class TestAsItWas:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", "深圳市华宁微电子有限公司"),
            ("type", "b"),
            ("yearly_value", Decimal("12800.5")),
            ("city", "东莞"),
            ("note", "样品先寄前台"),
            ("extra", {"terms": "net30"}),
        ],
    )
    async def test_a_changed_field_goes_back_and_what_follows_from_it_too(self, firm: Firm, field: str, value: Any):
        customer = await firm.customer(phone="13800138000", yearly_value=Decimal("12800.50"))
        before = truth(await firm.again(customer))
        firm.clock.advance(timedelta(days=2))
        await change(firm, 7, customer, field, value)
        undone = await back(firm, 7)
        assert truth(await firm.again(customer)) == before
        assert (undone.table, undone.label, undone.verb) == ("customer", "深圳市华宁电子有限公司", "change")
        if field != "yearly_value":
            assert field in undone.fields

    @pytest.mark.parametrize("value", ["13900139000", ""])
    async def test_a_contacts_number_goes_back_and_the_customer_is_found_by_it_again(self, firm: Firm, value: str):
        customer = await firm.customer(contact_name="王建国", phone="13800138000")
        before = truth(await firm.again(customer))
        person = await primary(firm, customer)
        firm.clock.advance(timedelta(days=2))
        await change_number(firm, 7, person, value)
        assert truth(await firm.again(customer)) != before
        undone = await back(firm, 7)
        assert truth(await firm.again(customer)) == before
        assert truth(await primary(firm, customer)) == truth(person)
        assert (undone.table, undone.label, undone.verb) == ("contact", "王建国", "change")
        assert "phone" in undone.fields

    async def test_a_visit_is_gone_with_its_photos_and_the_customer_stands_as_before(self, firm: Firm):
        customer = await firm.customer()
        await firm.visit(customer, next_on=date(2026, 3, 20))
        before = truth(await firm.again(customer))
        firm.clock.advance(timedelta(days=1))
        photos = (FileRef(7, "a", "a"), FileRef(7, "b", "b"))
        logged = await visit(firm, 7, customer, photos=photos, next_on=date(2026, 3, 25))
        assert (await firm.again(customer)).next_step_on == date(2026, 3, 25)
        undone = await back(firm, 7)
        assert truth(await firm.again(customer)) == before
        assert (await count(firm, Visit), await count(firm, Attachment)) == (1, 0)
        assert ("visit", logged.id) in undone.gone

    async def test_an_earlier_visit_told_late_leaves_the_last_followup_alone(self, firm: Firm):
        customer = await firm.customer()
        await firm.visit(customer)
        before = truth(await firm.again(customer))
        await visit(firm, 7, customer, happened_at=firm.clock.now() - timedelta(days=3))
        await back(firm, 7)
        assert truth(await firm.again(customer)) == before

    async def test_a_new_customer_is_gone_and_its_name_is_free(self, firm: Firm):
        command = NewCustomer(name="苏州汇川传感器有限公司", **WORDS)
        async with doing(firm, 7) as (session, actor):
            await create_customer(session, actor, command)
            assert undoable_op(session) == 7
        await back(firm, 7)
        assert await count(firm, Customer) == 0
        async with doing(firm, 8, "peer") as (session, actor):
            await create_customer(session, actor, command)

    async def test_what_was_deleted_is_put_back_with_its_number(self, firm: Firm):
        customer = await firm.customer(contact_name="王建国")
        person = await primary(firm, customer)
        told = {"contact": person.id, "location": (22.5405, 113.9346), "extra": {"decider_met": True}}
        logged = await firm.visit(customer, next_on=date(2026, 3, 20), **told)
        async with firm.db.unit() as session:
            before = truth(await session.get_one(Visit, logged.id))
        async with doing(firm, 7) as (session, _):
            await session.delete(await session.get_one(Visit, logged.id))
        await back(firm, 7)
        async with firm.db.unit() as session:
            assert truth(await session.get_one(Visit, logged.id)) == before

    async def test_a_customer_that_was_deleted_is_found_again(self, firm: Firm):
        customer = await firm.customer(phone="13800138000")
        before, person = truth(await firm.again(customer)), await primary(firm, customer)
        async with doing(firm, 7) as (session, _):
            await session.delete(await session.get_one(Contact, person.id))
            for entry in await log_of(session, customer.id):
                await session.delete(entry)
            await session.flush()
            await session.delete(await session.get_one(Customer, customer.id))
        await back(firm, 7)
        assert truth(await firm.again(customer)) == before
        assert truth(await primary(firm, customer)) == truth(person)

    async def test_several_steps_of_one_operation_go_back_at_once(self, firm: Firm):
        customer = await firm.customer(city="深圳")
        async with doing(firm, 7) as (session, actor):
            for city in ("东莞", "惠州", "珠海"):
                await change_customer(session, actor, ChangeCustomer(customer_id=customer.id, field="city", value=city))
        await back(firm, 7)
        assert (await firm.again(customer)).city == "深圳"

    async def test_the_audit_says_who_took_what_back(self, firm: Firm):
        customer = await firm.customer(city="深圳")
        await change(firm, 7, customer, "city", "东莞")
        await back(firm, 7, as_op=8)
        async with firm.db.unit() as session:
            *_, entry = await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        assert (entry.op, entry.undoes, entry.actor_id) == (8, 7, firm.people["owner"].id)
        assert (entry.before["city"], entry.after["city"]) == ("东莞", "深圳")

    async def test_a_column_that_was_changed_unread_goes_back_too(self, firm: Firm):
        customer = await firm.customer(city="深圳")
        async with doing(firm, 7) as (session, _):
            row = await session.get_one(Customer, customer.id)
            session.expire(row, ["city"])
            row.city = "东莞"
        await back(firm, 7)
        assert (await firm.again(customer)).city == "深圳"

    async def test_later_ones_first_then_the_earlier_one(self, firm: Firm):
        customer = await firm.customer(city="深圳")
        before = truth(await firm.again(customer))
        firm.clock.advance(timedelta(minutes=1))
        await visit(firm, 7, customer)
        await change(firm, 8, customer, "city", "东莞")
        assert (await refused(firm, 7)).code == errors.CHANGED_SINCE
        await back(firm, 8)
        await back(firm, 7)
        assert truth(await firm.again(customer)) == before


class TestRefused:
    async def test_after_ten_minutes(self, firm: Firm):
        customer = await firm.customer()
        await change(firm, 7, customer, "city", "东莞")
        firm.clock.advance(timedelta(minutes=10, seconds=1))
        error = await refused(firm, 7)
        assert (error.code, error.params) == (errors.TOO_LATE, {"minutes": 10})
        assert (await firm.again(customer)).city == "东莞"

    async def test_on_the_last_second_it_works(self, firm: Firm):
        customer = await firm.customer()
        await change(firm, 7, customer, "city", "东莞")
        firm.clock.advance(timedelta(minutes=10))
        await back(firm, 7)

    @pytest.mark.parametrize("by", ["manager", "admin", "peer"])
    async def test_by_anybody_else(self, firm: Firm, by: str):
        await change(firm, 7, await firm.customer(), "city", "东莞")
        assert (await refused(firm, 7, by)).code == errors.NOTHING

    @pytest.mark.parametrize("op", [0, 999_999_999_999_999_999])
    async def test_what_nobody_did(self, firm: Firm, op: int):
        assert (await refused(firm, op)).code == errors.NOTHING

    async def test_twice(self, firm: Firm):
        await change(firm, 7, await firm.customer(), "city", "东莞")
        await back(firm, 7)
        error = await refused(firm, 7)
        assert (error.code, error.params) == (errors.DONE, {"at": "10:00"})

    async def test_taking_back_a_taking_back(self, firm: Firm):
        await change(firm, 7, await firm.customer(), "city", "东莞")
        await back(firm, 7, as_op=8)
        assert (await refused(firm, 8)).code == errors.NOTHING

    async def test_when_somebody_changed_the_record_since(self, firm: Firm):
        customer = await firm.customer()
        await change(firm, 7, customer, "city", "东莞")
        firm.clock.advance(timedelta(minutes=3))
        await change(firm, 8, customer, "note", "样品先寄前台", by="manager")
        error = await refused(firm, 7)
        assert error.code == errors.CHANGED_SINCE
        assert error.params == {"label": customer.name, "who": "王海燕", "at": "10:03"}
        assert (await firm.again(customer)).city == "东莞"

    async def test_when_the_system_changed_it_since(self, firm: Firm):
        customer = await firm.customer()
        await change(firm, 7, customer, "city", "东莞")
        async with firm.db.unit() as session:
            (await session.get_one(Customer, customer.id)).city = "惠州"
        assert (await refused(firm, 7)).params["who"] == "Rounds"

    async def test_when_something_was_built_on_it(self, firm: Firm):
        async with doing(firm, 7) as (session, actor):
            customer = await create_customer(session, actor, NewCustomer(name="苏州汇川传感器有限公司", **WORDS))
        async with doing(firm, 8, "manager") as (session, actor):
            told = AddComment(subject_type="customer", subject_id=customer.id, text="这家先不要报价")
            await add_comment(session, actor, told)
        error = await refused(firm, 7)
        assert (error.code, error.params["what"], error.params["who"]) == (errors.BUILT_ON, "comment", "王海燕")

    async def test_a_foreign_key_counts_as_building_on_it(self, firm: Firm):
        async with doing(firm, 7, "admin") as (session, actor):
            unit_id = firm.people["owner"].unit_id
            new = await org.hire(session, actor, name="吴新人", unit_id=unit_id, roles=[Role.REP])
        async with doing(firm, 8, "admin") as (session, actor):
            await invites.invite(session, actor, new.id)
        error = await refused(firm, 7, "admin")
        assert (error.code, error.params["what"], error.params["who"]) == (errors.BUILT_ON, "invite", "蒋涛")

    async def test_when_the_right_is_gone(self, firm: Firm):
        customer = await firm.customer()
        await change(firm, 7, customer, "city", "东莞", by="manager")
        async with firm.db.unit() as session:
            person = await session.get_one(Employee, firm.people["owner"].id)
            await org.set_manager(session, person, await session.get_one(Employee, firm.people["other manager"].id))
        assert (await refused(firm, 7, "manager")).code == NOT_ALLOWED
        assert (await firm.again(customer)).city == "东莞"

    async def test_what_is_only_bookkeeping(self, firm: Firm):
        async with doing(firm, 7) as (session, actor):
            await org.choose_language(session, actor, "en")
            assert undoable_op(session) is None
        assert (await refused(firm, 7)).code == errors.NOTHING

    async def test_what_was_rolled_back_offers_nothing(self, firm: Firm):
        customer = await firm.customer()
        async with doing(firm, 7) as (session, actor):
            with suppress(ZeroDivisionError):
                async with session.begin_nested():
                    firm.clock.advance(timedelta(days=1))
                    await confirm_archive(session, actor, customer.id)
                    assert undoable_op(session) == 7
                    _ = 1 / 0
            assert undoable_op(session) is None


class TestPeople:
    async def test_somebody_hired_by_mistake_is_gone(self, firm: Firm):
        before = await count(firm, Employee)
        async with doing(firm, 7, "admin") as (session, actor):
            unit_id = firm.people["owner"].unit_id
            await org.hire(session, actor, name="吴新人", unit_id=unit_id, roles=[Role.REP])
        undone = await back(firm, 7, "admin")
        assert (undone.table, undone.label) == ("employee", "吴新人")
        assert await count(firm, Employee) == before

    async def leave(self, firm: Firm) -> None:
        async with firm.db.unit() as session:
            person = await session.get_one(Employee, firm.people["peer"].id)
            person.telegram_id, person.bot_id = 8123, 7
        async with doing(firm, 7, "admin") as (session, actor):
            await org.leave(session, actor, firm.people["peer"].id)

    async def test_who_did_not_leave_has_the_same_access_again(self, firm: Firm):
        await self.leave(firm)
        await back(firm, 7, "admin")
        async with firm.db.unit() as session:
            person = await session.get_one(Employee, firm.people["peer"].id)
            assert (person.left_at, person.telegram_id) == (None, 8123)
            assert person.digest_due_at is not None
            assert person.digest_due_at > firm.clock.now()

    async def test_an_invite_that_ended_with_the_leaving_stays_ended(self, firm: Firm):
        async with firm.db.unit() as session:
            actor = await firm.actor(session, "admin")
            await invites.invite(session, actor, firm.people["peer"].id)
        async with doing(firm, 7, "admin") as (session, actor):
            await org.leave(session, actor, firm.people["peer"].id)
        await back(firm, 7, "admin")
        async with firm.db.unit() as session:
            assert (await session.scalar(select(Invite.expires_at))) <= firm.clock.now()

    async def test_not_when_the_account_came_in_as_somebody_else(self, firm: Firm):
        await self.leave(firm)
        async with firm.db.unit() as session:
            (await session.get_one(Employee, firm.people["department"].id)).telegram_id = 8123
        error = await refused(firm, 7, "admin")
        assert (error.code, error.params) == (org_errors.ALREADY_MEMBER, {"name": "周立"})

    async def test_not_when_the_manager_has_left_too(self, firm: Firm):
        await self.leave(firm)
        async with doing(firm, 8, "admin") as (session, actor):
            owner = await session.get_one(Employee, firm.people["owner"].id)
            await org.set_manager(session, owner, await session.get_one(Employee, firm.people["director"].id))
            await org.leave(session, actor, firm.people["manager"].id)
        error = await refused(firm, 7, "admin")
        assert (error.code, error.params) == (org_errors.HAS_LEFT, {"name": "王海燕"})


class TestRaces:
    """On real PostgreSQL, with real locks."""

    async def test_two_presses_at_once_take_back_once(self, firm: Firm):
        customer = await firm.customer(city="深圳")
        for op in range(10, 22, 2):
            firm.clock.advance(timedelta(seconds=1))
            await visit(firm, op, customer)
            done = await asyncio.gather(
                *(back(firm, op, as_op=op * 100 + one) for one in range(4)), return_exceptions=True
            )
            told = [one.code for one in done if isinstance(one, DomainError)]
            assert told == [errors.DONE] * 3, done
            assert await count(firm, Visit) == 0
            assert (await firm.again(customer)).last_followup_at is None

    async def test_taking_back_and_a_second_edit_at_once_make_one_story(self, firm: Firm):
        for turn in range(6):
            customer = await firm.customer(name=f"苏州第{turn}汇川传感器有限公司", city="深圳", confirmed=_SURE)
            op = 10 + 2 * turn
            await change(firm, op, customer, "city", "东莞")
            edit = change(firm, op + 1, customer, "note", "样品先寄前台", by="manager")
            done, edited = await asyncio.gather(back(firm, op, as_op=op * 100), edit, return_exceptions=True)
            assert edited is None
            now = await firm.again(customer)
            assert now.note == "样品先寄前台"
            if isinstance(done, DomainError):
                assert (done.code, now.city) == (errors.CHANGED_SINCE, "东莞")
            else:
                assert now.city == "深圳"

    async def test_taking_back_a_customer_and_logging_a_visit_at_once(self, firm: Firm):
        for turn in range(6):
            op = 10 + 2 * turn
            async with doing(firm, op) as (session, actor):
                command = NewCustomer(name=f"苏州第{turn}汇川传感器有限公司", confirmed=_SURE, **WORDS)
                customer = await create_customer(session, actor, command)
            done, logged = await asyncio.gather(
                back(firm, op, as_op=op * 100), visit(firm, op + 1, customer, "manager"), return_exceptions=True
            )
            if isinstance(done, DomainError):
                assert done.code in (errors.BUILT_ON, errors.CHANGED_SINCE)
                assert isinstance(logged, Visit)
            else:
                assert isinstance(logged, DomainError)
                assert logged.code == NOT_FOUND


_SURE = frozenset({"customer.similar", "customer.similar_hidden"})
