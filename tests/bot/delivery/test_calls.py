"""What a row asks of the Bot API."""

from pathlib import Path

import pytest
from telegram.error import BadRequest, InvalidToken, NetworkError

from bot.delivery.calls import Call, as_new, call_for, endpoint, items, plain, with_files
from bot.delivery.failures import Verdict, judge
from bot.delivery.health import LONGEST_PAUSE_S, Health
from bot.delivery.sender import Sign
from bot.files.storage import MissingError
from crm_core.outbox.models import Ambiguous, Priority
from crm_core.outbox.queue import Claimed

LI = 101


def row(method: str, cards_message: int | None = None, **payload) -> Claimed:
    return Claimed(1, 7, LI, 5, Priority.ANSWER, method, payload, Ambiguous.RESEND, 1, cards_message)


def arguments_of(call: Call | None) -> dict:
    assert call is not None
    return call.arguments


def test_a_message_goes_to_the_rows_chat():
    assert call_for(row("send_message", text="hi")) == Call("send_message", {"text": "hi", "chat_id": LI})


def test_what_is_said_to_the_outbox_is_not_said_to_telegram():
    assert arguments_of(call_for(row("send_message", text="hi", forget=True))) == {"text": "hi", "chat_id": LI}
    assert arguments_of(as_new(row("edit_message_text", text="hi", forget=True))) == {"text": "hi", "chat_id": LI}


def test_an_edit_takes_the_cards_message_unless_it_names_one():
    assert arguments_of(call_for(row("edit_message_text", 55, text="hi")))["message_id"] == 55
    assert arguments_of(call_for(row("edit_message_text", 55, text="hi", message_id=44)))["message_id"] == 44


def test_what_is_no_matter_of_a_chat_names_none():
    assert arguments_of(call_for(row("answer_callback_query", callback_query_id="9"))) == {"callback_query_id": "9"}


def test_an_edit_of_a_card_that_was_never_delivered_becomes_a_message_or_nothing():
    assert call_for(row("edit_message_text", text="hi")) == Call("send_message", {"text": "hi", "chat_id": LI})
    assert call_for(row("edit_message_reply_markup", reply_markup={})) is None
    assert call_for(row("delete_message")) is None


def test_a_picture_that_replaces_another_can_stand_alone():
    media = {"type": "photo", "media": "file-id", "caption": "Sales"}
    new = as_new(row("edit_message_media", 55, media=media, message_id=55, reply_markup={"inline_keyboard": []}))
    expected = {"photo": "file-id", "caption": "Sales", "chat_id": LI, "reply_markup": {"inline_keyboard": []}}
    assert new == Call("send_photo", expected)


def test_plain_words_lose_their_tags_and_keep_what_they_say():
    call = Call("send_message", {"text": "<b>A</b> &lt; B", "parse_mode": "HTML", "reply_markup": {"x": 1}})
    assert arguments_of(plain(call, buttons=True)) == {"text": "A < B", "reply_markup": {"x": 1}}
    assert arguments_of(plain(call, buttons=False)) == {"text": "A < B"}
    picture = Call("send_photo", {"photo": "x", "caption": "c" * 2000})
    assert arguments_of(plain(picture, buttons=True))["caption"] == "c" * 1024
    assert plain(Call("send_location", {"latitude": 1}), buttons=False) is None


def test_an_endpoint_is_no_name_of_a_method_of_bot():
    assert endpoint("answer_callback_query") == "AnswerCallbackQuery"


def test_an_album_counts_its_items():
    assert items(row("send_media_group", media=[{}, {}])) == 2
    assert items(row("send_message", text="x")) == 1


