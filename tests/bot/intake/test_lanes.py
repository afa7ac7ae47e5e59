"""Every kind of update keeps the order of the right chat, and what is no update is told apart."""

import json
from typing import Any

import pytest
from aiogram.types import Update as TypedUpdate

from bot.intake.lanes import NO_LANE, incoming, lane_of, read_json, unreadable

PERSON = {"id": 7, "is_bot": False, "first_name": "王"}
PRIVATE = {"id": 7, "type": "private"}
GROUP = {"id": -1001, "type": "supergroup"}

LANES: dict[str, tuple[dict[str, Any], int]] = {
    "message": ({"chat": PRIVATE, "from": PERSON}, 7),
    "edited_message": ({"chat": GROUP, "from": PERSON}, -1001),
    "channel_post": ({"chat": GROUP}, -1001),
    "edited_channel_post": ({"chat": GROUP}, -1001),
    "business_connection": ({"id": "x", "user": PERSON, "user_chat_id": 7}, 7),
    "business_message": ({"chat": PRIVATE, "from": PERSON}, 7),
    "edited_business_message": ({"chat": PRIVATE, "from": PERSON}, 7),
    "deleted_business_messages": ({"business_connection_id": "x", "chat": PRIVATE}, 7),
    "guest_message": ({"chat": GROUP, "from": PERSON}, -1001),
    "message_reaction": ({"chat": GROUP, "user": PERSON}, -1001),
    "message_reaction_count": ({"chat": GROUP}, -1001),
    "inline_query": ({"id": "x", "from": PERSON}, 7),
    "chosen_inline_result": ({"result_id": "x", "from": PERSON}, 7),
    "callback_query": ({"id": "x", "from": PERSON, "message": {"chat": GROUP}}, -1001),
    "shipping_query": ({"id": "x", "from": PERSON}, 7),
    "pre_checkout_query": ({"id": "x", "from": PERSON}, 7),
    "purchased_paid_media": ({"from": PERSON}, 7),
    "poll": ({"id": "5"}, NO_LANE),
    "poll_answer": ({"poll_id": "5", "user": PERSON}, 7),
    "my_chat_member": ({"chat": PRIVATE, "from": PERSON}, 7),
    "chat_member": ({"chat": GROUP, "from": PERSON}, -1001),
    "chat_join_request": ({"chat": GROUP, "from": PERSON, "user_chat_id": 7}, -1001),
    "chat_boost": ({"chat": GROUP}, -1001),
    "removed_chat_boost": ({"chat": GROUP}, -1001),
    "managed_bot": ({"user": PERSON, "bot": {"id": 9, "is_bot": True}}, 7),
    "subscription": ({"user": PERSON}, 7),
    "stopped_message_generation": ({"chat": PRIVATE}, 7),
}


@pytest.mark.parametrize("kind", LANES)
def test_each_kind_keeps_the_order_of_its_chat(kind: str) -> None:
    what, lane = LANES[kind]
    assert lane_of({"update_id": 1, kind: what}) == lane


def test_no_kind_that_the_bot_api_has_is_missing_above() -> None:
    assert set(TypedUpdate.model_fields) - {"update_id"} == set(LANES)


def test_a_tap_on_a_message_sent_through_inline_mode_belongs_to_who_tapped() -> None:
    assert lane_of({"update_id": 1, "callback_query": {"from": PERSON, "inline_message_id": "x"}}) == 7


def test_an_anonymous_vote_belongs_to_the_chat_that_voted() -> None:
    assert lane_of({"update_id": 1, "poll_answer": {"voter_chat": GROUP}}) == -1001


@pytest.mark.parametrize(
    ("what", "lane"),
    [
        ({"from": PERSON, "news": 1}, 7),
        ({"news": {"id": 9}}, NO_LANE),
        ({"chat": {"id": "seven"}, "from": PERSON}, 7),
        ({"chat": {"id": True}}, NO_LANE),
        ({"chat": {"id": 2**63}}, NO_LANE),
        ({"chat": None, "message": None, "from": []}, NO_LANE),
        ("odd", NO_LANE),
    ],
)
def test_a_kind_of_the_future_belongs_to_whom_it_names(what: Any, lane: int) -> None:
    assert lane_of({"update_id": 1, "hologram": what}) == lane


def test_an_update_stays_the_json_that_came() -> None:
    raw = {"update_id": 5, "message": {"chat": PRIVATE, "from": PERSON, "hologram": {"depth": 3}}}
    found = incoming(raw)
    assert found is not None
    assert (found.number, found.chat_id, found.payload) == (5, 7, raw)


@pytest.mark.parametrize(
    ("kind", "part", "with_buttons"),
    [
        ("callback_query", "message", True),
        ("message", "reply_to_message", False),
        ("edited_message", "reply_to_message", False),
        ("message", "pinned_message", False),
    ],
)
def test_what_had_been_shown_is_not_stored_again(kind: str, part: str, with_buttons: bool) -> None:
    keyboard = {"inline_keyboard": [[{"text": "« 返回", "callback_data": "person:3:0"}]]}
    place = {"message_id": 4, "date": 1, "chat": PRIVATE, "reply_markup": keyboard}
    shown = {
        "text": "https://t.me/rounds_bot?start=k3yT0aD00r",
        "caption": "138 0013 8000",
        "photo": [{"file_id": "x"}],
    }
    raw = {"update_id": 5, kind: {"from": PERSON, "chat": PRIVATE, "text": "好", part: place | shown}}
    found = incoming(raw)
    assert found is not None
    kept = place if with_buttons else {name: place[name] for name in place if name != "reply_markup"}
    assert found.payload == {"update_id": 5, kind: raw[kind] | {part: kept}}
    assert raw[kind][part]["text"], "what came is left as it was"


def test_what_was_quoted_of_it_is_not_stored_again() -> None:
    said = {"from": PERSON, "chat": PRIVATE, "text": "这个链接打不开"}
    found = incoming({"update_id": 5, "message": said | {"quote": {"text": "?start=k3yT0aD00r", "position": 3}}})
    assert found is not None
    assert found.payload["message"] == said | {"quote": {}}


@pytest.mark.parametrize("what", [None, 3, [], {}, {"update_id": "5"}, {"update_id": True}, {"update_id": 2**63}])
def test_what_has_no_number_is_no_update(what: object) -> None:
    assert incoming(what) is None


@pytest.mark.parametrize("value", ["\x00", "\ud83d", 2**70, "普通"])
def test_all_that_json_may_say_is_read(value: object) -> None:
    assert read_json(json.dumps([value]).encode()) == [value]


def test_what_is_whole_and_cannot_be_read_is_kept_as_text() -> None:
    body = b'{"update_id": 7, "message": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
    with pytest.raises(ValueError, match="nested too deep"):
        read_json(body)
    kept = unreadable(body)
    assert kept is not None
    assert (kept.number, kept.chat_id) == (7, NO_LANE)
    assert kept.payload["unreadable"] == body[:20_000].decode()
    assert unreadable(body[:-1]) is None, "what was cut off comes again whole"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_one_kind_of_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        read_json(body)
