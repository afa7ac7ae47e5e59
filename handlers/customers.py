"""Customers: the list, the archive, changes, search."""

from conversations import driver, oneline
from conversations.customers import CHANGES, NEW_CUSTOMER, archive_card
from conversations.kinds.base import Typed
from conversations.stories import is_story
from conversations.visits import LOG_VISIT
from crm_core.audit.service import history
from crm_core.contacts import queries as contacts
from crm_core.customers import queries, service
from crm_core.customers.models import Customer
from crm_core.customers.permissions import CHANGE, CREATE, READ
from crm_core.handover.queries import moves_of
from crm_core.kit.db import now
from crm_core.kit.pages import FIRST, At, Page
from crm_core.org.rights import may, require
from crm_core.playbook.service import in_force
from crm_core.visits.ahead import customer_list
from crm_core.visits.permissions import LOG
from crm_core.visits.values import LONGEST_SUMMARY
from handlers.forms import begin_change
from handlers.pool import found_in_pool
from handlers.routing import button, command
from handlers.tiles import Module, Part, tile, tiles_of
from handlers.turn import Turn
from handlers.visits import customer_answer, found_in_visits, show_found
from screens import contacts as contact_words
from screens.customers import (
    CONFIRMED,
    CUSTOMERS,
    FOUND,
    asked_of_archive,
    change_words,
    customers_screen,
    edit_menu,
    find_screen,
    found_screen,
    history_screen,
    more_screen,
)
from screens.handover import move_words
from screens.lists import page_of
from screens.screen import N_, Button, Place, Screen, page_number
from screens.visits import found_row

_TOLD = 7
_LEAST_SAID = 4  # characters behind a customer's name that make it more than a search


@tile(Module.CUSTOMERS, permission=READ)
async def module(_turn: Turn) -> Part:
    """The module is the list itself; this says who has it."""
    return Part()


@command(
    "customer",
    N_("My customers; /customer Nordhaus finds one"),
    permission=READ,
    order=20,
    words=("我的客户", "客户列表", "my customers"),
)
async def customers(turn: Turn) -> None:
    """All customers one may see, or those that match what stands behind the command."""
    if turn.text:
        await found(turn, turn.text)
        return
    await _list(turn, FIRST, Place.NEW)


async def _list(turn: Turn, at: At, place: Place) -> None:
    await require(turn.session, turn.actor, READ)
    page, near = await customer_list(turn.session, turn.actor, at)
    today = turn.actor.today(now(turn.session))
    tiles = () if page.more_before else await _tiles(turn)
    await turn.show(customers_screen(page, turn.actor, today, near, place, tiles))


async def _tiles(turn: Turn) -> tuple[Button, ...]:
    """What other features put under the first page of the list."""
    parts = [await one.fill(turn) for one in tiles_of(Module.CUSTOMERS, turn.actor)]
    return tuple(button for part in parts for row in part.rows for button in row)


@command("find", N_("Find a customer by name, pinyin, initials, phone"), permission=READ, order=25)
async def find(turn: Turn) -> None:
    if turn.text:
        await found(turn, turn.text)
    else:
        await customers(turn)


@button(CUSTOMERS.key)
async def turn_page(turn: Turn) -> None:
    assert turn.tap is not None
    at, _ = page_of(turn.tap.arg)
    await _list(turn, at, Place.EDIT)


@button("customer.find")
async def other_words(turn: Turn) -> None:
    """Nobody was found: what one may type."""
    await turn.show(find_screen())


@button(FOUND.key)
async def turn_found(turn: Turn) -> None:
    """Further pages of a search go forward only: going back is typing again."""
    assert turn.tap is not None
    at, words = page_of(turn.tap.arg)
    page = await queries.search(turn.session, turn.actor, words, after=at.after)
    await turn.show(found_screen(page, turn.actor, words, Place.EDIT))


async def search(turn: Turn, text: str) -> Page:
    """The first page of customers that the words find."""
    return await queries.search(turn.session, turn.actor, text)


async def found(turn: Turn, text: str, *, typed: bool = False) -> None:
    """One hit opens its archive, several are offered, visits that speak of it too; none offers to make it.

    What was simply `typed` and names a customer, with enough behind it, is a visit told without a verb.
    """
    page = await search(turn, text)
    if len(page.rows) == 1 and not page.more_after:
        await turn.show(await archive_card(turn.session, turn.actor, page.rows[0].id))
        return
    told = await found_in_visits(turn, text)
    if told.rows and not page.rows:
        await turn.show(show_found(turn, told, text))
        return
    if typed and not page.rows and (await _a_talk(turn, text) or await _a_story(turn, text)):
        return
    more = (*found_row(told, text), *await found_in_pool(turn, text))
    await turn.show(found_screen(page, turn.actor, text, more=more))


