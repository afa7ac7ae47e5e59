"""The texts and codes of refusals, compared whole: bots match on them."""

from typing import Any

import pytest

from sandbox.errors import Json
from sandbox.server import Sandbox, run_sandbox
from tests.sandbox.support import TOKEN, Library, Raw, aiogram_bot, close, picture

CANT_PARSE = "Bad Request: can't parse entities: "
KEYBOARD = "Bad Request: can't parse inline keyboard button: "


def buttons(*row: Json) -> Json:
    return {"inline_keyboard": [list(row)]}


REFUSED_MESSAGES: list[tuple[Json, str]] = [
    ({"text": ""}, "Bad Request: message text is empty"),
    ({"text": " \n "}, "Bad Request: text must be non-empty"),
    ({"text": "\u200b"}, "Bad Request: text must be non-empty"),
    ({"text": "<b></b>", "parse_mode": "HTML"}, "Bad Request: text must be non-empty"),
    ({"text": "字" * 4097}, "Bad Request: message is too long"),
    ({"text": "字" * 11000}, "Bad Request: text is too long"),
    ({"text": "x", "parse_mode": "BBCode"}, "Bad Request: unsupported parse_mode"),
    ({"text": "<x>", "parse_mode": "HTML"}, CANT_PARSE + 'Unsupported start tag "x" at byte offset 0'),
    ({"text": "客户<br>", "parse_mode": "html"}, CANT_PARSE + 'Unsupported start tag "br" at byte offset 6'),
    (
        {"text": "<i>a</b>", "parse_mode": "HTML"},
        CANT_PARSE + 'Unmatched end tag at byte offset 4, expected "</i>", found "</b>"',
    ),
    ({"text": "<b>a", "parse_mode": "HTML"}, CANT_PARSE + 'Can\'t find end tag corresponding to start tag "b"'),
    ({"text": "a</b>", "parse_mode": "HTML"}, CANT_PARSE + "Unexpected end tag at byte offset 1"),
    ({"text": "a < b", "parse_mode": "HTML"}, CANT_PARSE + 'Unsupported start tag "" at byte offset 2'),
    ({"text": "a <b", "parse_mode": "HTML"}, CANT_PARSE + "Unclosed start tag at byte offset 2"),
    ({"text": "<b>a</b", "parse_mode": "HTML"}, CANT_PARSE + "Unclosed end tag at byte offset 4"),
    ({"text": "<b =>a</b>", "parse_mode": "HTML"}, CANT_PARSE + 'Empty attribute name in the tag "b" at byte offset 0'),
    ({"text": "<a href=x/y>a</a>", "parse_mode": "HTML"}, CANT_PARSE + "Unexpected end of name token at byte offset 8"),
    (
        {"text": "<span>a</span>", "parse_mode": "HTML"},
        CANT_PARSE + 'Tag "span" must have class "tg-spoiler" at byte offset 0',
    ),
    ({"text": "x", "reply_markup": "{"}, "Bad Request: can't parse reply keyboard markup JSON object"),
    ({"text": "x", "reply_markup": "[]"}, "Bad Request: object expected as reply markup"),
    (
        {"text": "x", "reply_markup": buttons({"text": "a"})},
        KEYBOARD + "Text buttons are unallowed in the inline keyboard",
    ),
    (
        {"text": "x", "reply_markup": buttons({"text": "a", "callback_data": ""})},
        KEYBOARD + "Text buttons are unallowed in the inline keyboard",
    ),
    (
        {"text": "x", "reply_markup": buttons({"text": "a", "url": "http://localhost/x"})},
        "Bad Request: inline keyboard button URL 'http://localhost/x' is invalid: Wrong HTTP URL",
    ),
    (
        {"text": "x", "reply_markup": buttons({"text": "a", "url": "javascript://x"})},
        "Bad Request: inline keyboard button URL 'javascript://x' is invalid: Unsupported URL protocol",
    ),
    (
        {"text": "x", "reply_markup": buttons({"text": "a", "web_app": {"url": "http://a.example"}})},
        "Bad Request: inline keyboard button Web App URL 'http://a.example' is invalid: Only HTTPS links are allowed",
    ),
    (
        {"text": "x", "reply_markup": buttons({"text": "a", "callback_data": "字" * 22})},
        "Bad Request: BUTTON_DATA_INVALID",
    ),
    ({"text": "x", "reply_markup": buttons({"callback_data": "a"})}, KEYBOARD + 'Can\'t find field "text"'),
    (
        {"text": "x", "reply_markup": {"inline_keyboard": [{"text": "a"}]}},
        'Bad Request: field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
    ),
    (
        {"text": "x", "reply_markup": {"keyboard": [{"text": "a"}]}},
        'Bad Request: field "keyboard" must be an Array of Arrays',
    ),
    (
        {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "b"}] * 8] * 13}},
        "Bad Request: reply markup is too long",
    ),
    ({"text": "x", "reply_parameters": {"message_id": 77}}, "Bad Request: message to be replied not found"),
    (
        {"text": "ab", "entities": [{"type": "bold", "offset": 1, "length": 5}]},
        "Bad Request: entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 6",
    ),
    (
        {"text": "ab", "entities": [{"type": "blink", "offset": 0, "length": 1}]},
        "Bad Request: can't parse MessageEntity: Unsupported type specified",
    ),
]


