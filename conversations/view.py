"""How a form looks: one living card that asks, and in the end shows everything with Save."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from conversations import engine
from conversations.engine import DOUBTS, HALF, MENU, Outcome, State
from conversations.form import Facts, Field, Form
from conversations.kinds.base import ANSWER, LOOK, Board, Chip, Kind
from conversations.kinds.reference import Ref
from crm_core.kit.errors import DomainError
from screens.catalogue import say
from screens.screen import N_, Button, Msg, Place, Row, Screen, Words, fit, in_rows
from screens.wording import words_of

KEY: Final = "form"
_MOST_A_PAGE: Final = {2: 10, 3: 15}  # by columns
_MOST_EXTRA_ROWS: Final = 3
_ROWS_A_PAGE: Final = 5
_MOST_HELD: Final = 180  # characters of the answer that is asked again
_MOST_SHOWN: Final = 420  # characters of labels and answers on a card, beside its title, question and hint
_WIDEST: Final = 36  # of a chip's label, which is then a row of its own
_BACK, _CANCEL, _SKIP, _KEEP = N_("« Back"), N_("✖ Cancel"), N_("Skip"), N_("Keep it")
_DONE = N_("✓ Done")
_NEW = N_("➕ New")
_ANYWAY = N_("Yes, go on")
_OPEN = N_("Open archive")
Maker = Callable[..., Button]


@dataclass(frozen=True, slots=True)
class Handle:
    """Which draft the card's buttons act on, as of when."""

    draft_id: int
    revision: int

    def button(self, label: Words, arg: str) -> Button:
        return Button(label, KEY, self.draft_id, self.revision, arg)


def view(form: Form, outcome: Outcome, facts: Facts, handle: Handle, place: Place = Place.EDIT) -> Screen:
    """The form's card as it stands."""
    state = outcome.state
    if state.asking == MENU:
        return _menu(form, state, facts, handle, place)
    asked = engine.current(form, state)
    if asked is not None:
        return _ask(form, state, asked, outcome.error, facts, handle, place)
    return _card(form, state, outcome.error, facts, handle, place)


def _lines(form: Form, state: State, facts: Facts, besides: Field | None = None) -> list[dict[str, Any]]:
    held, unsure = engine.values(form, state), state.answers.get(DOUBTS, ())
    return [
        {"label": one.label, "text": one.kind.show(held[one.name], facts), "doubt": one.name in unsure}
        for one in form.fields
        if one.name in held and one is not besides
    ]


def _most(lines: list[dict[str, Any]], facts: Facts, most: int, besides: Words | None = None) -> int:
    """How much of each answer is shown, so that the card stays short: `most` characters, fewer of many long ones."""
    texts = [say(line["text"], facts.language) for line in lines]
    room = (
        _MOST_SHOWN
        - min(len(say(besides or "", facts.language)), _MOST_HELD)
        - sum(len(say(line["label"], facts.language)) for line in lines)
    )
    caps = (most, *(cap for cap in (120, 80, 60, 40, 25, 15) if cap < most))
    return next((cap for cap in caps if sum(min(len(text), cap) for text in texts) <= room), caps[-1])


def _ask(
    form: Form, state: State, asked: Field, error: DomainError | None, facts: Facts, handle: Handle, place: Place
) -> Screen:
    held = engine.values(form, state).get(asked.name)
    inner = engine.innermost(form, state) or asked
    facts = replace(facts, look=facts.look or state.answers.get(HALF, ""))
    board = asked.kind.board(facts, held)
    lines = _lines(form, state, facts, besides=asked)
    shown_held = asked.kind.show(held, facts) if held is not None else None
    shown = {
        "title": form.title,
        "lines": lines,
        "most": _most(lines, facts, 60, shown_held),
        "ask": inner.ask,
        "hint": board.hint if board else asked.kind.hint_now(held),
        "held": shown_held,
        "most_held": _MOST_HELD,
        "brief": form.brief,
        "error": words_of(error) if error else None,
        "about_search": _about_search(inner.kind, facts),
    }
    if board is not None:
        return Screen("forms/ask.html", shown, _board(board, facts, handle), place)
    rows = (
        *_warning(error, handle),
        *_chips(asked, facts, handle, held),
        *_nothing_found(asked, facts, handle),
        *form.beside(asked, engine.values(form, state), handle.draft_id, handle.revision),
        *_again(form, state, facts, handle),
        _ways_out(form, state, asked, handle, has_answer=held is not None, searched=facts.searched is not None),
    )
    return Screen("forms/ask.html", shown, rows, place)