async def _a_talk(turn: Turn, text: str) -> bool:
    """华宁 谈了年框，下周三送样: the card of a visit, to be looked at and saved."""
    line = await oneline.read(turn.scene, text, turn.said_in, LOG_VISIT)
    said = str(line.answers.get("summary", "")) if line is not None else ""
    if line is None or "customer" not in line.answers or len(said) < _LEAST_SAID:
        return False
    await driver.begin(turn.scene, LOG_VISIT, line.answers)
    return True


async def _a_story(turn: Turn, text: str) -> bool:
    """刚出来，王总说下个月下单: it becomes a visit's words. Whom it was about is asked, or guessed from its words."""
    if not is_story(text) or len(text) > LONGEST_SUMMARY or not may(turn.actor, LOG):
        return False
    about = await queries.mentioned(turn.session, turn.actor, text)
    known = customer_answer(about[0].id, about[0].name) if len(about) == 1 else {}
    line = await oneline.tale(turn.scene, text, LOG_VISIT, known, turn.said_in)
    await driver.begin(turn.scene, LOG_VISIT, line.answers)
    return True


@button("customer")
async def archive(turn: Turn) -> None:
    """Open an archive. One that nobody updated for long asks whether to maintain it now (RE01)."""
    await turn.show(await archive_card(turn.session, turn.actor, turn.id))


@button("customer.edit")
async def edit(turn: Turn) -> None:
    customer = await queries.find(turn.session, turn.actor, turn.id)
    await require(turn.session, turn.actor, CHANGE, on=customer)
    assert turn.tap is not None
    await turn.show(await _edit_menu(turn, customer, page_number(turn.tap.arg)))


@button("customer.field")
async def edit_field(turn: Turn) -> None:
    customer = await queries.find(turn.session, turn.actor, turn.id)
    await require(turn.session, turn.actor, CHANGE, on=customer)
    if not await begin_change(turn, CHANGES, customer):
        await turn.show(await _edit_menu(turn, customer))


async def _edit_menu(turn: Turn, customer: Customer, page: int = 0) -> Screen:
    book = await in_force(turn.session, turn.actor.playbook_version)
    return edit_menu(customer, await contacts.first_of(turn.session, turn.actor, customer.id), book, page)


@button("customer.confirm")
async def confirm(turn: Turn) -> None:
    """The archive is still right: that is maintenance too."""
    await service.confirm_archive(turn.session, turn.actor, turn.id)
    await turn.toast(N_("Thank you. The archive counts as maintained today."))
    await turn.show(await archive_card(turn.session, turn.actor, turn.id))


@button("customer.history")
async def changes(turn: Turn) -> None:
    """Who changed what when."""
    customer = await queries.find(turn.session, turn.actor, turn.id)
    book = await in_force(turn.session, turn.actor.playbook_version)
    own = [
        (entry, change_words(entry, book, turn.actor))
        for entry in await history(turn.session, "customer", customer.id, limit=_TOLD)
    ]
    people = [
        (entry, contact_words.change_words(entry, book, turn.actor))
        for entry in await contacts.history(turn.session, turn.actor, customer.id, limit=_TOLD)
    ]
    moves = [(entry, move_words(entry)) for entry in await moves_of(turn.session, customer.id, limit=_TOLD)]
    at_once = {entry.at for entry, _ in people}  # to change its people is to look through an archive: told once
    own = [(entry, what) for entry, what in own if CONFIRMED not in what or entry.at not in at_once]
    told = sorted((one for one in [*people, *own, *moves] if one[1]), key=lambda one: one[0].at, reverse=True)
    lines = [{"at": entry.at, "who": entry.name, "what": what} for entry, what in told[:_TOLD]]
    await turn.show(history_screen(customer, lines))


@button("customer.more")
async def more(turn: Turn) -> None:
    """What the card has no room for."""
    archive = await queries.archive(turn.session, turn.actor, turn.id, asked_of_archive())
    book = await in_force(turn.session, turn.actor.playbook_version)
    assert turn.tap is not None
    await turn.show(more_screen(archive, turn.actor, book, page_number(turn.tap.arg)))


@command("new", N_("New customer"), permission=CREATE, order=15)
async def new(turn: Turn) -> None:
    """The form; a name behind the command is typed into it at once."""
    await driver.begin(turn.scene, NEW_CUSTOMER, first=Typed(turn.text) if turn.text else None)


@button("customer.new")
async def new_by_button(turn: Turn) -> None:
    assert turn.tap is not None
    await driver.begin(turn.scene, NEW_CUSTOMER, first=Typed(turn.tap.arg) if turn.tap.arg else None)
