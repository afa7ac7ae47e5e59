"""Screens of the organisation."""

from collections.abc import Sequence
from typing import Any, Final

from crm_core.kit.pages import Page
from crm_core.org.models import Employee
from screens.catalogue import say
from screens.lists import List, list_screen
from screens.screen import N_, Button, Msg, Place, Row, Screen, fit
from screens.system import logs_visits, ways
from screens.words.org import roles_of

_FIRST_COMMANDS: Final = 14  # of a newcomer; all are behind /help

PEOPLE: Final = List("pl", title=N_("People"), empty=N_("Nobody here yet."), opens="person")


def people_screen(page: Page, language: str, place: Place = Place.EDIT) -> Screen:
    """Who is here, for the admin; ○ marks those who cannot get in yet."""
    labels = [
        fit(f"{'●' if row.has_access else '○'} {row.name} · {_roles(row.roles, language)} · {row.unit}", 44)
        for row in page.rows
    ]
    more: tuple[Row, ...] = ((Button(N_("➕ New colleague"), "hire"), Button(N_("📊 Seats & storage"), "usage")),)
    return list_screen(PEOPLE, page, labels, place=place, more=more)


def _roles(values: Sequence[str], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(say(role, language) for role in roles_of(list(values)))


def person_screen(row: Any) -> Screen:
    """One person: place in the company, access, and what an admin may do."""
    ways: Row = (
        (Button(N_("Remove access: has left"), "leave.ask", row.id),)
        if row.has_access
        else (Button(N_("✉ Invite link"), "invite", row.id), Button(N_("Has left"), "leave.ask", row.id))
    )
    lost: tuple[Row, ...] = ((Button(N_("📵 Phone lost or stolen"), "cutoff", row.id),),) if row.has_access else ()
    hold = (Button(N_("📦 Customers & stand-in"), "colleague", row.id),)
    rows = (ways, *lost, hold, (Button(N_("« People"), "pl"),))
    return Screen("org/person.html", {"p": row, "roles": roles_of(list(row.roles))}, rows)


def leave_screen(row: Any, *, customers: int = 0, reports: int = 0, boss: str | None = None) -> Screen:
    """Asks once more before a person loses access; who still has customers or reports hands them over first (BY23)."""
    rows: tuple[Row, ...] = ((Button(N_("Yes, has left"), "leave", row.id),),)
    if customers or reports:
        label = N_("⛔ End access, all to %(name)s")(name=fit(boss, 12)) if boss else N_("⛔ End access, all to me")
        hand = (Button(N_("📦 Hand over first"), "handover", row.id, arg="+"),) if customers else ()
        rows = ((hand,) if hand else ()) + ((Button(label, "leave.now", row.id),),)
    facts = {"p": row, "customers": customers, "reports": reports}
    return Screen("org/leave.html", facts, (*rows, (Button(N_("« Back"), "person", row.id),)))


def cut_off_screen(employee: Employee) -> Screen:
    """The phone is out; what remains to be done, and the way back in."""
    rows = ((Button(N_("✉ Invite link"), "invite", employee.id),), (Button(N_("« People"), "pl"),))
    return Screen("org/cut_off.html", {"p": employee}, rows)


def hired_screen(employee: Employee) -> Screen:
    """The colleague is in the books; the invite link is one tap away."""
    rows = ((Button(N_("✉ Invite link"), "invite", employee.id),), (Button(N_("« People"), "pl"),))
    return Screen("org/hired.html", {"p": employee}, rows)


def invite_screen(name: str, link: str, employee_id: int) -> Screen:
    """The one-time link, to be passed on."""
    return Screen(
        "org/invite.html",
        {"name": name, "link": link},
        ((Button(N_("« Back"), "person", employee_id),),),
        Place.NEW,
        secret=True,
    )


def welcome_screen(name: str, company: str, commands: Sequence[tuple[str, Msg]]) -> Screen:
    """The first words to somebody who has just come in."""
    first = [*(name for name, _ in commands[:_FIRST_COMMANDS]), "help"]
    shown = {"name": name, "company": company, "commands": first, "logs": logs_visits(commands)}
    return Screen("org/welcome.html", shown, ways(commands), Place.NEW)
