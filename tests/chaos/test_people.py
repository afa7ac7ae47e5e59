"""Who blocks the bot is left in peace and misses nothing on return; and two programs are one to Telegram."""

import asyncio
from collections.abc import Callable

import pytest

from crm_core.outbox import service
from crm_core.outbox.models import Priority
from tests.bot.test_chaos import BOT, TOKEN
from tests.support.crowd import until
from tests.support.endurance import LONG, Scene, made, scene, serving
from tests.support.server import Server

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]


async def _push(scene: Scene, chat_id: int, *words: str) -> None:
    """All at once, so that all of it waits while the first is tried."""
    async with scene.db.unit() as session:
        told = {
            "bot_id": BOT,
            "chat_id": chat_id,
            "method": "send_message",
            "at": scene.db.clock.now(),
            "priority": Priority.PUSH,
        }
        await service.enqueue(session, [service.row(**told, payload={"text": one}) for one in words])


async def test_two_programs_at_once(
    server: Server, own: object, told: list[object], tell: Callable[[str], None]
) -> None:
    """Two of everything, and a Telegram that refuses who is too fast: one sends, one polls, one ticks."""
    many = 300 if LONG else 60
    async with scene(own, told, people=4, flood=True) as there:
        there.sent_within_s += many / 4  # in a chat goes one a second, and answers go before pushes
        settings = made(server.url(), there.sandbox.url)
        async with serving(settings), serving(settings):

            async def burst() -> None:
                for number in range(many):
                    await _push(there, there.players[number % 4].user_id, f"提醒{number}")
                await asyncio.sleep(30 if LONG else 3)

            await there.endure(burst, back_s=60)
        refused = [call for call in there.sandbox.log(TOKEN) if call["status"] in (409, 429)]
        assert refused == []
        assert there.crashes() == []
        pushed = [m["text"] for one in there.players for m in one.shown() if m.get("text", "").startswith("提醒")]
        assert len(pushed) == len(set(pushed)) == many
        tell(f"{len(pushed)} pushes beside the answers, each once; not one call refused")


async def test_blocked_and_unblocked(server: Server, crew_at_work: Scene, tell: Callable[[str], None]) -> None:
    """Somebody blocks the bot while things are to be told: what was said meanwhile is dropped, records stay whole."""
    scene = crew_at_work
    away = scene.sandbox.add_user("代表外出", 930_001)["id"]
    scene.sandbox.start(TOKEN, away)

    async def block() -> None:
        await _push(scene, away, "之前")
        await until(lambda: _sent(scene, away, 1), "what was pushed before")
        scene.sandbox.block(TOKEN, away)
        await _push(scene, away, *(f"期间{number}" for number in range(5)))
        await until(lambda: _nothing_for(scene, away), "what was for somebody who is away let go")
        tries = [call for call in scene.sandbox.log(TOKEN) if call["status"] == 403]
        assert len(tries) == 1, "somebody who had blocked the bot was tried again and again"
        scene.sandbox.unblock(TOKEN, away)
        await _push(scene, away, "之后")
        await until(lambda: _sent(scene, away, 2), "what was pushed after the return")

    async with serving(made(server.url(), scene.sandbox.url)):
        await scene.endure(block, back_s=45)
    shown = [m["text"] for m in scene.sandbox.messages(TOKEN, away) if m["from"]["is_bot"]]
    assert shown == ["之前", "之后"]
    assert scene.crashes() == []
    tell("one try, then silence; back with the first message after the return")


async def _sent(scene: Scene, chat_id: int, count: int) -> bool:
    return await scene.count(f"outbox WHERE chat_id = {chat_id} AND state = 'sent'") == count


async def _nothing_for(scene: Scene, chat_id: int) -> bool:
    return not await scene.count(f"outbox WHERE chat_id = {chat_id} AND state IN ('pending', 'sending')")
