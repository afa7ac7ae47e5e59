"""One call of a Bot API method, the registry of methods, and what most of them ask first: which chat, which message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.errors import Json, bad_request, forbidden
from sandbox.fields import text_in
from sandbox.files import Upload
from sandbox.formatting import MAX_CAPTION, MAX_TEXT, Text, read
from sandbox.state import Bot, Chat, Message, World
from sandbox.updates import always


class RawJson(str):
    """A result that is JSON text already."""

    __slots__ = ()


@dataclass(slots=True)
class Call:
    """`params` hold decoded values: numbers, booleans, objects. `files` are uploads by the name of their field.

    `heard` says whether whoever called still listens.
    """

    bot: Bot
    params: Json
    files: dict[str, Upload]
    heard: Callable[[], bool] = always

    @property
    def world(self) -> World:
        return self.bot.world

    def text(self) -> Text:
        source = self.params.get("text")
        if not source:
            raise bad_request("Message text is empty")
        return read(
            source,
            self.params.get("parse_mode"),
            self.params.get("entities"),
            self.world.user_body,
            limit=MAX_TEXT,
        )

    def caption(self, params: Json | None = None) -> Json:
        """The caption as fields of a message; an empty one is no field. `params` may be those of one InputMedia."""
        given = self.params if params is None else params
        where = "" if params is None else "Can't parse InputMedia: "
        caption = text_in(given, "caption", where, default="")
        if not caption:
            return {}
        made = read(
            caption,
            text_in(given, "parse_mode", where, default=""),
            given.get("caption_entities"),
            self.world.user_body,
            limit=MAX_CAPTION,
            may_be_empty=True,
        )
        if not made.text:
            return {}
        fields: Json = {"caption": made.text}
        if made.entities:
            fields["caption_entities"] = made.entities
        if given.get("show_caption_above_media"):
            fields["show_caption_above_media"] = True
        return fields


Method = Callable[[Call], Any]
METHODS: dict[str, Method] = {}
"""By name in small letters. A method returns what goes under "result", or an awaitable of it."""


def method(function: Method) -> Method:
    """Register a function as the method of its name: `send_message` serves sendMessage."""
    METHODS[function.__name__.replace("_", "")] = function
    return function


def chat_of(call: Call, *, write: bool = True) -> Chat:
    """The chat that a call names, if the bot may write there. Raises ApiError."""
    chat_id = call.params.get("chat_id")
    if chat_id is None:
        raise bad_request("chat_id is empty")
    chat = call.bot.chats.get(chat_id) if isinstance(chat_id, int) else _public_chat(call.bot, str(chat_id))
    if chat is None:
        if chat_id == call.bot.id or any(bot.id == chat_id for bot in call.world.bots.values()):
            raise forbidden("bot can't send messages to bots")
        if chat_id not in call.world.users:
            raise bad_request("chat not found")
    if chat is None or not chat.started:
        raise forbidden("bot can't initiate conversation with a user")
    if chat.blocked and write:
        if chat.is_private:
            raise forbidden("bot was blocked by the user")
        raise forbidden(f"bot was kicked from the {chat.kind} chat")
    return chat


def _public_chat(bot: Bot, name: str) -> Chat | None:
    """Groups and channels are found by @username; people are not, as on Telegram."""
    wanted = name.removeprefix("@").lower()
    for chat in bot.chats.values():
        if not chat.is_private and str(chat.body.get("username", "")).lower() == wanted:
            return chat
    return None


def message_of(call: Call, chat: Chat, what: str) -> Message:
    """The message that a call names. `what` begins the refusal: "message to edit" becomes "… not found"."""
    message = chat.messages.get(call.params.get("message_id", 0))
    if message is None:
        raise bad_request(f"{what} not found")
    return message
