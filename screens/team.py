"""Screens of the team: how many visits each person made, and one person's day."""

from datetime import date, timedelta
from typing import Any, Final

from crm_core.handover.permissions import HAND_OVER
from crm_core.kit.names import without_form
from crm_core.kit.pages import Page
from crm_core.org.actor import Actor
from crm_core.org.rights import may
from crm_core.visits.team import Count, Team, While
from screens.lists import List, arrows
from screens.screen import N_, WIDE, Button, Place, Screen, Words, fit, in_rows
from screens.visits import facts_of
from screens.words.places import duration
from screens.words.visits import WHILES

PEOPLE: Final = List("team", title=N_("Team"), empty=N_("Nobody reports to you yet."), opens="vd")
DAY: Final = List("vd", title=N_("Visits of the day"), empty=N_("No visit on this day."), opens="visit")

_WIDE: Final = WIDE + 2  # an hour is narrower than it counts


def team_screen(team: Team, since: While, today: date, place: Place = Place.EDIT) -> Screen:
    """Visits of each report (VI14): how many, how long on average, how many away; who has none is told in words.

    A line for each, and a button with the name that opens the day; below, the two other whiles.
    """
    shown = f"f {today.isoformat()} {since}"
    days = [Button(fit(row.name, WIDE), DAY.key, row.id, arg=shown) for row in team.page.rows]
    whiles = [Button(WHILES[one], PEOPLE.key, arg=f"f {one}") for one in While if one is not since]
    rows = (*in_rows(days), *arrows(PEOPLE.key, team.page, words=since), tuple(whiles))
    facts = {
        "since": WHILES[since],
        "first": since.first_day(today),
        "today": today,
        "total": team.total,
        "minutes": None if team.total.minutes is None else duration(team.total.minutes),
        "idle": team.idle,
        "people": [{"name": row.name, "told": _told(team.counts.get(row.id))} for row in team.page.rows],
        "empty": PEOPLE.empty,
    }
    return Screen("visits/team.html", facts, rows, place)


def _told(count: Count | None) -> list[Words]:
    if count is None:
        return [N_("no visit yet")]
    visits = N_("%(count)s visit") if count.visits == 1 else N_("%(count)s visits")
    told: list[Words] = [visits(count=count.visits)]
    if count.minutes is not None:
        told.append(duration(count.minutes))
    if count.outside:
        told.append(N_("⚠ %(count)s away")(count=count.outside))
    return told


def day_screen(page: Page, person: Any, day: date, today: date, actor: Actor, since: While = While.DAY) -> Screen:
    """Somebody's visits of a day, in time (VI07), with the days beside it; `since` is where one came from.

    A line for each, and a button with the hour and the customer that opens it.
    """
    opens = [Button(_visit(row, actor), DAY.opens, row.id) for row in page.rows]
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    back = Button(N_("« Today"), "today") if person.id == actor.id else Button(N_("« Team"), "team", arg=f"f {since}")
    hands = person.id != actor.id and may(actor, HAND_OVER)
    more = (Button(N_("📦 Holds"), "colleague", person.id),) if hands else ()
    days = [Button(N_("‹ Day before"), DAY.key, person.id, arg=f"f {before.isoformat()} {since}")]
    if after <= today:
        days.append(Button(N_("Day after ›"), DAY.key, person.id, arg=f"f {after.isoformat()} {since}"))
    turns = arrows(DAY.key, page, person.id, f"{day.isoformat()} {since}")
    facts = {"name": person.name, "day": day, "visits": [facts_of(row) for row in page.rows], "empty": DAY.empty}
    return Screen("visits/day.html", facts, (*in_rows(opens, _WIDE), *turns, tuple(days), (back, *more)), Place.EDIT)


def _visit(row: Any, actor: Actor) -> str:
    return fit(f"{actor.local(row.happened_at):%H:%M} {without_form(row.customer)}", _WIDE)
