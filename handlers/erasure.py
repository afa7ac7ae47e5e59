"""Erasing what is known of a contact, behind the card's More, for whoever may (decision 0024)."""

from conversations.erasing import take_back_cards
from crm_core.contacts import queries
from crm_core.erasure import service
from crm_core.erasure.permissions import ERASE
from crm_core.org.rights import require
from handlers.forms import STALE
from handlers.routing import button
from handlers.turn import Turn
from screens.erasure import ASK, NAMED, SURE, ask_screen, erased_screen, named_screen
from screens.screen import N_, page_number


@button(ASK)
async def ask(turn: Turn) -> None:
    """What goes, what stays and why."""
    await require(turn.session, turn.actor, ERASE)
    row = await queries.find(turn.session, turn.actor, turn.id)
    await turn.show(ask_screen(row, len(await service.find_mentions(turn.session, turn.actor, row.id))))


@button(NAMED)
async def named(turn: Turn) -> None:
    """The records whose text names the person."""
    assert turn.tap is not None
    await require(turn.session, turn.actor, ERASE)
    row = await queries.find(turn.session, turn.actor, turn.id)
    found = await service.find_mentions(turn.session, turn.actor, row.id)
    await turn.show(named_screen(row, found, page_number(turn.tap.arg)))


@button(SURE)
async def erase(turn: Turn) -> None:
    """For good; a card that was changed meanwhile asks once more."""
    assert turn.tap is not None
    await require(turn.session, turn.actor, ERASE)
    row = await queries.find(turn.session, turn.actor, turn.id)
    if row.revision != turn.tap.revision:
        await turn.toast(STALE)
        await ask(turn)
        return
    customer_id = row.customer_id
    erased = await service.erase_contact(turn.session, turn.actor, row.id)
    await take_back_cards(turn.session, erased)
    await turn.toast(N_("Erased."))
    await turn.show(erased_screen(erased.left_to_people, customer_id))
