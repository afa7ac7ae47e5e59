"""Screens of visits: a record under way, saved, opened; lists of them; the day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

from crm_core.attachments.service import Attached
from crm_core.customers.permissions import CHANGE as CHANGE_CUSTOMER
from crm_core.customers.permissions import READ as READ_CUSTOMER
from crm_core.kit.names import without_form
from crm_core.kit.pages import Page
from crm_core.org.actor import Actor
from crm_core.org.rights import may
from crm_core.playbook.book import Playbook
from crm_core.playbook.fields import VisitTemplate, words
from crm_core.visits.models import Away
from crm_core.visits.permissions import CHANGE, LOG
from crm_core.visits.service import EDITABLE
from crm_core.visits.team import Count, While
from crm_core.visits.values import FORGOTTEN_AFTER
from screens.catalogue import say
from screens.comments import comments_button
from screens.custom_fields import change_buttons, changes
from screens.customers import from_archive
from screens.lists import List, list_screen, of_page
from screens.screen import N_, Button, Msg, Place, Row, Screen, fit, in_rows, page_rows
from screens.words.places import distance, duration
from screens.words.visits import AWAY, FIELDS, UNDER_WAY, away, kind_of

VISITS: Final = List("vl", title=N_("Visits"), empty=N_("No visit yet. Log the first one."), opens="visit")
FOUND: Final = List(
    "vf", title=N_("Visits found"), empty=N_("No visit found. Try other words or another time."), opens="visit"
)

_MOST_PEOPLE: Final = 6
_MOST_BUTTONS: Final = 4
_LABEL: Final = 42
_MOST_BEFORE_WAYS: Final = 2  # rows that ask about the place: with so many, Change alone leads to the fields
_MOST_STEPS: Final = 5  # on a card
ROUND: Final = Button(N_("🧭 Route"), "route")

from_archive(N_("📖 Visit manual"), "visit.manual", READ_CUSTOMER, order=45)


def facts_of(visit: Any) -> dict[str, Any]:
    """What the lines of a visit tell: kind, how long, where."""
    minutes = None
    if visit.started_at is not None and visit.ended_at is not None:
        minutes = max(1, round((visit.ended_at - visit.started_at).total_seconds() / 60))
    return {
        "v": visit,
        "kind": kind_of(visit.kind),
        "took": None if minutes is None else duration(minutes),
        "far": None if visit.distance_m is None else distance(visit.distance_m),
        "reason": away(visit.place_reason) if visit.place_reason else None,
    }


def _is_open(visit: Any) -> bool:
    return visit.started_at is not None and visit.ended_at is None


def _is_mine(visit: Any, actor: Actor) -> bool:
    return visit.employee_id == actor.id


def _change(visit: Any, label: Msg, field: str) -> Button:
    return Button(label, "visit.field", visit.id, visit.revision, field)


def _about_the_place(visit: Any, actor: Actor) -> list[Row]:
    """Far from the customer: why? No point known, or they have moved: is it here? (BY01)"""
    rows: list[Row] = []
    if visit.outside and not visit.place_reason and _is_mine(visit, actor):
        chips = [Button(words, "visit.reason", visit.id, visit.revision, one.value) for one, words in AWAY.items()]
        rows += in_rows([*chips, _change(visit, N_("Other reason"), "place_reason")])
    here = visit.latitude is not None and (not visit.customer_has_point or visit.place_reason == Away.MOVED)
    if here and may(actor, CHANGE_CUSTOMER):
        rows.append((Button(N_("📍 The customer is here"), "visit.point", visit.id),))
    return rows


def started_screen(visit: Any, actor: Actor, moment: datetime) -> Screen:
    """A visit under way (BY02): since when, where, and the way to end it."""
    facts = facts_of(visit) | {"forgotten": moment - visit.started_at > FORGOTTEN_AFTER}
    rows: list[Row] = [(Button(N_("🏁 End the visit"), "visit.finish", visit.id),)]
    rows += _about_the_place(visit, actor)
    rows.append((Button(N_("↩ Undo check-in"), "visit.drop", visit.id),))
    return Screen("visits/started.html", facts, tuple(rows), subject=f"visit:{visit.id}", own_undo=True)


def dropped_screen() -> Screen:
    rows = ((Button(N_("📝 Log visit"), "visit.log"),),)
    return Screen("visits/dropped.html", {}, rows)


def logged_screen(visit: Any, actor: Actor) -> Screen:
    """Saved: what was saved, and what one may want next (VI03)."""
    rows: list[Row] = _about_the_place(visit, actor)
    rows.append((_change(visit, N_("📅 Next step"), "next_on"), _change(visit, N_("📷 Add photos"), "photos")))
    rows.append(
        (
            Button(N_("✎ Update archive"), "customer.edit", visit.customer_id),
            Button(N_("Open archive"), "customer", visit.customer_id),
        )
    )
    return Screen("visits/logged.html", facts_of(visit), tuple(rows), subject=f"visit:{visit.id}")


def visit_screen(
    visit: Any,
    files: Sequence[Attached],
    actor: Actor,
    moment: datetime,
    *,
    comment: Any = None,
    saved: bool = False,
    own: Sequence[Mapping[str, Any]] = (),
) -> Screen:
    """One visit record, whole."""
    if _is_open(visit) and _is_mine(visit, actor):
        return started_screen(visit, actor, moment)
    photos = sum(file.kind == "photo" and not file.is_lost for file in files)
    ways, why = list[Button](), _about_the_place(visit, actor)
    if may(actor, CHANGE) and not _is_open(visit) and len(why) < _MOST_BEFORE_WAYS:
        ways += [_change(visit, N_("📅 Next step"), "next_on"), _change(visit, N_("📷 Add photos"), "photos")]
    if photos:
        ways.append(Button(N_("📷 Photos"), "visit.photos", visit.id))
    if may(actor, CHANGE) and not _is_open(visit):
        ways.append(Button(N_("✎ Change"), "visit.edit", visit.id, visit.revision))
    ways += [Button(N_("History"), "visit.history", visit.id), *comments_button(comment)]
    back = Button(N_("« Visits"), "vl", visit.customer_id), Button(N_("Open archive"), "customer", visit.customer_id)
    rows = (*why, *in_rows(ways), back)
    facts = facts_of(visit) | {"photos": photos, "saved": saved, "open": _is_open(visit), "comment": comment}
    facts["own"] = own
    facts["lost"] = sum(file.is_lost for file in files)
    return Screen("visits/visit.html", facts, rows, subject=f"visit:{visit.id}")


def manual_screen(template: VisitTemplate | None, language: str, customer: Any = None, *, log: bool = False) -> Screen:
    """How a visit goes, in the company's words; with a customer, each step that Rounds knows is a tap away (VI05)."""
    facts = {
        "title": words(template.title, language) if template else None,
        "customer": without_form(customer.name) if customer else None,
        "goals": [words(one, language) for one in template.goals] if template else [],
        "steps": [words(one, language) for one in template.steps[:_MOST_STEPS]] if template else [],
        "tips": [words(one, language) for one in template.tips] if template else [],
    }
    if customer is None:
        return Screen("visits/manual.html", facts, ((Button(N_("« Back"), "menu", arg="knowledge"),),))
    rows: list[Row] = [(Button(N_("📂 Before: the archive"), "customer", customer.id),)]
    if log:
        rows.append((Button(N_("📝 Log visit"), "visit.log", customer.id),))
    rows.append((Button(N_("✎ After: update the archive"), "customer.edit", customer.id),))
    return Screen("visits/manual.html", facts, tuple(rows))


