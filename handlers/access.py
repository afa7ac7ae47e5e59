"""Who looked at what, and who took it away: for admins (BY25)."""

from crm_core.audit.access import accesses
from crm_core.audit.permissions import SEE_ACCESS
from crm_core.kit.pages import FIRST, At
from handlers.routing import button, command
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens.exchange import ACCESS, access_screen
from screens.lists import page_of
from screens.screen import N_, Button, Place


@command("access", N_("Who looked, who exported"), permission=SEE_ACCESS, order=85)
async def access(turn: Turn) -> None:
    await _list(turn, FIRST, Place.NEW)


@button(ACCESS.key)
async def turn_page(turn: Turn) -> None:
    assert turn.tap is not None
    at, _ = page_of(turn.tap.arg)
    await _list(turn, at, Place.EDIT)


async def _list(turn: Turn, at: At, place: Place) -> None:
    await turn.show(access_screen(await accesses(turn.session, turn.actor, at), turn.actor, place))


@tile(Module.WORK, permission=SEE_ACCESS, order=85)
async def way(_turn: Turn) -> Part:
    return Part(rows=((Button(N_("Who looked, who exported"), ACCESS.key),),))
