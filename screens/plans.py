"""Screens of plans: a day, a week and a month of somebody's schedule, one line, suggestions, and the feed."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from crm_core.kit.names import without_form
from crm_core.kit.pages import Page
from crm_core.org.actor import Actor
from crm_core.plans.models import LineState, WeekState
from crm_core.plans.queries import Count
from crm_core.plans.suggestions import Suggestion, Why
from crm_core.visits.permissions import LOG
from screens.catalogue import say
from screens.customers import from_archive
from screens.lists import List, list_screen
from screens.screen import N_, Button, Msg, Place, Row, Screen, Titled, Words, fit
from screens.words.expenses import short
from screens.words.plans import LINES, PARTS, SIGNS, WHYS

from_archive(N_("📅 Plan a visit"), "plan.new", LOG, order=8)

DAY: Final = List(
    "plan", N_("📅 Day"), N_("Nothing planned for this day. Add a visit, or take what is suggested."), "plan.line"
)
SUGGESTED: Final = List(
    "plan.suggest", N_("💡 Suggestions"), N_("Nobody is due that week: all are looked after."), "plan.take"
)
CARD: Final = "plans/card.html"
_LABEL: Final = 44
_NAMES: Final = 24
_MOST_LINES: Final = 5


def day_screen(
    person: Any,
    day: date,
    lines: Sequence[Any],
    tasks: Sequence[Any],
    actor: Actor,
    start: int = 0,
    said: Words | None = None,
    place: Place = Place.EDIT,
    today: date | None = None,
) -> Screen:
    """A day: its lines in order, open tasks due, and the ways to other days, weeks and months (PL01 PL04)."""
    shown = lines[start : start + _MOST_LINES]
    labels = [line_label(row) for row in shown]
    note = said or _note(lines, tasks)
    after = start + _MOST_LINES if start + _MOST_LINES < len(lines) else 0
    nav = (
        _to("‹", person, f"d.{day - timedelta(days=1)}"),
        Button(N_("🗓 Week"), "plan", person.id, arg=f"w.{day}"),
        Button(N_("📆 Month"), "plan", person.id, arg=f"m.{day}"),
        _to("›", person, f"d.{day + timedelta(days=1)}"),
    )
    on = (Button(N_("More ›"), "plan", person.id, arg=f"d.{day}.{after}"),) if len(lines) > _MOST_LINES else ()
    way = (Button(N_("🗺 Route"), "route"),) if day == today and person.id == actor.id else ()
    own = (Button(N_("➕ Visit"), "plan.new", arg=f"v.{day}"), Button(N_("➕ Other"), "plan.new", arg=f"w.{day}"))
    more: tuple[Row, ...] = (own if person.id == actor.id else (), nav, (_back(person, actor), *way, *on))
    about = " · ".join(
        [say(Titled({"zh": _date(day, "zh"), "en": _date(day, "en")}), actor.language), *_whose(person, actor)]
    )
    return list_screen(DAY, Page(list(shown)), labels, about=about, note=note, more=more, place=place)


def line_label(row: Any) -> str:
    """○ 华宁电子 谈年框"""
    name = without_form(row.customer) if row.customer else ""
    return fit(" ".join(filter(None, (SIGNS[row.state], name, row.what))), _LABEL)


def _note(lines: Sequence[Any], tasks: Sequence[Any]) -> Words | None:
    kept = [row for row in lines if row.state != LineState.DROPPED]
    done = sum(row.state == LineState.DONE for row in kept)
    if tasks:
        return N_("%(done)s of %(count)s done · tasks due: %(tasks)s")(
            done=done, count=len(kept), tasks=fit("、".join(row.what for row in tasks), 40)
        )
    return N_("%(done)s of %(count)s done")(done=done, count=len(kept)) if kept else None


def _to(label: str, person: Any, arg: str) -> Button:
    """An arrow with the day or month it leads to."""
    day = date.fromisoformat(arg[2:])
    return Button(f"{label} {day:%m}" if arg[0] == "m" else f"{label} {short(day)}", "plan", person.id, arg=arg)


def _whose(person: Any, actor: Actor) -> list[str]:
    return [] if person.id == actor.id else [person.name]


def _back(person: Any, actor: Actor) -> Button:
    """To the work view, or the team whose plans one was looking at."""
    return (
        Button(N_("« Work view"), "menu", arg="work")
        if person.id == actor.id
        else Button(N_("« Team plans"), "weeks.team")
    )


_DAYS: Final = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}


def _date(day: date, language: str) -> str:
    """周三 03-11"""
    name = _DAYS["zh" if language == "zh" else "en"][day.weekday()]
    return f"周{name} {short(day)}" if language == "zh" else f"{name} {short(day)}"


def week_screen(
    person: Any, week: date, lines: Sequence[Any], plan: Any, actor: Actor, *, today: date, place: Place = Place.EDIT
) -> Screen:
    """A week (PL02): each day with its customers, what is done, where it stands."""
    kept = [row for row in lines if row.state != LineState.DROPPED]
    told: list[Words] = [_week_line(plan, kept)]
    for at in range(6):
        here = [row for row in kept if min((row.day - week).days, 5) == at]  # the weekend has one line
        if here or (at < 5 and not kept):
            told.append(_day_line(here[0].day if here else week + timedelta(days=at), here, actor.language))
    rows: list[Row] = []
    if person.id == actor.id and (plan is None or plan.state == WeekState.DRAFT) and week + timedelta(days=6) >= today:
        rows.append(
            (
                Button(N_("💡 Suggestions"), "plan.suggest", arg=str(week)),
                Button(N_("➕ Visit"), "plan.new", arg=f"v.{max(today, week)}"),
            )
        )
    days = [
        Button(_date(day, actor.language), "plan", person.id, arg=f"d.{day}")
        for at in range(5)
        if (day := week + timedelta(days=at))
    ]
    rows += [tuple(days[:2]), tuple(days[2:4])]
    rows.append((days[4], *_hand_in(person, plan, week, actor, today)))
    rows.append((_to("‹", person, f"w.{week - timedelta(days=7)}"), _to("›", person, f"w.{week + timedelta(days=7)}")))
    rows.append((_back(person, actor), Button(N_("📆 Month"), "plan", person.id, arg=f"m.{week + timedelta(days=3)}")))
    title = N_("🗓 Week %(since)s – %(until)s")(since=short(week), until=short(week + timedelta(days=6)))
    facts = {"said": None, "title": title, "about": "".join(_whose(person, actor)), "lines": told}
    return Screen(CARD, facts, tuple(rows), place)


def _hand_in(person: Any, plan: Any, week: date, actor: Actor, today: date) -> tuple[Button, ...]:
    """The week's card once it has been handed in; before that, from its Friday on, the way to hand it in."""
    if plan is not None and plan.state != WeekState.DRAFT:
        return (Button(N_("⭐ Score"), "week", plan.id),)
    if person.id == actor.id and plan is not None and today >= week + timedelta(days=4):
        return (Button(N_("📨 Hand in"), "plan.submit", arg=str(week)),)
    return ()