def edit_screen(visit: Any, book: Playbook, page: int = 0) -> Screen:
    """Which field is to be changed (VI09), in pages."""
    fields = [_change(visit, FIELDS[name], name) for name in EDITABLE]
    fields += change_buttons(book, "visit", visit.customer_type, "visit.field", visit.id, visit.revision)
    more = Button(N_("More ›"), "visit.edit", visit.id, visit.revision)
    rows = page_rows(fields, page, Button(N_("« Back"), "visit", visit.id), more)
    return Screen("visits/edit.html", {"v": visit, "kind": kind_of(visit.kind)}, rows)


def history_screen(visit: Any, entries: Sequence[Any], actor: Actor, book: Playbook) -> Screen:
    """Who changed what when, from what to what (VI09)."""
    lines = [
        {"at": entry.at, "who": entry.name, "verb": entry.verb, "changes": _changes(entry, actor, book)}
        for entry in entries
    ]
    rows = ((Button(N_("« Back"), "visit", visit.id),),)
    return Screen("visits/history.html", {"v": visit, "kind": kind_of(visit.kind), "lines": lines}, rows)


def _changes(entry: Any, actor: Actor, book: Playbook) -> list[dict[str, Any]]:
    if entry.verb != "change":
        return []
    told = [
        {
            "label": FIELDS[name],
            "before": _shown(name, entry.before.get(column), actor),
            "after": _shown(name, entry.after.get(column), actor),
        }
        for name, column in _COLUMNS.items()
        if column in entry.before or column in entry.after
    ]
    own = changes(book, "visit", entry, actor)
    return told + [{"label": label, "before": before, "after": after} for label, before, after in own]


_COLUMNS: Final = {
    **{name: name for name in ("kind", "summary", "happened_at", "ended_at", "next_on", "cost", "place_reason")},
    "location": "distance_m",
}


def _shown(name: str, value: Any, actor: Actor) -> str:
    if value is None or value == "":
        return "–"
    if name == "kind":
        return say(kind_of(value), actor.language)
    if name == "place_reason":
        return say(away(value), actor.language)
    if name == "location":
        return say(distance(value), actor.language)
    if name in ("happened_at", "ended_at"):
        return f"{actor.local(datetime.fromisoformat(value)):%Y-%m-%d %H:%M}"
    return str(value)


