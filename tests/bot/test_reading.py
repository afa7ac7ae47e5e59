"""What of an update is read: newer and stranger ones than this program knows cost nothing and break nothing."""

import time
from typing import Any

import pytest
from sqlalchemy import select

from bot.reading import keyboard_of, read, replied_to
from crm_core.inbox.models import Update
from crm_core.kit.db import Database
from crm_core.outbox.models import Outgoing
from tests.support.chat import TOKEN, House

PERSON = {"id": 810001, "is_bot": False, "first_name": "李娜", "language_code": "zh-hans"}
CHAT = {"id": 810001, "type": "private", "first_name": "李娜"}


def message(**content: Any) -> dict[str, Any]:
    return {
        "update_id": 1,
        "message": {"message_id": 5, "date": 1_773_201_600, "chat": CHAT, "from": PERSON, **content},
    }


def rich(depth: int) -> dict[str, Any]:
    """Formatted text, styles within styles: aiogram 3.31's models take 20 times longer a level (6 s for five)."""
    text: Any = "谈了年框"
    for level in range(depth):
        text = {"type": ("bold", "italic", "underline")[level % 3], "text": text}
    return {"blocks": [{"type": "paragraph", "text": text}]}


@pytest.mark.parametrize("where", ["message", "edited_message", "channel_post", "guest_message", "callback_query"])
def test_formatted_text_within_formatted_text_does_not_hold_us_up(where: str) -> None:
    body = message(rich_message=rich(5), reply_to_message=message(rich_message=rich(5))["message"])["message"]
    if where == "callback_query":
        body = {"id": "1", "from": PERSON, "chat_instance": "1", "message": body, "data": "today:0:0"}
    began = time.monotonic()
    read({"update_id": 1, where: body})
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    "content",
    [
        {"hologram": {"file_id": "x"}},
        {"forward_origin": {"type": "telepathic", "date": 1}},
        {"external_reply": {"origin": {"type": "dream"}}},
        {"reply_markup": {"inline_keyboard": [[{"text": 1}]]}},
        {"via_bot": {"id": "x"}, "effect_id": 17},
        {"sticker": {"type": "smell"}},
        {"poll": None, "dice": []},
    ],
)
def test_a_message_with_something_new_in_it_is_read_as_the_message_it_is(content: dict[str, Any]) -> None:
    update = read(message(text="华宁", **content))
    assert update is not None
    assert update.message is not None
    assert (update.message.text, update.message.message_id) == ("华宁", 5)


@pytest.mark.parametrize(
    "update", [{}, {"update_id": 1}, {"update_id": 1, "quantum_message": {"text": "x"}}, {"poll": {}}]
)
def test_what_nobody_handles_is_not_read_at_all(update: dict[str, Any]) -> None:
    assert read(update) is None


def test_a_membership_of_a_kind_that_we_do_not_know_is_left_alone() -> None:
    member = {"user": {"id": 7, "is_bot": True, "first_name": "x"}, "status": "half_a_member"}
    change = {"chat": CHAT, "from": PERSON, "date": 1, "old_chat_member": member, "new_chat_member": member}
    assert read({"update_id": 1, "my_chat_member": change}) is None


def test_what_handlers_use_is_there() -> None:
    size = {"file_id": "F", "file_unique_id": "U", "width": 1, "height": 1}
    place = {"latitude": 22.5, "longitude": 113.9}
    update = read(message(photo=[size, size], caption="x", media_group_id="9", location=place))
    assert update is not None
    heard = update.message
    assert heard is not None
    assert heard.from_user is not None
    assert heard.photo is not None
    assert heard.location is not None
    assert (heard.from_user.language_code, heard.chat.type) == ("zh-hans", "private")
    assert (heard.photo[-1].file_id, heard.media_group_id, heard.location.latitude) == ("F", "9", 22.5)


async def test_whoever_sends_it_is_answered_and_so_is_everybody_else(house: House, db: Database) -> None:
    rep, other = await house.hire("李娜"), await house.hire("王强")
    body = message(rich_message=rich(8))["message"]
    body |= {"chat": {**CHAT, "id": rep.user_id}, "from": {**PERSON, "id": rep.user_id}}
    house.sandbox.inject(TOKEN, {"message": body})
    assert "查无此人" in await other.say("查无此人")
    assert rep.answers()
    async with db.unit() as session:
        assert list(await session.scalars(select(Update.id).where(Update.state != "done"))) == []
        assert list(await session.scalars(select(Outgoing.id).where(Outgoing.state != "sent"))) == []


async def test_a_private_chat_that_is_not_the_speakers_own_is_not_answered(house: House, db: Database) -> None:
    """Telegram never sends such a thing: who speaks with somebody's name in another's chat learns nothing there."""
    rep, stranger = await house.hire("李娜"), house.stranger("路人")
    await stranger.say("你好")
    before = stranger.answers()
    speaker, place = {**PERSON, "id": rep.user_id}, {**CHAT, "id": stranger.user_id}
    body = message(text="/today")["message"] | {"chat": place, "from": speaker}
    card = {"message_id": 5, "date": 1_773_201_600, "chat": place}
    house.sandbox.inject(TOKEN, {"message": body})
    house.sandbox.inject(TOKEN, {"edited_message": body | {"edit_date": 1_773_201_601}})
    tap = {"id": "77", "from": speaker, "chat_instance": "1", "message": card, "data": "today:0:0"}
    house.sandbox.inject(TOKEN, {"callback_query": tap})
    await house.settle()
    assert stranger.answers() == before
    assert rep.answers() == []


@pytest.mark.parametrize(
    ("markup", "rows"),
    [
        ({"inline_keyboard": [[{"text": "打开", "callback_data": "visit:1:0", "style": "danger"}]]}, None),
        ({"inline_keyboard": [[{"text": "打开", "url": "https://t.me/x"}], 7, [None, {"text": 3}]]}, [{}]),
    ],
)
def test_the_buttons_under_a_tapped_message_are_read_as_far_as_they_are_ours(markup: Any, rows: Any):
    tapped = {"callback_query": {"message": {"message_id": 5, "reply_markup": markup}}}
    first, *more = keyboard_of(tapped) or []
    assert first[0]["text"] == "打开"
    assert "style" not in first[0]
    assert more == ([rows] if rows else [])


@pytest.mark.parametrize(
    "content", [None, [], {}, {"message": 3}, {"message": {"reply_markup": {"inline_keyboard": 1}}}]
)
def test_what_is_no_keyboard_and_no_reply_is_none(content: Any):
    assert keyboard_of({"callback_query": content}) is None
    assert replied_to({"message": content}) is None
    assert replied_to({"message": {"reply_to_message": {"message_id": "5"}}}) is None
    assert replied_to(message(reply_to_message=message()["message"])) == 5
