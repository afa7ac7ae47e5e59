"""A delivery over a real database and a sandbox of one's own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.delivery.limits import UNLIMITED
from bot.delivery.loop import Delivery
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from crm_core.kit.signals import Signals
from crm_core.outbox import service
from crm_core.outbox.models import Ambiguous, Card, Outgoing, Priority
from sandbox.server import Sandbox, run_sandbox

BOT = 700001
TOKEN = f"{BOT}:test-token-of-the-delivery"


class Post:
    """A post office: puts rows into the outbox, runs deliveries, tells what arrived."""

    def __init__(self, db: Database, sandbox: Sandbox, signals: Signals) -> None:
        self.db, self.sandbox, self.signals = db, sandbox, signals
        self._running: list[tuple[asyncio.Event, asyncio.Task[None]]] = []

    def person(self, number: int = 1) -> int:
        """Somebody who has started the bot; their chat."""
        chat = 510000 + number
        self.sandbox.add_user(f"Person {number}", chat)
        self.sandbox.say(TOKEN, chat, "/start")
        return chat

    async def put(self, chat: int, method: str = "send_message", **given: Any) -> int:
        """One row; `given` may hold text, payload, card, priority, ambiguous, in_s, expires_s."""
        payload = given.get("payload") or {"text": given.get("text", "hello")}
        async with self.db.unit() as session:
            at = self.db.clock.now()
            row = service.row(
                bot_id=BOT,
                chat_id=chat,
                method=method,
                payload=payload,
                at=at,
                card_id=given.get("card"),
                priority=given.get("priority", Priority.ANSWER),
                ambiguous=given.get("ambiguous", Ambiguous.RESEND),
                not_before=at + timedelta(seconds=given.get("in_s", 0)),
                expires_at=at + timedelta(seconds=given["expires_s"]) if "expires_s" in given else None,
            )
            await service.enqueue(session, [row])
            return (await session.execute(select(Outgoing.id).order_by(Outgoing.id.desc()).limit(1))).scalar_one()

    async def card(self, chat: int) -> int:
        async with self.db.unit() as session:
            return await service.new_card(session, bot_id=BOT, chat_id=chat)

    async def message_of(self, card: int) -> int | None:
        async with self.db.unit() as session:
            return (await session.execute(select(Card.message_id).where(Card.id == card))).scalar_one()

    async def row(self, row_id: int) -> Outgoing:
        async with self.db.unit() as session:
            return (await session.execute(select(Outgoing).where(Outgoing.id == row_id))).scalar_one()

    async def state(self, row_id: int) -> str:
        return (await self.row(row_id)).state

    async def wait_for(self, check: Callable[[], bool], within_s: float = 20) -> None:
        async with asyncio.timeout(within_s):
            while not check():  # noqa: ASYNC110 - what is checked has no event
                await asyncio.sleep(0.01)

    async def until(self, row_id: int, *states: str, within_s: float = 20) -> Outgoing:
        """Wait until a row has one of the states."""
        async with asyncio.timeout(within_s):
            while (row := await self.row(row_id)).state not in states:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return row

    def start(self, **options: Any) -> Delivery:
        options = {"rates": UNLIMITED, **options}
        url = options.pop("url", self.sandbox.url)
        delivery = Delivery(self.db, BOT, options.pop("token", TOKEN), url, self.signals, **options)
        stop = asyncio.Event()
        self._running.append((stop, asyncio.create_task(delivery.run(stop))))
        return delivery

    async def stop(self) -> None:
        running, self._running = self._running, []
        for stop, _ in running:
            stop.set()
        for _, task in running:
            await task

    async def send_all(self, **options: Any) -> None:
        """Deliver everything that is due, then stop."""
        delivery = self.start(**options)
        assert await delivery.drain(20)
        await self.stop()

    def texts(self, chat: int) -> list[str]:
        """What the bot said in a chat, as the person sees it."""
        messages = self.sandbox.messages(TOKEN, chat)
        return [m.get("text", m.get("caption", "")) for m in messages if m["from"]["is_bot"]]

    def calls(self, *methods: str) -> list[dict[str, Any]]:
        return [call for call in self.sandbox.log(TOKEN) if not methods or call["method"] in methods]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Chaos takes minutes: only for who asks with -m."""
    if not config.option.markexpr:
        here = str(Path(__file__).parent)
        chaos = [one for one in items if one.get_closest_marker("chaos") and str(one.path).startswith(here)]
        config.hook.pytest_deselected(items=chaos)
        items[:] = [one for one in items if one not in chaos]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with run_sandbox(tokens=[TOKEN]) as running:
        await running.ready()
        yield running


@pytest.fixture
async def post(db: Database, sandbox: Sandbox) -> AsyncIterator[Post]:
    db.clock = SystemClock()
    signals = Signals(db.url)
    listening = asyncio.create_task(signals.run())
    office = Post(db, sandbox, signals)
    yield office
    await office.stop()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
