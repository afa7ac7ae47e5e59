"""How a bot presents itself: its commands by scope and language, and the menu button."""

from __future__ import annotations

import re
from typing import Any

from sandbox.errors import Json, bad_request
from sandbox.fields import number_in, object_in, text_in
from sandbox.links import BadLinkError, checked_link
from sandbox.methods.call import Call, chat_of, method
from sandbox.state import Bot, User

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
LANGUAGE = re.compile(r"[a-z]{2}")
PLAIN_SCOPES = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})
CHAT_SCOPES = frozenset({"chat", "chat_administrators", "chat_member"})
MAX_COMMANDS = 100


@method
def set_my_commands(call: Call) -> bool:
    raw = call.params.get("commands") or []
    if not isinstance(raw, list):
        raise bad_request("Expected an Array of BotCommand")
    if len(raw) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    where = _where(call)
    commands = [read_command(item) for item in raw]
    if commands:
        call.bot.commands[where] = commands
    else:
        call.bot.commands.pop(where, None)
    _announce(call.bot, "commands", _chat_in(where[0]))
    return True


@method
def get_my_commands(call: Call) -> list[Json]:
    return call.bot.commands.get(_where(call), [])


@method
def delete_my_commands(call: Call) -> bool:
    where = _where(call)
    call.bot.commands.pop(where, None)
    _announce(call.bot, "commands", _chat_in(where[0]))
    return True


@method
def set_chat_menu_button(call: Call) -> bool:
    chat_id = _menu_chat(call)
    button = read_menu_button(call.params.get("menu_button"))
    if button["type"] == "default":
        call.bot.menu_buttons.pop(chat_id, None)
    else:
        call.bot.menu_buttons[chat_id] = button
    _announce(call.bot, "menu", chat_id)
    return True


@method
def get_chat_menu_button(call: Call) -> Json:
    chat_id = _menu_chat(call)
    fallback = {"type": "default"} if chat_id else {"type": "commands"}
    return call.bot.menu_buttons.get(chat_id, fallback)


def shown_commands(bot: Bot, user: User) -> list[Json]:
    """The commands that a person sees in the private chat: the narrowest scope wins, then their language."""
    if not bot.commands:
        return []
    language = user.language[:2].lower()
    for scope in (f"chat:{user.id}", "all_private_chats", "default"):
        for code in (language, ""):
            commands = bot.commands.get((scope, code))
            if commands:
                return commands
    return []


def shown_menu_button(bot: Bot, user: User) -> Json:
    return bot.menu_buttons.get(user.id) or bot.menu_buttons.get(0) or {"type": "commands"}


def _chat_in(scope: str) -> int:
    """The chat that a scope is about, or 0 where it is about many."""
    return int(scope.split(":")[1]) if ":" in scope else 0


def _announce(bot: Bot, event: str, chat_id: int) -> None:
    """Who looks at that chat, or for 0 at any chat of this bot, may see something else now."""
    for chat in bot.chats.values() if chat_id == 0 else filter(None, [bot.chats.get(chat_id)]):
        chat.touch()
    bot.world.events.publish(event, {"token": bot.token})


def _where(call: Call) -> tuple[str, str]:
    language = call.params.get("language_code") or ""
    if language and not LANGUAGE.fullmatch(language):
        raise bad_request("Invalid language code specified")
    return _scope(call, call.params.get("scope")), language


def _scope(call: Call, raw: Any) -> str:
    if raw is None:
        return "default"
    where = "Can't parse BotCommandScope: "
    if not isinstance(raw, dict):
        raise bad_request(f"{where}BotCommandScope must be an Object")
    kind = text_in(raw, "type", where)
    if kind in PLAIN_SCOPES:
        return kind
    if kind not in CHAT_SCOPES:
        raise bad_request(f"{where}Unsupported type specified")
    chat_id: Any = text_in(raw, "chat_id", where)
    if not chat_id:
        raise bad_request(f"{where}Empty chat_id specified")
    chat_id = int(chat_id) if chat_id.lstrip("-").isdecimal() else chat_id
    chat = chat_of(Call(call.bot, {"chat_id": chat_id}, {}), write=False)
    if kind == "chat":
        return f"chat:{chat.id}"
    if chat.is_private:
        raise bad_request("can't use specified scope in private chats")
    if kind == "chat_administrators":
        return f"chat_administrators:{chat.id}"
    user_id = number_in(raw, "user_id", where)
    if user_id <= 0:
        raise bad_request(f"{where}Invalid user_id specified")
    return f"chat_member:{chat.id}:{user_id}"


def read_command(raw: Any) -> Json:
    """One BotCommand. Raises ApiError."""
    where = "Can't parse BotCommand: "
    if not isinstance(raw, dict):
        raise bad_request(f"{where}expected an Object")
    command = text_in(raw, "command", where).strip().removeprefix("/")
    description = text_in(raw, "description", where).strip()
    if not command:
        raise bad_request("Command must be non-empty")
    if len(command) > 32:
        raise bad_request("Command length must not exceed 32")
    if not description:
        raise bad_request("Command description must be non-empty")
    if len(description) > 256:
        raise bad_request("Command description length must not exceed 256")
    if not COMMAND.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")
    return {"command": command, "description": description}


def _menu_chat(call: Call) -> int:
    """The private chat of the button, or 0 for all of them."""
    chat_id = call.params.get("chat_id")
    if chat_id is None:
        return 0
    if not isinstance(chat_id, int) or chat_id <= 0:
        raise bad_request("Invalid chat_id specified")
    if chat_id not in call.world.users:
        raise bad_request("user not found")
    return chat_id


def read_menu_button(raw: Any) -> Json:
    """A MenuButton; none is the default one. Raises ApiError."""
    if raw is None:
        return {"type": "default"}
    where = "Can't parse menu button: "
    if not isinstance(raw, dict):
        raise bad_request(f"{where}MenuButton must be an Object")
    kind = text_in(raw, "type", where)
    if kind in ("default", "commands"):
        return {"type": kind}
    if kind != "web_app":
        raise bad_request(f"{where}MenuButton has unsupported type")
    text = text_in(raw, "text", where)
    url = text_in(object_in(raw, "web_app", where), "url", where)
    if not text:
        raise bad_request("Menu button text must be non-empty")
    try:
        return {"type": "web_app", "text": text, "web_app": {"url": checked_link(url, https_only=True)}}
    except BadLinkError as why:
        raise bad_request(f"Menu button Web App URL '{url}' is invalid: {why}") from None
