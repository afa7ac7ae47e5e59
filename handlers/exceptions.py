"""The manager's weekly list: nudge, ignore; reassigning and the pool are what they are everywhere (RE09, RE11)."""

from conversations.exceptions import ignore, item, nudge, weekly
from crm_core.org.permissions import SEE_TEAM
from crm_core.org.rights import Scope, require
from handlers.routing import button, command
from handlers.turn import Turn
from screens.screen import N_, Place, page_number


@command(
    "week",
    N_("Weekly list: what my people left undone"),
    permission=SEE_TEAM,
    order=36,
    beyond=Scope.OWN,
    words=("周清单", "催办清单", "weekly list"),
)
async def show(turn: Turn) -> None:
    await require(turn.session, turn.actor, SEE_TEAM)
    await turn.show(await weekly(turn.session, turn.actor, place=Place.NEW))


@button("weekly")
async def page(turn: Turn) -> None:
    assert turn.tap is not None
    await require(turn.session, turn.actor, SEE_TEAM)
    await turn.show(await weekly(turn.session, turn.actor, page_number(turn.tap.arg)))


@button("weekly.item")
async def open_one(turn: Turn) -> None:
    await turn.show(await item(turn.session, turn.actor, turn.id))


@button("weekly.nudge")
async def nudge_one(turn: Turn) -> None:
    done = await nudge(turn.session, turn.actor, turn.id)
    await turn.toast(N_("👋 Nudged.") if done else N_("Nudged today already, or it is settled."))
    await turn.show(await item(turn.session, turn.actor, turn.id))


@button("weekly.ignore")
async def ignore_one(turn: Turn) -> None:
    await ignore(turn.session, turn.actor, turn.id)
    await turn.show(await weekly(turn.session, turn.actor, said=N_("🙈 Out of the list; your colleague still has it.")))
