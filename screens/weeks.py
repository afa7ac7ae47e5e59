"""Screens of weeks as superiors see them: who has planned, what waits for a score, and the card with the scores."""

from datetime import date, timedelta
from typing import Any, Final

from crm_core.kit.pages import Page
from crm_core.org.actor import Actor
from crm_core.plans.models import WeekState
from crm_core.plans.queries import Sum
from screens.catalogue import say
from screens.lists import List, list_screen
from screens.plans import CARD
from screens.screen import N_, Button, Msg, Place, Row, Screen, Words, fit
from screens.words.expenses import short
from screens.words.plans import REMARKS, SCORES, WEEKS, remark

WAITING: Final = List("weeks", N_("⭐ Weeks to score"), N_("No week waits for your score."), "week")
TEAM: Final = List("weeks.team", N_("👥 Team plans"), N_("Nobody reports to you yet."), "plan")
_LABEL: Final = 44


def review_screen(
    row: Any,
    told: Sum,
    actor: Actor,
    *,
    over: bool,
    picked: int | None = None,
    said: Msg | None = None,
    place: Place = Place.EDIT,
) -> Screen:
    """A week that was handed in (PL09): plan against done; a superior taps a score, then what to say (TG15)."""
    title = N_("⭐ Week %(since)s – %(until)s")(since=short(row.week), until=short(row.week + timedelta(days=6)))
    lines: list[Words] = [
        N_("Planned %(planned)s, done %(done)s, on another day %(late)s")(
            planned=told.count.planned, done=told.count.done, late=told.late
        ),
        N_("Visits %(visits)s, of which unplanned %(unplanned)s; requests %(flows)s")(
            visits=told.visits, unplanned=told.unplanned, flows=told.flows
        ),
    ]
    if row.state == WeekState.REVIEWED:
        lines.append(N_("%(name)s scored it %(score)s of 5")(name=row.reviewer, score=row.score))
        if row.comment:
            lines.append(N_("Comment: %(words)s")(words=_remark(row.comment)))
    elif row.by_itself:
        lines.append(N_("Handed in by itself: the week is done."))
    else:
        lines.append(WEEKS[WeekState(row.state)])
    rows: list[Row] = []
    if over and row.state != WeekState.DRAFT:
        if picked is not None:
            lines.append(N_("%(score)s of 5. What would you say to it?")(score=picked))
        rows += _scores(row) if picked is None else _remarks(row, picked)
    see = Button(N_("🗓 Its lines"), "plan", row.employee_id, arg=f"w.{row.week}")
    back = Button(N_("« To score"), WAITING.key) if over else Button(N_("« Work view"), "menu", arg="work")
    rows.append((back, see))
    about = "" if row.employee_id == actor.id else row.employee
    return Screen(
        CARD,
        {"said": said, "title": title, "about": about, "lines": lines},
        tuple(rows),
        place,
        subject=f"week_plan:{row.id}",
    )


def _remark(said: str) -> Words:
    words = remark(said)
    return fit(words, 160) if isinstance(words, str) else words or ""


def _scores(row: Any) -> list[Row]:
    buttons = [Button(words, "week.score", row.id, arg=str(score)) for score, words in SCORES.items()]
    return [tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]


def _remarks(row: Any, picked: int) -> list[Row]:
    buttons = [Button(words, "week.score", row.id, arg=f"{picked}.{one}") for one, words in REMARKS.items()]
    own = Button(N_("✍ Own words"), "week.words", row.id, arg=str(picked))
    none = Button(N_("No comment"), "week.score", row.id, arg=f"{picked}.-")
    return [*(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)), (own, none)]


def waiting_screen(page: Page, place: Place = Place.EDIT) -> Screen:
    labels = [
        fit(f"{row.employee} · {short(row.week)} – {short(row.week + timedelta(days=6))}", _LABEL) for row in page.rows
    ]
    back = (Button(N_("« Work view"), "menu", arg="work"), Button(TEAM.title, TEAM.key))
    return list_screen(WAITING, page, labels, more=(back,), place=place)


def team_screen(page: Page, week: date, actor: Actor, place: Place = Place.EDIT) -> Screen:
    """Each direct and indirect report's week (PL07): planned, done, where it stands."""
    opens = [(Button(_of(row, actor), TEAM.opens, row.id, arg=f"w.{week}"),) for row in page.rows]
    note = N_("Week %(since)s – %(until)s: done of planned")(since=short(week), until=short(week + timedelta(days=6)))
    turns = list_screen(
        TEAM, Page(page.rows, page.more_before, page.more_after), [""] * len(page.rows), words=str(week)
    ).rows[len(page.rows) :]
    before, after = week - timedelta(days=7), week + timedelta(days=7)
    nav = (
        Button(f"‹ {short(before)}", TEAM.key, arg=f"f {before}"),
        Button(f"{short(after)} ›", TEAM.key, arg=f"f {after}"),
    )
    back = (Button(N_("« Work view"), "menu", arg="work"), Button(WAITING.title, WAITING.key))
    facts = {
        "title": TEAM.title,
        "empty": TEAM.empty,
        "count": len(page.rows),
        "searched": None,
        "about": "",
        "note": note,
    }
    return Screen("list.html", facts, (*opens, (nav[0], *(one for row in turns for one in row), nav[1]), back), place)


def _of(row: Any, actor: Actor) -> str:
    if row.state is None or not row.planned:
        return fit(f"{row.name} · {say(N_('no plan'), actor.language)}", _LABEL)
    state = f"⭐ {row.score}" if row.score is not None else say(WEEKS[WeekState(row.state)], actor.language)
    return fit(f"{row.name} · {row.done}/{row.planned} · {state}", _LABEL)


def scored_screen(row: Any) -> Screen:
    """What the person is told of the own week's score."""
    lines: list[Words] = [N_("%(name)s scored it %(score)s of 5")(name=row.reviewer, score=row.score)]
    if row.comment:
        lines.append(N_("Comment: %(words)s")(words=_remark(row.comment)))
    title = N_("⭐ Your week %(since)s – %(until)s")(since=short(row.week), until=short(row.week + timedelta(days=6)))
    rows = ((Button(N_("🗓 Its lines"), "plan", row.employee_id, arg=f"w.{row.week}"),),)
    return Screen(CARD, {"said": None, "title": title, "about": "", "lines": lines}, rows, Place.NEW)
