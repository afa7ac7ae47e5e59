"""Screens of the menu."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from screens.screen import N_, Button, Msg, Place, Row, Screen, Words, in_rows, paged, turned_to

MODULES: Final[dict[str, tuple[Msg, Msg]]] = {
    "customers": (N_("👥 My customers"), N_("everybody you look after, their archives and contacts")),
    "flows": (N_("🔁 My flows"), N_("what you have under way")),
    "knowledge": (N_("📖 My knowledge"), N_("how we look after which customers")),
    "work": (N_("📊 Work view"), N_("the day, yours and your team's")),
}
EMPTY: Final[dict[str, Msg]] = {
    "flows": N_("Nothing under way. What would you like to begin?"),
    "work": N_("Nothing to see here yet."),
    "knowledge": N_("Nothing to read here yet."),
}
_MOST_LINES: Final = 7
_MOST_ROWS: Final = 5
_OPENS: Final = {"customers": "cl"}
BACK: Final = Button(N_("« Menu"), "menu")


def menu_screen(modules: Sequence[str], place: Place = Place.EDIT) -> Screen:
    """The main menu: the four core modules, as far as this person has them (NF08)."""
    lines = [MODULES[one] for one in modules]
    buttons = [Button(MODULES[one][0], _OPENS.get(one, "menu"), arg="" if one in _OPENS else one) for one in modules]
    last = (Button(N_("❓ Help"), "help"), Button(N_("中文 / English"), "language"))
    return Screen("menu/menu.html", {"lines": lines}, (*in_rows(buttons), last), place)


def module_screen(module: str, lines: Sequence[Words], rows: Sequence[Row], page: int = 0) -> Screen:
    """A module's page: what its features have to show; more rows than a card has are on further ones."""
    facts = {"title": MODULES[module][0], "lines": lines[:_MOST_LINES], "empty": EMPTY.get(module)}
    turned = paged(_paired(rows), lambda there: len(there) <= _MOST_ROWS)
    more = Button(N_("More ›"), "menu", arg=f"{module}.")
    return Screen("menu/module.html", facts, turned_to(turned, page, BACK, more))


def _paired(rows: Sequence[Row]) -> list[Row]:
    """Rows of one button stand side by side where they follow each other, the first of a page alone: it is what one
    comes for.
    """
    made: list[Row] = []
    for alone, group in groupby(rows, lambda row: len(row) == 1):
        if not alone:
            made += group
            continue
        buttons = [row[0] for row in group]
        first = () if made else ((buttons.pop(0),),)
        made += [*first, *in_rows(buttons)]
    return made
