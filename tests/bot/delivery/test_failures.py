"""The failure table, each line against a server that refuses as Telegram does."""

import asyncio
import time
from typing import Any

import pytest
from sqlalchemy import select

from crm_core.org.models import Employee, Unit
from crm_core.outbox.models import Ambiguous, Priority

TOKEN = "700001:test-token-of-the-delivery"
BUTTONS = {"inline_keyboard": [[{"text": "Log visit", "callback_data": "visit:1:0"}]]}


async def employ(post, person: int) -> int:
    async with post.db.unit() as session:
        at = post.db.clock.now()
        unit = Unit(name="Shenzhen", kind="branch")
        session.add(unit)
        await session.flush()
        employee = Employee(
            name="Li Na", unit_id=unit.id, roles=["rep"], bot_id=700001, telegram_id=person, created_at=at
        )
        session.add(employee)
        await session.flush()
        return employee.id


async def unreachable_since(post, employee: int) -> Any:
    async with post.db.unit() as session:
        return (await session.execute(select(Employee.unreachable_since).where(Employee.id == employee))).scalar_one()


async def test_too_fast_silences_the_whole_token_as_long_as_telegram_says(post):
    person, other = post.person(1), post.person(2)
    post.sandbox.fault(TOKEN, "status", status=429, retry_after=1, times=1)
    first = await post.put(person)
    post.start()
    await post.wait_for(lambda: any(call["status"] == 429 for call in post.calls("sendMessage")))
    second = await post.put(other)
    row = await post.until(first, "sent")
    await post.until(second, "sent")
    refused, *others = post.calls("sendMessage")
    assert len(others) == 2
    assert all(call["at"] - refused["at"] >= 1 for call in others)
    assert row.attempts == 1  # waiting is not trying


async def test_somebody_who_blocked_the_bot_is_marked_and_gets_no_more_pushes(post):
    person = post.person()
    employee = await employ(post, person)
    post.sandbox.block(TOKEN, person)
    answer = await post.put(person)
    tomorrow = await post.put(person, priority=Priority.PUSH, in_s=86400)
    await post.send_all()
    row = await post.row(answer)
    assert (row.state, row.error) == ("dropped", "Forbidden: bot was blocked by the user")
    assert (await post.row(tomorrow)).error == "Forbidden: bot was blocked by the user"
    assert await unreachable_since(post, employee) is not None


async def test_a_chat_that_is_not_there_counts_as_unreachable(post):
    employee = await employ(post, 599999)
    row = await post.put(599999)
    await post.send_all()
    assert await post.state(row) == "dropped"
    assert await unreachable_since(post, employee) is not None


async def test_an_edit_that_changes_nothing_is_as_good_as_sent(post):
    person = post.person()
    card = await post.card(person)
    await post.put(person, card=card, text="same")
    edit = await post.put(person, "edit_message_text", card=card, text="same")
    await post.send_all()
    row = await post.row(edit)
    assert (row.state, row.error) == ("sent", None)


async def test_an_edit_of_a_message_that_is_gone_becomes_a_new_message(post):
    person = post.person()
    card = await post.card(person)
    await post.put(person, card=card, text="first")
    await post.send_all()
    gone = await post.message_of(card)
    await post.put(person, "delete_message", payload={"message_id": gone})
    edit = await post.put(person, "edit_message_text", card=card, text="second")
    buttons = await post.put(person, "edit_message_reply_markup", payload={"message_id": gone, "reply_markup": BUTTONS})
    await post.send_all()
    assert post.texts(person) == ["second"]
    assert await post.state(edit) == "sent"
    assert await post.message_of(card) not in (None, gone)
    assert await post.state(buttons) == "dropped"  # only buttons: nothing to say


async def test_an_edit_of_what_has_no_text_reaches_the_person(post):
    person = post.person()
    card = await post.card(person)
    await post.put(person, "send_location", card=card, payload={"latitude": 22.5, "longitude": 114.0})
    edit = await post.put(person, "edit_message_text", card=card, text="words")
    await post.send_all()
    assert await post.state(edit) == "sent"
    assert post.texts(person)[-1] == "words"


async def test_deleting_what_is_gone_is_dropped(post):
    row = await post.put(post.person(), "delete_message", payload={"message_id": 424242})
    await post.send_all()
    assert await post.state(row) == "dropped"


async def test_a_tap_answered_too_late_is_dropped(post):
    payload = {"callback_query_id": "12345"}
    row = await post.put(post.person(), "answer_callback_query", payload=payload, priority=Priority.ACK)
    await post.send_all()
    assert await post.state(row) == "dropped"


