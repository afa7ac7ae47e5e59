"""Contacts: whom we know at a customer, and cards that are shared from the phone's address book."""

from typing import Any

from conversations import driver
from conversations.contact_card import contact_card
from conversations.contacts import CHANGES, NEW_CONTACT, as_text, card
from conversations.customers import CUSTOMER, archive_card
from conversations.kinds.base import Sent
from conversations.kinds.reference import Picked
from crm_core.contacts import queries, service
from crm_core.contacts.service import called
from crm_core.customers import queries as customers
from crm_core.customers.permissions import CHANGE
from crm_core.kit.errors import NOT_ALLOWED, DomainError
from crm_core.kit.phones import write_phone
from crm_core.org.rights import require
from crm_core.playbook.service import in_force
from handlers.forms import begin_change
from handlers.routing import button
from handlers.turn import Turn
from screens.contacts import CONTACTS, contacts_screen, gone_screen, number_screen, own_screen
from screens.lists import page_of
from screens.screen import N_, page_number


@button(CONTACTS.key)
async def contacts(turn: Turn) -> None:
    assert turn.tap is not None
    archive = await customers.archive(turn.session, turn.actor, turn.id, (CHANGE,))
    at, _ = page_of(turn.tap.arg)
    customer_id = archive.customer.id
    page = await queries.of_customer(turn.session, turn.actor, customer_id, at)
    await turn.show(contacts_screen(page, customer_id, changeable=archive.may(CHANGE)))


@button("contact")
async def contact(turn: Turn) -> None:
    await turn.show(await contact_card(turn.session, turn.actor, turn.id))


@button("contact.own")
async def own(turn: Turn) -> None:
    """What the company asks of its customers' people."""
    row = await queries.find(turn.session, turn.actor, turn.id)
    book = await in_force(turn.session, turn.actor.playbook_version)
    assert turn.tap is not None
    await turn.show(own_screen(row, turn.actor, book, page_number(turn.tap.arg)))


@button("contact.new")
async def new(turn: Turn) -> None:
    """From an archive or its list of contacts: the customer is known."""
    customer = await customers.find(turn.session, turn.actor, turn.id)
    await require(turn.session, turn.actor, CHANGE, on=customer)
    held = CUSTOMER.dump(Picked(customer.id, customer.name))
    await driver.begin(turn.scene, NEW_CONTACT, {"customer": held})


@button("contact.field")
async def change(turn: Turn) -> None:
    row = await _changeable(turn)
    if not await begin_change(turn, CHANGES, row, stands=row.left_at is None):
        await turn.show(await contact_card(turn.session, turn.actor, row.id))


@button("contact.primary")
async def call_first(turn: Turn) -> None:
    chosen = await service.make_primary(turn.session, turn.actor, turn.id)
    await turn.toast(N_("From now on %(name)s is called first.")(name=called(chosen)))
    await turn.show(await contact_card(turn.session, turn.actor, turn.id))


@button("contact.ask")
async def ask_gone(turn: Turn) -> None:
    await turn.show(gone_screen(await _changeable(turn)))


@button("contact.remove")
async def remove(turn: Turn) -> None:
    gone = await service.remove_contact(turn.session, turn.actor, turn.id)
    await turn.toast(N_("%(name)s is marked as no longer there.")(name=called(gone)))
    page = await queries.of_customer(turn.session, turn.actor, gone.customer_id)
    await turn.show(contacts_screen(page, gone.customer_id, changeable=True))


async def _changeable(turn: Turn) -> Any:
    row = await queries.find(turn.session, turn.actor, turn.id)
    if not row.changeable:
        raise DomainError(NOT_ALLOWED)
    return row


async def shared(turn: Turn, thing: Sent) -> None:
    """A contact card with no form open: a number we know opens that archive, a new one asks at which customer."""
    told = card(thing)
    known = await queries.by_phone(turn.session, turn.actor, told.phone) if told.phone else []
    if told.phone and len({row.customer_id for row in known}) > 1:
        await turn.show(number_screen(told.phone, known))
    elif told.phone and known:
        said = N_("%(phone)s is %(name)s.")(phone=write_phone(told.phone), name=called(known[0]))
        await turn.show(await archive_card(turn.session, turn.actor, known[0].customer_id, said=said))
    else:
        answers = {"name": as_text(told)} if told.called else {"phone": told.phone}
        await driver.begin(turn.scene, NEW_CONTACT, {name: one for name, one in answers.items() if one})
