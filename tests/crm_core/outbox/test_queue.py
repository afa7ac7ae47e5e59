"""Claiming, settling and recovering rows of the outbox."""

import asyncio
import random
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from crm_core.kit.db import ask
from crm_core.org.events import AccessEnded
from crm_core.org.models import Employee, Unit
from crm_core.outbox import queue, service
from crm_core.outbox.models import Ambiguous, Card, Priority, State
from crm_core.outbox.queue import MAX_ATTEMPTS, Outcome

BOT = 7
LI, WANG, GROUP, SUPERGROUP = 101, 102, -500, -100500


def sent(row, message_id=None):
    return Outcome(row, State.SENT, message_id=message_id)


def failed(row, at, in_s):
    return Outcome(row, State.PENDING, error="no answer", not_before=at + timedelta(seconds=in_s))


async def test_one_message_a_chat_is_in_hand_and_chats_go_side_by_side(outbox):
    li, li_next, wang = await outbox.put(LI), await outbox.put(LI), await outbox.put(WANG)
    rows = await outbox.claim()
    assert [row.id for row in rows] == [li, wang]
    assert [row.attempts for row in rows] == [1, 1]
    assert await outbox.states(li, li_next, wang) == ["sending", "pending", "sending"]
    await outbox.settle(sent(rows[0]))
    assert await outbox.claim_ids(busy=(WANG,)) == [li_next]


async def test_answers_go_before_pushes_and_the_limit_holds(outbox):
    push_li, answer_li = await outbox.put(LI, priority=Priority.PUSH), await outbox.put(LI)
    push_wang, answer_wang = await outbox.put(WANG, priority=Priority.PUSH), await outbox.put(WANG)
    assert await outbox.claim_ids(limit=1) == [answer_li]
    assert await outbox.claim_ids(busy=(LI,)) == [answer_wang]
    assert await outbox.claim_ids(busy=(LI, WANG)) == []
    assert await outbox.states(push_li, push_wang) == ["pending", "pending"]


async def test_acknowledgements_wait_for_nothing(outbox):
    await outbox.put(LI)
    acks = [await outbox.put(LI, priority=Priority.ACK), await outbox.put(WANG, priority=Priority.ACK)]
    assert await outbox.claim_ids(limit=0, busy=(LI, WANG)) == acks


async def test_a_row_that_is_tried_again_holds_back_its_lane_but_one_planned_for_later_does_not(outbox):
    first, second = await outbox.put(LI), await outbox.put(LI)
    planned, today = await outbox.put(WANG, in_s=3600), await outbox.put(WANG)
    li, wang = await outbox.claim()
    assert (li.id, wang.id) == (first, today)
    await outbox.settle(failed(li, outbox.clock.now(), 30), sent(wang))
    assert await outbox.claim_ids() == []
    outbox.clock.advance(timedelta(seconds=30))
    assert await outbox.claim_ids() == [first]
    outbox.clock.advance(timedelta(hours=1))
    assert await outbox.claim_ids(busy=(LI,)) == [planned]
    assert await outbox.states(second) == ["pending"]


async def test_a_clock_that_was_set_back_keeps_nothing_waiting_but_what_is_planned(outbox):
    first, second, planned = await outbox.put(LI), await outbox.put(LI), await outbox.put(WANG, in_s=60)
    (row,) = await outbox.claim()
    await outbox.settle(failed(row, outbox.clock.now(), 30))
    ack = await outbox.put(LI, priority=Priority.ACK)
    outbox.clock.advance(timedelta(hours=-3))
    acknowledged, row = await outbox.claim()
    assert (acknowledged.id, row.id) == (ack, first)
    await outbox.settle(sent(acknowledged), sent(row))
    assert await outbox.claim_ids() == [second]
    assert await outbox.states(planned) == ["pending"]


async def test_an_edit_never_overtakes_the_sending_of_what_it_edits(outbox):
    card = await outbox.card(LI)
    send = await outbox.put(LI, priority=Priority.PUSH, card=card)
    edit = await outbox.put(LI, priority=Priority.ANSWER, card=card, method="edit_message_text")
    after = await outbox.put(LI, priority=Priority.ANSWER)
    (row,) = await outbox.claim()
    assert (row.id, row.message_id) == (send, None)
    await outbox.settle(sent(row, message_id=55))
    (row,) = await outbox.claim()
    assert (row.id, row.message_id) == (edit, 55)
    await outbox.settle(sent(row))
    assert await outbox.claim_ids() == [after]