async def test_local_files_go_beside_the_words_that_name_them(tmp_path: Path):
    picture = tmp_path / "chart.png"
    picture.write_bytes(b"png")
    single = await with_files({"photo": {"path": str(picture), "name": "销售.png"}, "chat_id": LI})
    assert (single["photo"].filename, single["photo"].input_file_content) == ("销售.png", b"png")
    item = {"type": "photo", "media": {"path": str(picture)}, "caption": "<b>x</b>", "parse_mode": "HTML", "new": 1}
    album = await with_files({"media": [item, {"type": "photo", "media": "file-id"}]})
    mine, known = (one.to_dict() for one in album["media"])
    assert mine.pop("media").filename == "chart.png"
    assert mine == {"type": "photo", "caption": "<b>x</b>", "parse_mode": "HTML", "new": 1}
    assert known == {"type": "photo", "media": "file-id"}
    edit = await with_files({"media": item})
    assert edit["media"].media.attach_uri.startswith("attach://")


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (BadRequest("Bad Request: message is not modified: specified…"), Verdict.DONE),
        (BadRequest("Bad Request: BUTTON_DATA_INVALID"), Verdict.BARE),
        (BadRequest("Bad Request: have no rights to send a message"), Verdict.UNREACHABLE),
        (BadRequest("Bad Request: something that nobody has seen yet"), Verdict.BARE),
        (InvalidToken(), Verdict.HALT),
        (NetworkError("whatever"), Verdict.UNSURE),
    ],
)
def test_each_refusal_has_its_meaning(error, verdict):
    assert judge(error) is verdict


def test_a_broken_line_pauses_the_bot_longer_and_longer_until_a_message_is_taken():
    health = Health()
    pauses = [health.note(Sign.DOWN, paused=False) for _ in range(9)]
    assert pauses[:4] == [0.5, 1, 2, 4]
    assert pauses[-1] == LONGEST_PAUSE_S
    assert health.note(Sign.DOWN, paused=True) == 0
    assert health.note(Sign.WELL, paused=False, probe=True) == 0
    assert not health.suspect
    assert health.note(Sign.DOWN, paused=False) == LONGEST_PAUSE_S
    health.note(Sign.WELL, paused=False)
    assert health.note(Sign.DOWN, paused=False) == 0.5


def test_one_message_without_an_answer_is_no_reason_to_stop_the_others():
    health = Health()
    assert [health.note(Sign.UNSURE, paused=False) for _ in range(2)] == [0, 0]
    assert health.note(Sign.UNSURE, paused=False) > 0
    assert health.suspect


class Kept:
    """A storage with one file in it."""

    where = "here"

    async def get(self, key: str) -> bytes:
        if key != "ab/cd/key":
            raise MissingError(key)
        return "展厅".encode()


async def test_a_file_that_we_keep_is_uploaded():
    picture = {"stored": "ab/cd/key", "name": "12.jpg"}
    made = await with_files({"photo": picture, "caption": "展厅"}, Kept())
    assert (made["photo"].input_file_content, made["photo"].filename) == ("展厅".encode(), "12.jpg")
    album = [{"type": "photo", "media": picture, "caption": "展厅"}, {"type": "photo", "media": "handle"}]
    first, second = (await with_files({"media": album}, Kept()))["media"]
    assert first.media.input_file_content == "展厅".encode()
    assert first.media.attach_name
    assert second.media == "handle"


@pytest.mark.parametrize("storage", [None, Kept()])
async def test_one_that_we_do_not_keep_is_missing(storage: Kept | None):
    with pytest.raises(MissingError):
        await with_files({"photo": {"stored": "../../etc/passwd"}}, storage)


async def test_a_picture_that_we_draw_is_drawn_when_it_is_sent():
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20"/></svg>'
    drawing = {"svg": svg, "name": "tree.png"}
    sent = await with_files({"photo": drawing, "caption": "华宁"})
    assert sent["photo"].input_file_content.startswith(b"\x89PNG")
    assert sent["photo"].filename == "tree.png"
    edited = await with_files({"media": {"type": "photo", "media": drawing, "caption": "华宁"}})
    assert edited["media"].media.input_file_content.startswith(b"\x89PNG")
