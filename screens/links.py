"""Screens of links between customers: whom one gets to from an archive, and which link is to go."""

from dataclasses import replace
from typing import Any, Final

from crm_core.customers.permissions import READ
from crm_core.kit.names import without_form
from crm_core.links.queries import Links
from crm_core.links.service import BACK
from crm_core.playbook.book import Playbook
from screens.customers import from_archive
from screens.lists import List, list_screen
from screens.screen import N_, Button, Msg, Row, Screen, Titled, Words, fit

LINKS: Final = List(
    "links",
    title=N_("Linked customers"),
    empty=N_("Nobody is linked here yet. Who has to do with them?"),
    opens="customer",
)
CUT: Final = List(
    "links.cut", title=N_("Which link is to go?"), empty=N_("Nobody is linked here."), opens="link.remove"
)
from_archive(N_("🔗 Links"), LINKS.key, READ, order=34)
_LABEL: Final = 40


def kind_words(book: Playbook, key: str, *, turned: bool) -> Titled:
    """What the one at the other end is: 终端客户, or, from the other side, 经销商; the key if the playbook has none."""
    kind = next((one for one in book.link_kinds if one.key == key), None)
    if kind is None:
        return Titled({"en": key})
    return Titled(kind.back if turned else kind.title)


def kinds(book: Playbook) -> list[tuple[str, Titled]]:
    """All that one customer may be to another, each once: a partner is one from either side."""
    there: list[tuple[str, Titled]] = []
    for one in book.link_kinds:
        there.append((one.key, Titled(one.title)))
        if one.back != one.title:
            there.append((one.key + BACK, Titled(one.back)))
    return there


def links_screen(links: Links, customer: Any, book: Playbook, language: str, *, changeable: bool) -> Screen:
    """Whom this customer has to do with; a tap opens their archive. Those out of sight are only counted."""
    labels = [_label(row, book, language) for row in links.page.rows]
    new: Row = (Button(N_("➕ Link"), "link.new", customer.id),) if changeable else ()
    if links.page.rows and changeable:
        new = (*new, Button(N_("✂ Remove a link"), CUT.key, customer.id))
    back = (Button(N_("« Back"), "customer", customer.id),)
    made = list_screen(
        LINKS, links.page, labels, parent=customer.id, more=(new, back), about=customer.name, note=_note(links)
    )
    opens = (Button(label, LINKS.opens, row.other_id) for row, label in zip(links.page.rows, labels, strict=True))
    return replace(made, rows=(*((one,) for one in opens), *made.rows[len(labels) :]))


def _note(links: Links) -> Msg | None:
    if links.hidden:
        return N_("Linked customers out of your sight: %(count)s.")(count=links.hidden)
    return N_("☆ never visited yet: an opportunity.") if links.page.rows else None


def cut_screen(links: Links, customer: Any, book: Playbook, language: str) -> Screen:
    """The same list: a tap takes the link away."""
    labels = [f"✂ {_label(row, book, language)}" for row in links.page.rows]
    back = (Button(N_("« Back"), LINKS.key, customer.id),)
    return list_screen(CUT, links.page, labels, parent=customer.id, more=(back,), about=customer.name)


def _label(row: Any, book: Playbook, language: str) -> str:
    """终端客户 · 苏州汇川传感器; one that nobody has visited yet is an opportunity, and says so."""
    kind = kind_words(book, row.kind, turned=row.turned).text(language)
    name = row.short_name or without_form(row.name)
    return fit(f"{kind} · {name}", _LABEL - 3) + ("" if row.last_followup_at else " ☆")


def archive_line(counted: list[Any], book: Playbook, language: str) -> Words | None:
    """How many of which kind: 终端客户 3 · 合作伙伴 1."""
    if not counted:
        return None
    told = [f"{kind_words(book, row.kind, turned=row.turned).text(language)} {row.count}" for row in counted[:3]]
    return f"🔗 {' · '.join(told)}"


REMOVED: Final[Msg] = N_("The link is removed.")
