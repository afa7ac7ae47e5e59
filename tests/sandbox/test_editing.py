"""Both libraries change and remove what they sent."""

import asyncio

import pytest

from sandbox.server import Sandbox
from tests.sandbox.support import TOKEN, Library, picture


async def test_text_is_edited_and_the_keyboard_goes_unless_given_again(
    library: Library, sandbox: Sandbox, ann: int
) -> None:
    card = await library.bot.send_message(ann, "card", reply_markup=library.buttons({"A": "a"}))
    edited = await library.bot.edit_message_text(
        "<b>new</b>", chat_id=ann, message_id=card.message_id, parse_mode="HTML"
    )
    assert edited.text == "new"
    assert edited.entities[0].type == "bold"
    assert edited.edit_date is not None
    assert edited.reply_markup is None
    assert [m["text"] for m in sandbox.messages(TOKEN, ann)] == ["/start", "new"]


async def test_same_content_is_refused_and_other_buttons_are_not(library: Library, ann: int) -> None:
    card = await library.bot.send_message(ann, "card", reply_markup=library.buttons({"A": "a"}))
    with pytest.raises(library.bad_request, match=r"(?i)message is not modified: specified new message content"):
        await library.bot.edit_message_text(
            "card", chat_id=ann, message_id=card.message_id, reply_markup=library.buttons({"A": "a"})
        )
    with pytest.raises(library.bad_request, match=r"(?i)message is not modified"):
        await library.bot.edit_message_reply_markup(
            chat_id=ann, message_id=card.message_id, reply_markup=library.buttons({"A": "a"})
        )
    edited = await library.bot.edit_message_reply_markup(
        chat_id=ann, message_id=card.message_id, reply_markup=library.buttons({"A": "b"})
    )
    assert edited.reply_markup.inline_keyboard[0][0].callback_data == "b"
    assert edited.text == "card"


async def test_message_with_a_reply_keyboard_cannot_be_edited(library: Library, ann: int) -> None:
    menu = await library.bot.send_message(ann, "menu", reply_markup=library.keyboard("x"))
    with pytest.raises(library.bad_request, match=r"(?i)message can't be edited"):
        await library.bot.edit_message_text("y", chat_id=ann, message_id=menu.message_id)


async def test_only_own_and_living_messages_are_edited(library: Library, sandbox: Sandbox, ann: int) -> None:
    theirs = sandbox.say(TOKEN, ann, "mine")["message_id"]
    with pytest.raises(library.bad_request, match=r"(?i)message can't be edited"):
        await library.bot.edit_message_text("y", chat_id=ann, message_id=theirs)
    with pytest.raises(library.bad_request, match=r"(?i)message to edit not found"):
        await library.bot.edit_message_text("y", chat_id=ann, message_id=12345)


async def test_caption_and_media_are_edited(library: Library, ann: int) -> None:
    sent = await library.bot.send_photo(ann, library.file(picture(), "a.png"), caption="one")
    edited = await library.bot.edit_message_caption(chat_id=ann, message_id=sent.message_id, caption="two")
    assert edited.caption == "two"
    assert edited.photo[-1].file_id == sent.photo[-1].file_id
    media = library.types.InputMediaDocument(media=library.attached(b"%PDF-1.7", "offer.pdf"), caption="three")
    edited = await library.bot.edit_message_media(media=media, chat_id=ann, message_id=sent.message_id)
    assert edited.document.file_name == "offer.pdf"
    assert edited.caption == "three"
    assert not edited.photo


async def test_text_has_no_caption_and_a_photo_no_text(library: Library, ann: int) -> None:
    text = await library.bot.send_message(ann, "text")
    photo = await library.bot.send_photo(ann, library.file(picture(), "a.png"))
    with pytest.raises(library.bad_request, match=r"(?i)there is no caption in the message to edit"):
        await library.bot.edit_message_caption(chat_id=ann, message_id=text.message_id, caption="x")
    with pytest.raises(library.bad_request, match=r"(?i)there is no text in the message to edit"):
        await library.bot.edit_message_text("x", chat_id=ann, message_id=photo.message_id)


async def test_deleting_takes_the_message_and_its_keyboard_away(library: Library, sandbox: Sandbox, ann: int) -> None:
    menu = await library.bot.send_message(ann, "menu", reply_markup=library.keyboard("x"))
    theirs = sandbox.say(TOKEN, ann, "secret")["message_id"]
    assert await library.bot.delete_message(ann, menu.message_id)
    assert await library.bot.delete_message(ann, theirs)
    assert [m["text"] for m in sandbox.messages(TOKEN, ann)] == ["/start"]
    assert sandbox.view(TOKEN, ann)["reply_keyboard"] is None
    with pytest.raises(library.bad_request, match=r"(?i)message to delete not found"):
        await library.bot.delete_message(ann, theirs)


async def test_message_cannot_be_deleted_after_two_days_but_can_be_edited(
    library: Library, sandbox: Sandbox, ann: int
) -> None:
    sent = await library.bot.send_message(ann, "old")
    sandbox.clock.advance(48 * 3600 + 1)
    with pytest.raises(library.bad_request, match=r"(?i)message can't be deleted for everyone"):
        await library.bot.delete_message(ann, sent.message_id)
    edited = await library.bot.edit_message_text("older", chat_id=ann, message_id=sent.message_id)
    shift = edited.edit_date - (sent.date if library.name == "telegram" else int(sent.date.timestamp()))
    seconds = shift if isinstance(shift, int) else shift.total_seconds()
    assert seconds >= 48 * 3600


async def test_tap_is_answered_once_with_a_toast(library: Library, sandbox: Sandbox, ann: int) -> None:
    card = await library.bot.send_message(
        ann, "card", reply_markup=library.buttons({"✓ 批准": "ok:7:1", "✖ 驳回": "no:7:1"})
    )
    tapping = asyncio.create_task(sandbox.tap(TOKEN, ann, card.message_id, "批准"))
    updates = await library.bot.get_updates(timeout=5)
    query = updates[0].callback_query
    assert query.data == "ok:7:1"
    assert query.message.message_id == card.message_id
    assert query.message.reply_markup.inline_keyboard[0][1].callback_data == "no:7:1"
    assert query.from_user.id == ann
    assert await library.bot.answer_callback_query(query.id, text="已批准", show_alert=True)
    told = await tapping
    assert told["answer"] == {"text": "已批准", "show_alert": True}
    assert told["waited_ms"] < 4000
    assert await library.bot.answer_callback_query(query.id, text="again")


async def test_unknown_or_old_tap_cannot_be_answered(library: Library, sandbox: Sandbox, ann: int) -> None:
    with pytest.raises(
        library.bad_request, match=r"(?i)query is too old and response timeout expired or query ID is inv"
    ):
        await library.bot.answer_callback_query("1234567")
    card = await library.bot.send_message(ann, "card", reply_markup=library.buttons({"A": "a"}))
    tapped = await sandbox.tap(TOKEN, ann, card.message_id, "A", wait_s=0)
    sandbox.world.bot(TOKEN).callbacks[tapped["callback_query_id"]].made_at -= 151
    with pytest.raises(library.bad_request, match=r"(?i)query is too old"):
        await library.bot.answer_callback_query(tapped["callback_query_id"])
