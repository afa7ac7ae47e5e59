"""At the door: who floods waits for it and loses nothing, and nobody else notices."""

import asyncio
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.intake.door import BURST_S, PER_S, Door
from crm_core.inbox import lanes
from crm_core.inbox.service import Incoming
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database
from tests.bot.fake_api import BOT_ID
from tests.bot.intake.conftest import Inbox
from tests.support.chat import TOKEN, House, open_house

LI, WANG, GROUP = 101, 102, -500


def said(number: int, chat: int = LI, date: int | None = None, kind: str = "message") -> Incoming:
    body: dict[str, Any] = {"message_id": number, "chat": {"id": chat, "type": "private"}, "text": f"第{number}条"}
    if date is not None:
        body["edit_date" if kind == "edited_message" else "date"] = date
    return Incoming(number, chat, {"update_id": number, kind: body})


async def come(db: Database, door: Door, *updates: Incoming) -> None:
    async with db.unit() as session:
        await door.keep(session, BOT_ID, updates)


async def told(db: Database) -> list[Any]:
    async with db.engine.connect() as connection:
        return list((await connection.execute(text("SELECT chat_id, payload FROM outbox ORDER BY id"))).all())


async def claimed(db: Database) -> int | None:
    """The number of the update that was worked off now."""
    async with db.unit() as session:
        found = await lanes.claim(session)
        if found is None:
            return None
        await lanes.done(session, found.id)
        return found.payload["update_id"]


async def test_what_is_too_fast_is_kept_and_takes_its_turn(db: Database, clock: FixedClock, inbox: Inbox) -> None:
    door = Door(burst=3, per_s=2)
    await come(db, door, *(said(number) for number in range(1, 7)), said(7, WANG))
    assert [row.number for row in await inbox()] == [1, 2, 3, 4, 5, 6, 7]
    assert [await claimed(db) for _ in range(5)] == [1, 2, 3, 7, None]
    clock.advance(timedelta(seconds=0.5))
    assert [await claimed(db) for _ in range(2)] == [4, None]
    clock.advance(timedelta(seconds=1))
    assert [await claimed(db) for _ in range(3)] == [5, 6, None]


@pytest.mark.parametrize(("language", "words"), [("zh", "请稍等"), ("en", "A moment, please")])
async def test_it_is_said_once_politely(db: Database, clock: FixedClock, language: str, words: str) -> None:
    door = Door(burst=3, per_s=2)
    await come(db, door, said(1))
    async with db.unit() as session:
        await lanes.choose_language(session, BOT_ID, LI, language)
    for number in range(2, 30):
        await come(db, door, said(number))
    ((chat, payload),) = await told(db)
    assert chat == LI
    assert words in payload["text"]
    clock.advance(timedelta(minutes=1))
    for number in range(30, 40):
        await come(db, door, said(number))
    assert len(await told(db)) == 2, "another flood is another matter"


async def test_a_group_is_not_told(db: Database) -> None:
    await come(db, Door(burst=1, per_s=1), *(said(number, GROUP) for number in range(1, 9)))
    assert not await told(db)


async def test_what_belongs_to_nobody_never_waits(db: Database, inbox: Inbox) -> None:
    await come(db, Door(burst=1, per_s=1), *(Incoming(number, 0, {"update_id": number}) for number in range(1, 50)))
    assert all(row.due_at == row.received_at for row in await inbox())


@pytest.mark.parametrize("kind", ["message", "edited_message"])
async def test_what_waited_while_we_were_away_is_no_flood(
    db: Database, clock: FixedClock, inbox: Inbox, kind: str
) -> None:
    """Six hundred lines of ten hours come within a second."""
    since = int(clock.now().timestamp()) - 36_000
    await come(db, Door(), *(said(number, date=since + 60 * number, kind=kind) for number in range(600)))
    assert all(row.due_at == row.received_at for row in await inbox())
    assert not await told(db)


async def test_people_are_never_slowed_down(db: Database, clock: FixedClock, inbox: Inbox) -> None:
    """A hundred forwarded messages and five albums at once, and then a thumb that taps five times a second."""
    door = Door()
    number = iter(range(1, 1000))
    await come(db, door, *(said(next(number)) for _ in range(150)))
    for _ in range(30):
        clock.advance(timedelta(seconds=1))
        tap = {"message": {"chat": {"id": LI, "type": "private"}}}
        await come(db, door, *(Incoming(one, LI, {"callback_query": tap}) for one in (next(number) for _ in range(3))))
    assert all(row.due_at == row.received_at for row in await inbox())


async def test_a_date_that_makes_no_sense_is_now(db: Database, inbox: Inbox) -> None:
    for at, date in enumerate((True, "x", -1, 10**30, None, 1.5, [])):
        door = Door(burst=1, per_s=0.001)
        await come(db, door, *(Incoming(10 * at + n, 200 + at, {"message": {"date": date}}) for n in range(3)))
    held = [row.due_at > row.received_at for row in await inbox()]
    assert held == [False, True, True] * 7


FLOOD = 5_000


async def test_one_who_floods_keeps_nobody_waiting(
    db: Database, clock: FixedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """Five thousand lines of one person at once: another's answer is not behind them, and none of them is lost."""
    async with open_house(db, clock, door=Door()) as house:
        script, rep = await house.hire("马超"), await house.hire("李娜")
        for at in range(FLOOD):
            house.sandbox.say(TOKEN, script.user_id, f"华宁{at}")
        began = time.monotonic()
        house.sandbox.say(TOKEN, rep.user_id, "/help")
        await until(lambda: "我能做什么" in rep.screen())
        took_s = time.monotonic() - began
        done = await count(house, "state = 'done' AND chat_id = :chat", script.user_id)
        assert done <= BURST_S * PER_S, "the flood is not worked off first"
        stored = await count(house, "chat_id = :chat", script.user_id)
        assert stored == FLOOD, "all are kept"
        waits = []
        for words, answer in (("/language", "English"), ("/help", "我能做什么"), ("/language", "English")):
            began = time.monotonic()
            house.sandbox.say(TOKEN, rep.user_id, words)
            await until(lambda answer=answer: answer in rep.screen())
            waits.append(time.monotonic() - began)
        then_s = min(waits)  # this machine may have other things to do for a moment
        assert took_s < 60, "the way in is one queue: five thousand are in front of the first"
        assert then_s < 5, "and nothing is when those are in: a tenth of a second on a machine of one's own"
        await until(lambda: any("请稍等" in one.get("text", "") for one in script.answers()))
        assert sum("请稍等" in one.get("text", "") for one in script.answers()) == 1
        clock.advance(timedelta(hours=1))
        house.forgives = True
    with capsys.disabled():
        sys.stdout.write(f"\na flood of {FLOOD}: another is answered after {took_s:.2f} s, then after {then_s:.3f} s\n")


async def count(house: House, where: str, chat: int) -> int:
    async with house.db.engine.connect() as connection:
        return (
            await connection.execute(text(f"SELECT count(*) FROM inbox WHERE {where}"), {"chat": chat})
        ).scalar_one()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while not true():  # noqa: ASYNC110 - it watches from outside
            await asyncio.sleep(0.005)
