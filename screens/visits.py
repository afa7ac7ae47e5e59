"""Screens of visits."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final

from crm_core.attachments.service import Attached
from crm_core.kit.names import without_form
from crm_core.kit.pages import Page
from crm_core.org.actor import Actor
from screens.catalogue import say
from screens.lists import List, list_screen
from screens.screen import N_, Button, Place, Row, Screen, fit
from screens.words.visits import kind_of

VISITS: Final = List("vl", title=N_("Visits"), empty=N_("No visit yet. Log the first one."), opens="visit")

_MOST_PEOPLE = 6
_MOST_BUTTONS = 4


def logged_screen(visit: Any) -> Screen:
    """Saved: what was saved, and what one may want next."""
    rows: tuple[Row, ...] = (
        (Button(N_("Open archive"), "customer", visit.customer_id), Button(N_("Next visit"), "visit.log")),
    )
    return Screen("visits/logged.html", {"v": visit, "kind": kind_of(visit.kind)}, rows, subject=f"visit:{visit.id}")


def visit_screen(visit: Any, files: Sequence[Attached]) -> Screen:
    """One visit record, whole."""
    rows: list[Row] = []
    photos = sum(file.kind == "photo" and not file.is_lost for file in files)
    if photos:
        rows.append((Button(N_("📷 See photos"), "visit.photos", visit.id),))
    rows.append(
        (Button(N_("« Visits"), "vl", visit.customer_id), Button(N_("Open archive"), "customer", visit.customer_id))
    )
    facts = {"v": visit, "kind": kind_of(visit.kind), "photos": photos, "lost": sum(file.is_lost for file in files)}
    return Screen("visits/visit.html", facts, tuple(rows))


def visits_screen(page: Page, actor: Actor, customer_id: int) -> Screen:
    """A customer's visits, newest first."""
    labels = [_label(row, actor) for row in page.rows]
    back = ((Button(N_("Open archive"), "customer", customer_id),),)
    return list_screen(VISITS, page, labels, parent=customer_id, more=back)


def _label(row: Any, actor: Actor) -> str:
    day = actor.today(row.happened_at).isoformat()
    return fit(f"{day} {say(kind_of(row.kind), actor.language)} · {row.summary}", 42)


def today_screen(
    day: date, own: Sequence[Any], team: Sequence[Any], *, is_manager: bool, place: Place = Place.NEW
) -> Screen:
    """The day: one's own visits, and a manager's direct and indirect reports' (VI07)."""
    people = [
        {
            "name": name,
            "visits": [
                {"at": row.happened_at, "customer": row.customer, "kind": kind_of(row.kind), "summary": row.summary}
                for row in rows
                if row.visit_id is not None
            ],
        }
        for name, rows in ((key[1], list(group)) for key, group in groupby(team, key=_person))
    ]
    busy = sorted((one for one in people if one["visits"]), key=lambda one: -len(one["visits"]))
    facts = {
        "day": day,
        "own": [{"at": row.happened_at, "customer": row.customer, "kind": kind_of(row.kind)} for row in own],
        "people": busy[:_MOST_PEOPLE],
        "more_people": max(0, len(busy) - _MOST_PEOPLE),
        "idle": [one["name"] for one in people if not one["visits"]],
        "is_manager": is_manager,
        "total": sum(len(one["visits"]) for one in people),
    }
    latest = {row.employee_id: row for row in team if row.visit_id is not None}
    rows: list[Row] = [
        (Button(fit(f"{row.employee} · {without_form(row.customer)}", 38), "visit", row.visit_id),)
        for row in list(latest.values())[:_MOST_BUTTONS]
    ]
    rows.append((Button(N_("📝 Log visit"), "visit.log"), Button(N_("↻ Refresh"), "today")))
    return Screen("visits/today.html", facts, tuple(rows), place)


def _person(row: Any) -> tuple[int, str]:
    return row.employee_id, row.employee
