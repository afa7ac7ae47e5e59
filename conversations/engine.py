"""The form engine: pure. What was answered decides where a form stands; position is derived, never stored.

`step` takes an event and answers the new state; `screens.py` draws it. The driver does the asking of the database.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from conversations.form import Facts, Field, Form, Walked
from conversations.kinds.base import Given, Sent, Tapped, Typed
from conversations.stories import goes_on
from crm_core.kit.errors import REQUIRED, DomainError, declare

MENU: Final = "*"  # `asking` while the person chooses which field to change
CONFIRMED: Final = "!"  # the answer that holds the warnings a person overruled, by field
DOUBTS: Final = "%"  # the answer that holds the names of fields whose reading is unsure
SAID: Final = "#"  # the answer that holds what each message said: answers by message id
LAST: Final = "<"  # the answer that holds the last record's values of fields that repeat
HALF: Final = "~"  # the answer that holds half an answer to the field that is asked: the day of a moment

EXTRA: Final = "x."  # begins the names of the company's own fields

CARD_IS_READY = declare("form.card_is_ready", "save")
NO_SUCH_FIELD = declare("form.no_such_field")


@dataclass(frozen=True, slots=True)
class Do:
    """A button of the form itself: open a field, edit, card, skip, back, look, half, again, confirm, save."""

    verb: str
    arg: str = ""


Event = Typed | Tapped | Sent | Do


@dataclass(frozen=True, slots=True)
class State:
    """A draft's answers (JSON by field name), and the field a person opened on purpose."""

    answers: dict[str, Any] = field(default_factory=dict)
    asking: str | None = None
    read: dict[int, tuple[Any, dict[str, Any]]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The answers as values, as they were read for a form; see `values`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where an event leads. `answered` is the field that has just got an answer."""

    state: State
    error: DomainError | None = None
    answered: str | None = None
    submit: bool = False


def values(form: Walked, state: State) -> dict[str, Any]:
    """The answers as values. One that no longer reads, or whose field is hidden now, counts as not given."""
    known = state.read.get(id(form))
    if known is None:
        known = state.read[id(form)] = (form, _values(form, state))  # with the form: its id is no other's meanwhile
    return dict(known[1])


def _values(form: Walked, state: State) -> dict[str, Any]:
    read: dict[str, Any] = {name: state.answers[name] for name in (*form.hidden, *form.steers) if name in state.answers}
    for one in form.fields:
        if one.name in state.answers:
            try:
                read[one.name] = one.kind.load(state.answers[one.name])
            except (ValueError, TypeError, KeyError):
                continue
    hidden = {one.name for one in form.fields if not one.shown(read)}
    return {name: value for name, value in read.items() if name not in hidden}


def current(form: Walked, state: State) -> Field | None:
    """The field that is asked: the opened one, else the first that lacks what is required of it."""
    held = values(form, state)
    if state.asking and state.asking != MENU:
        opened = form.field(state.asking)
        if opened is not None and opened.shown(held):
            return opened
    return next((one for one in form.fields if one.shown(held) and _lacks(one, held)), None)


def _lacks(one: Field, held: dict[str, Any]) -> bool:
    return one.kind.unfinished(held[one.name]) if one.name in held else one.needed(held)


def innermost(form: Walked, state: State) -> Field | None:
    """The field that is asked in the end, inside whatever lines it stands."""
    asked, held = current(form, state), values(form, state)
    inner = asked.kind.inner(held.get(asked.name)) if asked else None
    return inner or asked


def before(form: Walked, state: State) -> Field | None:
    """The field that Back reopens: the last required one before the current one that has an answer."""
    held = values(form, state)
    now = current(form, state)
    if now is None or not now.required:
        return None
    earlier = form.fields[: form.fields.index(now)]
    return next((one for one in reversed(earlier) if one.required and one.name in held), None)


def confirmed(state: State) -> frozenset[str]:
    return frozenset(code for codes in state.answers.get(CONFIRMED, {}).values() for code in codes)


def doubts(form: Walked, state: State) -> list[Field]:
    """The fields whose reading is unsure: marked on the card, each a tap away from being set right."""
    held, unsure = values(form, state), state.answers.get(DOUBTS, ())
    return [one for one in form.fields if one.name in unsure and one.name in held]


def last_time(form: Walked, state: State) -> dict[str, Any]:
    """What "same as last time" would take: values (JSON) of visible fields, where they differ from the held ones."""
    held, last = values(form, state), state.answers.get(LAST, {})
    taken: dict[str, Any] = {}
    for one in form.fields:
        if one.name in last and one.shown(held) and state.answers.get(one.name) != last[one.name]:
            try:
                one.kind.load(last[one.name])
            except (ValueError, TypeError, KeyError):
                continue
            taken[one.name] = last[one.name]
    return taken


def step(form: Walked, state: State, event: Event, facts: Facts) -> Outcome:
    """What the event makes of the draft."""
    if isinstance(event, Do):
        return _do(form, state if event.verb == "half" else replace(state, answers=_whole(state)), event)
    if HALF in state.answers:
        facts = replace(facts, look=state.answers[HALF])
    return _give(form, state, event, facts)


def captioned(form: Walked, outcome: Outcome, sent: Sent, facts: Facts) -> Outcome:
    """With the words under a picture as the answer of the free text that is still wanted."""
    words = str(sent.data.get("caption") or "").strip()
    told = in_prose(form, outcome.state, Typed(words, sent.message_id), facts) if words else None
    return replace(outcome, state=told.state) if told else outcome


def in_prose(form: Walked, state: State, given: Typed, facts: Facts) -> Outcome | None:
    """With the words as the answer of the free text that is still wanted; None where none is, or they do not fit."""
    held = values(form, state)
    wanted = next((one for one in form.fields if one.kind.prose and one.needed(held) and one.shown(held)), None)
    if wanted is None:
        return None
    try:
        answered = accept(state, wanted, wanted.kind.read(given, facts), given.message_id)
    except DomainError:
        return None  # too long, say: it is asked for
    return replace(answered, state=replace(answered.state, asking=state.asking))


def without_hanging(form: Walked, before: State, after: State) -> State:
    """Without the answers that went with another answer: another customer has other contacts."""
    changed = {one.name for one in form.fields if before.answers.get(one.name) != after.answers.get(one.name)}
    gone = {one.name for one in form.fields if one.hangs_on in changed and one.name not in changed}
    return replace(after, answers={name: value for name, value in after.answers.items() if name not in gone})


def _whole(state: State) -> dict[str, Any]:
    """The answers without what is only half an answer."""
    return {name: value for name, value in state.answers.items() if name != HALF}


def _give(form: Walked, state: State, given: Given, facts: Facts) -> Outcome:
    asked = _fitting(form, state, given)
    if asked is None:
        return _told_more(form, state, given, facts) or Outcome(state, DomainError(CARD_IS_READY))
    elsewhere = state.asking == MENU or asked is not current(form, state)
    try:
        value = asked.kind.read(given, facts, values(form, state).get(asked.name))
    except DomainError as error:
        return Outcome(state if elsewhere else replace(state, asking=asked.name), error)
    said = given.message_id if isinstance(given, Typed) else None
    outcome = accept(state, asked, value, said)
    return replace(outcome, state=replace(outcome.state, asking=state.asking)) if elsewhere else outcome


def _told_more(form: Walked, state: State, given: Given, facts: Facts) -> Outcome | None:
    """What is typed below the ready card goes on with its tale, for nothing typed is lost.

    The messages before no longer say all of it: editing them corrects nothing of it any more.
    """
    if state.asking == MENU or not isinstance(given, Typed) or not goes_on(given.text):
        return None
    held = values(form, state)
    tale = next((one for one in form.fields if one.kind.tells() and one.required and one.name in held), None)
    if tale is None:
        return None
    try:
        whole = tale.kind.read(Typed(f"{held[tale.name]}\n{given.text.strip()}"), facts)
    except DomainError as error:
        return Outcome(state, error)
    outcome = accept(state, tale, whole)
    said = _without(state.answers.get(SAID, {}), tale.name)
    return replace(outcome, state=replace(outcome.state, answers=outcome.state.answers | {SAID: said}))


def accept(state: State, asked: Field, value: Any, said: int | None = None) -> Outcome:
    """The state with this answer in it; warnings and doubts about an earlier answer of the field are forgotten.

    `said` is the message that gave it: editing that message corrects the answer.
    """
    answer = asked.kind.dump(value)
    overruled = {name: codes for name, codes in state.answers.get(CONFIRMED, {}).items() if name != asked.name}
    answers = _whole(state) | {asked.name: answer, CONFIRMED: overruled}
    if asked.name in state.answers.get(DOUBTS, ()):
        answers[DOUBTS] = [name for name in state.answers[DOUBTS] if name != asked.name]
    if said is not None:
        answers[SAID] = _without(state.answers.get(SAID, {}), asked.name) | {str(said): {asked.name: answer}}
    return Outcome(State(answers, asked.name if asked.kind.stays else None), answered=asked.name)


def _without(said: dict[str, dict[str, Any]], name: str) -> dict[str, dict[str, Any]]:
    """What earlier messages said, but for this field: a later message has the last word on it."""
    left = {message: {key: value for key, value in read.items() if key != name} for message, read in said.items()}
    return {message: read for message, read in left.items() if read}


def _fitting(form: Walked, state: State, given: Given) -> Field | None:
    """The asked field; for a photo, a place and the like, the field that takes it, wherever the form stands."""
    asked = None if state.asking == MENU else current(form, state)
    if not isinstance(given, Sent) or (asked is not None and asked.kind.takes(given.what)):
        return asked
    held = values(form, state)
    fitting = [one for one in form.fields if one.kind.takes(given.what) and one.shown(held)]
    return next(iter(sorted(fitting, key=lambda one: one.kind.stays)), asked)  # photos before receipts


def _do(form: Walked, state: State, event: Do) -> Outcome:
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
            sure = State(state.answers | {CONFIRMED: overruled})
            return Outcome(sure, answered=state.asking) if about else _save(form, sure)
        case "again":
            return Outcome(State(state.answers | last_time(form, state)))
        case "save":
            return _save(form, state)
        case "half":
            return Outcome(replace(state, answers=state.answers | {HALF: event.arg}))
        case "page" | "look":
            return Outcome(state)
        case _:  # card, skip: nothing is stored
            closed, asked = replace(state, asking=None), current(form, state)
            still = event.verb == "skip" and asked is not None and asked is current(form, closed)
            return Outcome(closed, DomainError(REQUIRED) if still else None)


def _save(form: Walked, state: State) -> Outcome:
    closed = replace(state, asking=None)
    missing = current(form, closed)
    if missing is not None:
        return Outcome(closed, DomainError(REQUIRED, field=missing.name))
    return Outcome(closed, submit=True)


def reopened(form: Walked, state: State, error: DomainError) -> Outcome:
    """The state after the core refused: the field that is at fault is asked again, its answer kept."""
    at_fault = form.field(error.field) if error.field else None
    return Outcome(replace(state, asking=at_fault.name if at_fault else None), error)


def command(form: Form, state: State) -> dict[str, Any]:
    """The arguments of the form's command."""
    held = values(form, state)
    made = {name: held[name] for name in form.hidden if name in held}
    for one in form.fields:
        if one.extra:
            made.setdefault("extra", {})
        if one.extra and one.name in held:
            made["extra"][one.name.removeprefix(EXTRA)] = one.kind.dump(held[one.name])
        elif one.name in held:
            made[one.name] = one.kind.value(held[one.name])
    if any(one.name == "confirmed" for one in fields(form.command)):
        made["confirmed"] = confirmed(state)
    return made
