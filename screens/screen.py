"""Screen: what a person sees, as data. Words are chosen when it is rendered, in the reader's language."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, TypeVar
from unicodedata import east_asian_width

T = TypeVar("T")

MOST_DATA_BYTES: Final = 64
CARD_LINES: Final = 8  # of text on a card
CARD_ROWS: Final = 6  # of buttons under a card; only a list and a calendar's month have more
MOST_ROWS: Final = 10


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
we draw when it is sent, {"svg": the drawing, "name": file name}; a document may be a spreadsheet of few rows, written
when it is sent, {"sheet": see `screens.sheets.sheet_of`, "name": file name}."""


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
    secret: bool = False  # it opens a door to whoever reads it: no word of it is kept once it was sent

    @property
    def drawn(self) -> bool:
        """Whether its picture is one that we draw: it takes the tapped message's place as text does."""
        return isinstance(self.photo, Mapping) and "svg" in self.photo

    def __post_init__(self) -> None:
        assert len(self.rows) <= MOST_ROWS, f"{self.template}: too many rows"


WIDE: Final = 18  # of a label, in narrow characters: two such fit side by side on a phone


def fit(text: str, most: int = 28) -> str:
    """A label's length of somebody's words. Han characters and pictures count double, as they are wide."""
    wide = 0
    for at, character in enumerate(text):
        wide += _width_of(character)
        if wide > most:
            return text[: max(at - 1, 1)].rstrip() + "…"
    return text


def in_rows(buttons: Iterable[Button], wide: int = WIDE) -> tuple[Row, ...]:
    """Buttons two by two; a label of more than `wide` narrow characters takes a row of its own."""
    rows: list[Row] = []
    for button in buttons:
        beside = rows[-1] if rows else ()
        if len(beside) == 1 and all(_width(one.label) <= wide for one in (*beside, button)):
            rows[-1] = (*beside, button)
        else:
            rows.append((button,))
    return tuple(rows)


def paged(things: Iterable[T], fits: Callable[[list[T]], bool]) -> list[list[T]]:
    """Things page by page, on each as many as fit; one page, maybe empty, at least."""
    made: list[list[T]] = [[]]
    for one in things:
        if fits([*made[-1], one]):
            made[-1].append(one)
        else:
            made.append([one])
    return made


def pages(buttons: Iterable[Button], most_rows: int) -> tuple[tuple[Row, ...], ...]:
    """Buttons in rows, page by page, so many rows on each."""
    return tuple(map(in_rows, paged(buttons, lambda page: len(in_rows(page)) <= most_rows)))


def page_rows(buttons: Iterable[Button], page: int, back: Button, more: Button) -> tuple[Row, ...]:
    """A card of very many buttons: one page of them."""
    return turned_to(pages(buttons, CARD_ROWS - 1), page, back, more)


def turned_to(turned: Sequence[Sequence[Row]], page: int, back: Button, more: Button) -> tuple[Row, ...]:
    """One page of several; the last row leads back, and on to the next page.

    `more` gets the number of that page behind its argument; behind the last comes the first.
    """
    page = page if page < len(turned) else 0
    on = (replace(more, arg=f"{more.arg}{(page + 1) % len(turned)}"),) if len(turned) > 1 else ()
    return (*turned[page], (back, *on))


def page_number(arg: str) -> int:
    """Which page a button of `page_rows` asks for. Anybody can forge it."""
    return int(arg) if _is_number(arg) else 0


def width(text: str) -> int:
    """In narrow characters: Han characters and pictures count double."""
    return sum(map(_width_of, text))


def _width_of(character: str) -> int:
    return 2 if east_asian_width(character) in "WF" else 1


def _width(label: Words) -> int:
    if isinstance(label, Titled):
        return max(map(width, label.texts.values()))
    if isinstance(label, str):
        return width(label)
    facts = {name: one.id if isinstance(one, Msg) else one for name, one in label.facts.items()}
    return width(label.id % facts if facts else label.id)
