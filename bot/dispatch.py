"""From an update to the handler of its key, one for each kind of event (decision 0026).

Nothing here talks to Telegram: handlers write to the outbox, and the bot that events carry refuses calls.
"""

from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.enums import ChatType
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Chat, ChatMemberUpdated, Message, User
from sqlalchemy.ext.asyncio import AsyncSession

from bot import crossing
from bot.entry import enter, farewell_groups, stranger, to_private
from bot.pace import Pace
from bot.reading import KINDS, keyboard_of, read, replied_to
from bot.things import thing_of
from conversations.known import is_known
from crm_core.audit.service import act_as
from crm_core.inbox.lanes import Claimed, person
from crm_core.kit.db import now
from crm_core.kit.errors import DomainError
from crm_core.occurrences.service import note_seen
from crm_core.org.attention import note_reachable
from crm_core.upgrades.service import leave_to_newer
from handlers import routing, system
from handlers.turn import Turn
from screens import post
from screens.catalogue import language_of
from screens.post import Reader
from screens.screen import N_, Tap
from screens.system import notice
from screens.wording import words_of

_TAKEN_IN: Final = frozenset((was, is_) for was in ("left", "kicked") for is_ in ("member", "administrator"))
_INVISIBLE: Final = " \t\r\n\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2800\u3000\u3164\ufeff"
UNKNOWN_BUTTON: Final = N_("This button no longer works. Type a customer's name, or /help.")


class Silent(BaseSession):
    """A session that refuses every call: nothing talks to Telegram while a transaction is open."""

    async def close(self) -> None:
        pass

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:  # noqa: ARG002, ASYNC109
        raise RuntimeError(f"{type(method).__name__} called inside an update's transaction")

    async def stream_content(self, *args: Any, **kwargs: Any) -> AsyncGenerator[bytes, None]:  # noqa: ARG002
        raise RuntimeError("a download inside an update's transaction")
        yield b""  # makes this an asynchronous generator, as the base class has it