async def test_what_was_sent_is_settled_as_the_next_is_claimed(outbox):
    card = await outbox.card(LI)
    send = await outbox.put(LI, priority=Priority.PUSH, card=card)
    edit = await outbox.put(LI, card=card, method="edit_message_text")
    ack, wang = await outbox.put(WANG, priority=Priority.ACK), await outbox.put(WANG)
    after, wang_after = await outbox.put(LI), await outbox.put(WANG)
    rows = await outbox.claim()
    assert [row.id for row in rows] == [ack, wang, send]
    (row,) = await outbox.claim(busy=(WANG,), sent=[sent(rows[2], message_id=55)])
    assert (row.id, row.message_id) == (edit, 55)
    assert await outbox.states(send) == ["sent"]
    assert (await outbox.row(send)).ended_at == outbox.clock.now()
    assert await outbox.claim_ids(sent=[sent(rows[0]), sent(rows[1])]) == [wang_after], "the edit is still on its way"
    assert await outbox.claim_ids(busy=(WANG,), sent=[sent(row)]) == [after]


async def test_a_sender_that_lost_its_lease_tells_while_it_claims_and_takes_nothing_back(outbox):
    first, second = await outbox.put(LI), await outbox.put(LI)
    (row,) = await outbox.claim()
    assert await outbox.recover() == 1
    assert await outbox.states(first) == ["pending"]
    assert await outbox.claim_ids(sent=[sent(row)]) == [second], "what it sent is not sent again"
    assert await outbox.states(first) == ["sent"]

    third, fourth = await outbox.put(WANG), await outbox.put(WANG)
    (row,) = await outbox.claim(busy=(LI,))
    assert await outbox.recover(second) == 1
    assert await outbox.claim_ids(busy=(LI,)) == [third]
    assert await outbox.claim_ids(busy=(LI,), sent=[sent(row)]) == [], "the successor's is not settled, and goes first"
    assert await outbox.states(third, fourth) == ["sending", "pending"]


async def test_what_was_sent_is_settled_also_when_nothing_more_may_go(outbox):
    card = await outbox.card(LI)
    first, second = await outbox.put(LI, card=card), await outbox.put(LI)
    (row,) = await outbox.claim()
    assert await outbox.claim(limit=0, sent=[sent(row, message_id=7)]) == []
    assert await outbox.states(first, second) == ["sent", "pending"]
    edit = await outbox.put(WANG, card=card, method="edit_message_text")
    (row,) = await outbox.claim(busy=(LI,))
    assert (row.id, row.message_id) == (edit, 7)
    again = await outbox.put(WANG, card=card, method="edit_message_text")
    (row,) = await outbox.claim(busy=(LI,), sent=[sent(row, message_id=8)])
    assert (row.id, row.message_id) == (again, 8), "it went out as a new message, which the next one edits"


async def test_who_lets_go_of_a_chat_waits_for_a_claim_and_the_claim_for_them(outbox, db):
    """Both take cards before rows: else each would hold what the other waits for."""
    for turn in range(10):
        card = await outbox.card(LI)
        await outbox.put(LI, card=card)
        (row,) = await outbox.claim()
        await outbox.put(LI, card=card)
        async with db.unit() as session:
            await session.execute(select(Card).where(Card.id == card).with_for_update())
            claiming = asyncio.create_task(outbox.claim(sent=[sent(row, message_id=turn + 1)]))
            await _waits_for_a_lock(db)
            await service.let_go(session, AccessEnded(1, BOT, LI))
        assert await claiming == [], "what waited was dropped meanwhile"


async def test_what_opens_a_door_is_not_kept_whether_it_was_sent_or_let_go_of(outbox, db):
    rows = [await outbox.put(chat, payload={"text": "?start=k3y", "forget": True}) for chat in (LI, WANG)]
    plain = await outbox.put(WANG)
    await outbox.settle(sent((await outbox.claim(limit=1))[0]))
    async with db.unit() as session:
        await service.let_go(session, AccessEnded(1, BOT, WANG))
    assert await outbox.states(*rows, plain) == ["sent", "dropped", "dropped"]
    assert [(await outbox.row(row)).payload for row in (*rows, plain)] == [{}, {}, {"text": "hello"}]


async def _waits_for_a_lock(db):
    async with asyncio.timeout(5), db.engine.connect() as connection:
        waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not await connection.scalar(waits):  # noqa: ASYNC110 - another process's event
            await asyncio.sleep(0.01)


async def test_what_is_too_late_is_dropped_and_holds_nobody_up(outbox):
    late, next_one = await outbox.put(LI, expires_s=10), await outbox.put(LI)
    late_ack = await outbox.put(LI, priority=Priority.ACK, expires_s=10)
    outbox.clock.advance(timedelta(seconds=10))
    assert await outbox.claim_ids() == [next_one]
    assert await outbox.states(late, late_ack) == ["dropped", "dropped"]
    assert (await outbox.row(late)).error == "expired"


