"""Erasing what is known of a contact: what goes, what stays and why, where the name stands in texts, what was done."""

from collections.abc import Sequence
from typing import Any, Final

from crm_core.contacts.service import called
from crm_core.erasure.traces import Mention
from screens.screen import N_, Button, Msg, Row, Screen, turned_to
from screens.things import thing_of

ASK: Final = "contact.erase"
NAMED: Final = "contact.named"
SURE: Final = "contact.erase.sure"
LABEL: Final = N_("🗑 Erase personal data")
_LOOK: Final = N_("Where the name stands (%(count)s)")
_A_PAGE: Final = 4


def ask_screen(row: Any, named: int) -> Screen:
    """What will go and stay; nothing happens yet."""
    look: tuple[Row, ...] = ((Button(_LOOK(count=named), NAMED, row.id),),) if named else ()
    rows = (*look, (Button(N_("🗑 Erase for good"), SURE, row.id, row.revision),), _back(row.id))
    return Screen("erasure/ask.html", {"who": called(row), "named": named}, rows)


def named_screen(row: Any, found: Sequence[Mention], page: int) -> Screen:
    """Records whose text names the person, one button each: they are looked at before nobody knows the name."""
    turned = [found[at : at + _A_PAGE] for at in range(0, len(found), _A_PAGE)] or [()]
    page = page if page < len(turned) else 0
    ways = [tuple((_open(one),) for one in shown if thing_of(one.table).opens) for shown in turned]
    rows = turned_to(ways, page, Button(N_("« Back"), ASK, row.id), Button(N_("More ›"), NAMED, row.id))
    facts = {"who": called(row), "lines": [_line(one) for one in turned[page]], "count": len(found)}
    return Screen("erasure/named.html", facts, rows)


def erased_screen(left: Sequence[Mention], customer_id: int) -> Screen:
    """It is done; what a person has to look at is still one tap away."""
    opening = tuple((_open(one),) for one in left[:_A_PAGE] if thing_of(one.table).opens)
    rows = (*opening, (Button(N_("« Back"), "contacts", customer_id),))
    return Screen("erasure/done.html", {"left": len(left)}, rows)


def gone_screen() -> Screen:
    """On the cards that showed the person to others."""
    return Screen("erasure/gone.html")


def _line(one: Mention) -> Msg:
    return N_("%(what)s, no. %(id)s")(what=thing_of(one.table).words, id=one.id)


def _open(one: Mention) -> Button:
    return Button(_line(one), thing_of(one.table).opens or "", one.id)


def _back(contact_id: int) -> Row:
    return (Button(N_("« Back"), "contact.more", contact_id),)
