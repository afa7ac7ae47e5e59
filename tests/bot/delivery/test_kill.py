"""kill -9 of the sender at random moments: nothing is lost, hardly anything comes twice, order stays."""

import asyncio
import os
import random
import signal
import sys
from collections import Counter, defaultdict

import pytest
import sqlalchemy

from crm_core.kit.clock import SystemClock
from crm_core.kit.signals import Signals
from crm_core.outbox.models import Priority
from sandbox.server import run_sandbox
from tests.bot.delivery.conftest import Post

TOKEN = "700001:test-token-of-the-delivery"
SENDERS = """
import asyncio, os, signal, sys
from bot.delivery.limits import Rates
from bot.delivery.loop import Delivery
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from crm_core.kit.signals import Signals

async def send(database, api, bot_id, token, rate=None):
    db = Database(database, SystemClock(), pool_size=2)
    signals = Signals(db.url)
    listening = asyncio.create_task(signals.run())
    rates = Rates(token_per_s=float(rate), token_window_s=0, chat_per_s=50) if rate else Rates()
    await Delivery(db, int(bot_id), token, api, signals, rates=rates).run(asyncio.Event())

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
children = []
for _ in sys.stdin:
    child = os.fork()
    if not child:
        asyncio.run(send(*sys.argv[1:]))
        os._exit(0)
    children.append(child)
    os.write(1, b"%d\\n" % child)
for child in children:
    try:
        os.kill(child, signal.SIGKILL)
    except ProcessLookupError:
        pass
"""
"""Forks a sender for each line it reads (importing all this takes seconds), and kills them all at the end."""


class Senders:
    """One that sends and one that stands by; whoever is killed has a successor at once."""

    def __init__(self, nursery: asyncio.subprocess.Process) -> None:
        self._nursery = nursery
        self._alive: list[int] = []

    @classmethod
    async def start(cls, database: str, api: str, rate: float | None = None) -> "Senders":
        """At the pace that Telegram allows, unless another is said."""
        arguments = (database, api, "700001", TOKEN, *([] if rate is None else [str(rate)]))
        pipe, log = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        nursery = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SENDERS, *arguments, stdin=pipe, stdout=pipe, stderr=log
        )
        return cls(nursery)

    async def add(self) -> None:
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write(b"one more\n")
        while not (line := await self._nursery.stdout.readline()).strip().isdigit():
            assert line  # what else comes is the senders' log
        self._alive.append(int(line))

    def kill_first(self) -> None:
        os.kill(self._alive.pop(0), signal.SIGKILL)

    async def end(self) -> None:
        assert self._nursery.stdin is not None
        self._nursery.stdin.close()
        await self._nursery.communicate()


async def kill_under_load(post, *, kills: int, rate: float, people: int, seed: int) -> Counter[tuple[int, str]]:
    """Kill senders one after another while messages keep coming; how often each arrived."""
    dice = random.Random(seed)
    senders = await Senders.start(post.db.url, post.sandbox.url, rate)
    chats = [post.person(number) for number in range(people)]
    expected: list[tuple[int, str]] = []

    async def keep_writing(until: asyncio.Event) -> None:
        while not until.is_set():
            chat = dice.choice(chats)
            text = str(len(expected))
            await post.put(chat, text=text)
            expected.append((chat, text))
            await asyncio.sleep(0.8 / rate)

    enough = asyncio.Event()
    try:
        await senders.add()
        writing = asyncio.create_task(keep_writing(enough))
        for _ in range(kills):
            await senders.add()
            await asyncio.sleep(dice.uniform(0.7, 1.5))
            senders.kill_first()
        enough.set()
        await writing
        last_row = await post.put(chats[0], text="last")
        expected.append((chats[0], "last"))
        await post.until(last_row, "sent", within_s=60)
        await post.wait_for(lambda: arrivals(post).keys() >= set(expected), within_s=30)
    finally:
        await senders.end()
    assert arrivals(post).keys() == set(expected)
    return arrivals(post)


def arrivals(post) -> Counter[tuple[int, str]]:
    taken = [call["params"] for call in post.calls("sendMessage") if call["ok"]]
    return Counter((params["chat_id"], params["text"]) for params in taken)


def assert_in_order(post) -> None:
    by_chat: dict[int, list[str]] = defaultdict(list)
    for chat, text in arrivals(post):
        by_chat[chat].append(text)
    for texts in by_chat.values():
        numbers = [int(text) for text in texts if text != "last"]
        assert numbers == sorted(numbers)


async def test_killed_senders_lose_nothing_and_double_hardly_anything(post):
    kills = 3
    counts = await kill_under_load(post, kills=kills, rate=60, people=25, seed=1)
    assert sum(counts.values()) - len(counts) <= kills
    assert_in_order(post)


@pytest.mark.chaos
async def test_thirty_killed_senders_lose_nothing_and_double_hardly_anything(post):
    kills = int(os.environ.get("ROUNDS_CHAOS_KILLS", "30"))
    counts = await kill_under_load(post, kills=kills, rate=25, people=25, seed=random.randrange(10**6))
    doubled = sum(counts.values()) - len(counts)
    print(f"{kills} kills, {len(counts)} messages, {doubled} came twice")  # noqa: T201
    assert doubled <= kills
    assert_in_order(post)


async def test_a_full_outbox_reaches_everybody_at_the_pace_that_telegram_allows_though_the_sender_is_killed(db):
    """The whole of it, with figures, is `python -m benchmarks.delivery`."""
    many, people = 120, 40
    async with run_sandbox(tokens=[TOKEN], flood=True) as strict:
        await strict.ready()
        db.clock = SystemClock()
        post = Post(db, strict, Signals(db.url))
        chats = [post.person(number) for number in range(people)]
        for number in range(many):
            await post.put(chats[number % people], text=str(number), priority=Priority.PUSH)
        senders = await Senders.start(db.url, strict.url)
        try:
            await senders.add()
            await post.wait_for(lambda: len(arrivals(post)) >= many // 2, within_s=60)
            senders.kill_first()
            async with db.engine.connect() as connection:
                left = (
                    await connection.scalar(sqlalchemy.text("SELECT count(*) FROM outbox WHERE state = 'sending'")) or 0
                )
            await senders.add()
            await post.wait_for(lambda: len(arrivals(post)) >= many, within_s=60)
        finally:
            await senders.end()
        assert arrivals(post).keys() == {(chats[number % people], str(number)) for number in range(many)}
        assert arrivals(post).total() - many <= left
        assert {call["status"] for call in post.calls("sendMessage") if call["ok"] is not None} == {200}
        assert_in_order(post)
