"""Screens of customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from crm_core.contacts.queries import First
from crm_core.contacts.service import called
from crm_core.customers.models import Customer
from crm_core.customers.permissions import CHANGE, CREATE, READ
from crm_core.customers.queries import Archive
from crm_core.customers.service import DICTIONARIES, EDITABLE
from crm_core.kit.names import without_form
from crm_core.kit.pages import Page
from crm_core.kit.phones import write_phone
from crm_core.kit.words.dates import read_moment
from crm_core.org.actor import Actor
from crm_core.org.rights import Permission, may
from crm_core.playbook.book import Playbook
from crm_core.visits.permissions import LOG
from screens.catalogue import say
from screens.comments import comments_button
from screens.custom_fields import change_buttons, changes, lines
from screens.lists import List, list_screen
from screens.screen import N_, Button, Msg, Place, Row, Screen, Words, fit, in_rows, page_rows
from screens.words.customers import FIELDS
from screens.words.visits import kind_of

_LOG: Final = N_("📝 Log visit")
_OPEN: Final = N_("Open archive")
_MENU: Final = N_("☰ Menu")
CONFIRMED: Final = N_("looked through")
IN_POOL: Final = N_("In the customer pool")
_MOST_LINES: Final = 8
_MOST_VISITS: Final = 3
_LABEL: Final = 38
_LEAST_LETTERS, _LONGEST_NAME = 2, 80
_NOT_IN_NAMES: Final = "，。；！？?\n"

CUSTOMERS: Final = List(
    "cl", title=N_("My customers"), empty=N_("No customer here yet. Make the first one."), opens="customer"
)
FOUND: Final = List(
    "cf",
    title=N_("Search"),
    empty=N_("Nobody found. Try other words, pinyin, initials or the phone's last digits."),
    opens="customer",
)


@dataclass(frozen=True, slots=True)
class Way:
    """A button behind an archive's More; only for who has `permission` on that very record."""

    label: Msg
    key: str
    permission: Permission
    order: int


_WAYS: Final[list[Way]] = []


def from_archive(label: Msg, key: str, permission: Permission, order: int = 50) -> None:
    """Put a feature's button behind More: it gets the customer's id."""
    assert all(one.key != key for one in _WAYS), f"{key} stands behind More already"
    _WAYS.append(Way(label, key, permission, order))


from_archive(N_("History"), "customer.history", READ, order=12)


def asked_of_archive() -> tuple[Permission, ...]:
    """The rights that an archive's buttons hang on."""
    return (CHANGE, LOG, *(one.permission for one in _WAYS))


def archive_screen(
    archive: Archive,
    actor: Actor,
    book: Playbook,
    visits: Sequence[Any] = (),
    *,
    first: First,
    comment: Any = None,
    said: Msg | None = None,
    more: tuple[Words, ...] = (),
) -> Screen:
    """The archive card (客户档案, CA02): who they are, whom one calls, the last talks, what is next, if it is stale.

    What matters most first, as much as eight lines have room for. `said` comes before everything; `more` are lines of
    other features.
    """
    customer = archive.customer
    owner = None if customer.owner_id == actor.id else _holder(archive)
    wanted: dict[str, Any] = {
        "said": said,
        "stale": archive.stale_days,
        "who": _who(first),
        "more": more[:1],
        "aside": owner or customer.yearly_value,
        "comment": comment,
        "also": more[1:2],
        "note": customer.note,
    }
    there = [name for name, one in wanted.items() if one is not None and one not in ("", ())][: _MOST_LINES - 3]
    facts = {
        "c": customer,
        "owner": owner,
        "words": _dictionary(customer, actor, book),
        "since": archive.days_since_followup,
        "overdue": archive.next_overdue,
        "changeable": archive.may(CHANGE),
        **{name: wanted[name] if name in there else None for name in wanted},
    }
    room = _MOST_LINES - 3 - len(there)
    facts["visits"] = [(row, kind_of(row.kind)) for row in visits[: min(_MOST_VISITS, room)]]
    rows = _archive_rows(archive, first, comment)
    return Screen("customers/archive.html", facts, rows, subject=f"customer:{customer.id}")


def _dictionary(customer: Customer, actor: Actor, book: Playbook) -> dict[str, str]:
    return {field: book.title(name, getattr(customer, field), actor.language) for field, name in DICTIONARIES.items()}


def _holder(archive: Archive) -> Words:
    """Who looks after the customer, as a line says it."""
    return N_("Looked after by %(owner)s")(owner=archive.owner) if archive.owner else IN_POOL


def _who(first: First) -> str | None:
    """The primary contact on a line: 王建国 采购经理 · 138 0013 8000."""
    contact = first.contact
    if contact is None:
        return None
    name = fit(" ".join(filter(None, (called(contact), contact.title))), 40)
    return f"{name} · {write_phone(contact.phone)}" if contact.phone and contact.name else name


