"""What every kind of field can do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from crm_core.kit.errors import DomainError, declare
from screens.screen import N_, Msg, Words

if TYPE_CHECKING:
    from conversations.form import Facts, Field

V = TypeVar("V")

NEEDS_TEXT = declare("form.needs_text")
NOT_A_CHOICE = declare("form.not_a_choice", "value")


@dataclass(frozen=True, slots=True)
class Typed:
    """Words, and the message they stand in, so that editing it can correct what they said."""

    text: str
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Tapped:
    """A chip of the field that is asked."""

    arg: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A photo, place or other thing. `group` is the album's id, so that an album is one item."""

    what: str  # photo, location, voice, document, contact, other
    data: dict[str, Any]
    group: str | None = None
    message_id: int | None = None


Given = Typed | Tapped | Sent


@dataclass(frozen=True, slots=True)
class Chip:
    """A proposed answer; `arg` is what the kind's `read` gets when it is tapped.

    Another `verb` than ANSWER does not answer: LOOK draws the kind's board for `arg`, HALF keeps `arg` as half an
    answer (the day of a moment), IDLE does nothing.
    """

    label: Words
    arg: str
    verb: str = "v"


ANSWER, LOOK, HALF, IDLE = "v", "look", "half", "idle"


@dataclass(frozen=True, slots=True)
class Board:
    """A grid of chips that takes the place of a field's chips while somebody looks at it: a calendar's month.

    Back leads to the board of `back`, or to the chips.
    """

    rows: tuple[tuple[Chip, ...], ...]
    hint: Msg
    back: str = ""


@dataclass(frozen=True, slots=True)
class Spot(Generic[V]):
    """A value found in a line, and where. `sure` is false when the words may mean something else."""

    value: V
    start: int
    end: int
    sure: bool = True


class Kind(Generic[V]):
    """A kind of field.

    `read` raises a DomainError for what it cannot take. `write` gives words that `read` reads back to the same value.
    `dump` and `load` are the draft's JSON; `load` raises ValueError, TypeError or KeyError for what no longer reads.
    """

    collects: ClassVar[bool] = False  # several sendings make one answer (photos)
    repeats: ClassVar[bool] = False  # the last record's value is likely to fit again ("same as last time")
    prose: ClassVar[bool] = False  # takes what remains of a line when other fields have read it
    remains: ClassVar[bool] = True  # what was found in a line remains in the free text besides
    stays: ClassVar[bool] = False  # an answer does not close the field: Done does
    hint: ClassVar[Msg] = N_("Type your answer.")

    def read(self, given: Given, facts: Facts, before: V | None = None) -> V:
        """The value of what was given; `before` is what the field already holds."""
        raise NotImplementedError

    def write(self, value: V, facts: Facts) -> str:
        raise NotImplementedError

    def show(self, value: V, facts: Facts) -> Words:
        """What the card shows."""
        return self.write(value, facts)

    def dump(self, value: V) -> Any:
        return value

    def load(self, stored: Any) -> V:
        return stored

    def value(self, answer: V) -> Any:
        """What the command gets."""
        return answer

    def tells(self) -> bool:
        """Whether the answer is a tale, which may go on in a further message."""
        return False

    def takes(self, what: str) -> bool:
        """Whether such a thing (photo, location, …), sent at any time, belongs here."""
        return False

    def chips(self, facts: Facts, held: V | None = None) -> tuple[Chip, ...]:
        """Proposed answers; long lists of them are paged."""
        return ()

    def tools(self, facts: Facts, held: V | None = None) -> tuple[Chip, ...]:
        """What else may be done, shown below the chips on each of their pages."""
        return ()

    def board(self, facts: Facts, held: V | None = None) -> Board | None:
        """The grid for `facts.look`, if there is one."""
        return None

    def unfinished(self, value: V) -> bool:
        """Whether more must be asked before this is an answer."""
        return False

    def inner(self, held: V | None) -> Field | None:
        """The field within this one that is asked now."""
        return None

    def hint_now(self, held: V | None) -> Msg:
        return self.hint

    def spot(self, line: str, facts: Facts) -> Spot[V] | None:
        """The first such value that a line of free text holds. None for kinds that cannot be told from other words."""
        return None

    def looks(self, words: str) -> bool:
        """Whether a part of a line is likely to be the whole answer; asked of prose where several fields take some."""
        return True

    def pick(self, text: str, facts: Facts) -> Spot[V] | None:
        """The first run of words in a line that reads as this kind: 45 in “taxi 45 yesterday”."""
        words = [found.span() for found in _WORD.finditer(text)]
        for first, (start, _) in enumerate(words):
            for _, end in reversed(words[first : first + _MOST_WORDS]):
                if _CUT.match(text, end - 1):
                    continue
                try:
                    return Spot(self.read(Typed(text[start:end]), facts), start, end)
                except DomainError:
                    continue
        return None


_WORD = re.compile(r"[一-鿿]+|(?:[^\s,，、;；一-鿿]|(?<=\d)[,，](?=\d{3}))+")  # 打车45 are two
_CUT = re.compile(r"\d[一-鿿]")  # no number ends before its unit: 3月 is not 3
_MOST_WORDS = 6


def typed(given: Given) -> str:
    """The words of what was given. Raises `form.needs_text` for anything else."""
    if isinstance(given, Typed):
        return given.text.strip()
    raise DomainError(NEEDS_TEXT)