@pytest.mark.parametrize(("params", "description"), REFUSED_MESSAGES, ids=[text for _, text in REFUSED_MESSAGES])
async def test_refused_message(raw: Raw, ann: int, params: Json, description: str) -> None:
    answer = await raw.call("sendMessage", chat_id=ann, **params)
    assert answer == {"ok": False, "error_code": 400, "description": description, "status": 400}
    sent = [entry for entry in await raw.sim(f"{TOKEN}/log") if entry["method"] == "sendMessage"]
    assert sent[-1]["ok"] is False


REFUSED_CALLS: list[tuple[str, Json, str]] = [
    ("sendMessage", {"chat_id": 424242, "text": "x"}, "Bad Request: chat not found"),
    ("sendMessage", {"chat_id": "@nobody", "text": "x"}, "Bad Request: chat not found"),
    ("sendMessage", {"text": "x"}, "Bad Request: chat_id is empty"),
    ("sendMessage", {"chat_id": 1}, "Bad Request: message text is empty"),
    ("sendPhoto", {"chat_id": 1}, "Bad Request: there is no photo in the request"),
    ("sendDocument", {"chat_id": 1}, "Bad Request: there is no document in the request"),
    ("sendDocument", {"chat_id": "ANN", "document": "attach://x"}, "Bad Request: there is no document in the request"),
    (
        "sendPhoto",
        {"chat_id": "ANN", "photo": "AgACAgIAAxkDAAIB"},
        "Bad Request: wrong remote file identifier specified: can't unserialize it. Wrong last symbol",
    ),
    (
        "sendPhoto",
        {"chat_id": "ANN", "photo": "no such file"},
        "Bad Request: wrong remote file identifier specified: Wrong character in the string",
    ),
    (
        "sendPhoto",
        {"chat_id": "ANN", "photo": "https://example.org/a.png"},
        "Bad Request: failed to get HTTP URL content",
    ),
    (
        "sendPhoto",
        {"chat_id": "ANN", "photo": "PHOTO", "caption": "字" * 1025},
        "Bad Request: message caption is too long",
    ),
    ("sendDocument", {"chat_id": "ANN", "document": "PHOTO"}, "Bad Request: can't use file of type Photo as Document"),
    ("sendMediaGroup", {"chat_id": "ANN"}, 'Bad Request: parameter "media" is required'),
    ("sendMediaGroup", {"chat_id": "ANN", "media": []}, "Bad Request: there are no messages to send"),
    ("sendMediaGroup", {"chat_id": "ANN", "media": "{"}, "Bad Request: can't parse media JSON object"),
    (
        "sendMediaGroup",
        {"chat_id": "ANN", "media": [{"type": "photo", "media": "PHOTO"}] * 11},
        "Bad Request: too many messages to send as an album",
    ),
    (
        "sendMediaGroup",
        {"chat_id": "ANN", "media": [{"type": "photo", "media": "PHOTO"}, {"type": "document", "media": "PHOTO"}]},
        "Bad Request: document can't be mixed with other media types",
    ),
    (
        "sendMediaGroup",
        {"chat_id": "ANN", "media": [{"type": "hologram", "media": "PHOTO"}]},
        'Bad Request: can\'t parse InputMedia: type "hologram" is unsupported',
    ),
    (
        "sendMediaGroup",
        {"chat_id": "ANN", "media": [{"type": "photo", "media": "attach://gone"}]},
        "Bad Request: can't parse InputMedia: media not found",
    ),
    ("sendLocation", {"chat_id": "ANN", "longitude": 1}, "Bad Request: latitude is empty"),
    ("sendLocation", {"chat_id": "ANN", "latitude": 91, "longitude": 1}, "Bad Request: invalid location specified"),
    ("sendContact", {"chat_id": "ANN", "phone_number": "1"}, 'Bad Request: parameter "first_name" is required'),
    ("sendChatAction", {"chat_id": "ANN", "action": "dancing"}, "Bad Request: wrong parameter action in request"),
    ("editMessageText", {"text": "x"}, "Bad Request: message identifier is not specified"),
    ("editMessageText", {"chat_id": "ANN", "text": "x"}, "Bad Request: message to edit not found"),
    (
        "editMessageReplyMarkup",
        {"chat_id": "ANN", "message_id": "CARD", "reply_markup": {"keyboard": [[{"text": "a"}]]}},
        "Bad Request: inline keyboard expected",
    ),
    ("deleteMessage", {"message_id": 1}, "Bad Request: chat identifier is not specified"),
    ("deleteMessage", {"chat_id": "ANN"}, "Bad Request: message identifier is not specified"),
    ("deleteMessage", {"chat_id": "ANN", "message_id": 999}, "Bad Request: message to delete not found"),
    (
        "answerCallbackQuery",
        {"callback_query_id": "1"},
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    ),
    ("getFile", {}, "Bad Request: file_id not specified"),
    ("getFile", {"file_id": "nonsense"}, "Bad Request: invalid file_id"),
    (
        "setMyCommands",
        {"commands": [{"command": "Visit!", "description": "d"}]},
        "Bad Request: BOT_COMMAND_INVALID",
    ),
    (
        "setMyCommands",
        {"commands": [{"command": "visit"}]},
        "Bad Request: can't parse BotCommand: Can't find field \"description\"",
    ),
    (
        "setMyCommands",
        {"commands": [{"command": "visit", "description": "d" * 257}]},
        "Bad Request: command description length must not exceed 256",
    ),
    ("setMyCommands", {"commands": [], "language_code": "zh-hans"}, "Bad Request: invalid language code specified"),
    (
        "setMyCommands",
        {"commands": [], "scope": {"type": "galaxy"}},
        "Bad Request: can't parse BotCommandScope: Unsupported type specified",
    ),
    (
        "setChatMenuButton",
        {"menu_button": {"type": "dial"}},
        "Bad Request: can't parse menu button: MenuButton has unsupported type",
    ),
]


