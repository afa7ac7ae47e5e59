"""Erasing a contact through the chat: afterwards the whole database, the files and the phones are searched."""

from decimal import Decimal

from sqlalchemy import select, text

from crm_core.attachments.models import Attachment, File
from crm_core.attachments.service import FileRef, attach
from crm_core.audit.models import AuditEntry
from crm_core.contacts.commands import AddDay, AddGift
from crm_core.contacts.days import add_day
from crm_core.contacts.gifts import add_gift
from crm_core.contacts.models import Contact, ContactGift
from crm_core.erasure.models import Erasure
from crm_core.kit.db import Base, Database
from crm_core.kit.words.yearly import Yearly
from crm_core.org import queries
from crm_core.org.models import Role
from crm_core.visits.models import Visit
from tests.handlers.scene import contact_of, customer_of, everything, first_contact, visit_of
from tests.support.chat import House, Person

OF_THE_PERSON = ("王建国", "13800138000", "wang@huaning.com", "爱喝龙井")


async def where_it_stands(db: Database, *words: str) -> dict[str, int]:
    """In how many rows of which tables."""
    found: dict[str, int] = {}
    async with db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            query = f'SELECT count(*) FROM "{table.name}" t WHERE to_jsonb(t)::text LIKE ANY(:patterns)'
            count = await connection.scalar(text(query), {"patterns": [f"%{word}%" for word in words]})
            if count:
                found[table.name] = count
    return found


async def known(house: House, rep: Person) -> tuple[int, int]:
    """A customer with somebody of whom much is known, in many places."""
    customer = await customer_of(rep, contact_name="王建国", phone="13800138000")
    contact = await first_contact(house, customer)
    await rep.say("华宁")
    await rep.tap("👤 联系人（1）")
    await rep.tap("王建国")
    await visit_of(rep, customer, summary="王建国说下月定下来")
    async with house.db.unit() as session:
        actor = await queries.actor(session, rep.employee_id)
        await add_day(session, actor, AddDay(contact_id=contact, day=Yearly(month=5, day=20)))
        await add_gift(session, actor, AddGift(contact_id=contact, kind="gift", amount=Decimal(300), note="爱喝龙井"))
        row = await session.get_one(Contact, contact)
        row.email, row.note = "wang@huaning.com", "爱喝龙井"
        photo = FileRef(bot_id=1, file_id="card", file_unique_id="card", name="王建国名片.jpg")
        await attach(session, actor, "contact", contact, [photo])
    return customer, contact


async def test_an_admin_erases_a_contact_and_nothing_of_the_person_is_left_but_what_was_done(house: House):
    rep = await house.hire("李娜")
    admin = await house.hire("钱伟", Role.ADMIN)
    _, contact = await known(house, rep)
    assert len(await where_it_stands(house.db, *OF_THE_PERSON)) > 5

    await admin.say("王建国")
    await admin.tap_on(admin.messages()[-1]["message_id"], data=f"contact.more:{contact}:0")
    shown = await admin.tap("🗑 删除个人信息")
    for said in ("会删除", "会保留", "1条记录提到", "无法恢复"):
        assert said in shown
    assert "拜访" in await admin.tap("提到此人的记录（1）")
    await admin.tap("« 返回")
    assert "✓ 已删除" in await admin.tap("🗑 确定删除")

    assert await where_it_stands(house.db, *OF_THE_PERSON) == {"visit": 1, "audit": 1}  # the text of the visit
    async with house.db.unit() as session:
        left = await session.get_one(Contact, contact)
        assert (left.name, left.phone, left.erased_at) == ("已删除的联系人", None, house.clock.now())
        assert await session.scalar(select(Visit.summary)) == "王建国说下月定下来"
        assert await session.scalar(select(ContactGift.amount)) == 300
        erasure = (await session.scalars(select(Erasure))).one()
        assert (erasure.kind, erasure.subject_id, erasure.by_id) == ("contact", contact, admin.employee_id)
        last = await session.scalars(
            select(AuditEntry).where(AuditEntry.subject_type == "contact").order_by(AuditEntry.id.desc()).limit(1)
        )
        assert last.one().actor_id == admin.employee_id
        assert not (await session.scalars(select(Attachment))).all()
        assert not (await session.scalars(select(File))).all()
    assert rep.screen() == "应本人要求，此人的个人信息已删除。"
    assert "13800138000" not in admin.screen()


async def test_no_undo_brings_it_back(house: House):
    rep = await house.hire("李娜")
    admin = await house.hire("钱伟", Role.ADMIN)
    customer, _ = await known(house, rep)
    await contact_of(rep, customer, "李建华")
    await rep.say("李建华")
    async with house.db.unit() as session:
        contact = await session.scalar(select(Contact.id).where(Contact.name == "李建华"))
        revision = await session.scalar(select(Contact.revision).where(Contact.name == "李建华"))
    await admin.say("李建华")
    await admin.tap_on(admin.messages()[-1]["message_id"], data=f"contact.erase.sure:{contact}:{revision}")
    assert not [label for label in admin.buttons() if "撤销" in label]
    async with house.db.unit() as session:
        ops = set(await session.scalars(select(AuditEntry.op).where(AuditEntry.op.is_not(None))))
    for person in (rep, admin):
        card = person.messages()[-1]["message_id"]
        for op in sorted(ops):
            await person.tap_on(card, data=f"undo:{op}:0")
    assert await where_it_stands(house.db, "李建华") == {}


async def test_a_card_that_was_changed_meanwhile_asks_once_more(house: House):
    rep = await house.hire("李娜")
    admin = await house.hire("钱伟", Role.ADMIN)
    _, contact = await known(house, rep)
    await admin.say("王建国")
    shown = await admin.tap_on(admin.messages()[-1]["message_id"], data=f"contact.erase.sure:{contact}:0")
    assert "会删除" in shown
    async with house.db.unit() as session:
        assert (await session.get_one(Contact, contact)).erased_at is None


async def test_others_neither_see_the_button_nor_get_anywhere_by_forging_it(house: House):
    boss = await house.hire("王海燕", Role.MANAGER)
    rep = await house.hire("李娜", manager=boss)
    _, contact = await known(house, rep)
    async with house.db.unit() as session:
        revision = await session.scalar(select(Contact.revision).where(Contact.id == contact))
    for person in (boss, rep):
        await person.say("王建国")
        message = person.messages()[-1]["message_id"]
        await person.tap_on(message, data=f"contact.more:{contact}:0")
        assert "🗑 删除个人信息" not in person.buttons()
        await person.tap_on(message, data=f"contact.erase.sure:{contact}:{revision}")
    async with house.db.unit() as session:
        assert (await session.get_one(Contact, contact)).name == "王建国"


async def test_the_next_in_line_is_called_first_and_the_customer_is_not_found_by_who_went(house: House):
    rep = await house.hire("李娜")
    admin = await house.hire("钱伟", Role.ADMIN)
    customer, contact = await known(house, rep)
    other = await contact_of(rep, customer, "陈晓")
    await admin.say("王建国")
    async with house.db.unit() as session:
        revision = await session.scalar(select(Contact.revision).where(Contact.id == contact))
    await admin.tap_on(admin.messages()[-1]["message_id"], data=f"contact.erase.sure:{contact}:{revision}")
    async with house.db.unit() as session:
        assert (await session.get_one(Contact, other)).is_primary
    assert "华宁" not in await rep.say("13800138000")
    assert everything(rep)
