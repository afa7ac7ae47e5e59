"""Rule: who and what is due, as a declaration."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from conversations.due import Line, know
from crm_core.kit.calendars import WorkTable
from crm_core.kit.db import AnyRow, AnySelect, Database, now
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence
from crm_core.org.actor import Actor
from crm_core.playbook.book import Playbook
from screens.reminders import OVER
from screens.screen import N_, Msg, Screen

__all__ = ["DONE", "OVER", "SEEN", "Daily", "Ends", "Line", "Rule", "Stored", "Sweep", "Told", "rules", "sweeps"]

_RULES: Final[dict[str, "Rule"]] = {}
_SWEEPS: Final[dict[str, "Sweep"]] = {}

DONE: Final = N_("✓ done")
SEEN: Final = N_("✓ seen")
TICK: Final = N_("✓ Done")
OPEN: Final = N_("Open")
LISTED: Final = N_("it is on your list of what is due")


@dataclass(frozen=True, slots=True)
class Stored:
    """Due by a stored time (decision 0002): `at` is cleared as it is noticed. All columns are of one table, or of
    tables that `where` joins to it; `to` is who hears of it, `key` tells this time from the next. `about` is the id of
    the subject, where that is not the row's own.
    """

    subject: str
    at: InstrumentedAttribute[Any]
    to: ColumnElement[Any] | InstrumentedAttribute[Any]
    key: ColumnElement[Any] | InstrumentedAttribute[Any]
    where: tuple[ColumnElement[bool], ...] = ()
    about: InstrumentedAttribute[Any] | None = None


@dataclass(frozen=True, slots=True)
class Daily:
    """Due by the calendar: looked at once for each local day of each zone (decision 0021), from the hour `at` of that
    day on; a playbook may say which.

    `rows` selects `subject_id`, `recipient_id`, `occurrence_key`, and the days `on` after which it is too late (or
    null), for the days after `since` up to `day`. A key keeps what is selected twice from being told twice.
    A rule of some `days` only (a Friday, a working day) looks at the last of these that was not looked at.

    What is to be told some days `ahead` is looked for up to so many days from now, and where days off come before it,
    up to the first working day after them: nobody is written to meanwhile.
    """

    subject: str
    rows: Callable[[Playbook, date, date], AnySelect]
    ahead: Callable[[Playbook], int] | None = None
    at: time | Callable[[Playbook], time] = time(0)  # local
    days: Callable[[Playbook, WorkTable, date], bool] | None = None

    def hour(self, book: Playbook) -> time:
        return self.at if isinstance(self.at, time) else self.at(book)


@dataclass(frozen=True, slots=True)
class Told:
    """How occurrences become lines: `rows` selects `id`, `label`, `value` and what `words` needs of those subjects
    that the person may see, the first to be told first; and `of_customer`, where it is about a customer without being
    one. `words` is asked again at the moment of sending: None is no longer due.
    """

    rows: Callable[[Actor, Collection[int]], AnySelect]
    words: Callable[[AnyRow, Occurrence, Actor, date], Msg | None]
    done: Msg = DONE


@dataclass(frozen=True, slots=True)
class Ends:
    """That an event closes what is open about these subjects: as done, or as no matter of theirs any more. `whose`
    names the one person for whom it is closed.
    """

    event: type
    subjects: Callable[[Any], Sequence[int]]
    done: bool = True
    whose: Callable[[Any], int] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: all that a feature says of one kind of reminder.

    `due` says who and what, or `notice` inserts the occurrences itself, in a statement whose cost follows what is due.
    `told` (or `lines`) turns open occurrences of one person into lines, leaving out what is no longer due: it is asked
    again at the moment of sending. `action` is the button key that does the thing at once, if there is one; `why` is
    the answer to “why do I get this?”. `ends` closes it by itself.

    In the digest what is more urgent has a lower `order`. One that `pushes` comes as a message of its own while the
    day's messages last, drawn by `card` if it has one. One that may not be switched off (`must`) can only be moved
    into the digest. The manager's weekly list has it when it was open for longer than the company allows, or than its
    own `patience`.
    """

    key: str
    title: Msg
    action: str = ""
    action_label: Msg = OPEN
    why: Msg = LISTED
    due: Stored | Daily | None = None
    notice: Callable[[AsyncSession], Awaitable[int]] | None = None
    told: Told | None = None
    lines: Callable[[AsyncSession, Actor, Sequence[Any]], Awaitable[list[Line]]] | None = None
    ends: tuple[Ends, ...] = ()
    order: int = 50
    pushes: bool = False
    must: bool = False
    lives: timedelta | None = None
    card: Callable[[AsyncSession, Actor, Occurrence], Awaitable[Screen | None]] | None = None
    sign: str = "📝"
    done_label: Msg = TICK
    patience: timedelta | None = None

    def __post_init__(self) -> None:
        assert (self.due is None) != (self.notice is None), f"rule {self.key}: due, or notice"
        assert (self.told is None) != (self.lines is None), f"rule {self.key}: told, or lines"
        know(self)
        _RULES[self.key] = self

    @property
    def urgency(self) -> int:
        """1 to 100, for ranking."""
        return max(100 - self.order, 1)

    async def lines_of(self, session: AsyncSession, actor: Actor, held: Sequence[Occurrence]) -> list[Line]:
        """The open ones that still hold, in the order of the rule; those that were settled as done."""
        if self.told is not None:
            return await _told(session, self.told, actor, held)
        assert self.lines is not None
        return await self.lines(session, actor, held)

    async def drawn(self, session: AsyncSession, actor: Actor, row: Occurrence) -> Screen | None:
        """Its own card, if it has one."""
        return await self.card(session, actor, row) if self.card is not None else None


def ended(row: Occurrence, done: Msg) -> Msg:
    """What a line says that is open no more: `done`, or that its time is over."""
    return done if row.state == "done" else OVER


async def _told(session: AsyncSession, told: Told, actor: Actor, held: Sequence[Occurrence]) -> list[Line]:
    wanted: dict[int, dict[int, Occurrence]] = {}
    for row in sorted(held, key=lambda one: (one.state in occurrences.OPEN, one.id)):
        wanted.setdefault(row.subject_id, {})[row.recipient_id] = row  # of one's several the open, of these the newest
    today = actor.today(now(session))
    made: list[Line] = []
    for fact in (await session.execute(told.rows(actor, wanted.keys()))).all():
        for row in wanted[fact.id].values():
            done, over = row.state == "done", row.state == "expired"
            words = OVER if over else told.done if done else told.words(fact, row, actor, today)
            if words is not None and row.state != "suppressed":
                customer = getattr(fact, "of_customer", None)
                made.append(Line(row.id, fact.id, fact.label, words, done or over, fact.value, customer))
    return made


def rules() -> Mapping[str, Rule]:
    """By key, the most urgent first."""
    return dict(sorted(_RULES.items(), key=lambda one: one[1].order))


@dataclass(frozen=True, slots=True)
class Sweep:
    """What the clock does at each tick besides the rules: `strike` opens units of work of its own, and answers how
    much it did. One thing's trouble stops no other; that is `strike`'s to see to.
    """

    key: str
    strike: Callable[[Database], Awaitable[int]]

    def __post_init__(self) -> None:
        assert self.key not in _SWEEPS, f"sweep {self.key} is declared twice"
        _SWEEPS[self.key] = self


def sweeps() -> Mapping[str, Sweep]:
    return _SWEEPS