def _about_search(kind: Kind[Any], facts: Facts) -> Msg | None:
    """What became of the words that were searched for."""
    if not isinstance(kind, Ref) or facts.searched is None:
        return None
    found = N_("Many match “%(searched)s”. Tap one, or type more letters.") if facts.more else kind.which
    return (found if facts.options else kind.nothing)(searched=fit(facts.searched, 60))


def _warning(error: DomainError | None, handle: Handle) -> tuple[Row, ...]:
    """A doubt may be overruled: the button says so. The record that an error tells of is a tap away."""
    if error is None:
        return ()
    known = error.params.get("id")
    there = (Button(_OPEN, error.code.partition(".")[0], known),) if isinstance(known, int) else ()
    anyway = (handle.button(_ANYWAY, f"confirm.{error.code}"),) if is_warning(error.code) else ()
    return ((*anyway, *there),) if anyway or there else ()


def is_warning(code: str) -> bool:
    """Codes of doubts, not of errors."""
    return code.endswith((".similar", ".similar_hidden"))


def pages(buttons: list[Button], columns: int = 2) -> tuple[tuple[Row, ...], ...]:
    """Buttons in rows, page by page: a long label takes a row of its own, so fewer of them fit."""
    made: list[list[Button]] = [[]]
    for button in buttons:
        there = [*made[-1], button]
        if len(there) <= _MOST_A_PAGE[columns] and len(in_rows(there, columns)) <= _ROWS_A_PAGE:
            made[-1] = there
        else:
            made.append([button])
    return tuple(in_rows(page, columns) for page in made)


def _turn(handle: Handle, page: int, count: int) -> list[Button]:
    return [handle.button(N_("More ›"), f"page.{(page + 1) % count}")] if count > 1 else []


def chip_pages(asked: Field, facts: Facts, handle: Handle, held: Any) -> tuple[tuple[Row, ...], ...]:
    return pages([_chip(chip, facts, handle) for chip in asked.kind.chips(facts, held)])


def _chips(asked: Field, facts: Facts, handle: Handle, held: Any) -> tuple[Row, ...]:
    turned = chip_pages(asked, facts, handle, held)
    tapped = f"{ANSWER}.{facts.tapped}" if asked.kind.stays else None
    page = next((at for at, rows in enumerate(turned) if any(one.arg == tapped for row in rows for one in row)), None)
    page = min(facts.page, len(turned) - 1) if page is None else page
    tools = [_chip(chip, facts, handle) for chip in asked.kind.tools(facts, held)]
    return (*turned[page], *in_rows([*_turn(handle, page, len(turned)), *tools], columns=3))


def _board(board: Board, facts: Facts, handle: Handle) -> tuple[Row, ...]:
    """The grid, and the way back in its usual place."""
    grid = tuple(tuple(_chip(chip, facts, handle) for chip in row) for row in board.rows)
    return (*grid, (handle.button(_BACK, f"{LOOK}.{board.back}"), handle.button(_CANCEL, "cancel")))


def _chip(chip: Chip, facts: Facts, handle: Handle) -> Button:
    return handle.button(_label(chip.label, facts), f"{chip.verb}.{chip.arg}")


def _label(words: Words, facts: Facts) -> str:
    """In the reader's language: how wide it is decides its row."""
    return fit(say(words, facts.language), _WIDEST)


def _nothing_found(asked: Field, facts: Facts, handle: Handle) -> tuple[Row, ...]:
    if not isinstance(asked.kind, Ref) or facts.searched is None or facts.options:
        return ()
    recent = handle.button(asked.kind.recent, "page.0")
    if asked.kind.new is None:
        return ((recent,),)
    return ((handle.button(N_("➕ New: %(name)s")(name=fit(facts.searched, 16)), "new"), recent),)


