"""What a claim costs: PostgreSQL's own count of the pages it touches, however much waits, whatever it knew of that."""

from typing import Any

import pytest
from sqlalchemy import text

from crm_core.kit.db import Database, ask, now
from crm_core.outbox import queue
from crm_core.outbox.models import Priority
from tests.crm_core.outbox.conftest import BOT

AT_ONCE = 30
_FILL = text("""
    INSERT INTO outbox (bot_id, chat_id, priority, method, payload, ambiguous, not_before, created_at, state, ended_at)
    SELECT :bot, 1 + n % :chats, :push, 'send_message', '{"text": "今天有 3 件事到期"}', 'resend', :at, :at, :state,
           CASE WHEN :state = 'sent' THEN CAST(:at AS timestamptz) END
    FROM generate_series(1, :count) n
""")


async def _put(db: Database, count: int, state: str = "pending") -> None:
    given = {"bot": BOT, "chats": 1 + count // 3, "push": int(Priority.PUSH), "count": count, "state": state}
    async with db.engine.begin() as connection:
        await connection.execute(_FILL, given | {"at": db.clock.now()})


async def _claimed(db: Database) -> tuple[int, int]:
    """How many messages a claim takes, and how many pages it touches for that."""
    async with db.unit() as session:
        moment = now(session)
        scope = (moment + queue.NEVER_LATER, BOT, Priority.ACK, Priority.PUSH, queue.ACKS_AT_ONCE, [], AT_ONCE)
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {queue._CLAIM}"
        ((found,),) = await ask(session, explain, moment, *queue._columns(()), *scope)
        plan: dict[str, Any] = found[0]["Plan"]
        await session.rollback()
    return plan["Actual Rows"], plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


@pytest.mark.parametrize("known", ["nothing", "a quiet time"])
async def test_what_goes_out_in_the_morning_costs_a_claim_no_more_than_a_few_messages(db: Database, known: str) -> None:
    """PostgreSQL's statistics say that next to nothing ever waits, and stay so for a minute or more."""
    if known == "a quiet time":
        await _put(db, 20_000, "sent")
        async with db.engine.begin() as connection:
            await connection.execute(text("ANALYZE outbox"))
    await _put(db, 300)
    taken, few = await _claimed(db)
    assert taken == AT_ONCE
    await _put(db, 20_000)
    taken, many = await _claimed(db)
    assert taken == AT_ONCE
    assert many <= 1.5 * few
