"""The day's round."""

from crm_core.kit.db import now
from crm_core.plans.round import round_of_today
from crm_core.visits.permissions import LOG
from handlers.routing import button, command
from handlers.turn import Turn
from screens.round import round_screen
from screens.screen import N_, Place

_WORDS = ("路线", "今日路线", "今天去哪", "今天跑哪", "今天的路线", "route", "my route", "today's route")


@command("route", N_("Today's route: whom to see, in order, with maps"), permission=LOG, order=31, words=_WORDS)
async def route(turn: Turn) -> None:
    await _show(turn, Place.NEW)


@button("route")
async def again(turn: Turn) -> None:
    await _show(turn, Place.EDIT)


async def _show(turn: Turn, place: Place) -> None:
    there = await round_of_today(turn.session, turn.actor)
    await turn.show(round_screen(there, turn.actor.today(now(turn.session)), place))
