"""Screens of customers."""

from collections.abc import Sequence
from typing import Any, Final

from crm_core.customers.models import Customer
from crm_core.customers.permissions import CHANGE, CREATE
from crm_core.customers.queries import Archive
from crm_core.customers.service import DICTIONARIES, EDITABLE
from crm_core.kit.names import without_form
from crm_core.kit.pages import Page
from crm_core.kit.phones import write_phone
from crm_core.org.actor import Actor
from crm_core.org.rights import may
from crm_core.playbook.book import Playbook
from crm_core.visits.permissions import LOG
from screens.comments import comments_button
from screens.lists import List, list_screen
from screens.screen import N_, Button, Msg, Place, Row, Screen, fit, in_rows
from screens.words.customers import FIELDS
from screens.words.visits import kind_of

_LOG: Final = N_("📝 Log visit")
_OPEN: Final = N_("Open archive")

CUSTOMERS: Final = List(
    "cl",
    title=N_("My customers"),
    empty=N_("No customer here yet. Make the first one: type /new."),
    opens="customer",
)
FOUND: Final = List(
    "cf",
    title=N_("Search"),
    empty=N_("Nobody found. Try other words, pinyin, initials or the phone's last digits."),
    opens="customer",
)


def archive_screen(
    archive: Archive,
    actor: Actor,
    book: Playbook,
    visits: Sequence[Any] = (),
    *,
    comment: Any = None,
    saved: bool = False,
) -> Screen:
    """The archive card (客户档案, CA02): who they are, the last talks, what comes next, and whether it is stale."""
    customer = archive.customer
    dictionary = {
        field: book.title(name, getattr(customer, field), actor.language) for field, name in DICTIONARIES.items()
    }
    facts = {
        "c": customer,
        "owner": None if customer.owner_id == actor.id else archive.owner,
        "words": dictionary,
        "phone": write_phone(customer.phone) if customer.phone else None,
        "since": archive.days_since_followup,
        "stale": archive.stale_days,
        "overdue": archive.next_overdue,
        "visits": [(row, kind_of(row.kind)) for row in visits][: 2 if comment else None],
        "comment": comment,
        "saved": saved,
    }
    return Screen(
        "customers/archive.html", facts, _archive_rows(archive, actor, comment), subject=f"customer:{customer.id}"
    )


def _archive_rows(archive: Archive, actor: Actor, comment: Any) -> tuple[Row, ...]:
    customer = archive.customer
    rows: list[Row] = []
    change = Button(N_("✎ Update"), "customer.edit", customer.id, customer.revision)
    if archive.stale_days is not None and may(actor, CHANGE):
        still = Button(N_("✓ Still correct"), "customer.confirm", customer.id, customer.revision)
        rows.append((change, still))
    log = (Button(_LOG, "visit.log", customer.id),) if may(actor, LOG) else ()
    rows.append((*log, *comments_button(comment)))
    last = [Button(N_("Visits"), "vl", customer.id)]
    if may(actor, CHANGE) and archive.stale_days is None:
        last.append(change)
    last.append(Button(N_("History"), "customer.history", customer.id))
    rows.append(tuple(last))
    rows.append((Button(N_("« My customers"), "cl"),))
    return tuple(rows)


def created_screen(customer: Customer) -> Screen:
    """The new archive is in; the visit that led to it is one tap away."""
    rows = ((Button(_LOG, "visit.log", customer.id), Button(_OPEN, "customer", customer.id)),)
    return Screen("customers/created.html", {"c": customer}, rows, subject=f"customer:{customer.id}")


def edit_menu(customer: Customer) -> Screen:
    """Which field is to be changed."""
    fields = [Button(FIELDS[name], "customer.field", customer.id, customer.revision, name) for name in EDITABLE]
    rows = (*in_rows(fields, columns=3), (Button(N_("« Back"), "customer", customer.id),))
    return Screen("customers/edit.html", {"c": customer}, rows)


def history_screen(customer: Customer, entries: Sequence[Any], book: Playbook, language: str) -> Screen:
    """Who changed what when (CA13)."""
    lines = [
        {
            "at": entry.at,
            "who": entry.name,
            "verb": entry.verb,
            "undoes": entry.undoes,
            "changes": _changes(entry, book, language),
        }
        for entry in entries
    ]
    rows = ((Button(N_("« Back"), "customer", customer.id),),)
    return Screen("customers/history.html", {"c": customer, "lines": lines}, rows)


def _changes(entry: Any, book: Playbook, language: str) -> list[dict[str, Any]]:
    def shown(field: str, value: Any) -> Any:
        return book.title(DICTIONARIES[field], value, language) if field in DICTIONARIES and value else value

    return [
        {"label": label, "before": shown(name, entry.before.get(name)), "after": shown(name, entry.after.get(name))}
        for name, label in FIELDS.items()
        if entry.verb == "change" and (name in entry.before or name in entry.after)
    ]


def customers_screen(page: Page, actor: Actor, place: Place = Place.EDIT) -> Screen:
    """A page of all customers the actor may see, A-Z."""
    return list_screen(CUSTOMERS, page, [_label(row, actor) for row in page.rows], place=place)


def found_screen(page: Page, actor: Actor, text: str, place: Place = Place.NEW) -> Screen:
    """What a search found; none offers to make it."""
    more: tuple[Row, ...] = ()
    if not page.rows:
        new = Button(N_("➕ New: %(name)s")(name=fit(text, 20)), "customer.new", arg=_carried(text))
        more = (((new,) if may(actor, CREATE) else ()), (Button(N_("See all"), "cl"),))
    return list_screen(
        FOUND,
        page,
        [_label(row, actor) for row in page.rows],
        place=place,
        words=_carried(text),
        searched=text,
        more=more,
    )


def _carried(text: str) -> str:
    """As much of the words as a button can carry."""
    return " ".join(text.split()).encode()[:36].decode(errors="ignore")


def _label(row: Any, actor: Actor) -> str:
    hint = row.owner if row.owner_id != actor.id else (row.city or row.contact_name)
    name = row.short_name or without_form(row.name)
    return fit(f"{name} · {hint}" if hint else name, 38)


__all__ = ["Msg", "archive_screen", "created_screen", "customers_screen", "edit_menu", "found_screen"]
