"""After an outage: a hundred thousand updates to work off, ten thousand messages to send."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import insert

from bot.delivery.limits import UNLIMITED
from bot.delivery.loop import Delivery
from crm_core.kit.clock import OffsetClock
from crm_core.kit.signals import Signals
from crm_core.outbox import service
from crm_core.outbox.models import Outgoing, Priority
from tests.bot.test_chaos import BOT, TOKEN
from tests.support.crowd import Program, running, until
from tests.support.endurance import LONG, Scene
from tests.support.server import Server

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1500 if LONG else 240)]

QUEUED = 100_000 if LONG else 1_500
CHATS = 100 if LONG else 30
MOST_MB = 400
PUSHES = 10_000 if LONG else 1_200
PEOPLE = 200


async def test_updates_queued_at_telegram(
    server: Server, crew_at_work: Scene, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    """While we were away, most wrote to us, one of them all day; who writes now does not wait for all of that."""
    scene = crew_at_work
    bot = scene.sandbox.world.bot(TOKEN)
    flooder = scene.players[0]
    chats = [910_001 + at for at in range(CHATS)]
    for chat in chats:
        scene.sandbox.add_user(f"路人{chat}", chat, language_code="zh-hans")
        scene.sandbox.start(TOKEN, chat)
    for number in range(QUEUED):  # a third of all from one person, the others in turn
        who = flooder.user_id if number % 3 == 0 else chats[number % CHATS]
        people = {"id": who, "first_name": f"U{who}"}
        said = {"message_id": 10**6 + number, "date": int(time.time()) - 3600, "text": f"查无此人{number}"}
        said |= {"from": people | {"is_bot": False}, "chat": people | {"type": "private"}}
        bot.updates.add_raw({"message": said}, who, "message")
    stale = bot.new_callback(bot.private_chat(bot.world.users[scene.players[1].user_id]))
    query = {"id": stale.id, "from": bot.world.users[scene.players[1].user_id].body, "chat_instance": "1"}
    chat = bot.private_chat(bot.world.users[scene.players[1].user_id])
    query |= {"data": "visit.log:1:1", "message": {"chat": chat.body, "message_id": 3, "date": 0}}
    bot.updates.add("callback_query", query, chat.id)
    settings = {"ROUNDS_BOT_TOKENS": TOKEN, "DATABASE_URL": server.url(), "ROUNDS_API_URL": scene.sandbox.url}
    program, most = Program(settings, tmp_path / "bot"), [0.0]

    async def watch_memory() -> None:
        assert program.process is not None
        process = psutil.Process(program.process.pid)
        while True:
            most[0] = max(most[0], process.memory_info().rss / 2**20)
            await asyncio.sleep(0.2)

    async with running(program):
        watching = asyncio.create_task(watch_memory())
        await until(lambda: _done(scene, 1), "the first of them worked off", 120)
        began = time.monotonic()
        await until(lambda: _done(scene, 200), "more of them worked off", 120)
        left_then = await scene.count("inbox WHERE state = 'pending'") + len(bot.updates.pending)
        scene.watcher.patience_s = 60
        fair_s = await scene.watcher.last_word()
        left_now = await scene.count("inbox WHERE state = 'pending'") + len(bot.updates.pending)
        await until(lambda: _nothing_pending(scene), "all of them worked off", 1200)
        took_s = time.monotonic() - began
        assert await scene.count("inbox WHERE state <> 'done'") == 0
        assert await scene.count("inbox") == QUEUED + 2
        overtaken = "SELECT id FROM (SELECT id, ended_at, lag(ended_at) OVER (PARTITION BY chat_id ORDER BY id) AS b"
        assert await scene.rows(f"{overtaken} FROM inbox) o WHERE ended_at < b LIMIT 1") == []
        await asyncio.wait_for(stale.answered.wait(), 60)
        watching.cancel()
    mine = f"chat_id = {scene.watcher.user_id}"
    ((worked_s,),) = await scene.rows(f"SELECT extract(epoch FROM ended_at - received_at) FROM inbox WHERE {mine}")
    tell(
        f"{QUEUED} updates in {took_s:.0f} s, {QUEUED / took_s:.0f} a second; {most[0]:.0f} MB at most;"
        f" a new line was answered after {fair_s:.1f} s (worked off {worked_s:.1f} s after it was fetched),"
        f" with {left_then} waiting before it and {left_now} behind"
    )
    assert program.said("loop.crashed") == program.said("update.failed") == 0
    assert most[0] < MOST_MB


async def _done(scene: Scene, most: int) -> bool:
    return await scene.count("inbox WHERE state = 'done'") >= most


async def _nothing_pending(scene: Scene) -> bool:
    left = len(scene.sandbox.world.bot(TOKEN).updates.pending)
    return not left and not await scene.count("inbox WHERE state = 'pending'")


async def test_outbox_full_while_bot_api_down(server: Server, crew_at_work: Scene, tell: Callable[[str], None]) -> None:
    """An hour without Telegram: pushes pile up, some are too late by then, and people ask something in the end."""
    scene = crew_at_work
    clock = scene.db.clock = OffsetClock()
    chats = [920_001 + at for at in range(PEOPLE)]
    for chat in chats:
        scene.sandbox.add_user(f"路人{chat}", chat)
        scene.sandbox.start(TOKEN, chat)
    scene.sandbox.fault(TOKEN, "status", status=502, times=10**9)
    at = clock.now()

    def row(number: int, words: str, priority: int, expires_at: datetime | None = None) -> dict[str, Any]:
        told = {"text": f"{words}{number}"}
        chat = chats[number % PEOPLE]
        place = {"bot_id": BOT, "chat_id": chat, "method": "send_message", "payload": told}
        return service.row(**place, at=at, priority=priority, expires_at=expires_at)

    soon, late = at + timedelta(minutes=30), at + timedelta(hours=12)
    pushes = [
        row(n, "过期" if n % 4 == 0 else "提醒", Priority.PUSH, soon if n % 4 == 0 else late) for n in range(PUSHES)
    ]
    async with scene.db.unit() as session:
        for some in range(0, PUSHES, 1000):
            await session.execute(insert(Outgoing), pushes[some : some + 1000])
    signals, stop = Signals(scene.db.url), asyncio.Event()
    delivery = Delivery(scene.db, BOT, TOKEN, scene.sandbox.url, signals, rates=UNLIMITED)
    running = asyncio.create_task(delivery.run(stop))
    try:
        await until(lambda: _tried(scene), "the sender finding Telegram away")
        clock.offset = timedelta(hours=1)
        async with scene.db.unit() as session:
            await service.enqueue(session, [row(n, "回答", Priority.ANSWER) for n in range(PEOPLE)])
        began = time.monotonic()
        scene.sandbox.clear_faults(TOKEN)
        await until(lambda: _nothing_open(scene), "all sent", 600)
        took_s = time.monotonic() - began
    finally:
        stop.set()
        await running
    came = [
        call["params"]["text"] for call in scene.sandbox.log(TOKEN) if call["ok"] and call["method"] == "sendMessage"
    ]
    shown = [m["text"] for chat in chats for m in scene.sandbox.messages(TOKEN, chat)]
    expected = [f"提醒{n}" for n in range(PUSHES) if n % 4] + [f"回答{n}" for n in range(PEOPLE)]
    tried = await scene.count("outbox WHERE attempts > 1")
    assert set(shown) == set(expected)
    assert len(shown) - len(expected) <= tried
    assert await scene.count("outbox WHERE state = 'dropped' AND error = 'expired'") == (PUSHES + 3) // 4
    assert await scene.count("outbox WHERE state = 'dead'") == 0
    answered = [at for at, words in enumerate(came) if words.startswith("回答")]
    assert not answered or max(answered) < PEOPLE + 2 * 30, "an answer waited behind pushes"
    for chat in chats:
        numbers = [int(m["text"][2:]) for m in scene.sandbox.messages(TOKEN, chat) if m["text"].startswith("提醒")]
        assert numbers == sorted(numbers)
    tell(f"{PUSHES} waited; {len(came)} sent in {took_s:.0f} s, answers first; {tried} tried twice")


async def _tried(scene: Scene) -> bool:
    return any(call["status"] == 502 for call in scene.sandbox.log(TOKEN))


async def _nothing_open(scene: Scene) -> bool:
    return not await scene.count("outbox WHERE state IN ('pending', 'sending')")
