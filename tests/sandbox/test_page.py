"""The sandbox's page in a real browser, against the real sandbox; the bot is played over the plain Bot API."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from sandbox.server import STATIC, run_sandbox
from tests.support.browser import launch_or_skip
from tests.support.desk import TOKEN, Desk, FakeBot, keyboard, png

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]  # one browser for all of them

LI, WANG, MARIA = 101, 102, 103
SHANGHAI = ZoneInfo("Asia/Shanghai")
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 15_000  # for a loaded machine; what is expected mostly shows within a tenth of a second


OpenDesk = Callable[..., Coroutine[Any, Any, Desk]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await launch_or_skip(playwright)
        expect.set_options(timeout=PATIENCE_MS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def open_desk(browser: Browser) -> AsyncIterator[OpenDesk]:
    """Opens the page on a sandbox with three people; whatever goes wrong in the page's scripts fails the test."""
    problems: list[str] = []
    async with run_sandbox(tokens=[TOKEN]) as sandbox, aiohttp.ClientSession() as http:
        sandbox.add_bot(TOKEN, "rounds_demo_bot", "随访助手")
        async with http.post(f"{sandbox.url}/bot{TOKEN}/sendMessage", json={"chat_id": 1, "text": "-"}):
            pass  # refused; but the first call builds aiogram's models, which takes seconds on a busy machine
        sandbox.add_user("文博", LI, last_name="李", language_code="zh-hans")
        sandbox.add_user("海燕", WANG, last_name="王", language_code="zh-hans")
        sandbox.add_user("Maria", MARIA, last_name="Lopez", language_code="en")

        async def opened(
            query: str = "phones=101,102&lang=en", viewport: dict[str, int] = DESK, **options: Any
        ) -> Desk:
            context = await browser.new_context(viewport=viewport, locale="en-GB", **options)  # pyright: ignore[reportArgumentType]
            page = await context.new_page()
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("dialog", lambda dialog: problems.append(f"dialog: {dialog.message}"))
            await page.goto(f"{sandbox.url}/?{query}")
            return Desk(page, sandbox, FakeBot(sandbox.url, http))

        yield opened
        for context in browser.contexts:
            await context.close()
    assert problems == []


# --- talking ----------------------------------------------------------------------------------------------------------


