"""What is due for a person, drawn as it stands: the digest's lines, one thing alone, the whole list.

The floor of the reminders declares its rules here, so that buttons can be answered without knowing it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Final, Protocol

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import now
from crm_core.occurrences import acts
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence, ReminderChoice
from crm_core.org import queries
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.outbox.models import Card
from screens import post
from screens.post import Reader
from screens.reminders import Item, digest_screen, item_screen, pushed_screen
from screens.screen import Msg, Screen, Words

DIGEST: Final = "digest"
ALONE: Final = "due"
MOST_LINES: Final = 5
_NOON: Final = time(12)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing of a digest, ready to be shown: its words, and whether it is done meanwhile. `value` is what it is
    worth in a year, where that is known: of two that are as urgent the more valuable goes first. `of_customer` is the
    customer whom the action opens, where the thing itself is another.
    """

    occurrence_id: int
    subject_id: int
    label: str
    words: Msg
    done: bool = False
    value: Decimal | None = None
    of_customer: int | None = None


class Kind(Protocol):
    """What a rule tells of itself: see `reminders.rules.Rule`."""

    @property
    def key(self) -> str: ...
    @property
    def title(self) -> Msg: ...
    @property
    def why(self) -> Msg: ...
    @property
    def action(self) -> str: ...
    @property
    def action_label(self) -> Msg: ...
    @property
    def sign(self) -> str: ...
    @property
    def done_label(self) -> Msg: ...
    @property
    def order(self) -> int: ...
    @property
    def must(self) -> bool: ...
    @property
    def pushes(self) -> bool: ...
    @property
    def patience(self) -> timedelta | None: ...
    async def lines_of(self, session: AsyncSession, actor: Actor, held: Sequence[Occurrence], /) -> list[Line]: ...
    async def drawn(self, session: AsyncSession, actor: Actor, row: Occurrence, /) -> Screen | None: ...


_KINDS: Final[dict[str, Kind]] = {}


def know(kind: Kind) -> None:
    assert kind.key not in _KINDS, f"rule {kind.key} is declared twice"
    _KINDS[kind.key] = kind


def kinds() -> Mapping[str, Kind]:
    """By key, the most urgent first."""
    return dict(sorted(_KINDS.items(), key=lambda one: one[1].order))


async def by_kind(session: AsyncSession, actor: Actor, held: Sequence[Occurrence]) -> list[tuple[Kind, Line]]:
    """The lines of several occurrences, the most urgent kind first."""
    made: list[tuple[Kind, Line]] = []
    for kind in kinds().values():
        mine = [row for row in held if row.rule == kind.key]
        made += [(kind, line) for line in (await kind.lines_of(session, actor, mine) if mine else [])]
    return made


async def due_now(session: AsyncSession, actor: Actor) -> list[tuple[Kind, Line]]:
    """What a person has to do now: `due_of` all that is open."""
    return await due_of(session, actor, (await held_by(session, (actor.id,))).get(actor.id, ()))


async def held_by(
    session: AsyncSession, people: Collection[int], pushed_since: datetime | None = None
) -> dict[int, list[Occurrence]]:
    """What is open by now, by person: nothing of the kinds that the person has switched off, unless a superior nudged,
    nor what came as a message of its own after `pushed_since`.
    """
    off = (
        ReminderChoice.employee_id == Occurrence.recipient_id,
        ReminderChoice.rule == Occurrence.rule,
        ReminderChoice.how == "off",
    )
    statement = select(Occurrence).where(
        Occurrence.recipient_id.in_(people),
        occurrences.is_open,
        Occurrence.due_at <= now(session),
        or_(~exists().where(*off), Occurrence.nudged_by.is_not(None)),
    )
    if pushed_since is not None:
        came = (Card.id == Occurrence.card_id, Card.subject.startswith(f"{ALONE}:"), Card.created_at >= pushed_since)
        statement = statement.where(~exists().where(*came))
    held: dict[int, list[Occurrence]] = {}
    for row in await session.scalars(statement.execution_options(populate_existing=True)):
        held.setdefault(row.recipient_id, []).append(row)
    return held


async def due_of(session: AsyncSession, actor: Actor, held: Sequence[Occurrence]) -> list[tuple[Kind, Line]]:
    """What of it still holds, the most urgent first: of one record or customer what is most urgent."""
    about = {row.id: (row.subject_type, row.subject_id) for row in held}
    told: set[tuple[str, int]] = set()
    lines: list[tuple[Kind, Line]] = []
    for kind, line in await by_kind(session, actor, held):
        subject = ("customer", line.of_customer) if line.of_customer is not None else about[line.occurrence_id]
        if not line.done and subject not in told:
            told.add(subject)
            lines.append((kind, line))
    return lines


