"""Who there is and what was said: people, bots, chats and messages, in memory."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp

from sandbox.clock import Clock
from sandbox.errors import ApiError, Json
from sandbox.events import Events
from sandbox.faults import Faults
from sandbox.files import Files
from sandbox.flood import Flood
from sandbox.journal import Journal
from sandbox.updates import UpdateQueue

TOKEN = re.compile(r"[1-9]\d{0,15}:[A-Za-z0-9_-]{3,80}")
TYPING_S = 5.0
FIRST_USER_ID = 500_001


class Message:
    """A Bot API Message dict with what the dict does not say.

    `seq` is the world's change counter at its last change. A message sent with a reply keyboard can't be edited.
    """

    __slots__ = ("body", "chat", "deleted", "editable", "from_bot", "seq")

    def __init__(self, chat: Chat, body: Json, *, from_bot: bool, editable: bool) -> None:
        self.chat = chat
        self.body = body
        self.from_bot = from_bot
        self.editable = editable
        self.deleted = False
        self.seq = 0

    @property
    def id(self) -> int:
        return self.body["message_id"]


class Chat:
    """One bot's conversation with a person, or its view of a group or channel."""

    def __init__(self, bot: Bot, chat_id: int, body: Json) -> None:
        self.bot = bot
        self.id = chat_id
        self.body = body
        self.messages: dict[int, Message] = {}
        self.changes: dict[int, Message] = {}
        """Every message there ever was, the one that changed last at the end."""
        self.seq = 0
        self.started = False
        """Whether the person ever wrote: before that a bot can't write to them."""
        self.blocked = False
        self.keyboard: Json | None = None
        self.keyboard_message_id = 0
        self.instance = str(random.getrandbits(63) - (1 << 62))
        self._own_counter = 0
        self._closed = False
        self._action: str | None = None
        self._action_until = 0.0
        self._waiters: set[asyncio.Future[None]] = set()

    @property
    def is_private(self) -> bool:
        return self.body["type"] == "private"

    @property
    def kind(self) -> str:
        return self.body["type"]

    @property
    def action(self) -> str | None:
        """What the bot is doing ("typing"), for five seconds or until its next message."""
        return self._action if time.monotonic() < self._action_until else None

    def next_message_id(self) -> int:
        """Private chats and small groups of a bot share one counter; supergroups and channels have their own."""
        if self.kind in ("supergroup", "channel"):
            self._own_counter += 1
            return self._own_counter
        self.bot.message_counter += 1
        return self.bot.message_counter

    def add(self, body: Json, *, from_bot: bool, editable: bool = True) -> Message:
        message = Message(self, body, from_bot=from_bot, editable=editable)
        self.messages[message.id] = message
        if from_bot:
            self._action = None
        self.changed(message)
        return message

    def remove(self, message: Message) -> None:
        message.deleted = True
        self.messages.pop(message.id, None)
        if self.keyboard_message_id == message.id:
            self.set_keyboard(None, 0)
        self.changed(message, event=False)
        self.bot.world.publish("deleted", self, {"message_id": message.id, "seq": message.seq})

    def changed(self, message: Message, *, event: bool = True) -> None:
        """Note a change of a message, wake who waits for it, and tell the page."""
        message.seq = self.touch()
        self.changes.pop(message.id, None)
        self.changes[message.id] = message
        if event and self.bot.world.events.has_readers:
            self.bot.world.publish("message", self, {"message": {**message.body, "seq": message.seq}})

    def touch(self) -> int:
        """Something changed that the person can see."""
        self.seq = self.bot.world.next_seq()
        if self._waiters:
            self._wake()
        return self.seq

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()

    def set_action(self, action: str) -> None:
        self._action, self._action_until = action, time.monotonic() + TYPING_S
        self.touch()
        self.bot.world.publish("action", self, {"action": action, "seconds": TYPING_S})

    def set_keyboard(self, keyboard: Json | None, message_id: int) -> None:
        self.keyboard, self.keyboard_message_id = keyboard, message_id
        self.touch()
        self.bot.world.publish("keyboard", self, {"reply_keyboard": keyboard})

    def close(self) -> None:
        """Let go of everyone who waits, with nothing new."""
        self._closed = True
        self._wake()

    async def wait_for_change(self, after: int, seconds: float) -> None:
        """Return once something changed after `after`, or when time is up."""
        deadline = time.monotonic() + seconds
        while self.seq <= after and not self._closed and (left := deadline - time.monotonic()) > 0:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await asyncio.wait_for(waiter, left)
            except TimeoutError:
                return
            finally:
                self._waiters.discard(waiter)


@dataclass(slots=True)
class Callback:
    """A tap that waits for its answer."""

    id: str
    chat: Chat
    made_at: float
    answer: Json | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)


class Delivery(Protocol):
    """A webhook, as far as the bot that owns it is concerned."""

    url: str
    secret: str
    max_connections: int
    ip_address: str
    last_error: tuple[int, str] | None

    async def stop(self) -> None: ...


