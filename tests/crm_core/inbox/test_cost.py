"""What a claim costs: PostgreSQL's own count of the pages it touches, however much waits or has been worked off."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.inbox import lanes
from crm_core.inbox.lanes import FIRST_LANE, Lane
from crm_core.kit.db import Database, ask, now
from tests.crm_core.inbox.conftest import BOT, Inbox
from tests.support.crowd import until

MOST_SORTED = 5  # the branches above somebody's department, the cards of the tapped message
MOST_PAGES = 80
"""Of one claim: a few descents of an index, three levels each, and the rows themselves."""
PAGES_A_LANE = 14
"""For each lane that is passed over: its head in the index, its row, its chat, and the attempt to lock it."""


async def _chats(db: Database, count: int) -> None:
    async with db.engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO chat (bot_id, chat_id) SELECT :bot, n FROM generate_series(1, :count) n"),
            {"bot": BOT, "count": count},
        )


async def _updates(db: Database, count: int, *, chats: int = 1, first: int = 1, state: str = "pending") -> None:
    """So many updates, spread over the chats from `first` on."""
    numbers = text("SELECT coalesce(max(number), 0) FROM inbox")
    insert = text(
        "INSERT INTO inbox (bot_id, chat_id, number, payload, state, due_at, received_at, ended_at)"
        " SELECT :bot, :first + n % :chats, :known + n, '{}', :state, :at, :at,"
        " CASE WHEN :state = 'pending' THEN NULL ELSE CAST(:at AS timestamptz) END"
        " FROM generate_series(1, :count) n"
    )
    async with db.engine.begin() as connection:
        known = await connection.scalar(numbers)
        values = {"bot": BOT, "first": first, "chats": chats, "known": known, "state": state, "count": count}
        await connection.execute(insert, values | {"at": db.clock.now()})


async def _analyse(db: Database) -> None:
    async with db.engine.begin() as connection:
        await connection.execute(text("ANALYZE inbox, chat"))


async def _plan(session: AsyncSession, after: Lane = FIRST_LANE) -> dict[str, Any]:
    """The claim as PostgreSQL ran it."""
    explain, moment = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {lanes._CLAIM}", now(session)
    ((plan,),) = await ask(session, explain, *after, moment, moment + lanes._NEVER_LATER)
    return plan[0]["Plan"]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _pages(plan: dict[str, Any]) -> int:
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def _reads_by_index(plan: dict[str, Any]) -> bool:
    """No scan of the whole inbox nor of all people, no sort of them; and no row that was looked at in vain."""
    tables = ("inbox", "employee", "draft", "card")
    kinds = {node["Node Type"] for node in _nodes(plan) if node.get("Relation Name") in tables}
    sorts = [node for node in _nodes(plan) if "Sort" in node["Node Type"]]
    sorted_rows = sum(below["Actual Rows"] * below["Actual Loops"] for node in sorts for below in node["Plans"])
    return kinds <= {"Index Only Scan", "Index Scan"} and sorted_rows <= MOST_SORTED


async def test_a_hundred_thousand_waiting_updates_cost_what_a_hundred_do(inbox: Inbox, db: Database) -> None:
    await _chats(db, 1000)
    await _updates(db, 100, chats=100)
    await _analyse(db)
    async with db.unit() as session:
        few = _pages(await _plan(session))
    await _updates(db, 100_000, chats=1000)
    await _analyse(db)
    for after in (FIRST_LANE, (BOT, 500), (BOT, 1000)):
        async with db.unit() as session:
            plan = await _plan(session, after)
        assert plan["Actual Rows"] == 1
        assert _reads_by_index(plan), plan
        assert _pages(plan) <= min(MOST_PAGES, few + 20), plan


async def test_a_hundred_thousand_past_updates_cost_nothing(inbox: Inbox, db: Database) -> None:
    await _chats(db, 1000)
    await _updates(db, 100_000, chats=1000, state="done")
    await _analyse(db)
    async with db.unit() as session:
        plan = await _plan(session)
    assert plan["Actual Rows"] == 0
    assert _pages(plan) <= MOST_PAGES, plan
    await _updates(db, 5, chats=5)
    async with db.unit() as session:
        plan = await _plan(session)
    assert plan["Actual Rows"] == 1
    assert _reads_by_index(plan), plan
    assert _pages(plan) <= MOST_PAGES, plan


async def test_a_flood_after_a_quiet_time_is_not_met_with_the_plan_of_the_quiet_time(
    inbox: Inbox, db: Database
) -> None:
    """PostgreSQL's statistics say that next to nothing is ever pending, and stay so for a minute."""
    await _chats(db, 1000)
    await _updates(db, 20_000, chats=1000, state="done")
    await _analyse(db)
    async with db.unit() as session:
        for _ in range(10):
            await lanes.claim(session)
    await _updates(db, 50_000, chats=1000)
    async with inbox.holding(), db.unit() as session:
        plan = await _plan(session)
    assert plan["Actual Rows"] == 1
    assert _reads_by_index(plan), plan
    assert _pages(plan) <= MOST_PAGES + PAGES_A_LANE, plan


