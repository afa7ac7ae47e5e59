"""Working off the inbox: the next update whose chat nobody is busy with, in order, exactly once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import DateTime, func, literal_column, update
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.drafts.models import Draft
from crm_core.inbox.models import Chat, Update
from crm_core.kit.behind import Write, later
from crm_core.kit.db import AnyRow, ask, now, placed
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.queries import actor_of, actors
from crm_core.org.workdays import know_table
from crm_core.outbox.service import Tapped, know_tapped

MOST_ATTEMPTS: Final = 5
_BACKOFF_S: Final = (0.2, 1, 5, 20)
_NEVER_LATER: Final = timedelta(minutes=1)

Lane = tuple[int, int]
"""A bot's id and a chat's id."""

FIRST_LANE: Final[Lane] = (0, 0)
_OPEN: Final = "open_draft"  # what is known of it in a unit of work: bot, chat and draft


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
    found: AnyRow | None = field(default=None, repr=False, compare=False)
    """Who sits in this chat, if it is a private one, and the draft that is open there; see `person`."""
    more: bool = True  # whether there was any other update to be done

    @property
    def lane(self) -> Lane:
        return self.bot_id, self.chat_id


# What nearly every update needs to know comes along: whoever sits in the chat, the open draft, the tapped card.
_PERSON: Final = actors(literal_column("CAST(:now AS timestamptz)", DateTime(timezone=True))).where(
    Employee.telegram_id == literal_column("u.chat_id"), Employee.bot_id == literal_column("u.bot_id")
)
_PERSON_SQL: Final = _PERSON.compile(dialect=asyncpg.dialect(), compile_kwargs={"literal_binds": True})
_BESIDES: Final = """
    a.*, d.*, u.tapped,
    (SELECT card.id FROM card
     WHERE card.bot_id = u.bot_id AND card.chat_id = u.chat_id AND card.message_id = u.tapped
     ORDER BY card.id LIMIT 1) AS tapped_card_id,
    (SELECT jsonb_object_agg(day, works) FROM work_day) AS work_days,
    (SELECT count(*) > 1 FROM (
        SELECT FROM inbox WHERE state = 'pending' ORDER BY bot_id, chat_id, id LIMIT 2
    ) AS two) AS more
"""
_BESIDE: Final = f"""
    LEFT JOIN LATERAL ({_PERSON_SQL} LIMIT 1) AS a ON true
    LEFT JOIN LATERAL (
        SELECT {", ".join(f"draft.{one.name} AS draft_{one.name}" for one in Draft.__table__.columns)} FROM draft
        WHERE draft.id = c.draft_id AND draft.employee_id = a.employee_id AND draft.expires_at > :now LIMIT 1
    ) AS d ON true
