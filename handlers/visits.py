"""Visits: logging one, reading them, the day."""

from conversations import driver
from conversations.kinds.base import Typed
from conversations.kinds.reference import Picked
from conversations.visits import LOG_VISIT
from crm_core.attachments import service as attachments
from crm_core.customers import queries as customers
from crm_core.kit.db import now
from crm_core.org.permissions import SEE_TEAM
from crm_core.org.rights import Scope, require, scope_of
from crm_core.visits import queries
from crm_core.visits.permissions import LOG
from handlers.routing import button, command
from handlers.turn import Turn
from screens import post
from screens.attachments import picture_of
from screens.lists import page_of
from screens.screen import N_, Place, Screen
from screens.visits import VISITS, today_screen, visit_screen, visits_screen


@command("visit", N_("Log a visit; /visit 华宁 starts with the customer"), permission=LOG, order=10)
async def log(turn: Turn) -> None:
    """The form; a customer's name behind the command is typed into it at once."""
    await driver.begin(turn.scene, LOG_VISIT, first=Typed(turn.text) if turn.text else None)


def customer_answer(customer_id: int, name: str) -> dict[str, object]:
    """The visit form's first answer."""
    return {"customer": LOG_VISIT.fields[0].kind.dump(Picked(customer_id, name))}


@button("visit.log")
async def log_by_button(turn: Turn) -> None:
    """From an archive the card becomes the form; from a reminder the form comes below, the reminder stays."""
    assert turn.tap is not None
    answers: dict[str, object] = {}
    if turn.id:
        customer = await customers.find(turn.session, turn.actor, turn.id)
        await require(turn.session, turn.actor, LOG, on=customer.owner_id)
        answers = customer_answer(customer.id, customer.name)
    scene = turn.scene.stays() if turn.tap.arg == "below" else turn.scene
    await driver.begin(scene, LOG_VISIT, answers)


@button(VISITS.key)
async def visits(turn: Turn) -> None:
    """A customer's visit records, newest first."""
    assert turn.tap is not None
    customer = await customers.find(turn.session, turn.actor, turn.id)
    at, _ = page_of(turn.tap.arg)
    page = await queries.of_customer(turn.session, turn.actor, customer.id, at)
    await turn.show(visits_screen(page, turn.actor, customer.id))


@button("visit")
async def visit(turn: Turn) -> None:
    row = await queries.find(turn.session, turn.actor, turn.id)
    await turn.show(visit_screen(row, await attachments.of(turn.session, "visit", row.id)))


@button("visit.photos")
async def photos(turn: Turn) -> None:
    """The photos of a visit: this bot's own by their handles, another bot's as the files that we keep."""
    row = await queries.find(turn.session, turn.actor, turn.id)
    files = await attachments.of(turn.session, "visit", row.id)
    held = [file for file in files if file.kind == "photo" and not file.is_lost]
    shown = [picture for file in held if (picture := picture_of(file, turn.reader.bot_id)) is not None]
    facts = {"v": row, "count": len(shown), "later": len(held) - len(shown)}
    await post.send_album(turn.session, turn.reader, shown, Screen("visits/photos.html", facts, place=Place.NEW))


@command("today", N_("Today: my visits; for managers, the team's"), order=30)
async def today(turn: Turn) -> None:
    await turn.show(await _today(turn, Place.NEW))


@button("today")
async def refresh(turn: Turn) -> None:
    await turn.show(await _today(turn, Place.EDIT))


async def _today(turn: Turn, place: Place) -> Screen:
    """Managers see their direct and indirect reports' day, everyone sees one's own."""
    day = turn.actor.today(now(turn.session))
    own = await queries.own_day(turn.session, turn.actor, day)
    is_manager = turn.actor.has_reports and scope_of(turn.actor, SEE_TEAM) > Scope.OWN
    team = await queries.day_of_team(turn.session, turn.actor, day) if is_manager else ()
    return today_screen(day, own, team, is_manager=is_manager, place=place)
