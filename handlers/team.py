"""The team: how many visits each person made, one person's day, what changed at their customers."""

from datetime import date

from crm_core.changes.queries import changes
from crm_core.kit.db import now
from crm_core.kit.pages import At
from crm_core.org.permissions import SEE_TEAM
from crm_core.org.rights import Scope
from crm_core.plans.nudging import missing, nudge_day
from crm_core.plans.rep_day import rep_day
from crm_core.visits import team
from crm_core.visits.team import While
from handlers.routing import button, command, said
from handlers.turn import Turn
from screens.changes import changes_of_screen, changes_screen
from screens.lists import page_of
from screens.screen import N_, Place, Screen, page_number
from screens.team import DAY, PEOPLE, VISITS, day_screen, team_screen, visits_screen


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
    return team_screen(await team.team(turn.session, turn.actor, since, today, at), since, today, turn.actor, place)


@button(DAY)
async def day(turn: Turn) -> None:
    """Somebody's day as one card (VI07), with the days and the people beside it."""
    assert turn.tap is not None
    _, wanted, since = _asked(turn)
    place = Place.NEW if turn.tap.arg == "below" else Place.EDIT  # from a reminder, which stays
    await turn.show(await _day_card(turn, wanted, since, place))


@button(VISITS.key)
async def visits(turn: Turn) -> None:
    """The visits of that day, to be opened."""
    at, wanted, since = _asked(turn)
    person = await team.person(turn.session, turn.actor, turn.id)
    page = await team.day_of(turn.session, turn.actor, person.id, wanted, at)
    await turn.show(visits_screen(page, person, wanted, turn.actor, since))


@button("vd.nudge")
async def nudge(turn: Turn) -> None:
    """What is missing of the day is asked for (催一下); with nothing missing there is nothing to ask."""
    _, wanted, since = _asked(turn)
    found = await rep_day(turn.session, turn.actor, turn.id, wanted)
    if missing(found) is None:
        await turn.toast(N_("Nothing is missing on this day."))
    elif await nudge_day(turn.session, turn.actor, turn.id, wanted):
        await turn.toast(N_("👋 Nudged."))
    else:
        await turn.toast(N_("Nudged today already, or it is settled."))
    await turn.show(await _day_card(turn, wanted, since))


async def _day_card(turn: Turn, wanted: date, since: While, place: Place = Place.EDIT) -> Screen:
    today = turn.actor.today(now(turn.session))
    found = await rep_day(turn.session, turn.actor, turn.id, wanted)
    return day_screen(found, today, turn.actor, since, place=place)


def _asked(turn: Turn) -> tuple[At, date, While]:
    """The page, the day (none to come) and the while that one came from."""
    assert turn.tap is not None
    at, words = page_of(turn.tap.arg)
    today = turn.actor.today(now(turn.session))
    written, _, came_from = words.partition(" ")
    return at, min(_day(written) or today, today), _while(came_from)


@button("changes")
async def changed(turn: Turn) -> None:
    """What changed at the customers of one's people since the last working day (RE09)."""
    assert turn.tap is not None
    turn.message_id = None if turn.tap.arg == "below" else turn.message_id
    await turn.show(changes_screen(await changes(turn.session, turn.actor), turn.actor, page_number(turn.tap.arg)))


@said("客户变化", "客户动态", "customer changes")
async def changed_in_words(turn: Turn) -> None:
    await turn.show(changes_screen(await changes(turn.session, turn.actor), turn.actor, place=Place.NEW))


@button("changes.of")
async def changed_of(turn: Turn) -> None:
    """What changed at the customers of one of them."""
    assert turn.tap is not None
    found = await changes(turn.session, turn.actor, turn.id)
    await turn.show(changes_of_screen(found, turn.actor, turn.id, page_number(turn.tap.arg)))


def _while(words: str) -> While:
    return While(words) if words in set(While) else While.DAY


def _day(words: str) -> date | None:
    """Anybody can forge a button."""
    try:
        wanted = date.fromisoformat(words)
    except ValueError:
        return None
    return wanted if wanted.year > 1900 else None
