"""Delivery as a whole, over a real database and the sandbox."""

import asyncio
import time
from collections import defaultdict
from pathlib import Path

from sqlalchemy import text

from bot.delivery.limits import UNLIMITED, Rates
from bot.delivery.loop import Delivery
from bot.files.storage import MissingError, StorageError
from crm_core.outbox.models import Card, Priority
from sandbox.server import run_sandbox
from tests.support.desk import png

TOKEN = "700001:test-token-of-the-delivery"
BUTTONS = {"inline_keyboard": [[{"text": "Log visit", "callback_data": "visit:1:0"}]]}


async def test_messages_of_a_chat_arrive_in_order_and_chats_side_by_side(post):
    people = [post.person(number) for number in range(8)]
    for number in range(12):
        for person in people:
            await post.put(person, text=str(number))
    await post.send_all()
    for person in people:
        assert post.texts(person) == [str(number) for number in range(12)]


async def test_a_card_can_be_edited_wherever_it_stands(post):
    person = post.person()
    card = await post.card(person)
    await post.put(person, card=card, payload={"text": "Visit?", "reply_markup": BUTTONS})
    await post.put(person, "edit_message_text", card=card, text="Visit logged")
    await post.send_all()
    assert post.texts(person) == ["Visit logged"]
    first = await post.message_of(card)
    await post.put(person, card=card, text="Next visit?")
    await post.put(person, "edit_message_reply_markup", card=card, payload={"reply_markup": BUTTONS})
    await post.send_all()
    assert post.texts(person) == ["Visit logged", "Next visit?"]
    assert await post.message_of(card) not in (None, first)
    await post.put(person, "delete_message", card=card, payload={})
    await post.send_all()
    assert post.texts(person) == ["Visit logged"]


async def test_an_edit_of_a_card_that_never_went_out_tells_it_now(post):
    person = post.person()
    card, other = await post.card(person), await post.card(person)
    await post.put(person, "edit_message_text", card=card, text="✓ done")
    buttons = await post.put(person, "edit_message_reply_markup", card=other, payload={"reply_markup": BUTTONS})
    deletion = await post.put(person, "delete_message", card=other, payload={})
    await post.send_all()
    assert post.texts(person) == ["✓ done"]
    assert await post.message_of(card) is not None
    assert [await post.state(one) for one in (buttons, deletion)] == ["dropped", "dropped"]


async def test_an_edit_of_a_known_message_makes_it_the_card(post):
    person = post.person()
    card, again = await post.card(person), await post.card(person)
    await post.put(person, card=card, text="a list")
    await post.send_all()
    message = await post.message_of(card)
    await post.put(person, "edit_message_text", card=again, payload={"text": "its second page", "message_id": message})
    await post.send_all()
    assert await post.message_of(again) == message
    assert post.texts(person) == ["its second page"]


async def test_pictures_albums_and_documents_go_from_local_files_and_by_their_ids(post, tmp_path: Path):
    person = post.person()
    picture, sheet = tmp_path / "chart.png", tmp_path / "x.bin"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    sheet.write_bytes(b"sheet")
    card = await post.card(person)
    await post.put(
        person, "send_document", payload={"document": {"path": str(sheet), "name": "报价.xlsx"}, "caption": "q"}
    )
    album = [{"type": "document", "media": {"path": str(sheet)}}, {"type": "document", "media": {"path": str(picture)}}]
    await post.put(person, "send_media_group", card=card, payload={"media": album})
    await post.send_all()
    shown = [m for m in post.sandbox.messages(TOKEN, person) if m["from"]["is_bot"]]
    assert [m["document"]["file_name"] for m in shown] == ["报价.xlsx", "x.bin", "chart.png"]
    assert await post.message_of(card) == shown[1]["message_id"]
    await post.put(person, "send_document", payload={"document": shown[0]["document"]["file_id"]})
    await post.send_all()
    assert len([m for m in post.sandbox.messages(TOKEN, person) if "document" in m]) == 4


async def test_a_tap_is_acknowledged_while_pushes_hang(post):
    people = [post.person(number) for number in range(6)]
    card = await post.card(people[0])
    await post.put(people[0], card=card, payload={"text": "?", "reply_markup": BUTTONS})
    await post.send_all()
    post.sandbox.fault(TOKEN, "timeout", method="sendMessage", seconds=1.5, times=6)
    for person in people:
        await post.put(person, priority=Priority.PUSH)
    delivery = post.start(at_once=6)
    await post.wait_for(lambda: len(post.calls("sendMessage")) == 7)
    tap = asyncio.create_task(post.sandbox.tap(TOKEN, people[0], await post.message_of(card), "Log visit", wait_s=5))
    await post.wait_for(lambda: bool(post.sandbox.world.bot(TOKEN).callbacks))
    query = next(iter(post.sandbox.world.bot(TOKEN).callbacks))
    payload = {"callback_query_id": query, "text": "one moment"}
    await post.put(people[0], "answer_callback_query", payload=payload, priority=Priority.ACK, expires_s=60)
    answered = await tap
    assert answered["answer"]["text"] == "one moment"
    assert answered["waited_ms"] < 1400
    assert not delivery.refused


