"""Screens of the team: how many visits each person made, and one person's day as one card."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from crm_core.handover.permissions import HAND_OVER
from crm_core.kit.names import without_form
from crm_core.kit.pages import Page
from crm_core.kit.words.dates import write_day
from crm_core.notices import queries
from crm_core.org.actor import Actor
from crm_core.org.rights import may
from crm_core.plans.rep_day import RepDay
from crm_core.visits.team import Count, Team, While
from screens.catalogue import say
from screens.lists import List, arrows
from screens.screen import CARD_LINES, N_, WIDE, Button, Place, Row, Screen, Words, fit, in_rows
from screens.visits import facts_of
from screens.words.places import duration
from screens.words.visits import UNDER_WAY, WHILES

PEOPLE: Final = List("team", title=N_("Team"), empty=N_("Nobody reports to you yet."), opens="vd")
VISITS: Final = List("vd.visits", title=N_("Visits of the day"), empty=N_("No visit on this day."), opens="visit")
DAY: Final = "vd"

_WIDE: Final = WIDE + 2  # an hour is narrower than it counts


def team_screen(team: Team, since: While, today: date, actor: Actor, place: Place = Place.EDIT) -> Screen:
    """Visits of each report (VI14): how many, how long on average, how many away; who has none is told in words.

    A line for each, and a button with the name that opens the day; below, the two other whiles.
    """
    shown = f"f {today.isoformat()} {since}"
    days = [Button(fit(row.name, WIDE), DAY, row.id, arg=shown) for row in team.page.rows]
    whiles = [Button(WHILES[one], PEOPLE.key, arg=f"f {one}") for one in While if one is not since]
    tell = (Button(N_("📢 Tell all"), "notice.new", arg="team"),) if queries.tells(actor) else ()
    more = (Button(N_("🔄 Customer changes"), "changes"), *tell)
    rows = (*in_rows(days), *arrows(PEOPLE.key, team.page, words=since), tuple(whiles), more)
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


def visits_screen(page: Page, person: Any, day: date, actor: Actor, since: While = While.DAY) -> Screen:
    """Somebody's visits of a day, in time; `since` is where one came from.

    A line for each, and a button with the hour and the customer that opens it.
    """
    opens = [Button(_visit(row, actor), VISITS.opens, row.id) for row in page.rows]
    shown = f"f {day.isoformat()} {since}"
    turns = arrows(VISITS.key, page, person.id, shown[2:])
    back = Button(N_("« The day"), DAY, person.id, arg=shown)
    facts = {"name": person.name, "day": day, "visits": [facts_of(row) for row in page.rows], "empty": VISITS.empty}
    return Screen("visits/day.html", facts, (*in_rows(opens, _WIDE), *turns, (back,)), Place.EDIT)


def _visit(row: Any, actor: Actor) -> str:
    return fit(f"{actor.local(row.happened_at):%H:%M} {without_form(row.customer)}", _WIDE)


def day_screen(
    one: RepDay, today: date, actor: Actor, since: While = While.DAY, *, place: Place = Place.EDIT
) -> Screen:
    """Somebody's day as one card (VI07 PL07 PL13): plan against done, visits with time and place, gaps, tasks.

    Details are a tap away; so are the days beside it and the others of the team.
    """
    person, day = one.person, one.day
    shown, mine = f"f {day.isoformat()} {since}", person.id == actor.id
    told = [*_plan_lines(one, actor.language), *_visit_lines(one, actor), *_other_lines(one, actor)]
    rows: list[Row] = [
        (
            Button(N_("🏢 Visits"), VISITS.key, person.id, arg=shown),
            Button(N_("📅 Plan"), "plan", person.id, arg=f"d.{day}"),
        )
    ]
    rows.append(_more(person, actor, mine=mine))
    if not mine and queries.tells(actor):
        nudge = Button(N_("👋 Nudge"), "vd.nudge", person.id, arg=shown)
        rows.append((nudge, Button(N_("✉ Tell"), "notice.new", person.id)))
    rows.append(_beside(one, shown))
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    days = [Button(N_("‹ Day before"), DAY, person.id, arg=f"f {before.isoformat()} {since}")]
    if after <= today:
        days.append(Button(N_("Day after ›"), DAY, person.id, arg=f"f {after.isoformat()} {since}"))
    back = Button(N_("« Today"), "today") if mine else Button(N_("« Team"), "team", arg=f"f {since}")
    rows += [tuple(days), (back,)]
    room = CARD_LINES - 1 - len(told)
    facts = {"said": None, "title": fit(person.name, 30), "about": write_day(day, actor.language)}
    facts["lines"] = [*told, *_seen(one, actor, room)]
    return Screen("plans/card.html", facts, tuple(row for row in rows if row), place)


def _more(person: Any, actor: Actor, *, mine: bool) -> Row:
    tasks = Button(N_("☑ Tasks"), "tasks", person.id)
    if mine:
        return (Button(N_("📝 Log visit"), "visit.log"), tasks)
    hold = (Button(N_("📦 Holds"), "colleague", person.id),) if may(actor, HAND_OVER) else ()
    return (tasks, *hold)


def _beside(one: RepDay, shown: str) -> Row:
    """The neighbours in the team, on the same day."""
    row: list[Button] = []
    if one.before is not None:
        row.append(Button(f"‹ {fit(one.before.name, 14)}", DAY, one.before.id, arg=shown))
    if one.after is not None:
        row.append(Button(f"{fit(one.after.name, 14)} ›", DAY, one.after.id, arg=shown))
    return tuple(row)


def _plan_lines(one: RepDay, language: str) -> list[Words]:
    plan = one.plan
    if plan is None:
        return []
    if not plan.planned and not plan.moved:
        return [N_("Nothing planned for this day") if plan.week else N_("No plan for this week yet")]
    counts = {"done": plan.done, "planned": plan.planned, "open": plan.open, "moved": plan.moved}
    told: list[Words] = [N_("Plan: ✓ %(done)s of %(planned)s done · ○ %(open)s open · → %(moved)s moved")(**counts)]
    if plan.missing:
        told.append(N_("○ No record yet: %(names)s")(names=fit(called(plan.missing, language), 70)))
    return told


def called(customers: Sequence[str], language: str) -> str:
    """Several of them, in short."""
    return ("、" if language == "zh" else ", ").join(map(without_form, customers))


def _visit_lines(one: RepDay, actor: Actor) -> list[Words]:
    """How many, from when to when, on the spot or far away, foreseen or not; and where nothing was recorded."""
    if not one.visits:
        return [N_("No visit on this day.")]
    first, last = one.visits[0].happened_at, one.visits[-1].happened_at
    there, far = sum(row.started_at is not None for row in one.visits), sum(row.outside for row in one.visits)
    parts: list[Words] = [N_("Visits: %(count)s")(count=len(one.visits)), N_("checked in: %(count)s")(count=there)]
    if far:
        parts.append(N_("⚠ %(count)s away")(count=far))
    if one.unplanned:
        parts.append(N_("not planned: %(count)s")(count=len(one.unplanned)))
    between = N_("first %(first)s, last %(last)s")(first=_clock(actor, first), last=_clock(actor, last))
    told: list[Words] = [_joined(parts, actor)]
    if one.gap is None:
        return [*told, between] if len(one.visits) > 1 else told
    gap = N_("⏸ nothing recorded %(since)s–%(until)s")(since=_clock(actor, one.gap[0]), until=_clock(actor, one.gap[1]))
    return [*told, _joined([between, gap], actor)]


def _other_lines(one: RepDay, actor: Actor) -> list[Words]:
    parts: list[Words] = []
    if one.tasks is not None and one.tasks.done:
        parts.append(N_("Tasks done: %(count)s")(count=one.tasks.done))
    if one.tasks is not None and one.tasks.overdue:
        parts.append(N_("⚠ tasks overdue: %(count)s")(count=one.tasks.overdue))
    if one.requests:
        parts.append(N_("Requests started: %(count)s")(count=one.requests))
    return [_joined(parts, actor)] if parts else []


def _joined(parts: list[Words], actor: Actor) -> str:
    return " · ".join(say(part, actor.language) for part in parts)


def _clock(actor: Actor, at: datetime) -> str:
    return f"{actor.local(at):%H:%M}"


def _seen(one: RepDay, actor: Actor, room: int) -> list[Words]:
    """As many visits as the card has room for; the last line says how many more there are."""
    fits = one.visits if len(one.visits) <= room else one.visits[: max(room - 1, 0)]
    lines: list[Words] = [_seen_line(row, one, actor) for row in fits]
    left = len(one.visits) - len(fits)
    return [*lines, N_("… and %(count)s more")(count=left)] if left and room > 0 else lines


def _seen_line(row: Any, one: RepDay, actor: Actor) -> str:
    """10:00 华宁电子 · 拜访 · 签到 45 分钟 · ⚠ 1.8 公里 · 谈了年框"""
    facts = facts_of(row)
    parts: list[Words] = [facts["kind"]]
    if row.started_at is not None:
        parts.append(N_("checked in"))
    if facts["took"] is not None:
        parts.append(facts["took"])
    if row.outside:
        parts.append(N_("⚠ %(far)s away")(far=say(facts["far"], actor.language)))
    if row.id in one.unplanned and one.plan is not None and one.plan.planned:
        parts.append(N_("not planned"))
    if row.summary:
        parts.append(fit(" ".join(row.summary.split()), 24))
    elif row.started_at is not None and row.ended_at is None:
        parts.append(UNDER_WAY)
    return f"{_clock(actor, row.happened_at)} {fit(without_form(row.customer), 24)} · {_joined(parts, actor)}"
