"""The control API: the contract that tests, the demo, the benchmarks and the page rely on."""

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.control import _refusal
from sandbox.files import Upload
from sandbox.server import Sandbox
from tests.sandbox.support import TOKEN, Library, Raw, picture, until


async def test_bots_and_people_are_registered_and_listed(raw: Raw) -> None:
    bot = await raw.sim("bots", {"token": "800001:a-second-bot", "username": "second_bot", "first_name": "Second"})
    assert bot == {
        "id": 800001,
        "is_bot": True,
        "first_name": "Second",
        "username": "second_bot",
        "token": "800001:a-second-bot",
    }
    assert [b["token"] for b in await raw.sim("bots")] == [TOKEN, "800001:a-second-bot"]
    assert (await raw.call("getMe", token="800001:a-second-bot"))["result"]["username"] == "second_bot"
    user = await raw.sim("users", {"first_name": "王", "last_name": "芳", "language_code": "zh-hans"})
    assert user["is_bot"] is False
    chosen = await raw.sim("users", {"id": 42, "first_name": "Forty-two"})
    changed = await raw.sim("users", {"id": 42, "username": "two"})
    assert changed == {**chosen, "username": "two"}
    assert await raw.sim("users") == [user, changed]


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("bots", {"token": "nonsense"}, "a token looks like 123456:ABC-DEF"),
        ("bots", {}, "token is required"),
        ("users", {}, "first_name is required"),
        (f"{TOKEN}/messages", {"user_id": 99, "text": "x"}, "there is no user 99; add one with POST /sim/users"),
        (f"{TOKEN}/messages", {"text": "x"}, "user_id is required"),
        (f"{TOKEN}/messages", {"user_id": 500001}, "give text, location, contact, or files as multipart"),
        (f"{TOKEN}/messages", {"user_id": 500001, "text": " "}, "Telegram does not send an empty text"),
        (f"{TOKEN}/messages", {"user_id": 500001, "text": "x" * 4097}, "a message holds 4096 characters at most"),
        (f"{TOKEN}/messages", {"user_id": 500001, "text": "x", "reply_to": 9}, "there is no message 9 to reply to"),
        (f"{TOKEN}/taps", {"user_id": 500001, "message_id": 1}, "give the button's label, or data to forge"),
        (
            f"{TOKEN}/faults",
            {"kind": "fire"},
            "kind must be one of cut, disconnect, drop_after_accept, garbage, late, slow, status, timeout",
        ),
        ("clock", {"set": "tomorrow"}, "Invalid isoformat string: 'tomorrow'"),
        ("123:nobody/messages", {}, "there is no such bot; register its token with POST /sim/bots"),
    ],
)
async def test_mistakes_are_explained(raw: Raw, ann: int, path: str, body: Any, error: str) -> None:
    assert ann == 500001
    assert await raw.sim(path, body) == {"error": error}


async def test_person_writes_and_the_bot_reads_the_entities(library: Library, raw: Raw, ann: int) -> None:
    text = "/start 客户 https://a.example.com"
    sent = await raw.sim(f"{TOKEN}/messages", {"user_id": ann, "text": text})
    assert sent["entities"][0] == {"offset": 0, "length": 6, "type": "bot_command"}
    (update,) = await library.bot.get_updates()
    assert update.message.message_id == sent["message_id"]
    assert [entity.type for entity in update.message.entities] == ["bot_command", "url"]
    assert update.message.from_user.language_code == "zh-hans"
    assert update.message.chat.last_name == "Li"


async def test_person_sends_location_contact_and_an_older_message(library: Library, raw: Raw, ann: int) -> None:
    await raw.sim(f"{TOKEN}/messages", {"user_id": ann, "location": {"latitude": 22.5, "longitude": 114.1}})
    contact = {"phone_number": "13800138000", "first_name": "王"}
    await raw.sim(f"{TOKEN}/messages", {"user_id": ann, "contact": contact})
    old = await raw.sim(f"{TOKEN}/messages", {"user_id": ann, "text": "late", "date": "2026-03-01T08:00:00+08:00"})
    assert old["date"] == 1772323200
    reply = await raw.sim(f"{TOKEN}/messages", {"user_id": ann, "text": "re", "reply_to": old["message_id"]})
    assert reply["reply_to_message"]["text"] == "late"
    updates = await library.bot.get_updates()
    assert updates[0].message.location.latitude == 22.5
    assert updates[1].message.contact.phone_number == "13800138000"
    assert updates[3].message.reply_to_message.message_id == old["message_id"]


