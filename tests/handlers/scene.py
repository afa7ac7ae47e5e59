"""Short ways to set a scene: customers, visits and pictures that were there before the story begins."""

from typing import Any

from sqlalchemy import select

from crm_core.audit.service import act_as
from crm_core.contacts.commands import AddContact
from crm_core.contacts.models import Contact
from crm_core.contacts.service import add_contact
from crm_core.customers.commands import NewCustomer
from crm_core.customers.models import Customer
from crm_core.customers.service import create_customer
from crm_core.org import queries
from crm_core.pool.service import give_back
from crm_core.visits.models import Visit, VisitKind
from crm_core.visits.service import LogVisit, log_visit
from tests.support.chat import House, Person
from tests.support.company import WORDS
from tests.support.desk import png

HUANING = "深圳市华宁电子有限公司"
RUIJIN = "上海瑞金医疗器械有限公司"


async def customer_of(person: Person, name: str = HUANING, **given: Any) -> int:
    """A customer that this person has had for a while."""
    async with person.house.db.unit() as session:
        actor = await queries.actor(session, person.employee_id)
        assert actor is not None
        act_as(session, actor.id)
        return (await create_customer(session, actor, NewCustomer(**{"name": name, **WORDS, **given}))).id


async def pooled_of(person: Person, name: str, **given: Any) -> int:
    """A customer that this person has put into the pool."""
    customer_id = await customer_of(person, name, **{"type": "new", **given})
    async with person.house.db.unit() as session:
        actor = await queries.actor(session, person.employee_id)
        assert actor is not None
        act_as(session, actor.id)
        await give_back(session, actor, customer_id, "no_need")
    return customer_id


async def contact_of(person: Person, customer_id: int, name: str, **given: Any) -> int:
    """Somebody this person has met there."""
    async with person.house.db.unit() as session:
        actor = await queries.actor(session, person.employee_id)
        assert actor is not None
        act_as(session, actor.id)
        return (await add_contact(session, actor, AddContact(customer=customer_id, name=name, **given))).id


async def first_contact(house: House, customer_id: int) -> int:
    """Whom one calls first."""
    async with house.db.unit() as session:
        contact = await session.scalar(select(Contact).where(Contact.customer_id == customer_id, Contact.is_primary))
    assert contact is not None
    return contact.id


async def contacts(house: House) -> list[Contact]:
    async with house.db.unit() as session:
        return list(await session.scalars(select(Contact).order_by(Contact.id)))


async def visit_of(person: Person, customer_id: int, **given: Any) -> int:
    """A visit that this person made and told."""
    async with person.house.db.unit() as session:
        actor = await queries.actor(session, person.employee_id)
        assert actor is not None
        act_as(session, actor.id)
        told = {"customer": customer_id, "kind": VisitKind.RETURN, "summary": "谈了年框，下周三送样", **given}
        return (await log_visit(session, actor, LogVisit(**told))).id


async def visits(house: House) -> list[Visit]:
    async with house.db.unit() as session:
        return list(await session.scalars(select(Visit).order_by(Visit.id)))


async def customers(house: House) -> list[Customer]:
    async with house.db.unit() as session:
        return list(await session.scalars(select(Customer).order_by(Customer.id)))


def pictures(count: int) -> list[bytes]:
    """That many small pictures, all different."""
    return [png(8, 6, (40 * at % 256, 90, 200)) for at in range(count)]


async def tap_on(person: Person, card: int, label: str) -> str:
    """Press a button of an earlier message; answers what that message says then."""
    await person.tap_on(card, button=label)
    return text_of(person, card)


def text_of(person: Person, message_id: int) -> str:
    return next(one.get("text", "") for one in person.messages() if one["message_id"] == message_id)


def last_card(person: Person) -> int:
    return person.answers()[-1]["message_id"]


def everything(person: Person) -> str:
    """All that the person can read: texts and buttons of the whole chat."""
    shown = [one.get("text") or one.get("caption") or "" for one in person.answers()]
    rows = [row for one in person.answers() for row in (one.get("reply_markup") or {}).get("inline_keyboard", ())]
    return "\n".join([*shown, *(button["text"] for row in rows for button in row)])