def _archive_rows(archive: Archive, first: First, comment: Any) -> tuple[Row, ...]:
    """What may be done with this record; who may only read it gets only what reads."""
    customer, rows = archive.customer, list[Row]()
    changeable = archive.may(CHANGE)
    change = Button(N_("✎ Update archive"), "customer.edit", customer.id, customer.revision)
    stale = archive.stale_days is not None and changeable
    if stale:
        rows.append((change, Button(N_("✓ Still correct"), "customer.confirm", customer.id, customer.revision)))
    people = Button(N_("👤 Contacts (%(count)s)")(count=first.count), "contacts", customer.id)
    if first.count == 0 and changeable:
        people = Button(N_("➕ Contact"), "contact.new", customer.id)
    log = (Button(_LOG, "visit.log", customer.id),) if archive.may(LOG) else ()
    brief = (Button(N_("🧭 Visit brief"), "brief", customer.id),) if log and archive.next_planned else ()
    ways = [*log, people, Button(N_("Visits"), "vl", customer.id), *brief, *comments_button(comment)]
    rows += in_rows([*ways, change] if changeable and not stale else ways)
    rows.append((Button(N_("« My customers"), CUSTOMERS.key), Button(N_("More ›"), "customer.more", customer.id)))
    return tuple(rows)


def more_screen(archive: Archive, actor: Actor, book: Playbook, page: int = 0) -> Screen:
    """The rest of an archive: what the card has no room for, and the ways to what other features keep."""
    customer = archive.customer
    facts = {
        "c": customer,
        "owner": _holder(archive),
        "words": _dictionary(customer, actor, book),
        "own": lines(book, "customer", customer.type, customer.extra, actor),
    }
    ways = [one for one in sorted(_WAYS, key=lambda one: one.order) if archive.may(one.permission)]
    buttons = [Button(one.label, one.key, customer.id) for one in ways]
    rows = page_rows(buttons, page, _back(customer.id)[0], Button(N_("More ›"), "customer.more", customer.id))
    return Screen("customers/more.html", facts, rows)


def _back(customer_id: int) -> Row:
    return (Button(N_("« Back"), "customer", customer_id),)


def created_screen(customer: Customer) -> Screen:
    """The new archive is in; the visit that led to it is one tap away."""
    rows = ((Button(_LOG, "visit.log", customer.id), Button(_OPEN, "customer", customer.id)),)
    return Screen("customers/created.html", {"c": customer}, rows, subject=f"customer:{customer.id}")


def edit_menu(customer: Customer, first: First, book: Playbook, page: int = 0) -> Screen:
    """Which field is to be changed, in pages; whom one calls and the number are the primary contact's."""
    fields = [Button(FIELDS[name], "customer.field", customer.id, customer.revision, name) for name in EDITABLE]
    fields[8:8] = _of_contact(customer, first)
    fields += change_buttons(book, "customer", customer.type, "customer.field", customer.id, customer.revision)
    fields.append(Button(N_("⇥ Merge with…"), "merge.with", customer.id))
    more = Button(N_("More ›"), "customer.edit", customer.id, customer.revision)
    rows = page_rows(fields, page, Button(N_("« Back"), "customer", customer.id), more)
    return Screen("customers/edit.html", {"c": customer}, rows)


def _of_contact(customer: Customer, first: First) -> list[Button]:
    one = first.contact
    if one is None:
        return [Button(FIELDS["contact_name"], "contact.new", customer.id)]
    fields = {"contact_name": "name", "phone": "phone"}
    return [Button(FIELDS[label], "contact.field", one.id, one.revision, field) for label, field in fields.items()]


def history_screen(customer: Customer, lines: Sequence[Mapping[str, Any]]) -> Screen:
    """Who changed what when (CA13): lines of `at`, `who` (None: the system) and `what`, parts of a sentence."""
    return Screen("customers/history.html", {"c": customer, "lines": lines}, (_back(customer.id),))


def change_words(entry: Any, book: Playbook, actor: Actor) -> list[Words]:
    """What an entry of the audit says about the archive itself, part by part."""

    def shown(field: str, value: Any) -> str:
        known = book.title(DICTIONARIES[field], value, actor.language) if field in DICTIONARIES and value else value
        return fit(str(known or "–"), 30)

    undone: list[Words] = [N_("undone")] if entry.undoes else []
    if entry.verb == "create":
        return [*undone, N_("archive made")]
    told: list[Words] = [
        N_("%(field)s %(before)s → %(after)s")(
            field=label, before=shown(name, entry.before.get(name)), after=shown(name, entry.after.get(name))
        )
        for name, label in FIELDS.items()
        if name in entry.before or name in entry.after
    ]
    told += [
        N_("%(field)s %(before)s → %(after)s")(field=label, before=fit(before, 30), after=fit(after, 30))
        for label, before, after in changes(book, "customer", entry, actor)
    ]
    if "latitude" in entry.after or "longitude" in entry.after:
        told.append(
            N_("%(field)s %(before)s → %(after)s")(
                field=N_("Place"), before=_point(entry.before), after=_point(entry.after)
            )
        )
    if not told and {"owner_id", "pool"} & {*entry.before, *entry.after}:
        return undone  # whose it is, the ownership log tells
    followed_up = "last_followup_at" in entry.before or "last_followup_at" in entry.after
    return [*undone, *(told or [N_("followed up") if followed_up else CONFIRMED])]