async def test_person_sends_pictures_as_an_album_and_a_voice_note(library: Library, raw: Raw, ann: int) -> None:
    form = aiohttp.FormData({"user_id": str(ann), "caption": "门头 #1"})
    for number in (1, 2):
        form.add_field("photo", picture(100 * number, 100), filename=f"{number}.png", content_type="image/png")
    async with raw.http.post(f"{raw.url}/sim/{TOKEN}/messages", data=form) as response:
        album = await response.json()
    assert [message["photo"][-1]["width"] for message in album] == [100, 200]
    assert album[0]["media_group_id"] == album[1]["media_group_id"]
    assert album[0]["caption"] == "门头 #1"
    assert "caption" not in album[1]
    form = aiohttp.FormData({"user_id": str(ann), "duration": "7"})
    form.add_field("voice", b"OggS....", filename="v.ogg", content_type="audio/ogg")
    async with raw.http.post(f"{raw.url}/sim/{TOKEN}/messages", data=form) as response:
        voice = await response.json()
    assert (voice["voice"]["duration"], voice["voice"]["mime_type"]) == (7, "audio/ogg")
    updates = await library.bot.get_updates()
    assert [bool(u.message.photo) for u in updates] == [True, True, False]
    assert updates[2].message.voice.duration == 7
    url = f"{raw.url}/sim/files/{TOKEN}/{album[1]['photo'][-1]['file_id']}"
    async with raw.http.get(url) as response:
        assert response.content_type == "image/png"
        assert await response.read() == picture(200, 100)
        assert response.headers["Content-Security-Policy"] == "sandbox"


async def test_person_edits_their_own_words_only(library: Library, raw: Raw, ann: int, sandbox: Sandbox) -> None:
    sent = sandbox.say(TOKEN, ann, "25k")
    edited = await raw.sim(f"{TOKEN}/edits", {"user_id": ann, "message_id": sent["message_id"], "text": "2.5万"})
    assert edited["text"] == "2.5万"
    updates = await library.bot.get_updates()
    assert updates[-1].edited_message.text == "2.5万"
    assert updates[-1].edited_message.edit_date is not None
    card = await library.bot.send_message(ann, "card")
    refused = await raw.sim(f"{TOKEN}/edits", {"user_id": ann, "message_id": card.message_id, "text": "x"})
    assert refused == {"error": f"message {card.message_id} is not one that this person sent"}


async def test_button_is_found_by_its_label_or_a_part_of_it(raw: Raw, ann: int) -> None:
    row = [{"text": text, "callback_data": text} for text in ("保存", "« 返回", "✖ 取消", "返回首页")]
    link = {"text": "网站", "url": "https://example.com/"}
    card = await raw.call("sendMessage", chat_id=ann, text="c", reply_markup={"inline_keyboard": [row, [link]]})
    tap = {"user_id": ann, "message_id": card["result"]["message_id"], "wait_s": 0}
    for label, data in (("保存", "保存"), ("取消", "✖ 取消"), ("« 返回", "« 返回")):
        assert (await raw.sim(f"{TOKEN}/taps", {**tap, "button": label}))["answer"] is None
        assert (await raw.call("getUpdates", offset=-1))["result"][0]["callback_query"]["data"] == data
    ambiguous = await raw.sim(f"{TOKEN}/taps", {**tap, "button": "返回"})
    assert ambiguous["error"].startswith("several buttons contain '返回'")
    absent = await raw.sim(f"{TOKEN}/taps", {**tap, "button": "批准"})
    labels = "'保存', '« 返回', '✖ 取消', '返回首页', '网站'"
    assert absent["error"] == f"no button is called '批准'; buttons on message {tap['message_id']}: {labels}"
    opened = await raw.sim(f"{TOKEN}/taps", {**tap, "button": "网站"})
    assert opened["button"] == link


