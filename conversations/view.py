"""How a form looks: one living card that asks, and in the end shows everything with Save."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from conversations import engine, recap
from conversations.engine import HALF, MENU, Outcome, State
from conversations.form import SAVE, Facts, Field, Form
from conversations.kinds.base import ANSWER, LOOK, Board, Chip, Kind
from conversations.kinds.reference import Ref
from crm_core.kit.errors import DomainError, is_doubt
from screens.asking import ASK
from screens.catalogue import say
from screens.screen import CARD_LINES, CARD_ROWS, N_, Button, Msg, Place, Row, Screen, Words, fit, in_rows, paged, pages
from screens.wording import words_of

KEY: Final = "form"
_MOST_HELD: Final = 180  # characters of the answer that is asked again
_ASK_LINES, _CARD_LINES = 2, 1  # of a card that asks: title and hint; of the draft card: its title
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


def _ask(
    form: Form, state: State, asked: Field, error: DomainError | None, facts: Facts, handle: Handle, place: Place
) -> Screen:
    """The question, with what helps to answer it: what the field holds, and a little of what is held besides."""
    if asked.after is not None:
        facts = replace(facts, first=engine.values(form, state).get(asked.after))
    held = engine.values(form, state).get(asked.name)
    inner = engine.innermost(form, state) or asked
    facts = replace(facts, look=facts.look or state.answers.get(HALF, ""))
    board = asked.kind.board(facts, held)
    rows, left_out = _rows_of_question(form, state, asked, error, facts, handle)
    shown_held = None if held is None else say(asked.kind.show(held, facts), facts.language)
    about_search = _about_search(inner.kind, facts, left_out=left_out)
    above = (error or about_search, form.brief, shown_held)
    room = CARD_LINES - _ASK_LINES - sum(one is not None for one in above)
    taken = min(len(shown_held or ""), _MOST_HELD)
    shown = {
        "title": form.title,
        "answers": recap.above_question(form, state, facts, asked, room, taken),
        "ask": inner.ask,
        "hint": board.hint if board else asked.kind.hint_now(held),
        "held": shown_held,
        "most_held": _MOST_HELD,
        "brief": form.brief,
        "error": _refusal(error, form) if error else None,
        "about_search": about_search,
    }
    return Screen("forms/ask.html", shown, _board(board, facts, handle) if board else rows, place)


def _rows_of_question(
    form: Form, state: State, asked: Field, error: DomainError | None, facts: Facts, handle: Handle
) -> tuple[tuple[Row, ...], bool]:
    """A card's rows: as many answers to tap as the other buttons leave room for, and whether records are left out."""
    held = engine.values(form, state).get(asked.name)
    above, last = _warning(error, handle), _ways_out(form, state, asked, handle, has_answer=held is not None)
    tools = [_chip(chip, facts, handle) for chip in asked.kind.tools(facts, held)]
    on = _ways_on(form, state, asked, facts, handle, has_answer=held is not None)
    below = [
        *_again(form, state, facts, handle),
        *(on if asked.kind.stays else tools),  # Done stands away from what removes a line
        *_nothing_found(asked, facts, handle),
        *_said(form.beside(asked, engine.values(form, state), handle.draft_id, handle.revision), facts),
        *(tools if asked.kind.stays else on),
    ]
    room = CARD_ROWS - len(above) - 1
    turned = chip_pages(asked, facts, handle, held, room - len(in_rows(below)))
    if len(turned) == 1 or isinstance(asked.kind, Ref):
        return (*above, *turned[0], *in_rows(below), last), len(turned) > 1
    below.insert(0, handle.button(_label(N_("More ›"), facts), ""))
    turned = chip_pages(asked, facts, handle, held, room - len(in_rows(below)))
    tapped = f"{ANSWER}.{facts.tapped}" if asked.kind.stays else None
    page = next((at for at, rows in enumerate(turned) if any(one.arg == tapped for row in rows for one in row)), None)
    page = min(facts.page, len(turned) - 1) if page is None else page
    below[0] = replace(below[0], arg=f"page.{(page + 1) % len(turned)}")
    return (*above, *turned[page], *in_rows(below), last), False


