"""What a form is: fields, and what happens with the answers. Data; the engine walks it."""

from collections.abc import Awaitable, Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.kinds.base import Kind
from crm_core.kit.calendars import WorkTable, is_working_day
from crm_core.kit.languages import Language
from crm_core.kit.words.dates import Reading, read_moment
from crm_core.org.actor import Actor
from crm_core.org.rights import Permission
from crm_core.playbook.book import Playbook
from screens.screen import N_, Msg, Row, Screen, Words

Answers = Mapping[str, Any]  # canonical values by field name

SAVE: Final = N_("💾 Save")

_FORMS: Final[dict[str, "Form"]] = {}


@dataclass(frozen=True, slots=True)
class Field:
    """One question. A required one is asked in its turn; others wait on the card as `+ …`.

    `when` hides the field while it is false; `from_line` lets one-line entry fill it.
    `check` is asked as soon as an answer is read, so that a doubt is heard before the rest is typed.
    """

    name: str
    kind: Kind[Any]
    label: Words
    ask: Words
    required: bool = True
    when: Callable[[Answers], bool] | None = None
    from_line: bool = False
    unless: str | None = None  # the field whose answer makes this one optional: a voice message for the words
    hangs_on: str | None = None  # the field with whose answer this one goes: another customer has other contacts
    offered: bool = True  # as `+ …` on the card; what one simply sends needs no button
    extra: bool = False  # the company's own: its answer goes into the command's `extra`, by name
    after: str | None = None  # the field with the day before which this one cannot be
    check: Callable[[AsyncSession, Actor, Any, frozenset[str]], Awaitable[None]] | None = None

    def needed(self, answers: Answers) -> bool:
        """Whether an answer is still required, with these held."""
        return self.required and self.name not in answers and self.unless not in answers

    def shown(self, answers: Answers) -> bool:
        return self.when is None or self.when(answers)


@dataclass(frozen=True, slots=True)
class Amend:
    """How a saved record is corrected when the message that said something of it is edited.

    `subject` is the key of the button that opens the record, `change` sets one field (its name and value, or `extra`
    and a mapping of the company's), or takes it back (None). `held` is the record as answers of the form.
    `besides` are the answers that others bring along, JSON by field name: a signature tells more than the name.
    """

    subject: str
    change: Callable[[AsyncSession, Actor, int, str, Any], Awaitable[Any]]
    held: Callable[[AsyncSession, Actor, int], Awaitable[Answers]]
    besides: Callable[[Answers], Mapping[str, Any]] = lambda _: {}


Foresee = Callable[[Answers], Awaitable[tuple[Words, ...]]]


@dataclass(frozen=True, slots=True)
class Own:
    """The company's own part of a form: further fields, what is told beside the questions (goals of a visit), what the
    form is called where the company says so, and what the ready card says will come of its answers (who will sign).
    """

    fields: tuple["Field", ...] = ()
    brief: Words | None = None
    title: Words | None = None
    foresee: Foresee | None = None


More = Callable[[AsyncSession, Actor, Answers], Awaitable[Own]]
Prefill = Callable[[AsyncSession, Actor, Answers], Awaitable[dict[str, Any]]]
Submit = Callable[[AsyncSession, Actor, dict[str, Any]], Awaitable[Any]]
Done = Callable[[AsyncSession, Actor, Any], Awaitable[Screen]]


Beside = Callable[[Field, Answers, int, int], tuple[Row, ...]]


def _no_rows(_asked: Field, _held: Answers, _draft_id: int, _revision: int) -> tuple[Row, ...]:
    return ()


async def _nothing(_session: AsyncSession, _actor: Actor, _answers: Answers) -> dict[str, Any]:
    return {}