async def test_a_person_writes_and_taps_what_the_bot_offers(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    await desk.write(LI, "拜访 华宁 王总 谈了年框")
    assert (await desk.bot.hear())["text"] == "拜访 华宁 王总 谈了年框"
    await expect(desk.phone(LI).get_by_test_id("composer")).to_have_value("")

    card = await desk.bot.say(LI, "拜访 › 华宁电子", reply_markup=keyboard([("保存", "save"), ("取消", "cancel")]))
    save = desk.message(LI, card).get_by_role("button", name="保存", exact=True)
    await save.click()
    query = await desk.bot.hear("callback_query")
    assert query["data"] == "save"
    await expect(save).to_have_attribute("aria-busy", "true")

    await desk.bot.call("answerCallbackQuery", callback_query_id=query["id"], text="已保存")
    await expect(desk.phone(LI).get_by_test_id("toast")).to_have_text("已保存")
    await expect(save).not_to_have_attribute("aria-busy", "true")
    await expect(desk.phone(WANG).get_by_test_id("messages")).not_to_contain_text("华宁")


async def test_an_edit_changes_the_card_where_it_stands(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    await desk.start(LI)
    card = await desk.bot.say(LI, "before", reply_markup=keyboard([("Save", "save")]))
    bubble = desk.message(LI, card)
    await bubble.evaluate("element => { element.sameNode = true }")
    await desk.bot.call(
        "editMessageText", chat_id=LI, message_id=card, text="after", reply_markup=keyboard([("Undo", "undo")])
    )
    await expect(bubble).to_contain_text("after")
    await expect(bubble).to_contain_text("edited")
    await expect(bubble.get_by_role("button", name="Undo")).to_be_visible()
    await expect(bubble.get_by_role("button", name="Save")).to_have_count(0)
    assert await bubble.evaluate("element => element.sameNode") is True


async def test_an_alert_waits_to_be_read(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    await desk.start(LI)
    card = await desk.bot.say(LI, "card", reply_markup=keyboard([("Approve", "ok")]))
    await desk.message(LI, card).get_by_role("button", name="Approve").click()
    query = await desk.bot.hear("callback_query")
    await desk.bot.call("answerCallbackQuery", callback_query_id=query["id"], text="Decided already", show_alert=True)
    alert = desk.phone(LI).get_by_test_id("alert")
    await expect(alert).to_contain_text("Decided already")
    await desk.page.keyboard.press("Enter")
    await expect(alert).to_have_count(0)


async def test_what_people_write_is_shown_and_never_run(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    nasty = '<img src=x onerror="alert(1)"> <b>bold?</b> <script>alert(2)</script>'
    await desk.write(LI, nasty)
    written = await desk.bot.hear()
    bubble = desk.message(LI, written["message_id"])
    await expect(bubble.locator(".text")).to_have_text(nasty)
    await expect(bubble.locator(".text *")).to_have_count(0)
    desk.sandbox.add_user("<img src=x onerror=alert(3)>", 104)
    await expect(desk.page.get_by_test_id("person-104")).to_contain_text("<img src=x onerror=alert(3)>")
    await desk.page.get_by_test_id("person-104").click()
    await expect(desk.phone(104).locator(".plate")).to_contain_text("<img")


async def test_marked_up_text_looks_as_marked(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    await desk.start(LI)
    text = (
        "😀 <b>bold <i>both</i></b> <code>x = 1</code> <tg-spoiler>secret</tg-spoiler> "
        '<a href="https://example.com/a">link</a> /today\n<blockquote>first\nsecond</blockquote>after'
    )
    bubble = desk.message(LI, await desk.bot.say(LI, text, parse_mode="HTML"))
    await expect(bubble.locator("strong em")).to_have_text("both")
    await expect(bubble.locator("code")).to_have_text("x = 1")
    await expect(bubble.locator("blockquote")).to_have_text("first\nsecond")
    await expect(bubble.locator("a")).to_have_attribute("href", "https://example.com/a")
    spoiler = bubble.get_by_role("button", name="Press to show")
    await spoiler.click()
    await expect(bubble.locator(".spoiler.shown")).to_have_text("secret")
    await bubble.get_by_role("button", name="/today").click()
    assert (await desk.bot.hear())["text"] == "/today"


async def test_a_message_can_be_answered_and_ones_own_corrected(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    await desk.write(LI, "3 o'clock")
    own = (await desk.bot.hear())["message_id"]
    await desk.message(LI, own).click(button="right")
    await desk.phone(LI).get_by_role("menuitem", name="Edit").click()
    await expect(desk.phone(LI).get_by_test_id("composer")).to_have_value("3 o'clock")
    await desk.write(LI, "4 o'clock")
    assert (await desk.bot.hear("edited_message"))["text"] == "4 o'clock"
    await expect(desk.message(LI, own)).to_contain_text("4 o'clock")

    asked = await desk.bot.say(LI, "Where?")
    await desk.message(LI, asked).click(button="right")
    await desk.phone(LI).get_by_role("menuitem", name="Reply").click()
    await desk.write(LI, "Huaning")
    answer = await desk.bot.hear()
    assert answer["reply_to_message"]["message_id"] == asked
    await expect(desk.message(LI, answer["message_id"]).locator(".quoted")).to_contain_text("Where?")


async def test_typing_deleting_and_commands_are_seen(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    await desk.start(LI)
    await desk.bot.call("setMyCommands", commands=[{"command": "visit", "description": "Log a visit"}])
    await desk.bot.call("sendChatAction", chat_id=LI, action="typing")
    await expect(desk.phone(LI).locator(".chat-subtitle")).to_contain_text("typing")
    gone = await desk.bot.say(LI, "soon gone")
    await expect(desk.phone(LI).locator(".chat-subtitle")).not_to_contain_text("typing")
    await desk.bot.call("deleteMessage", chat_id=LI, message_id=gone)
    await expect(desk.message(LI, gone)).to_have_count(0)

    await desk.phone(LI).get_by_test_id("composer").fill("/")
    await desk.phone(LI).get_by_test_id("commands").get_by_role("option", name="Log a visit").click()
    assert (await desk.bot.hear())["text"] == "/visit"


async def test_what_was_typed_comes_back_when_it_was_not_accepted(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    await desk.page.route("**/sim/*/messages", lambda route: route.fulfill(status=500, body="no"))
    await desk.write(LI, "a long story")
    await expect(desk.phone(LI).get_by_test_id("toast")).to_contain_text("Not sent")
    await expect(desk.phone(LI).get_by_test_id("composer")).to_have_value("a long story")


async def test_a_link_to_the_bot_starts_it_with_its_payload(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    await desk.start(LI)
    link = "https://t.me/rounds_demo_bot?start=invite-7"
    invite = await desk.bot.say(LI, "Join", reply_markup={"inline_keyboard": [[{"text": "Join", "url": link}]]})
    await desk.message(LI, invite).get_by_role("button", name="Join").click()
    assert (await desk.bot.hear())["text"] == "/start invite-7"


# --- keyboards, pictures, places --------------------------------------------------------------------------------------


async def test_the_reply_keyboard_speaks_locates_and_goes(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    await desk.start(LI)
    keys = [
        ["Today"],
        [{"text": "Where I am", "request_location": True}, {"text": "My number", "request_contact": True}],
    ]
    markup = {"keyboard": keys, "resize_keyboard": True, "input_field_placeholder": "Customer or note"}
    await desk.bot.say(LI, "Ready", reply_markup=markup)
    phone = desk.phone(LI)
    board = phone.get_by_test_id("reply-keyboard")
    await expect(phone.get_by_test_id("composer")).to_have_attribute("placeholder", "Customer or note")
    await board.get_by_role("button", name="Today").click()
    assert (await desk.bot.hear())["text"] == "Today"

    await board.get_by_role("button", name="Where I am").click()
    await phone.get_by_role("button", name="Huaqiangbei").click()
    await phone.get_by_test_id("location-send").click()
    place = await desk.bot.hear()
    assert place["location"] == {"latitude": 22.5474, "longitude": 114.0815}
    await expect(desk.message(LI, place["message_id"])).to_contain_text("22.54740, 114.08150")

    await board.get_by_role("button", name="My number").click()
    await phone.get_by_test_id("ask").get_by_role("button", name="Send").click()
    assert (await desk.bot.hear())["contact"]["user_id"] == LI

    await desk.bot.say(LI, "Done", reply_markup={"remove_keyboard": True})
    await expect(board).to_have_count(0)


async def test_a_wrong_place_is_refused_with_an_example(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    phone = desk.phone(LI)
    await phone.get_by_test_id("attach").click()
    await phone.get_by_test_id("attach-location").click()
    await phone.get_by_test_id("location-coords").fill("99, 200")
    await expect(phone.get_by_role("status").filter(has_text="22.5405, 113.9346")).to_be_visible()
    await expect(phone.get_by_test_id("location-send")).to_be_disabled()


async def test_several_photos_go_as_one_album(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    phone = desk.phone(LI)
    colours = [(180, 80, 60), (60, 140, 90), (70, 90, 170)]
    files: list[Any] = [
        {"name": f"{n}.png", "mimeType": "image/png", "buffer": png(320, 240, colour)}
        for n, colour in enumerate(colours)
    ]
    await phone.get_by_test_id("photo-input").set_input_files(files)
    await phone.get_by_role("textbox", name="Caption").fill("Showroom")
    await phone.get_by_test_id("attach-send").click()
    pictures = [await desk.bot.hear() for _ in colours]
    assert len({picture["media_group_id"] for picture in pictures}) == 1
    assert pictures[0]["caption"] == "Showroom"

    album = phone.locator("[data-album]")
    await expect(album).to_have_count(1)
    await expect(album).to_contain_text("Showroom")
    for picture in pictures:
        image = desk.message(LI, picture["message_id"]).locator("img")
        await expect(image).to_have_js_property("complete", True)
        assert await image.evaluate("image => image.naturalWidth") > 0


async def test_files_go_both_ways(open_desk: OpenDesk, tmp_path: Path) -> None:
    desk = await open_desk()
    phone = desk.phone(LI)
    contract: Any = {"name": "合同.txt", "mimeType": "text/plain", "buffer": b"signed"}
    await phone.get_by_test_id("document-input").set_input_files(contract)
    await phone.get_by_test_id("attach-send").click()
    received = await desk.bot.hear()
    assert received["document"]["file_name"] == "合同.txt"

    form = aiohttp.FormData({"chat_id": str(LI)})
    form.add_field("document", b"a,b\n1,2\n", filename="visits.csv", content_type="text/csv")
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{desk.sandbox.url}/bot{TOKEN}/sendDocument", data=form) as sent,
    ):
        message_id = (await sent.json())["result"]["message_id"]
    async with desk.page.expect_download() as download:
        await desk.message(LI, message_id).get_by_role("link", name="visits.csv").click()
    saved = tmp_path / "visits.csv"
    await (await download.value).save_as(saved)
    assert saved.read_bytes() == b"a,b\n1,2\n"


# --- the desk ---------------------------------------------------------------------------------------------------------


async def test_clock_buttons_move_the_sandbox(open_desk: OpenDesk) -> None:
    desk = await open_desk()

    def now() -> datetime:
        return datetime.fromtimestamp(desk.sandbox.clock.now(), SHANGHAI)

    async def moved(testid: str) -> tuple[datetime, datetime]:
        before = now()
        async with desk.page.expect_response("**/sim/clock"):
            await desk.page.get_by_test_id(testid).click()
        return before, now()

    before, after = await moved("clock-plus-1h")
    assert timedelta(hours=1) <= after - before < timedelta(hours=1, seconds=20)
    before, after = await moved("clock-next-0830")
    assert (after.hour, after.minute) == (8, 30)
    assert timedelta(0) < after - before < timedelta(hours=24, seconds=20)
    before, after = await moved("clock-next-friday")
    assert (after.weekday(), after.hour, after.minute) == (4, 16, 0)
    assert after - before < timedelta(days=7, seconds=20)
    await expect(desk.page.get_by_test_id("clock-now")).to_contain_text("16:00:")
    await expect(desk.phone(LI).locator(".status-time")).to_have_text("16:00")
    before, after = await moved("clock-next-friday")
    assert timedelta(days=6, hours=23) < after - before < timedelta(days=7, seconds=20)

    await desk.page.get_by_test_id("clock-reset").click()
    await expect(desk.page.get_by_test_id("clock-drift")).to_be_hidden()
    assert abs(desk.sandbox.clock.offset_s) < 1


async def test_anybody_can_be_found_and_given_a_phone(open_desk: OpenDesk) -> None:
    desk = await open_desk("phones=101&lang=zh")
    await desk.page.get_by_test_id("people-search").fill("why")  # initials of 王海燕
    await expect(desk.page.get_by_test_id("people-list").get_by_role("button")).to_have_count(1)
    await desk.page.keyboard.press("Enter")
    await expect(desk.phone(WANG)).to_be_visible()
    await expect(desk.page).to_have_url(re.compile("phones=101,102"))

    await desk.start(MARIA)
    await desk.bot.say(MARIA, "For Maria")
    await desk.page.get_by_test_id("people-search").fill("")
    await expect(desk.page.get_by_test_id(f"person-{MARIA}").locator(".badge")).to_have_text("1")
    await desk.page.get_by_test_id(f"person-{MARIA}").click()
    await expect(desk.phone(MARIA).get_by_test_id("messages")).to_contain_text("For Maria")
    await desk.phone(WANG).get_by_role("button", name="收起 王海燕 的手机").click()
    await expect(desk.phone(WANG)).to_have_count(0)


async def test_the_language_can_be_changed_and_is_remembered(open_desk: OpenDesk) -> None:
    desk = await open_desk("phones=101")
    await expect(desk.page.get_by_test_id("clock-next-0830")).to_have_text("Next 08:30")
    await desk.page.get_by_test_id("language").click()
    await expect(desk.page.get_by_test_id("clock-next-0830")).to_have_text("到下一个 08:30")
    await expect(desk.phone(LI).get_by_test_id("composer")).to_have_attribute("placeholder", "消息")
    await desk.page.reload()
    await expect(desk.page.get_by_test_id("clock-next-0830")).to_have_text("到下一个 08:30")


async def test_on_a_small_screen_one_phone_fills_it(open_desk: OpenDesk) -> None:
    desk = await open_desk("phones=101,102&lang=en", PHONE, has_touch=True, is_mobile=True)
    await expect(desk.phone(LI)).to_be_visible()
    await expect(desk.phone(WANG)).to_be_hidden()
    await desk.start(WANG)
    await desk.bot.say(WANG, "Please approve")
    tab = desk.page.get_by_test_id(f"tab-{WANG}")
    await expect(tab.locator(".badge")).to_have_text("1")
    await tab.tap()
    await expect(desk.phone(WANG).get_by_test_id("messages")).to_contain_text("Please approve")
    await expect(tab.locator(".badge")).to_have_count(0)
    width = await desk.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]


async def test_a_long_chat_is_patched_not_drawn_again(open_desk: OpenDesk) -> None:
    desk = await open_desk("phones=102&lang=en")
    for number in range(500):
        desk.sandbox.say(TOKEN, LI, f"message {number}")
    await desk.page.get_by_test_id(f"person-{LI}").click()
    log = desk.phone(LI).get_by_test_id("messages")
    bubbles = log.locator("[data-message-id]")
    await expect(bubbles).to_have_count(500)
    await expect(bubbles.last).to_be_in_viewport()
    await bubbles.evaluate_all("all => all.forEach(one => { one.sameNode = true })")

    await desk.bot.say(LI, "at the end")
    await expect(bubbles).to_have_count(501)
    await expect(bubbles.last).to_be_in_viewport()
    assert await bubbles.evaluate_all("all => all.filter(one => one.sameNode).length") == 500

    await log.evaluate("log => { log.scrollTop = 0 }")
    pill = desk.phone(LI).get_by_test_id("new-messages")
    await expect(pill).to_be_visible()
    await desk.bot.say(LI, "while reading above")
    await expect(pill).to_contain_text("1 new")
    assert await log.evaluate("log => log.scrollTop") == 0
    await pill.click()
    await expect(bubbles.last).to_be_in_viewport()
    await expect(pill).to_be_hidden()


async def test_the_page_goes_on_when_the_event_stream_cannot_be_had(open_desk: OpenDesk) -> None:
    desk = await open_desk("lang=en")
    await desk.page.route("**/sim/events", lambda route: route.abort())
    await desk.page.goto(f"{desk.sandbox.url}/?phones=101&lang=en")
    await expect(desk.phone(LI)).to_be_visible()
    await desk.start(LI)
    await desk.bot.say(LI, "still here")
    await expect(desk.phone(LI).get_by_test_id("messages")).to_contain_text("still here")


async def test_everything_the_page_says_is_said_in_both_languages(open_desk: OpenDesk) -> None:
    desk = await open_desk("phones=101")
    strings: dict[str, dict[str, str]] = await desk.page.evaluate("import('/static/js/i18n.js').then(m => m.STRINGS)")
    assert strings["zh"].keys() == strings["en"].keys()
    places = re.compile(r"\{\w+\}")
    for key, text in strings["zh"].items():
        assert sorted(places.findall(text)) == sorted(places.findall(strings["en"][key])), key
    scripts = "".join(
        script.read_text("utf-8")
        for script in sorted((STATIC / "js").glob("*.js"))
        if script.stem not in ("i18n", "dom")
    )
    used = re.findall(r"""\bt\("(\w+)"|\b(?:t|label|title|placeholder|key): "(\w+)\"""", scripts)
    unknown = {word for pair in used for word in pair if word} - strings["en"].keys()
    assert unknown == set()
