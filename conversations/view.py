"""How a form looks: one living card that asks, and in the end shows everything with Save."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from conversations import engine
from conversations.engine import MENU, Outcome, State
from conversations.form import Facts, Field, Form
from conversations.kinds.base import Chip
from conversations.kinds.reference import Ref
from crm_core.kit.errors import DomainError
from screens.screen import N_, Button, Msg, Place, Row, Screen, fit, in_rows
from screens.wording import words_of

KEY: Final = "form"
_CHIPS_A_PAGE: Final = 10
_BACK, _CANCEL, _SKIP, _KEEP = N_("« Back"), N_("✖ Cancel"), N_("Skip"), N_("Keep it")
_NEW = N_("➕ New")
_ANYWAY = N_("Yes, go on")
Maker = Callable[..., Button]


@dataclass(frozen=True, slots=True)
class Handle:
    """Which draft the card's buttons act on, as of when."""

    draft_id: int
    revision: int

    def button(self, label: Msg | str, arg: str) -> Button:
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
    held = engine.values(form, state)
    return [
        {"label": one.label, "text": one.kind.show(held[one.name], facts)}
        for one in form.fields
        if one.name in held and one is not besides
    ]


def _ask(
    form: Form, state: State, asked: Field, error: DomainError | None, facts: Facts, handle: Handle, place: Place
) -> Screen:
    held = engine.values(form, state).get(asked.name)
    shown = {
        "title": form.title,
        "lines": _lines(form, state, facts, besides=asked),
        "ask": asked.ask,
        "hint": asked.kind.hint,
        "held": asked.kind.show(held, facts) if held is not None else None,
        "error": words_of(error) if error else None,
        "searched": facts.searched if isinstance(asked.kind, Ref) else None,
        "found": len(facts.options),
        "more": facts.more,
    }
    rows = (
        *_warning(error, handle),
        *_chips(asked, facts, handle),
        *_nothing_found(asked, facts, handle),
        _ways_out(form, state, asked, handle, has_answer=held is not None, searched=facts.searched is not None),
    )
    return Screen("forms/ask.html", shown, rows, place)


def _warning(error: DomainError | None, handle: Handle) -> tuple[Row, ...]:
    """A doubt may be overruled: the button says so."""
    if error is None or not is_warning(error.code):
        return ()
    return ((handle.button(_ANYWAY, f"confirm.{error.code}"),),)


def is_warning(code: str) -> bool:
    """Codes of doubts, not of errors."""
    return code.endswith((".similar", ".similar_hidden"))


def _chips(asked: Field, facts: Facts, handle: Handle) -> tuple[Row, ...]:
    chips = asked.kind.chips(facts)
    shown = chips[facts.page * _CHIPS_A_PAGE : (facts.page + 1) * _CHIPS_A_PAGE]
    rows = in_rows([_chip(chip, handle) for chip in shown])
    if len(chips) <= _CHIPS_A_PAGE:
        return rows
    pages = -(-len(chips) // _CHIPS_A_PAGE)
    turn = handle.button(N_("More ›"), f"page.{(facts.page + 1) % pages}")
    return (*rows, (turn,))


def _chip(chip: Chip, handle: Handle) -> Button:
    return handle.button(chip.label, f"v.{chip.arg}")


def _nothing_found(asked: Field, facts: Facts, handle: Handle) -> tuple[Row, ...]:
    if not isinstance(asked.kind, Ref) or facts.searched is None or facts.options:
        return ()
    recent = handle.button(N_("My recent ones"), "page.0")
    if asked.kind.new is None:
        return ((recent,),)
    return ((handle.button(N_("➕ New: %(name)s")(name=fit(facts.searched, 16)), "new"), recent),)


def _ways_out(
    form: Form, state: State, asked: Field, handle: Handle, *, has_answer: bool, searched: bool = False
) -> Row:
    row: list[Button] = []
    if not asked.required and state.asking == asked.name:
        row.append(handle.button(_BACK if has_answer else _SKIP, "skip"))
    elif has_answer:
        row.append(handle.button(_KEEP, "card"))
    if engine.before(form, state) is not None:
        row.insert(0, handle.button(_BACK, "back"))
    if isinstance(asked.kind, Ref) and asked.kind.new and not has_answer and not searched:
        row.append(handle.button(_NEW, "new"))
    row.append(handle.button(_CANCEL, "cancel"))
    return tuple(row)


def _card(form: Form, state: State, error: DomainError | None, facts: Facts, handle: Handle, place: Place) -> Screen:
    held = engine.values(form, state)
    shown = {
        "title": form.title,
        "lines": _lines(form, state, facts),
        "error": words_of(error) if error else None,
    }
    extras = [
        handle.button(N_("+ %(field)s")(field=one.label), f"open.{one.name}")
        for one in form.fields
        if not one.required and one.shown(held) and (one.name not in held or one.kind.collects)
    ]
    save = () if error and is_warning(error.code) else ((handle.button(form.save, "save"),),)
    rows = (
        *_warning(error, handle),
        *save,
        *in_rows(extras, columns=3)[:3],
        (handle.button(N_("✎ Change"), "edit"), handle.button(_CANCEL, "cancel")),
    )
    return Screen("forms/card.html", shown, rows, place)


def _menu(form: Form, state: State, facts: Facts, handle: Handle, place: Place) -> Screen:
    held = engine.values(form, state)
    fields = [handle.button(one.label, f"open.{one.name}") for one in form.fields if one.shown(held)]
    rows = (*in_rows(fields, columns=3), (handle.button(_BACK, "card"), handle.button(_CANCEL, "cancel")))
    return Screen("forms/menu.html", {"title": form.title, "lines": _lines(form, state, facts)}, rows, place)