async def test_other_bots_rows_are_not_touched(outbox):
    other = await outbox.put(LI, bot=8)
    assert await outbox.claim_ids() == []
    assert await outbox.recover() == 0
    assert await outbox.states(other) == ["pending"]


async def test_settling_writes_down_every_kind_of_end(outbox):
    at = outbox.clock.now()
    card = await outbox.card(5)
    for chat in range(1, 6):
        await outbox.put(chat, card=card if chat == 5 else None)
    rows = await outbox.claim()
    await outbox.settle(
        Outcome(rows[0], State.DROPPED, error="gone"),
        Outcome(rows[1], State.DEAD, error="refused"),
        failed(rows[2], at, 5),
        Outcome(rows[3], State.PENDING, error="too fast", counted=False),
        sent(rows[4], message_id=99),
    )
    ended = [await outbox.row(row.id) for row in rows]
    assert [row.state for row in ended] == ["dropped", "dead", "pending", "pending", "sent"]
    assert [row.error for row in ended] == ["gone", "refused", "no answer", "too fast", None]
    assert [row.attempts for row in ended] == [1, 1, 1, 0, 1]
    assert [row.ended_at for row in ended] == [at, at, None, None, at]
    assert ended[2].not_before == at + timedelta(seconds=5)
    async with outbox.db.unit() as session:
        assert (await session.execute(select(Card.message_id).where(Card.id == card))).scalar_one() == 99


async def test_a_sender_that_lost_its_lease_may_still_tell_what_it_sent_but_not_undo_its_successor(outbox):
    first, second = await outbox.put(LI), await outbox.put(WANG)
    old = await outbox.claim()
    assert await outbox.recover() == 2
    await outbox.settle(sent(old[0]))
    assert await outbox.states(first) == ["sent"]  # so it is not sent twice
    (successors,) = await outbox.claim()
    await outbox.settle(failed(old[1], outbox.clock.now(), 60))
    assert await outbox.states(second) == ["sending"]
    await outbox.settle(sent(successors))
    await outbox.settle(Outcome(successors, State.DEAD, error="told twice"))
    assert await outbox.states(second) == ["sent"]


async def test_recovery_follows_each_rows_policy_and_spares_what_is_in_hand(outbox):
    again = await outbox.put(1, ambiguous=Ambiguous.RESEND)
    never = await outbox.put(2, ambiguous=Ambiguous.DROP)
    in_hand = await outbox.put(3, ambiguous=Ambiguous.DROP)
    await outbox.claim()
    assert await outbox.recover(in_hand) == 2
    assert await outbox.states(again, never, in_hand) == ["pending", "dropped", "sending"]


async def test_a_row_that_kills_every_sender_ends_as_a_dead_letter(outbox):
    row = await outbox.put(LI)
    for _ in range(MAX_ATTEMPTS):
        assert await outbox.claim_ids() == [row]
        await outbox.recover()
    assert await outbox.states(row) == ["dead"]


async def test_an_unreachable_person_is_marked_and_their_pushes_are_dropped_with_the_reason(outbox):
    async with outbox.db.unit() as session:
        unit = Unit(name="Shenzhen", kind="branch")
        session.add(unit)
        await session.flush()
        made = {"name": "Li Na", "unit_id": unit.id, "roles": ["rep"], "created_at": outbox.clock.now()}
        session.add_all([Employee(**made, bot_id=BOT, telegram_id=LI), Employee(**made, bot_id=BOT, telegram_id=WANG)])
    await outbox.put(LI)
    push, answer = await outbox.put(LI, priority=Priority.PUSH, in_s=60), await outbox.put(LI)
    others = await outbox.put(WANG, priority=Priority.PUSH, in_s=60)
    (row,) = await outbox.claim()
    await outbox.settle(Outcome(row, State.DROPPED, error="blocked", unreachable=True))
    assert await outbox.states(push, answer, others) == ["dropped", "pending", "pending"]
    assert (await outbox.row(push)).error == "blocked"
    async with outbox.db.unit() as session:
        people = await session.execute(select(Employee.telegram_id, Employee.unreachable_since))
        marked = {chat: since for chat, since in people}  # noqa: C416 - rows, not pairs
    assert marked == {LI: outbox.clock.now(), WANG: None}


