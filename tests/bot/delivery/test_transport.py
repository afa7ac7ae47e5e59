"""The transport: how calls look on the wire, and which failures can have reached Telegram."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from telegram import Bot, InputFile
from telegram.error import ChatMigrated, TelegramError

from bot.delivery.transport import (
    MethodError,
    NotSentError,
    ServerError,
    TokenError,
    TooFastError,
    TooLargeError,
    Transport,
    UnansweredError,
)
from bot.proxy import proxy_for
from crm_core.kit.db import Database

TOKEN = "1:secret-token"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def api(handler: Handler) -> AsyncIterator[Bot]:
    """A bot whose every call ends at `handler`."""
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with calling(f"http://127.0.0.1:{runner.addresses[0][1]}") as bot:
        yield bot
    await runner.cleanup()


@asynccontextmanager
async def calling(url: str) -> AsyncIterator[Bot]:
    transport = Transport(connect_timeout_s=0.3, answer_timeout_s=0.3)
    try:
        yield Bot(TOKEN, f"{url}/bot", request=transport, get_updates_request=transport)
    finally:
        await transport.shutdown()


def saying(status: int, body: object, headers: dict[str, str] | None = None) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        if isinstance(body, str):
            return web.Response(status=status, text=body, headers=headers)
        return web.json_response(body, status=status, headers=headers)

    return handler


def refusal(code: int, description: str, **parameters) -> dict:
    return {"ok": False, "error_code": code, "description": description, "parameters": parameters}


async def test_parameters_travel_as_json_and_the_answer_comes_back_as_it_is():
    seen = {}

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.update(path=request.path, type=request.content_type, body=await request.json())
        return web.json_response({"ok": True, "result": {"message_id": 5, "new_field": [1]}})

    async with api(handler) as bot:
        markup = {"inline_keyboard": [[{"text": "好", "callback_data": "x:1:0", "style": "primary"}]]}
        result = await bot.do_api_request("SendMessage", {"chat_id": 1, "text": "你好", "reply_markup": markup})
    assert result == {"message_id": 5, "new_field": [1]}
    assert seen["path"] == f"/bot{TOKEN}/SendMessage"
    assert seen["type"] == "application/json"
    assert seen["body"] == {"chat_id": 1, "text": "你好", "reply_markup": markup}


async def test_files_travel_as_a_form():
    seen = {}

    async def handler(request: web.Request) -> web.StreamResponse:
        form = await request.post()
        for key, value in form.items():
            seen[key] = (value.filename, value.file.read()) if isinstance(value, web.FileField) else value
        return web.json_response({"ok": True, "result": True})

    async with api(handler) as bot:
        file = InputFile(b"%PDF", filename="报价.pdf")
        await bot.do_api_request("SendDocument", {"chat_id": 1, "document": file, "reply_markup": {"a": [1]}})
    assert seen == {"chat_id": "1", "document": ("报价.pdf", b"%PDF"), "reply_markup": '{"a": [1]}'}


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (saying(413, "<html>nginx</html>"), TooLargeError),
        (saying(502, "<html>Bad Gateway</html>"), ServerError),
        (saying(500, refusal(500, "Internal Server Error")), ServerError),
        (saying(404, "<html>some proxy</html>"), ServerError),
        (saying(200, "<html>a login page</html>"), ServerError),
        (saying(302, "", {"Location": "/elsewhere"}), ServerError),
        (saying(401, refusal(401, "Unauthorized")), TokenError),
        (saying(404, refusal(404, "Not Found")), TokenError),
        (saying(404, refusal(404, "Not Found: method not found")), MethodError),
        (saying(429, refusal(429, "Too Many Requests: retry after 7", retry_after=7)), TooFastError),
        (saying(429, "slow down", {"Retry-After": "7"}), TooFastError),
        (saying(400, refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1005)), ChatMigrated),
    ],
)
async def test_refusals_are_told_apart(handler, error):
    async with api(handler) as bot:
        with pytest.raises(error) as raised:
            await bot.do_api_request("SendMessage", {"chat_id": 1, "text": "hello"})
    if error is TooFastError:
        assert raised.value.seconds == 7
    assert TOKEN not in repr(raised.value)


async def test_without_a_connection_nothing_was_sent(unused_tcp_port):
    for url in (f"http://127.0.0.1:{unused_tcp_port}", "http://no-such-host.invalid"):
        async with calling(url) as bot:
            with pytest.raises(NotSentError) as raised:
                await bot.do_api_request("SendMessage", {"chat_id": 1, "text": "hello"})
        assert TOKEN not in repr(raised.value)
        assert raised.value.__cause__ is None


async def test_a_connection_that_does_not_come_about_in_time_sent_nothing():
    with socket.socket() as deaf:  # a full backlog: connects hang
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        crowd = [socket.socket() for _ in range(4)]
        for one in crowd:
            one.setblocking(False)
            one.connect_ex(deaf.getsockname())
        async with calling(f"http://127.0.0.1:{deaf.getsockname()[1]}") as bot:
            with pytest.raises(NotSentError):
                await bot.do_api_request("SendMessage", {"chat_id": 1, "text": "hello"})
        for one in crowd:
            one.close()


async def test_once_the_request_went_out_nobody_knows():
    async def silent(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    async def hanging_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    for handler in (silent, hanging_up):
        async with api(handler) as bot:
            with pytest.raises(UnansweredError) as raised:
                await bot.do_api_request("SendMessage", {"chat_id": 1, "text": "hello"})
            assert TOKEN not in repr(raised.value)


async def test_nothing_talks_to_telegram_while_a_transaction_is_open(db: Database):
    async with api(saying(200, {"ok": True, "result": True})) as bot, db.unit():
        with pytest.raises(TelegramError, match="unit of work is open"):
            await bot.do_api_request("SendMessage", {"chat_id": 1, "text": "hello"})


def test_the_environment_names_the_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert proxy_for("https://api.telegram.org") is None
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "127.0.0.1,internal.example")
    assert proxy_for("https://api.telegram.org") == "http://proxy.example:3128"
    assert proxy_for("https://internal.example") is None
    monkeypatch.setenv("https_proxy", "socks5://proxy.example:1080")
    assert proxy_for("https://api.telegram.org") is None