async def test_answers_pass_a_queue_of_pushes(post):
    people = [post.person(number) for number in range(30)]
    for person in people:
        await post.put(person, text="push", priority=Priority.PUSH)
    post.start(rates=Rates())
    await post.wait_for(lambda: len(post.calls("sendMessage")) >= 5)
    answer = await post.put(people[-1], text="answer")
    await post.until(answer, "sent")
    texts = [call["params"]["text"] for call in post.calls("sendMessage")]
    assert texts.index("answer") < 30


async def test_who_asks_now_does_not_wait_for_what_others_have_piled_up(post):
    people = [post.person(number) for number in range(31)]
    for number in range(300):
        await post.put(people[number % 30], text=f"late {number}")
    post.start(rates=Rates())
    await post.wait_for(lambda: len(post.calls("sendMessage")) >= 40)
    await post.until(await post.put(people[-1], text="now"), "sent")
    texts = [call["params"]["text"] for call in post.calls("sendMessage")]
    assert texts.index("now") < 130
    await post.wait_for(lambda: len(post.calls("sendMessage")) == 301, within_s=60)
    for person in people[:-1]:
        numbers = [int(text.split()[1]) for text in post.texts(person)]
        assert numbers == sorted(numbers)


async def test_telegrams_limits_are_kept_so_that_it_never_says_too_fast(db, post):
    async with run_sandbox(tokens=[TOKEN], flood=True) as strict:
        await strict.ready()
        post.sandbox = strict
        people = [post.person(number) for number in range(30)]
        for number in range(2):
            for person in people:
                await post.put(person, text=str(number), priority=Priority.PUSH)
        group = -4001
        strict.world.bot(TOKEN).group(group)
        for number in range(4):
            await post.put(group, text=str(number))
        started = time.monotonic()
        await post.send_all(rates=Rates())
        took = time.monotonic() - started
        calls = post.calls("sendMessage")
    assert len(calls) == 64
    assert {call["status"] for call in calls} == {200}
    assert 64 / took < 31
    times = sorted(call["at"] for call in calls)
    assert max(sum(at <= other < at + 1 for other in times) for at in times) <= 30
    by_chat = defaultdict(list)
    for call in calls:
        by_chat[call["params"]["chat_id"]].append(call["params"]["text"])
    assert by_chat.pop(group) == ["0", "1", "2", "3"]
    assert set(map(tuple, by_chat.values())) == {("0", "1")}


async def test_a_stop_sends_what_is_committed_and_due_and_leaves_the_rest(post):
    person = post.person()
    for number in range(5):
        await post.put(person, text=str(number))
    later = await post.put(person, text="tomorrow", in_s=3600)
    delivery = post.start(rates=Rates(chat_per_s=5))
    await post.wait_for(lambda: bool(post.calls("sendMessage")))
    started = time.monotonic()
    await post.stop()
    assert time.monotonic() - started < 3
    assert post.texts(person) == ["0", "1", "2", "3", "4"]
    assert await post.state(later) == "pending"
    assert not delivery._flights


async def test_a_stop_is_bounded_when_telegram_hangs(post):
    person = post.person()
    post.sandbox.fault(TOKEN, "timeout", method="sendMessage", seconds=30)
    row = await post.put(person)
    post.start(stop_within_s=2.2)
    await post.wait_for(lambda: bool(post.calls("sendMessage")))
    started = time.monotonic()
    await post.stop()
    assert time.monotonic() - started < 3
    assert await post.state(row) == "sending"  # the next sender takes it up, by its policy


async def test_a_second_sender_stands_by_and_takes_over(post):
    person = post.person()
    first, second = post.start(), post.start()
    for number in range(10):
        await post.put(person, text=str(number))
    assert await first.drain(10)
    stop, task = post._running.pop(0)
    stop.set()
    await task
    await post.put(person, text="10")
    assert await second.drain(10)
    assert post.texts(person) == [str(number) for number in range(11)]


async def test_a_break_of_the_database_connections_loses_and_doubles_nothing(db, post):
    people = [post.person(number) for number in range(5)]
    delivery = post.start(rates=Rates(token_per_s=100, token_window_s=0, chat_per_s=50))
    for number in range(20):
        for person in people:
            await post.put(person, text=str(number))
        if number in (5, 12):
            async with db.engine.connect() as connection:
                mine = "pid <> pg_backend_pid() AND datname = current_database()"
                await connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}"))
            await db.engine.dispose()
    assert await delivery.drain(15)
    for person in people:
        assert post.texts(person) == [str(number) for number in range(20)]


async def test_what_landed_is_no_lost_row_to_the_turn_that_sweeps(post, monkeypatch):
    monkeypatch.setattr("bot.delivery.loop.SWEEP_EVERY_S", 0.0)
    person = post.person()
    rows = [await post.put(person, text=str(number), ambiguous="drop") for number in range(5)]
    delivery = post.start(rates=Rates(token_per_s=100, token_window_s=0, chat_per_s=50))
    assert await delivery.drain(10)
    assert [await post.state(row) for row in rows] == ["sent"] * 5
    assert post.texts(person) == ["0", "1", "2", "3", "4"]