def digest_of(
    actor: Actor,
    lines: Sequence[tuple[Kind, Line]],
    at: datetime,
    more: int = 0,
    off: Mapping[int, Words] | None = None,
) -> Screen:
    """The digest that was sent `at`: each open line has its action and [later]; what is done shows ✓, what is put off
    until when.
    """
    items = [item_of(kind, line, (off or {}).get(line.occurrence_id)) for kind, line in lines]
    early = actor.local(at).time() < _NOON
    return digest_screen(actor, items, more, subject=f"{DIGEST}:{actor.id}", early=early)


def item_of(kind: Kind, line: Line, put_off: Words | None = None) -> Item:
    return Item(
        id=line.occurrence_id,
        subject_id=line.of_customer or line.subject_id,
        label=line.label,
        words=line.words,
        done=line.done,
        action=kind.action,
        action_label=kind.action_label,
        sign=kind.sign,
        done_label=kind.done_label,
        put_off=put_off,
    )


async def list_of(session: AsyncSession, actor: Actor, page: int = 0) -> Screen:
    """All that is due, five a page: what a person finds here whether a digest came or not."""
    lines = await due_now(session, actor)
    start = page * MOST_LINES if page * MOST_LINES < len(lines) else 0
    shown = lines[start : start + MOST_LINES]
    items = [item_of(kind, line) for kind, line in shown]
    return digest_screen(actor, items, 0, of_all=len(lines), page=start // MOST_LINES)


async def open_item(session: AsyncSession, actor: Actor, row: Occurrence) -> Screen:
    """One thing with all that can be done with it; what holds no more says so."""
    kind = kinds().get(row.rule)
    found = await kind.lines_of(session, actor, [row]) if kind is not None else []
    if kind is None or not found or found[0].done or row.state not in occurrences.OPEN:
        return await standing(session, actor, row)
    moment = now(session)
    later = () if row.snoozes >= acts.MOST_SNOOZES else acts.offered(actor, moment)
    return item_screen(item_of(kind, found[0]), kind.why, kind.must, later, row.snoozes)


async def standing(session: AsyncSession, actor: Actor, row: Occurrence) -> Screen:
    """The message on which this stands, drawn as things are; who came from the list gets the list."""
    held: Sequence[Occurrence] = await occurrences.on_card(session, row.card_id) if row.card_id is not None else ()
    card = await session.get(Card, row.card_id) if held else None
    if card is None:
        return await list_of(session, actor)
    return await _drawn(session, actor, card, held)


async def alone(session: AsyncSession, actor: Actor, row: Occurrence) -> Screen | None:
    """One thing as a message of its own; none when it holds no more."""
    kind = kinds().get(row.rule)
    found = await kind.lines_of(session, actor, [row]) if kind is not None else []
    if kind is None or not found:
        return None
    own = await kind.drawn(session, actor, row) if row.state in occurrences.OPEN else None
    item = item_of(kind, found[0], _until(actor, row) if row.due_at > now(session) else None)
    superior = await session.get(Employee, row.nudged_by) if row.nudged_by is not None else None
    by = superior.name if superior is not None else None
    return pushed_screen(item, kind.why, kind.must, own, nudged=by, subject=f"{ALONE}:{row.id}")


def _until(actor: Actor, row: Occurrence) -> Words | None:
    """The hour is said where there is one; else it comes with that day's digest."""
    until = actor.local(row.due_at)
    return until.strftime("%m-%d %H:%M" if until.time() != time(0) else "%m-%d") if row.state == "snoozed" else None


async def _drawn(session: AsyncSession, actor: Actor, card: Card, held: Sequence[Occurrence]) -> Screen:
    if (card.subject or "").startswith(f"{ALONE}:"):
        shown = await alone(session, actor, held[0])
        if shown is not None:
            return shown
    moment = now(session)
    put_off = {row.id: _until(actor, row) for row in held if row.state == "snoozed" and row.due_at > moment}
    off = {at: words for at, words in put_off.items() if words is not None}
    return digest_of(actor, await by_kind(session, actor, held), card.created_at, off=off)


async def redraw(session: AsyncSession, card_id: int) -> None:
    """Draw a sent card again as things stand: what is settled shows ✓."""
    card = await session.scalar(select(Card).where(Card.id == card_id))
    held = await occurrences.on_card(session, card_id)
    if card is None or not held:
        return
    actor = await queries.actor(session, held[0].recipient_id)
    if actor is None:
        return
    reader = Reader(card.bot_id, card.chat_id, actor.language, actor.zone)
    await post.edit(session, reader, await _drawn(session, actor, card, held), card_id=card_id)