def _again(form: Form, state: State, facts: Facts, handle: Handle) -> tuple[Row, ...]:
    """Same as last time, where such a value is asked and on the whole card: it shows the values it would take."""
    taken, asked = engine.last_time(form, state), engine.current(form, state)
    if not taken or (asked is not None and not asked.kind.repeats):
        return ()
    values = [(one.kind.load(taken[one.name]), one.kind) for one in form.fields if one.name in taken]
    shown = " · ".join(say(kind.show(value, facts), facts.language) for value, kind in values)
    return ((handle.button(N_("↺ As last time: %(values)s")(values=fit(shown, 30)), "again"),),)


def _ways_out(
    form: Form, state: State, asked: Field, handle: Handle, *, has_answer: bool, searched: bool = False
) -> Row:
    row: list[Button] = []
    if asked.kind.stays and has_answer:
        row.extend(() if _open(form, state, asked) else (handle.button(_DONE, "card"),))
    elif not asked.required and state.asking == asked.name:
        row.append(handle.button(_BACK if has_answer else _SKIP, "skip"))
    elif has_answer:
        row.append(handle.button(_KEEP, "card"))
    if engine.before(form, state) is not None:
        row.insert(0, handle.button(_BACK, "back"))
    if isinstance(asked.kind, Ref) and asked.kind.new and not has_answer and not searched:
        row.append(handle.button(_NEW, "new"))
    row.append(handle.button(_CANCEL, "cancel"))
    return tuple(row)


def _open(form: Form, state: State, asked: Field) -> bool:
    """Whether the field is still asked when it is left."""
    return engine.current(form, replace(state, asking=None)) is asked


def _card(form: Form, state: State, error: DomainError | None, facts: Facts, handle: Handle, place: Place) -> Screen:
    held = engine.values(form, state)
    lines = _lines(form, state, facts)
    shown = {
        "title": form.title,
        "lines": lines,
        "most": _most(lines, facts, 300),
        "error": words_of(error) if error else None,
    }
    extras = [
        handle.button(_label(N_("+ %(field)s")(field=one.label), facts), f"open.{one.name}")
        for one in form.fields
        if one.offered and not one.required and one.shown(held) and (one.name not in held or one.kind.collects)
    ]
    doubts = engine.doubts(form, state)
    save = () if error and is_warning(error.code) else ((handle.button(form.save, "save"),),)
    rows = (
        *_warning(error, handle),
        *save,
        *in_rows([handle.button(N_("⚠ %(field)s")(field=one.label), f"open.{one.name}") for one in doubts]),
        *_again(form, state, facts, handle),
        *_extras(extras, handle),
        (handle.button(N_("✎ Change"), "edit"), handle.button(_CANCEL, "cancel")),
    )
    return Screen("forms/card.html", shown, rows, place)


def _extras(buttons: list[Button], handle: Handle) -> tuple[Row, ...]:
    """What may be added, on three rows; where they do not hold all of it, More leads to the whole menu."""
    rows, kept = in_rows(buttons, columns=3), len(buttons)
    while len(rows) > _MOST_EXTRA_ROWS:
        kept -= 1
        rows = in_rows([*buttons[:kept], handle.button(N_("More ›"), "edit")], columns=3)
    return rows


def _menu(form: Form, state: State, facts: Facts, handle: Handle, place: Place) -> Screen:
    held = engine.values(form, state)
    fields = [handle.button(_label(one.label, facts), f"open.{one.name}") for one in form.fields if one.shown(held)]
    turned = pages(fields, columns=3)
    page = min(facts.page, len(turned) - 1)
    ways_out = (*_turn(handle, page, len(turned)), handle.button(_BACK, "card"), handle.button(_CANCEL, "cancel"))
    rows = (*turned[page], ways_out)
    lines = _lines(form, state, facts)
    shown = {"title": form.title, "lines": lines, "most": _most(lines, facts, 60)}
    return Screen("forms/menu.html", shown, rows, place)
