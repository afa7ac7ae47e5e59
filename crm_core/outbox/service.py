"""Writing to the outbox. Reading it and settling rows is delivery's matter (`queue.py`)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import case, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.behind import Write, later, waits
from crm_core.kit.db import AnyRow, json_text, new_id, now
from crm_core.kit.events import subscribe
from crm_core.org.events import AccessEnded
from crm_core.outbox.models import FORGET, Ambiguous, Card, Outgoing, Priority, State

_CARD: Final = Write(
    "card_new",
    {
        "id": "bigint",
        "bot_id": "bigint",
        "chat_id": "bigint",
        "message_id": "bigint",
        "subject": "text",
        "at": "timestamptz",
    },
    """
    INSERT INTO card (id, bot_id, chat_id, message_id, subject, created_at)
    SELECT id, bot_id, chat_id, message_id, subject, at FROM {rows} ORDER BY nth
    """,
)
_ABOUT: Final = Write(
    "card_about",
    {"card_id": "bigint", "subject": "text"},
    "UPDATE card SET subject = r.subject FROM {rows} WHERE card.id = r.card_id",
)
_OUTGOING: Final = Write(
    "outgoing",
    {
        "bot_id": "bigint",
        "chat_id": "bigint",
        "card_id": "bigint",
        "priority": "smallint",
        "method": "text",
        "payload": "text",
        "ambiguous": "text",
        "not_before": "timestamptz",
        "expires_at": "timestamptz",
        "created_at": "timestamptz",
    },
    """
    INSERT INTO outbox
        (bot_id, chat_id, card_id, priority, method, payload, ambiguous, not_before, expires_at, created_at)
    SELECT bot_id, chat_id, card_id, priority, method, payload::jsonb, ambiguous, not_before, expires_at, created_at
    FROM {rows} ORDER BY nth
    """,
)


@dataclass(slots=True)
class Tapped:
    """The message that was tapped in this unit of work, with the id of its card, if it has one."""

    bot_id: int
    chat_id: int
    message_id: int
    card_id: int | None


def know_tapped(session: AsyncSession, tapped: Tapped) -> None:
    """Spare the unit of work the search for the tapped message's card."""
    session.info["tapped"] = tapped


def tapped_at(session: AsyncSession, bot_id: int, chat_id: int, message_id: int) -> Tapped | None:
    """What is known of this message in this unit of work."""
    known: Tapped | None = session.info.get("tapped")
    here = known is not None and (known.bot_id, known.chat_id, known.message_id) == (bot_id, chat_id, message_id)
    return known if here else None


async def new_card(
    session: AsyncSession, *, bot_id: int, chat_id: int, message_id: int | None = None, subject: str | None = None
) -> int:
    """A card to be sent, or of a message that is there; its id can be edited through before the message is out."""
    card_id = await new_id(session, "card")
    later(session, _CARD, card_id, bot_id, chat_id, message_id, subject, now(session), key=card_id)
    return card_id


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
    for one in rows:
        values = [json_text(one[name]) if name == "payload" else one[name] for name in _OUTGOING.columns]
        later(session, _OUTGOING, *values)


async def adopt_card(
    session: AsyncSession, *, bot_id: int, chat_id: int, message_id: int, likely: int | None = None
) -> int:
    """The card of a message that is known to be there (somebody has just tapped it); it is about nothing yet.

    Of a message that no card has it is the `likely` one, if it is not known yet which message that became: somebody was
    quicker than we are with noting it.
    """
    card_id = await _card_at(session, bot_id, chat_id, message_id)
    if card_id is None and likely is not None:
        sent = update(Card).where(
            Card.id == likely, Card.chat_id == chat_id, func.coalesce(Card.message_id, message_id) == message_id
        )
        card_id = await session.scalar(sent.values(message_id=message_id).returning(Card.id))
    if card_id is None:
        card_id = await _adopted(session, bot_id, chat_id, message_id, None)
    else:
        _note(session, card_id, None)
    return card_id


async def note_subject(
    session: AsyncSession, *, bot_id: int, chat_id: int, message_id: int, subject: str | None
) -> None:
    """A known message shows this subject from now on; none: nothing that one could speak of."""
    card_id = await _card_at(session, bot_id, chat_id, message_id)
    if card_id is not None:
        _note(session, card_id, subject)
    elif subject is not None:
        await _adopted(session, bot_id, chat_id, message_id, subject)


async def _card_at(session: AsyncSession, bot_id: int, chat_id: int, message_id: int) -> int | None:
    if (known := tapped_at(session, bot_id, chat_id, message_id)) is not None:
        return known.card_id
    here = (Card.bot_id == bot_id, Card.chat_id == chat_id, Card.message_id == message_id)
    return await session.scalar(select(Card.id).where(*here).order_by(Card.id).limit(1))


async def _adopted(session: AsyncSession, bot_id: int, chat_id: int, message_id: int, subject: str | None) -> int:
    card_id = await new_card(session, bot_id=bot_id, chat_id=chat_id, message_id=message_id, subject=subject)
    if (known := tapped_at(session, bot_id, chat_id, message_id)) is not None:
        known.card_id = card_id
    return card_id


def _note(session: AsyncSession, card_id: int, subject: str | None) -> None:
    new = waits(session, _CARD, card_id)
    if new is None:
        later(session, _ABOUT, card_id, subject, key=card_id)
    else:
        number, bot_id, chat_id, message_id, _, at = new
        later(session, _CARD, number, bot_id, chat_id, message_id, subject, at, key=card_id)


async def subject_at(session: AsyncSession, *, bot_id: int, chat_id: int, message_id: int) -> tuple[str, int] | None:
    """What a message of ours is about: the record's type and id."""
    here = (Card.bot_id == bot_id, Card.chat_id == chat_id, Card.message_id == message_id)
    subject = await session.scalar(select(Card.subject).where(*here, Card.subject.is_not(None)).limit(1))
    kind, _, number = (subject or "").partition(":")
    return (kind, int(number)) if number.isdigit() else None


async def message_of(session: AsyncSession, card_id: int) -> int | None:
    """Which message a card has become, as far as is known."""
    return await session.scalar(select(Card.message_id).where(Card.id == card_id))


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


@subscribe(AccessEnded)
async def let_go(session: AsyncSession, ended: AccessEnded) -> None:
    """Nothing that waits goes to a chat that is nobody's any more, and no card there is ever redrawn.

    Messages are numbered by chat: a card whose number stayed would redraw some other message of a later account.
    """
    here = (Card.bot_id == ended.bot_id, Card.chat_id == ended.chat_id)
    cards = update(Card).where(*here).values(message_id=None, subject=None)
    await session.execute(cards.execution_options(synchronize_session=False))
    waiting = update(Outgoing).where(
        Outgoing.bot_id == ended.bot_id, Outgoing.chat_id == ended.chat_id, Outgoing.state == State.PENDING
    )
    error = "the person's access ended"
    kept = case((Outgoing.payload.op("?")(FORGET), literal({}, JSONB)), else_=Outgoing.payload)
    dropped = {"state": State.DROPPED, "ended_at": now(session), "error": error, "payload": kept}
    await session.execute(waiting.values(dropped).execution_options(synchronize_session=False))
