"""What people send, as plain facts, from updates as Telegram makes them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.reading import read
from bot.things import thing_of
from conversations.kinds.base import Sent

BOT = 700100200
SENT_AT = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
PERSON = {"id": 810001, "is_bot": False, "first_name": "李娜", "language_code": "zh-hans"}
CHAT = {"id": 810001, "type": "private", "first_name": "李娜"}
FILE = {"file_id": "F", "file_unique_id": "U", "file_size": 81234}


def thing(at: datetime = SENT_AT, kind: str = "message", **content: Any) -> Sent:
    said = {"message_id": 5, "date": int(SENT_AT.timestamp()), "chat": CHAT, "from": PERSON, **content}
    update = read({"update_id": 1, kind: said})
    assert update is not None
    message = update.message or update.edited_message
    assert message is not None
    sent = thing_of(message, BOT, at)
    assert sent.message_id == 5
    return replace(sent, message_id=None)


def file(**known: Any) -> dict[str, Any]:
    nothing = {"mime": None, "name": None, "duration": None}
    return {"bot_id": BOT, "file_id": "F", "file_unique_id": "U", "size": 81234, **nothing, **known}


def test_of_a_photo_the_largest_size_counts():
    small = {"file_id": "f", "file_unique_id": "u", "file_size": 99, "width": 90, "height": 60}
    sent = thing(photo=[small, {**FILE, "width": 1280, "height": 960}], caption="看了展厅", media_group_id="9")
    assert sent == Sent("photo", {**file(), "caption": "看了展厅"}, "9")


@pytest.mark.parametrize(
    ("what", "content", "known"),
    [
        ("voice", {"duration": 12, "mime_type": "audio/ogg"}, {"duration": 12, "mime": "audio/ogg"}),
        (
            "document",
            {"file_name": "年框合同.pdf", "mime_type": "application/pdf"},
            {"name": "年框合同.pdf", "mime": "application/pdf"},
        ),
        (
            "video",
            {"duration": 7, "width": 640, "height": 480, "file_name": "产线.mp4", "mime_type": "video/mp4"},
            {"duration": 7, "name": "产线.mp4", "mime": "video/mp4"},
        ),
        ("audio", {"duration": 60, "file_name": "会议.mp3", "title": "会议"}, {"duration": 60, "name": "会议.mp3"}),
    ],
)
def test_files_of_every_kind(what: str, content: dict[str, Any], known: dict[str, Any]):
    assert thing(**{what: {**FILE, **content}}) == Sent(what, file(**known))


def test_what_telegram_does_not_say_is_none():
    assert thing(document={"file_id": "F", "file_unique_id": "U"}).data["size"] is None


def test_words_under_a_file():
    assert thing(voice={**FILE, "duration": 3}, caption="拜访 华宁").data["caption"] == "拜访 华宁"
    assert "caption" not in thing(voice={**FILE, "duration": 3}).data


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ({"first_name": "王", "last_name": "建国"}, "王 建国"),
        ({"first_name": "王建国"}, "王建国"),
        ({"first_name": "", "last_name": "Smith"}, "Smith"),
    ],
)
def test_a_contact(names: dict[str, str], name: str):
    sent = thing(contact={"phone_number": "+8613800138000", "vcard": "BEGIN:VCARD\nEND:VCARD", **names})
    assert sent == Sent("contact", {"name": name, "phone": "+8613800138000", "vcard": "BEGIN:VCARD\nEND:VCARD"})


PLACE = {"latitude": 22.5405, "longitude": 113.9346}


def test_a_location_says_how_old_it_is():
    sent = thing(at=SENT_AT + timedelta(minutes=5), location=PLACE)
    assert sent == Sent("location", {**PLACE, "age_s": 300.0, "forwarded": False, "live": False})


def test_no_location_comes_from_the_future():
    assert thing(at=SENT_AT - timedelta(minutes=5), location=PLACE).data["age_s"] == 0


def test_a_live_location_is_as_old_as_its_last_move():
    moved = int((SENT_AT + timedelta(minutes=9)).timestamp())
    at = SENT_AT + timedelta(minutes=10)
    live = {**PLACE, "live_period": 900}
    data = thing(at=at, kind="edited_message", location=live, edit_date=moved).data
    assert (data["live"], data["age_s"]) == (True, 60.0)
    assert thing(at=at, location=live).data["age_s"] == 600.0


@pytest.mark.parametrize(
    "origin",
    [
        {"type": "user", "date": 1, "sender_user": {**PERSON, "id": 9}},
        {"type": "hidden_user", "date": 1, "sender_user_name": "某人"},
        {"type": "telepathic"},
    ],
)
def test_a_forwarded_location_is_somebody_else_s(origin: dict[str, Any]):
    assert thing(location=PLACE, forward_origin=origin).data["forwarded"] is True


def test_nothing_where_the_origin_would_stand_is_no_origin():
    assert thing(location=PLACE, forward_origin=None).data["forwarded"] is False


@pytest.mark.parametrize("content", [{"sticker": {"type": "smell"}}, {"poll": None}, {"dice": []}, {}])
def test_everything_else_is_other(content: dict[str, Any]):
    assert thing(**content) == Sent("other", {})