async def test_a_group_that_became_a_supergroup_takes_its_rows_and_cards_along(outbox):
    card = await outbox.card(GROUP)
    first, second = await outbox.put(GROUP, card=card), await outbox.put(GROUP)
    (row,) = await outbox.claim()
    await outbox.settle(Outcome(row, State.PENDING, counted=False, moved_to=SUPERGROUP))
    (row,) = await outbox.claim()
    assert (row.id, row.chat_id, row.attempts) == (first, SUPERGROUP, 1)
    assert (await outbox.row(second)).chat_id == SUPERGROUP


async def test_due_counts_what_a_stopping_sender_would_still_have_to_do(outbox):
    await outbox.put(LI)
    await outbox.put(LI, in_s=60)
    await outbox.put(WANG, expires_s=-1)
    async with outbox.db.unit() as session:
        assert await queue.due(session, BOT) == 1


@pytest.mark.parametrize("seed", range(6))
async def test_order_holds_under_any_mixture_of_ends(outbox, seed):
    """Within a lane rows end in the order of their ids; rows on one card too, whatever their lanes. What was sent is
    settled at once, or with the next claim."""
    dice = random.Random(seed)
    cards = [await outbox.card(LI), await outbox.card(WANG)]
    for _ in range(40):
        chat = dice.choice((0, 1))
        await outbox.put(
            (LI, WANG)[chat],
            priority=dice.choice((Priority.ANSWER, Priority.PUSH)),
            card=dice.choice((None, cards[chat])),
        )
    ended, landed = [], []
    for _ in range(400):
        rows = await outbox.claim(limit=dice.choice((1, 5)), sent=landed)
        landed = []
        assert len({row.chat_id for row in rows}) == len(rows)
        for row in rows:
            if dice.random() < 0.2:
                await outbox.settle(failed(row, outbox.clock.now(), dice.choice((0, 5))))
            elif dice.random() < 0.1:
                await outbox.recover()
            else:
                if dice.random() < 0.5:
                    landed.append(sent(row))
                else:
                    await outbox.settle(sent(row))
                ended.append(row)
        outbox.clock.advance(timedelta(seconds=1))
        if len(ended) == 40:
            break
    assert len(ended) == 40
    for lane in {(row.chat_id, row.priority) for row in ended}:
        ids = [row.id for row in ended if (row.chat_id, row.priority) == lane]
        assert ids == sorted(ids)
    for card in cards:
        ids = [row.id for row in ended if row.card_id == card]
        assert ids == sorted(ids)


async def test_the_cost_of_claiming_follows_what_is_open_not_what_is_stored(outbox):
    columns = "bot_id, chat_id, priority, method, payload, ambiguous, not_before, created_at"
    values = f"{BOT}, 1000 + n % 300, 2, 'send_message', '{{}}', 'resend', timestamptz '2026-01-01', now()"
    async with outbox.db.unit() as session:
        await session.execute(
            text(
                f"INSERT INTO outbox ({columns}, state, ended_at) SELECT {values}, 'sent', now() "
                "FROM generate_series(1, 30000) n"
            )
        )
        await session.execute(text(f"INSERT INTO outbox ({columns}) SELECT {values} FROM generate_series(1, 600) n"))
        await session.execute(text("ANALYZE outbox"))
    async with outbox.db.unit() as session:
        assert len(await queue.claim(session, BOT, 3, [1000, 1001])) == 3
        read = "SELECT seq_tup_read, idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'outbox'"
        whole, by_index = (await session.execute(text(read))).one()
    assert whole == 0
    assert by_index < 50


async def test_a_claim_is_planned_once_for_all(outbox, db):
    """To plan it takes longer than to do it."""
    async with db.unit() as session:
        columns = "bot_id, chat_id, priority, method, payload, ambiguous, not_before, created_at, state, ended_at"
        values = f"{BOT}, 1000 + n % 300, 2, 'send_message', '{{}}', 'resend', now(), now(), 'sent', now()"
        many = "FROM generate_series(1, 20000) n"
        await session.execute(text(f"INSERT INTO outbox ({columns}) SELECT {values} {many}"))
        await session.execute(
            text(f"INSERT INTO card (bot_id, chat_id, created_at) SELECT {BOT}, 1000 + n % 300, now() {many}")
        )
        await session.execute(text("ANALYZE outbox, card"))
    async with db.straight() as session:
        for _ in range(12):
            await outbox.put(LI)
            (row,) = await queue.claim(session, BOT, 5, ())
            assert await queue.claim(session, BOT, 5, (), sent=[sent(row)]) == []
        plans = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1"
        ((generic, custom),) = await ask(session, plans, queue._CLAIM)
    assert generic >= 24 - 5
    assert custom <= 5
