"""Contacts: whom we know at a customer, who is called first, and that the customer is found by them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_core.audit.models import AuditEntry
from crm_core.contacts import queries, service
from crm_core.contacts.commands import AddContact, ChangeContact
from crm_core.contacts.models import Contact
from crm_core.customers.models import Customer
from crm_core.customers.queries import search
from crm_core.kit.errors import DomainError
from tests.support.company import Firm


async def add(firm: Firm, customer: Customer, name: str = "李建华", by: str = "owner", **given) -> Contact:
    async with firm.db.unit() as session:
        command = AddContact(customer=customer.id, name=name, **given)
        return await service.add_contact(session, await firm.actor(session, by), command)


async def change(firm: Firm, contact: Contact, field: str, value: str | None, by: str = "owner", **given) -> Contact:
    async with firm.db.unit() as session:
        command = ChangeContact(contact_id=contact.id, field=field, value=value, **given)
        return await service.change_contact(session, await firm.actor(session, by), command)


async def do(firm: Firm, what, contact: Contact, by: str = "owner") -> Contact:
    async with firm.db.unit() as session:
        return await what(session, await firm.actor(session, by), contact.id)


async def there(firm: Firm, customer: Customer) -> list[tuple[str | None, bool]]:
    """Who is there, whom one calls first at the head."""
    async with firm.db.unit() as session:
        rows = await queries.whom(session, await firm.actor(session), customer.id)
    return [(row.name, row.is_primary) for row in rows]


async def found(firm: Firm, typed: str) -> list[str]:
    async with firm.db.unit() as session:
        return [row.name for row in (await search(session, await firm.actor(session), typed)).rows]


class TestAdding:
    async def test_the_first_one_is_the_primary_the_next_is_not(self, firm: Firm):
        customer = await firm.customer()
        await add(firm, customer, "王建国", title="采购总监", phone="138 0013 8000", email="wang@huaning.com")
        await add(firm, customer, "李建华")
        assert await there(firm, customer) == [("王建国", True), ("李建华", False)]
        async with firm.db.unit() as session:
            first = await queries.first_of(session, await firm.actor(session), customer.id)
        assert (first.count, first.contact.phone, first.contact.email) == (2, "+8613800138000", "wang@huaning.com")

    async def test_a_new_archive_brings_its_first_one(self, firm: Firm):
        customer = await firm.customer(contact_name=" 王建国 ", phone="138 0013 8000")
        async with firm.db.unit() as session:
            first = await queries.first_of(session, await firm.actor(session), customer.id)
        assert (first.contact.name, first.contact.phone, first.contact.is_primary) == ("王建国", "+8613800138000", True)
        async with firm.db.unit() as session:
            kept = await session.get_one(Contact, first.contact.id)
        assert kept.created_by == firm.people["owner"].id

    async def test_of_some_only_a_number_is_known(self, firm: Firm):
        customer = await firm.customer(phone="0755-83216688")
        async with firm.db.unit() as session:
            first = await queries.first_of(session, await firm.actor(session), customer.id)
        assert service.called(first.contact) == "0755 8321 6688"
        with pytest.raises(DomainError, match="required"):
            await change(firm, first.contact, "phone", "")

    async def test_the_customer_is_found_by_each_of_them(self, firm: Firm):
        customer = await firm.customer(contact_name="王建国", phone="13800138000")
        await add(firm, customer, "欧阳修", phone="13600136999")
        for typed in ("王建国", "8000", "欧阳修", "oyx", "6999"):
            assert await found(firm, typed) == [customer.name], typed

    async def test_it_counts_as_maintenance(self, firm: Firm):
        customer = await firm.customer()
        firm.clock.advance(timedelta(days=20))
        await add(firm, customer)
        assert (await firm.again(customer)).maintained_at == firm.clock.now()

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"name": " "}, ("required", "name")),
            ({"name": "王" * 41}, ("too_long", "name")),
            ({"title": "长" * 41}, ("too_long", "title")),
            ({"phone": "王总"}, ("contact.phone_unreadable", "phone")),
            ({"email": "wang at huaning"}, ("contact.email_unreadable", "email")),
            ({"note": "长" * 501}, ("too_long", "note")),
        ],
    )
    async def test_what_cannot_be_is_refused_and_the_field_named(self, firm: Firm, given, code):
        with pytest.raises(DomainError) as caught:
            await add(firm, await firm.customer(), **given)
        assert (caught.value.code, caught.value.field) == code

    @pytest.mark.parametrize("by", ["peer", "department", "finance", "executive", "other manager", "other branch"])
    async def test_only_who_may_change_the_customer(self, firm: Firm, by: str):
        with pytest.raises(DomainError, match="not_allowed"):
            await add(firm, await firm.customer(), by=by)


class TestDoubles:
    async def test_the_same_name_at_one_customer_is_a_doubt(self, firm: Firm):
        customer = await firm.customer(contact_name="王建国")
        with pytest.raises(DomainError) as caught:
            await add(firm, customer, "王 建国")
        assert (caught.value.code, caught.value.field) == ("contact.similar", "name")
        assert (await add(firm, customer, "王建国", confirmed=frozenset({"contact.similar"}))).id

    async def test_the_same_number_is_a_doubt_that_names_who_has_it(self, firm: Firm):
        customer = await firm.customer(contact_name="王建国", phone="13800138000")
        with pytest.raises(DomainError) as caught:
            await add(firm, customer, "李建华", phone="+86 138 0013 8000")
        assert (caught.value.code, caught.value.field) == ("contact.phone.similar", "phone")
        assert caught.value.params == {"name": "王建国", "phone": "138 0013 8000"}
        assert (await add(firm, customer, phone="13800138000", confirmed=frozenset({"contact.phone.similar"}))).id

    async def test_at_another_customer_it_is_none(self, firm: Firm):
        await firm.customer(contact_name="王建国", phone="13800138000")
        other = await firm.customer(name="上海瑞金医疗器械有限公司")
        assert (await add(firm, other, "王建国", phone="13800138000")).is_primary

    async def test_who_is_gone_does_not_count(self, firm: Firm):
        customer = await firm.customer()
        await do(firm, service.remove_contact, await add(firm, customer, "王建国", phone="13800138000"))
        assert (await add(firm, customer, "王建国", phone="13800138000")).is_primary


class TestChanging:
    async def test_a_new_number_is_found_and_the_old_one_is_not(self, firm: Firm):
        customer = await firm.customer(contact_name="王建国", phone="13800138000")
        async with firm.db.unit() as session:
            contact = (await queries.first_of(session, await firm.actor(session), customer.id)).contact
        await change(firm, contact, "phone", "13512345678")
        assert (await found(firm, "5678"), await found(firm, "8000")) == ([customer.name], [])

    async def test_a_card_out_of_date_changes_nothing(self, firm: Firm):
        contact = await add(firm, await firm.customer())
        await change(firm, contact, "title", "采购经理", by="manager", revision=contact.revision)
        with pytest.raises(DomainError, match="changed_meanwhile"):
            await change(firm, contact, "title", "会计", revision=contact.revision)

    async def test_a_name_cannot_be_emptied_a_position_can(self, firm: Firm):
        contact = await add(firm, await firm.customer(), title="采购经理")
        with pytest.raises(DomainError, match="required"):
            await change(firm, contact, "name", " ")
        assert (await change(firm, contact, "title", None)).title is None

    async def test_who_has_a_number_needs_no_name_but_one_of_them(self, firm: Firm):
        contact = await add(firm, await firm.customer(), phone="13800138000")
        assert (await change(firm, contact, "name", None)).name is None
        with pytest.raises(DomainError, match="required"):
            await change(firm, contact, "phone", None)

    @pytest.mark.parametrize("field", ["customer_id", "is_primary", "left_at", "__class__", ""])
    async def test_no_other_column_is_reached(self, firm: Firm, field: str):
        with pytest.raises(DomainError, match="not_found"):
            await change(firm, await add(firm, await firm.customer()), field, "1")

    async def test_what_changed_is_in_the_history_of_the_customer(self, firm: Firm):
        customer = await firm.customer(contact_name="王建国", phone="13800138000")
        async with firm.db.unit() as session:
            contact = (await queries.first_of(session, await firm.actor(session), customer.id)).contact
        await change(firm, contact, "phone", "13512345678", by="manager")
        async with firm.db.unit() as session:
            last, made = await queries.history(session, await firm.actor(session), customer.id)
        assert (last.name, last.contact) == ("王海燕", "王建国")
        assert (last.before, last.after) == ({"phone": "+8613800138000"}, {"phone": "+8613512345678"})
        assert (made.verb, made.after["name"]) == ("create", "王建国")


class TestPrimary:
    async def test_another_is_chosen_and_there_is_always_one(self, firm: Firm):
        customer = await firm.customer(contact_name="王建国")
        other = await add(firm, customer, "李建华")
        await do(firm, service.make_primary, other)
        await do(firm, service.make_primary, other)
        assert await there(firm, customer) == [("李建华", True), ("王建国", False)]
        assert (await firm.again(customer)).people == ["李建华", "王建国"]
        await do(firm, service.remove_contact, other)
        assert await there(firm, customer) == [("王建国", True)]

    async def test_who_is_gone_is_kept_but_not_found_nor_changed(self, firm: Firm):
        customer = await firm.customer(contact_name="王建国", phone="13800138000")
        async with firm.db.unit() as session:
            contact = (await queries.first_of(session, await firm.actor(session), customer.id)).contact
        await do(firm, service.remove_contact, contact)
        assert await there(firm, customer) == []
        assert await found(firm, "王建国") == []
        async with firm.db.unit() as session:
            kept = await session.get_one(Contact, contact.id)
            assert (kept.left_at, kept.is_primary, kept.name) == (firm.clock.now(), False, "王建国")
            told = await session.scalar(
                select(AuditEntry).where(AuditEntry.subject_type == "contact").order_by(-AuditEntry.id)
            )
            assert told.after["left_at"]
        for what in (service.remove_contact, service.make_primary):
            with pytest.raises(DomainError, match="gone"):
                await do(firm, what, contact)


class TestReading:
    async def test_whose_number_it_is_only_who_may_see_learns(self, firm: Firm):
        customer = await firm.customer(contact_name="王建国", phone="13800138000")
        for by, seen in (("owner", [customer.id]), ("manager", [customer.id]), ("peer", []), ("other branch", [])):
            async with firm.db.unit() as session:
                rows = await queries.by_phone(session, await firm.actor(session, by), "+8613800138000")
            assert [row.customer_id for row in rows] == seen, by

    async def test_who_may_not_see_the_customer_sees_none_of_its_people(self, firm: Firm):
        contact = await add(firm, await firm.customer())
        async with firm.db.unit() as session:
            actor = await firm.actor(session, "peer")
            with pytest.raises(DomainError, match="not_found"):
                await queries.find(session, actor, contact.id)
            assert await queries.whom(session, actor, contact.customer_id) == []

    async def test_pages_in_the_order_they_were_met(self, firm: Firm):
        customer = await firm.customer()
        for at in range(8):
            await add(firm, customer, f"王{at}号")
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            first = await queries.of_customer(session, actor, customer.id)
            second = await queries.of_customer(session, actor, customer.id, queries.At(after=first.rows[-1].id))
        assert [row.name for row in (*first.rows, *second.rows)] == [f"王{at}号" for at in range(8)]