@pytest.mark.parametrize(
    ("method", "params", "description"), REFUSED_CALLS, ids=[f"{m} {d[13:60]}" for m, _, d in REFUSED_CALLS]
)
async def test_refused_call(raw: Raw, ann: int, sandbox: Sandbox, method: str, params: Json, description: str) -> None:
    photo = sandbox.world.bot(TOKEN).files.add("photo", upload()).file_id
    card = (await raw.call("sendMessage", chat_id=ann, text="card"))["result"]["message_id"]
    answer = await raw.call(method, **filled(params, {"ANN": ann, "PHOTO": photo, "CARD": card}))
    assert answer == {"ok": False, "error_code": 400, "description": description, "status": 400}


def upload() -> Any:
    from sandbox.files import Upload

    return Upload("a.png", "image/png", picture(8, 8))


def filled(params: Any, values: Json) -> Any:
    """Put what only a running sandbox knows in place of its name."""
    if isinstance(params, dict):
        return {name: filled(value, values) for name, value in params.items()}
    if isinstance(params, list):
        return [filled(value, values) for value in params]
    return values.get(params, params) if isinstance(params, str) else params


async def test_type_that_a_model_refuses_is_named(raw: Raw, ann: int) -> None:
    answer = await raw.call("sendMessage", chat_id=ann, text="x", message_thread_id="seven")
    assert answer["error_code"] == 400
    assert answer["description"].startswith('Bad Request: invalid parameter "message_thread_id"')


