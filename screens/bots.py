"""Screens of several bots: which there are, whom each serves, and going over from one to another."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from crm_core.bots.service import is_silent
from crm_core.kit.pages import Page
from screens.lists import List, arrows
from screens.screen import N_, Button, Place, Row, Screen, fit
from screens.system import Commands, ways

BRANCHES: Final = List("ub", title=N_("Bots"), empty=N_("No branch yet."), opens="bots.unit")
MOST_BOTS: Final = 4


def bots_screen(bots: Sequence[Any], page: Page, moment: datetime, *, place: Place = Place.EDIT) -> Screen:
    """Each bot with how it is; a button for each branch, with the bot it talks to."""
    shown = [
        {"name": one.username or one.id, "people": one.people, "state": _state(one, moment)} for one in bots[:MOST_BOTS]
    ]
    rows: list[Row] = [
        (Button(fit(f"{row.name} · {f'@{row.username}' if row.username else '—'}", 40), BRANCHES.opens, row.id),)
        for row in page.rows
    ]
    facts = {"bots": shown, "more": len(bots) > MOST_BOTS}
    return Screen("bots/bots.html", facts, (*rows, *arrows(BRANCHES.key, page)), place)


def _state(bot: Any, moment: datetime) -> str:
    if bot.refused_at is not None:
        return "refused"
    return "silent" if is_silent(bot.seen_at, moment) else "well"


def unit_screen(unit: Any, own: str, bots: Sequence[Any]) -> Screen:
    """Which bot a branch talks to; one tap says otherwise."""
    rows: list[Row] = [
        (Button(fit(f"@{one.username}", 40), "bots.assign", unit.id, arg=str(one.id)),)
        for one in bots[:MOST_BOTS]
        if one.username and one.refused_at is None and one.username != own
    ]
    if own:
        rows.append((Button(N_("As the unit above"), "bots.assign", unit.id, arg="0"),))
    return Screen("bots/unit.html", {"unit": unit.name, "own": own}, (*rows, (Button(N_("« Bots"), BRANCHES.key),)))


def invited_screen(username: str) -> Screen:
    """To somebody whose branch talks to another bot from now on."""
    return Screen("bots/invited.html", {"bot": username}, (_open(username),), Place.NEW)


def arrived_screen(name: str, before: str, commands: Commands) -> Screen:
    """The first words of the bot that somebody has gone over to."""
    return Screen("bots/arrived.html", {"name": name, "before": before}, ways(commands), Place.NEW)


def gone_over_screen(username: str) -> Screen:
    """The last words of the bot that somebody has left."""
    return Screen("bots/gone_over.html", {"bot": username}, (_open(username),) if username else (), Place.NEW)


def elsewhere_screen(username: str, *, start_here: bool = False) -> Screen:
    """To somebody who belongs to another bot, or has only to press Start to belong to this one."""
    rows = (_open(username),) if username and not start_here else ()
    return Screen("bots/elsewhere.html", {"bot": username, "start_here": start_here}, rows, Place.NEW)


def _open(username: str) -> Row:
    return (Button(N_("Open @%(bot)s")(bot=username), "", url=f"https://t.me/{username}?start"),)
