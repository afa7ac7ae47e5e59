"""What a person does in Telegram: writes, sends, taps, edits, blocks; and what they see."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sandbox.errors import Json
from sandbox.files import Upload
from sandbox.formatting import MAX_CAPTION, MAX_TEXT, typed
from sandbox.keyboards import labels
from sandbox.methods.settings import shown_commands, shown_menu_button
from sandbox.state import Bot, Chat, Message, User

FILE_KINDS = ("photo", "document", "voice", "audio", "video")
MAX_ALBUM = 10


class PersonError(ValueError):
    """Something that a person could not do, with the reason."""


def person(bot: Bot, user_id: Any) -> User:
    user = bot.world.users.get(user_id)
    if user is None:
        raise PersonError(f"there is no user {user_id}; add one with POST /sim/users")
    return user


def send(bot: Bot, user_id: Any, given: Json, uploads: dict[str, list[Upload]] | None = None) -> list[Message]:
    """Send what `given` describes: a text, a location, a contact, or the uploads; several of these are an album.

    Raises PersonError where a person could not do so, ApiError for a file that Telegram would not take.
    """
    user = person(bot, user_id)
    chat = _chat_to_write(bot, user, given)
    common = _common(bot, chat, user, given)
    contents = _files(bot, given, uploads) if uploads else [_content(given)]
    if len(contents) > 1:
        group_id = str(given.get("media_group_id") or random.getrandbits(53))
        contents = [{"media_group_id": group_id, **content} for content in contents]
    elif given.get("media_group_id"):
        contents[0]["media_group_id"] = str(given["media_group_id"])
    chat.started = True
    return [_receive(bot, chat, {**common, **content}) for content in contents]


def _receive(bot: Bot, chat: Chat, body: Json) -> Message:
    message = chat.add({"message_id": chat.next_message_id(), **body}, from_bot=False)
    bot.updates.add("channel_post" if chat.kind == "channel" else "message", message.body, chat.id)
    return message


def _chat_to_write(bot: Bot, user: User, given: Json) -> Chat:
    chat_id = int(given.get("chat_id") or user.id)
    if chat_id < 0:
        described = given.get("chat") or {}
        chat = bot.group(chat_id, described.get("type"), described.get("title"))
        if described.get("username"):
            chat.body = {**chat.body, "username": described["username"]}
        return chat
    if chat_id != user.id:
        raise PersonError("in private a person writes to the bot alone: leave chat_id out")
    chat = bot.private_chat(user)
    if chat.blocked:
        raise PersonError("this person has blocked the bot; POST /sim/{token}/unblock comes first")
    return chat


def _common(bot: Bot, chat: Chat, user: User, given: Json) -> Json:
    sender: Json = {"sender_chat": chat.body} if chat.kind == "channel" else {"from": user.body}
    common: Json = {**sender, "chat": chat.body, "date": _moment(bot, given.get("date"))}
    if given.get("reply_to"):
        replied = chat.messages.get(int(given["reply_to"]))
        if replied is None:
            raise PersonError(f"there is no message {given['reply_to']} to reply to")
        common["reply_to_message"] = {k: v for k, v in replied.body.items() if k != "reply_to_message"}
    return common


def _moment(bot: Bot, given: Any) -> int:
    if given is None:
        return bot.world.clock.seconds()
    if isinstance(given, str) and not given.lstrip("-").isdigit():
        at = datetime.fromisoformat(given)
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
    return int(given)


def _content(given: Json) -> Json:
    if given.get("text") is not None:
        return _text(str(given["text"]))
    if isinstance(given.get("location"), dict):
        location = given["location"]
        if not all(isinstance(location.get(name), int | float) for name in ("latitude", "longitude")):
            raise PersonError("a location has a latitude and a longitude")
        return {"location": location}
    if isinstance(given.get("contact"), dict):
        contact = given["contact"]
        if not contact.get("phone_number") or not contact.get("first_name"):
            raise PersonError("a contact has a phone_number and a first_name")
        return {"contact": contact}
    raise PersonError("give text, location, contact, or files as multipart")


def _text(text: str) -> Json:
    made = typed(text)
    if not made.text:
        raise PersonError("Telegram does not send an empty text")
    if len(made.text) > MAX_TEXT:
        raise PersonError(f"a message holds {MAX_TEXT} characters at most")
    return {"text": made.text, "entities": made.entities} if made.entities else {"text": made.text}


def _files(bot: Bot, given: Json, uploads: dict[str, list[Upload]]) -> list[Json]:
    contents: list[Json] = []
    for kind, files in uploads.items():
        if kind not in FILE_KINDS:
            raise PersonError(f"a person can send {', '.join(FILE_KINDS)}, but no {kind}")
        details = {}
        if kind in ("voice", "audio", "video"):
            details["duration"] = int(given.get("duration") or 1)
        if kind == "video":
            details |= {"width": 640, "height": 480}
        for upload in files:
            file = bot.files.add(kind, upload, **details)
            contents.append({kind: file.body["sizes"] if kind == "photo" else file.body})
    if len(contents) > MAX_ALBUM:
        raise PersonError(f"an album holds {MAX_ALBUM} items at most")
    caption = typed(str(given.get("caption") or ""))
    if len(caption.text) > MAX_CAPTION:
        raise PersonError(f"a caption holds {MAX_CAPTION} characters at most")
    if caption.text:
        contents[0]["caption"] = caption.text
        if caption.entities:
            contents[0]["caption_entities"] = caption.entities
    return contents


def edit(bot: Bot, user_id: Any, message_id: int, text: str, chat_id: int | None = None) -> Message:
    """Change one's own message: its text, or the caption of a picture."""
    user = person(bot, user_id)
    chat = _seen_chat(bot, user, chat_id)
    message = chat.messages.get(message_id)
    if message is None or message.body.get("from", {}).get("id") != user.id:
        raise PersonError(f"message {message_id} is not one that this person sent")
    body = dict(message.body)
    if "text" in body:
        body.pop("entities", None)
        body |= _text(text)
    else:
        made = typed(text)
        body.pop("caption_entities", None)
        body |= {"caption": made.text, **({"caption_entities": made.entities} if made.entities else {})}
    body["edit_date"] = bot.world.clock.seconds()
    message.body = body
    chat.changed(message)
    bot.updates.add("edited_message", body, chat.id)
    return message


