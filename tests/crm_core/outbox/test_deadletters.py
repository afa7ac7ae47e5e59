"""Dead letters of both boxes: listed, tried again, given up."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from crm_core.inbox import deadletters
from crm_core.inbox.deadletters import UnknownLetterError
from crm_core.inbox.models import Update
from crm_core.outbox.models import State
from crm_core.outbox.queue import Outcome

LI = 101


async def dead_message(outbox, **given) -> str:
    await outbox.put(LI, **given)
    (row,) = await outbox.claim()
    await outbox.settle(Outcome(row, State.DEAD, error="BUTTON_DATA_INVALID"))
    return f"out-{row.id}"


async def dead_update(outbox) -> str:
    at = outbox.clock.now()
    async with outbox.db.unit() as session:
        values = {
            "bot_id": 7,
            "chat_id": LI,
            "number": 900,
            "payload": {"update_id": 900, "message": {}},
            "state": "dead",
        }
        values |= {"attempts": 5, "due_at": at, "received_at": at, "ended_at": at, "error": "KeyError: x"}
        number = (await session.execute(insert(Update).values(**values).returning(Update.id))).scalar_one()
    return f"in-{number}"


async def listed(outbox) -> list[str]:
    async with outbox.db.unit() as session:
        return [letter.id for letter in await deadletters.list_dead(session)]


async def test_both_boxes_are_listed_newest_first(outbox):
    out = await dead_message(outbox)
    outbox.clock.advance(timedelta(minutes=1))
    came = await dead_update(outbox)
    async with outbox.db.unit() as session:
        first, second = await deadletters.list_dead(session)
    assert (first.id, first.what, first.attempts, first.error) == (came, "message", 5, "KeyError: x")
    assert (second.id, second.what, second.error) == (out, "send_message", "BUTTON_DATA_INVALID")


async def test_a_retried_letter_starts_afresh_even_if_it_was_too_late(outbox):
    out, came = await dead_message(outbox, expires_s=60), await dead_update(outbox)
    outbox.clock.advance(timedelta(hours=1))
    async with outbox.db.unit() as session:
        assert await deadletters.retry(session, [out, came]) == 2
        update = (await session.execute(select(Update))).scalar_one()
        assert (update.state, update.attempts, update.error, update.due_at) == ("pending", 0, None, outbox.clock.now())
    (row,) = await outbox.claim()
    assert (f"out-{row.id}", row.attempts) == (out, 1)
    assert await listed(outbox) == []


async def test_dropped_letters_keep_their_error_on_record(outbox):
    out = await dead_message(outbox)
    await dead_update(outbox)
    async with outbox.db.unit() as session:
        assert await deadletters.drop(session) == 2
    assert await listed(outbox) == []
    row = await outbox.row(int(out.removeprefix("out-")))
    assert (row.state, row.error) == ("dropped", "BUTTON_DATA_INVALID")


@pytest.mark.parametrize("wrong", ["out-99999", "in-99999", "12", "out-", "out-x", "up-1", "out-٣", "out-" + "9" * 30])
async def test_an_id_that_is_no_dead_letter_is_refused_and_changes_nothing(outbox, wrong):
    out = await dead_message(outbox)
    with pytest.raises(UnknownLetterError):
        async with outbox.db.unit() as session:
            await deadletters.drop(session, [out, wrong])
    assert await listed(outbox) == [out]
