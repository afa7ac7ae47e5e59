"""The team: how many visits each person made, and one person's day."""

from datetime import date

from crm_core.kit.db import now
from crm_core.org.permissions import SEE_TEAM
from crm_core.org.rights import Scope
from crm_core.visits import team
from crm_core.visits.team import While
from handlers.routing import button, command
from handlers.turn import Turn
from screens.lists import page_of
from screens.screen import N_, Place, Screen
from screens.team import DAY, PEOPLE, day_screen, team_screen


@command(
    "team",
    N_("My team: visits of each person today, this week, this month"),
    permission=SEE_TEAM,
    order=35,
    beyond=Scope.OWN,
)
async def show(turn: Turn) -> None:
    """Visits of each direct and indirect report (VI14)."""
    await turn.show(await _team(turn, "", Place.NEW))


@button(PEOPLE.key)
async def switch(turn: Turn) -> None:
    """Another while, or another page."""
    assert turn.tap is not None
    await turn.show(await _team(turn, turn.tap.arg, Place.EDIT))


async def _team(turn: Turn, arg: str, place: Place) -> Screen:
    at, words = page_of(arg)
    since = _while(words)
    today = turn.actor.today(now(turn.session))
    return team_screen(await team.team(turn.session, turn.actor, since, today, at), since, today, place)


@button(DAY.key)
async def day(turn: Turn) -> None:
    """Somebody's visits of a day (VI07), with the days beside it."""
    assert turn.tap is not None
    at, words = page_of(turn.tap.arg)
    today = turn.actor.today(now(turn.session))
    written, _, came_from = words.partition(" ")
    wanted = min(_day(written) or today, today)
    person = await team.person(turn.session, turn.actor, turn.id)
    page = await team.day_of(turn.session, turn.actor, person.id, wanted, at)
    await turn.show(day_screen(page, person, wanted, today, turn.actor, _while(came_from)))


def _while(words: str) -> While:
    return While(words) if words in set(While) else While.DAY


def _day(words: str) -> date | None:
    """Anybody can forge a button."""
    try:
        wanted = date.fromisoformat(words)
    except ValueError:
        return None
    return wanted if wanted.year > 1900 else None
