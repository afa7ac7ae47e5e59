"""What a form's card tells of the answers: what matters most, in few lines; the rest folded into one line of names."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from conversations import engine
from conversations.engine import DOUBTS, SAID, State
from conversations.form import Facts, Field, Form
from screens.catalogue import say
from screens.screen import N_, Msg, fit, width

_LINES: Final = (36, 46)  # narrow characters on a line of a phone; and on one that may turn, rather than leave out
_MOST_SHOWN: Final = 360  # characters of labels and answers on a card, beside its title, question and hint
_CAPS: Final = (300, 120, 80, 60, 40, 25, 15)
_ABOVE_QUESTION: Final = 4  # answers, and lines of them
_NAMES: Final = 44  # of what is folded, in narrow characters


@dataclass(frozen=True, slots=True)
class Told:
    """An answer in words. `doubt`: its reading is unsure; `said`: the person typed it."""

    label: str
    text: str
    doubt: bool = False
    said: bool = False

    @property
    def width(self) -> int:
        return width(f"{self.label}{self.text}") + (5 if self.doubt else 2)


@dataclass(frozen=True, slots=True)
class Recap:
    """Lines of answers, each shown with `most` characters; and what else is filled, if that is not all."""

    lines: tuple[tuple[Told, ...], ...]
    most: int
    folded: Msg | None = None


def told(form: Form, state: State, facts: Facts, besides: Field | None = None) -> list[Told]:
    """All that is answered: what is required or unsure first, each in the form's order."""
    held, unsure = engine.values(form, state), state.answers.get(DOUBTS, ())
    fields = [one for one in form.fields if one.name in held and one is not besides]
    fields.sort(key=lambda one: not (one.required or one.name in unsure))
    return [_told(one, held[one.name], facts, state) for one in fields]


def _told(one: Field, value: object, facts: Facts, state: State) -> Told:
    text = " ".join(say(one.kind.show(value, facts), facts.language).split())
    said = any(one.name in read for read in state.answers.get(SAID, {}).values())
    return Told(say(one.label, facts.language), text, one.name in state.answers.get(DOUBTS, ()), said)


def above_question(form: Form, state: State, facts: Facts, asked: Field, most_lines: int, taken: int) -> Recap:
    """A few answers for who is asked another: first what the person typed, so that none of it seems lost."""
    answers = sorted(told(form, state, facts, besides=asked), key=lambda one: not one.said)
    at_most = max(_ABOVE_QUESTION, sum(one.said for one in answers))
    return recap(answers, facts, min(most_lines, _ABOVE_QUESTION), most=60, taken=taken, at_most=at_most)


def page(form: Form, state: State, facts: Facts, fields: Iterable[Field]) -> Recap:
    """These fields, a line for each, whether they have an answer or not."""
    held = engine.values(form, state)
    shown = tuple(
        _told(one, held[one.name], facts, state) if one.name in held else Told(say(one.label, facts.language), "–")
        for one in fields
    )
    return Recap(tuple((one,) for one in shown), _most(shown, _MOST_SHOWN))


FOLDED: Final = N_("%(count)s more filled: %(names)s")
FOLDED_ON_CARD: Final = N_("%(count)s more filled: %(names)s. ✎ Change shows them all.")


def recap(
    answers: list[Told],
    facts: Facts,
    most_lines: int,
    *,
    most: int,
    taken: int = 0,
    at_most: int | None = None,
    folded: Msg = FOLDED,
) -> Recap:
    """The answers, `at_most` so many, in so many lines, of `most` characters each.

    Each has its own line if there is room; else short ones share one, and those that still do not fit are named in the
    last line, in the words of `folded`. `taken` is how many characters the card says besides.
    """
    first = answers[:at_most]
    lines = [(one,) for one in first]
    left_out = len(first) < len(answers)
    for wide in _LINES:
        if len(lines) + left_out > most_lines:
            lines = _joined(first, wide)
    fits = len(lines) + left_out <= most_lines
    kept = lines if fits else lines[: max(most_lines - 1, 0)]
    shown = [one for line in kept for one in line]
    rest = answers[len(shown) :]
    return Recap(
        tuple(kept),
        _most(shown, _MOST_SHOWN - taken, most),
        folded(count=len(rest), names=_names(rest, facts)) if rest else None,
    )


def _joined(answers: list[Told], wide: int) -> list[tuple[Told, ...]]:
    """Neighbours that are short enough stand on one line."""
    lines: list[tuple[Told, ...]] = []
    for one in answers:
        beside = (*lines[-1], one) if lines else (one,)
        if len(beside) > 1 and sum(each.width for each in beside) + 3 * (len(beside) - 1) <= wide:
            lines[-1] = beside
        else:
            lines.append((one,))
    return lines


def _names(rest: list[Told], facts: Facts) -> str:
    """As many names as stand on a line, each of them whole."""
    between = "、" if facts.language == "zh" else ", "
    kept = [fit(rest[0].label, _NAMES)]
    for one in rest[1:]:
        if width(between.join([*kept, one.label])) > _NAMES:
            return between.join([*kept, "…"])
        kept.append(one.label)
    return between.join(kept)


def _most(shown: Iterable[Told], room: int, most: int = _CAPS[0]) -> int:
    """How much of each answer is shown, so that the card stays short: fewer characters of many long ones."""
    texts = [one.text for one in shown]
    room -= sum(len(one.label) for one in shown)
    caps = [cap for cap in _CAPS if cap <= most]
    return next((cap for cap in caps if sum(min(len(text), cap) for text in texts) <= room), caps[-1])
