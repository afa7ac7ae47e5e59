"""The outbox as delivery sees it: claim what may go now, settle what became of it, recover after a crash.

There is one sender a bot (a lease sees to that), so claiming takes no locks of its own. Acknowledgements of taps are
a lane apart: they wait for nothing and nothing waits for them. The costs follow the open rows, however many are stored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Update, func, literal_column, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import ask, now, placed
from crm_core.org.attention import note_reachable
from crm_core.outbox.models import FORGET, Ambiguous, Card, Outgoing, Priority, State
from crm_core.upgrades.service import ahead

ACKS_AT_ONCE = 30
MAX_ATTEMPTS = 14
"""Attempts with an outcome not known before a row becomes a dead letter; waits that Telegram asks for don't count."""

LEFT_TO_NEWER_FOR = timedelta(seconds=20)
NEVER_LATER = timedelta(minutes=15)
"""No retry is put off by more: the sender's longest pause is five minutes."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row in the sender's hand. `message_id` is its card's, if the card was ever delivered."""

    id: int
    bot_id: int
    chat_id: int
    card_id: int | None
    priority: int
    method: str
    payload: dict[str, Any]
    ambiguous: str
    attempts: int
    message_id: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a claimed row. `message_id` goes to the row's card.

    A row that is still `PENDING` is tried again, not before `not_before` if that is given; an attempt that is not
    `counted` leaves no trace in `attempts`. `unreachable`: the person of this chat can't be written to.
    `moved_to`: the group has another id now.
    """

    row: Claimed
    state: State
    error: str | None = None
    message_id: int | None = None
    not_before: datetime | None = None
    counted: bool = True
    unreachable: bool = False
    moved_to: int | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is noted with one statement."""
        return not self.unreachable and self.moved_to is None

    @property
    def is_sent(self) -> bool:
        """Whether it went out, and noting that takes one statement."""
        return self.state is State.SENT and self.is_plain


# State and attempts are compared, not only the id: a sender that lost its lease may still tell what it sent (the row is
# pending again, and need not be sent twice), but not touch a row that its successor has taken up (`attempts` moved on).
_OUTCOMES: Final = f"""
outcome AS (
  SELECT * FROM unnest(
    :ids::bigint[], :attempts::smallint[], :states::text[], :errors::text[], :not_before::timestamptz[],
    :back::smallint[], :cards::bigint[], :messages::bigint[]
  ) AS v(id, attempts, state, error, not_before, back, card_id, message_id)
  LIMIT cardinality(:ids)  -- all of them; else the planner reckons with more, and plans anew each time
), card_note AS (
  UPDATE card c SET message_id = v.message_id FROM outcome v WHERE c.id = v.card_id AND v.message_id IS NOT NULL
  RETURNING c.id, c.message_id
), settled AS (
  UPDATE outbox o SET
    state = v.state,
    error = v.error,
    payload = CASE WHEN v.state IN ('sent','dropped') AND o.payload ? '{FORGET}' THEN '{{}}' ELSE o.payload END,
    ended_at = CASE WHEN v.state = 'pending' THEN NULL ELSE :now::timestamptz END,
    not_before = coalesce(v.not_before, o.not_before),
    attempts = o.attempts - v.back
  FROM outcome v
  WHERE o.id = v.id AND o.attempts = v.attempts AND o.state <> ALL('{{sent,dropped,dead}}')
  RETURNING o.id
)
"""  # noqa: S608 - ours
_OF_OUTCOMES: Final = ("now", "ids", "attempts", "states", "errors", "not_before", "back", "cards", "messages")
_SETTLE = placed(f"WITH {_OUTCOMES} SELECT count(*) FROM settled", *_OF_OUTCOMES)  # noqa: S608 - ours

