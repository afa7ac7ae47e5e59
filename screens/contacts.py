"""Screens of contacts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from crm_core.contacts.service import EDITABLE, called
from crm_core.kit.names import without_form
from crm_core.kit.pages import Page
from crm_core.kit.phones import mask_phone, write_phone
from crm_core.org.actor import Actor
from crm_core.playbook.book import Playbook
from screens.custom_fields import change_buttons, changes, lines
from screens.lists import List, list_screen, of_page
from screens.screen import N_, Button, Msg, Place, Row, Screen, Words, fit, in_rows, page_rows
from screens.words.contacts import FIELDS

CONTACTS: Final = List(
    "contacts", title=N_("Contacts"), empty=N_("Nobody known here yet. Who is it you talk to?"), opens="contact"
)
_OPEN: Final = N_("Open archive")
_MOST_LINES: Final = 8
_MOST_OWN: Final = 3  # of the company's fields on the card
_MOST_WRITTEN: Final = 240  # characters of their values behind More, all together


def contacts_screen(page: Page, customer_id: int, *, changeable: bool) -> Screen:
    """Whom we know at a customer; ★ is whom one calls first."""
    new: Row = (Button(N_("➕ Contact"), "contact.new", customer_id),) if changeable else ()
    actions = (*new, Button(_OPEN, "customer", customer_id))
    labels = [_label(row) for row in page.rows]
    return list_screen(CONTACTS, page, labels, parent=customer_id, more=(actions,), about=of_page(page))


def _label(row: Any) -> str:
    what = " · ".join(filter(None, (called(row), row.title)))
    return fit(f"★ {what}" if row.is_primary else what, 38)


@dataclass(frozen=True, slots=True)
class About:
    """What others know of a contact: the part in decisions, when we last met, the birthday, where one went."""

    standing: str = ""
    met: Words | None = None
    day: Words | None = None
    left: Words | None = None


def contact_screen(row: Any, actor: Actor, book: Playbook, about: About = About(), *, saved: bool = False) -> Screen:
    """One person at a customer: what matters most in eight lines, each field a tap away from being put right.

    Of the company's fields it shows the first; behind More are all.
    """
    own = lines(book, "contact", row.customer_type, row.extra, actor)
    wanted = {
        "saved": saved,
        "state": row.left_at is not None or row.is_primary,
        "left": about.left,
        "standing": about.standing,
        "phone": write_phone(row.phone) if row.phone and row.name else None,
        "met": about.met,
        "own": own[:_MOST_OWN],
        "email": row.email,
        "day": about.day,
        "note": row.note,
    }
    there = [name for name, one in wanted.items() if one][: _MOST_LINES - 2]
    facts = {"c": row, "called": called(row), "there": there, **wanted}
    back = (Button(N_("« Contacts"), CONTACTS.key, row.customer_id), Button(_OPEN, "customer", row.customer_id))
    more = (Button(N_("More ›"), "contact.more", row.id),)
    rows = (*(_changes(row, more) if _is_changeable(row) else (more,)), back)
    return Screen("contacts/contact.html", facts, rows, subject=f"contact:{row.id}")


def _is_changeable(row: Any) -> bool:
    return row.changeable and row.left_at is None


def _changes(row: Any, more: Row) -> tuple[Row, ...]:
    fields = [Button(_change(name), "contact.field", row.id, row.revision, name) for name in EDITABLE]
    ways = [Button(N_("No longer there"), "contact.ask", row.id)]
    if not row.is_primary:
        ways.insert(0, Button(N_("★ Call first"), "contact.primary", row.id))
    standing = Button(N_("Decision role"), "contact.standing", row.id)
    return (*in_rows([*fields, standing, *more]), tuple(ways))


def own_screen(row: Any, actor: Actor, book: Playbook, page: int = 0) -> Screen:
    """What the company asks of its customers' people, and a button to change each."""
    own = lines(book, "contact", row.customer_type, row.extra, actor)
    change: list[Button] = []
    if _is_changeable(row):
        change = change_buttons(book, "contact", row.customer_type, "contact.field", row.id, row.revision)
    facts = {"c": row, "called": called(row), "own": own, "changeable": bool(change)}
    facts["most"] = _MOST_WRITTEN // max(1, len(own))
    back, on = Button(N_("« Back"), "contact.more", row.id), Button(N_("More ›"), "contact.own", row.id)
    rows = page_rows(change, page, back, on)
    return Screen("contacts/own.html", facts, rows)


def _change(field: str) -> Msg:
    return N_("✎ %(field)s")(field=FIELDS[field])


def gone_screen(row: Any) -> Screen:
    """Asks once more before somebody is marked as gone."""
    rows = ((Button(N_("Yes, gone"), "contact.remove", row.id),), (Button(N_("« Back"), "contact", row.id),))
    return Screen("contacts/gone.html", {"c": row, "called": called(row)}, rows)


def number_screen(number: str, rows: Sequence[Any]) -> Screen:
    """A number that several customers share: whose archive is meant?"""
    buttons = [
        (Button(fit(f"{called(row)} · {without_form(row.customer)}", 38), "customer", row.customer_id),) for row in rows
    ]
    return Screen("contacts/number.html", {"number": write_phone(number)}, tuple(buttons), Place.NEW)


def change_words(entry: Any, book: Playbook, actor: Actor) -> list[Words]:
    """What an entry of the audit says about a contact, part by part."""
    who = fit(entry.contact, 16)
    if entry.verb == "create":
        return [N_("new contact %(name)s")(name=who)]
    if "left_at" in entry.after:
        return [N_("%(name)s is no longer there")(name=who)]
    told: list[Words] = [
        N_("%(name)s: %(field)s %(before)s → %(after)s")(
            name=who,
            field=label,
            before=_shown(field, entry.before.get(field), entry.whole),
            after=_shown(field, entry.after.get(field), entry.whole),
        )
        for field, label in FIELDS.items()
        if field in entry.before or field in entry.after
    ]
    told += [
        N_("%(name)s: %(field)s %(before)s → %(after)s")(
            name=who, field=label, before=fit(before, 24), after=fit(after, 24)
        )
        for label, before, after in changes(book, "contact", entry, actor)
    ]
    return told


def _shown(field: str, value: str | None, whole: bool) -> str:
    if value is None:
        return "–"
    if field == "phone":
        return write_phone(value) if whole else mask_phone(value)
    return fit(value, 24)
