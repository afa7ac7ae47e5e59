"""Updates that nobody can handle, in the middle of people at work: put aside with a code, and nobody else is slowed."""

import asyncio
import time
from collections.abc import Callable

import pytest

from bot import worker
from crm_core.inbox import deadletters, lanes
from handlers import routing
from handlers.turn import Turn
from sandbox.updates import Update
from screens.screen import N_
from tests.bot.test_chaos import TOKEN
from tests.support.endurance import LONG, Scene, made, serving
from tests.support.server import Server

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

DEPTH = 10_000


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """/boom always fails, /hang never ends."""
    routing.load()

    async def boom(_: Turn) -> None:
        raise RuntimeError("of no use")

    async def hang(_: Turn) -> None:
        await asyncio.sleep(600)

    for name, handler in (("boom", boom), ("hang", hang)):
        command = routing.Command(name, handler, N_("Begin"), None, 50)
        monkeypatch.setitem(routing.commands(), name, command)  # pyright: ignore[reportArgumentType]
    monkeypatch.setattr(worker, "PATIENCE_S", 1.0)
    if not LONG:
        monkeypatch.setattr(lanes, "_BACKOFF_S", (0.1, 0.2, 0.3, 0.4))


def deep(scene: Scene, number: int) -> None:
    """What Telegram has never sent: an update ten thousand levels deep."""
    content = f'{{"update_id":{number},"message":{"[" * DEPTH}{"]" * DEPTH}}}'
    updates = scene.sandbox.world.bot(TOKEN).updates
    updates.pending[number] = Update(number, time.monotonic() + 3600, 0, content)
    updates._next_id = max(updates._next_id, number + 1)


async def test_poison_update(server: Server, crew_at_work: Scene, probes: None, tell: Callable[[str], None]) -> None:
    scene = crew_at_work
    victims = [900_001 + at for at in range(6 if LONG else 2)]

    async def poison() -> None:
        for at, victim in enumerate(victims):
            scene.sandbox.add_user(f"路人{at}", victim, language_code="zh-hans")
        world = scene.sandbox.world.bot(TOKEN).updates
        me = scene.watcher.user_id
        scene.sandbox.say(TOKEN, me, "/boom 谈了年框")
        scene.sandbox.say(TOKEN, me, "/hang")
        scene.sandbox.say(TOKEN, me, "长" * 4096)
        for victim in victims:
            scene.sandbox.say(TOKEN, victim, "啊" * 4096)
            scene.sandbox.inject(TOKEN, {"hologram": {"from": {"id": victim}, "deep": [[[[]]]]}})
        deep(scene, world._next_id)
        scene.sandbox.inject(TOKEN, {"message": "no object"})
        scene.sandbox.say(TOKEN, me, "查无此人后来的")

    scene.dead = 2
    async with serving(made(server.url(), scene.sandbox.url)):
        await scene.endure(poison, back_s=150)
    assert scene.crashes() == []
    async with scene.db.unit() as session:
        letters = await deadletters.list_dead(session)
    assert sorted(letter.error.split()[1] for letter in letters) == ["RuntimeError:", "TimeoutError:"]
    texts = [message.get("text", "") for message in scene.watcher.shown()]
    for letter in letters:
        assert sum(letter.error.split()[0] in words for words in texts) == 1, "the person was not told the code, once"
    assert any("后来的" in words for words in texts), "the lane did not go on"
    unread = await scene.rows("SELECT length(payload ->> 'unreadable') FROM inbox WHERE payload ? 'unreadable'")
    assert unread == [(20_000,)]
    slowest = max(player.longest_wait_s for player in scene.players)
    assert slowest < 20, "others were slowed down"
    tell(f"behind two poisons of one's own {scene.back_s:.1f} s; others never waited more than {slowest:.1f} s")
