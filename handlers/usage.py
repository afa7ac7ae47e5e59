"""What the company uses of who hosts it (NF02): people by the month, and storage."""

from datetime import date

from crm_core.org.permissions import MANAGE_PEOPLE
from crm_core.usage import service
from handlers.routing import button, command
from handlers.turn import Turn
from screens.screen import N_, Place
from screens.usage import usage_screen
from screens.workdays import read_month


@command("usage", N_("Seats and storage, by the month"), permission=MANAGE_PEOPLE, order=86)
async def usage(turn: Turn) -> None:
    await _show(turn, None, Place.NEW)


@button("usage")
async def month(turn: Turn) -> None:
    """Another month: 202602."""
    await _show(turn, read_month(turn.id), Place.EDIT)


async def _show(turn: Turn, chosen: date | None, place: Place) -> None:
    used = await service.usage(turn.session, turn.actor, chosen)
    await turn.show(usage_screen(used, turn.actor.language, place))
