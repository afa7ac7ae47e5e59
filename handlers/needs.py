"""Needs: met, lost, wanted again; who else must know. The rest is what all matters have."""

from conversations import driver
from conversations.matters import card
from conversations.needs import LOSE_NEED, NEEDS, TELL_NEED
from crm_core.customers.permissions import READ
from crm_core.matters.queries import count
from crm_core.needs import service
from crm_core.needs.models import Need, NeedState
from crm_core.needs.queries import OPEN
from handlers.matters import changeable, serve
from handlers.routing import button
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens.needs import ALL_OPEN, NEED
from screens.screen import N_, Button

serve(NEEDS)


@button("need.met")
async def met(turn: Turn) -> None:
    await service.end_need(turn.session, turn.actor, turn.id, NeedState.MET)
    await turn.show(await card(turn.session, turn.actor, NEED, Need, turn.id, N_("✓ Well done: the need is met.")))


@button("need.lose")
async def lose(turn: Turn) -> None:
    row = await changeable(turn, NEEDS)
    await driver.begin(turn.scene, LOSE_NEED, {"matter_id": row.id})


@button("need.again")
async def again(turn: Turn) -> None:
    await service.reopen_need(turn.session, turn.actor, turn.id)
    await turn.show(await card(turn.session, turn.actor, NEED, Need, turn.id, N_("✓ Saved.")))


@button("need.tell")
async def tell(turn: Turn) -> None:
    row = await changeable(turn, NEEDS)
    await driver.begin(turn.scene, TELL_NEED, {"matter_id": row.id})


@tile(Module.WORK, permission=READ, order=25)
async def open_needs(turn: Turn) -> Part:
    """What customers want and nobody has answered yet: one's own, and a manager's team's."""
    there = await count(turn.session, turn.actor, Need, OPEN)
    return Part(rows=((Button(N_("🎯 Open needs (%(count)s)")(count=there), ALL_OPEN.key),),) if there else ())