def _week_line(plan: Any, kept: Sequence[Any]) -> Words:
    done = sum(row.state == LineState.DONE for row in kept)
    if plan is not None and plan.state == WeekState.REVIEWED:
        return N_("%(done)s of %(count)s done · scored %(score)s of 5")(done=done, count=len(kept), score=plan.score)
    if plan is not None and plan.state == WeekState.SUBMITTED:
        return N_("%(done)s of %(count)s done · handed in")(done=done, count=len(kept))
    if not kept:
        return N_("Nothing planned yet. Suggestions fill it in two taps.")
    return N_("%(done)s of %(count)s done")(done=done, count=len(kept))


def _day_line(day: date, here: Sequence[Any], language: str) -> str:
    names = fit("、".join(f"{SIGNS[row.state]}{without_form(row.customer or row.what)}" for row in here), 2 * _NAMES)
    return f"{_date(day, language)} · {names or '–'}"


def month_screen(
    person: Any,
    month: date,
    mondays: Sequence[date],
    counts: Mapping[date, Count],
    month_score: Any,
    actor: Actor,
    place: Place = Place.EDIT,
) -> Screen:
    """A month (PL04): its weeks, and the score with what it is made of (PL10)."""
    scored = {row.week: row.score for row in month_score.weeks if row.score is not None}
    score = N_("Score of the month: %(score)s of 5, of %(count)s weeks")(score=month_score.score, count=len(scored))
    told: list[Words] = [score if scored else N_("No week of this month has been scored yet.")]
    for week in mondays:
        count = counts.get(week, Count())
        facts = {
            "since": short(week),
            "until": short(week + timedelta(days=6)),
            "done": count.done,
            "count": count.planned,
        }
        line = N_("%(since)s – %(until)s · %(done)s of %(count)s done")
        told.append(
            (N_("%(since)s – %(until)s · %(done)s of %(count)s done · ⭐ %(score)s")(score=scored[week], **facts))
            if week in scored
            else line(**facts)
        )
    weeks = [
        Button(f"{short(week)} – {short(week + timedelta(days=6))}", "plan", person.id, arg=f"w.{week}")
        for week in mondays
    ]
    rows: list[Row] = [tuple(weeks[at : at + 2]) for at in range(0, len(weeks), 2)]
    before, after = month.replace(day=1) - timedelta(days=1), month.replace(day=28) + timedelta(days=5)
    rows.append((_to("‹", person, f"m.{before}"), _to("›", person, f"m.{after}")))
    feed = (Button(N_("🔗 Calendar"), "plan.feed"),) if person.id == actor.id else ()
    rows.append((_back(person, actor), *feed))
    title = N_("📆 Month %(month)s")(month=f"{month:%Y-%m}")
    facts = {"said": None, "title": title, "about": "".join(_whose(person, actor)), "lines": told}
    return Screen(CARD, facts, tuple(rows), place)


