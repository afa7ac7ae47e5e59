"""An old and a newer Rounds on one database, while people chat: this program is the old one, truly run beside a next
version (`tests.support.next_version`) that has a migration, a command, a form, a button and a reminder more.
"""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from crm_core import migrations
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from crm_core.kit.embedded import Embedded
from crm_core.outbox import service as outbox
from sandbox.server import run_sandbox
from tests.bot.test_chaos import BOT, TOKEN, Player, recruited, said_after
from tests.support.crowd import Crew, Program, at_rest, running, until
from tests.support.next_version import PARCEL, REVISION, RULE, SIGNED

NEXT = "tests.support.next_version"
PEOPLE = 6
PARCELS = 4
"""For each person; each step of each is a toss of who claims it first."""


@pytest.fixture
async def side(postgres: Embedded, worker_id: str) -> AsyncIterator[Database]:
    """A database of its own: it will stand where no other test may have it."""
    name = f"side_{worker_id}"
    postgres.drop(name)
    await asyncio.to_thread(migrations.upgrade, postgres.url(name))
    made = Database(postgres.url(name), SystemClock())
    yield made
    await made.dispose()
    postgres.drop(name)


async def _rows(db: Database, statement: str) -> list[tuple[Any, ...]]:
    async with db.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(statement))]


async def _send_parcels(player: Player) -> None:
    """What only the next version can: its command, what is typed into its form, its button."""
    for number in range(PARCELS):
        what = f"样机{player.user_id}第{number}箱"
        mine = player.say("/parcel")
        await player.see(lambda me, mine=mine: said_after(me, mine, "登记包裹"), "form of the next version")
        mine = player.say(what)
        await player.see(lambda me, mine=mine, what=what: said_after(me, mine, f"{PARCEL}：{what}"), "saved parcel")
        await player.press(what, "^parcel.sign", lambda me, mine=mine: said_after(me, mine, SIGNED), "signed parcel")


@pytest.mark.chaos
@pytest.mark.timeout(900)
async def test_an_upgrade_under_load_stops_nobody_and_loses_nothing(side: Database, tmp_path: Path) -> None:
    async with run_sandbox(tokens=[TOKEN]) as sandbox:
        players = await recruited(await Crew.found(side, BOT), sandbox, random.Random(25), PEOPLE, Player)
        settings = {"ROUNDS_BOT_TOKENS": TOKEN, "DATABASE_URL": side.url, "ROUNDS_API_URL": sandbox.url}
        old = Program(settings, tmp_path / "old")
        new = Program(settings, tmp_path / "new", module=NEXT)
        async with running(old):
            try:
                await _upgrade(side, old, new, players)
            finally:
                await new.end()
                for one in (old, new):
                    sys.stdout.write("\n".join([one.folder.name, *one.log.read_text().splitlines()[-25:]]))


async def _upgrade(db: Database, old: Program, new: Program, players: list[Player]) -> None:
    enough = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for player in players[:-2]:
            tasks.create_task(player.live(enough))
        try:
            await _up(old, 1)
            new.folder.mkdir()
            await new.start()
            await _up(new, 1)
            assert await _rows(db, "SELECT version_num FROM alembic_version") == [(REVISION,)]
            assert await _rows(db, "SELECT since FROM serving") == [("0025",)]
            await asyncio.gather(*(_send_parcels(one) for one in players[-2:]))

            assert await old.end(15) == 0  # SIGTERM, as a rolling restart does
            await old.start()
            await _up(old, 2)  # on a database that a newer program has migrated
            assert old.said("database.newer") == 1
            assert await new.end(15) == 0
            await new.start()
            await _up(new, 2)
        finally:
            enough.set()
    await at_rest(db, 60)
    assert len(await _rows(db, "SELECT 1 FROM parcel")) == 2 * PARCELS
    assert old.said("update.left_to_newer") > 0, "the old program never met what it does not know"
    assert old.said("update.needs_newer") == 0
    await _nothing_is_lost(db, players)

    assert await new.end(15) == 0
    await _alone_again(db, old, players[-1])
    await _told_by_the_next(db, old, new, players[-1])
    assert old.said("update.failed") == new.said("update.failed") == 0
    assert old.said("loop.crashed") == new.said("loop.crashed") == 0


async def _up(program: Program, times: int) -> None:
    async def started() -> bool:
        assert program.alive(), "it ended by itself"
        return program.said("rounds.started") >= times

    await until(started, f"{program.folder.name} up for the {times}. time", 120)


async def _nothing_is_lost(db: Database, players: list[Player]) -> None:
    accepted = {summary for player in players for summary in player.accepted}
    visits = Counter(summary for (summary,) in await _rows(db, "SELECT summary FROM visit"))
    assert accepted
    assert visits == Counter(accepted)
    assert await _rows(db, "SELECT id, state, error FROM inbox WHERE state <> 'done' OR error IS NOT NULL") == []
    assert await _rows(db, "SELECT id, method, error FROM outbox WHERE state = 'dead'") == []


async def _alone_again(db: Database, old: Program, player: Player) -> None:
    """The upgrade is taken back, the database is not: what only the newer one knew is answered politely, in time."""
    mine = player.say("/parcel")
    await player.see(lambda me: said_after(me, mine, "更新"), "word that this belongs to the new version")
    assert old.said("update.needs_newer") == 1
    await player.log_visit()
    assert len(await _rows(db, "SELECT 1 FROM parcel")) == 2 * PARCELS


async def _told_by_the_next(db: Database, old: Program, new: Program, player: Player) -> None:
    """What the newer one has put into the outbox and noted as due is not spoilt by the old one: it waits."""
    async with db.unit() as session:
        at = db.clock.now()
        payload = {"hologram": "来自新版本"}
        row = outbox.row(bot_id=BOT, chat_id=player.user_id, method="send_message", payload=payload, at=at)
        await outbox.enqueue(session, [row])
        await session.execute(
            text(
                "INSERT INTO occurrence (rule, subject_type, subject_id, recipient_id, occurrence_key, due_at, push_at,"
                " created_at) VALUES (:rule, 'parcel', 1, :who, '1', now(), now(), now())"
            ),
            {"rule": RULE, "who": player.member.id},
        )

    async def waits() -> bool:
        return (await _rows(db, "SELECT state, attempts > 0 FROM outbox ORDER BY id DESC LIMIT 1"))[0][1]

    await until(waits, "the old delivery having tried it", 60)
    await until(lambda: _done(old.said("delivery.dead") > 0), "word of it", 60)
    await at_rest(db, 60)

    async def put_back() -> bool:
        return await _rows(db, "SELECT state FROM outbox WHERE payload ? 'hologram'") == [("pending",)]

    await until(put_back, "the row waiting for the newer one", 5)  # what became of it is noted in the next turn
    assert await _rows(db, f"SELECT state FROM occurrence WHERE rule = '{RULE}'") == [("due",)]
    await new.start()
    await _up(new, 3)
    assert await old.end(15) == 0
    await player.see(lambda me: said_after(me, 0, "来自新版本"), "message that only the new version can send")


async def _done(yes: bool) -> bool:
    return yes
