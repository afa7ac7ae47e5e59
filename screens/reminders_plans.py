"""Screens of what is due of plans: visits to log, weeks to score, who has no plan yet, the team's scores of a month."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from crm_core.kit.names import without_form
from screens.plans import CARD
from screens.screen import N_, Button, Msg, Place, Row, Screen, fit, in_rows, page_rows
from screens.words.expenses import short

_ITEM: Final = "reminders/item.html"
_MOST_ROWS: Final = 3
"""The others are below: the action, done and later, no more of this kind."""
_MOST_NAMED: Final = 4


def span(week: date) -> str:
    """A week by its first and last day."""
    return f"{short(week)} – {short(week + timedelta(days=6))}"


def days_screen(left: Sequence[Any]) -> Screen:
    """Planned visits without a record: a button each to log it."""
    rows: list[Row] = [
        (Button(fit(f"📝 {without_form(one.name)}", 40), "visit.log", one.id, arg="below"),) for one in left
    ]
    return Screen(_ITEM, {}, tuple(rows[:_MOST_ROWS]))


def reviews_screen(waiting: Sequence[Any]) -> Screen:
    """Weeks that wait for a score: a button each to the card with the scores."""
    rows: list[Row] = [
        (Button(fit(f"{one.employee} · {span(one.week)}", 40), "week", one.id, arg="below"),) for one in waiting
    ]
    return Screen(_ITEM, {}, tuple(rows[:_MOST_ROWS]))


def late_screen(week: date, missing: Sequence[Any]) -> Screen:
    """Who has no plan for the week: a nudge for each of the first, and for all."""
    rows = in_rows(_nudge(one.id, one.name, week) for one in missing[:_MOST_NAMED])[: _MOST_ROWS - 1]
    every: tuple[Row, ...] = ((Button(N_("👋 Nudge all"), "plan.nudge", arg=str(week)),),) if len(missing) > 1 else ()
    return Screen(_ITEM, {}, (*rows, *every))


def _nudge(employee_id: int, name: str, week: date, page: str = "", sign: str = "👋") -> Button:
    return Button(fit(f"{sign} {name}", 18), "plan.nudge", employee_id, arg=f"{week}{page}")


def late_list_screen(
    week: date, missing: Sequence[Any], nudged: frozenset[int], page: int, said: Msg | None = None
) -> Screen:
    """All who have no plan for a week; who was nudged today shows ✓."""
    buttons = [_nudge(one.id, one.name, week, f".{page}", "✓" if one.id in nudged else "👋") for one in missing]
    if len(missing) > 1:
        buttons.insert(0, Button(N_("👋 Nudge all"), "plan.nudge", arg=f"{week}.{page}"))
    buttons.append(Button(N_("👥 Team plans"), "weeks.team", arg=f"f {week}"))
    back = Button(N_("« Work view"), "menu", arg="work")
    rows = page_rows(buttons, page, back, Button(N_("More ›"), "plan.late", week.toordinal()))
    told = N_("Without a plan: %(count)s. A tap asks them to make one.") if missing else N_("All have a plan.")
    facts = {
        "said": said,
        "title": N_("👥 Week %(span)s")(span=span(week)),
        "about": "",
        "lines": [told(count=len(missing))],
    }
    return Screen(CARD, facts, rows)


def team_month_screen(month: date, scored: Sequence[tuple[int, str, Decimal]], page: int = 0) -> Screen:
    """What one's people were scored in a month, the best first; each opens what it is made of (PL10)."""
    buttons = [Button(fit(f"⭐ {score} · {name}", 40), "plan", who, arg=f"m.{month}") for who, name, score in scored]
    back = Button(N_("« Work view"), "menu", arg="work")
    rows = page_rows(buttons, page, back, Button(N_("More ›"), "plan.scores", month.toordinal()))
    told = N_("%(count)s have a score. Tap one to see what it is made of.")(count=len(scored))
    title = N_("👥 Scores of %(month)s")(month=f"{month:%Y-%m}")
    none = N_("Nobody who reports to you has a score of that month.")
    return Screen(
        CARD, {"said": None, "title": title, "about": "", "lines": [told if scored else none]}, rows, Place.EDIT
    )
