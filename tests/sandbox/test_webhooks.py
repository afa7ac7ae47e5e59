"""Webhooks: real deliveries to a real server, in order, again after failures, with the secret."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiogram
import pytest
import telegram
from aiogram.exceptions import TelegramBadRequest
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from sandbox.server import Sandbox, run_sandbox
from tests.sandbox.support import TOKEN, Library, Raw, aiogram_bot, close, until

ACTIVE = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


@dataclass
class Receiver:
    """A bot's own web server. `statuses` are answered first, then 200 with `answer` as its body."""

    url: str = ""
    seen: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    answer: Any = None
    pause_s: float = 0.0
    at_once: int = 0
    most_at_once: int = 0

    async def receive(self, request: web.Request) -> web.Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        update = await request.json()
        if self.pause_s:
            await asyncio.sleep(self.pause_s)
        self.at_once -= 1
        if self.statuses:
            return web.Response(status=self.statuses.pop(0))
        self.seen.append(update)
        return web.json_response(self.answer) if self.answer else web.Response()

    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.seen]


@asynccontextmanager
async def served(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/hook", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await runner.cleanup()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    async with served(made.receive) as url:
        made.url = url
        yield made


async def test_updates_arrive_with_the_secret_and_in_order(
    library: Library, sandbox: Sandbox, ann: int, receiver: Receiver
) -> None:
    sandbox.say(TOKEN, ann, "waited")
    assert await library.bot.set_webhook(receiver.url, secret_token="s3cret_Token-1")
    for number in range(20):
        sandbox.say(TOKEN, ann, str(number))
    await until(lambda: len(receiver.seen) == 21)
    assert receiver.texts() == ["waited", *map(str, range(20))]
    assert set(receiver.secrets) == {"s3cret_Token-1"}
    parsed = telegram.Update.de_json(receiver.seen[-1])
    assert parsed.message is not None
    assert parsed.message.from_user is not None
    assert parsed.message.from_user.id == ann
    validated = aiogram.types.Update.model_validate(receiver.seen[-1])
    assert validated.message is not None
    assert validated.message.text == "19"
    info = await library.bot.get_webhook_info()
    assert (info.url, info.pending_update_count, info.max_connections) == (receiver.url, 0, 40)
    with pytest.raises(library.conflict, match="can't use getUpdates method while webhook is active"):
        await library.bot.get_updates()
    assert await library.bot.delete_webhook()
    assert (await library.bot.get_webhook_info()).url == ""
    sandbox.say(TOKEN, ann, "by poll again")
    assert [u.message.text for u in await library.bot.get_updates()] == ["by poll again"]


async def test_refused_update_is_tried_again_before_the_next_of_its_chat(
    raw: Raw, sandbox: Sandbox, ann: int, receiver: Receiver
) -> None:
    bob = sandbox.add_user("Bob")["id"]
    receiver.statuses = [500, 503]
    assert (await raw.call("setWebhook", url=receiver.url))["result"] is True
    sandbox.say(TOKEN, ann, "first")
    await until(lambda: not receiver.statuses or receiver.seen)
    info = (await raw.call("getWebhookInfo"))["result"]
    assert info["pending_update_count"] == 1
    assert info["last_error_message"].startswith("Wrong response from the webhook: 50")
    assert info["last_error_date"] > 0
    sandbox.say(TOKEN, ann, "second")
    sandbox.say(TOKEN, bob, "other chat")
    await until(lambda: len(receiver.seen) == 3)
    assert [t for t in receiver.texts() if t != "other chat"] == ["first", "second"]


async def test_nobody_listening_is_noted_and_nothing_is_lost(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    receiver = Receiver()
    async with served(receiver.receive) as url:
        pass
    await raw.call("setWebhook", url=url)
    sandbox.say(TOKEN, ann, "to nobody")
    await asyncio.sleep(0.1)
    info = (await raw.call("getWebhookInfo"))["result"]
    assert (info["last_error_message"], info["pending_update_count"]) == ("Connection refused", 1)
    await raw.call("deleteWebhook")
    assert len((await raw.call("getUpdates"))["result"]) == 1
    await raw.call("setWebhook", url=url, drop_pending_updates=True)
    await raw.call("deleteWebhook")
    assert (await raw.call("getUpdates"))["result"] == []


async def test_chats_go_side_by_side_up_to_the_limit(raw: Raw, sandbox: Sandbox, receiver: Receiver) -> None:
    receiver.pause_s = 0.05
    people = [sandbox.add_user(f"P{number}")["id"] for number in range(8)]
    await raw.call("setWebhook", url=receiver.url, max_connections=3)
    for person in people:
        sandbox.say(TOKEN, person, "hi")
    await until(lambda: len(receiver.seen) == 8)
    assert receiver.most_at_once == 3


async def test_method_in_the_answer_is_carried_out(raw: Raw, sandbox: Sandbox, ann: int, receiver: Receiver) -> None:
    receiver.answer = {"method": "sendMessage", "chat_id": ann, "text": "<b>echo</b>", "parse_mode": "HTML"}
    await raw.call("setWebhook", url=receiver.url)
    sandbox.say(TOKEN, ann, "say it")
    await until(lambda: sandbox.messages(TOKEN, ann)[-1]["text"] == "echo")
    receiver.answer = {"method": "deleteWebhook"}
    sandbox.say(TOKEN, ann, "stop")
    await until(lambda: len(receiver.seen) == 2)
    await asyncio.sleep(0.05)
    assert (await raw.call("getWebhookInfo"))["result"]["url"] == receiver.url


async def test_aiograms_own_webhook_server_answers_through_it(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    bot = aiogram_bot(sandbox)
    dispatcher = aiogram.Dispatcher()

    @dispatcher.message()
    async def echo(message: aiogram.types.Message) -> Any:
        return message.answer(f"echo {message.text}")

    handler = SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token="abc")
    async with served(handler.handle) as url:
        await bot.set_webhook(url, secret_token="abc")
        sandbox.say(TOKEN, ann, "ping")
        await until(lambda: sandbox.messages(TOKEN, ann)[-1]["text"] == "echo ping")
        await bot.delete_webhook()
    await close(bot)


async def test_setting_a_webhook_ends_a_waiting_poll(library: Library, receiver: Receiver) -> None:
    poll = asyncio.create_task(library.bot.get_updates(timeout=10))
    await asyncio.sleep(0.1)
    await library.bot.set_webhook(receiver.url)
    with pytest.raises(library.conflict, match="terminated by setWebhook request"):
        await poll


@pytest.mark.parametrize(
    ("url", "description"),
    [
        ("http://example.org/hook", "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"),
        (
            "https://example.org:9999/hook",
            "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ("ftp://example.org", "Bad Request: invalid webhook URL specified"),
        ("https://", "Bad Request: invalid webhook URL specified"),
    ],
)
async def test_addresses_that_telegram_refuses(raw: Raw, url: str, description: str) -> None:
    answer = await raw.call("setWebhook", url=url)
    assert (answer["error_code"], answer["description"]) == (400, description)


async def test_bad_secrets_are_refused(raw: Raw) -> None:
    for secret, why in (("a b", "contains unallowed characters"), ("a" * 257, "is too long")):
        answer = await raw.call("setWebhook", url="http://127.0.0.1:1/", secret_token=secret)
        assert answer["description"] == f"Bad Request: secret token {why}"


async def test_loopback_is_refused_like_any_other_when_told_so() -> None:
    async with run_sandbox(tokens=[TOKEN], loopback_webhooks=False) as sandbox:
        bot = aiogram_bot(sandbox)
        for url, why in (
            ("http://127.0.0.1:8080/hook", "An HTTPS URL must be provided for webhook"),
            ("https://127.0.0.1/hook", "IP address 127.0.0.1 is reserved"),
        ):
            with pytest.raises(TelegramBadRequest, match=why):
                await bot.set_webhook(url)
        await close(bot)