@pytest.mark.parametrize("trouble", ["held by another worker", "waiting to be tried again"])
async def test_one_chat_with_fifty_thousand_waiting_updates_is_passed_in_one_step(
    inbox: Inbox, db: Database, trouble: str
) -> None:
    await _chats(db, 200)
    await _updates(db, 50_000, first=1)
    await _updates(db, 1000, first=2, chats=199)
    await _analyse(db)
    async with AsyncExitStack() as stack:
        flooder = await stack.enter_async_context(inbox.holding())
        assert flooder.claimed is not None
        assert flooder.claimed.chat_id == 1
        if trouble != "held by another worker":
            await lanes.failed(flooder.session, flooder.claimed, "broken")
            await flooder.session.commit()
        async with db.unit() as session:
            plan = await _plan(session)
            claimed = await lanes.claim(session)
    assert claimed is not None
    assert claimed.chat_id == 2
    assert _reads_by_index(plan), plan
    assert _pages(plan) <= MOST_PAGES + PAGES_A_LANE, plan


async def test_the_cost_follows_the_lanes_that_are_held(inbox: Inbox, db: Database) -> None:
    await _chats(db, 1000)
    await _updates(db, 50_000, chats=1000)
    await _analyse(db)
    held = 15
    async with AsyncExitStack() as stack:
        for _ in range(held):
            await stack.enter_async_context(inbox.holding())
        async with db.unit() as session:
            plan = await _plan(session)
            claimed = await lanes.claim(session)
    assert claimed is not None
    assert claimed.chat_id == held + 1
    assert _pages(plan) <= MOST_PAGES + PAGES_A_LANE * held, plan


async def _nobody_looks_back(db: Database) -> bool:
    """An older view of this database, as PostgreSQL's own ANALYZE in the background takes, still needs the entries."""
    others = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_xmin IS NOT NULL AND pid <> pg_backend_pid()"
    )
    async with db.engine.connect() as connection:
        return not await connection.scalar(others)


async def test_what_was_just_worked_off_does_not_stand_in_the_way(inbox: Inbox, db: Database) -> None:
    """Before the vacuum comes, the index still holds entries of rows that have left it."""
    await _chats(db, 100)
    await _updates(db, 20_000, chats=100)
    async with db.engine.begin() as connection:
        await connection.execute(
            text(
                "UPDATE inbox SET state = 'done', ended_at = received_at WHERE id <= (SELECT max(id) - 100 FROM inbox)"
            )
        )
    await until(lambda: _nobody_looks_back(db), "nobody sees the rows as they were")
    await inbox.next()  # the first to pass leaves a note at the entries that nobody needs
    async with db.unit() as session:
        plan = await _plan(session)
    assert plan["Actual Rows"] == 1
    assert _pages(plan) <= MOST_PAGES, plan