class Walked(Protocol):
    """What the engine walks: a form, or one line of a list of small forms."""

    @property
    def fields(self) -> tuple["Field", ...]: ...

    @property
    def hidden(self) -> tuple[str, ...]: ...

    @property
    def steers(self) -> tuple[str, ...]: ...

    def field(self, name: str) -> "Field | None": ...


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its fields in the order they are asked, and the operation that takes the answers.

    `version` grows when an old draft's answers would no longer mean the same. `prefill` proposes values for
    fields that have none yet, as JSON (see `Kind.dump`); it is asked at the start and after each answer.
    `beside` gives further buttons for the card that asks a field, by what is held, and the draft's id and revision.
    A form `at_once` is submitted as soon as all that is required has an answer (one change of a record); only an album,
    whose photos come one by one, waits for Save.
    `submit` gets the values keyed by field name, with `confirmed`, the warnings the person overruled.

    `verbs` begin a line that fills the form at once (one-line entry), with the answers that each implies: 打电话 is a
    visit by phone. `when_said` is the field that takes the time of a message that arrived late. `more` answers the
    company's own fields, which may hang on what is answered already. `by` names the answers that `prefill` and `more`
    look at, where these are few: they are asked again only when one of them changes. `amend` lets an edited message
    correct the saved record.
    """

    key: str
    title: Words
    fields: tuple[Field, ...]
    command: type[Any]
    submit: Submit
    done: Done
    permission: Permission
    prefill: Prefill = _nothing
    hidden: tuple[str, ...] = ()  # answers that are given at the start and never asked (an id that is edited)
    steers: tuple[str, ...] = ()  # answers that only steer what is proposed, and are no part of the record
    save: Msg = field(default_factory=lambda: SAVE)
    version: int = 1
    verbs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    when_said: str | None = None
    more: More | None = None
    by: tuple[str, ...] = ()
    brief: Words | None = field(default=None, init=False)
    foresee: Foresee | None = field(default=None, init=False)
    outlook: tuple[Words, ...] = field(default=(), init=False)
    amend: Amend | None = None
    beside: Beside = _no_rows
    at_once: bool = False

    def __post_init__(self) -> None:
        names = [one.name for one in self.fields]
        assert len(set(names)) == len(names), f"{self.key}: a field stands twice"
        assert self.key not in _FORMS, f"form {self.key} is declared twice"
        _FORMS[self.key] = self

    def with_own(self, own: Own) -> "Form":
        """The same form with the company's own fields, behind those that every record needs."""
        twin = copy(self)
        behind = max((at for at, one in enumerate(self.fields, 1) if one.required), default=0)
        object.__setattr__(twin, "fields", (*self.fields[:behind], *own.fields, *self.fields[behind:]))
        object.__setattr__(twin, "brief", own.brief)
        object.__setattr__(twin, "title", own.title or self.title)
        object.__setattr__(twin, "foresee", own.foresee)
        return twin

    def foreseeing(self, outlook: tuple[Words, ...]) -> "Form":
        """The same form, its ready card saying what will come of it."""
        twin = copy(self)
        object.__setattr__(twin, "outlook", outlook)
        return twin

    def field(self, name: str) -> Field | None:
        return next((one for one in self.fields if one.name == name), None)


def forms() -> Mapping[str, Form]:
    """All declared forms."""
    return _FORMS


@dataclass(frozen=True, slots=True)
class Facts:
    """What the engine may know about the world; gathered before it is asked."""

    now: datetime
    zone: ZoneInfo
    language: Language
    book: Playbook
    options: tuple["Option", ...] = ()  # of the reference that is asked, when a list is to be shown
    more: bool = False  # there are further options
    searched: str | None = None  # what was typed to find them
    page: int = 0
    tapped: str = ""  # the chip that was tapped: its page stays in sight
    look: str = ""  # what somebody looks at on the asked field's board: a month, or a day whose hour is still open
    first: date | None = None  # the day before which the asked one cannot be
    table: WorkTable = field(default_factory=dict[date, bool])  # the company's own working days

    @property
    def local_now(self) -> datetime:
        return self.now.astimezone(self.zone)

    def works(self, day: date) -> bool:
        """Whether people work on a day."""
        return is_working_day(day, self.table)

    def moment_in(self, text: str, *, prefer_future: bool = True) -> Reading | None:
        """The first date or time in the text, as `read_moment` reads it, here and now."""
        return read_moment(text, self.local_now, prefer_future=prefer_future, is_working=self.works)


@dataclass(frozen=True, slots=True)
class Option:
    """Something a reference may point at."""

    id: int
    label: str
    hint: str = ""
