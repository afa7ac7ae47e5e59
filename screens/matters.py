"""Screens of what hangs on an archive (needs, trials, deals): a card, lists, which field to change, who changed what.

Each kind says in a `Look` how it is shown; the buttons have the table's name in their keys.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from crm_core.kit.names import without_form
from crm_core.kit.pages import Page
from crm_core.kit.words.amounts import write_amount
from crm_core.kit.words.dates import write_day
from crm_core.org.actor import Actor
from screens.catalogue import say
from screens.comments import comments_button
from screens.lists import List, list_screen, of_page
from screens.screen import N_, Button, Msg, Place, Screen, Words, fit, in_rows
from screens.things import thing_of

_LABEL: Final = 40
_OPEN_ARCHIVE: Final = N_("Open archive")


@dataclass(frozen=True, slots=True)
class Look:
    """How a kind of matter is shown.

    `of_customer` lists a customer's, `all_open` those under way everywhere within reach. `fields` names what may be
    changed, `lines` are what the card says below its head, `hint` what a row of a list says behind the matter itself,
    `ways` the buttons that move it on. `kinds` has the words for values that are no plain ones, by field.
    """

    table: str
    of_customer: List
    all_open: List
    new: Msg
    fields: Mapping[str, Msg]
    lines: Callable[[Any, Actor, date], Sequence[Words]]
    hint: Callable[[Any, Actor, date], Words]
    ways: Callable[[Any], Sequence[Button]]
    values: Mapping[str, Mapping[Any, Msg]]

    def key(self, what: str) -> str:
        return f"{self.table}.{what}"


def card(
    look: Look,
    row: Any,
    actor: Actor,
    today: date,
    *,
    said: Msg | None = None,
    comment: Any = None,
    place: Place = Place.EDIT,
) -> Screen:
    """One matter, whole. `said` comes before everything: that it was saved, or who says so."""
    facts = {
        "said": said,
        "thing": thing_of(look.table).words,
        "m": row,
        "lines": look.lines(row, actor, today),
        "comment": comment,
    }
    ways: list[Button] = []
    if row.changeable:
        ways = [*look.ways(row), Button(N_("✎ Change"), look.key("edit"), row.id, row.revision)]
    rows = [*in_rows([*ways, Button(N_("History"), look.key("history"), row.id), *comments_button(comment)])]
    back = Button(N_("« List"), look.of_customer.key, row.customer_id)
    rows.append((back, Button(_OPEN_ARCHIVE, "customer", row.customer_id)))
    return Screen("matters/card.html", facts, tuple(rows), place, subject=f"{look.table}:{row.id}")


def of_customer(look: Look, page: Page, customer_id: int, actor: Actor, today: date, *, changeable: bool) -> Screen:
    """A customer's, the latest first."""
    new = (Button(look.new, look.key("new"), customer_id),) if changeable else ()
    actions = (*new, Button(_OPEN_ARCHIVE, "customer", customer_id))
    labels = [_label(row.what, look.hint(row, actor, today), actor) for row in page.rows]
    return list_screen(look.of_customer, page, labels, parent=customer_id, more=(actions,), about=of_page(page))


def all_open(look: Look, page: Page, actor: Actor, today: date) -> Screen:
    """Those under way everywhere within reach, the most urgent first; a colleague's with the name."""
    labels = [_label(_whose(row, actor), look.hint(row, actor, today), actor) for row in page.rows]
    back = (Button(N_("« Back"), "menu", arg="work"),)
    return list_screen(look.all_open, page, labels, more=(back,))


def _whose(row: Any, actor: Actor) -> str:
    owner = "" if row.owner_id == actor.id or not row.owner else f"{row.owner} · "
    return f"{owner}{fit(without_form(row.customer), 14)} · {row.what}"


def _label(text: str, hint: Words, actor: Actor) -> str:
    """The matter, and what is behind it whole: that is what one looks for."""
    behind = fit(say(hint, actor.language), 18)
    return f"{fit(text, _LABEL - _width(behind))} · {behind}" if behind else fit(text, _LABEL)


def _width(text: str) -> int:
    return sum(2 if ord(one) > 0x2E80 else 1 for one in text)


def edit(look: Look, row: Any) -> Screen:
    """Which field is to be changed?"""
    fields = [Button(words, look.key("field"), row.id, row.revision, name) for name, words in look.fields.items()]
    return Screen("matters/edit.html", {"m": row}, (*in_rows(fields), (Button(N_("« Back"), look.table, row.id),)))


def history(look: Look, row: Any, entries: Sequence[Any], actor: Actor) -> Screen:
    """Who changed what when, from what to what."""
    lines = [{"at": one.at, "who": one.name, "what": _what(look, one, actor)} for one in entries]
    rows = ((Button(N_("« Back"), look.table, row.id),),)
    return Screen("matters/history.html", {"m": row, "lines": lines}, rows)


def _what(look: Look, entry: Any, actor: Actor) -> list[Words]:
    undone: list[Words] = [N_("undone")] if entry.undoes else []
    if entry.verb == "create":
        return [*undone, N_("written down")]
    told: list[Words] = [
        N_("%(field)s %(before)s → %(after)s")(
            field=label,
            before=_shown(look, name, entry.before.get(name), actor),
            after=_shown(look, name, entry.after.get(name), actor),
        )
        for name, label in _ALSO.items() | look.fields.items()
        if name in entry.before or name in entry.after
    ]
    return [*undone, *(told or [N_("looked through")])]


_ALSO: Final[dict[str, Msg]] = {"state": N_("State"), "reason": N_("Reason"), "result": N_("Result")}


def _shown(look: Look, field: str, value: Any, actor: Actor) -> str:
    if value is None or value == "":
        return "–"
    if value in look.values.get(field, {}):
        return say(look.values[field][value], actor.language)
    if field == "amount":
        return write_amount(Decimal(value), actor.language)
    if field.endswith("_on"):
        return write_day(date.fromisoformat(value), actor.language)
    return fit(str(value), 30)
