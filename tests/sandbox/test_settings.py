"""Commands by scope and language, and the menu button, as the person sees them."""

from typing import Any

from sandbox.server import Sandbox
from tests.sandbox.support import TOKEN, Library, Raw


def commands(library: Library, *names: str) -> list[Any]:
    return [library.types.BotCommand(command=name, description=f"does {name}") for name in names]


def shown(sandbox: Sandbox, user_id: int) -> list[str]:
    return [command["command"] for command in sandbox.view(TOKEN, user_id)["commands"]]


async def test_narrowest_scope_wins_then_the_persons_language(library: Library, sandbox: Sandbox, ann: int) -> None:
    bob = sandbox.add_user("Bob", language_code="en")["id"]
    sandbox.say(TOKEN, bob, "/start")
    bot, types = library.bot, library.types
    assert await bot.set_my_commands(commands(library, "help"))
    assert (shown(sandbox, ann), shown(sandbox, bob)) == (["help"], ["help"])
    await bot.set_my_commands(commands(library, "bangzhu"), language_code="zh")
    assert (shown(sandbox, ann), shown(sandbox, bob)) == (["bangzhu"], ["help"])
    await bot.set_my_commands(commands(library, "today"), scope=types.BotCommandScopeAllPrivateChats())
    assert (shown(sandbox, ann), shown(sandbox, bob)) == (["today"], ["today"])
    await bot.set_my_commands(commands(library, "team", "pending"), scope=types.BotCommandScopeChat(chat_id=ann))
    assert (shown(sandbox, ann), shown(sandbox, bob)) == (["team", "pending"], ["today"])
    found = await bot.get_my_commands(scope=types.BotCommandScopeChat(chat_id=ann))
    assert [(c.command, c.description) for c in found] == [("team", "does team"), ("pending", "does pending")]
    assert [c.command for c in await bot.get_my_commands(language_code="zh")] == ["bangzhu"]
    assert await bot.delete_my_commands(scope=types.BotCommandScopeChat(chat_id=ann))
    await bot.delete_my_commands(scope=types.BotCommandScopeAllPrivateChats())
    assert (shown(sandbox, ann), shown(sandbox, bob)) == (["bangzhu"], ["help"])
    assert list(await bot.get_my_commands(scope=types.BotCommandScopeChat(chat_id=ann))) == []


async def test_menu_button_is_the_chats_own_or_the_common_one(library: Library, sandbox: Sandbox, ann: int) -> None:
    bot, types = library.bot, library.types
    assert (await bot.get_chat_menu_button()).type == "commands"
    assert (await bot.get_chat_menu_button(chat_id=ann)).type == "default"
    app = types.MenuButtonWebApp(text="打开", web_app=types.WebAppInfo(url="https://example.com/app"))
    assert await bot.set_chat_menu_button(chat_id=ann, menu_button=app)
    assert sandbox.view(TOKEN, ann)["menu_button"] == {
        "type": "web_app",
        "text": "打开",
        "web_app": {"url": "https://example.com/app"},
    }
    assert (await bot.get_chat_menu_button(chat_id=ann)).text == "打开"
    await bot.set_chat_menu_button(chat_id=ann, menu_button=types.MenuButtonDefault())
    assert sandbox.view(TOKEN, ann)["menu_button"] == {"type": "commands"}


async def test_changed_commands_wake_who_looks_at_the_chat(raw: Raw, ann: int) -> None:
    seq = (await raw.sim(f"{TOKEN}/chats/{ann}/messages"))["seq"]
    await raw.call("setMyCommands", commands=[{"command": "/visit", "description": " log "}])
    seen = await raw.sim(f"{TOKEN}/chats/{ann}/messages?after={seq}&wait_s=5")
    assert seen["commands"] == [{"command": "visit", "description": "log"}]
    assert seen["seq"] > seq