def _seen_chat(bot: Bot, user: User, chat_id: int | None) -> Chat:
    chat = bot.chats.get(chat_id or user.id)
    if chat is None:
        raise PersonError("this person has no chat with the bot yet")
    return chat


async def tap(
    bot: Bot,
    user_id: Any,
    message_id: int,
    *,
    button: str | None = None,
    data: str | None = None,
    wait_s: float = 5.0,
    chat_id: int | None = None,
) -> Json:
    """Press a button by its label, or forge any callback data, and wait for the bot's answer."""
    user = person(bot, user_id)
    chat = _seen_chat(bot, user, chat_id)
    message = chat.messages.get(message_id)
    if data is None:
        if message is None:
            raise PersonError(f"there is no message {message_id} to tap on")
        found = find_button(message, button)
        if "callback_data" not in found:
            return {"answer": None, "waited_ms": 0, "button": found}
        data = found["callback_data"]
    callback = bot.new_callback(chat)
    shown = message.body if message else {"chat": chat.body, "message_id": message_id, "date": 0}
    query = {
        "id": callback.id,
        "from": user.body,
        "message": shown,
        "chat_instance": chat.instance,
        "data": data,
    }
    bot.updates.add("callback_query", query, chat.id)
    began = time.monotonic()
    if wait_s > 0 and callback.answer is None:
        with suppress(TimeoutError):  # without an answer the person sees the spinner stop, no more
            await asyncio.wait_for(callback.answered.wait(), wait_s)
    return {
        "answer": callback.answer,
        "waited_ms": round((time.monotonic() - began) * 1000),
        "callback_query_id": callback.id,
    }


def find_button(message: Message, label: str | None) -> Json:
    """The button of that label, else the only one whose label contains it. Raises PersonError that lists the labels."""
    markup = message.body.get("reply_markup") or {}
    buttons = [button for row in markup.get("inline_keyboard", ()) for button in row]
    exact = [button for button in buttons if button["text"] == label]
    if exact:
        return exact[0]
    close = [button for button in buttons if label and label in button["text"]]
    if len(close) == 1:
        return close[0]
    there = ", ".join(repr(text) for text in labels(markup)) or "none"
    problem = "several buttons contain" if close else "no button is called"
    raise PersonError(f"{problem} {label!r}; buttons on message {message.id}: {there}")


