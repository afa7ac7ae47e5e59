"""Colleagues who left, and what a restored copy brings back: erased again, by number."""

import pytest
from sqlalchemy import select, text, update

from crm_core.contacts.models import Contact
from crm_core.erasure import service
from crm_core.erasure.models import Erasure, Who
from crm_core.erasure.service import Tombstone
from crm_core.erasure.traces import needles
from crm_core.kit.db import Base, Database
from crm_core.kit.errors import DomainError
from crm_core.org import queries
from crm_core.org import service as org
from crm_core.org.models import Employee, Role
from tests.handlers.scene import customer_of, first_contact
from tests.handlers.test_erasure import where_it_stands
from tests.support.chat import House


async def test_who_left_is_a_number_afterwards_in_all_that_is_kept(house: House):
    admin = await house.hire("钱伟", Role.ADMIN)
    gone = await house.hire("欧阳静怡")
    await gone.say("/help")
    await gone.say("/today")
    async with house.db.unit() as session:
        actor = await queries.actor(session, admin.employee_id)
        with pytest.raises(DomainError, match=r"erasure\.still_here"):
            await service.erase_employee(session, actor, gone.employee_id)
    async with house.db.unit() as session:
        actor = await queries.actor(session, admin.employee_id)
        await org.leave(session, actor, gone.employee_id)
        await service.erase_employee(session, actor, gone.employee_id)
    assert await where_it_stands(house.db, "欧阳静怡", str(gone.user_id)) == {}
    async with house.db.unit() as session:
        left = await session.get_one(Employee, gone.employee_id)
        assert left.name == f"已离职同事 {gone.employee_id}"
        assert left.erased_at is not None
    async with house.db.unit() as session:  # that the updates came is still known
        assert await session.scalar(text("SELECT count(*) FROM inbox WHERE chat_id = 0")) > 0


async def test_a_copy_from_before_is_erased_again_by_what_the_list_says(house: House):
    rep = await house.hire("李娜")
    customer = await customer_of(rep, contact_name="王建国", phone="13800138000")
    contact = await first_contact(house, customer)
    async with house.db.unit() as session:
        await service.erase_contact(session, None, contact)
    async with house.db.unit() as session:
        listed = await service.tombstones(session)
        assert [(one.kind, one.subject_id) for one in listed] == [(Who.CONTACT, contact)]
        assert await service.reapply(session) == 0
    await _restored(house.db, contact)
    async with house.db.unit() as session:
        later = Tombstone(Who.CONTACT, 999, listed[0].at)  # came into the books after the copy was made
        assert await service.reapply(session, [*listed, later]) == 1
    assert await where_it_stands(house.db, "王建国", "13800138000") == {}
    async with house.db.unit() as session:
        assert await service.reapply(session) == 0
        assert len((await session.scalars(select(Erasure))).all()) == 2


async def _restored(db: Database, contact: int) -> None:
    """As in a copy that was made before: the person is back, the erasure is not."""
    async with db.unit() as session:
        await session.execute(text("DELETE FROM erasure"))
        back = {"name": "王建国", "phone": "+8613800138000", "left_at": None, "erased_at": None}
        statement = update(Contact).where(Contact.id == contact).values(back)
        await session.execute(statement, execution_options={"unaudited": "a restored copy"})
        await session.execute(text("UPDATE customer SET people = '{王建国}', people_phones = '{+8613800138000}'"))
        old = """UPDATE audit SET after = after || '{"name": "王建国"}' WHERE subject_type = 'contact'"""
        await session.execute(text(old))


def test_needles_are_names_of_two_letters_and_numbers_as_people_write_them():
    assert needles(["王总", "王", None, " "], ["+8613800138000", None]) == ["+8613800138000", "13800138000", "王总"]


def test_each_table_that_refers_to_a_contact_has_been_thought_of():
    """Who adds one says in `erasure.service` what becomes of its rows, and here that they did."""
    goes = {"contact_role", "contact_day", "contact_post", "contact_relation"}
    loses_words = {"contact", "contact_gift"}
    stays = {"visit", "need", "trial", "deal"}  # what was done, by the number of somebody without a name
    refer = {
        table.name
        for table in Base.metadata.sorted_tables
        if any(key.column.table.name == "contact" for key in table.foreign_keys)
    }
    assert refer == goes | loses_words | stays
