"""Links between customers: the list that one walks along, a new link, one that is to go."""

from conversations import driver
from conversations.customers import CUSTOMER
from conversations.kinds.reference import Picked
from conversations.links import NEW_LINK, links_card
from crm_core.customers import queries as customers
from crm_core.customers.permissions import CHANGE
from crm_core.links import queries, service
from crm_core.org.rights import require
from crm_core.playbook.service import in_force
from handlers.routing import button
from handlers.turn import Turn
from screens.links import CUT, LINKS, REMOVED, cut_screen
from screens.lists import page_of


@button(LINKS.key)
async def links(turn: Turn) -> None:
    assert turn.tap is not None
    at, _ = page_of(turn.tap.arg)
    await turn.show(await links_card(turn.session, turn.actor, turn.id, at))


@button("link.new")
async def new(turn: Turn) -> None:
    customer = await customers.find(turn.session, turn.actor, turn.id)
    await require(turn.session, turn.actor, CHANGE, on=customer)
    await driver.begin(turn.scene, NEW_LINK, {"customer": CUSTOMER.dump(Picked(customer.id, customer.name))})


@button(CUT.key)
async def cut(turn: Turn) -> None:
    """Which one is to go?"""
    assert turn.tap is not None
    customer = await customers.find(turn.session, turn.actor, turn.id)
    await require(turn.session, turn.actor, CHANGE, on=customer)
    at, _ = page_of(turn.tap.arg)
    there = await queries.of_customer(turn.session, turn.actor, customer.id, at)
    book = await in_force(turn.session, turn.actor.playbook_version)
    await turn.show(cut_screen(there, customer, book, turn.actor.language))


@button("link.remove")
async def remove(turn: Turn) -> None:
    """Gone at once: the card that says so can take it back."""
    gone = await service.remove_link(turn.session, turn.actor, turn.id)
    await turn.toast(REMOVED)
    await turn.show(await links_card(turn.session, turn.actor, await _seen_end(turn, gone.from_id, gone.to_id)))


async def _seen_end(turn: Turn, one: int, other: int) -> int:
    """The end that the actor may see; one of the two at least."""
    rows = await customers.by_ids(turn.session, turn.actor, (one, other))
    return rows[0].id