async def test_any_data_can_be_forged_even_on_a_message_that_is_gone(library: Library, raw: Raw, ann: int) -> None:
    forged = {"user_id": ann, "message_id": 4711, "data": "approve:1:0", "wait_s": 0}
    assert (await raw.sim(f"{TOKEN}/taps", forged))["answer"] is None
    query = (await library.bot.get_updates())[0].callback_query
    assert query.data == "approve:1:0"
    assert query.message.message_id == 4711
    if library.name == "aiogram":
        assert type(query.message).__name__ == "InaccessibleMessage"
    else:
        assert not query.message.is_accessible


async def test_tap_without_an_answer_gives_up_in_time(raw: Raw, ann: int) -> None:
    began = time.monotonic()
    told = await raw.sim(f"{TOKEN}/taps", {"user_id": ann, "message_id": 1, "data": "x", "wait_s": 0.2})
    assert told["answer"] is None
    assert 150 <= told["waited_ms"] <= 1000
    assert time.monotonic() - began < 2


async def test_view_shows_now_and_after_shows_changes(library: Library, raw: Raw, ann: int) -> None:
    seen = await raw.sim(f"{TOKEN}/chats/{ann}/messages")
    assert [m["text"] for m in seen["messages"]] == ["/start"]
    assert (seen["reply_keyboard"], seen["chat_action"], seen["commands"]) == (None, None, [])
    assert seen["menu_button"] == {"type": "commands"}
    first = await library.bot.send_message(ann, "one")
    second = await library.bot.send_message(ann, "two")
    await library.bot.edit_message_text("one!", chat_id=ann, message_id=first.message_id)
    await library.bot.delete_message(ann, second.message_id)
    changed = await raw.sim(f"{TOKEN}/chats/{ann}/messages?after={seen['seq']}")
    assert [m.get("text") for m in changed["messages"]] == ["one!", None]
    gone = changed["messages"][1]
    assert gone == {"message_id": second.message_id, "deleted": True, "seq": gone["seq"]}
    assert changed["messages"][0]["from"]["is_bot"] is True
    assert (await raw.sim(f"{TOKEN}/chats/{ann}/messages?after={changed['seq']}"))["messages"] == []
    now = await raw.sim(f"{TOKEN}/chats/{ann}/messages")
    assert [m["text"] for m in now["messages"]] == ["/start", "one!"]
    assert now["messages"][0]["from"]["is_bot"] is False


async def test_view_waits_for_the_next_change(raw: Raw, ann: int) -> None:
    seq = (await raw.sim(f"{TOKEN}/chats/{ann}/messages"))["seq"]
    waiting = asyncio.create_task(raw.sim(f"{TOKEN}/chats/{ann}/messages?after={seq}&wait_s=5"))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await raw.call("sendMessage", chat_id=ann, text="now")
    async with asyncio.timeout(1):
        assert [m["text"] for m in (await waiting)["messages"]] == ["now"]
    began = time.monotonic()
    assert (await raw.sim(f"{TOKEN}/chats/{ann}/messages?after={seq + 9}&wait_s=0.1"))["messages"] == []
    assert time.monotonic() - began >= 0.1


async def test_chats_of_two_bots_are_apart(raw: Raw, ann: int) -> None:
    await raw.sim("bots", {"token": "800001:a-second-bot"})
    await raw.sim("800001:a-second-bot/messages", {"user_id": ann, "text": "to the other"})
    assert [m["text"] for m in (await raw.sim(f"{TOKEN}/chats/{ann}/messages"))["messages"]] == ["/start"]
    assert (await raw.call("getUpdates"))["result"] == []


async def test_clock_moves_and_messages_follow(raw: Raw, ann: int) -> None:
    reading = await raw.sim("clock", {"set": "2026-03-13T16:00:00+08:00"})
    assert reading["iso"].startswith("2026-03-13T08:00:0")
    later = await raw.sim("clock", {"advance_s": 3600})
    assert 3600 <= later["now"] - reading["now"] < 3605
    sent = await raw.call("sendMessage", chat_id=ann, text="x")
    assert 0 <= sent["result"]["date"] - 1773392400 < 5
    assert abs((await raw.sim("clock"))["offset_s"] - later["offset_s"]) < 0.001
    await raw.sim("clock", {"set": 1_800_000_000})
    assert 0 <= (await raw.sim("clock"))["now"] - 1_800_000_000 < 5