async def test_an_outcome_that_cannot_be_noted_holds_up_nobody(post, monkeypatch):
    from crm_core.outbox import queue

    person, other = post.person(1), post.person(2)
    post.sandbox.block(TOKEN, other)
    unnotable, fine = await post.put(other), await post.put(person)

    async def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(queue, "_give_up_on", broken)
    post.start()
    assert (await post.until(fine, "sent")).state == "sent"
    row = await post.until(unnotable, "dropped")
    assert row.error == "could not be noted in full"


async def test_a_planned_row_goes_when_its_time_comes(post):
    person = post.person()
    row = await post.put(person, in_s=1)
    post.start()
    await asyncio.sleep(0.3)
    assert await post.state(row) == "pending"
    await post.until(row, "sent", within_s=4)


async def test_while_telegram_is_asked_whether_it_is_well_the_loop_rests(post, monkeypatch):
    person = post.person()
    post.sandbox.fault(TOKEN, "disconnect", method="sendMessage", times=3)
    post.sandbox.fault(TOKEN, "timeout", method="getMe", seconds=0.8)
    rows = [await post.put(post.person(number), text="x", ambiguous="drop") for number in range(3)]
    delivery = post.start()
    await post.wait_for(lambda: bool(post.calls("getMe")))
    turns = []
    turn = delivery._settle_and_claim
    monkeypatch.setattr(delivery, "_settle_and_claim", lambda *a, **k: turns.append(1) or turn(*a, **k))
    waiting = await post.put(person, text="after")
    await post.until(waiting, "sent")
    assert [await post.state(row) for row in rows] == ["dropped"] * 3
    assert len(turns) < 15
    assert post.texts(person) == ["after"]


async def test_a_flood_of_taps_is_acknowledged_whatever_else_waits(post):
    person = post.person()
    ack = {"method": "answer_callback_query", "priority": Priority.ACK}
    rows = [await post.put(person, **ack, payload={"callback_query_id": str(number)}) for number in range(100)]
    message = await post.put(person)
    await post.send_all(at_once=2)
    assert {await post.state(row) for row in rows} == {"dropped"}  # these taps are unknown: told so at once
    assert await post.state(message) == "sent"


async def test_all_copies_of_a_card_can_be_closed(post):
    people = [post.person(number) for number in range(3)]
    cards = []
    async with post.db.unit() as session:
        for person in people:
            card = Card(bot_id=700001, chat_id=person, subject="visit:12", created_at=post.db.clock.now())
            session.add(card)
            await session.flush()
            cards.append((person, card.id))
    for person, card in cards:
        await post.put(person, card=card, payload={"text": "approve?", "reply_markup": BUTTONS})
    await post.send_all()
    for person, card in cards:
        await post.put(person, "edit_message_text", card=card, text="✓ approved by Wang", priority=Priority.PUSH)
    await post.send_all()
    assert all(post.texts(person) == ["✓ approved by Wang"] for person in people)


class Away:
    """A storage of files that can't be reached twice, and then can."""

    where = "s3://rounds-files"

    def __init__(self, error: StorageError) -> None:
        self.error, self.asked = error, 0

    async def get(self, key: str) -> bytes:
        self.asked += 1
        if self.asked <= 2:
            raise self.error
        return png(8, 6, (10, 90, 200))


async def test_a_kept_photo_whose_storage_is_away_goes_out_later(post):
    chat = post.person()
    row = await post.put(chat, "send_photo", payload={"photo": {"stored": "key", "name": "12.jpg"}, "caption": "展厅"})
    post.start(storage=Away(StorageError("s3://rounds-files: no answer")))
    assert (await post.until(row, "sent", "dead")).state == "sent"
    await post.stop()
    assert post.texts(chat) == ["展厅"]


async def test_a_kept_photo_that_is_gone_is_a_dead_letter_and_others_go_on(post):
    chat = post.person()
    row = await post.put(chat, "send_photo", payload={"photo": {"stored": "key", "name": "12.jpg"}, "caption": "展厅"})
    other = await post.put(chat, text="下一条")
    post.start(storage=Away(MissingError("key is not in /srv/files")))
    assert "is not in /srv/files" in (await post.until(row, "dead")).error
    await post.until(other, "sent")
    await post.stop()


async def test_what_is_claimed_in_the_moment_that_the_lease_is_lost_is_given_back_unsent(post):
    """As who was frozen does on waking up: its successor has what is due at once, and not with its next sweep."""
    chat, lost = post.person(), asyncio.Event()
    row = await post.put(chat, text="请下周三前送样")
    delivery = Delivery(post.db, 700001, TOKEN, post.sandbox.url, post.signals, rates=UNLIMITED)
    lost.set()
    await delivery._settle_and_claim(lost, count=False)
    assert (await post.row(row)).state == "sending"
    await delivery._land(lost)
    given_back = await post.row(row)
    assert (given_back.state, given_back.attempts) == ("pending", 0)
    assert post.calls("sendMessage") == []
    await delivery._transport.shutdown()
