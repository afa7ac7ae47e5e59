"""Screens of doubles: the list of pairs, what a merge would do, what it did."""

from collections.abc import Sequence
from typing import Any, Final

from crm_core.customers.doubles import Pair
from crm_core.customers.merge import EXTRA, OWNER, Difference, Preview
from crm_core.customers.service import DICTIONARIES
from crm_core.kit.names import without_form
from crm_core.kit.words.amounts import write_amount
from crm_core.org.actor import Actor
from crm_core.playbook.book import Playbook
from screens.catalogue import say
from screens.custom_fields import shown
from screens.customers import IN_POOL
from screens.screen import N_, Button, Place, Row, Screen, Titled, Words, fit, in_rows, pages
from screens.things import thing_of
from screens.words.customers import FIELDS

LIST: Final = "doubles"
CARD, DO, TWO = "merge", "merge.do", "merge.not"
_LABEL: Final = 44
_MOST_ROWS: Final = 2  # of fields; below are what to do, what else, and the way back
_MENU: Final = N_("☰ Menu")
PAIRS_A_PAGE: Final = 4


def pairs_screen(
    pairs: Sequence[Pair], *, more: bool, after: tuple[int, int] = (0, 0), place: Place = Place.EDIT
) -> Screen:
    """A page of pairs; a tap compares the two."""
    rows: list[Row] = [(Button(_pair(one), CARD, one.one.id, arg=f"{one.other.id}.0.0.0"),) for one in pairs]
    first = (Button(N_("‹ From the start"), LIST),) if after != (0, 0) else ()
    last = pairs[-1].key if pairs else after
    next_ = (Button(N_("Next ›"), LIST, arg=f"{last[0]}.{last[1]}"),) if more else ()
    arrows = (*first, *next_)
    return Screen(
        "doubles/list.html",
        {"count": len(pairs), "more": more},
        (*rows, *((arrows,) if arrows else ()), (Button(_MENU, "menu"),)),
        place,
    )


def _pair(pair: Pair) -> str:
    """华宁电子 ≈ 华宁电子科技; with the city where that tells them apart."""
    room = (_LABEL - 3) // 2
    sides = [
        fit(f"{without_form(one.name)}{f' {one.city}' if one.city else ''}", room) for one in (pair.one, pair.other)
    ]
    return f"{'☎ ' if pair.phone else ''}{' ≈ '.join(sides)}"


def merge_screen(preview: Preview, book: Playbook, actor: Actor, taken: int = 0, page: int = 0) -> Screen:
    """What would come of it. `taken` has a bit for each difference whose other value is to be taken."""
    kept, other = preview.kept, preview.other

    def button(label: Words, key: str, *, bits: int = taken, to: int = page, turned: bool = False) -> Button:
        one, two = (other, kept) if turned else (kept, other)
        return Button(label, key, one.id, one.revision, f"{two.id}.{two.revision}.{bits:x}.{to}")

    fields = [
        button(_choice(one, preview, book, actor, taken=bool(taken >> at & 1)), CARD, bits=taken ^ (1 << at))
        for at, one in enumerate(preview.differences)
    ]
    turned = pages(fields, _MOST_ROWS)
    page = page if page < len(turned) else 0
    rows: list[Row] = list(turned[page])
    rows.append((button(N_("⇥ Merge them"), DO),))
    more = [button(N_("More ›"), CARD, to=(page + 1) % len(turned))] if len(turned) > 1 else []
    swap = [button(N_("⇅ Keep the other"), CARD, bits=0, to=0, turned=True)] if _may_swap(preview) else []
    rows += in_rows([*more, *swap, button(N_("≠ They are two"), TWO)])
    rows.append((Button(N_("« Back"), "customer", kept.id), Button(N_("≈ All pairs"), LIST)))
    facts = {
        "kept": kept,
        "other": other,
        "kept_owner": _owner(kept, preview),
        "other_owner": _owner(other, preview),
        "goes": [(thing_of(table).words, count) for table, count in list(preview.goes.items())[:6]],
        "differ": bool(fields),
    }
    return Screen("doubles/merge.html", facts, tuple(rows))


def _may_swap(preview: Preview) -> bool:
    """Of one with an owner and one in a pool the first stays."""
    return (preview.kept.owner_id is None) == (preview.other.owner_id is None)


def chosen(preview: Preview, taken: int) -> frozenset[str]:
    """The fields whose bits are set."""
    return frozenset(one.field for at, one in enumerate(preview.differences) if taken >> at & 1)


def _owner(customer: Any, preview: Preview) -> Words:
    return preview.owners.get(customer.owner_id) or IN_POOL


def _choice(one: Difference, preview: Preview, book: Playbook, actor: Actor, *, taken: bool) -> str:
    """城市：深圳 is what will stand there; with ⇄ it is the other one's."""
    value = _value(one, one.other if taken else one.kept, preview, book, actor)
    field = say(_field(one, book), actor.language)
    colon = "：" if actor.language == "zh" else ": "  # full-width
    return fit(f"{'⇄ ' if taken else ''}{field}{colon}{value}", 36)


def _field(one: Difference, book: Playbook) -> Words:
    if one.field == OWNER:
        return N_("Owner")
    if not one.field.startswith(EXTRA):
        return FIELDS[one.field]
    key = one.field.removeprefix(EXTRA)
    return next((Titled(known.title) for known in book.fields.customer if known.key == key), key)


def _value(one: Difference, value: Any, preview: Preview, book: Playbook, actor: Actor) -> str:
    if one.field == OWNER:
        return preview.owners.get(value, "–")
    if one.field in DICTIONARIES:
        return book.title(DICTIONARIES[one.field], value, actor.language)
    if one.field == "yearly_value":
        return write_amount(value, actor.language)
    if one.field.startswith(EXTRA):
        key = one.field.removeprefix(EXTRA)
        known = next((field for field in book.fields.customer if field.key == key), None)
        return shown(known, value, actor) if known is not None else str(value)
    return " ".join(str(value).split())


def merged_screen(kept_id: int, kept: str, other: str) -> Screen:
    """The one that is left; the button to undo comes with it."""
    rows = ((Button(N_("Open archive"), "customer", kept_id),), (Button(N_("≈ All pairs"), LIST),))
    return Screen("doubles/merged.html", {"kept": kept, "other": other}, rows, subject=f"customer:{kept_id}")
