"""Writing to the outbox. Reading it and settling rows is delivery's matter (`queue.py`)."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import now
from crm_core.outbox.models import Ambiguous, Card, Outgoing, Priority


async def new_card(session: AsyncSession, *, bot_id: int, chat_id: int, subject: str | None = None) -> int:
    """A card to be sent; its id can be edited through before the message is out."""
    statement = insert(Card).values(bot_id=bot_id, chat_id=chat_id, subject=subject, created_at=now(session))
    return (await session.execute(statement.returning(Card.id))).scalar_one()


def row(
    *,
    bot_id: int,
    chat_id: int,
    method: str,
    payload: dict[str, Any],
    at: datetime,
    card_id: int | None = None,
    priority: int = Priority.ANSWER,
    ambiguous: str = Ambiguous.RESEND,
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
) -> dict[str, Any]:
    """The values of one outbox row, so that a whole turn's rows can be written in one statement."""
    return {
        "bot_id": bot_id,
        "chat_id": chat_id,
        "card_id": card_id,
        "priority": priority,
        "method": method,
        "payload": payload,
        "ambiguous": ambiguous,
        "not_before": not_before or at,
        "expires_at": expires_at,
        "created_at": at,
    }


async def enqueue(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    """Write rows made by `row`, in their order."""
    if rows:
        await session.execute(insert(Outgoing), rows)


async def adopt_card(session: AsyncSession, *, bot_id: int, chat_id: int, message_id: int) -> int:
    """The card of a message that is known to be there (somebody has just tapped it)."""
    known = select(Card.id).where(Card.bot_id == bot_id, Card.chat_id == chat_id, Card.message_id == message_id)
    if (card_id := await session.scalar(known.limit(1))) is not None:
        return card_id
    values = {"bot_id": bot_id, "chat_id": chat_id, "message_id": message_id, "created_at": now(session)}
    return (await session.execute(insert(Card).values(values).returning(Card.id))).scalar_one()
