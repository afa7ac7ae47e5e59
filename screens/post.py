"""Putting screens into the outbox, in the transaction of what they tell of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import now
from crm_core.kit.languages import Language
from crm_core.outbox import service as outbox
from crm_core.outbox.models import Ambiguous, Priority
from screens.catalogue import say
from screens.render import payload, render_text
from screens.screen import Msg, Picture, Screen, Words

TAP_ANSWER_BEFORE: Final = timedelta(minutes=2)  # the messenger forgets a tap soon after
MOST_TOAST: Final = 200


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the chat, and the language and zone to write in."""

    bot_id: int
    chat_id: int
    language: Language
    zone: ZoneInfo


async def send(
    session: AsyncSession,
    reader: Reader,
    screen: Screen,
    *,
    card_id: int | None = None,
    keep: bool = False,
    priority: int = Priority.ANSWER,
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
) -> int | None:
    """Send as a new message: of a card made before, or of one made here (`keep`, or the screen has a subject).

    Answers the card's id. What could not go before `expires_at` does not go at all.
    """
    if card_id is None and (keep or screen.subject):
        card_id = await outbox.new_card(session, bot_id=reader.bot_id, chat_id=reader.chat_id, subject=screen.subject)
    method = "send_photo" if screen.photo else "send_message"
    body = payload(screen, reader.language, reader.zone)
    await _put(session, reader, method, body, card_id, priority, not_before, expires_at)
    return card_id


@dataclass(frozen=True, slots=True)
class Message:
    """A screen for one of many: what each one's card is about stands here, the screen may be the same for all."""

    reader: Reader
    screen: Screen
    subject: str
    card_id: int | None = None  # of one that was sent before and is to be drawn again


async def put_all(session: AsyncSession, messages: Sequence[Message], *, priority: int = Priority.PUSH) -> None:
    """Send, or draw again, to many in two statements; the same screen is rendered once for a language and zone."""
    new = [one for one in messages if one.card_id is None]
    made = await outbox.new_cards(session, [(one.reader.bot_id, one.reader.chat_id, one.subject) for one in new])
    cards = iter(made)
    drawn: dict[tuple[int, str, str], dict[str, Any]] = {}
    rows: list[dict[str, Any]] = []
    for one in messages:
        reader = one.reader
        key = (id(one.screen), reader.language, reader.zone.key)
        if key not in drawn:
            drawn[key] = payload(one.screen, reader.language, reader.zone)
        row = outbox.row(
            bot_id=reader.bot_id,
            chat_id=reader.chat_id,
            method="send_message" if one.card_id is None else "edit_message_text",
            payload=drawn[key],
            at=now(session),
            card_id=next(cards) if one.card_id is None else one.card_id,
            priority=priority,
        )
        rows.append(row)
    await outbox.enqueue(session, rows)


async def edit(session: AsyncSession, reader: Reader, screen: Screen, *, card_id: int) -> None:
    """Redraw a card of ours, wherever in the chat it is."""
    await _put(session, reader, "edit_message_text", payload(screen, reader.language, reader.zone), card_id)


async def edit_message(session: AsyncSession, reader: Reader, screen: Screen, message_id: int) -> None:
    """Redraw a message that somebody has just tapped. From now on it is about what the screen is about, or nothing."""
    await outbox.note_subject(
        session, bot_id=reader.bot_id, chat_id=reader.chat_id, message_id=message_id, subject=screen.subject
    )
    body = payload(screen, reader.language, reader.zone) | {"message_id": message_id}
    if screen.photo:
        words = {name: body.pop(name) for name in ("caption", "parse_mode")}
        body["media"] = {"type": "photo", "media": body.pop("photo"), **words}
    await _put(session, reader, "edit_message_media" if screen.photo else "edit_message_text", body, None)


async def strip(session: AsyncSession, reader: Reader, card_id: int) -> None:
    """Take the keyboard away from a card."""
    await _put(session, reader, "edit_message_reply_markup", {}, card_id)


async def edit_keyboard(
    session: AsyncSession, reader: Reader, message_id: int, rows: list[list[dict[str, str]]]
) -> None:
    """Give a message that somebody has just tapped other buttons, as the messenger writes them."""
    body = {"message_id": message_id, "reply_markup": {"inline_keyboard": rows}}
    await _put(session, reader, "edit_message_reply_markup", body, None)


async def answer_tap(
    session: AsyncSession, reader: Reader, query_id: str, toast: Words | None = None, *, alert: bool = False
) -> None:
    """Stop the spinner of a tap, with a few words if there are any."""
    body: dict[str, Any] = {"callback_query_id": query_id}
    if toast is not None:
        body |= {"text": say(toast, reader.language)[:MOST_TOAST], "show_alert": alert}
    moment = now(session)
    row = outbox.row(
        bot_id=reader.bot_id,
        chat_id=reader.chat_id,
        method="answer_callback_query",
        payload=body,
        at=moment,
        priority=Priority.ACK,
        ambiguous=Ambiguous.DROP,
        expires_at=moment + TAP_ANSWER_BEFORE,
    )
    await outbox.enqueue(session, [row])


async def _put(
    session: AsyncSession,
    reader: Reader,
    method: str,
    body: dict[str, Any],
    card_id: int | None,
    priority: int = Priority.ANSWER,
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
) -> None:
    row = outbox.row(
        bot_id=reader.bot_id,
        chat_id=reader.chat_id,
        method=method,
        payload=body,
        at=now(session),
        card_id=card_id,
        priority=priority,
        not_before=not_before,
        expires_at=expires_at,
    )
    await outbox.enqueue(session, [row])


async def set_menu(session: AsyncSession, reader: Reader, commands: Sequence[tuple[str, Msg]]) -> None:
    """The list of commands that this person's messenger offers: what the rights allow, in the person's language."""
    body = {
        "commands": [{"command": name, "description": say(words, reader.language)[:256]} for name, words in commands],
        "scope": {"type": "chat", "chat_id": reader.chat_id},
    }
    await _put(session, reader, "set_my_commands", body, None, Priority.PUSH)


async def send_album(session: AsyncSession, reader: Reader, photos: Sequence[Picture], caption: Screen) -> None:
    """Photos, the caption under the first; one alone is an ordinary photo."""
    if len(photos) == 1:
        await send(session, reader, replace(caption, photo=photos[0]))
        return
    if not photos:
        await send(session, reader, caption)
        return
    words = {"caption": render_text(caption, reader.language, reader.zone), "parse_mode": "HTML"}
    media: list[dict[str, Any]] = [
        {"type": "photo", "media": photo} | (words if at == 0 else {}) for at, photo in enumerate(photos[:10])
    ]
    await _put(session, reader, "send_media_group", {"media": media}, None)


async def send_document(
    session: AsyncSession, reader: Reader, file: Picture, caption: Screen, *, priority: int = Priority.ANSWER
) -> None:
    """A file that we keep, with words under it."""
    words = {"caption": render_text(caption, reader.language, reader.zone), "parse_mode": "HTML"}
    await _put(session, reader, "send_document", {"document": file, **words}, None, priority)