async def test_group_and_channel_messages_reach_the_bot(library: Library, raw: Raw, ann: int) -> None:
    group = {"user_id": ann, "text": "/today", "chat_id": -4001, "chat": {"type": "group", "title": "华南"}}
    await raw.sim(f"{TOKEN}/messages", group)
    channel = {"user_id": ann, "text": "news", "chat_id": -1009, "chat": {"type": "channel", "title": "News"}}
    await raw.sim(f"{TOKEN}/messages", channel)
    updates = await library.bot.get_updates()
    assert (updates[0].message.chat.type, updates[0].message.chat.title) == ("group", "华南")
    assert updates[0].message.from_user.id == ann
    assert updates[1].channel_post.sender_chat.title == "News"


async def test_any_update_can_be_injected_and_answered(library: Library, raw: Raw) -> None:
    stranger = {"id": 77, "is_bot": False, "first_name": "S"}
    message = {"date": 1, "chat": {"id": 77, "type": "private"}, "from": stranger, "dice": {"emoji": "🎲", "value": 4}}
    given = await raw.sim(f"{TOKEN}/updates", {"update": {"message": message}})
    poll = {"poll_answer": {"poll_id": "1", "option_ids": [], "option_persistent_ids": [], "user": stranger}}
    await raw.sim(f"{TOKEN}/updates", poll)
    query = {"from": stranger, "chat_instance": "1", "data": "forged"}
    await raw.sim(f"{TOKEN}/updates", {"update": {"update_id": 5, "callback_query": query}})
    updates = await library.bot.get_updates()
    assert [u.update_id for u in updates] == [given["update_id"] + n for n in range(3)]
    assert updates[0].message.dice.value == 4
    assert updates[1].poll_answer.user.id == 77
    assert await library.bot.answer_callback_query(updates[2].callback_query.id)
    assert (await library.bot.send_message(77, "hello")).chat.id == 77


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"message": None},
        {"message": {"chat": {"id": "x"}}},
        {"message": {"chat": {"id": -5}, "message_id": "x"}},
        {"callback_query": {"from": 3, "message": "y"}},
        {"nonsense": [1, 2]},
        {"message": {"chat": {"id": 9}, "from": {"id": 8}, "message_id": 1 << 70}},
    ],
)
async def test_no_injected_nonsense_breaks_the_sandbox(raw: Raw, update: Any) -> None:
    given = await raw.sim(f"{TOKEN}/updates", {"update": update})
    updates = (await raw.call("getUpdates"))["result"]
    assert [u["update_id"] for u in updates] == [given["update_id"]]


async def test_blocking_is_seen_in_the_view_and_stops_the_person_too(raw: Raw, ann: int) -> None:
    assert await raw.sim(f"{TOKEN}/block", {"user_id": ann}) == {"blocked": True}
    assert (await raw.sim(f"{TOKEN}/chats/{ann}/messages"))["blocked"] is True
    refused = await raw.sim(f"{TOKEN}/messages", {"user_id": ann, "text": "x"})
    assert "blocked the bot" in refused["error"]
    assert await raw.sim(f"{TOKEN}/unblock", {"user_id": ann}) == {"blocked": False}
    assert len((await raw.call("getUpdates"))["result"]) == 2


async def test_log_tells_every_call_with_time_and_outcome(raw: Raw, ann: int) -> None:
    began = time.time()
    await raw.call("sendMessage", chat_id=ann, text="x")
    await raw.call("sendMessage", chat_id=1, text="x")
    log = await raw.sim(f"{TOKEN}/log")
    assert [(e["method"], e["ok"], e["status"]) for e in log] == [
        ("sendMessage", True, 200),
        ("sendMessage", False, 400),
    ]
    assert log[0]["params"] == {"chat_id": ann, "text": "x"}
    assert log[0]["message_id"] == 2
    assert log[1]["description"] == "Bad Request: chat not found"
    assert began <= log[0]["at"] <= log[1]["at"] <= time.time()
    assert await raw.sim(f"{TOKEN}/log?after={log[0]['seq']}") == log[1:]


