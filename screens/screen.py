"""Screen: what a person sees, as data. Words are chosen when it is rendered, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

MOST_DATA_BYTES: Final = 64
MOST_ROWS: Final = 12  # a card wants six; a list with its arrows may take more


class Msg:
    """A text of ours, not yet in a language: the msgid of the catalogue (English) and the facts it names."""

    __slots__ = ("facts", "id")

    def __init__(self, msgid: str, **facts: Any) -> None:
        self.id = msgid
        self.facts = facts

    def __call__(self, **facts: Any) -> "Msg":
        return Msg(self.id, **self.facts, **facts)

    def __repr__(self) -> str:
        return f"Msg({self.id!r})"


def N_(msgid: str) -> Msg:  # noqa: N802 - gettext's own name for it
    """Mark a text for the catalogue."""
    return Msg(msgid)


@dataclass(frozen=True, slots=True)
class Titled:
    """The company's own words, in the languages that its playbook gives them in."""

    texts: Mapping[Any, str]

    def text(self, language: str) -> str:
        return self.texts.get(language) or next(iter(self.texts.values()))


Words = Msg | Titled | str  # ours, translated; the company's; or somebody's, shown as it is


class Place(StrEnum):
    EDIT = "edit"  # in the tapped message's place, where there is one
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message. It carries `key:id:revision[:arg]`: what to do, to what, as seen when."""

    label: Words
    key: str
    id: int = 0
    revision: int = 0
    arg: str = ""
    url: str | None = None

    @property
    def data(self) -> str:
        """The callback data; its length is checked here, so that no card can be built that would be refused."""
        text = f"{self.key}:{self.id}:{self.revision}" + (f":{self.arg}" if self.arg else "")
        if len(text.encode()) > MOST_DATA_BYTES:
            raise ValueError(f"button data too long: {text}")
        return text


@dataclass(frozen=True, slots=True)
class Tap:
    """A button's data, read back. Anybody can forge it: it only says what is asked for."""

    key: str
    id: int
    revision: int
    arg: str

    @classmethod
    def read(cls, data: str) -> "Tap | None":
        """None for what is no button data of ours."""
        parts = data.split(":", 3)
        if len(parts) < 3:
            return None
        key, number, revision, *rest = parts
        if not (_is_number(number) and _is_number(revision)):
            return None
        return cls(key, int(number), int(revision), rest[0] if rest else "")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


Row = tuple[Button, ...]


Picture = str | Mapping[str, str]
"""The messenger's handle of a picture; or one to be uploaded: that we keep, {"stored": key, "name": file name}, or that
we draw when it is sent, {"svg": the drawing, "name": file name}."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Text from a template with its facts, rows of buttons, and where it goes.

    `subject` ("visit:12") makes it a card whose copies can be found and edited later.
    """

    template: str
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    rows: tuple[Row, ...] = ()
    place: Place = Place.EDIT
    subject: str | None = None
    own_undo: bool = False  # it has its own way to take back what it tells of
    photo: Picture | None = None

    @property
    def drawn(self) -> bool:
        """Whether its picture is one that we draw: it takes the tapped message's place as text does."""
        return isinstance(self.photo, Mapping) and "svg" in self.photo

    def __post_init__(self) -> None:
        assert len(self.rows) <= MOST_ROWS, f"{self.template}: too many rows"


WIDE: Final = 18  # of a label, in narrow characters: two such fit side by side on a phone
WIDE_OF_THREE: Final = 12


def fit(text: str, most: int = 28) -> str:
    """A label's length of somebody's words. Han characters count double, as they are wide."""
    width = 0
    for at, character in enumerate(text):
        width += 2 if ord(character) > 0x2E80 else 1
        if width > most:
            return text[: max(at - 1, 1)].rstrip() + "…"
    return text


def in_rows(buttons: list[Button], columns: int = 2) -> tuple[Row, ...]:
    """Buttons side by side; a long label takes a row of its own."""
    rows: list[Row] = []
    for button in buttons:
        joined = (*rows[-1], button) if rows else ()
        if 1 < len(joined) <= columns and all(_width(one.label) <= _widest(len(joined)) for one in joined):
            rows[-1] = joined
        else:
            rows.append((button,))
    return tuple(rows)


def _widest(columns: int) -> int:
    return WIDE if columns == 2 else WIDE_OF_THREE


def _width(label: Words) -> int:
    if isinstance(label, Titled):
        return max(map(_width, label.texts.values()))
    text = label if isinstance(label, str) else label.id
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)
