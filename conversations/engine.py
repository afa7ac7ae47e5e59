"""The form engine: pure. What was answered decides where a form stands; position is derived, never stored.

`step` takes an event and answers the new state; `screens.py` draws it. The driver does the asking of the database.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from conversations.form import Facts, Field, Form
from conversations.kinds.base import Given, Kind, Sent, Tapped, Typed
from conversations.kinds.files import Files
from conversations.kinds.media import Photos, Place
from crm_core.kit.errors import REQUIRED, DomainError, declare

MENU: Final = "*"  # `asking` while the person chooses which field to change
CONFIRMED: Final = "!"  # the answer that holds the warnings a person overruled, by field

CARD_IS_READY = declare("form.card_is_ready")
NO_SUCH_FIELD = declare("form.no_such_field")

_FITS: Final[dict[str, type[Kind[Any]]]] = {
    "photo": Photos,
    "location": Place,
    **dict.fromkeys(("voice", "document", "video", "audio"), Files),
}


@dataclass(frozen=True, slots=True)
class Do:
    """A button of the form itself: open a field, edit, card, skip, back, confirm a warning, save."""

    verb: str
    arg: str = ""


Event = Typed | Tapped | Sent | Do


@dataclass(frozen=True, slots=True)
class State:
    """A draft's answers (JSON by field name), and the field a person opened on purpose."""

    answers: dict[str, Any] = field(default_factory=dict)
    asking: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where an event leads. `answered` is the field that has just got an answer."""

    state: State
    error: DomainError | None = None
    answered: str | None = None
    submit: bool = False


def values(form: Form, state: State) -> dict[str, Any]:
    """The answers as values. One that no longer reads, or whose field is hidden now, counts as not given."""
    read: dict[str, Any] = {name: state.answers[name] for name in form.hidden if name in state.answers}
    for one in form.fields:
        if one.name in state.answers:
            try:
                read[one.name] = one.kind.load(state.answers[one.name])
            except (ValueError, TypeError, KeyError):
                continue
    hidden = {one.name for one in form.fields if not one.shown(read)}
    return {name: value for name, value in read.items() if name not in hidden}


def current(form: Form, state: State) -> Field | None:
    """The field that is asked: the opened one, else the first required one without an answer."""
    held = values(form, state)
    if state.asking and state.asking != MENU:
        opened = form.field(state.asking)
        if opened is not None and opened.shown(held):
            return opened
    return next((one for one in form.fields if one.required and one.shown(held) and one.name not in held), None)


def before(form: Form, state: State) -> Field | None:
    """The field that Back reopens: the last required one before the current one that has an answer."""
    held = values(form, state)
    now = current(form, state)
    if now is None or not now.required:
        return None
    earlier = form.fields[: form.fields.index(now)]
    return next((one for one in reversed(earlier) if one.required and one.name in held), None)


def confirmed(state: State) -> frozenset[str]:
    return frozenset(code for codes in state.answers.get(CONFIRMED, {}).values() for code in codes)


def step(form: Form, state: State, event: Event, facts: Facts) -> Outcome:
    """What the event makes of the draft."""
    if isinstance(event, Do):
        return _do(form, state, event)
    return _give(form, state, event, facts)


def _give(form: Form, state: State, given: Given, facts: Facts) -> Outcome:
    asked = _fitting(form, state, given)
    if asked is None:
        return Outcome(state, DomainError(CARD_IS_READY))
    try:
        value = asked.kind.read(given, facts, values(form, state).get(asked.name))
    except DomainError as error:
        elsewhere = asked is not current(form, state)
        return Outcome(state if elsewhere else replace(state, asking=asked.name), error)
    return accept(state, asked, value)


def accept(state: State, asked: Field, value: Any) -> Outcome:
    """The state with this answer in it; warnings about an earlier answer of the field are forgotten."""
    overruled = {name: codes for name, codes in state.answers.get(CONFIRMED, {}).items() if name != asked.name}
    answers = state.answers | {asked.name: asked.kind.dump(value), CONFIRMED: overruled}
    return Outcome(State(answers), answered=asked.name)


def _fitting(form: Form, state: State, given: Given) -> Field | None:
    """The asked field; for a photo or a place, the field that takes such things, wherever the form stands."""
    asked = None if state.asking == MENU else current(form, state)
    if not isinstance(given, Sent) or given.what not in _FITS:
        return asked
    wanted = _FITS[given.what]
    if asked is not None and isinstance(asked.kind, wanted):
        return asked
    held = values(form, state)
    return next((one for one in form.fields if isinstance(one.kind, wanted) and one.shown(held)), asked)


def _do(form: Form, state: State, event: Do) -> Outcome:
    match event.verb:
        case "open":
            if form.field(event.arg) is None:
                return Outcome(state, DomainError(NO_SUCH_FIELD))
            return Outcome(replace(state, asking=event.arg))
        case "edit":
            return Outcome(replace(state, asking=MENU))
        case "back":
            earlier = before(form, state)
            return Outcome(replace(state, asking=earlier.name if earlier else None))
        case "confirm":
            overruled = dict(state.answers.get(CONFIRMED, {}))
            about = state.asking or ""
            overruled[about] = sorted({*overruled.get(about, ()), event.arg})
            return Outcome(State(state.answers | {CONFIRMED: overruled}), answered=state.asking)
        case "save":
            return _save(form, state)
        case _:  # card, skip, page: nothing is stored
            return Outcome(replace(state, asking=None))


def _save(form: Form, state: State) -> Outcome:
    closed = replace(state, asking=None)
    missing = current(form, closed)
    if missing is not None:
        return Outcome(closed, DomainError(REQUIRED, field=missing.name))
    return Outcome(closed, submit=True)


def reopened(form: Form, state: State, error: DomainError) -> Outcome:
    """The state after the core refused: the field that is at fault is asked again, its answer kept."""
    at_fault = form.field(error.field) if error.field else None
    return Outcome(replace(state, asking=at_fault.name if at_fault else None), error)


def command(form: Form, state: State) -> dict[str, Any]:
    """The arguments of the form's command."""
    held = values(form, state)
    made = {name: held[name] for name in form.hidden if name in held}
    for one in form.fields:
        if one.name in held:
            made[one.name] = one.kind.value(held[one.name])
    if any(one.name == "confirmed" for one in fields(form.command)):
        made["confirmed"] = confirmed(state)
    return made