# A row waits for the earlier ones of its lane (chat and priority) unless those are only planned for later, and for
# every earlier row on its card, of whatever lane: an edit never overtakes the sending of what it edits.
# What was not planned for later may go whatever the clock of who wrote it said, and a retry is never so far off as
# `absurd`: a clock that was set back must not keep people waiting until it has caught up with itself.
# At most two lanes a chat have a head, so twice the limit is enough to find that many chats.
# Written so that there is one plan, whatever the statistics say: for a minute they know nothing of a morning's flood.
# What may go next is walked in its order (`ix_outbox_next`). What goes before it is looked up for each (by `OFFSET 0`
# that can become no join) in its lane (`ix_outbox_lane`, which alone has what is being sent). A row is found by its id
# alone, for PostgreSQL does not see that `<> ALL` asks for open ones.
# All parts of a statement see the tables as they were before it. To the others, what it settles is still being sent: so
# they leave out what is `settled`. A row that a successor has put back is still pending, and nothing may change twice
# in one statement: so they leave out the ids. A card's message is the one just noted; and cards are noted before rows
# are taken, for `service.let_go` takes a person's cards and rows in that order, too.
_CLAIM = placed(
    f"""
WITH {_OUTCOMES}, late AS (
  UPDATE outbox SET state = 'dropped', ended_at = :now, error = 'expired'
  WHERE bot_id = :bot_id::bigint AND state = 'pending' AND expires_at <= :now AND id <> ALL(:ids)
), acks AS (
  SELECT id, card_id FROM outbox
  WHERE bot_id = :bot_id AND state = 'pending' AND priority = :ack::smallint AND id <> ALL(:ids)
    AND (not_before <= :now OR not_before <= created_at) AND (expires_at IS NULL OR expires_at > :now)
  ORDER BY id LIMIT :acks::bigint
), heads AS (
  SELECT o.id, o.chat_id, o.priority, o.card_id FROM outbox o
  WHERE o.bot_id = :bot_id AND o.state = 'pending' AND o.priority > :ack AND o.priority <= :most::smallint
    AND o.id <> ALL(:ids)
    AND (o.not_before <= :now OR o.not_before <= o.created_at OR o.attempts > 0 AND o.not_before > :absurd::timestamptz)
    AND (o.expires_at IS NULL OR o.expires_at > :now)
    AND o.chat_id <> ALL(:busy::bigint[])
    AND NOT EXISTS (
      SELECT FROM outbox e
      WHERE e.bot_id = :bot_id AND e.chat_id = o.chat_id AND e.priority = o.priority AND e.id < o.id
        AND e.state IN ('pending','sending') AND e.id NOT IN (SELECT id FROM settled)
        AND (e.not_before <= :now OR e.not_before <= e.created_at OR e.attempts > 0)
        AND (e.expires_at IS NULL OR e.expires_at > :now)
      OFFSET 0)
    AND NOT EXISTS (
      SELECT FROM outbox e
      WHERE e.bot_id = :bot_id AND e.chat_id = o.chat_id AND e.card_id = o.card_id AND e.id < o.id
        AND e.state IN ('pending','sending') AND e.id NOT IN (SELECT id FROM settled)
        AND (e.expires_at IS NULL OR e.expires_at > :now)
      OFFSET 0)
  ORDER BY o.priority, o.id LIMIT :limit::bigint * 2
), firsts AS (
  SELECT DISTINCT ON (chat_id) id, priority, card_id FROM heads ORDER BY chat_id, priority, id
), picked AS (
  SELECT id, card_id FROM acks
  UNION ALL
  (SELECT id, card_id FROM firsts ORDER BY priority, id LIMIT :limit)
)
UPDATE outbox o SET state = 'sending', attempts = o.attempts + 1
FROM picked p LEFT JOIN card c ON c.id = p.card_id LEFT JOIN card_note n ON n.id = p.card_id
WHERE o.id = p.id AND o.state <> ALL('{{sending,sent,dropped,dead}}')
RETURNING o.id, o.bot_id, o.chat_id, o.card_id, o.priority, o.method, o.payload, o.ambiguous, o.attempts,
  coalesce(n.message_id, c.message_id) AS message_id
""",  # noqa: S608 - ours
    *_OF_OUTCOMES,
    *("absurd", "bot_id", "ack", "most", "acks", "busy", "limit"),
)


async def claim(
    session: AsyncSession,
    bot_id: int,
    limit: int,
    busy_chats: Iterable[int],
    *,
    most: int = Priority.PUSH,
    sent: Sequence[Outcome] = (),
) -> list[Claimed]:
    """Mark what may go now as being sent, answers before pushes, and return it in that order.

    At most `limit` messages no less urgent than `most`, one a chat, none of `busy_chats` (the caller names the chats
    it has in flight), and whatever acknowledgements wait. Rows that are too late to be of use are dropped on the way.

    What was `sent` meanwhile is settled in the same round trip, and holds up nothing any more.
    """
    assert all(one.is_sent for one in sent), "more is to be done about it: settle it"
    moment = now(session)
    scope = (moment + NEVER_LATER, bot_id, Priority.ACK, most, ACKS_AT_ONCE, list(busy_chats), limit)
    rows = [Claimed(*row) for row in await ask(session, _CLAIM, moment, *_columns(sent), *scope)]
    rows.sort(key=lambda row: (row.priority, row.id))
    return rows


