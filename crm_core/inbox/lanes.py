"""Working off the inbox: the next update whose chat nobody is busy with, in order, exactly once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, DateTime, bindparam, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.drafts.models import Draft
from crm_core.inbox.models import Chat, Update
from crm_core.kit.db import now
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.queries import actor_of, actors

MOST_ATTEMPTS: Final = 5
_BACKOFF_S: Final = (0.2, 1, 5, 20)

Lane = tuple[int, int]
"""A bot's id and a chat's id."""

FIRST_LANE: Final[Lane] = (0, 0)


@dataclass(frozen=True, slots=True)
class Claimed:
    """An update in hand. Its chat's row and its own stay locked until the unit of work ends."""

    id: int
    bot_id: int
    chat_id: int
    payload: dict[str, Any]
    attempts: int
    received_at: datetime
    language: str | None
    draft_id: int | None

    @property
    def lane(self) -> Lane:
        return self.bot_id, self.chat_id


# Walks from lane to lane by the index, looking at the head of each and at nothing behind it: the cost is that of the
# lanes passed over (held, or waiting to be tried again), however long they are. Written so that there is one plan:
# states are literals, or a prepared statement could not use the partial index; each LATERAL with a lock or a limit is a
# loop, whatever the statistics say. What was never tried is due, whatever the clock of its intake said.
_CLAIM: Final = (
    text("""
    WITH RECURSIVE lane AS (
        SELECT :bot_id AS bot_id, :chat_id AS chat_id, NULL::bigint AS head, false AS due, false AS lapped
        UNION ALL
        SELECT next.bot_id, next.chat_id, next.id, next.attempts = 0 OR next.due_at <= :now, next.lapped
        FROM lane CROSS JOIN LATERAL (
            (SELECT bot_id, chat_id, id, attempts, due_at, lane.lapped FROM inbox
             WHERE state = 'pending' AND (bot_id, chat_id) > (lane.bot_id, lane.chat_id)
             ORDER BY bot_id, chat_id, id LIMIT 1)
            UNION ALL
            (SELECT bot_id, chat_id, id, attempts, due_at, true FROM inbox
             WHERE state = 'pending' AND NOT lane.lapped
             ORDER BY bot_id, chat_id, id LIMIT 1)
            LIMIT 1
        ) AS next
        WHERE NOT (next.lapped AND (next.bot_id, next.chat_id) > (:bot_id, :chat_id))
    )
    SELECT u.id, u.bot_id, u.chat_id, u.payload, u.attempts, u.received_at, c.language, c.draft_id
    FROM lane CROSS JOIN LATERAL (
        SELECT chat.bot_id, chat.chat_id, language, draft_id FROM chat
        WHERE chat.bot_id = lane.bot_id AND chat.chat_id = lane.chat_id
        FOR UPDATE SKIP LOCKED
    ) AS c CROSS JOIN LATERAL (
        SELECT inbox.id, inbox.bot_id, inbox.chat_id, payload, attempts, received_at FROM inbox
        WHERE inbox.id = lane.head AND inbox.chat_id = c.chat_id AND state = 'pending'
        FOR UPDATE SKIP LOCKED
    ) AS u
    WHERE lane.due
    LIMIT 1
    """)
    .bindparams(
        bindparam("bot_id", type_=BigInteger),
        bindparam("chat_id", type_=BigInteger),
        bindparam("now", type_=DateTime(timezone=True)),
    )
    .columns(
        Update.id,
        Update.bot_id,
        Update.chat_id,
        Update.payload,
        Update.attempts,
        Update.received_at,
        Chat.language,
        Chat.draft_id,
    )
)


async def claim(session: AsyncSession, after: Lane = FIRST_LANE) -> Claimed | None:
    """The first update of a lane that nobody holds; none if there is none that is due.

    Lanes take turns: the search begins behind `after`, the lane that was served last, and comes round to it in the end,
    so that nobody who writes much keeps others waiting. Locking the chat keeps others out of the lane; locking the
    update makes PostgreSQL look again whether it is still pending, should another worker have ended it since this
    statement's snapshot.
    """
    parameters = {"bot_id": after[0], "chat_id": after[1], "now": now(session)}
    row = (await session.execute(_CLAIM, parameters)).one_or_none()
    return Claimed(*row) if row else None


async def person(
    session: AsyncSession, claimed: Claimed, telegram_id: int, language: str | None
) -> tuple[Actor | None, Draft | None]:
    """Who is behind a Telegram user, and the draft that is open in this chat: one statement."""
    open_here = (Draft.id == claimed.draft_id) & (Draft.employee_id == Employee.id) & (Draft.expires_at > now(session))
    statement = (
        actors(now(session))
        .add_columns(Draft)
        .outerjoin(Draft, open_here)
        .where(Employee.telegram_id == telegram_id, Employee.bot_id == claimed.bot_id)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        return None, None
    return actor_of(row, claimed.language or language), row.Draft


async def open_draft(session: AsyncSession, bot_id: int, chat_id: int, draft_id: int | None) -> None:
    """From now on what is typed in this chat goes to this draft; none: to no draft."""
    here = (Chat.bot_id == bot_id, Chat.chat_id == chat_id)
    await session.execute(update(Chat).where(*here).values(draft_id=draft_id))


async def choose_language(session: AsyncSession, bot_id: int, chat_id: int, language: str) -> None:
    """Remember a chat's language: the person's choice, or what the messenger said first."""
    here = (Chat.bot_id == bot_id, Chat.chat_id == chat_id)
    await session.execute(update(Chat).where(*here).values(language=language))


async def done(session: AsyncSession, update_id: int) -> None:
    """The update has taken effect, in this very transaction."""
    values = {"state": "done", "ended_at": now(session), "error": None}
    await session.execute(update(Update).where(Update.id == update_id).values(values))


async def failed(session: AsyncSession, claimed: Claimed, error: str) -> bool:
    """Count a failed attempt: later again, or aside as a dead letter. Answers whether this made it dead.

    Changes nothing when the attempt took effect although nobody heard of its commit, or when somebody else has tried
    since.
    """
    row = await session.get_one(Update, claimed.id, with_for_update=True, populate_existing=True)
    if row.state != "pending" or row.attempts != claimed.attempts:
        return False
    row.attempts += 1
    row.error = error.replace("\0", "").encode(errors="replace").decode()[:2000]
    dead = row.attempts >= MOST_ATTEMPTS
    if dead:
        row.state = "dead"
        row.ended_at = now(session)
    else:
        row.due_at = now(session) + timedelta(seconds=_BACKOFF_S[row.attempts - 1])
    await session.flush()
    return dead