async def test_keyboard_button_may_be_a_bare_string(raw: Raw, ann: int) -> None:
    answer = await raw.call("sendMessage", chat_id=ann, text="x", reply_markup={"keyboard": [["Yes", "No"]]})
    assert answer["ok"]


async def test_real_methods_not_served_are_told_from_unknown_ones(raw: Raw) -> None:
    gap = await raw.call("sendDice", chat_id=1)
    assert (gap["status"], gap["description"]) == (501, "Not Implemented: the sandbox does not serve sendDice")
    unknown = await raw.call("sendTelepathy", chat_id=1)
    assert (unknown["status"], unknown["description"]) == (404, "Not Found: method not found")


async def test_markdown_is_refused_clearly(raw: Raw, ann: int) -> None:
    answer = await raw.call("sendMessage", chat_id=ann, text="*x*", parse_mode="MarkdownV2")
    assert answer["status"] == 501
    assert "HTML" in answer["description"]


async def test_who_never_pressed_start_cannot_be_written_to(library: Library, sandbox: Sandbox) -> None:
    stranger = sandbox.add_user("Stranger")["id"]
    with pytest.raises(library.forbidden, match=r"(?i)bot can't initiate conversation with a user"):
        await library.bot.send_message(stranger, "hello?")
    sandbox.say(TOKEN, stranger, "/start")
    assert (await library.bot.send_message(stranger, "hello")).text == "hello"


async def test_who_blocked_the_bot_cannot_be_written_to(library: Library, sandbox: Sandbox, ann: int) -> None:
    sandbox.block(TOKEN, ann)
    with pytest.raises(library.forbidden, match=r"(?i)bot was blocked by the user"):
        await library.bot.send_message(ann, "please?")
    with pytest.raises(library.forbidden, match=r"(?i)bot was blocked by the user"):
        await library.bot.send_chat_action(ann, "typing")
    sandbox.unblock(TOKEN, ann)
    assert (await library.bot.send_message(ann, "thanks")).text == "thanks"
    changes = [update.my_chat_member for update in await library.bot.get_updates()]
    assert [change.new_chat_member.status for change in changes] == ["kicked", "member"]
    assert [change.old_chat_member.status for change in changes] == ["member", "kicked"]
    assert changes[0].from_user.id == changes[0].chat.id == ann


async def test_bot_cannot_write_to_a_bot(raw: Raw) -> None:
    answer = await raw.call("sendMessage", chat_id=700001, text="me")
    assert (answer["status"], answer["description"]) == (403, "Forbidden: bot can't send messages to bots")


@pytest.mark.parametrize(
    ("data", "code", "description"),
    [
        (b"", 400, "Bad Request: file must be non-empty"),
        (b"not a picture", 400, "Bad Request: IMAGE_PROCESS_FAILED"),
        (picture(300, 10), 400, "Bad Request: PHOTO_INVALID_DIMENSIONS"),
        (b"\x89PNG" + b"\0" * (10 * 1024 * 1024), 413, "Request Entity Too Large"),
    ],
)
async def test_photos_that_are_none(raw: Raw, ann: int, data: bytes, code: int, description: str) -> None:
    import aiohttp

    form = aiohttp.FormData({"chat_id": str(ann)})
    form.add_field("photo", data, filename="a.png")
    async with raw.http.post(f"{raw.url}/bot{TOKEN}/sendPhoto", data=form) as response:
        assert response.status == code
        assert (await response.json())["description"] == description


async def test_flood_limits_when_switched_on() -> None:
    from aiogram.exceptions import TelegramRetryAfter

    async with run_sandbox(tokens=[TOKEN], flood=True) as sandbox:
        user = sandbox.add_user("Ann")["id"]
        sandbox.say(TOKEN, user, "/start")
        bot = aiogram_bot(sandbox)
        for number in range(5):
            await bot.send_message(user, str(number))
        with pytest.raises(TelegramRetryAfter) as caught:
            await bot.send_message(user, "too many")
        assert caught.value.retry_after == 1
        assert len(sandbox.messages(TOKEN, user)) == 6
        group = sandbox.say(TOKEN, user, "hello", chat_id=-100123)["chat"]["id"]
        for number in range(20):
            await bot.send_message(group, str(number))
        with pytest.raises(TelegramRetryAfter):
            await bot.send_message(group, "too many")
        await close(bot)
