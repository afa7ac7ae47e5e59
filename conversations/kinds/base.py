"""What every kind of field can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from crm_core.kit.errors import DomainError, declare
from screens.screen import N_, Msg, Words

if TYPE_CHECKING:
    from conversations.form import Facts

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
    """A proposed answer; `arg` is what the kind's `read` gets when it is tapped."""

    label: Words
    arg: str


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
    remains: ClassVar[bool] = True  # what was found in a line remains in the free text besides
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

    def chips(self, facts: Facts) -> tuple[Chip, ...]:
        return ()

    def spot(self, line: str, facts: Facts) -> Spot[V] | None:
        """The first such value that a line of free text holds. None for kinds that cannot be told from other words."""
        return None


def typed(given: Given) -> str:
    """The words of what was given. Raises `form.needs_text` for anything else."""
    if isinstance(given, Typed):
        return given.text.strip()
    raise DomainError(NEEDS_TEXT)