class Bot:
    """A token and everything that belongs to it."""

    def __init__(self, world: World, token: str, username: str, first_name: str) -> None:
        self.world = world
        self.token = token
        self.id = int(token.partition(":")[0])
        self.body: Json = {"id": self.id, "is_bot": True, "first_name": first_name, "username": username}
        self.chats: dict[int, Chat] = {}
        self.message_counter = 0
        options = world.options
        self.updates = UpdateQueue(
            callback_lifetime_s=options.callback_lifetime_s, conflict_pause_s=options.conflict_pause_s
        )
        self.webhook: Delivery | None = None
        self.callbacks: OrderedDict[str, Callback] = OrderedDict()
        self.files = Files()
        self.faults = Faults()
        self.flood = Flood() if options.flood else None
        self.journal = Journal(options.log_size)
        self.commands: dict[tuple[str, str], list[Json]] = {}
        """By scope and language; the scope is its type, with ":chat:user" ids after it where it has them."""
        self.menu_buttons: dict[int, Json] = {}
        """By chat id; 0 holds the default."""

    @property
    def username(self) -> str:
        return self.body["username"]

    def private_chat(self, user: User) -> Chat:
        chat = self.chats.get(user.id)
        if chat is None:
            chat = self.chats[user.id] = Chat(self, user.id, user.chat_body())
        return chat

    def group(self, chat_id: int, kind: str | None = None, title: str | None = None) -> Chat:
        """A group or channel, made on its first mention; ids from -100… on are supergroups unless told otherwise."""
        chat = self.chats.get(chat_id)
        if chat is None:
            kind = kind or ("supergroup" if chat_id <= -1_000_000_000_000 else "group")
            chat = Chat(self, chat_id, {"id": chat_id, "title": title or "Group", "type": kind})
            chat.started = True
            self.chats[chat_id] = chat
        return chat

    def new_callback(self, chat: Chat, callback_id: str | None = None) -> Callback:
        now = time.monotonic()
        while self.callbacks:
            oldest = next(iter(self.callbacks.values()))
            if now - oldest.made_at <= self.world.options.callback_lifetime_s:
                break
            self.callbacks.popitem(last=False)
        callback = Callback(callback_id or str(random.getrandbits(62)), chat, now)
        self.callbacks[callback.id] = callback
        return callback


class User:
    """A person. Dicts are made anew when the person changes, for they are shared with messages already sent.

    The detail `note` (who this is in the company) is for the page: no bot ever sees it.
    """

    def __init__(self, user_id: int, details: Json) -> None:
        self.id = user_id
        self.details = details
        self.card: Json = {"id": user_id, "is_bot": False, **details}
        self.body: Json = {key: value for key, value in self.card.items() if key != "note"}

    def chat_body(self) -> Json:
        shown = {key: value for key, value in self.body.items() if key not in ("is_bot", "language_code", "is_premium")}
        return {**shown, "type": "private"}

    @property
    def language(self) -> str:
        return self.details.get("language_code") or ""


@dataclass(slots=True, kw_only=True)
class Options:
    """How strict a sandbox is, and how patient."""

    flood: bool = False
    """Hold bots to Telegram's sending limits."""
    validate: bool = True
    """Check every call against aiogram's own models."""
    loopback_webhooks: bool = True
    """Take http:// webhooks on this machine, which Telegram never would."""
    remote_control: bool = False
    """Let other machines use the control API, so that a real phone can show the page."""
    log_size: int = 200_000
    callback_lifetime_s: float = 150.0
    """How long a tap may be answered, in real time."""
    webhook_retry_s: float = 1.0
    """The first pause after a refused webhook delivery."""
    conflict_pause_s: float = 3.0
    """How long a second conflict in a row between receivers is held back."""


async def _ignore_answer(bot: Bot, response: aiohttp.ClientResponse) -> None:
    """What a webhook answers is of no interest until someone carries it out."""


class World:
    """Everything that one sandbox holds."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.clock = Clock()
        self.events = Events()
        self.bots: dict[str, Bot] = {}
        self.users: dict[int, User] = {}
        self.follow_answer: Callable[[Bot, aiohttp.ClientResponse], Awaitable[None]] = _ignore_answer
        """Carries out the method call that a webhook's answer may hold."""
        self._seq = 0
        self._next_user_id = FIRST_USER_ID

    @property
    def seq(self) -> int:
        return self._seq

    def next_seq(self) -> int:
        self._seq += 1
        return self._seq

    def add_bot(self, token: str, username: str | None = None, first_name: str | None = None) -> Bot:
        """Register a token; a known one is only renamed. Raises ValueError for what is no token."""
        if not TOKEN.fullmatch(token):
            raise ValueError("a token looks like 123456:ABC-DEF")
        bot = self.bots.get(token)
        if bot is None:
            bot_id = token.partition(":")[0]
            bot = Bot(self, token, username or f"sandbox_{bot_id}_bot", first_name or f"Bot {bot_id}")
            self.bots[token] = bot
        else:
            bot.body = {
                **bot.body,
                "username": username or bot.body["username"],
                "first_name": first_name or bot.body["first_name"],
            }
        return bot

    def bot(self, token: str) -> Bot:
        """The bot of a token. Raises ApiError: 404 for what is no token, 401 for an unknown one."""
        bot = self.bots.get(token)
        if bot is None:
            raise ApiError(401, "Unauthorized") if TOKEN.fullmatch(token) else ApiError(404, "Not Found")
        return bot

    def add_user(self, details: Json, user_id: int | None = None) -> User:
        """Add a person, or change one whose id is known."""
        if user_id is None:
            while self._next_user_id in self.users:
                self._next_user_id += 1
            user_id = self._next_user_id
        known = self.users.get(user_id)
        user = User(user_id, {**known.details, **details} if known else details)
        self.users[user_id] = user
        if known:
            for bot in self.bots.values():
                if chat := bot.chats.get(user_id):
                    chat.body = user.chat_body()
        self.events.publish("user", {"user": user.card})
        return user

    def user_body(self, user_id: int) -> Json | None:
        user = self.users.get(user_id)
        if user is not None:
            return user.body
        return next((bot.body for bot in self.bots.values() if bot.id == user_id), None)

    def publish(self, event: str, chat: Chat, data: Json) -> None:
        if self.events.has_readers:
            self.events.publish(event, {"token": chat.bot.token, "chat_id": chat.id, "user_id": chat.id, **data})
