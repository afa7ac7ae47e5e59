"""Both libraries send every kind of message, and the person sees it."""

import pytest

from sandbox.server import Sandbox
from tests.sandbox.support import TOKEN, Library, picture


async def test_bot_introduces_itself(library: Library) -> None:
    me = await library.bot.get_me()
    assert (me.id, me.is_bot, me.username) == (700001, True, "sandbox_700001_bot")


async def test_person_sees_formatted_text_with_its_buttons(library: Library, sandbox: Sandbox, ann: int) -> None:
    sent = await library.bot.send_message(
        ann, "<b>拜访</b> &amp; <i>plan</i>\n", parse_mode="HTML", reply_markup=library.buttons({"保存": "save:1:0"})
    )
    assert sent.text == "拜访 & plan"
    assert [(e.type, e.offset, e.length) for e in sent.entities] == [("bold", 0, 2), ("italic", 5, 4)]
    assert sent.reply_markup.inline_keyboard[0][0].callback_data == "save:1:0"
    assert (sent.chat.id, sent.chat.type, sent.chat.username) == (ann, "private", "ann_li")
    assert sent.from_user.is_bot
    seen = sandbox.messages(TOKEN, ann)[-1]
    assert seen["text"] == "拜访 & plan"
    assert seen["message_id"] == sent.message_id


async def test_entities_may_be_given_instead_of_markup(library: Library, ann: int) -> None:
    entities = [library.types.MessageEntity(type="bold", offset=0, length=2)]
    sent = await library.bot.send_message(ann, "😀 <b>", entities=entities)
    assert sent.text == "😀 <b>"
    assert [(e.type, e.offset, e.length) for e in sent.entities] == [("bold", 0, 2)]


async def test_reply_keyboard_is_the_persons_and_not_in_the_message(
    library: Library, sandbox: Sandbox, ann: int
) -> None:
    sent = await library.bot.send_message(ann, "menu", reply_markup=library.keyboard("我的客户", "工作视图"))
    assert sent.reply_markup is None
    keyboard = sandbox.view(TOKEN, ann)["reply_keyboard"]
    assert keyboard["keyboard"] == [[{"text": "我的客户"}], [{"text": "工作视图"}]]
    assert keyboard["resize_keyboard"] is True
    await library.bot.send_message(ann, "gone", reply_markup=library.types.ReplyKeyboardRemove())
    assert sandbox.view(TOKEN, ann)["reply_keyboard"] is None


async def test_answer_quotes_the_message_it_replies_to(library: Library, sandbox: Sandbox, ann: int) -> None:
    question = sandbox.say(TOKEN, ann, "who?")
    reply = library.types.ReplyParameters(message_id=question["message_id"])
    sent = await library.bot.send_message(ann, "me", reply_parameters=reply)
    assert sent.reply_to_message.message_id == question["message_id"]
    assert sent.reply_to_message.text == "who?"
    missing = library.types.ReplyParameters(message_id=999)
    with pytest.raises(library.bad_request, match=r"(?i)message to be replied not found"):
        await library.bot.send_message(ann, "me", reply_parameters=missing)
    forgiving = library.types.ReplyParameters(message_id=999, allow_sending_without_reply=True)
    assert (await library.bot.send_message(ann, "me", reply_parameters=forgiving)).reply_to_message is None


async def test_photo_is_sent_by_upload_then_by_id(library: Library, sandbox: Sandbox, ann: int) -> None:
    sent = await library.bot.send_photo(
        ann, library.file(picture(1600, 1200), "shop.png"), caption="<b>门头</b>", parse_mode="HTML"
    )
    assert [(size.width, size.height) for size in sent.photo] == [(320, 240), (800, 600), (1280, 960)]
    assert len({size.file_id for size in sent.photo}) == 3
    assert sent.caption == "门头"
    assert sent.caption_entities[0].type == "bold"
    again = await library.bot.send_photo(ann, sent.photo[-1].file_id)
    assert again.photo[-1].file_unique_id == sent.photo[-1].file_unique_id
    assert again.caption is None
    assert len(sandbox.messages(TOKEN, ann)[-1]["photo"]) == 3


async def test_document_keeps_name_type_and_bytes(library: Library, ann: int) -> None:
    data = "报表,1\n".encode() * 500
    sent = await library.bot.send_document(ann, library.file(data, "周报.csv"), caption="week")
    assert sent.document.file_name == "周报.csv"
    assert sent.document.file_size == len(data)
    found = await library.bot.get_file(sent.document.file_id)
    assert found.file_path.endswith(".csv") or found.file_path.startswith("http")
    if library.name == "aiogram":
        downloaded = (await library.bot.download_file(found.file_path)).read()
    else:
        downloaded = bytes(await found.download_as_bytearray())
    assert downloaded == data


async def test_album_is_several_messages_under_one_group(library: Library, sandbox: Sandbox, ann: int) -> None:
    media = [
        library.types.InputMediaPhoto(
            media=library.attached(picture(100 + i, 90), f"{i}.png"), caption="three" if i == 0 else None
        )
        for i in range(3)
    ]
    sent = await library.bot.send_media_group(ann, media)
    assert len(sent) == 3
    assert len({message.media_group_id for message in sent}) == 1
    assert [message.photo[-1].width for message in sent] == [100, 101, 102]
    assert [message.caption for message in sent] == ["three", None, None]
    assert [m["message_id"] for m in sandbox.messages(TOKEN, ann)[-3:]] == [m.message_id for m in sent]


async def test_location_contact_and_typing_sign(library: Library, sandbox: Sandbox, ann: int) -> None:
    place = await library.bot.send_location(ann, latitude=22.5431, longitude=114.0579)
    assert (place.location.latitude, place.location.longitude) == (22.5431, 114.0579)
    person = await library.bot.send_contact(ann, phone_number="+8613800138000", first_name="王", last_name="总")
    assert (person.contact.phone_number, person.contact.last_name) == ("+8613800138000", "总")
    assert await library.bot.send_chat_action(ann, "typing")
    assert sandbox.view(TOKEN, ann)["chat_action"] == "typing"
    await library.bot.send_message(ann, "done")
    assert sandbox.view(TOKEN, ann)["chat_action"] is None


async def test_one_counter_numbers_all_private_chats(library: Library, sandbox: Sandbox, ann: int) -> None:
    bob = sandbox.add_user("Bob")["id"]
    first = sandbox.say(TOKEN, bob, "/start")["message_id"]
    second = (await library.bot.send_message(ann, "a")).message_id
    third = (await library.bot.send_message(bob, "b")).message_id
    assert [second - first, third - second] == [1, 1]


async def test_supergroup_has_its_own_counter(library: Library, sandbox: Sandbox, ann: int) -> None:
    asked = sandbox.say(TOKEN, ann, "/today@sandbox_700001_bot", chat_id=-1001234567890)
    assert asked["message_id"] == 1
    assert asked["chat"]["type"] == "supergroup"
    answered = await library.bot.send_message(-1001234567890, "in private, please")
    assert (answered.message_id, answered.chat.type) == (2, "supergroup")


async def test_ids_of_files_mean_nothing_to_another_bot(library: Library, sandbox: Sandbox, ann: int) -> None:
    sent = await library.bot.send_photo(ann, library.file(picture(), "a.png"))
    other = sandbox.world.add_bot("700002:other-token")
    assert other.files.get(sent.photo[-1].file_id) is None
