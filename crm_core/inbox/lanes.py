"""Working off the inbox: the next update whose chat nobody is busy with, in order, exactly once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.drafts.models import Draft
from crm_core.inbox.models import Chat, Update
from crm_core.kit.db import now
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.queries import actor_of, actors

MOST_ATTEMPTS: Final = 5
_BACKOFF_S: Final = (0.2, 1, 5, 20)

_earlier = aliased(Update)


@dataclass(frozen=True, slots=True)
class Claimed:
    """An update in hand. Its row and its chat's row stay locked until the unit of work ends."""

    id: int
    bot_id: int
    chat_id: int
    payload: dict[str, Any]
    attempts: int
    received_at: datetime
    language: str | None
    draft_id: int | None


async def claim(session: AsyncSession) -> Claimed | None:
    """The oldest update that is the first of its chat and due, and whose chat nobody holds; none if there is none.

    Locking the chat keeps others out of the lane; locking the update makes PostgreSQL check again that it is
    still pending, should another worker have ended it since this statement's snapshot.
    """
    same_lane = (_earlier.bot_id == Update.bot_id) & (_earlier.chat_id == Update.chat_id)
    first = ~exists().where(same_lane, _earlier.state == "pending", _earlier.id < Update.id)
    statement = (
        select(
            Update.id,
            Update.bot_id,
            Update.chat_id,
            Update.payload,
            Update.attempts,
            Update.received_at,
            Chat.language,
            Chat.draft_id,
        )
        .join(Chat, (Chat.bot_id == Update.bot_id) & (Chat.chat_id == Update.chat_id))
        .where(Update.state == "pending", Update.due_at <= now(session), first)
        .order_by(Update.id)
        .limit(1)
        .with_for_update(of=[Update, Chat], skip_locked=True)
    )
    row = (await session.execute(statement)).one_or_none()
    return Claimed(*row) if row else None


async def person(
    session: AsyncSession, claimed: Claimed, telegram_id: int, language: str | None
) -> tuple[Actor | None, Draft | None]:
    """Who is behind a Telegram user, and the draft that is open in this chat: one statement."""
    open_here = (Draft.id == claimed.draft_id) & (Draft.employee_id == Employee.id) & (Draft.expires_at > now(session))
    statement = (
        actors()
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


async def failed(session: AsyncSession, update_id: int, error: str) -> bool:
    """Count a failed attempt: later again, or aside as a dead letter. Answers whether it is dead now."""
    row = await session.get_one(Update, update_id, with_for_update=True, populate_existing=True)
    row.attempts += 1
    row.error = error[:2000]
    dead = row.attempts >= MOST_ATTEMPTS
    if dead:
        row.state = "dead"
        row.ended_at = now(session)
    else:
        row.due_at = now(session) + timedelta(seconds=_BACKOFF_S[row.attempts - 1])
    await session.flush()
    return dead


async def next_due(session: AsyncSession) -> datetime | None:
    """When the earliest waiting update may be tried again."""
    return await session.scalar(select(func.min(Update.due_at)).where(Update.state == "pending"))
