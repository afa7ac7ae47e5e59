"""List: rows that open something, in pages keyed by the last id, the same everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crm_core.kit.pages import At, Page
from screens.screen import N_, Button, Msg, Place, Row, Screen, Words, in_rows

ROWS_A_PAGE: Final = 6


@dataclass(frozen=True, slots=True)
class List:
    """A list. Buttons of `key` turn its pages, a row's button has the key `opens`.

    A page button carries the record that the list belongs to, if any, and as its argument `a12` (the page after
    row 12) or `b12` (before it), with the words that were searched for behind a space.
    """

    key: str
    title: Msg
    empty: Msg
    opens: str


def list_screen(
    of: List,
    page: Page,
    labels: Sequence[Words],
    *,
    place: Place = Place.EDIT,
    words: str = "",
    searched: str | None = None,
    more: tuple[Row, ...] = (),
    parent: int = 0,
    about: str = "",
    note: Words | None = None,
    beside: tuple[Button, ...] = (),
) -> Screen:
    """A page of the list. `words` travel along with its arrows; `parent` is the record the list belongs to, `about`
    its name, `note` a line above the rows.

    Six rows, one for the arrows, and the rows of `more`: what else one may want, and the way back. What stands `beside`
    the arrows has room on the first page only.
    """
    rows: list[Row] = [(Button(label, of.opens, row.id),) for row, label in zip(page.rows, labels, strict=True)]
    facts = {
        "title": of.title,
        "empty": of.empty,
        "count": len(page.rows),
        "searched": searched,
        "about": about,
        "note": note,
    }
    return Screen("list.html", facts, (*rows, *_turns(of.key, page, parent, words, beside), *filter(None, more)), place)


def arrows(key: str, page: Page, parent: int = 0, words: str = "") -> tuple[Row, ...]:
    """The row that turns the pages, where there are several."""
    row: list[Button] = []
    if page.more_before and page.rows:
        row.append(Button(N_("‹ Previous"), key, parent, arg=f"b{page.rows[0].id} {words}".strip()))
    if page.more_after and page.rows:
        row.append(Button(N_("Next ›"), key, parent, arg=f"a{page.rows[-1].id} {words}".strip()))
    return (tuple(row),) if row else ()


def _turns(key: str, page: Page, parent: int, words: str, beside: tuple[Button, ...]) -> tuple[Row, ...]:
    turns = arrows(key, page, parent, words)
    return turns if page.more_before else in_rows([*(button for row in turns for button in row), *beside])


def of_page(page: Page) -> str:
    """The customer that all rows of a page are of; nothing for an empty page."""
    return page.rows[0].customer if page.rows else ""


def page_of(arg: str) -> tuple[At, str]:
    """Which page a button's argument asks for, and the words that travel along."""
    where, _, words = arg.partition(" ")
    direction, number = where[:1], where[1:]
    if direction not in ("a", "b") or not (number.isascii() and number.isdigit() and len(number) <= 18):
        return At(), words
    return (At(after=int(number)) if direction == "a" else At(before=int(number))), words