async def test_page_hears_what_happens(raw: Raw, ann: int, sandbox: Sandbox) -> None:
    heard: list[tuple[str, Any]] = []

    async def listen() -> None:
        async with raw.http.get(f"{raw.url}/sim/events") as response:
            assert response.content_type == "text/event-stream"
            event = ""
            async for line in response.content:
                if line.startswith(b"event: "):
                    event = line[7:].decode().strip()
                elif line.startswith(b"data: "):
                    heard.append((event, json.loads(line[6:])))

    listening = asyncio.create_task(listen())
    await until(lambda: sandbox.world.events.has_readers)
    card = await raw.call(
        "sendMessage",
        chat_id=ann,
        text="card",
        reply_markup={"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]},
    )
    tapped = await sandbox.tap(TOKEN, ann, card["result"]["message_id"], "A", wait_s=0)
    await raw.call("answerCallbackQuery", callback_query_id=tapped["callback_query_id"], text="ok")
    await raw.call("sendChatAction", chat_id=ann, action="typing")
    await raw.call("sendMessage", chat_id=ann, text="m", reply_markup={"keyboard": [[{"text": "k"}]]})
    await raw.call("deleteMessage", chat_id=ann, message_id=card["result"]["message_id"])
    await raw.sim("clock", {"advance_s": 60})
    await raw.sim("users", {"first_name": "New"})
    await until(lambda: len(heard) == 8)
    listening.cancel()
    assert [event for event, _ in heard] == [
        "message",
        "toast",
        "action",
        "message",
        "keyboard",
        "deleted",
        "clock",
        "user",
    ]
    by_event = dict(heard)
    assert by_event["toast"]["text"] == "ok"
    assert by_event["deleted"]["message_id"] == card["result"]["message_id"]
    assert by_event["message"]["user_id"] == ann
    assert by_event["message"]["message"]["seq"] > 0


async def test_foreign_pages_and_other_machines_are_kept_out(raw: Raw) -> None:
    foreign = {"Origin": "https://evil.example"}
    async with raw.http.post(f"{raw.url}/sim/users", json={"first_name": "x"}, headers=foreign) as response:
        assert response.status == 403
    async with raw.http.get(f"{raw.url}/sim/users", headers={"Origin": raw.url}) as response:
        assert response.status == 200


@pytest.mark.parametrize(
    ("peer", "remote_allowed", "let_in"),
    [
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("::ffff:127.0.0.1", False, True),
        ("192.168.1.7", False, False),
        ("fe80::1%eth0", False, False),
        ("192.168.1.7", True, True),
    ],
)
def test_only_this_machine_is_let_in(peer: str, remote_allowed: bool, let_in: bool) -> None:
    from aiohttp.test_utils import make_mocked_request

    request: web.Request = make_mocked_request("GET", "/sim/users").clone(remote=peer)
    assert (_refusal(request, remote_allowed=remote_allowed) is None) == let_in


async def test_page_and_its_files_are_served(raw: Raw) -> None:
    async with raw.http.get(raw.url + "/") as response:
        assert response.status == 200
        page = await response.text()
    assert "<!doctype html>" in page.lower()
    async with raw.http.get(raw.url + "/static/index.html") as response:
        assert await response.text() == page


async def test_in_process_helpers_do_the_same(sandbox: Sandbox, png: Upload) -> None:
    sandbox.add_bot("800001:a-second-bot", username="second_bot")
    user = sandbox.add_user("Bo", 4321, username="bo")
    said = sandbox.say("800001:a-second-bot", 4321, "hi")
    assert said["from"] == user
    album = sandbox.send("800001:a-second-bot", 4321, {"photo": [png, png]}, caption="two")
    assert len(album) == 2
    assert sandbox.edit("800001:a-second-bot", 4321, said["message_id"], "ho")["text"] == "ho"
    assert [m.get("text") for m in sandbox.messages("800001:a-second-bot", 4321)] == ["ho", None, None]
    update_id = sandbox.inject("800001:a-second-bot", {"poll": {}})
    assert update_id in sandbox.world.bot("800001:a-second-bot").updates.pending
