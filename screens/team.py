"""Screens of the team: how many visits each person made, and one person's day."""

from datetime import date, timedelta
from typing import Any, Final

from crm_core.kit.names import without_form
from crm_core.kit.pages import Page
from crm_core.org.actor import Actor
from crm_core.visits.team import Count, Team, While
from screens.catalogue import say
from screens.lists import List, list_screen
from screens.screen import N_, Button, Place, Row, Screen, fit
from screens.visits import facts_of
from screens.words.places import duration
from screens.words.visits import UNDER_WAY, WHILES

PEOPLE: Final = List("team", title=N_("Team"), empty=N_("Nobody reports to you yet."), opens="vd")
DAY: Final = List("vd", title=N_("Visits of the day"), empty=N_("No visit on this day."), opens="visit")


def team_screen(team: Team, since: While, today: date, actor: Actor, place: Place = Place.EDIT) -> Screen:
    """Visits of each report (VI14): how many, how long on average, how many away; who has none is told in words."""
    rows: list[Row] = [
        (
            Button(
                _label(row.name, team.counts.get(row.id), actor), DAY.key, row.id, arg=f"f {today.isoformat()} {since}"
            ),
        )
        for row in team.page.rows
    ]
    arrows: list[Button] = []
    if team.page.more_before and team.page.rows:
        arrows.append(Button(N_("‹ Previous"), PEOPLE.key, arg=f"b{team.page.rows[0].id} {since}"))
    if team.page.more_after and team.page.rows:
        arrows.append(Button(N_("Next ›"), PEOPLE.key, arg=f"a{team.page.rows[-1].id} {since}"))
    if arrows:
        rows.append(tuple(arrows))
    rows.append(tuple(Button(_mark(WHILES[one], one is since, actor), PEOPLE.key, arg=f"f {one}") for one in While))
    facts = {
        "since": WHILES[since],
        "first": since.first_day(today),
        "today": today,
        "total": team.total,
        "minutes": None if team.total.minutes is None else duration(team.total.minutes),
        "idle": team.idle,
        "people": bool(team.page.rows),
        "empty": PEOPLE.empty,
    }
    return Screen("visits/team.html", facts, tuple(rows), place)


def _mark(words: Any, chosen: bool, actor: Actor) -> str:
    text = say(words, actor.language)
    return f"✓ {text}" if chosen else text


def _label(name: str, count: Count | None, actor: Actor) -> str:
    if count is None:
        parts = [name, say(N_("no visit yet"), actor.language)]
    else:
        visits = N_("%(count)s visit") if count.visits == 1 else N_("%(count)s visits")
        parts = [name, say(visits(count=count.visits), actor.language)]
        if count.minutes is not None:
            parts.append(say(duration(count.minutes), actor.language))
        if count.outside:
            parts.append(say(N_("⚠ %(count)s away")(count=count.outside), actor.language))
    return fit(" · ".join(parts), 42)


def day_screen(page: Page, person: Any, day: date, today: date, actor: Actor, since: While = While.DAY) -> Screen:
    """Somebody's visits of a day, in time (VI07), with the days beside it; `since` is where one came from."""
    labels = [_visit(row, actor) for row in page.rows]
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    back = Button(N_("« Today"), "today") if person.id == actor.id else Button(N_("« Team"), "team", arg=f"f {since}")
    days = [back, Button(N_("‹ Day before"), DAY.key, person.id, arg=f"f {before.isoformat()} {since}")]
    if after <= today:
        days.append(Button(N_("Day after ›"), DAY.key, person.id, arg=f"f {after.isoformat()} {since}"))
    screen = list_screen(DAY, page, labels, words=f"{day.isoformat()} {since}", parent=person.id, more=(tuple(days),))
    facts = {"name": person.name, "day": day, "visits": [facts_of(row) for row in page.rows], "empty": DAY.empty}
    return Screen("visits/day.html", facts, screen.rows, Place.EDIT)


def _visit(row: Any, actor: Actor) -> str:
    mark = "⚠ " if row.outside else ""
    words = row.summary or say(UNDER_WAY, actor.language)
    clock = f"{actor.local(row.happened_at):%H:%M}"
    return fit(f"{mark}{clock} {fit(without_form(row.customer), 16)} · {words}", 42)