def _said(rows: tuple[Row, ...], facts: Facts) -> list[Button]:
    return [replace(button, label=_label(button.label, facts)) for row in rows for button in row]


def _about_search(kind: Kind[Any], facts: Facts, *, left_out: bool) -> Msg | None:
    """What became of the words that were searched for."""
    if not isinstance(kind, Ref) or facts.searched is None:
        return None
    found = N_("Many match “%(searched)s”. Tap one, or type more letters.") if facts.more or left_out else kind.which
    return (found if facts.options else kind.nothing)(searched=fit(facts.searched, 60))


def _warning(error: DomainError | None, handle: Handle) -> tuple[Row, ...]:
    """A doubt may be overruled: the button says so. The record that an error tells of is a tap away."""
    if error is None:
        return ()
    known = error.params.get("id")
    there = (Button(_OPEN, error.code.partition(".")[0], known),) if isinstance(known, int) else ()
    anyway = (handle.button(_ANYWAY, f"confirm.{error.code}"),) if is_doubt(error.code) else ()
    asked = error.params.get("ask")
    ask = (Button(ASK, "request.ask", asked),) if isinstance(asked, int) else ()
    return tuple(row for row in ((*anyway, *there), ask) if row)


def chip_pages(
    asked: Field, facts: Facts, handle: Handle, held: Any, most_rows: int = CARD_ROWS - 1
) -> tuple[tuple[Row, ...], ...]:
    """The answers one may tap, page by page."""
    return pages((_chip(chip, facts, handle) for chip in asked.kind.chips(facts, held)), max(most_rows, 1))


def _board(board: Board, facts: Facts, handle: Handle) -> tuple[Row, ...]:
    """The grid, and the way back in its usual place."""
    grid = tuple(tuple(_chip(chip, facts, handle) for chip in row) for row in board.rows)
    return (*grid, (handle.button(_BACK, f"{LOOK}.{board.back}"), handle.button(_CANCEL, "cancel")))


def _chip(chip: Chip, facts: Facts, handle: Handle) -> Button:
    return handle.button(_label(chip.label, facts), f"{chip.verb}.{chip.arg}")


def _label(words: Words, facts: Facts) -> str:
    """In the reader's language: how wide it is decides its row."""
    return fit(say(words, facts.language), _WIDEST)


def _nothing_found(asked: Field, facts: Facts, handle: Handle) -> list[Button]:
    if not isinstance(asked.kind, Ref) or facts.searched is None or facts.options:
        return []
    recent = handle.button(_label(asked.kind.recent, facts), "page.0")
    if asked.kind.new is None:
        return [recent]
    return [handle.button(_label(N_("➕ New: %(name)s")(name=fit(facts.searched, 16)), facts), "new"), recent]


def _again(form: Form, state: State, facts: Facts, handle: Handle) -> list[Button]:
    """Same as last time, where such a value is asked and on the whole card: it shows the values it would take."""
    taken, asked = engine.last_time(form, state), engine.current(form, state)
    if not taken or (asked is not None and not asked.kind.repeats):
        return []
    values = [(one.kind.load(taken[one.name]), one.kind) for one in form.fields if one.name in taken]
    shown = " · ".join(say(kind.show(value, facts), facts.language) for value, kind in values)
    return [handle.button(_label(N_("↺ As last time: %(values)s")(values=fit(shown, 30)), facts), "again")]


def _ways_on(form: Form, state: State, asked: Field, facts: Facts, handle: Handle, *, has_answer: bool) -> list[Button]:
    """On without an answer, with the one that is held, or with a new record."""
    made: list[Button] = []
    if asked.kind.stays and has_answer:
        made.extend(() if _open(form, state, asked) else (handle.button(_label(_DONE, facts), "card"),))
    elif not asked.required and state.asking == asked.name:
        made.extend(() if has_answer else (handle.button(_label(_SKIP, facts), "skip"),))
    elif has_answer:
        made.append(handle.button(_label(_KEEP, facts), "card"))
    if isinstance(asked.kind, Ref) and asked.kind.new and not has_answer and facts.searched is None:
        made.append(handle.button(_label(_NEW, facts), "new"))
    return made


