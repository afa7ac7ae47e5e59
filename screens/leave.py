"""Screens of leave: one, and somebody's with what is left of each kind."""

from collections.abc import Sequence
from typing import Any, Final

from crm_core.approvals.facts import Status
from crm_core.kit.pages import Page
from crm_core.leave.queries import Balance
from crm_core.leave.service import kinds
from crm_core.org.actor import Actor
from crm_core.playbook.book import Playbook
from screens.catalogue import say
from screens.expenses import Standing, state_of
from screens.lists import List, list_screen
from screens.screen import N_, Button, Place, Screen, Titled, Words, fit, in_rows
from screens.words.expenses import short

LEAVE: Final = List(
    "leaves", N_("🌴 Leave"), N_("No leave yet. Ask for some: your supervisor answers by one tap."), "absence"
)
_LEFT: Final = N_("%(kind)s: %(left)s of %(allowed)s days left")
_LABEL: Final = 44


def kind_of(book: Playbook, key: str) -> Words:
    """What a kind of leave is called; the key itself when the flow no longer has it."""
    return next((Titled(one.title) for one in kinds(book) if one.key == key), key)


def left_of(book: Playbook, balances: Sequence[Balance], language: str) -> str:
    """What is left of each kind that has a limit, on one line."""
    told = [
        _LEFT(kind=kind_of(book, one.kind), left=one.left, allowed=one.allowed)
        for one in balances
        if one.left is not None
    ]
    return " · ".join(say(one, language) for one in told)


def leave_screen(
    row: Any,
    book: Playbook,
    actor: Actor,
    standing: Standing,
    *,
    left: int | None = None,
    deputies: Sequence[str] = (),
    place: Place = Place.EDIT,
) -> Screen:
    """One leave. Who is away and has nobody yet is offered to name a stand-in for just these days."""
    facts = {
        "a": row,
        "said": standing.said,
        "kind": kind_of(book, row.kind),
        "left": left,
        "deputies": list(deputies),
        "state": state_of(row, standing.waiting),
    }
    ways = standing.way()
    granted = row.state in (Status.RUNNING, Status.APPROVED)
    if row.employee_id == actor.id and granted and not deputies:
        ways.append(Button(N_("🧍 Name a stand-in"), "leave.stand_in", row.id))
    back = Button(N_("« Leave"), LEAVE.key, row.employee_id)
    return Screen("leave/leave.html", facts, (*in_rows(ways), (back,)), place, subject=f"absence:{row.id}")


def leaves_screen(
    page: Page, book: Playbook, balances: Sequence[Balance], actor: Actor, employee_id: int, place: Place = Place.EDIT
) -> Screen:
    labels = [
        fit(
            f"{short(row.since)}–{short(row.until)} {say(kind_of(book, row.kind), actor.language)} · "
            f"{say(state_of(row, ()), actor.language)}",
            _LABEL,
        )
        for row in page.rows
    ]
    new = (Button(N_("➕ Ask for leave"), "leave.new"),) if employee_id == actor.id else ()
    back = Button(N_("« Back"), "menu", arg="flows")
    note = left_of(book, balances, actor.language) or None
    return list_screen(LEAVE, page, labels, parent=employee_id, more=((back, *new),), note=note, place=place)