def line_screen(
    row: Any, flows: Sequence[Any], actor: Actor, *, said: Msg | None = None, place: Place = Place.EDIT
) -> Screen:
    """One line: planned and actual day (PL12), feedback, the visit and the requests that belong to it."""
    state = LINES[LineState(row.state)]
    told: list[Words] = [
        N_("%(state)s · for %(day)s · %(part)s · %(kind)s")(
            day=_date(row.day, actor.language),
            part=PARTS[row.part],
            kind=N_("everyday work") if row.routine else N_("came up"),
            state=state,
        )
    ]
    if row.customer and row.what:
        told.append(fit(row.what, 100))
    if row.planned_on != row.day:
        told.append(N_("First planned for %(day)s")(day=_date(row.planned_on, actor.language)))
    if row.done_on is not None:
        told.append(N_("Done on %(day)s")(day=_date(row.done_on, actor.language)))
    if row.feedback:
        told.append(N_("Feedback: %(words)s")(words=fit(row.feedback, 160)))
    if flows:
        told.append(N_("Requests: %(titles)s")(titles=fit("、".join(one.title for one in flows), 80)))
    facts = {"said": said, "title": row.customer or row.what, "about": "".join(_whose_line(row, actor)), "lines": told}
    back = Button(N_("« Day"), "plan", row.employee_id, arg=f"d.{row.day}")
    return Screen(CARD, facts, (*_line_ways(row, flows, actor), (back,)), place, subject=f"plan_line:{row.id}")


def _whose_line(row: Any, actor: Actor) -> list[str]:
    return [] if row.employee_id == actor.id else [row.employee]