def _ways_out(form: Form, state: State, asked: Field, handle: Handle, *, has_answer: bool) -> Row:
    """The last row: back to the question before, or to the card from a field that was opened there."""
    cancel = handle.button(_CANCEL, "cancel")
    if engine.before(form, state) is not None:
        return handle.button(_BACK, "back"), cancel
    if has_answer and not asked.required and not asked.kind.stays and state.asking == asked.name:
        return handle.button(_BACK, "skip"), cancel
    return (cancel,)


def _open(form: Form, state: State, asked: Field) -> bool:
    """Whether the field is still asked when it is left."""
    return engine.current(form, replace(state, asking=None)) is asked


def _card(form: Form, state: State, error: DomainError | None, facts: Facts, handle: Handle, place: Place) -> Screen:
    held = engine.values(form, state)
    room = CARD_LINES - _CARD_LINES - (error is not None) - len(form.outlook)
    shown = {
        "title": form.title,
        "outlook": form.outlook,
        "answers": recap.recap(recap.told(form, state, facts), facts, room, most=300, folded=recap.FOLDED_ON_CARD),
        "error": _refusal(error, form) if error else None,
        "save": None if form.save.id == SAVE.id else form.save,
    }
    extras = [
        handle.button(_label(N_("+ %(field)s")(field=one.label), facts), f"open.{one.name}")
        for one in form.fields
        if one.offered and not one.required and one.shown(held) and (one.name not in held or one.kind.collects)
    ]
    unsure = [
        handle.button(_label(N_("⚠ %(field)s")(field=one.label), facts), f"open.{one.name}")
        for one in engine.doubts(form, state)
    ]
    save = () if error and is_doubt(error.code) else ((handle.button(form.save, "save"),),)
    above = (*_warning(error, handle), *save, *in_rows(_again(form, state, facts, handle)))
    left = CARD_ROWS - len(above) - 1
    doubts = in_rows(unsure)[: left - 1 if extras else left]
    more = _extras(extras, handle, facts, left - len(doubts))
    last = (handle.button(N_("✎ Change"), "edit"), handle.button(_CANCEL, "cancel"))
    return Screen("forms/card.html", shown, (*above, *doubts, *more, last), place)


def _refusal(error: DomainError, form: Form) -> Msg:
    """What was wrong, in words. The engine does not know what the button under the card says."""
    ready = error.code == engine.CARD_IS_READY
    return words_of(DomainError(error.code, save=form.save) if ready else error)


def _extras(buttons: list[Button], handle: Handle, facts: Facts, most_rows: int) -> tuple[Row, ...]:
    """What may be added; where the rows do not hold all of it, More leads to the whole menu."""
    rows, kept = in_rows(buttons), len(buttons)
    while len(rows) > most_rows:
        kept -= 1
        rows = in_rows([*buttons[:kept], handle.button(_label(N_("More ›"), facts), "edit")])
    return rows


def _menu(form: Form, state: State, facts: Facts, handle: Handle, place: Place) -> Screen:
    """Every field with its value and its button, a page of them at a time."""
    held = engine.values(form, state)
    turned = _pages_of_menu([one for one in form.fields if one.shown(held)], facts, handle)
    page = min(facts.page, len(turned) - 1)
    more = ((handle.button(N_("More ›"), f"page.{(page + 1) % len(turned)}"),),) if len(turned) > 1 else ()
    last = (handle.button(_BACK, "card"), handle.button(_CANCEL, "cancel"))
    shown = {
        "title": form.title,
        "answers": recap.page(form, state, facts, turned[page]),
        "page": f"{page + 1}/{len(turned)}" if more else None,
    }
    rows = (*in_rows(_openers(turned[page], facts, handle)), *more, last)
    return Screen("forms/menu.html", shown, rows, place)


def _openers(fields: list[Field], facts: Facts, handle: Handle) -> list[Button]:
    return [handle.button(_label(one.label, facts), f"open.{one.name}") for one in fields]


def _pages_of_menu(fields: list[Field], facts: Facts, handle: Handle) -> list[list[Field]]:
    """So many fields that their values have a line each, and their buttons room above More and the ways out."""
    return paged(
        fields,
        lambda page: len(page) < CARD_LINES and len(in_rows(_openers(page, facts, handle))) <= CARD_ROWS - 2,
    )