def _point(values: Any) -> str:
    """A point as the audit has it; of one that moved due north or east it has one half only."""
    halves = [values.get("latitude"), values.get("longitude")]
    return ", ".join(f"{half:.4f}" for half in halves if half is not None) or "–"


def customers_screen(
    page: Page,
    actor: Actor,
    today: date,
    near: Mapping[int, int] | None = None,
    place: Place = Place.EDIT,
    tiles: tuple[Button, ...] = (),
) -> Screen:
    """A page of all customers the actor may see: who is planned or near or recent first, then A-Z.

    `near` are metres by customer; `tiles` what other features put under the first page.
    """
    new = (Button(N_("➕ Customer"), "customer.new"),) if may(actor, CREATE) else ()
    actions = (Button(_MENU, "menu"), *new) if page.rows else (*new, Button(_MENU, "menu"))
    labels = [_label(row, actor, today, (near or {}).get(row.id)) for row in page.rows]
    return list_screen(CUSTOMERS, page, labels, place=place, more=(actions,), beside=tiles)


def found_screen(page: Page, actor: Actor, text: str, place: Place = Place.NEW, more: tuple[Row, ...] = ()) -> Screen:
    """What a search found, told apart by city and last visit; none offers to make it, other words, or all.

    `more` are rows of what else was found.
    """
    if not page.rows:
        new = Button(N_("➕ New: %(name)s")(name=fit(text, 20)), "customer.new", arg=_carried(text))
        others = (Button(N_("Other words"), "customer.find"), Button(N_("See all"), CUSTOMERS.key))
        more = (*more, ((new,) if may(actor, CREATE) and _may_be_name(text) else ()), others)
    return list_screen(
        FOUND,
        page,
        [_told_apart(row, actor) for row in page.rows],
        place=place,
        words=_carried(text),
        searched=text,
        more=more,
    )


def find_screen() -> Screen:
    """What one may type to find a customer."""
    return Screen("customers/find.html", {}, ((Button(N_("See all"), CUSTOMERS.key), Button(_MENU, "menu")),))


_ANY_DAY: Final = datetime(2026, 3, 11, 10, tzinfo=UTC)  # whether words are a day does not hang on the day


def _may_be_name(text: str) -> bool:
    """Whether somebody might call a customer so: 上周 年框, a question and 0 are none."""
    first = text.split(maxsplit=1)[0] if text.split() else ""
    if first != text.strip() and (when := read_moment(first, _ANY_DAY)) is not None and when.span == (0, len(first)):
        return False
    letters = sum(sign.isalpha() for sign in text)
    return letters >= _LEAST_LETTERS and len(text) <= _LONGEST_NAME and not any(sign in text for sign in _NOT_IN_NAMES)


def _carried(text: str) -> str:
    """As much of the words as a button can carry."""
    return " ".join(text.split()).encode()[:36].decode(errors="ignore")


def _name(row: Any) -> str:
    return row.short_name or without_form(row.name)


def _owner(row: Any, actor: Actor) -> str | None:
    if row.owner_id == actor.id:
        return None
    return row.owner or say(IN_POOL, actor.language)


def _label(row: Any, actor: Actor, today: date, metres: int | None) -> Words:
    """A row of the list: why it stands so far up, else whose or where it is."""
    name = fit(_name(row), _LABEL - 14)
    planned = row.next_step_on if row.owner_id == actor.id else None
    if planned is not None and planned <= today:
        late = (today - planned).days
        return N_("%(name)s · %(days)s d late")(name=name, days=late) if late else N_("%(name)s · today")(name=name)
    if metres is not None:
        return f"{name} · {metres} m"
    hint = _owner(row, actor) or row.city or next(iter(row.people), None)
    return fit(f"{_name(row)} · {hint}" if hint else _name(row), _LABEL)


def _told_apart(row: Any, actor: Actor) -> str:
    seen = f"{actor.local(row.last_followup_at):%m-%d}" if row.last_followup_at else None
    hint = " · ".join(filter(None, (_owner(row, actor), row.city))) or next(iter(row.people), "")
    hint = " · ".join(filter(None, (fit(hint, 20), seen)))
    return f"{fit(_name(row), _LABEL - 3 - _wide(hint))} · {hint}" if hint else fit(_name(row), _LABEL)


def _wide(text: str) -> int:
    return min(sum(2 if ord(one) > 0x2E80 else 1 for one in text), _LABEL - 15)


__all__ = ["Msg", "archive_screen", "created_screen", "customers_screen", "edit_menu", "found_screen"]