def visits_screen(page: Page, actor: Actor, customer_id: int) -> Screen:
    """A customer's visits, newest first."""
    labels = [label(row, actor) for row in page.rows]
    back = ((Button(N_("Open archive"), "customer", customer_id),),)
    return list_screen(VISITS, page, labels, parent=customer_id, more=back, about=of_page(page))


def label(row: Any, actor: Actor) -> str:
    """A visit on a button of a customer's list."""
    day = actor.today(row.happened_at).isoformat()
    words = row.summary or say(UNDER_WAY, actor.language)
    return fit(f"{day} {say(kind_of(row.kind), actor.language)} · {words}", _LABEL)


def found_screen(page: Page, actor: Actor, typed: str, terms: Sequence[str], place: Place = Place.NEW) -> Screen:
    """Visits that a search found (VI08): when, with whom, and the words around the hit."""
    labels = [_found(row, actor, terms) for row in page.rows]
    return list_screen(FOUND, page, labels, place=place, words=carried(typed), searched=typed)


def _found(row: Any, actor: Actor, terms: Sequence[str]) -> str:
    day, customer = actor.today(row.happened_at).isoformat(), fit(without_form(row.customer), 14)
    words = around(row.summary, terms) if row.summary else say(UNDER_WAY, actor.language)
    return fit(f"{day} {customer} · {words}", 48)


def found_row(page: Page, typed: str) -> tuple[Row, ...]:
    """Below a search for customers: visits speak of it too."""
    if not page.rows:
        return ()
    count = f"{len(page.rows)}+" if page.more_after else str(len(page.rows))
    return ((Button(N_("📝 In visits: %(count)s")(count=count), FOUND.key, arg=f"f {carried(typed)}"),),)


def carried(text: str) -> str:
    """As much of the words as a button can carry."""
    return " ".join(text.split()).encode()[:36].decode(errors="ignore")


def around(summary: str, terms: Sequence[str], most: int = 26) -> str:
    """The words around the first hit, on one line."""
    line = " ".join(summary.split())
    low = line.casefold()
    hits = [at for term in terms if (at := low.find(term.casefold())) >= 0]
    at = min(hits, default=0)
    start = 0 if at < most // 3 else at - most // 4
    return f"…{line[start:]}" if start else line


def today_screen(
    day: date,
    own: Sequence[Any],
    team: Sequence[Any],
    *,
    actor: Actor,
    is_manager: bool,
    counts: dict[While, Count] | None = None,
    place: Place = Place.NEW,
) -> Screen:
    """The day: one's own visits, and a manager's direct and indirect reports' (VI07)."""
    people = [
        {
            "name": name,
            "visits": [
                {"at": row.happened_at, "customer": row.customer, "kind": kind_of(row.kind), "away": row.outside}
                for row in rows
                if row.visit_id is not None
            ],
        }
        for name, rows in ((key[1], list(group)) for key, group in groupby(team, key=_person))
    ]
    busy = sorted((one for one in people if one["visits"]), key=lambda one: -len(one["visits"]))
    counts = counts or {}
    facts = {
        "day": day,
        "own": [
            {"at": row.happened_at, "customer": row.customer, "kind": kind_of(row.kind), "open": _is_open(row)}
            for row in own
        ],
        "week": counts.get(While.WEEK, Count()).visits,
        "month": counts.get(While.MONTH, Count()).visits,
        "people": busy[:_MOST_PEOPLE],
        "more_people": max(0, len(busy) - _MOST_PEOPLE),
        "idle": [one["name"] for one in people if not one["visits"]],
        "is_manager": is_manager,
        "total": sum(len(one["visits"]) for one in people),
    }
    latest = {row.employee_id: row for row in team if row.visit_id is not None}
    under_way = next((row for row in own if _is_open(row)), None)
    rows: list[Row] = []
    if under_way is not None:
        end = N_("🏁 End: %(customer)s")(customer=fit(without_form(under_way.customer), 20))
        rows.append((Button(end, "visit.finish", under_way.id),))
    rows += [
        (Button(fit(f"{row.employee} · {without_form(row.customer)}", 38), "visit", row.visit_id),)
        for row in list(latest.values())[: _MOST_BUTTONS - len(rows)]
    ]
    if is_manager:
        rows.append((Button(N_("📊 Team"), "team", arg="f day"),))
    elif own:
        rows.append((Button(N_("📋 My day"), "vd", actor.id, arg=f"f {day.isoformat()}"), ROUND))
    elif may(actor, LOG):
        rows.append((ROUND,))
    log = (Button(N_("📝 Log visit"), "visit.log"),) if may(actor, LOG) else ()
    rows.append((*log, Button(N_("↻ Refresh"), "today")))
    return Screen("visits/today.html", facts | {"may_log": bool(log)}, tuple(rows), place)


def _person(row: Any) -> tuple[int, str]:
    return row.employee_id, row.employee
