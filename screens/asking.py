"""Screens of asking for a colleague's customer: what the asker sees, what the one who decides sees."""

from typing import Any, Final

from crm_core.kit.names import without_form
from crm_core.kit.pages import Page
from crm_core.org.actor import Actor
from screens.lists import List, list_screen
from screens.screen import N_, Button, Place, Row, Screen, fit

SUBJECT: Final = "handover_request"
ASK: Final = N_("🙋 Ask for handover")
WAITING: Final = List(
    "requests",
    title=N_("Requests for handover"),
    empty=N_("Nobody asks for a customer just now."),
    opens="request",
)
_MENU: Final = N_("☰ Menu")


def asked_screen(request: Any, place: Place = Place.EDIT) -> Screen:
    """The asker's card: it never says more than the asker may know. `state` is open or withdrawn."""
    facts = {"known_as": request.known_as, "at": request.asked_at, "state": request.state}
    withdraw: Row = (Button(N_("Take the request back"), "request.withdraw", request.id),)
    rows = (*((withdraw,) if request.state == "open" else ()), (Button(_MENU, "menu"),))
    return Screen("asking/asked.html", facts, rows, place, f"{SUBJECT}:{request.id}", own_undo=True)


def request_screen(request: Any, customer: str, asker: str, place: Place = Place.EDIT) -> Screen:
    """The card of who decides, as the request stands."""
    facts = {
        "asker": asker,
        "customer": customer,
        "at": request.asked_at,
        "state": request.state,
        "reason": request.reason or "",
    }
    rows: list[Row] = []
    if request.state == "open":
        agree = Button(N_("✓ Agree"), "request.agree", request.id)
        rows.append((agree, Button(N_("✗ Decline…"), "request.decline", request.id)))
        rows.append((Button(N_("Open archive"), "customer", request.customer_id),))
    rows.append((Button(_MENU, "menu"),))
    return Screen("asking/request.html", facts, tuple(rows), place, f"{SUBJECT}:{request.id}")


def answer_screen(request: Any, customer: str | None, who: str, place: Place = Place.NEW) -> Screen:
    """What the asker hears. Who may not see the customer hears neither its name nor who decided."""
    facts = {
        "state": request.state,
        "customer": customer,
        "who": who,
        "reason": request.reason or "",
        "at": request.asked_at,
    }
    open_: Row = (Button(N_("Open archive"), "customer", request.customer_id),)
    rows = (*((open_,) if request.state == "agreed" else ()), (Button(_MENU, "menu"),))
    return Screen("asking/answer.html", facts, rows, place)


def waiting_screen(page: Page, actor: Actor) -> Screen:
    """The open requests, the oldest first."""
    labels = [
        fit(f"{actor.local(row.asked_at):%m-%d} {row.asker} ← {without_form(row.customer)}", 42) for row in page.rows
    ]
    return list_screen(WAITING, page, labels, more=((Button(_MENU, "menu"),),))
