"""A Bot API server that answers as it is told: for the failures that no faithful server shows on demand."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

TOKEN = "4242:AAtest-token_for_tests_only_0123456789x"
BOT_ID = 4242


def message(number: int, chat_id: int = 7, text: str = "你好") -> dict[str, Any]:
    """An update with a private message."""
    person = {"id": chat_id, "is_bot": False, "first_name": "王"}
    chat = {"id": chat_id, "type": "private", "first_name": "王"}
    said = {"message_id": number, "date": 1_770_000_000, "chat": chat, "from": person, "text": text}
    return {"update_id": number, "message": said}


def error(status: int, description: str, **parameters: Any) -> web.Response:
    body = {"ok": False, "error_code": status, "description": description, "parameters": parameters}
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")


@dataclass
class FakeApi:
    """`waiting` is what getUpdates gives; `answers` are given, first come first served, before anything else."""

    url: str = ""
    webhook: dict[str, Any] = field(default_factory=lambda: {"url": ""})
    waiting: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, deque[web.Response]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def answer(self, method: str, *answers: web.Response) -> None:
        self.answers.setdefault(method, deque()).extend(answers)

    def add(self, *updates: dict[str, Any]) -> None:
        self.waiting.extend(updates)
        self.came.set()

    def called(self, method: str) -> list[dict[str, Any]]:
        return [body for name, body in self.calls if name == method]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        is_json = request.content_type == "application/json"
        body = orjson.loads(await request.read()) if is_json else dict(await request.post())
        self.calls.append((method, body))
        if request.match_info["token"] not in self.tokens:
            return error(401, "Unauthorized")
        if self.answers.get(method):
            return self.answers[method].popleft()
        return _ok(await getattr(self, f"_{method}")(body))

    async def _getUpdates(self, body: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: N802 - Telegram's name
        offset = body.get("offset", 0)
        if not self._after(offset):
            self.came.clear()
            try:
                await asyncio.wait_for(self.came.wait(), min(float(body["timeout"]), 2.0))
            except TimeoutError:
                return []
        return self._after(offset)[: body["limit"]]

    def _after(self, offset: int) -> list[dict[str, Any]]:
        return [update for update in self.waiting if update["update_id"] >= offset]

    async def _getWebhookInfo(self, _: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"has_custom_certificate": False, "pending_update_count": 0, **self.webhook}

    async def _deleteWebhook(self, _: dict[str, Any]) -> bool:  # noqa: N802
        self.webhook = {"url": ""}
        return True

    async def _setWebhook(self, body: dict[str, Any]) -> bool:  # noqa: N802
        self.webhook = {"url": body["url"]}
        return True

    async def _getMe(self, _: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"id": BOT_ID, "is_bot": True, "first_name": "随访", "username": "rounds_test_bot"}


def _ok(result: Any) -> web.Response:
    return web.Response(body=orjson.dumps({"ok": True, "result": result}), content_type="application/json")


@asynccontextmanager
async def fake_api() -> AsyncIterator[FakeApi]:
    """A running fake on a free port of this machine."""
    api = FakeApi()
    app = web.Application()
    app.router.add_route("*", "/bot{token}/{method}", api.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    api.url = f"http://127.0.0.1:{port}"
    try:
        yield api
    finally:
        api.came.set()
        await runner.cleanup()


@contextmanager
def fake_api_apart() -> Iterator[FakeApi]:
    """The same, in a thread of its own: for commands that run their own event loop."""
    started: Future[FakeApi] = Future()

    async def live(ended: asyncio.Event) -> None:
        async with fake_api() as api:
            started.set_result(api)
            await ended.wait()

    loop, ended = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(live(ended),))
    thread.start()
    try:
        yield started.result(10)
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()
