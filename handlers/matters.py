"""The buttons that all kinds of matters have: a customer's list, the list of what is under way, a card, its changes."""

from dataclasses import replace

from conversations import driver
from conversations.customers import CUSTOMER
from conversations.kinds.reference import Picked
from conversations.matters import Kept, card
from crm_core.audit.service import history
from crm_core.customers import queries as customers
from crm_core.customers.permissions import CHANGE
from crm_core.kit.db import AnyRow, now
from crm_core.kit.errors import NOT_ALLOWED, DomainError
from crm_core.matters import queries
from crm_core.org.rights import require
from handlers.forms import STALE
from handlers.routing import button
from handlers.turn import Turn
from screens import matters as screens
from screens.lists import page_of
from screens.screen import Place, Screen

_MOST_CHANGES = 7


def serve(kept: Kept) -> None:
    """Answer the buttons of this kind of matter."""
    _serve_lists(kept)
    _serve_records(kept)


def _serve_lists(kept: Kept) -> None:
    look, model = kept.look, kept.model

    async def of_customer(turn: Turn) -> None:
        assert turn.tap is not None
        archive = await customers.archive(turn.session, turn.actor, turn.id, (CHANGE,))
        at, _ = page_of(turn.tap.arg)
        customer_id = archive.customer.id
        page = await queries.of_customer(turn.session, turn.actor, model, customer_id, at)
        today = turn.actor.today(now(turn.session))
        changeable = archive.may(CHANGE)
        await turn.show(screens.of_customer(look, page, customer_id, turn.actor, today, changeable=changeable))

    async def all_open(turn: Turn) -> None:
        assert turn.tap is not None
        at, _ = page_of(turn.tap.arg)
        page = await queries.under_way(turn.session, turn.actor, model, kept.is_open, kept.by, at)
        await turn.show(screens.all_open(look, page, turn.actor, turn.actor.today(now(turn.session))))

    button(look.of_customer.key)(of_customer)
    button(look.all_open.key)(all_open)


def _serve_records(kept: Kept) -> None:
    look, model = kept.look, kept.model

    async def open_card(turn: Turn) -> None:
        """From a reminder the card comes below: the reminder stays."""
        assert turn.tap is not None
        shown = await card(turn.session, turn.actor, look, model, turn.id)
        await show(turn, shown, below=turn.tap.arg == "below")

    async def new(turn: Turn) -> None:
        """From an archive or its list: the customer is known."""
        customer = await customers.find(turn.session, turn.actor, turn.id)
        await require(turn.session, turn.actor, CHANGE, on=customer)
        await driver.begin(turn.scene, kept.new, {"customer": CUSTOMER.dump(Picked(customer.id, customer.name))})

    async def edit(turn: Turn) -> None:
        await turn.show(screens.edit(look, await changeable(turn, kept)))

    async def edit_field(turn: Turn) -> None:
        assert turn.tap is not None
        row = await changeable(turn, kept)
        form = kept.change.get(turn.tap.arg)
        if form is None or row.revision != turn.tap.revision:
            await turn.toast(STALE)
            await turn.show(await card(turn.session, turn.actor, look, model, row.id))
            return
        held: dict[str, object] = {"matter_id": row.id, "revision": row.revision}
        if turn.tap.arg == "contact":
            held["customer"] = CUSTOMER.dump(Picked(row.customer_id, row.customer))
        await driver.begin(turn.scene, form, held)

    async def changes(turn: Turn) -> None:
        row = await queries.find(turn.session, turn.actor, model, turn.id)
        entries = await history(turn.session, look.table, row.id, limit=_MOST_CHANGES)
        await turn.show(screens.history(look, row, entries, turn.actor))

    button(look.table)(open_card)
    for what, handler in {"new": new, "edit": edit, "field": edit_field, "history": changes}.items():
        button(look.key(what))(handler)


async def show(turn: Turn, screen: Screen, *, below: bool = False) -> None:
    """In the tapped message's place, or below it."""
    await turn.show(replace(screen, place=Place.NEW) if below else screen)


async def changeable(turn: Turn, kept: Kept) -> AnyRow:
    """The tapped matter, for who may change it. Raises `not_found`, `not_allowed`."""
    row = await queries.find(turn.session, turn.actor, kept.model, turn.id)
    if not row.changeable:
        raise DomainError(NOT_ALLOWED)
    return row
