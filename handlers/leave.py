"""Leave: asked for, how much is left, who stands in."""

from conversations import driver
from conversations.away import STAND_IN
from conversations.expenses import flow_for
from conversations.leave import NEW_LEAVE, days_to_cover, leave_card
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.leave import queries
from crm_core.leave.permissions import REQUEST
from crm_core.leave.service import SUBJECT
from crm_core.playbook.service import in_force
from handlers.routing import button, command
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens import leave as screens
from screens.lists import page_of
from screens.screen import N_, Button


@command("leave", N_("Ask for leave"), permission=REQUEST, order=63, words=("请假", "休假", "我要请假", "leave"))
async def leave(turn: Turn) -> None:
    await driver.begin(turn.scene.stays(), NEW_LEAVE, await flow_for(turn.session, turn.actor, SUBJECT))


@button("leave.new")
async def new(turn: Turn) -> None:
    await driver.begin(turn.scene, NEW_LEAVE, await flow_for(turn.session, turn.actor, SUBJECT))


@button("absence")
async def one(turn: Turn) -> None:
    await turn.show(await leave_card(turn.session, turn.actor, turn.id))


@button("leaves")
async def leaves(turn: Turn) -> None:
    """Somebody's leave, the latest first, and what is left of it."""
    assert turn.tap is not None
    at, _ = page_of(turn.tap.arg)
    page = await queries.leave_of(turn.session, turn.actor, turn.id, at)
    book = await in_force(turn.session, turn.actor.playbook_version)
    year = turn.actor.today(now(turn.session)).year
    balances = await queries.balances(turn.session, book, turn.id, year)
    await turn.show(screens.leaves_screen(page, book, balances, turn.actor, turn.id))


@button("leave.stand_in")
async def stand_in(turn: Turn) -> None:
    """Name who stands in, for just these days."""
    row = await queries.absence(turn.session, turn.actor, turn.id)
    if row.employee_id != turn.actor.id:
        raise DomainError(NOT_FOUND)
    given = days_to_cover(row, turn.actor.today(now(turn.session)))
    await driver.begin(turn.scene, STAND_IN, given)


@tile(Module.FLOWS, permission=REQUEST, order=62)
async def mine(turn: Turn) -> Part:
    return Part(rows=((Button(screens.LEAVE.title, screens.LEAVE.key, turn.actor.id),),))