@pytest.mark.parametrize(
    ("payload", "seen"),
    [
        ({"text": "<b>Acme</i> &amp; Co", "parse_mode": "HTML"}, "Acme & Co"),
        ({"text": "x" * 5000}, "x" * 4096),
        ({"text": "hello", "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "d" * 65}]]}}, "hello"),
        ({"text": "hello", "reply_markup": {"inline_keyboard": [[{"text": "no key"}]]}}, "hello"),
    ],
    ids=["entities", "length", "button data", "button"],
)
async def test_what_telegram_refuses_for_its_form_still_reaches_the_person_plainly(post, payload, seen):
    person = post.person()
    row = await post.put(person, payload=payload)
    await post.send_all()
    assert post.texts(person) == [seen]
    row = await post.row(row)
    assert row.state == "sent"
    assert row.error.startswith("sent plain: ")


async def test_buttons_stay_when_only_the_markup_of_the_words_is_broken(post):
    person = post.person()
    await post.put(person, payload={"text": "<b>x", "parse_mode": "HTML", "reply_markup": BUTTONS})
    await post.send_all()
    (message,) = [m for m in post.sandbox.messages(TOKEN, person) if m["from"]["is_bot"]]
    assert message["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "visit:1:0"


@pytest.mark.parametrize(
    ("method", "payload"),
    [
        ("send_message", {"text": "   "}),
        ("send_photo", {"photo": "not-a-file-id"}),
        ("send_photo", {"photo": {"path": "/nowhere/at/all.png"}}),
        ("no_such_method", {"text": "x"}),
        ("edit_message_media", {"message_id": 1}),
    ],
)
async def test_what_nobody_can_send_is_put_aside_with_its_error(post, method, payload):
    person = post.person()
    row = await post.put(person, method, payload=payload)
    after = await post.put(person, text="next")
    await post.send_all()
    row = await post.row(row)
    assert row.state == "dead"
    assert row.error
    assert await post.state(after) == "sent"  # the chat goes on


async def test_a_reply_to_what_is_gone_goes_out_as_no_reply(post):
    person = post.person()
    await post.put(person, payload={"text": "yes", "reply_parameters": {"message_id": 99999}})
    await post.send_all()
    assert post.texts(person) == ["yes"]


async def test_an_upload_too_large_is_put_aside(post):
    post.sandbox.fault(TOKEN, "status", method="sendDocument", status=413)
    row = await post.put(post.person(), "send_document", payload={"document": "x"})
    await post.send_all()
    row = await post.row(row)
    assert (row.state, row.error) == ("dead", "Request Entity Too Large")


@pytest.mark.parametrize("kind", ["disconnect", "drop_after_accept", "timeout", "status"])
@pytest.mark.parametrize("policy", [Ambiguous.RESEND, Ambiguous.DROP])
async def test_when_nobody_knows_whether_it_was_taken_the_row_says_what_to_do(post, kind, policy):
    person = post.person()
    post.sandbox.fault(TOKEN, kind, method="sendMessage", seconds=0.05, status=502)
    row = await post.put(person, text="once", ambiguous=policy)
    post.start()
    row = await post.until(row, "sent", "dropped")
    accepted = kind == "drop_after_accept"
    if policy == Ambiguous.RESEND:
        assert (row.state, row.attempts) == ("sent", 2)
        assert post.texts(person) == ["once"] * (1 + accepted)
    else:
        assert row.state == "dropped"
        assert post.texts(person) == ["once"] * accepted


async def test_a_refused_token_stops_this_bot_and_keeps_the_rows(post):
    person = post.person()
    row = await post.put(person)
    delivery = post.start(token="700001:some-other-token-that-is-wrong")
    await post.wait_for(lambda: delivery.refused)
    await post.stop()
    row = await post.row(row)
    assert (row.state, row.attempts) == ("pending", 0)
    await post.send_all()
    assert post.texts(person) == ["hello"]


async def test_telegram_away_costs_a_pause_and_no_row_an_attempt(post, unused_tcp_port):
    person, other = post.person(1), post.person(2)
    rows = [await post.put(one, text=str(number)) for number in range(5) for one in (person, other)]
    delivery = post.start(url=f"http://127.0.0.1:{unused_tcp_port}")
    await asyncio.sleep(1)
    assert not post.calls("sendMessage")
    await post.stop()
    assert [(await post.row(row)).state for row in rows] == ["pending"] * 10
    assert {(await post.row(row)).attempts for row in rows} == {0}
    started = time.monotonic()
    await post.send_all()
    assert time.monotonic() - started < 3
    assert post.texts(person) == post.texts(other) == ["0", "1", "2", "3", "4"]
    assert not delivery.refused
