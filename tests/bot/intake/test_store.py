"""The inbox takes each update once, whatever stands in it and whoever stores it at the same time."""

import asyncio
import random

import asyncpg
import pytest
from sqlalchemy import func, select

from crm_core.inbox.models import Chat, Update
from crm_core.inbox.service import Incoming, store
from crm_core.kit import signals
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database
from tests.bot.fake_api import message
from tests.bot.intake.conftest import Inbox


def _batch(*numbers: int, chat_id: int = 7) -> list[Incoming]:
    return [Incoming(number, chat_id, message(number, chat_id)) for number in numbers]


async def _store(db: Database, updates: list[Incoming], bot_id: int = 1) -> int:
    async with db.unit() as session:
        return await store(session, bot_id, updates)


async def test_an_update_that_comes_again_is_stored_once(db: Database, inbox: Inbox) -> None:
    assert await _store(db, _batch(1, 2)) == 2
    assert await _store(db, _batch(2, 3, 3)) == 1
    assert [row.number for row in await inbox()] == [1, 2, 3]


async def test_two_bots_may_use_the_same_numbers(db: Database, inbox: Inbox) -> None:
    assert await _store(db, _batch(1), bot_id=1) == 1
    assert await _store(db, _batch(1), bot_id=2) == 1
    assert [row.bot_id for row in await inbox()] == [1, 2]


async def test_updates_wait_in_the_order_of_their_numbers(db: Database, inbox: Inbox) -> None:
    await _store(db, _batch(30, 10, 20))
    assert [row.number for row in await inbox()] == [10, 20, 30]


async def test_a_stored_update_is_pending_from_this_moment(db: Database, inbox: Inbox, clock: FixedClock) -> None:
    await _store(db, _batch(1))
    (row,) = await inbox()
    assert (row.state, row.attempts, row.due_at, row.received_at) == ("pending", 0, clock.now(), clock.now())


async def test_each_chat_gets_one_lane_and_keeps_what_it_has(db: Database) -> None:
    await _store(db, _batch(1, 2, chat_id=7) + _batch(3, chat_id=-1001))
    async with db.unit() as session:
        (await session.get_one(Chat, (1, 7))).language = "en"
    await _store(db, _batch(4, chat_id=7))
    async with db.unit() as session:
        lanes = (await session.execute(select(Chat.chat_id, Chat.language).order_by(Chat.chat_id))).all()
    assert [tuple(lane) for lane in lanes] == [(-1001, None), (7, "en")]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\x00b", "a\ufffdb"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("\udc00\ud83d", "\ufffd\ufffd"),
        ("literal \\u0000 stays", "literal \\u0000 stays"),
        ("😀 \u202eright to left\u202c \x1b[31m", "😀 \u202eright to left\u202c \x1b[31m"),
        ("长" * 4096, "长" * 4096),
    ],
)
async def test_whatever_a_person_types_can_be_stored(db: Database, inbox: Inbox, typed: str, kept: str) -> None:
    await _store(db, [Incoming(1, 7, message(1, text=typed))])
    (row,) = await inbox()
    assert row.payload["message"]["text"] == kept


async def test_numbers_and_keys_past_what_we_expect_can_be_stored(db: Database, inbox: Inbox) -> None:
    odd = {"update_id": 1, "big": 2**80, "no number": float("nan"), "key\x00": [float("-inf"), {"deep\ud800": "\x00"}]}
    await _store(db, [Incoming(1, 0, odd)])
    (row,) = await inbox()
    assert row.payload["no number"] is None
    assert row.payload["key\ufffd"] == [None, {"deep\ufffd": "\ufffd"}]
    assert float(row.payload["big"]) == float(2**80)


async def test_storing_nothing_asks_nothing_of_the_database(db: Database) -> None:
    assert await _store(db, []) == 0


async def test_intakes_that_store_the_same_chats_at_once_neither_deadlock_nor_double(db: Database) -> None:
    rng = random.Random(5)
    numbers = list(range(1, 401))

    async def intake() -> int:
        stored = 0
        mixed = rng.sample(numbers, len(numbers))
        for start in range(0, len(mixed), 40):
            stored += await _store(db, [Incoming(n, n % 60, message(n, n % 60)) for n in mixed[start : start + 40]])
        return stored

    assert sum(await asyncio.gather(*(intake() for _ in range(6)))) == len(numbers)
    async with db.unit() as session:
        assert await session.scalar(select(func.count()).select_from(Update)) == len(numbers)
        assert await session.scalar(select(func.count()).select_from(Chat)) == 60


async def test_the_commit_wakes_who_waits_for_the_inbox(db: Database) -> None:
    heard = asyncio.Event()
    connection: asyncpg.Connection = await signals.connect(db.url)
    await connection.add_listener(signals.INBOX, lambda *_: heard.set())
    async with db.unit() as session:
        await store(session, 1, _batch(1))
        await session.flush()
        assert not heard.is_set()
    await asyncio.wait_for(heard.wait(), 5)
    await connection.close()