async def settle(session: AsyncSession, outcomes: Sequence[Outcome]) -> None:
    """Write down what became of claimed rows: one round trip, and one more for each person or group that has gone."""
    if not outcomes:
        return
    if any(one.state is State.DEAD for one in outcomes) and await ahead(session):
        outcomes = [_left_to_newer(session, one) for one in outcomes]
    await ask(session, _SETTLE, now(session), *_columns(outcomes))
    for one in outcomes:
        if one.unreachable:
            await _give_up_on(session, one.row, one.error)
        if one.moved_to is not None:
            await _move(session, one.row, one.moved_to)


def _columns(outcomes: Sequence[Outcome]) -> tuple[list[Any], ...]:
    """In the order of `_OF_OUTCOMES`."""
    return (
        [one.row.id for one in outcomes],
        [one.row.attempts for one in outcomes],
        [one.state.value for one in outcomes],
        [one.error for one in outcomes],
        [one.not_before for one in outcomes],
        [0 if one.counted else 1 for one in outcomes],
        [one.row.card_id for one in outcomes],
        [one.message_id for one in outcomes],
    )


def _left_to_newer(session: AsyncSession, outcome: Outcome) -> Outcome:
    """What we could not make anything of, or Telegram not of what we made, waits for a newer program, which is at work
    already: for some minutes.
    """
    if outcome.state is not State.DEAD or outcome.row.attempts >= MAX_ATTEMPTS:
        return outcome
    return replace(outcome, state=State.PENDING, not_before=now(session) + LEFT_TO_NEWER_FOR)


def _in(state: State) -> ColumnElement[bool]:
    """The state as a literal: only so can the planner use the partial indexes of open rows."""
    return Outgoing.state == literal_column(f"'{state.value}'")


async def _give_up_on(session: AsyncSession, row: Claimed, error: str | None) -> None:
    """The person is marked unreachable, and what was to be pushed to them is dropped, with the reason."""
    await note_reachable(session, row.bot_id, row.chat_id, reachable=False)
    drop = update(Outgoing).where(
        Outgoing.bot_id == row.bot_id,
        Outgoing.chat_id == row.chat_id,
        Outgoing.priority >= Priority.PUSH,
        _in(State.PENDING),
    )
    await _change(session, drop.values(state=State.DROPPED, ended_at=now(session), error=error))


async def _move(session: AsyncSession, row: Claimed, new: int) -> None:
    """A group became a supergroup: its open rows and cards follow. Messages from before can't be edited there."""
    rows = update(Outgoing).where(
        Outgoing.bot_id == row.bot_id, Outgoing.chat_id == row.chat_id, _in(State.PENDING) | _in(State.SENDING)
    )
    cards = update(Card).where(Card.bot_id == row.bot_id, Card.chat_id == row.chat_id)
    await _change(session, rows.values(chat_id=new))
    await _change(session, cards.values(chat_id=new, message_id=None))


async def recover(session: AsyncSession, bot_id: int, in_hand: Iterable[int] = ()) -> int:
    """Take up rows that are marked as being sent by nobody, each by its own policy. Returns how many there were.

    Only for who holds the bot's lease and has nothing in flight but the rows `in_hand`. Such rows are left by a sender
    that died, or by a claim whose commit went through although its confirmation was lost.
    """
    at = now(session)
    lost = update(Outgoing).where(Outgoing.bot_id == bot_id, _in(State.SENDING), Outgoing.id.not_in(list(in_hand)))
    unsure = lost.where(Outgoing.ambiguous == Ambiguous.DROP)
    tried_enough = lost.where(Outgoing.attempts >= MAX_ATTEMPTS)
    ended = {"ended_at": at, "error": "the sender stopped while sending"}
    dropped = await _change(session, unsure.values(state=State.DROPPED, **ended))
    dead = await _change(session, tried_enough.values(state=State.DEAD, **ended))
    return dropped + dead + await _change(session, lost.values(state=State.PENDING))


async def due(session: AsyncSession, bot_id: int) -> int:
    """How many rows are due or in flight: what a stopping sender would still have to do."""
    at = now(session)
    statement = select(func.count()).where(
        Outgoing.bot_id == bot_id,
        _in(State.PENDING) | _in(State.SENDING),
        (Outgoing.not_before <= at) | (Outgoing.not_before <= Outgoing.created_at),
        func.coalesce(Outgoing.expires_at > at, True),
    )
    return (await session.execute(statement)).scalar_one()


async def _change(session: AsyncSession, statement: Update) -> int:
    """Run an update behind the back of loaded objects. Returns how many rows it changed."""
    result = await session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount
