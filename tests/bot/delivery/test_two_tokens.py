"""Two bots over one outbox (BY30): each keeps to Telegram's limit for itself, and neither waits for the other."""

import asyncio
from collections import Counter

import pytest

from benchmarks.delivery import most_in_a_second
from bot.delivery.loop import Delivery
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from crm_core.kit.signals import Signals
from crm_core.outbox import service
from crm_core.outbox.models import Priority
from sandbox.server import Sandbox, run_sandbox
from tests.support.crowd import until

BOTS = (700011, 700012)
EACH, PEOPLE = 90, 45


def token_of(bot_id: int) -> str:
    return f"{bot_id}:test-token-of-one-of-two-bots"


def came(sandbox: Sandbox, bot_id: int) -> list[tuple[float, int, str]]:
    calls = [call for call in sandbox.log(token_of(bot_id)) if call["method"].lower() == "sendmessage" and call["ok"]]
    return [(call["at"], call["params"]["chat_id"], call["params"]["text"]) for call in calls]


async def fill(db: Database, sandbox: Sandbox, bot_id: int) -> None:
    for chat in range(1, PEOPLE + 1):
        sandbox.add_user(f"代表{chat}", 520_000 + chat)
        sandbox.start(token_of(bot_id), 520_000 + chat)
    async with db.unit() as session:
        at = db.clock.now()
        told = {"bot_id": bot_id, "method": "send_message", "at": at, "priority": Priority.PUSH}
        rows = [
            service.row(chat_id=520_001 + n % PEOPLE, payload={"text": f"今天有 3 件事到期，第 {n} 条"}, **told)
            for n in range(EACH)
        ]
        await service.enqueue(session, rows)


@pytest.mark.feature("BY30")
async def test_each_token_keeps_its_own_limit_and_both_send_at_once(db: Database) -> None:
    db.clock = SystemClock()
    async with run_sandbox(tokens=[token_of(one) for one in BOTS], flood=True) as sandbox:
        await sandbox.ready()
        for bot_id in BOTS:
            await fill(db, sandbox, bot_id)
        stop, signals = asyncio.Event(), Signals(db.url)
        running = [
            asyncio.create_task(Delivery(db, one, token_of(one), sandbox.url, signals).run(stop)) for one in BOTS
        ]
        try:

            async def all_there() -> bool:
                return all(len(came(sandbox, one)) >= EACH for one in BOTS)

            await until(all_there, "everything sent")
        finally:
            stop.set()
            await asyncio.wait(running, timeout=20)
        for bot_id in BOTS:
            assert Counter(text for _, _, text in came(sandbox, bot_id)).most_common(1)[0][1] == 1
            assert most_in_a_second(came(sandbox, bot_id)) <= 30
            assert {call["status"] for call in sandbox.log(token_of(bot_id)) if call["ok"] is not None} == {200}
        first, second = ([at for at, *_ in came(sandbox, one)] for one in BOTS)
        assert max(min(first), min(second)) < min(max(first), max(second)), "they took turns"


async def test_a_refused_token_stops_its_own_delivery_alone(db: Database) -> None:
    db.clock = SystemClock()
    well, refused = BOTS
    async with run_sandbox(tokens=[token_of(well)]) as sandbox:
        await fill(db, sandbox, well)
        async with db.unit() as session:
            at = db.clock.now()
            row = service.row(bot_id=refused, chat_id=520_001, method="send_message", payload={"text": "您好"}, at=at)
            await service.enqueue(session, [row])
        stop, signals = asyncio.Event(), Signals(db.url)
        theirs = Delivery(db, refused, token_of(refused), sandbox.url, signals)
        others = asyncio.create_task(Delivery(db, well, token_of(well), sandbox.url, signals).run(stop))
        try:
            await asyncio.wait_for(theirs.run(stop), 30)
            assert theirs.refused

            async def something_came() -> bool:
                return len(came(sandbox, well)) > 5

            await until(something_came, "the other bot's messages")
        finally:
            stop.set()
            await asyncio.wait([others], timeout=20)
