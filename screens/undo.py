"""The button that takes back what was just done, and what is shown when it was."""

from dataclasses import replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.events import Ground, Undone
from crm_core.audit.service import undoable_op
from crm_core.kit.names import without_form
from screens.screen import MOST_ROWS, N_, Button, Msg, Row, Screen, fit
from screens.things import thing_of

KEY: Final = "undo"
_UNDO: Final = N_("↩ Undo · 10 min")


def with_undo(session: AsyncSession, screen: Screen) -> Screen:
    """The screen with a way to take back what this unit of work has done, if it has done anything of that kind.

    The one place that decides where the button stands: last, but above the way back.
    """
    op = undoable_op(session)
    if op is None or screen.own_undo or len(screen.rows) >= MOST_ROWS:
        return screen
    rows = screen.rows
    at = len(rows) - 1 if rows and _leads_back(rows[-1]) else len(rows)
    return replace(screen, rows=(*rows[:at], (Button(_UNDO, KEY, op),), *rows[at:]))


def _leads_back(row: Row) -> bool:
    return any(isinstance(button.label, Msg) and button.label.id.startswith("«") for button in row)


def undone_screen(undone: Undone) -> Screen:
    """What was taken back, and a button for each new record under it that may go as well."""
    kind = thing_of(undone.table)
    there = undone.verb != "create"
    open_: Row = (Button(N_("Open"), kind.opens, undone.id),) if there and kind.opens else ()
    home: Row = (kind.home,) if kind.home else ()
    rows = tuple(filter(None, (*((_too(one),) for one in undone.grounds), open_, home)))
    return Screen("undo/undone.html", _facts(undone), rows, subject=f"{undone.table}:{undone.id}" if there else None)


def _too(one: Ground) -> Button:
    label = fit(without_form(one.label), 16)
    return Button(
        N_("↩ Undo the new %(thing)s too: %(label)s")(thing=thing_of(one.table).words, label=label), KEY, one.op
    )


def withdrawn_screen(undone: Undone, who: str) -> Screen:
    """What becomes of the other cards about a record that was taken back."""
    return Screen("undo/withdrawn.html", {**_facts(undone), "who": who})


def _facts(undone: Undone) -> dict[str, object]:
    kind = thing_of(undone.table)
    fields = [words for name, words in kind.fields.items() if name in undone.fields]
    return {"thing": kind.words, "label": undone.label, "verb": undone.verb, "fields": fields}