class Dispatch:
    """One for the whole process."""

    def __init__(self, usernames: Mapping[int, str], calendars: str = "", strangers: Pace | None = None) -> None:
        self._calendars = calendars
        self._strangers = strangers  # how many answers each gets; none: as many as they like
        self._usernames = usernames
        self._bots: dict[int, Bot] = {}

    async def feed(self, session: AsyncSession, claimed: Claimed, refusal: DomainError | None = None) -> None:
        """Let one update take effect in this unit of work. Kinds that nobody handles pass.

        Raises the DomainError that speaks against it; with that as its `refusal` all that happens is that it is told.
        """
        bot = self._bot(claimed.bot_id)
        update = read(claimed.payload, bot)
        if update is None and not KINDS & claimed.payload.keys():
            await leave_to_newer(session, "a kind of update")
        if update is not None:
            if (message := update.message) is not None:
                await self._message(message, session, claimed, refusal)
            elif (edited := update.edited_message) is not None:
                await self._edited(edited, session, claimed, refusal)
            elif (query := update.callback_query) is not None:
                await self._tap(query, session, claimed, refusal)
            elif (change := update.my_chat_member) is not None:
                await self._membership(change, session, claimed)

    def _bot(self, bot_id: int) -> Bot:
        """The id is all that the dispatcher needs; the token never comes here."""
        if bot_id not in self._bots:
            self._bots[bot_id] = Bot(f"{bot_id}:none", session=Silent())
        return self._bots[bot_id]

    async def _turn(self, session: AsyncSession, claimed: Claimed, user: User, at: datetime) -> Turn | None:
        """The turn of a person we know; none for a stranger."""
        actor, draft = await person(session, claimed, user.id, language_of(user.language_code))
        if actor is None:
            return None
        act_as(session, actor.id, op=claimed.id)
        reader = Reader(claimed.bot_id, claimed.chat_id, actor.language, actor.zone)
        return Turn(
            session, actor, reader, self._usernames.get(claimed.bot_id, ""), at, draft, calendars=self._calendars
        )

    def _answers(self, session: AsyncSession, claimed: Claimed) -> bool:
        """Whether a stranger is still answered."""
        if self._strangers is None:
            return True
        at = now(session).timestamp()
        self._strangers.heed(at)
        return self._strangers.passes(claimed.lane, at)

    async def _message(
        self, message: Message, session: AsyncSession, claimed: Claimed, refusal: DomainError | None
    ) -> None:
        if message.chat.type != ChatType.PRIVATE:
            await farewell_groups(session, claimed, message, self._usernames.get(claimed.bot_id, ""))
            return
        if message.from_user is None or message.from_user.id != message.chat.id:
            return  # in private the chat is the person: nothing that says otherwise comes from Telegram
        said_at = min(message.date.astimezone(UTC), now(session))
        turn = await self._turn(session, claimed, message.from_user, said_at)
        if turn is None:
            await enter(session, claimed, message, message.from_user, answered=self._answers(session, claimed))
            return
        turn.said_in = message.message_id
        turn.reply_to = replied_to(claimed.payload)
        if refusal is None:
            await _heard(turn, message)
        else:
            await turn.show(notice(words_of(refusal)))

    async def _edited(
        self, message: Message, session: AsyncSession, claimed: Claimed, refusal: DomainError | None
    ) -> None:
        if message.from_user is None or not _alone(message.chat, message.from_user):
            return
        said_at = min(message.date.astimezone(UTC), now(session))  # 明天 is still the day after it was written
        turn = await self._turn(session, claimed, message.from_user, said_at)
        if turn is None:
            await enter(session, claimed, message, message.from_user, answered=self._answers(session, claimed))
            return
        turn.said_in, turn.text = message.message_id, message.text or message.caption or ""
        if refusal is not None:
            await turn.show(notice(words_of(refusal)))
        elif message.location is not None:
            await system.moved(turn, thing_of(message, claimed.bot_id, now(session)))
        else:
            await system.edited(turn)

    async def _tap(
        self, query: CallbackQuery, session: AsyncSession, claimed: Claimed, refusal: DomainError | None
    ) -> None:
        turn = await self._turn(session, claimed, query.from_user, now(session))
        message = query.message
        if turn is None or message is None or not _alone(message.chat, query.from_user):
            if turn is not None or self._answers(session, claimed):
                reader = await stranger(session, claimed, query.from_user)
                words = await crossing.elsewhere(session, claimed, query.from_user.id) or UNKNOWN_BUTTON
                await post.answer_tap(session, reader, query.id, words, alert=words is not UNKNOWN_BUTTON)
            return
        turn.query_id = query.id
        turn.message_id = message.message_id
        turn.keyboard = keyboard_of(claimed.payload)
        turn.tap = Tap.read(query.data or "")
        if refusal is None:
            await _pressed(turn)
            await note_seen(session, claimed.bot_id, turn.reader.chat_id, message.message_id)
        else:
            await turn.toast(words_of(refusal), alert=True)
        await turn.settle()

    async def _membership(self, change: ChatMemberUpdated, session: AsyncSession, claimed: Claimed) -> None:
        """Somebody blocked the bot or let it in again; or a group has taken it in, which is told where to talk."""
        if change.chat.type in (ChatType.GROUP, ChatType.SUPERGROUP):
            if (change.old_chat_member.status, change.new_chat_member.status) in _TAKEN_IN:
                await to_private(session, claimed, change.from_user, self._usernames.get(claimed.bot_id, ""))
        elif change.chat.type == ChatType.PRIVATE:
            reachable = change.new_chat_member.status not in ("kicked", "left")
            await note_reachable(session, claimed.bot_id, change.chat.id, reachable=reachable)


def _alone(chat: Chat, user: User) -> bool:
    """Whether this is the person's own chat with us: its number is the person's."""
    return chat.type == ChatType.PRIVATE and chat.id == user.id


async def _heard(turn: Turn, message: Message) -> None:
    """A message in a private chat: a command, a line, or something sent."""
    text = message.text
    if text is None or not text.startswith("/"):
        await is_known(turn.session, turn.draft)  # what is typed or sent may be an answer to a newer program's form
    if text is None:
        await system.sent(turn, thing_of(message, turn.reader.bot_id, now(turn.session)))
        return
    text = text.strip(_INVISIBLE)
    if not text.startswith("/"):
        turn.text = text
        await system.typed(turn)
        return
    name, _, rest = text[1:].partition(" ")
    name = name.partition("@")[0].partition("\n")[0].lower()
    turn.text = rest.strip()
    known = routing.commands().get(name)
    if known is None:
        await leave_to_newer(turn.session, "a command")
        turn.text = text[1:]
        await system.unknown(turn, name[:32])
        return
    await known.handler(turn)


async def _pressed(turn: Turn) -> None:
    handler = routing.buttons().get(turn.tap.key) if turn.tap else None
    if handler is None:
        await leave_to_newer(turn.session, "a button")
        await turn.toast(UNKNOWN_BUTTON)
        return
    await handler(turn)
