"""Writing to the outbox. Reading it and settling rows is delivery's matter (`queue.py`)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import AnyRow, now
from crm_core.outbox.models import Ambiguous, Card, Outgoing, Priority


async def new_card(session: AsyncSession, *, bot_id: int, chat_id: int, subject: str | None = None) -> int:
    """A card to be sent; its id can be edited through before the message is out."""
    statement = insert(Card).values(bot_id=bot_id, chat_id=chat_id, subject=subject, created_at=now(session))
    return (await session.execute(statement.returning(Card.id))).scalar_one()


async def new_cards(session: AsyncSession, places: Sequence[tuple[int, int, str | None]]) -> list[int]:
    """As `new_card` for several (bot, chat, subject), in their order and in one statement."""
    moment = now(session)
    values = [{"bot_id": bot, "chat_id": chat, "subject": about, "created_at": moment} for bot, chat, about in places]
    statement = insert(Card).returning(Card.id, sort_by_parameter_order=True)
    return list((await session.scalars(statement, values)).all()) if values else []


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
    """The card of a message that is known to be there (somebody has just tapped it); it is about nothing yet."""
    here = (Card.bot_id == bot_id, Card.chat_id == chat_id, Card.message_id == message_id)
    known = update(Card).where(*here).values(subject=None).returning(Card.id)
    if (card_id := (await session.scalars(known.execution_options(synchronize_session=False))).first()) is not None:
        return card_id
    values = {"bot_id": bot_id, "chat_id": chat_id, "message_id": message_id, "created_at": now(session)}
    return (await session.execute(insert(Card).values(values).returning(Card.id))).scalar_one()


async def note_subject(
    session: AsyncSession, *, bot_id: int, chat_id: int, message_id: int, subject: str | None
) -> None:
    """A known message shows this subject from now on; none: nothing that one could speak of."""
    here = (Card.bot_id == bot_id, Card.chat_id == chat_id, Card.message_id == message_id)
    statement = update(Card).where(*here).values(subject=subject).returning(Card.id)
    known = (await session.scalars(statement.execution_options(synchronize_session=False))).first()
    if known is None and subject is not None:
        values = {"bot_id": bot_id, "chat_id": chat_id, "message_id": message_id, "subject": subject}
        await session.execute(insert(Card).values(values | {"created_at": now(session)}))


async def subject_at(session: AsyncSession, *, bot_id: int, chat_id: int, message_id: int) -> tuple[str, int] | None:
    """What a message of ours is about: the record's type and id."""
    here = (Card.bot_id == bot_id, Card.chat_id == chat_id, Card.message_id == message_id)
    subject = await session.scalar(select(Card.subject).where(*here, Card.subject.is_not(None)).limit(1))
    kind, _, number = (subject or "").partition(":")
    return (kind, int(number)) if number.isdigit() else None


async def cards_of(session: AsyncSession, subject: str) -> Sequence[AnyRow]:
    """All copies of a subject's card: rows of (id, bot_id, chat_id, message_id)."""
    columns = (Card.id, Card.bot_id, Card.chat_id, Card.message_id)
    return (await session.execute(select(*columns).where(Card.subject == subject).order_by(Card.id))).all()


async def cards_of_all(session: AsyncSession, subjects: Collection[str]) -> Sequence[AnyRow]:
    """All copies of several subjects' cards: rows of (id, bot_id, chat_id, subject)."""
    columns = (Card.id, Card.bot_id, Card.chat_id, Card.subject)
    return (await session.execute(select(*columns).where(Card.subject.in_(subjects)).order_by(Card.id))).all()


async def release(session: AsyncSession, card_ids: Sequence[int]) -> None:
    """These cards show their subject no longer."""
    statement = update(Card).where(Card.id.in_(card_ids)).values(subject=None)
    await session.execute(statement.execution_options(synchronize_session=False))