"""  # noqa: S608 - of our own words
_NUMBER: Final = "payload #>> '{callback_query,message,message_id}'"
_TAPPED: Final = f"CASE WHEN {_NUMBER} ~ '^[0-9]{{1,15}}$' THEN ({_NUMBER})::bigint END AS tapped"
# Walks from lane to lane by the index, looking at the head of each and at nothing behind it: the cost is that of the
# lanes passed over (held, or waiting to be tried again), however long they are. Written so that there is one plan:
# states are literals, or a prepared statement could not use the partial index; each LATERAL with a lock or a limit is a
# loop, whatever the statistics say. What was never tried is due, whatever the clock of its intake said, unless that was
# to let it wait; what came, or is to be tried again, at an `absurd` time was noted by a clock that has been set back.
_CLAIM: Final = placed(
    f"""
    WITH RECURSIVE lane AS (
        SELECT :bot_id::bigint AS bot_id, :chat_id::bigint AS chat_id, NULL::bigint AS head,
            false AS due, false AS lapped
        UNION ALL
        SELECT next.bot_id, next.chat_id, next.id,
            next.due_at <= :now OR next.received_at > :absurd
                OR CASE next.attempts WHEN 0 THEN next.due_at <= next.received_at ELSE next.due_at > :absurd END,
            next.lapped
        FROM lane CROSS JOIN LATERAL (
            (SELECT bot_id, chat_id, id, attempts, due_at, received_at, lane.lapped FROM inbox
             WHERE state = 'pending' AND (bot_id, chat_id) > (lane.bot_id, lane.chat_id)
             ORDER BY bot_id, chat_id, id LIMIT 1)
            UNION ALL
            (SELECT bot_id, chat_id, id, attempts, due_at, received_at, true FROM inbox
             WHERE state = 'pending' AND NOT lane.lapped
             ORDER BY bot_id, chat_id, id LIMIT 1)
            LIMIT 1
        ) AS next
        WHERE NOT (next.lapped AND (next.bot_id, next.chat_id) > (:bot_id, :chat_id))
    )
    SELECT u.id, u.bot_id, u.chat_id, u.payload, u.attempts, u.received_at, c.language, c.draft_id AS chat_draft_id,
        {_BESIDES}
    FROM lane CROSS JOIN LATERAL (
        SELECT chat.bot_id, chat.chat_id, language, draft_id FROM chat
        WHERE chat.bot_id = lane.bot_id AND chat.chat_id = lane.chat_id
        FOR UPDATE SKIP LOCKED
    ) AS c CROSS JOIN LATERAL (
        SELECT inbox.id, inbox.bot_id, inbox.chat_id, payload, attempts, received_at, {_TAPPED} FROM inbox
        WHERE inbox.id = lane.head AND inbox.chat_id = c.chat_id AND state = 'pending'
        FOR UPDATE SKIP LOCKED
    ) AS u {_BESIDE}
    WHERE lane.due
    LIMIT 1
    """,  # noqa: S608 - of our own words
    "bot_id",
    "chat_id",
    "now",
    "absurd",
)
_AGAIN: Final = placed(
    f"""
    SELECT u.id, u.bot_id, u.chat_id, u.payload, u.attempts, u.received_at, c.language, c.draft_id AS chat_draft_id,
        {_BESIDES}
    FROM (SELECT bot_id, chat_id, language, draft_id FROM chat
          WHERE bot_id = :bot_id AND chat_id = :chat_id FOR UPDATE) AS c
    CROSS JOIN LATERAL (
        SELECT inbox.id, inbox.bot_id, inbox.chat_id, payload, attempts, received_at, {_TAPPED} FROM inbox
        WHERE inbox.id = :id AND inbox.chat_id = c.chat_id AND state = 'pending' FOR UPDATE
    ) AS u {_BESIDE}
    """,  # noqa: S608 - of our own words
    "bot_id",
    "chat_id",
    "now",
    "id",
)
_DONE: Final = Write(
    "inbox_done",
    {"id": "bigint", "ended_at": "timestamptz"},
    """
    UPDATE inbox SET state = 'done', ended_at = r.ended_at, error = NULL,
        payload = CASE WHEN payload #>> '{message,text}' LIKE '/start% %' THEN '{}' ELSE payload END
    FROM {rows} WHERE inbox.id = r.id
    """,
)
"""An invite that was pressed in vain still opens the door to somebody else: it is not kept."""
_OPENED: Final = Write(
    "chat_opened",
    {"bot_id": "bigint", "chat_id": "bigint", "draft_id": "bigint"},
    """
    UPDATE chat SET draft_id = r.draft_id FROM {rows} WHERE chat.bot_id = r.bot_id AND chat.chat_id = r.chat_id
    """,
)


async def claim(session: AsyncSession, after: Lane = FIRST_LANE) -> Claimed | None:
    """The first update of a lane that nobody holds; none if there is none that is due.

    Lanes take turns: the search begins behind `after`, the lane that was served last, and comes round to it in the end,
    so that nobody who writes much keeps others waiting. Locking the chat keeps others out of the lane; locking the
    update makes PostgreSQL look again whether it is still pending, should another worker have ended it since this
    statement's snapshot.
    """
    moment = now(session)
    rows = await ask(session, _CLAIM, *after, moment, moment + _NEVER_LATER)
    return _in_hand(session, rows[0]) if rows else None


async def claim_again(session: AsyncSession, claimed: Claimed) -> Claimed | None:
    """The same update in another unit of work, after what it did was rolled back; none if somebody else has it done."""
    rows = await ask(session, _AGAIN, claimed.bot_id, claimed.chat_id, now(session), claimed.id)
    return _in_hand(session, rows[0]) if rows else None


def _in_hand(session: AsyncSession, row: AnyRow) -> Claimed:
    if row.tapped is not None:
        know_tapped(session, Tapped(row.bot_id, row.chat_id, row.tapped, row.tapped_card_id))
    know_table(session, row.work_days or {})
    session.info[_OPEN] = (row.bot_id, row.chat_id, row.chat_draft_id)
    return Claimed(*tuple(row)[:8], found=row, more=row.more)


async def person(
    session: AsyncSession, claimed: Claimed, telegram_id: int, language: str | None
) -> tuple[Actor | None, Draft | None]:
    """Who is behind a Telegram user, and the draft that is open in this chat; of a private chat the claim knows it."""
    if claimed.found is not None and telegram_id == claimed.chat_id:
        row = claimed.found
        if row.employee_id is None:
            return None, None
        draft = {one.name: getattr(row, f"draft_{one.name}") for one in Draft.__table__.columns}
        return actor_of(row, claimed.language or language), Draft(**draft) if draft["id"] is not None else None
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
    if session.info.get(_OPEN) != (bot_id, chat_id, draft_id):
        session.info[_OPEN] = (bot_id, chat_id, draft_id)
        later(session, _OPENED, bot_id, chat_id, draft_id, key=(bot_id, chat_id))


async def choose_language(session: AsyncSession, bot_id: int, chat_id: int, language: str) -> None:
    """Remember a chat's language: the person's choice, or what the messenger said first."""
    here = (Chat.bot_id == bot_id, Chat.chat_id == chat_id)
    await session.execute(update(Chat).where(*here).values(language=language))


async def done(session: AsyncSession, update_id: int) -> None:
    """The update has taken effect, in this very transaction."""
    later(session, _DONE, update_id, now(session))


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


async def put_back(session: AsyncSession, claimed: Claimed, wait: timedelta) -> None:
    """Let somebody else have the update, not before `wait` is over; this is no failed attempt of it."""
    mine = (Update.id == claimed.id, Update.state == "pending", Update.attempts == claimed.attempts)
    values = {"due_at": now(session) + wait, "attempts": func.greatest(Update.attempts, 1)}
    await session.execute(update(Update).where(*mine).values(values).execution_options(synchronize_session=False))
