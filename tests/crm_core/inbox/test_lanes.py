"""Lanes: each chat's updates in their order, one at a time; chats side by side and in turn."""

import asyncio
import random
from collections import defaultdict
from contextlib import AsyncExitStack, suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from crm_core.inbox import lanes
from crm_core.inbox.lanes import FIRST_LANE, MOST_ATTEMPTS, Claimed
from crm_core.inbox.service import Incoming, store
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database
from tests.crm_core.inbox.conftest import BOT, Inbox

LI, WANG, ZHAO, GROUP = 101, 102, 103, -500
BACKOFFS_S = [0.2, 1, 5, 20]


async def test_an_empty_inbox_has_nothing_to_claim(inbox: Inbox) -> None:
    assert await inbox.next() is None


async def test_the_head_of_a_lane_comes_first_and_what_is_behind_it_waits(inbox: Inbox) -> None:
    first, second = await inbox.put(LI, LI)
    async with inbox.holding() as held:
        assert held.number == first
        assert await inbox.next() is None
    assert (await inbox.work_off()).payload["update_id"] == first
    assert await inbox.next() == second


async def test_chats_go_side_by_side_one_update_each(inbox: Inbox) -> None:
    li, _, wang, group, _ = await inbox.put(LI, LI, WANG, GROUP, GROUP)
    async with AsyncExitStack() as stack:
        assert sorted(await inbox.hold_all(stack)) == sorted([li, wang, group])


async def test_two_bots_have_lanes_of_their_own_for_the_same_person(inbox: Inbox) -> None:
    ours = await inbox.put(LI)
    theirs = await inbox.put(LI, bot=BOT + 1)
    async with AsyncExitStack() as stack:
        assert await inbox.hold_all(stack) == ours + theirs


async def test_updates_that_belong_to_nobody_have_a_lane_too(inbox: Inbox) -> None:
    first, second = await inbox.put(0, 0)
    async with inbox.holding() as held:
        assert held.number == first
        assert await inbox.next() is None
    await inbox.work_off()
    assert await inbox.next() == second


async def test_lanes_take_turns(inbox: Inbox) -> None:
    await inbox.put(LI, LI, LI, WANG, WANG, ZHAO, GROUP)
    served: list[int] = []
    after = FIRST_LANE
    while (claimed := await inbox.work_off(after)) is not None:
        served.append(claimed.chat_id)
        after = claimed.lane
    assert served == [GROUP, LI, WANG, ZHAO, LI, WANG, LI]


async def test_who_writes_much_keeps_nobody_waiting(inbox: Inbox) -> None:
    await inbox.put(*[LI] * 300)
    (wang,) = await inbox.put(WANG)
    first = await inbox.work_off()
    assert first is not None
    assert first.chat_id == LI
    assert await inbox.next(first.lane) == wang


@pytest.mark.parametrize(
    "after", [FIRST_LANE, (BOT, LI), (BOT, LI - 1), (BOT, 2**63 - 1), (2**63 - 1, 0), (BOT, -(2**63))]
)
async def test_wherever_the_search_begins_it_comes_round_to_the_one_that_waits(inbox: Inbox, after: lanes.Lane) -> None:
    (li,) = await inbox.put(LI)
    assert await inbox.next(after) == li


async def test_the_lane_served_last_is_looked_at_last(inbox: Inbox) -> None:
    group, li, wang = await inbox.put(GROUP, LI, WANG)
    async with inbox.holding((BOT, LI)) as one, inbox.holding((BOT, LI)) as two, inbox.holding((BOT, LI)) as three:
        assert [one.number, two.number, three.number] == [wang, group, li]


async def test_what_was_rolled_back_is_claimed_again(inbox: Inbox) -> None:
    (li,) = await inbox.put(LI)
    with suppress(RuntimeError):
        async with inbox.holding() as held:
            assert held.claimed is not None
            await lanes.done(held.session, held.claimed.id)
            raise RuntimeError("killed")
    assert (await inbox.row(li)).state == "pending"
    assert await inbox.next() == li


async def test_a_claim_knows_the_chats_draft_and_language_of_this_very_moment(inbox: Inbox, db: Database) -> None:
    await inbox.put(LI)
    async with db.unit() as session:
        await lanes.choose_language(session, BOT, LI, "en")
    claimed = await inbox.claimed()
    assert (claimed.language, claimed.draft_id, claimed.attempts) == ("en", None, 0)


async def test_a_failed_update_waits_longer_each_time_and_its_lane_with_it(inbox: Inbox, clock: FixedClock) -> None:
    poison, behind, elsewhere = await inbox.put(LI, LI, WANG)
    for attempt, wait_s in enumerate(BACKOFFS_S, start=1):
        claimed = await inbox.claimed()
        assert claimed.payload["update_id"] == poison
        assert not await inbox.fail(claimed)
        assert (await inbox.row(poison)).attempts == attempt
        assert await inbox.next() == elsewhere
        clock.advance(timedelta(seconds=wait_s) - timedelta(milliseconds=1))
        assert await inbox.next() == elsewhere
        clock.advance(timedelta(milliseconds=1))
        assert await inbox.next() == poison
    assert (await inbox.row(behind)).state == "pending"


async def test_a_clock_that_was_set_back_keeps_no_retry_waiting(inbox: Inbox, clock: FixedClock) -> None:
    (li,) = await inbox.put(LI)
    assert not await inbox.fail(await inbox.claimed())
    clock.advance(timedelta(hours=-3))
    assert await inbox.next() == li