def _line_ways(row: Any, flows: Sequence[Any], actor: Actor) -> tuple[Row, ...]:
    def set_to(label: Msg, state: str) -> Button:
        return Button(label, "plan.set", row.id, row.revision, state)

    rows: list[Row] = []
    if row.employee_id == actor.id and row.state == LineState.OPEN:
        log = Button(N_("📝 Log visit"), "visit.log", row.customer_id) if row.customer_id else None
        rows.append(tuple(filter(None, (log, set_to(N_("✓ Done"), "done")))))
        rows.append((Button(N_("↷ Another day"), "plan.move", row.id, row.revision), set_to(N_("✗ Drop"), "dropped")))
    if row.employee_id == actor.id:
        again = row.state != LineState.OPEN and row.visit_id is None
        rows.append(
            (Button(N_("💬 Feedback"), "plan.tell", row.id), *((set_to(N_("↺ Open again"), "open"),) if again else ()))
        )
    links = [Button(N_("📝 The visit"), "visit", row.visit_id)] if row.visit_id else []
    if row.customer_id is not None and row.employee_id == actor.id:
        links.append(Button(N_("🔁 Start a request"), "apply", row.customer_id))
    if links:
        rows.append(tuple(links))
    if flows or row.customer_id is not None:
        rows.append((*(Button(fit(f"🔁 {one.title}", 18), "approval", one.id) for one in flows[-1:]), *_archive(row)))
    return tuple(rows)


def _archive(row: Any) -> tuple[Button, ...]:
    return (Button(N_("📇 Archive"), "customer", row.customer_id),) if row.customer_id is not None else ()


def suggested_screen(
    week: date, found: Sequence[Suggestion], actor: Actor, *, said: Msg | None = None, place: Place = Place.EDIT
) -> Screen:
    """Whom to plan for a week: a tap takes one, one more all (PL03)."""
    labels = [
        fit(
            f"➕ {without_form(one.name)} · {say(_why(one), actor.language)} · {_date(one.day, actor.language)}",
            _LABEL + 4,
        )
        for one in found
    ]
    rows: list[Row] = [
        (Button(label, SUGGESTED.opens, one.customer_id, arg=str(week)),)
        for label, one in zip(labels, found, strict=True)
    ]
    if found:
        rows.append((Button(N_("✅ Take all %(count)s")(count=len(found)), SUGGESTED.opens, arg=str(week)),))
    title = N_("💡 Suggestions for %(since)s – %(until)s")(since=short(week), until=short(week + timedelta(days=6)))
    rows.append(
        (Button(N_("« Week"), "plan", actor.id, arg=f"w.{week}"), Button(N_("➕ Visit"), "plan.new", arg=f"v.{week}"))
    )
    facts = {"title": title, "empty": SUGGESTED.empty, "count": len(found), "searched": None, "about": "", "note": said}
    return Screen("list.html", facts, tuple(rows), place)


def _why(one: Suggestion) -> Words:
    if one.why is Why.BIRTHDAY and one.on is not None and one.on != one.day:
        return N_("birthday %(day)s")(day=short(one.on))
    return WHYS[one.why]


def feed_screen(url: str | None, *, on: bool, said: Msg | None = None, served: bool = True) -> Screen:
    """The calendar feed (BY27): its address is shown once, when it is made."""
    told: list[Words] = [N_("Your schedule in the calendar of your phone: plan lines and tasks, read only.")]
    if url:
        told += [
            url,
            N_("Add it as a subscribed calendar. Whoever has this address reads your plan: keep it to yourself."),
        ]
    elif not served:
        told.append(N_("Calendars are not served yet: your admin sets ROUNDS_CALENDAR_LISTEN and ROUNDS_CALENDAR_URL."))
    elif on:
        told.append(N_("An address is in use. A new one closes it; it cannot be shown again."))
    new = (Button(N_("🔑 New address"), "plan.feed", arg="new"),) if served else ()
    rows = (
        (*new, Button(N_("🚫 Switch off"), "plan.feed", arg="off")) if on or url else new,
        (Button(N_("« Work view"), "menu", arg="work"),),
    )
    facts = {"said": said, "title": N_("🗓 Calendar feed"), "about": "", "lines": told}
    return Screen(CARD, facts, rows, secret=url is not None)