def set_blocked(bot: Bot, user_id: Any, *, blocked: bool) -> Json:
    """Block or unblock the bot, which it learns by a my_chat_member update."""
    user = person(bot, user_id)
    chat = bot.private_chat(user)
    if chat.blocked == blocked:
        return {"blocked": blocked}
    chat.blocked = blocked
    kicked = {"user": bot.body, "status": "kicked", "until_date": 0}
    member = {"user": bot.body, "status": "member"}
    change = {
        "chat": chat.body,
        "from": user.body,
        "date": bot.world.clock.seconds(),
        "old_chat_member": member if blocked else kicked,
        "new_chat_member": kicked if blocked else member,
    }
    bot.updates.add("my_chat_member", change, chat.id)
    return {"blocked": blocked}


def inject(bot: Bot, raw: Json) -> int:
    """Queue any update as it is. People and chats that it names come to life, so that the bot can answer them."""
    fields = {k: dict(v) if isinstance(v, dict) else v for k, v in raw.items() if k != "update_id"}
    kind = next(iter(fields), "")
    if kind in _LEARNERS and isinstance(fields[kind], dict):
        _LEARNERS[kind](bot, fields[kind])
    return bot.updates.add_raw(fields, _lane(fields.get(kind)), kind)


def _lane(content: Any) -> int:
    """The chat of an update, else its message's chat, else the person it comes from."""
    if not isinstance(content, dict):
        return 0
    message = content.get("message")
    for place in (content.get("chat"), message.get("chat") if isinstance(message, dict) else None, content.get("from")):
        if isinstance(place, dict) and isinstance(place.get("id"), int):
            return place["id"]
    return 0


def _learn_message(bot: Bot, body: Json) -> None:
    sender, chat_body = body.get("from"), body.get("chat")
    if not isinstance(chat_body, dict) or not isinstance(chat_body.get("id"), int):
        return
    if chat_body["id"] < 0:
        chat = bot.group(chat_body["id"], chat_body.get("type"), chat_body.get("title"))
    else:
        same = isinstance(sender, dict) and sender.get("id") == chat_body["id"]
        _learn_user(bot, sender if same and sender else chat_body)
        user = bot.world.users.get(chat_body["id"])
        if user is None:
            return
        chat = bot.private_chat(user)
    chat.started = True
    body.setdefault("message_id", chat.next_message_id())
    if isinstance(body["message_id"], int) and body["message_id"] not in chat.messages:
        bot.message_counter = max(bot.message_counter, min(body["message_id"], 1 << 31))
        chat.add(dict(body), from_bot=False)


def _learn_user(bot: Bot, body: Json) -> None:
    user_id = body.get("id")
    if isinstance(user_id, int) and user_id > 0 and user_id not in bot.world.users and not body.get("is_bot"):
        known = {k: body[k] for k in ("first_name", "last_name", "username", "language_code") if body.get(k)}
        bot.world.add_user({"first_name": "Someone", **known}, user_id)


def _learn_callback(bot: Bot, body: Json) -> None:
    sender = body.get("from")
    if not isinstance(sender, dict) or not isinstance(sender.get("id"), int):
        return
    _learn_user(bot, sender)
    user = bot.world.users.get(sender["id"])
    if user is None:
        return
    chat = bot.private_chat(user)
    chat.started = True
    callback = bot.new_callback(chat, str(body["id"]) if body.get("id") else None)
    body["id"] = callback.id


_LEARNERS: dict[str, Callable[[Bot, Json], None]] = {
    "message": _learn_message,
    "channel_post": _learn_message,
    "callback_query": _learn_callback,
}


def view(bot: Bot, user_id: Any, after: int | None = None, chat_id: int | None = None) -> Json:
    """What the person sees now; with `after`, only what changed since, deleted messages by their id."""
    user = person(bot, user_id)
    chat = bot.chats.get(chat_id or user.id)
    seen: Json = {
        "messages": _messages(chat, after) if chat else [],
        "seq": bot.world.seq,
        "reply_keyboard": chat.keyboard if chat else None,
        "chat_action": chat.action if chat else None,
        "commands": shown_commands(bot, user),
        "menu_button": shown_menu_button(bot, user),
        "blocked": bool(chat and chat.blocked),
    }
    return seen


def _messages(chat: Chat, after: int | None) -> list[Json]:
    if after is None:
        return [{**message.body, "seq": message.seq} for message in chat.messages.values()]
    changed: list[Json] = []
    for message in reversed(chat.changes.values()):
        if message.seq <= after:
            break
        if message.deleted:
            changed.append({"message_id": message.id, "deleted": True, "seq": message.seq})
        else:
            changed.append({**message.body, "seq": message.seq})
    return changed[::-1]