async def test_a_dead_update_is_kept_with_its_error_and_its_lane_goes_on(inbox: Inbox, clock: FixedClock) -> None:
    poison, behind = await inbox.put(LI, LI)
    deaths = []
    for _ in range(MOST_ATTEMPTS):
        deaths.append(await inbox.fail(await inbox.claimed(), "ABC123 ValueError: of no use"))
        clock.advance(timedelta(minutes=1))
    assert deaths == [False] * (MOST_ATTEMPTS - 1) + [True]
    row = await inbox.row(poison)
    assert (row.state, row.attempts, row.error) == ("dead", MOST_ATTEMPTS, "ABC123 ValueError: of no use")
    assert row.ended_at is not None
    assert row.payload == {"update_id": poison}
    assert await inbox.next() == behind


async def test_success_after_a_failure_leaves_no_error(inbox: Inbox, clock: FixedClock) -> None:
    (li,) = await inbox.put(LI)
    await inbox.fail(await inbox.claimed())
    clock.advance(timedelta(seconds=1))
    assert await inbox.work_off() is not None
    row = await inbox.row(li)
    assert (row.state, row.error, row.attempts) == ("done", None, 1)


async def test_an_attempt_that_took_effect_after_all_is_not_undone_by_its_failure(inbox: Inbox) -> None:
    """The commit went through, but the connection broke before it said so."""
    (li,) = await inbox.put(LI)
    claimed = await inbox.work_off()
    assert claimed is not None
    assert not await inbox.fail(claimed, "connection lost")
    row = await inbox.row(li)
    assert (row.state, row.error, row.attempts) == ("done", None, 0)


async def test_one_attempt_counts_once_even_when_two_workers_tell_of_it(inbox: Inbox) -> None:
    (li,) = await inbox.put(LI)
    claimed = await inbox.claimed()
    await asyncio.gather(*(inbox.fail(claimed) for _ in range(MOST_ATTEMPTS)))
    row = await inbox.row(li)
    assert (row.state, row.attempts) == ("pending", 1)


async def test_whatever_an_error_says_can_be_kept(inbox: Inbox) -> None:
    (li,) = await inbox.put(LI)
    await inbox.fail(await inbox.claimed(), "nul \0, half a pair \ud800, " + "长" * 5000)
    error = (await inbox.row(li)).error
    assert error is not None
    assert error.startswith("nul , half a pair ?, 长")
    assert len(error) == 2000


async def test_an_intake_whose_clock_is_ahead_delays_nobody(inbox: Inbox, clock: FixedClock) -> None:
    clock.advance(timedelta(hours=1))
    (li,) = await inbox.put(LI)
    clock.advance(-timedelta(hours=1))
    assert await inbox.next() == li


async def test_a_lower_number_that_commits_late_waits_until_the_lane_is_free(inbox: Inbox, db: Database) -> None:
    """Two intakes: the first has taken its number and commits after the second."""
    await inbox.put(LI)
    await inbox.work_off()
    async with db.unit() as slow:
        await store(slow, BOT, [Incoming(900, LI, {"update_id": 900})])
        async with db.unit() as fast:
            await store(fast, BOT, [Incoming(901, LI, {"update_id": 901})])
        async with inbox.holding() as held:
            assert held.number == 901
            await slow.commit()
            assert (await inbox.row(900)).id < (await inbox.row(901)).id
            assert await inbox.next() is None
            await lanes.done(held.session, held.claimed.id)
    assert await inbox.next() == 900


async def test_a_worker_that_passes_a_held_lane_locks_nothing_of_it(inbox: Inbox, db: Database) -> None:
    """A late lower number lies open while its lane is held: whoever passes by must not keep it."""
    await inbox.put(LI)
    await inbox.work_off()
    async with db.unit() as slow:
        await store(slow, BOT, [Incoming(900, LI, {"update_id": 900})])
        await inbox.put(LI, WANG)
        async with AsyncExitStack() as stack:
            holder = await stack.enter_async_context(inbox.holding())
            await slow.commit()
            passer_by = await stack.enter_async_context(inbox.holding())
            assert passer_by.claimed is not None
            assert passer_by.claimed.chat_id == WANG
            await lanes.done(holder.session, holder.claimed.id)
            await holder.session.commit()
            assert await inbox.next() == 900


async def test_many_workers_at_many_lanes_keep_order_overlap_nowhere_and_do_each_once(
    inbox: Inbox, db: Database
) -> None:
    """Random crashes among them. An advisory lock of the lane proves that nobody else is in it."""
    rng = random.Random(31)
    chats = list(range(1, 16))
    said = [rng.choice(chats) for _ in range(300)]
    for start in range(0, len(said), 20):
        await inbox.put(*said[start : start + 20])
    effects: dict[int, list[int]] = defaultdict(list)

    async def worker() -> None:
        after = FIRST_LANE
        idle = 0
        while idle < 3:
            try:
                claimed = await _one(after)
            except RuntimeError:
                continue
            idle = 0 if claimed else idle + 1
            after = claimed.lane if claimed else after

    async def _one(after: lanes.Lane) -> Claimed | None:
        async with inbox.holding(after) as held:
            if held.claimed is None:
                return None
            alone = select(func.pg_try_advisory_xact_lock(held.claimed.chat_id))
            assert await held.session.scalar(alone), f"two workers in lane {held.claimed.chat_id}"
            await asyncio.sleep(rng.random() / 200)
            await lanes.done(held.session, held.claimed.id)
            if rng.random() < 0.1:
                raise RuntimeError("killed before the commit")
            effects[held.claimed.chat_id].append(held.claimed.payload["update_id"])
            return held.claimed

    await asyncio.gather(*(worker() for _ in range(10)))
    assert sum(map(len, effects.values())) == len(said)
    assert all(numbers == sorted(numbers) for numbers in effects.values())
    async with db.engine.connect() as connection:
        left = await connection.scalar(text("SELECT count(*) FROM inbox WHERE state <> 'done'"))
    assert left == 0
